// VARIANT as json. The C API has no accessor for it, but returns the structure in which it is stored:
//   keys VARCHAR[]; children STRUCT(keys_index, values_index)[]; values STRUCT(type_id, byte_offset)[]; data BLOB.
// Value 0 is the root. A scalar lies in `data` at its offset; texts are preceded by their length; objects and arrays
// are a count and the index of their first child. Numbers there are LEB128.
#include <array>
#include <cstdint>
#include <string>

#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_scalar.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::uint32_t depth_max = 1000;

// Places of the vectors in view.children; value_type.cpp fills them.
enum part : std::uint8_t {
    keys,
    key_texts,
    child_lists,
    key_indexes,
    value_indexes,
    value_lists,
    type_ids,
    byte_offsets,
    blobs,
};

// DuckDB's numbers for the types of values.
enum class variant_type : std::uint8_t {
    null = 0,
    bool_true = 1,
    bool_false = 2,
    decimal = 15,
    varchar = 16,
    blob = 17,
    object = 29,
    array = 30,
    bignum = 31,
    bit = 32,
    geometry = 33,
};

// The kind of a value of fixed size; null for others.
value_kind fixed_kind(std::uint8_t type) {
    using enum value_kind;
    constexpr std::array<value_kind, 29> kinds{
        null,   null,    null,        int8,         int16,     int32,        int64,   int128,       uint8,   uint16,
        uint32, uint64,  uint128,     float32,      float64,   null,         null,    null,         uuid,    date,
        time,   time_ns, timestamp_s, timestamp_ms, timestamp, timestamp_ns, time_tz, timestamp_tz, interval};
    return type < kinds.size() ? kinds[type] : null;
}

value_kind decimal_kind(std::uint32_t width) {
    if (width <= 4) {
        return value_kind::decimal16;
    }
    if (width <= 9) {
        return value_kind::decimal32;
    }
    return width <= 18 ? value_kind::decimal64 : value_kind::decimal128;
}

std::uint32_t read_leb128(const char*& at) {
    std::uint32_t value = 0;
    for (std::uint32_t shift = 0; shift < 35; shift += 7) {
        const auto byte = static_cast<unsigned char>(*at++);
        value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            break;
        }
    }
    return value;
}

std::string_view read_text(const char* at) {
    const std::uint32_t length = read_leb128(at);
    return {at, length};
}

class variant_row {
  public:
    variant_row(const vector_view& view, std::uint64_t row, encode_context& context, base::byte_buffer& out)
        : view_(view),
          context_(context),
          out_(out),
          first_key_(view.children[keys].at<duckdb_list_entry>(row).offset),
          first_child_(view.children[child_lists].at<duckdb_list_entry>(row).offset),
          first_value_(view.children[value_lists].at<duckdb_list_entry>(row).offset),
          data_(string_at(view.children[blobs], row).data()) {}

    void append(std::uint64_t index, std::uint32_t depth) {
        const auto type = view_.children[type_ids].at<std::uint8_t>(first_value_ + index);
        const char* at = data_ + view_.children[byte_offsets].at<std::uint32_t>(first_value_ + index);
        switch (static_cast<variant_type>(type)) {
            case variant_type::null:
                return out_.append("null");
            case variant_type::bool_true:
                return out_.append("true");
            case variant_type::bool_false:
                return out_.append("false");
            case variant_type::decimal: {
                const std::uint32_t width = read_leb128(at);
                const std::uint32_t scale = read_leb128(at);
                return append_scalar({.kind = decimal_kind(width), .scale = scale}, at);
            }
            case variant_type::varchar:
                return append_json_string(read_text(at), out_);
            case variant_type::blob:
            case variant_type::geometry:
                return append_json_string(bytea_text(read_text(at)), out_);
            case variant_type::bit:
                return append_json_string(bits_text(read_text(at)), out_);
            case variant_type::bignum:
                return append_bignum_text(read_text(at), context_, out_);
            case variant_type::object:
            case variant_type::array:
                return append_nested(at, static_cast<variant_type>(type) == variant_type::object, depth);
            default:
                return append_scalar({.kind = fixed_kind(type)}, at);
        }
    }

  private:
    void append_scalar(const value_type& type, const char* at) { append_json(type, {.data = at}, 0, context_, out_); }

    void append_nested(const char* at, bool is_object, std::uint32_t depth) {
        if (depth == depth_max) {
            return context_.fail(
                {.code = sqlstates::program_limit_exceeded, .message = "a variant nests deeper than 1000 levels"});
        }
        const std::uint64_t count = read_leb128(at);
        const std::uint64_t first = count == 0 ? 0 : first_child_ + read_leb128(at);
        out_.append_byte(is_object ? '{' : '[');
        for (std::uint64_t i = first; i < first + count && !context_.error; ++i) {
            if (i != first) {
                out_.append_byte(',');
            }
            if (is_object) {
                const auto key = view_.children[key_indexes].at<std::uint32_t>(i);
                append_json_string(string_at(view_.children[key_texts], first_key_ + key), out_);
                out_.append_byte(':');
            }
            append(view_.children[value_indexes].at<std::uint32_t>(i), depth + 1);
        }
        out_.append_byte(is_object ? '}' : ']');
    }

    [[nodiscard]] static std::string bytea_text(std::string_view bytes) {
        std::string text(2 + 2 * bytes.size(), '\0');
        postgres::write_bytea_hex(text.data(), bytes);
        return text;
    }

    [[nodiscard]] static std::string bits_text(std::string_view stored) {
        const auto padding = std::size_t{static_cast<unsigned char>(stored[0])};
        std::string text((stored.size() - 1) * 8 - padding, '\0');
        postgres::write_bits(text.data(), stored.substr(1), padding);
        return text;
    }

    const vector_view& view_;
    encode_context& context_;
    base::byte_buffer& out_;
    std::uint64_t first_key_;
    std::uint64_t first_child_;
    std::uint64_t first_value_;
    const char* data_;
};

}  // namespace

void append_variant_json(const vector_view& view, std::uint64_t row, encode_context& context, base::byte_buffer& out) {
    variant_row(view, row, context, out).append(0, 0);
}

}  // namespace sluice::duckdb
