#include "engines/duckdb/encode/encode_copy.hpp"

#include <algorithm>
#include <functional>

#include "base/text/ascii.hpp"

namespace sluice::duckdb {
namespace {

// The letter that stands for a control character after a backslash; 0 for others.
char control_letter(char c) {
    switch (c) {
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        case '\v':
            return 'v';
        default:
            return 0;
    }
}

bool needs_escape_in_text(const copy_layout& layout, std::string_view value) {
    return std::ranges::any_of(value,
                               [&](char c) { return c == '\\' || c == layout.delimiter || control_letter(c) != 0; });
}

char* escape_text(const copy_layout& layout, std::string_view value, char* out) {
    for (const char c : value) {
        const char letter = control_letter(c);
        if (letter != 0 || c == '\\' || c == layout.delimiter) {
            *out++ = '\\';
        }
        *out++ = letter != 0 ? letter : c;
    }
    return out;
}

bool needs_quotes(const copy_layout& layout, std::string_view value) {
    if (value == layout.null_text || (layout.columns == 1 && value == "\\.")) {
        return true;
    }
    return std::ranges::any_of(
        value, [&](char c) { return c == layout.delimiter || c == layout.quote || c == '\n' || c == '\r'; });
}

char* quote_csv(const copy_layout& layout, std::string_view value, char* out) {
    *out++ = layout.quote;
    for (const char c : value) {
        if (c == layout.quote || c == layout.escape) {
            *out++ = layout.escape;
        }
        *out++ = c;
    }
    *out++ = layout.quote;
    return out;
}

bool needs_copy(const copy_layout& layout, bool force_quote, std::string_view value) {
    return layout.csv ? force_quote || needs_quotes(layout, value) : needs_escape_in_text(layout, value);
}

std::size_t room_for(std::string_view value) {
    return 2 * value.size() + 2;
}

char* write_copy(const copy_layout& layout, std::string_view value, char* out) {
    return layout.csv ? quote_csv(layout, value, out) : escape_text(layout, value, out);
}

// The characters of numbers, booleans, uuids, dates and times.
bool is_in_plain_values(char c) {
    return base::is_letter_or_digit(c) || c == '+' || c == '-' || c == '.' || c == ':' || c == ' ' || c == '@';
}

}  // namespace

copy_layout copy_layout_of(const postgres::copy_command& command, std::span<const std::string> column_names) {
    copy_layout layout{.csv = command.format == postgres::copy_format::csv,
                       .delimiter = command.delimiter,
                       .null_text = command.null_text,
                       .quote = command.quote,
                       .escape = command.escape,
                       .columns = column_names.size()};
    for (const std::string& name : column_names) {
        layout.force_quote.push_back(command.force_quote_all ||
                                     std::ranges::any_of(command.force_quote, [&](const std::string& forced) {
                                         return base::equals_ignoring_case(forced, name);
                                     }));
    }
    return layout;
}

bool is_plain_in(const copy_layout& layout, value_kind kind) {
    if (kind < value_kind::boolean || kind > value_kind::uuid || is_in_plain_values(layout.delimiter)) {
        return false;
    }
    if (!layout.csv) {
        return true;
    }
    return !is_in_plain_values(layout.quote) && std::ranges::none_of(layout.force_quote, std::identity{}) &&
           (layout.null_text.empty() || !std::ranges::all_of(layout.null_text, is_in_plain_values));
}

std::size_t escape_copy_cells(const copy_layout& layout, std::size_t column, std::size_t count,
                              std::size_t scratch_bytes_max, column_cells& cells) {
    const bool force_quote = column < layout.force_quote.size() && layout.force_quote[column];
    const auto value_of = [&](std::size_t row) {
        const cell& source = cells.cells[row];
        return std::string_view(source.data, source.length > 0 ? static_cast<std::size_t>(source.length) : 0);
    };
    // Computes the size first: cells point into the copies, so these must not move.
    std::size_t room = 0;
    std::size_t done = 0;
    cells.escaped_rows.clear();
    for (; done < count && room < scratch_bytes_max; ++done) {
        const std::string_view value = value_of(done);
        if (cells.cells[done].length >= 0 && needs_copy(layout, force_quote, value)) {
            room += room_for(value);
            cells.escaped_rows.push_back(static_cast<std::uint32_t>(done));
        }
    }
    char* out = cells.escaped.reserve(room);
    cells.cells_bytes += room;
    for (const std::uint32_t row : cells.escaped_rows) {
        char* const begin = out;
        out = write_copy(layout, value_of(row), begin);
        cells.cells[row] = {.data = begin, .length = static_cast<std::int32_t>(out - begin)};
    }
    return done;
}

void append_copy_value(const copy_layout& layout, std::string_view value, bool force_quote, base::byte_buffer& out) {
    if (!needs_copy(layout, force_quote, value)) {
        return out.append(value);
    }
    char* const begin = out.reserve(room_for(value));
    out.commit(static_cast<std::size_t>(write_copy(layout, value, begin) - begin));
}

}  // namespace sluice::duckdb
