// encode_column.hpp - formats one column of a chunk at a time: the inner loops of the row encoder.
//
// Problem: a switch on the type for every value costs as much as formatting it; one for a run of values costs nothing.
// Use:     column_encoder encode = find_column_encoder(type, wire_format::text);
//          std::size_t done = encode(type, view, first, count, context, cells);   // cells.cells[i] is row first + i
// Bounds:  an encoder stops early (at least one row done) when its scratch passes context.scratch_bytes_max; it never
//          copies strings that are sent unchanged.
// Errors:  context.error is set and the rows are invalid.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/byte_buffer.hpp"
#include "base/core/error.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "engines/duckdb/values/value_type.hpp"

namespace sluice::duckdb {

// The longest row in a message: PostgreSQL's limit for one allocation.
inline constexpr std::size_t message_bytes_max = 0x3fff'ffff;
// Bytes of formatted values in all columns together before a slice of rows is cut short.
inline constexpr std::size_t scratch_bytes_max_of_all = std::size_t{1} << 20;

// A formatted value; null when length is negative.
struct cell {
    const char* data;
    std::int32_t length;
};

struct column_cells {
    std::vector<cell> cells;
    base::byte_buffer bytes;    // the cells' bytes, unless cells point into the vector ...
    base::byte_buffer escaped;  // ... or, in COPY, to an escaped copy; see encode_copy.hpp
    std::vector<std::uint32_t> escaped_rows;
    std::size_t cells_bytes = 0;  // at least the sum of the lengths of the cells
};

struct encode_context {
    backend::value_settings settings;
    time_zone zone;
    std::size_t message_bytes_max = duckdb::message_bytes_max;
    std::size_t scratch_bytes_max = scratch_bytes_max_of_all;  // of one column
    std::optional<sluice::error> error;

    // False once the value being appended to a column's bytes is certainly too long: nested values stop growing then,
    // and encode_appended() reports it.
    [[nodiscard]] bool has_room(const base::byte_buffer& out) const {
        return out.size() <= message_bytes_max + scratch_bytes_max;
    }
    void fail(sluice::error cause) {
        if (!error) {
            error = std::move(cause);
        }
    }
};

using column_encoder = std::size_t (*)(const value_type& type, const vector_view& view, std::uint64_t first,
                                       std::size_t count, encode_context& context, column_cells& out);

[[nodiscard]] column_encoder find_column_encoder(const value_type& type, backend::wire_format format);
[[nodiscard]] column_encoder find_text_encoder(const value_type& type);
[[nodiscard]] column_encoder find_binary_encoder(const value_type& type);

// Appends one value that is not NULL to `out`; for elements of arrays and members of json.
void append_text(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                 base::byte_buffer& out);
void append_binary(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                   base::byte_buffer& out);
// LIST and ARRAY.
void append_array_text(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                       base::byte_buffer& out);
void append_array_binary(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                         base::byte_buffer& out);
// Any type, NULL included.
void append_json(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                 base::byte_buffer& out);
void append_json_string(std::string_view text, base::byte_buffer& out);
void append_variant_json(const vector_view& view, std::uint64_t row, encode_context& context, base::byte_buffer& out);

// A BIGNUM in DuckDB's stored form: see encode_bignum.cpp.
void append_bignum_text(std::string_view stored, encode_context& context, base::byte_buffer& out);
void append_bignum_binary(std::string_view stored, encode_context& context, base::byte_buffer& out);

// A numeric's text in PostgreSQL's binary form.
void append_numeric_binary(std::string_view text, encode_context& context, base::byte_buffer& out);

[[nodiscard]] error value_too_long();

// VARCHAR, JSON, BLOB: the cells point into the vector.
std::size_t encode_strings(const value_type& type, const vector_view& view, std::uint64_t first, std::size_t count,
                           encode_context& context, column_cells& out);

// A column of values of bounded size. `write` puts the value of a row at a place with room for `room_each` bytes and
// returns its end.
template <typename Write>
std::size_t encode_cells(const vector_view& view, std::uint64_t first, std::size_t count, std::size_t room_each,
                         column_cells& out, const Write& write) {
    char* const start = out.bytes.reserve(count * room_each);
    char* end = start;
    cell* target = out.cells.data();
    const auto add = [&](std::uint64_t row) {
        char* const begin = end;
        end = write(begin, row);
        *target++ = {.data = begin, .length = static_cast<std::int32_t>(end - begin)};
    };
    if (view.validity == nullptr) {
        for (std::uint64_t row = first; row < first + count; ++row) {
            add(row);
        }
    } else {
        for (std::uint64_t row = first; row < first + count; ++row) {
            if (view.is_valid(row)) {
                add(row);
            } else {
                *target++ = {.data = end, .length = -1};
            }
        }
    }
    out.bytes.commit(static_cast<std::size_t>(end - start));
    out.cells_bytes = static_cast<std::size_t>(end - start);
    return count;
}

using append_function = void (*)(const value_type& type, const vector_view& view, std::uint64_t row,
                                 encode_context& context, base::byte_buffer& out);

// A column of values that are appended one by one, for all types without a loop of their own.
template <append_function append>
std::size_t encode_appended(const value_type& type, const vector_view& view, std::uint64_t first, std::size_t count,
                            encode_context& context, column_cells& out) {
    std::size_t done = 0;
    while (done < count && out.bytes.size() < context.scratch_bytes_max && !context.error) {
        cell& target = out.cells[done];
        if (view.is_valid(first + done)) {
            const std::size_t start = out.bytes.size();
            append(type, view, first + done, context, out.bytes);
            if (out.bytes.size() - start > context.message_bytes_max) {
                context.fail(value_too_long());
                return done;
            }
            target = {.data = nullptr, .length = static_cast<std::int32_t>(out.bytes.size() - start)};
        } else {
            target = {.data = nullptr, .length = -1};
        }
        ++done;
    }
    // Only now do the bytes no longer move.
    const char* data = out.bytes.data();
    for (std::size_t i = 0; i < done; ++i) {
        out.cells[i].data = data;
        data += out.cells[i].length > 0 ? out.cells[i].length : 0;
    }
    out.cells_bytes = out.bytes.size();
    return done;
}

}  // namespace sluice::duckdb
