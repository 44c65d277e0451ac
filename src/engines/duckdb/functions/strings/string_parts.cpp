#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "base/text/utf8.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

using text = result<std::string>;

constexpr std::int64_t character_bytes_max = 4;

std::string_view cut(std::string_view from, const unit_range& range) {
    from.remove_prefix(bytes_of_characters(from, range.from));
    return from.substr(0, bytes_of_characters(from, range.count));
}
std::string_view substring(std::string_view from, std::int32_t start) {
    return cut(from, substring_range(start));
}
result<std::string_view> substring_for(std::string_view from, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const unit_range range, substring_range(start, length));
    return cut(from, range);
}

text overlay(std::string_view old, std::string_view placed, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const overlay_places places, overlay_range(start, length));
    const std::string_view before = old.substr(0, bytes_of_characters(old, places.from));
    const std::string_view behind = old.substr(bytes_of_characters(old, places.rest));
    TRY(check_value_size(before.size() + placed.size() + behind.size()));
    return std::string(before).append(placed).append(behind);
}

// `length` characters of `fill`, over and over.
void append_fill(std::string& made, std::string_view fill, std::int64_t length) {
    const std::int64_t each = characters_of(fill);
    for (; length >= each; length -= each) {
        made += fill;
    }
    made += fill.substr(0, bytes_of_characters(fill, length));
}

enum class side : std::uint8_t { left, right };

template <side where>
text pad(std::string_view given, std::int32_t wanted, std::string_view fill) {
    const std::int64_t length = std::max(wanted, 0);
    const std::int64_t present = characters_of(given);
    const std::int64_t missing = fill.empty() ? 0 : length - present;
    if (character_bytes_max * (missing <= 0 ? std::min(length, present) : length) + std::int64_t{header_bytes} >
        std::int64_t{value_bytes_max}) {
        return requested_too_large();
    }
    if (missing <= 0) {
        return std::string(given.substr(0, bytes_of_characters(given, length)));
    }
    std::string made;
    if (where == side::right) {
        made = given;
    }
    append_fill(made, fill, missing);
    if (where == side::left) {
        made += given;
    }
    return made;
}

text repeat(std::string_view given, std::int32_t count) {
    const std::size_t times = static_cast<std::size_t>(std::max(count, 0));
    if (given.size() * times + header_bytes > value_bytes_max) {
        return requested_too_large();
    }
    std::string made;
    made.reserve(given.size() * times);
    for (std::size_t i = 0; i < times && !given.empty(); ++i) {
        made += given;
    }
    return made;
}

text replace(std::string_view given, std::string_view old, std::string_view replacement) {
    std::string made;
    std::size_t at = old.empty() ? std::string_view::npos : given.find(old);
    while (at != std::string_view::npos) {
        TRY(append_within_limit(made, given.substr(0, at)));
        TRY(append_within_limit(made, replacement));
        given.remove_prefix(at + old.size());
        at = given.find(old);
    }
    TRY(append_within_limit(made, given));
    return made;
}

std::string reverse(std::string_view given) {
    std::string made(given.size(), '\0');
    std::size_t at = given.size();
    while (!given.empty()) {
        const std::string_view one = front_character(given);
        at -= one.size();
        std::ranges::copy(one, made.data() + at);
        given.remove_prefix(one.size());
    }
    return made;
}

result<std::string_view> split_part(std::string_view given, std::string_view delimiter, std::int32_t field) {
    if (field == 0) {
        return fail(sqlstates::invalid_parameter_value, "field position must not be zero");
    }
    if (delimiter.empty()) {
        return field == 1 || field == -1 ? given : std::string_view();
    }
    // Matches are those from the left, also when fields count from the right.
    std::vector<std::size_t> places;
    const std::int64_t needed = field > 0 ? field : std::numeric_limits<std::int32_t>::max();
    for (std::size_t at = given.find(delimiter); at != std::string_view::npos && std::ssize(places) < needed;
         at = given.find(delimiter, at + delimiter.size())) {
        places.push_back(at);
    }
    const std::int64_t fields = std::ssize(places) + 1;
    const std::int64_t index = field > 0 ? std::int64_t{field} - 1 : fields + field;
    if (index < 0 || index >= fields) {
        return std::string_view();
    }
    const auto i = static_cast<std::size_t>(index);
    const std::size_t begin = i == 0 ? 0 : places[i - 1] + delimiter.size();
    const std::size_t end = i == places.size() ? given.size() : places[i];
    return given.substr(begin, end - begin);
}

std::int32_t first_code(std::string_view given) {
    return given.empty() ? 0 : static_cast<std::int32_t>(base::first_character(given).code);
}

text character_of(std::int32_t code) {
    if (code < 0) {
        return fail(sqlstates::invalid_parameter_value, "character number must be positive");
    }
    if (code == 0) {
        return fail(sqlstates::program_limit_exceeded, "null character not permitted");
    }
    if (code > 0x10ffff) {
        return fail(sqlstates::program_limit_exceeded,
                    fmt::format("requested character too large for encoding: {}", code));
    }
    if (code >= 0xd800 && code < 0xe000) {
        return fail(sqlstates::program_limit_exceeded,
                    fmt::format("requested character not valid for encoding: {}", code));
    }
    std::string made;
    base::append_character(made, static_cast<char32_t>(code));
    return made;
}

// As DuckDB's, but for the smallest integer: PostgreSQL then keeps everything.
std::string_view right(std::string_view given, std::int32_t count) {
    if (count == std::numeric_limits<std::int32_t>::min()) {
        return given;
    }
    const std::int64_t skipped = count < 0 ? -count : std::max<std::int64_t>(characters_of(given) - count, 0);
    return given.substr(bytes_of_characters(given, skipped));
}

}  // namespace

result<> add_part_functions(native_functions& functions) {
    TRY(functions.add<substring>("sluice_substring"));
    TRY(functions.add<substring_for>("sluice_substring_for"));
    TRY(functions.add<overlay>("sluice_overlay"));
    TRY(functions.add<pad<side::left>>("sluice_lpad"));
    TRY(functions.add<pad<side::right>>("sluice_rpad"));
    TRY(functions.add<repeat>("sluice_repeat"));
    TRY(functions.add<replace>("sluice_replace"));
    TRY(functions.add<reverse>("sluice_reverse"));
    TRY(functions.add<split_part>("sluice_split_part"));
    TRY(functions.add<first_code>("sluice_ascii"));
    TRY(functions.add<character_of>("sluice_chr"));
    return functions.add<right>("sluice_right");
}

}  // namespace sluice::duckdb
