// Dates and times from numbers, clocks, and sleep.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <limits>
#include <thread>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/times/interval_values.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::duckdb {
namespace {

// printf's %g with a width of two, as the server writes seconds in messages.
std::string seconds_text(double seconds) {
    if (std::isnan(seconds)) {
        return "NaN";
    }
    if (std::isinf(seconds)) {
        return seconds < 0 ? "-Infinity" : "Infinity";
    }
    std::array<char, 40> room{};
    const int length = std::snprintf(room.data(), room.size(), "%02g", seconds);
    return {room.data(), static_cast<std::size_t>(length)};
}

std::unexpected<error> date_out_of_range(std::int32_t year, std::int32_t month, std::int32_t day) {
    return fail(sqlstates::datetime_field_overflow, fmt::format("date out of range: {}-{:02}-{:02}", year, month, day));
}

// Negative years are BC. Messages show `shown_year`.
result<std::int64_t> days_of_date(std::int32_t year, std::int32_t month, std::int32_t day, std::int32_t shown_year) {
    const std::int64_t astronomical = year < 0 ? std::int64_t{year} + 1 : year;
    if (year == 0 || year == std::numeric_limits<std::int32_t>::min() || month < 1 || month > 12 || day < 1 ||
        day > last_day(astronomical, month)) {
        return fail(sqlstates::datetime_field_overflow,
                    fmt::format("date field value out of range: {}-{:02}-{:02}", shown_year, month, day));
    }
    // The range of Julian days, a little wider than that of dates.
    const bool after_first = astronomical > -4713 || (astronomical == -4713 && month >= 11);
    const bool before_last = astronomical < 5'874'898 || (astronomical == 5'874'898 && month < 6);
    if (!after_first || !before_last) {
        return date_out_of_range(shown_year, month, day);
    }
    return days_of(astronomical, month, day);
}

result<std::int64_t> micros_of_clock(std::int32_t hour, std::int32_t minute, double second) {
    const double micros = std::rint(second * 1e6);
    const bool fields_fit = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 && micros <= 60e6;
    const std::int64_t clock =
        fields_fit ? hour * micros_per_hour + minute * micros_per_minute + static_cast<std::int64_t>(micros) : 0;
    if (!fields_fit || clock > micros_per_day) {
        return fail(sqlstates::datetime_field_overflow,
                    fmt::format("time field value out of range: {}:{:02}:{}", hour, minute, seconds_text(second)));
    }
    return clock;
}

result<date> make_date(std::int32_t year, std::int32_t month, std::int32_t day) {
    const bool before = year < 0 && year != std::numeric_limits<std::int32_t>::min();
    const std::int32_t shown_year = before ? year + 1 : year;
    TRY_ASSIGN(const std::int64_t days, days_of_date(year, month, day, shown_year));
    if (!is_date(days)) {
        return date_out_of_range(shown_year, month, day);
    }
    return date{static_cast<std::int32_t>(days)};
}
result<time_of_day> make_time(std::int32_t hour, std::int32_t minute, double second) {
    TRY_ASSIGN(const std::int64_t micros, micros_of_clock(hour, minute, second));
    return time_of_day{micros};
}
result<timestamp> make_timestamp(std::int32_t year, std::int32_t month, std::int32_t day, std::int32_t hour,
                                 std::int32_t minute, double second) {
    TRY_ASSIGN(const std::int64_t days, days_of_date(year, month, day, year));
    TRY_ASSIGN(const std::int64_t clock, micros_of_clock(hour, minute, second));
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(days, micros_per_day, &micros) || __builtin_add_overflow(micros, clock, &micros) ||
        !checked_timestamp(micros)) {
        return fail(sqlstates::datetime_field_overflow,
                    fmt::format("timestamp out of range: {}-{:02}-{:02} {}:{:02}:{}", year, month, day, hour, minute,
                                seconds_text(second)));
    }
    return timestamp{micros};
}
result<timestamptz> make_instant(std::int32_t year, std::int32_t month, std::int32_t day, std::int32_t hour,
                                 std::int32_t minute, double second, std::string_view zone_name) {
    TRY_ASSIGN(const timestamp local, make_timestamp(year, month, day, hour, minute, second));
    TRY_ASSIGN(time_zone* const zone, zone_named(zone_name));
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(instant_of(local.micros, *zone)));
    return timestamptz{micros};
}

