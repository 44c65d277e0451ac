// time_units.hpp - the names of fields that extract and date_trunc take.
//
// Source:  PostgreSQL 15 manual, 9.9.1 and 9.9.2; abbreviations as the server takes them.
// Errors:  22023 not recognized, 0A000 not supported.
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

enum class time_unit : std::uint8_t {
    unknown,
    microsecond,
    millisecond,
    second,
    minute,
    hour,
    day,
    week,
    month,
    quarter,
    year,
    decade,
    century,
    millennium,
    zone,
    zone_hour,
    zone_minute,
    // Only extract takes these:
    day_of_week,
    iso_day_of_week,
    day_of_year,
    iso_year,
    julian,
    epoch,
    reserved  // words of input such as now
};

// A field's name in lower case, of at most 63 bytes as names are, and what it means.
struct named_unit {
    std::string name;
    time_unit unit;
};
[[nodiscard]] named_unit find_time_unit(std::string_view name);

[[nodiscard]] std::unexpected<error> unit_not_recognized(const named_unit& unit, std::string_view type);
[[nodiscard]] std::unexpected<error> unit_not_supported(const named_unit& unit, std::string_view type);

}  // namespace sluice::duckdb
