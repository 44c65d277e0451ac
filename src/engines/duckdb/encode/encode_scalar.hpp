// encode_scalar.hpp - one value of bounded size, from a vector to text or binary; templates for the column loops.
//
// Use:     char* end = write_text<value_kind::date>(out, type, view, row, context);
//          char* end = write_binary<value_kind::date>(out, type, view, row, context);
// Room:    text_room(kind), binary_room for binary.
// Rounds:  TIMESTAMP_NS is cut and TIME_NS rounded to microseconds, as in DuckDB's own casts.
// Errors:  context.error; then the bytes are invalid but within the room.
#pragma once

#include <bit>
#include <cstdint>

#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/values/value_type.hpp"
#include "postgres/format/value_binary.hpp"
#include "postgres/format/value_text.hpp"
#include "postgres/format/value_text_float.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::duckdb {

[[nodiscard]] constexpr std::size_t text_room(value_kind kind) {
    switch (kind) {
        case value_kind::interval:
            return postgres::time_text_bytes_max;
        case value_kind::int128:
        case value_kind::uint128:
        case value_kind::decimal64:
        case value_kind::decimal128:
        case value_kind::float32:
        case value_kind::float64:
        case value_kind::timestamp:
        case value_kind::timestamp_s:
        case value_kind::timestamp_ms:
        case value_kind::timestamp_ns:
        case value_kind::timestamp_tz:
        case value_kind::time_tz:
        case value_kind::uuid:
            return 64;
        default:
            return 32;
    }
}
inline constexpr std::size_t binary_room = postgres::numeric_binary_bytes_max;

// Kinds that write_text and write_binary accept.
[[nodiscard]] constexpr bool is_bounded(value_kind kind) {
    return kind >= value_kind::boolean && kind <= value_kind::uuid;
}

struct time_tz_parts {
    std::uint64_t microseconds;
    std::int32_t seconds_east;
};

