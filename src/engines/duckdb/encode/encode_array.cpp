// LIST and ARRAY as PostgreSQL arrays: manual 8.15.6 for text, array_send of PostgreSQL 15 for binary.
#include <array>
#include <cstdint>
#include <string>

#include "base/text/ascii.hpp"
#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_scalar.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::size_t dimensions_max = 6;  // PostgreSQL's MAXDIM

struct element_range {
    std::uint64_t first;
    std::uint64_t count;
};

element_range elements_of(const value_type& type, const vector_view& view, std::uint64_t row) {
    if (type.kind == value_kind::array) {
        return {.first = row * type.array_size, .count = type.array_size};
    }
    const auto entry = view.at<duckdb_list_entry>(row);
    return {.first = entry.offset, .count = entry.length};
}

// Kinds whose text never needs quotes in an array.
bool is_never_quoted(value_kind kind) {
    return kind >= value_kind::boolean && kind <= value_kind::decimal128;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || base::equals_ignoring_case(text, "null") ||
           text.find_first_of("\"\\{}, \t\n\r\v\f") != std::string_view::npos;
}

void append_element(std::string_view text, base::byte_buffer& out) {
    if (!needs_quotes(text)) {
        return out.append(text);
    }
    char* const begin = out.reserve(2 * text.size() + 2);
    char* end = begin;
    *end++ = '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            *end++ = '\\';
        }
        *end++ = c;
    }
    *end++ = '"';
    out.commit(static_cast<std::size_t>(end - begin));
}

void append_scalar_element(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                           base::byte_buffer& out) {
    if (is_never_quoted(type.kind)) {
        return append_text(type, view, row, context, out);
    }
    if (type.kind == value_kind::varchar || type.kind == value_kind::json || type.kind == value_kind::jsonb) {
        return append_element(string_at(view, row), out);
    }
    const std::size_t start = out.size();
    append_text(type, view, row, context, out);
    if (needs_quotes(out.view().substr(start))) {
        const std::string text(out.view().substr(start));
        out.truncate(start);
        append_element(text, out);
    }
}

// The lengths of a nested list's dimensions; PostgreSQL's arrays are boxes.
class box {
  public:
    // False when the nested lists do not form a box.
    [[nodiscard]] bool measure(const value_type& type, const vector_view& view, std::uint64_t row, std::size_t depth) {
        const element_range range = elements_of(type, view, row);
        if (depth == dimensions_) {
            lengths_[dimensions_++] = range.count;
        } else if (lengths_[depth] != range.count) {
            return false;
        }
        const value_type& child = type.children[0];
        if (!child.is_array()) {
            return true;
        }
        if (depth + 1 == dimensions_max) {
            return false;
        }
        for (std::uint64_t i = range.first; i < range.first + range.count; ++i) {
            if (!view.children[0].is_valid(i) || !measure(child, view.children[0], i, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] bool is_empty() const {
        for (std::size_t i = 0; i < dimensions_; ++i) {
            if (lengths_[i] == 0) {
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] std::size_t dimensions() const { return dimensions_; }
    [[nodiscard]] std::uint64_t length(std::size_t dimension) const { return lengths_[dimension]; }

  private:
    std::array<std::uint64_t, dimensions_max> lengths_{};
    std::size_t dimensions_ = 0;
};

// Returns whether there was a NULL.
bool append_binary_elements(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                            base::byte_buffer& out) {
    const element_range range = elements_of(type, view, row);
    const value_type& child = type.children[0];
    const vector_view& elements = view.children[0];
    bool has_null = false;
    for (std::uint64_t i = range.first; i < range.first + range.count && context.has_room(out); ++i) {
        if (child.is_array()) {
            has_null |= append_binary_elements(child, elements, i, context, out);
        } else if (!elements.is_valid(i) || child.kind == value_kind::null) {
            out.append_be32(static_cast<std::uint32_t>(-1));
            has_null = true;
        } else {
            const std::size_t start = out.size();
            out.append_be32(0);
            append_binary(child, elements, i, context, out);
            out.put_be32(start, static_cast<std::uint32_t>(out.size() - start - 4));
        }
    }
    return has_null;
}

}  // namespace

void append_array_text(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                       base::byte_buffer& out) {
    const element_range range = elements_of(type, view, row);
    const value_type& child = type.children[0];
    const vector_view& elements = view.children[0];
    out.append_byte('{');
    for (std::uint64_t i = range.first; i < range.first + range.count && context.has_room(out); ++i) {
        if (i != range.first) {
            out.append_byte(',');
        }
        if (!elements.is_valid(i) || child.kind == value_kind::null) {
            out.append("NULL");
        } else if (child.is_array()) {
            append_array_text(child, elements, i, context, out);
        } else {
            append_scalar_element(child, elements, i, context, out);
        }
    }
    out.append_byte('}');
}

void append_array_binary(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                         base::byte_buffer& out) {
    box shape;
    if (!shape.measure(type, view, row, 0)) {
        context.fail({.code = sqlstates::array_subscript_error,
                      .message = "a nested list whose parts differ in length, contain NULL lists or nest deeper than 6 "
                                 "cannot be sent as a binary array",
                      .hint = "Ask for the text format, or cast the column to json."});
        return;
    }
    const std::size_t dimensions = shape.is_empty() ? 0 : shape.dimensions();
    out.append_be32(static_cast<std::uint32_t>(dimensions));
    const std::size_t has_null_at = out.size();
    out.append_be32(0);
    out.append_be32(type.element);
    if (dimensions == 0) {
        return;
    }
    for (std::size_t i = 0; i < dimensions; ++i) {
        out.append_be32(static_cast<std::uint32_t>(shape.length(i)));
        out.append_be32(1);  // the lower bound
    }
    if (append_binary_elements(type, view, row, context, out)) {
        out.put_be32(has_null_at, 1);
    }
}

}  // namespace sluice::duckdb
