#include <algorithm>
#include <array>

#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_scalar.hpp"

namespace sluice::duckdb {
namespace {

template <value_kind kind>
std::size_t encode_bounded(const value_type& type, const vector_view& view, std::uint64_t first, std::size_t count,
                           encode_context& context, column_cells& out) {
    return encode_cells(view, first, count, text_room(kind), out,
                        [&](char* at, std::uint64_t row) { return write_text<kind>(at, type, view, row, context); });
}

// Enums: the cells point into the dictionary.
template <typename Index>
std::size_t encode_enum(const value_type& type, const vector_view& view, std::uint64_t first, std::size_t count,
                        encode_context& /*context*/, column_cells& out) {
    for (std::size_t i = 0; i < count; ++i) {
        if (view.is_valid(first + i)) {
            const std::string& name = type.names[view.at<Index>(first + i)];
            out.cells[i] = {.data = name.data(), .length = static_cast<std::int32_t>(name.size())};
            out.cells_bytes += name.size();
        } else {
            out.cells[i] = {.data = nullptr, .length = -1};
        }
    }
    return count;
}

std::size_t encode_null(const value_type& /*type*/, const vector_view& /*view*/, std::uint64_t /*first*/,
                        std::size_t count, encode_context& /*context*/, column_cells& out) {
    std::fill_n(out.cells.begin(), count, cell{.data = nullptr, .length = -1});
    return count;
}

void append_bytea(const value_type& /*type*/, const vector_view& view, std::uint64_t row, encode_context& context,
                  base::byte_buffer& out) {
    const std::string_view bytes = string_at(view, row);
    const bool escape = context.settings.bytea_output_escape;
    const std::size_t size = escape ? postgres::bytea_escape_size(bytes) : 2 + 2 * bytes.size();
    if (size > context.message_bytes_max) {
        context.fail(value_too_long());
        return;
    }
    char* const begin = out.reserve(size);
    if (escape) {
        postgres::write_bytea_escape(begin, bytes);
    } else {
        postgres::write_bytea_hex(begin, bytes);
    }
    out.commit(size);
}

void append_bits(const value_type& /*type*/, const vector_view& view, std::uint64_t row, encode_context& context,
                 base::byte_buffer& out) {
    const std::string_view stored = string_at(view, row);  // the number of padding bits, then padding and bits
    const auto padding = std::size_t{static_cast<unsigned char>(stored[0])};
    const std::size_t size = (stored.size() - 1) * 8 - padding;
    if (size > context.message_bytes_max) {
        context.fail(value_too_long());
        return;
    }
    postgres::write_bits(out.reserve(size), stored.substr(1), padding);
    out.commit(size);
}

}  // namespace

std::size_t encode_strings(const value_type& /*type*/, const vector_view& view, std::uint64_t first, std::size_t count,
                           encode_context& context, column_cells& out) {
    cell* target = out.cells.data();
    std::size_t total = 0;
    for (std::uint64_t row = first; row < first + count; ++row) {
        if (view.is_valid(row)) {
            const std::string_view text = string_at(view, row);
            if (text.size() > context.message_bytes_max) [[unlikely]] {
                context.fail(value_too_long());
                return 0;
            }
            *target++ = {.data = text.data(), .length = static_cast<std::int32_t>(text.size())};
            total += text.size();
        } else {
            *target++ = {.data = nullptr, .length = -1};
        }
    }
    out.cells_bytes = total;
    return count;
}

column_encoder find_text_encoder(const value_type& type) {
    if (is_bounded(type.kind)) {
        return visit_bounded(type.kind, []<value_kind kind>() -> column_encoder { return encode_bounded<kind>; });
    }
    switch (type.kind) {
        case value_kind::null:
            return encode_null;
        case value_kind::enum8:
            return encode_enum<std::uint8_t>;
        case value_kind::enum16:
            return encode_enum<std::uint16_t>;
        case value_kind::enum32:
            return encode_enum<std::uint32_t>;
        case value_kind::varchar:
        case value_kind::json:
        case value_kind::jsonb:
        case value_kind::numeric_text:
            return encode_strings;
        case value_kind::blob:
            return encode_appended<append_bytea>;
        case value_kind::bit:
            return encode_appended<append_bits>;
        case value_kind::list:
        case value_kind::array:
            return encode_appended<append_array_text>;
        case value_kind::bignum:
        case value_kind::unsupported:
            return encode_appended<append_text>;
        default:
            return encode_appended<append_json>;
    }
}

column_encoder find_column_encoder(const value_type& type, backend::wire_format format) {
    return format == backend::wire_format::text ? find_text_encoder(type) : find_binary_encoder(type);
}

void append_text(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                 base::byte_buffer& out) {
    if (is_bounded(type.kind)) {
        char* const begin = out.reserve(postgres::scalar_text_bytes_max);
        const char* const end = visit_bounded(
            type.kind, [&]<value_kind kind>() { return write_text<kind>(begin, type, view, row, context); });
        out.commit(static_cast<std::size_t>(end - begin));
        return;
    }
    switch (type.kind) {
        case value_kind::null:
            return;
        case value_kind::enum8:
            return out.append(type.names[view.at<std::uint8_t>(row)]);
        case value_kind::enum16:
            return out.append(type.names[view.at<std::uint16_t>(row)]);
        case value_kind::enum32:
            return out.append(type.names[view.at<std::uint32_t>(row)]);
        case value_kind::varchar:
        case value_kind::json:
        case value_kind::jsonb:
        case value_kind::numeric_text:
            return out.append(string_at(view, row));
        case value_kind::blob:
            return append_bytea(type, view, row, context, out);
        case value_kind::bit:
            return append_bits(type, view, row, context, out);
        case value_kind::bignum:
            return append_bignum_text(string_at(view, row), context, out);
        case value_kind::list:
        case value_kind::array:
            return append_array_text(type, view, row, context, out);
        case value_kind::unsupported:
            return context.fail({.code = sqlstates::feature_not_supported,
                                 .message = "values of this type cannot be sent to a client",
                                 .hint = "Cast the column to text."});
        default:
            return append_json(type, view, row, context, out);
    }
}

error value_too_long() {
    return {.code = sqlstates::program_limit_exceeded,
            .message = "a value or a row is longer than 1073741823 bytes, the most that a message can carry"};
}

}  // namespace sluice::duckdb
