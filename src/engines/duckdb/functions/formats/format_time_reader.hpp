// format_time_reader.hpp - the fields that a template finds in a text.
//
// Source:  PostgreSQL 15 manual, 9.8, with the usage notes for to_timestamp and to_date.
// Errors:  22007, 22008, 0A000.
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/formats/format_time_words.hpp"

namespace sluice::duckdb {

// 0: not given
struct read_fields {
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t seconds_of_day = 0;
    std::int64_t millis = 0;
    std::int64_t micros = 0;
    std::int32_t digits = 0;     // of FF1 to FF6
    bool half_days = false;      // a clock of 12 hours
    std::int64_t afternoon = 0;  // 1: PM
    std::int64_t year = 0;
    std::int32_t year_digits = 0;
    std::int64_t century = 0;
    std::int64_t before_christ = 0;
    std::int64_t month = 0;
    std::int64_t day = 0;
    std::int64_t weekday = 0;  // 1: Sunday
    std::int64_t day_of_year = 0;
    std::int64_t week = 0;
    std::int64_t week_of_month = 0;
    std::int64_t julian = 0;
    bool iso = false;
    std::int32_t zone_sign = 0;
    std::int64_t zone_hour = 0;
    std::int64_t zone_minute = 0;
};

result<read_fields> read_by_picture(std::string_view input, const std::vector<time_node>& nodes);

}  // namespace sluice::duckdb
