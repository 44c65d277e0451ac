#include "engines/duckdb/encode/encode_scalar.hpp"

#include <limits>
#include <string>

namespace sluice::duckdb {

char* write_interval(char* out, postgres::interval_parts interval, backend::value_settings::interval_style style) {
    switch (style) {
        case backend::value_settings::interval_style::postgres_verbose:
            return postgres::write_interval_verbose(out, interval);
        case backend::value_settings::interval_style::sql_standard:
            return postgres::write_interval_sql_standard(out, interval);
        case backend::value_settings::interval_style::iso_8601:
            return postgres::write_interval_iso_8601(out, interval);
        default:
            return postgres::write_interval_postgres(out, interval);
    }
}

char* write_coarse_timestamp(char* out, std::int64_t value, std::int64_t units_per_day) {
    if (is_infinite(value)) {
        return postgres::write_infinity(out, value < 0);
    }
    std::int64_t days = value / units_per_day;
    std::int64_t rest = value % units_per_day;
    if (rest < 0) {
        rest += units_per_day;
        --days;
    }
    const std::int64_t microseconds = rest * (postgres::microseconds_per_day / units_per_day);
    return postgres::write_timestamp_parts(out, days, static_cast<std::uint64_t>(microseconds));
}

void fail_out_of_range(const char* what, encode_context& context) {
    context.fail({.code = sqlstates::datetime_field_overflow,
                  .message = std::string(what) + " out of range for the binary format",
                  .hint = "Ask for the text format, or cast the column to text."});
}

char* write_binary_date(char* out, std::int32_t days, encode_context& context) {
    if (days == postgres::date_infinity) {
        return postgres::write_be(out, days);
    }
    if (days == postgres::date_minus_infinity) {
        return postgres::write_be(out, std::numeric_limits<std::int32_t>::min());
    }
    const std::int64_t shifted = std::int64_t{days} - postgres::days_1970_to_2000;
    if (shifted <= std::numeric_limits<std::int32_t>::min()) {
        fail_out_of_range("date", context);
    }
    return postgres::write_be(out, static_cast<std::int32_t>(shifted));
}

char* write_binary_timestamp(char* out, std::int64_t microseconds, encode_context& context) {
    if (microseconds == postgres::timestamp_infinity) {
        return postgres::write_be(out, microseconds);
    }
    if (microseconds == postgres::timestamp_minus_infinity) {
        return postgres::write_be(out, std::numeric_limits<std::int64_t>::min());
    }
    std::int64_t shifted = 0;
    if (__builtin_sub_overflow(microseconds, postgres::microseconds_1970_to_2000, &shifted) ||
        shifted == std::numeric_limits<std::int64_t>::min()) {
        fail_out_of_range("timestamp", context);
    }
    return postgres::write_be(out, shifted);
}

char* write_binary_coarse_timestamp(char* out, std::int64_t value, std::int64_t microseconds_each,
                                    encode_context& context) {
    std::int64_t microseconds = value;
    if (!is_infinite(value) && (__builtin_mul_overflow(value, microseconds_each, &microseconds) ||
                                microseconds == postgres::timestamp_infinity)) {
        fail_out_of_range("timestamp", context);
        microseconds = 0;
    }
    return write_binary_timestamp(out, microseconds, context);
}

}  // namespace sluice::duckdb