// 40 bits of microseconds above 24 bits of offset, counted down from the largest one, 15:59:59.
[[nodiscard]] inline time_tz_parts unpack_time_tz(std::uint64_t bits) {
    constexpr std::int32_t offset_max = 16 * 60 * 60 - 1;
    return {.microseconds = bits >> 24, .seconds_east = offset_max - static_cast<std::int32_t>(bits & 0xff'ffff)};
}

[[nodiscard]] inline std::uint64_t round_time_ns(std::int64_t nanoseconds) {
    return (static_cast<std::uint64_t>(nanoseconds) + 500) / 1000;
}

// DuckDB stores it with the highest bit flipped, so that it sorts.
[[nodiscard]] inline postgres::uint128 unpack_uuid(postgres::uint128 stored) {
    return stored ^ (static_cast<postgres::uint128>(1) << 127);
}

[[nodiscard]] inline bool is_infinite(std::int64_t timestamp) {
    return timestamp == postgres::timestamp_infinity || timestamp == postgres::timestamp_minus_infinity;
}

char* write_interval(char* out, postgres::interval_parts interval, backend::value_settings::interval_style style);
// Timestamps in units of whole microseconds; `units_per_day` of them are a day.
char* write_coarse_timestamp(char* out, std::int64_t value, std::int64_t units_per_day);
// 22008: out of the range of PostgreSQL's binary format.
void fail_out_of_range(const char* what, encode_context& context);
char* write_binary_date(char* out, std::int32_t days, encode_context& context);
char* write_binary_timestamp(char* out, std::int64_t microseconds, encode_context& context);
// The same from units of `microseconds_each`.
char* write_binary_coarse_timestamp(char* out, std::int64_t value, std::int64_t microseconds_each,
                                    encode_context& context);

template <value_kind kind>
inline char* write_text(char* out, const value_type& type, const vector_view& view, std::uint64_t row,
                        encode_context& context) {
    using enum value_kind;
    if constexpr (kind == boolean) {
        return postgres::write_bool(out, view.at<std::uint8_t>(row) != 0);
    } else if constexpr (kind == int8) {
        return postgres::write_signed(out, view.at<std::int8_t>(row));
    } else if constexpr (kind == int16) {
        return postgres::write_signed(out, view.at<std::int16_t>(row));
    } else if constexpr (kind == int32) {
        return postgres::write_signed(out, view.at<std::int32_t>(row));
    } else if constexpr (kind == int64) {
        return postgres::write_signed(out, view.at<std::int64_t>(row));
    } else if constexpr (kind == int128) {
        return postgres::write_signed_128(out, view.at<postgres::int128>(row));
    } else if constexpr (kind == uint8) {
        return postgres::write_unsigned(out, view.at<std::uint8_t>(row));
    } else if constexpr (kind == uint16) {
        return postgres::write_unsigned(out, view.at<std::uint16_t>(row));
    } else if constexpr (kind == uint32) {
        return postgres::write_unsigned(out, view.at<std::uint32_t>(row));
    } else if constexpr (kind == uint64) {
        return postgres::write_unsigned(out, view.at<std::uint64_t>(row));
    } else if constexpr (kind == uint128) {
        return postgres::write_unsigned_128(out, view.at<postgres::uint128>(row));
    } else if constexpr (kind == float32) {
        const auto value = view.at<float>(row);
        const std::int32_t extra = context.settings.extra_float_digits;
        return extra > 0 ? postgres::write_float(out, value)
                         : postgres::write_double_rounded(out, double{value}, 6 + extra);
    } else if constexpr (kind == float64) {
        const auto value = view.at<double>(row);
        const std::int32_t extra = context.settings.extra_float_digits;
        return extra > 0 ? postgres::write_double(out, value) : postgres::write_double_rounded(out, value, 15 + extra);
    } else if constexpr (kind == decimal16) {
        return postgres::write_decimal(out, view.at<std::int16_t>(row), type.scale);
    } else if constexpr (kind == decimal32) {
        return postgres::write_decimal(out, view.at<std::int32_t>(row), type.scale);
    } else if constexpr (kind == decimal64) {
        return postgres::write_decimal(out, view.at<std::int64_t>(row), type.scale);
    } else if constexpr (kind == decimal128) {
        return postgres::write_decimal_128(out, view.at<postgres::int128>(row), type.scale);
    } else if constexpr (kind == date) {
        return postgres::write_date(out, view.at<std::int32_t>(row));
    } else if constexpr (kind == time) {
        return postgres::write_time(out, view.at<std::uint64_t>(row));
    } else if constexpr (kind == time_ns) {
        return postgres::write_time(out, round_time_ns(view.at<std::int64_t>(row)));
    } else if constexpr (kind == time_tz) {
        const time_tz_parts parts = unpack_time_tz(view.at<std::uint64_t>(row));
        return postgres::write_time_tz(out, parts.microseconds, parts.seconds_east);
    } else if constexpr (kind == timestamp) {
        return postgres::write_timestamp(out, view.at<std::int64_t>(row));
    } else if constexpr (kind == timestamp_s) {
        return write_coarse_timestamp(out, view.at<std::int64_t>(row), 86'400);
    } else if constexpr (kind == timestamp_ms) {
        return write_coarse_timestamp(out, view.at<std::int64_t>(row), 86'400'000);
    } else if constexpr (kind == timestamp_ns) {
        const auto value = view.at<std::int64_t>(row);
        return postgres::write_timestamp(out, is_infinite(value) ? value : value / 1000);
    } else if constexpr (kind == timestamp_tz) {
        const auto value = view.at<std::int64_t>(row);
        return postgres::write_timestamp_tz(out, value, context.zone.offset_seconds_at(value));
    } else if constexpr (kind == interval) {
        return write_interval(out, view.at<postgres::interval_parts>(row), context.settings.intervals);
    } else {
        static_assert(kind == uuid);
        return postgres::write_uuid(out, unpack_uuid(view.at<postgres::uint128>(row)));
    }
}

template <value_kind kind>
inline char* write_binary(char* out, const value_type& type, const vector_view& view, std::uint64_t row,
                          encode_context& context) {
    using enum value_kind;
    using postgres::write_be;
    if constexpr (kind == boolean) {
        return write_be(out, static_cast<std::uint8_t>(view.at<std::uint8_t>(row) != 0));
    } else if constexpr (kind == int8) {
        return write_be(out, std::int16_t{view.at<std::int8_t>(row)});
    } else if constexpr (kind == int16) {
        return write_be(out, view.at<std::int16_t>(row));
    } else if constexpr (kind == int32) {
        return write_be(out, view.at<std::int32_t>(row));
    } else if constexpr (kind == int64 || kind == time) {
        return write_be(out, view.at<std::int64_t>(row));
    } else if constexpr (kind == int128) {
        return postgres::write_numeric_binary_128(out, view.at<postgres::int128>(row), 0);
    } else if constexpr (kind == uint8) {
        return write_be(out, std::int16_t{view.at<std::uint8_t>(row)});
    } else if constexpr (kind == uint16) {
        return write_be(out, std::int32_t{view.at<std::uint16_t>(row)});
    } else if constexpr (kind == uint32) {
        return write_be(out, std::int64_t{view.at<std::uint32_t>(row)});
    } else if constexpr (kind == uint64) {
        return postgres::write_numeric_binary_u128(out, view.at<std::uint64_t>(row));
    } else if constexpr (kind == uint128) {
        return postgres::write_numeric_binary_u128(out, view.at<postgres::uint128>(row));
    } else if constexpr (kind == float32) {
        return write_be(out, std::bit_cast<std::uint32_t>(view.at<float>(row)));
    } else if constexpr (kind == float64) {
        return write_be(out, std::bit_cast<std::uint64_t>(view.at<double>(row)));
    } else if constexpr (kind == decimal16) {
        return postgres::write_numeric_binary(out, view.at<std::int16_t>(row), type.scale);
    } else if constexpr (kind == decimal32) {
        return postgres::write_numeric_binary(out, view.at<std::int32_t>(row), type.scale);
    } else if constexpr (kind == decimal64) {
        return postgres::write_numeric_binary(out, view.at<std::int64_t>(row), type.scale);
    } else if constexpr (kind == decimal128) {
        return postgres::write_numeric_binary_128(out, view.at<postgres::int128>(row), type.scale);
    } else if constexpr (kind == date) {
        return write_binary_date(out, view.at<std::int32_t>(row), context);
    } else if constexpr (kind == time_ns) {
        return write_be(out, round_time_ns(view.at<std::int64_t>(row)));
    } else if constexpr (kind == time_tz) {
        const time_tz_parts parts = unpack_time_tz(view.at<std::uint64_t>(row));
        return write_be(write_be(out, parts.microseconds), -parts.seconds_east);
    } else if constexpr (kind == timestamp || kind == timestamp_tz) {
        return write_binary_timestamp(out, view.at<std::int64_t>(row), context);
    } else if constexpr (kind == timestamp_s) {
        return write_binary_coarse_timestamp(out, view.at<std::int64_t>(row), 1'000'000, context);
    } else if constexpr (kind == timestamp_ms) {
        return write_binary_coarse_timestamp(out, view.at<std::int64_t>(row), 1000, context);
    } else if constexpr (kind == timestamp_ns) {
        const auto value = view.at<std::int64_t>(row);
        return write_binary_timestamp(out, is_infinite(value) ? value : value / 1000, context);
    } else if constexpr (kind == interval) {
        const auto parts = view.at<postgres::interval_parts>(row);
        return write_be(write_be(write_be(out, parts.microseconds), parts.days), parts.months);
    } else {
        static_assert(kind == uuid);
        const postgres::uint128 value = unpack_uuid(view.at<postgres::uint128>(row));
        return write_be(write_be(out, static_cast<std::uint64_t>(value >> 64)), static_cast<std::uint64_t>(value));
    }
}

// Calls visit.template operator()<kind>() for a kind that is_bounded().
template <typename Visitor>
auto visit_bounded(value_kind kind, Visitor&& visit) {
    using enum value_kind;
    switch (kind) {
        case boolean:
            return visit.template operator()<boolean>();
        case int8:
            return visit.template operator()<int8>();
        case int16:
            return visit.template operator()<int16>();
        case int32:
            return visit.template operator()<int32>();
        case int64:
            return visit.template operator()<int64>();
        case int128:
            return visit.template operator()<int128>();
        case uint8:
            return visit.template operator()<uint8>();
        case uint16:
            return visit.template operator()<uint16>();
        case uint32:
            return visit.template operator()<uint32>();
        case uint64:
            return visit.template operator()<uint64>();
        case uint128:
            return visit.template operator()<uint128>();
        case float32:
            return visit.template operator()<float32>();
        case float64:
            return visit.template operator()<float64>();
        case decimal16:
            return visit.template operator()<decimal16>();
        case decimal32:
            return visit.template operator()<decimal32>();
        case decimal64:
            return visit.template operator()<decimal64>();
        case decimal128:
            return visit.template operator()<decimal128>();
        case date:
            return visit.template operator()<date>();
        case time:
            return visit.template operator()<time>();
        case time_ns:
            return visit.template operator()<time_ns>();
        case time_tz:
            return visit.template operator()<time_tz>();
        case timestamp:
            return visit.template operator()<timestamp>();
        case timestamp_s:
            return visit.template operator()<timestamp_s>();
        case timestamp_ms:
            return visit.template operator()<timestamp_ms>();
        case timestamp_ns:
            return visit.template operator()<timestamp_ns>();
        case timestamp_tz:
            return visit.template operator()<timestamp_tz>();
        case interval:
            return visit.template operator()<interval>();
        default:
            return visit.template operator()<uuid>();
    }
}

}  // namespace sluice::duckdb
