// STRUCT, MAP and UNION as json, in the forms of PostgreSQL's to_json(): compact, timestamps with a T, not-a-number and
// infinity as strings, bytea as "\\x…". A map is an object whose keys are texts; a union an object with the one member
// that is set, as in DuckDB's to_json().
#include <array>
#include <string>

#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_scalar.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// The letter behind the backslash; 'u' for characters that only have a number; 0 for those without an escape.
constexpr std::array<char, 256> json_escapes = [] {
    std::array<char, 256> escapes{};
    for (std::size_t i = 0; i < 0x20; ++i) {
        escapes[i] = 'u';
    }
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
}();

bool is_json_number(value_kind kind) {
    return (kind > value_kind::boolean && kind <= value_kind::uint128) ||
           (kind >= value_kind::decimal16 && kind <= value_kind::decimal128) || kind == value_kind::bignum;
}

bool is_timestamp(value_kind kind) {
    return kind >= value_kind::timestamp && kind <= value_kind::timestamp_tz;
}

// "2020-01-01 10:00:00+01" to "2020-01-01T10:00:00+01:00".
void append_iso_timestamp(std::string text, base::byte_buffer& out) {
    const std::size_t separator = text.find(' ');
    if (separator != std::string::npos) {  // it is not an infinity
        text[separator] = 'T';
        const std::size_t zone = text.find_first_of("+-", separator);
        if (zone != std::string::npos && (zone + 3 == text.size() || text[zone + 3] == ' ')) {
            text.insert(zone + 3, ":00");
        }
    }
    append_json_string(text, out);
}

void append_json_scalar(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                        base::byte_buffer& out) {
    const std::size_t start = out.size();
    append_text(type, view, row, context, out);
    const std::string_view text = out.view().substr(start);
    if (is_json_number(type.kind) || type.kind == value_kind::json || type.kind == value_kind::jsonb) {
        return;
    }
    if (type.kind == value_kind::float32 || type.kind == value_kind::float64 || type.kind == value_kind::numeric_text) {
        if (text.find_first_of("Ny") == std::string_view::npos) {  // it is neither NaN nor Infinity
            return;
        }
    }
    std::string copy(text);
    out.truncate(start);
    if (is_timestamp(type.kind)) {
        append_iso_timestamp(std::move(copy), out);
    } else {
        append_json_string(copy, out);
    }
}

void append_json_list(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                      base::byte_buffer& out) {
    std::uint64_t first = row * type.array_size;
    std::uint64_t count = type.array_size;
    if (type.kind == value_kind::list) {
        const auto entry = view.at<duckdb_list_entry>(row);
        first = entry.offset;
        count = entry.length;
    }
    out.append_byte('[');
    for (std::uint64_t i = first; i < first + count && context.has_room(out); ++i) {
        if (i != first) {
            out.append_byte(',');
        }
        append_json(type.children[0], view.children[0], i, context, out);
    }
    out.append_byte(']');
}

void append_json_object(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                        base::byte_buffer& out) {
    out.append_byte('{');
    for (std::size_t i = 0; i < type.children.size(); ++i) {
        if (i != 0) {
            out.append_byte(',');
        }
        // The members of row(1, 2) have no names; PostgreSQL calls them f1, f2, ...
        append_json_string(type.names[i].empty() ? "f" + std::to_string(i + 1) : type.names[i], out);
        out.append_byte(':');
        append_json(type.children[i], view.children[i], row, context, out);
    }
    out.append_byte('}');
}

void append_json_map(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                     base::byte_buffer& out) {
    const auto entry = view.at<duckdb_list_entry>(row);
    out.append_byte('{');
    for (std::uint64_t i = entry.offset; i < entry.offset + entry.length && context.has_room(out); ++i) {
        if (i != entry.offset) {
            out.append_byte(',');
        }
        if (type.children[0].kind == value_kind::varchar) {
            append_json_string(string_at(view.children[0], i), out);
        } else {
            const std::size_t start = out.size();
            append_text(type.children[0], view.children[0], i, context, out);
            const std::string key(out.view().substr(start));
            out.truncate(start);
            append_json_string(key, out);
        }
        out.append_byte(':');
        append_json(type.children[1], view.children[1], i, context, out);
    }
    out.append_byte('}');
}

void append_json_union(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                       base::byte_buffer& out) {
    const std::size_t tag = view.children[0].at<std::uint8_t>(row);
    out.append_byte('{');
    append_json_string(type.names[tag], out);
    out.append_byte(':');
    append_json(type.children[tag], view.children[tag + 1], row, context, out);
    out.append_byte('}');
}

}  // namespace

void append_json_string(std::string_view text, base::byte_buffer& out) {
    out.append_byte('"');
    std::size_t plain = 0;  // from here to i no character needs an escape
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape = json_escapes[byte];
        if (escape == 0) {
            continue;
        }
        out.append(text.substr(plain, i - plain));
        plain = i + 1;
        out.append_byte('\\');
        out.append_byte(escape);
        if (escape == 'u') {
            const std::array<char, 4> code{'0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
            out.append({code.data(), code.size()});
        }
    }
    out.append(text.substr(plain));
    out.append_byte('"');
}

void append_json(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                 base::byte_buffer& out) {
    if (type.kind == value_kind::null || !view.is_valid(row)) {
        return out.append("null");
    }
    switch (type.kind) {
        case value_kind::boolean:
            return out.append(view.at<std::uint8_t>(row) != 0 ? "true" : "false");
        case value_kind::varchar:
            return append_json_string(string_at(view, row), out);
        case value_kind::list:
        case value_kind::array:
            return append_json_list(type, view, row, context, out);
        case value_kind::structure:
            return append_json_object(type, view, row, context, out);
        case value_kind::map:
            return append_json_map(type, view, row, context, out);
        case value_kind::union_of:
            return append_json_union(type, view, row, context, out);
        case value_kind::variant:
            return append_variant_json(view, row, context, out);
        default:
            return append_json_scalar(type, view, row, context, out);
    }
}

}  // namespace sluice::duckdb
