#include "postgres/parse/decode_time.hpp"

#include <limits>

#include "postgres/parse/decode_error.hpp"

namespace sluice::postgres {
namespace {

constexpr std::int64_t days_first = days_from_civil(-4713, 11, 24);  // 4714-11-24 BC, Julian day 0
constexpr std::int64_t days_last = days_from_civil(5874897, 12, 31);
constexpr std::int64_t days_to_2000 = 10'957;
constexpr std::int64_t microseconds_to_2000 = days_to_2000 * microseconds_per_day;
constexpr std::int32_t offset_seconds_max = 57'599;  // 15:59:59

error overflow(std::string_view what) {
    return {.code = sqlstates::datetime_field_overflow, .message = std::string(what)};
}

}  // namespace

result<std::int32_t> to_days(const read_datetime& when, std::string_view text) {
    if (when.infinity != infinity_kind::finite) {
        return when.infinity == infinity_kind::infinity ? date_infinity : date_minus_infinity;
    }
    if (when.days < days_first || when.days > days_last) {
        return fail(invalid_value(sqlstates::datetime_field_overflow, "date out of range", text));
    }
    return static_cast<std::int32_t>(when.days);
}

precise_time to_time(const read_datetime& when) {
    return {.microseconds = when.nanoseconds / 1000, .nanoseconds = static_cast<std::int32_t>(when.nanoseconds % 1000)};
}

result<precise_time> to_local_time(const read_datetime& when, std::string_view text) {
    if (when.infinity != infinity_kind::finite) {
        return precise_time{.microseconds = when.infinity == infinity_kind::infinity ? timestamp_infinity
                                                                                     : timestamp_minus_infinity};
    }
    precise_time time = to_time(when);
    std::int64_t midnight = 0;
    if (when.days < days_first || __builtin_mul_overflow(when.days, microseconds_per_day, &midnight) ||
        __builtin_add_overflow(midnight, time.microseconds, &time.microseconds) || time.microseconds > timestamp_last) {
        return fail(invalid_value(sqlstates::datetime_field_overflow, "timestamp out of range", text));
    }
    return time;
}

result<std::int32_t> decode_date_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(std::int32_t)) {
        return fail(invalid_binary());
    }
    const auto days = read_be<std::int32_t>(bytes);
    if (days == std::numeric_limits<std::int32_t>::max()) {
        return date_infinity;
    }
    if (days == std::numeric_limits<std::int32_t>::min()) {
        return date_minus_infinity;
    }
    const std::int64_t since_1970 = days + days_to_2000;
    if (since_1970 < days_first || since_1970 > days_last) {
        return fail(overflow("date out of range"));
    }
    return static_cast<std::int32_t>(since_1970);
}

result<std::int64_t> decode_time_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(std::int64_t)) {
        return fail(invalid_binary());
    }
    const auto time = read_be<std::int64_t>(bytes);
    if (time < 0 || time > microseconds_per_day) {
        return fail(overflow("time out of range"));
    }
    return time;
}

result<std::int64_t> decode_timestamp_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(std::int64_t)) {
        return fail(invalid_binary());
    }
    const auto since_2000 = read_be<std::int64_t>(bytes);
    if (since_2000 == std::numeric_limits<std::int64_t>::max()) {
        return timestamp_infinity;
    }
    if (since_2000 == std::numeric_limits<std::int64_t>::min()) {
        return timestamp_minus_infinity;
    }
    if (since_2000 < days_first * microseconds_per_day - microseconds_to_2000 ||
        since_2000 > timestamp_last - microseconds_to_2000) {
        return fail(overflow("timestamp out of range"));
    }
    return since_2000 + microseconds_to_2000;
}

result<time_with_zone> decode_timetz_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(std::int64_t) + sizeof(std::int32_t)) {
        return fail(invalid_binary());
    }
    const auto time = decode_time_binary(bytes.substr(0, sizeof(std::int64_t)));
    if (!time) {
        return fail(time.error());
    }
    const auto seconds_west = read_be<std::int32_t>(bytes, sizeof(std::int64_t));
    if (seconds_west < -offset_seconds_max || seconds_west > offset_seconds_max) {
        return fail(sqlstates::invalid_time_zone_displacement_value, "time zone displacement out of range");
    }
    return time_with_zone{.microseconds = *time, .offset_seconds = -seconds_west};
}

}  // namespace sluice::postgres
