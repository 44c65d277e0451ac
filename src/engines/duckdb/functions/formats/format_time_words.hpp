// format_time_words.hpp - the fields of date and time templates.
//
// Source:  PostgreSQL 15 manual, tables 9.26 and 9.27.
// Threads: constants.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engines/duckdb/functions/formats/format_picture.hpp"

namespace sluice::duckdb {

enum class time_key : std::uint8_t {
    era_dots,
    era,
    half_day_dots,
    half_day,
    century,
    day_name,
    day_short,
    day_of_year,
    day,
    day_of_week,
    fraction_1,
    fraction_2,
    fraction_3,
    fraction_4,
    fraction_5,
    fraction_6,
    exact,
    hour_24,
    hour_12,
    iso_day_of_year,
    iso_day,
    iso_week,
    iso_year_4,
    iso_year_3,
    iso_year_2,
    iso_year_1,
    julian,
    minute,
    month,
    month_name,
    month_short,
    millisecond,
    offset,
    quarter,
    roman_month,
    seconds_of_day,
    second,
    zone_hour,
    zone_minute,
    zone,
    microsecond,
    week_of_year,
    week_of_month,
    year_comma,
    year_4,
    year_3,
    year_2,
    year_1
};

using time_node = picture_node<time_key>;
[[nodiscard]] std::vector<time_node> parse_time_picture(std::string_view picture);
[[nodiscard]] bool is_digit_field(time_key key);

inline constexpr std::string_view month_names[] = {"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
inline constexpr std::string_view day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday"};
inline constexpr std::string_view roman_months[] = {"I",   "II",   "III", "IV", "V",  "VI",
                                                    "VII", "VIII", "IX",  "X",  "XI", "XII"};

}  // namespace sluice::duckdb
