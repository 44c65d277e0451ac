#include "postgres/format/value_text_time.hpp"

#include <string_view>

namespace sluice::postgres {
namespace {

constexpr std::int64_t days_per_era = 146097;  // 400 years

// PostgreSQL knows no year 0: astronomical year 0 is 1 BC.
char* write_calendar_date(char* out, const calendar_date& date) {
    const auto year = static_cast<std::uint64_t>(date.year > 0 ? date.year : 1 - date.year);
    out = year < 10000 ? write_padded(out, year, 4) : write_unsigned(out, year);
    *out++ = '-';
    out = write_two_digits(out, date.month);
    *out++ = '-';
    return write_two_digits(out, date.day);
}

struct timestamp_parts {
    std::int64_t days;
    std::uint64_t microseconds;
};

timestamp_parts split_timestamp(std::int64_t microseconds) {
    std::int64_t days = microseconds / microseconds_per_day;
    std::int64_t rest = microseconds % microseconds_per_day;
    if (rest < 0) {
        rest += microseconds_per_day;
        --days;
    }
    return {.days = days, .microseconds = static_cast<std::uint64_t>(rest)};
}

}  // namespace

calendar_date date_from_days(std::int64_t days) {
    const std::int64_t shifted = days + days_to_1970_from_march;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - (days_per_era - 1)) / days_per_era;
    calendar_date date = date_from_march_days(static_cast<std::uint32_t>(shifted - era * days_per_era));
    date.year += era * 400;
    return date;
}

char* write_infinity(char* out, bool negative) {
    return write_text(out, negative ? "-infinity" : "infinity");
}

char* write_uncommon_date(char* out, std::int32_t days) {
    if (days == date_infinity || days == date_minus_infinity) {
        return write_infinity(out, days < 0);
    }
    const calendar_date date = date_from_days(days);
    out = write_calendar_date(out, date);
    return date.year > 0 ? out : write_text(out, " BC");
}

char* write_uncommon_timestamp(char* out, std::int64_t days, std::uint64_t microseconds) {
    const calendar_date date = date_from_days(days);
    out = write_calendar_date(out, date);
    *out = ' ';
    out = write_time(out + 1, microseconds);
    return date.year > 0 ? out : write_text(out, " BC");
}

char* write_zone_offset(char* out, std::int32_t seconds_east) {
    *out++ = seconds_east < 0 ? '-' : '+';
    const auto seconds = static_cast<std::uint32_t>(seconds_east < 0 ? -seconds_east : seconds_east);
    const std::uint32_t hours = seconds / 3600;  // up to 167, by a POSIX zone
    if (hours >= 100) {
        *out++ = '1';
    }
    out = write_two_digits(out, hours % 100);
    if (seconds % 3600 != 0) {
        *out = ':';
        out = write_two_digits(out + 1, seconds / 60 % 60);
    }
    if (seconds % 60 != 0) {
        *out = ':';
        out = write_two_digits(out + 1, seconds % 60);
    }
    return out;
}

char* write_time_tz(char* out, std::uint64_t microseconds, std::int32_t seconds_east) {
    return write_zone_offset(write_time(out, microseconds), seconds_east);
}

char* write_timestamp_tz(char* out, std::int64_t microseconds, std::int32_t seconds_east) {
    if (microseconds == timestamp_infinity || microseconds == timestamp_minus_infinity) {
        return write_infinity(out, microseconds < 0);
    }
    timestamp_parts parts = split_timestamp(microseconds);
    std::int64_t local = static_cast<std::int64_t>(parts.microseconds) + std::int64_t{seconds_east} * 1'000'000;
    while (local < 0) {  // an offset has up to seven days
        local += microseconds_per_day;
        --parts.days;
    }
    while (local >= microseconds_per_day) {
        local -= microseconds_per_day;
        ++parts.days;
    }
    parts.microseconds = static_cast<std::uint64_t>(local);
    if (is_common_date(parts.days)) [[likely]] {
        return write_zone_offset(write_timestamp_parts(out, parts.days, parts.microseconds), seconds_east);
    }
    const calendar_date date = date_from_days(parts.days);
    out = write_calendar_date(out, date);
    *out = ' ';
    out = write_zone_offset(write_time(out + 1, parts.microseconds), seconds_east);
    return date.year > 0 ? out : write_text(out, " BC");
}

}  // namespace sluice::postgres
