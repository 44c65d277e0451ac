// value_text_time.hpp - dates, times, timestamps and intervals as PostgreSQL prints them with DateStyle ISO.
//
// Use:     char* end = write_date(out, 0);                       // "1970-01-01"
//          char* end = write_timestamp_tz(out, 0, 3600);         // "1970-01-01 01:00:00+01"
// Units:   days since 1970-01-01, microseconds since midnight or since 1970-01-01 00:00, zone offsets in seconds east
//          of Greenwich: the engine's units, not PostgreSQL's (which counts from 2000-01-01).
// Room:    time_text_bytes_max, scratch bytes included.
// Source:  PostgreSQL 15 manual, 8.5.2, 8.5.5. Calendar: C. Neri and L. Schneider, "Euclidean affine functions and
//          their application to calendar algorithms", 2022.
#pragma once

#include <cstdint>
#include <limits>

#include "postgres/format/value_text_digits.hpp"

namespace sluice::postgres {

inline constexpr std::size_t time_text_bytes_max = 112;

inline constexpr std::int32_t date_infinity = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t date_minus_infinity = -date_infinity;
inline constexpr std::int64_t timestamp_infinity = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t timestamp_minus_infinity = -timestamp_infinity;
inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;

struct calendar_date {
    std::int64_t year;  // astronomical: 0 is 1 BC
    std::uint32_t month;
    std::uint32_t day;
};

// Days since 0000-03-01, below 2^30, to a date of the proleptic Gregorian calendar.
[[nodiscard]] inline calendar_date date_from_march_days(std::uint32_t days) {
    const std::uint32_t century_numerator = 4 * days + 3;
    const std::uint32_t century = century_numerator / 146097;
    const std::uint32_t day_of_century = century_numerator % 146097 / 4;
    const std::uint64_t year_product = std::uint64_t{2939745} * (4 * day_of_century + 3);
    const auto year_of_century = static_cast<std::uint32_t>(year_product >> 32);
    const std::uint32_t day_of_year = static_cast<std::uint32_t>(year_product) / 2939745 / 4;
    const std::uint32_t month_product = 2141 * day_of_year + 197913;
    const bool next_year = day_of_year >= 306;  // January and February belong to the next year
    return {.year = std::int64_t{100} * century + year_of_century + (next_year ? 1 : 0),
            .month = (month_product >> 16) - (next_year ? 12U : 0U),
            .day = (month_product & 0xffff) / 2141 + 1};
}

// Any number of days since 1970-01-01.
[[nodiscard]] calendar_date date_from_days(std::int64_t days);

inline constexpr std::int32_t common_days_first = -719162;  // 0001-01-01
inline constexpr std::int32_t common_days_last = 2932896;   // 9999-12-31
inline constexpr std::uint32_t days_to_1970_from_march = 719468;

// True for days of the years 1 to 9999, whose dates all have ten characters.
[[nodiscard]] inline bool is_common_date(std::int64_t days) {
    return days >= common_days_first && days <= common_days_last;
}

inline char* write_common_date(char* out, std::int32_t days) {
    const calendar_date date = date_from_march_days(static_cast<std::uint32_t>(days) + days_to_1970_from_march);
    const auto year = static_cast<std::uint32_t>(date.year);
    write_two_digits(out, year / 100);
    write_two_digits(out + 2, year % 100);
    out[4] = '-';
    write_two_digits(out + 5, date.month);
    out[7] = '-';
    write_two_digits(out + 8, date.day);
    return out + 10;
}

// "HH:MM:SS[.ffffff]"; 86400000000 is 24:00:00.
inline char* write_time(char* out, std::uint64_t microseconds) {
    const auto seconds = static_cast<std::uint32_t>(microseconds / 1'000'000);
    const auto fraction = static_cast<std::uint32_t>(microseconds % 1'000'000);
    const std::uint32_t minutes = seconds / 60;
    write_two_digits(out, minutes / 60);
    out[2] = ':';
    write_two_digits(out + 3, minutes % 60);
    out[5] = ':';
    write_two_digits(out + 6, seconds % 60);
    return write_fraction(out + 8, fraction);
}

// Infinity, years before 1 and after 9999.
char* write_uncommon_date(char* out, std::int32_t days);
char* write_uncommon_timestamp(char* out, std::int64_t days, std::uint64_t microseconds);

inline char* write_date(char* out, std::int32_t days) {
    if (is_common_date(days)) [[likely]] {
        return write_common_date(out, days);
    }
    return write_uncommon_date(out, days);
}

// The parts of a timestamp: floor of days, and microseconds into the day.
inline char* write_timestamp_parts(char* out, std::int64_t days, std::uint64_t microseconds) {
    if (is_common_date(days)) [[likely]] {
        out = write_common_date(out, static_cast<std::int32_t>(days));
        *out = ' ';
        return write_time(out + 1, microseconds);
    }
    return write_uncommon_timestamp(out, days, microseconds);
}

char* write_infinity(char* out, bool negative);

inline char* write_timestamp(char* out, std::int64_t microseconds) {
    // Shifted so that the common era is positive: unsigned division by constants is cheaper.
    constexpr std::int64_t first = common_days_first * microseconds_per_day;
    constexpr std::int64_t last = (common_days_last + 1) * microseconds_per_day - 1;
    if (microseconds >= first && microseconds <= last) [[likely]] {
        const auto shifted = static_cast<std::uint64_t>(microseconds - first);
        const std::uint64_t days = shifted / microseconds_per_day;
        out = write_common_date(out, static_cast<std::int32_t>(days) + common_days_first);
        *out = ' ';
        return write_time(out + 1, shifted - days * microseconds_per_day);
    }
    if (microseconds == timestamp_infinity || microseconds == timestamp_minus_infinity) {
        return write_infinity(out, microseconds < 0);
    }
    std::int64_t days = microseconds / microseconds_per_day;
    std::int64_t rest = microseconds % microseconds_per_day;
    if (rest < 0) {
        rest += microseconds_per_day;
        --days;
    }
    return write_uncommon_timestamp(out, days, static_cast<std::uint64_t>(rest));
}

// "+01", "-03:30", "+00:53:28".
char* write_zone_offset(char* out, std::int32_t seconds_east);
char* write_time_tz(char* out, std::uint64_t microseconds, std::int32_t seconds_east);
// `microseconds` are UTC; the offset is that of the session's zone at that instant.
char* write_timestamp_tz(char* out, std::int64_t microseconds, std::int32_t seconds_east);

struct interval_parts {
    std::int32_t months;
    std::int32_t days;
    std::int64_t microseconds;
};

char* write_interval_postgres(char* out, interval_parts interval);
char* write_interval_verbose(char* out, interval_parts interval);
char* write_interval_sql_standard(char* out, interval_parts interval);
char* write_interval_iso_8601(char* out, interval_parts interval);

}  // namespace sluice::postgres
