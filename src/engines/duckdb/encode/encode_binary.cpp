#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_scalar.hpp"

namespace sluice::duckdb {
namespace {

constexpr char jsonb_version = 1;

template <value_kind kind>
std::size_t encode_bounded(const value_type& type, const vector_view& view, std::uint64_t first, std::size_t count,
                           encode_context& context, column_cells& out) {
    return encode_cells(view, first, count, binary_room, out,
                        [&](char* at, std::uint64_t row) { return write_binary<kind>(at, type, view, row, context); });
}

// PostgreSQL's bits start at the highest bit of the first byte; DuckDB's end at the lowest of the last.
void append_bits(const value_type& /*type*/, const vector_view& view, std::uint64_t row, encode_context& /*context*/,
                 base::byte_buffer& out) {
    const std::string_view stored = string_at(view, row);
    const auto padding = std::uint32_t{static_cast<unsigned char>(stored[0])};
    const std::string_view bytes = stored.substr(1);
    out.append_be32(static_cast<std::uint32_t>(bytes.size() * 8 - padding));
    char* target = out.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = std::uint32_t{static_cast<unsigned char>(bytes[i])};
        const auto low = i + 1 < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[i + 1])} : 0;
        target[i] = static_cast<char>((high << padding) | (low >> (8 - padding)));
    }
    out.commit(bytes.size());
}

}  // namespace

column_encoder find_binary_encoder(const value_type& type) {
    if (is_bounded(type.kind)) {
        return visit_bounded(type.kind, []<value_kind kind>() -> column_encoder { return encode_bounded<kind>; });
    }
    switch (type.kind) {
        case value_kind::blob:
            return encode_strings;
        case value_kind::bit:
            return encode_appended<append_bits>;
        case value_kind::bignum:
        case value_kind::jsonb:
        case value_kind::numeric_text:
            return encode_appended<append_binary>;
        case value_kind::list:
        case value_kind::array:
            return encode_appended<append_array_binary>;
        default:  // text and json are the same bytes in both formats
            return find_text_encoder(type);
    }
}

void append_binary(const value_type& type, const vector_view& view, std::uint64_t row, encode_context& context,
                   base::byte_buffer& out) {
    if (is_bounded(type.kind)) {
        char* const begin = out.reserve(binary_room);
        const char* const end = visit_bounded(
            type.kind, [&]<value_kind kind>() { return write_binary<kind>(begin, type, view, row, context); });
        out.commit(static_cast<std::size_t>(end - begin));
        return;
    }
    switch (type.kind) {
        case value_kind::blob:
            return out.append(string_at(view, row));
        case value_kind::bit:
            return append_bits(type, view, row, context, out);
        case value_kind::jsonb:
            out.append_byte(jsonb_version);
            return out.append(string_at(view, row));
        case value_kind::numeric_text:
            return append_numeric_binary(string_at(view, row), context, out);
        case value_kind::bignum:
            return append_bignum_binary(string_at(view, row), context, out);
        case value_kind::list:
        case value_kind::array:
            return append_array_binary(type, view, row, context, out);
        default:
            return append_text(type, view, row, context, out);
    }
}

}  // namespace sluice::duckdb
