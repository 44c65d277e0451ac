// decode_time.hpp - reads dates, times and timestamps in the forms that clients send.
//
// Problem: PostgreSQL reads far more spellings than ISO 8601, and the offsets of named time zones are not known here.
// Use:     TRY_ASSIGN(const read_datetime when, read_datetime_text("2024-01-31 12:00 Europe/Berlin", kind));
//          when.zone == zone_kind::named: look up when.zone_name, then to_timestamp(when) - offset
// Units:   days and microseconds since 1970-01-01, zone offsets in seconds east of Greenwich, infinities as in
//          value_text_time.hpp.
// Takes:   ISO dates, month/day/year, YYYYMMDD, names of months, BC; 24:00, AM/PM, HHMMSS; offsets, common
//          abbreviations and names of zones; epoch, infinity. Not: now, today, tomorrow, yesterday, Julian days.
// Errors:  22007 syntax, 22008 a field or the whole out of range, 22009 a zone's offset out of range, 22P03 binary.
// Source:  PostgreSQL 15 manual, 8.5.1 and appendix B; its behaviour with DateStyle ISO, MDY.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::postgres {

enum class datetime_type : std::uint8_t { date, time, timetz, timestamp, timestamptz };
enum class zone_kind : std::uint8_t { none, offset, named };
enum class infinity_kind : std::uint8_t { finite, infinity, minus_infinity };

// The contents of a text, before zones are looked up.
struct read_datetime {
    infinity_kind infinity = infinity_kind::finite;
    std::int64_t days = 0;         // since 1970-01-01
    std::int64_t nanoseconds = 0;  // since midnight; 24:00:00 is allowed
    zone_kind zone = zone_kind::none;
    std::int32_t offset_seconds = 0;
    std::string_view zone_name;  // part of the text
};

result<read_datetime> read_datetime_text(std::string_view text, datetime_type type);

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; year 0 is 1 BC.
[[nodiscard]] constexpr std::int64_t days_from_civil(std::int64_t year, std::uint32_t month, std::uint32_t day) {
    // Counts years from March, so that the leap day comes last.
    const std::int64_t march_year = year - (month <= 2 ? 1 : 0);
    const std::int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    const std::int64_t year_of_era = march_year - era * 400;
    const std::int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}
[[nodiscard]] constexpr std::uint32_t days_of_month(std::int64_t year, std::uint32_t month) {
    if (month == 2) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Microseconds, and the digits beyond them in nanoseconds (0 to 999).
struct precise_time {
    std::int64_t microseconds = 0;
    std::int32_t nanoseconds = 0;
};
// Rounded to microseconds as PostgreSQL does.
[[nodiscard]] inline std::int64_t round_to_microseconds(precise_time time) {
    return time.microseconds + (time.nanoseconds >= 500 ? 1 : 0);
}

// The engine's last timestamp before infinity.
inline constexpr std::int64_t timestamp_last = timestamp_infinity - 1;

// Each is 22008 when the whole is out of range; `text` is for the message.
result<std::int32_t> to_days(const read_datetime& when, std::string_view text);
[[nodiscard]] precise_time to_time(const read_datetime& when);
// Local time since 1970-01-01 00:00, with the zone's offset not yet subtracted.
result<precise_time> to_local_time(const read_datetime& when, std::string_view text);

// The same from the binary forms, which count from 2000-01-01.
result<std::int32_t> decode_date_binary(std::string_view bytes);
result<std::int64_t> decode_time_binary(std::string_view bytes);
result<std::int64_t> decode_timestamp_binary(std::string_view bytes);

struct time_with_zone {
    std::int64_t microseconds;
    std::int32_t offset_seconds;
};
result<time_with_zone> decode_timetz_binary(std::string_view bytes);

}  // namespace sluice::postgres
