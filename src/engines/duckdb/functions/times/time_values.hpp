// time_values.hpp - the calendar behind dates and timestamps, and clocks of time zones.
//
// Use:     const calendar_time when = calendar_of(value.micros);   // of a finite value
//          TRY_ASSIGN(time_zone* const zone, zone_named("Europe/Berlin"));
//          const std::int64_t utc = instant_of(local_micros, *zone);
// Units:   days and microseconds since 1970-01-01; years count astronomically: 0 is 1 BC.
// Source:  PostgreSQL 15 manual, 8.5 and appendix B.
// Errors:  22008, 22023.
// Threads: plain functions; a zone belongs to the thread that asked for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_types.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::duckdb {

inline constexpr std::int64_t micros_per_second = 1'000'000;
inline constexpr std::int64_t micros_per_minute = 60 * micros_per_second;
inline constexpr std::int64_t micros_per_hour = 60 * micros_per_minute;
inline constexpr std::int64_t micros_per_day = postgres::microseconds_per_day;
// PostgreSQL counts from 2000-01-01, which shows where it rounds.
inline constexpr std::int64_t micros_to_2000 = 10'957 * micros_per_day;
inline constexpr std::int64_t julian_of_1970 = 2'440'588;

struct calendar_time {
    std::int64_t year = 0;
    std::int64_t month = 1;
    std::int64_t day = 1;
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t micros = 0;
};

[[nodiscard]] inline bool is_finite(std::int64_t micros) {
    return micros != postgres::timestamp_infinity && micros != postgres::timestamp_minus_infinity;
}
[[nodiscard]] inline bool is_finite(date value) {
    return value.days != postgres::date_infinity && value.days != postgres::date_minus_infinity;
}
// The last day of a month, or 0 outside 1 to 12.
[[nodiscard]] std::int64_t last_day(std::int64_t year, std::int64_t month);
// Days since 1970-01-01; months beyond 1 to 12 and days beyond a month's end carry over.
[[nodiscard]] std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day);
[[nodiscard]] std::int64_t floor_divide(std::int64_t value, std::int64_t by);
[[nodiscard]] std::int64_t floor_modulo(std::int64_t value, std::int64_t by);

// The sum; one that overflows is beyond every timestamp.
[[nodiscard]] std::int64_t plus_micros(std::int64_t left, std::int64_t right);

[[nodiscard]] calendar_time calendar_of(std::int64_t micros);
[[nodiscard]] calendar_time calendar_of_days(std::int64_t days);
// 22008 timestamp out of range
result<std::int64_t> micros_of(const calendar_time& when);
result<std::int64_t> checked_timestamp(std::int64_t micros);
[[nodiscard]] std::unexpected<error> timestamp_out_of_range();
[[nodiscard]] std::unexpected<error> interval_out_of_range();
// Of a date that PostgreSQL's type holds.
[[nodiscard]] bool is_date(std::int64_t days);

struct iso_week_date {
    std::int64_t year;
    std::int64_t week;
    std::int64_t day_of_year;  // 1: the Monday of week 1
};
[[nodiscard]] iso_week_date iso_week_of(std::int64_t days);
// The Monday of week 1.
[[nodiscard]] std::int64_t iso_year_start(std::int64_t year);
// 0: Sunday
[[nodiscard]] std::int64_t weekday_of(std::int64_t days);

// A time zone by its name, kept for the thread's next call.
result<time_zone*> zone_named(std::string_view name);
[[nodiscard]] std::int64_t local_of(std::int64_t utc, time_zone& zone);
// A local time that comes twice is the later one; one that is left out counts with the offset before the gap.
[[nodiscard]] std::int64_t instant_of(std::int64_t local, time_zone& zone);
[[nodiscard]] std::int64_t now_micros();

// A count as DECIMAL text with `scale` places: 1500, 3 is 1.500.
[[nodiscard]] std::string decimal_text(__int128 units, std::uint32_t scale);

// Rounded half away from zero to 10^-digits seconds; other numbers of digits change nothing.
[[nodiscard]] std::int64_t rounded_micros(std::int64_t micros, std::int32_t digits);

[[nodiscard]] std::int64_t micros_of(timetz value);
[[nodiscard]] std::int32_t offset_of(timetz value);
[[nodiscard]] timetz make_timetz(std::int64_t micros, std::int32_t seconds_east);
// 22009 for an offset that the engine's form does not hold: 16 hours and more.
result<timetz> checked_timetz(std::int64_t micros, std::int64_t seconds_east);

}  // namespace sluice::duckdb