// A zone given with the numbers: an offset east with its sign, or a zone's name.
result<timestamptz> make_instant_at(std::int32_t year, std::int32_t month, std::int32_t day, std::int32_t hour,
                                    std::int32_t minute, double second, std::string_view zone_name) {
    TRY_ASSIGN(const timestamp local, make_timestamp(year, month, day, hour, minute, second));
    std::int64_t utc = 0;
    if (!zone_name.empty() && base::is_digit(zone_name[0])) {
        error cause{.code = sqlstates::invalid_parameter_value,
                    .message = fmt::format("invalid input syntax for type numeric time zone: \"{}\"", zone_name)};
        return fail(std::move(cause).with_hint("Numeric time zones must have \"-\" or \"+\" as first character."));
    }
    if (zone_name.starts_with('+') || zone_name.starts_with('-')) {
        const std::string text = "2000-01-01 00:00" + std::string(zone_name);
        const auto offset = postgres::read_datetime_text(text, postgres::datetime_type::timestamptz);
        if (!offset) {
            return offset.error().code == sqlstates::invalid_time_zone_displacement_value
                       ? fail(sqlstates::invalid_parameter_value,
                              fmt::format("numeric time zone \"{}\" out of range", zone_name))
                       : fail(sqlstates::invalid_parameter_value,
                              fmt::format("time zone \"{}\" not recognized", zone_name));
        }
        utc = plus_micros(local.micros, -offset->offset_seconds * micros_per_second);
    } else {
        TRY_ASSIGN(time_zone* const zone, zone_of_argument(zone_name));
        utc = instant_of(local.micros, *zone);
    }
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(utc));
    return timestamptz{micros};
}

// Seconds since 1970; rounded as seconds since 2000 are.
result<timestamptz> timestamptz_of_seconds(double seconds) {
    if (std::isnan(seconds)) {
        return fail(sqlstates::datetime_field_overflow, "timestamp cannot be NaN");
    }
    if (std::isinf(seconds)) {
        return timestamptz{seconds < 0 ? postgres::timestamp_minus_infinity : postgres::timestamp_infinity};
    }
    const double micros = std::rint((seconds - static_cast<double>(micros_to_2000 / micros_per_second)) * 1e6);
    constexpr double limit = 9.2e18;
    if (std::fabs(micros) < limit) {
        const std::int64_t made = static_cast<std::int64_t>(micros) + micros_to_2000;
        if (checked_timestamp(made)) {
            return timestamptz{made};
        }
    }
    std::array<char, 40> room{};
    const int length = std::snprintf(room.data(), room.size(), "%g", seconds);
    return fail(
        sqlstates::datetime_field_overflow,
        fmt::format("timestamp out of range: \"{}\"", std::string_view(room.data(), static_cast<std::size_t>(length))));
}

timestamptz clock_now() {
    return {now_micros()};
}

std::string sleep_for(double seconds) {
    constexpr double step = 0.02;
    constexpr double seconds_max = 1e9;
    using clock = std::chrono::steady_clock;
    const auto span = std::chrono::duration<double>(std::isnan(seconds) ? 0 : std::clamp(seconds, 0.0, seconds_max));
    const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(span);
    for (auto now = clock::now(); now < end; now = clock::now()) {
        std::this_thread::sleep_for(
            std::min(end - now, std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(step))));
    }
    return {};
}

}  // namespace

result<> add_time_makers(native_functions& functions) {
    TRY(functions.add<make_date>("sluice_make_date"));
    TRY(functions.add<make_time>("sluice_make_time"));
    TRY(functions.add<make_timestamp>("sluice_make_timestamp"));
    TRY(functions.add<make_instant>("sluice_make_timestamptz"));
    TRY(functions.add<make_instant_at>("sluice_make_timestamptz_at"));
    TRY(functions.add<timestamptz_of_seconds>("sluice_timestamptz_of_seconds"));
    TRY(functions.add<clock_now>("sluice_statement_timestamp", volatility::changing));
    TRY(functions.add<clock_now>("sluice_clock_timestamp", volatility::changing));
    return functions.add<sleep_for>("sluice_pg_sleep", volatility::changing);
}

}  // namespace sluice::duckdb
