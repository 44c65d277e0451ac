// interval_values.hpp - intervals, and what they add to instants.
//
// Use:     TRY_ASSIGN(const std::int64_t later, plus(micros, step));
// Order:   months first (a day beyond the month's end becomes its last), then days, then the clock's part.
// Source:  PostgreSQL 15 manual, 8.5.4 and 9.9.
// Errors:  22008, 22023 of a zone.
// Threads: plain functions; see time_values.hpp for zones.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_types.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

// Microseconds, with months of 30 days: the order of intervals.
[[nodiscard]] __int128 span_of(interval value);
result<interval> negated(interval value);

// A local timestamp plus an interval; infinities stay.
result<std::int64_t> plus(std::int64_t local, interval step);
// An instant plus an interval, with months and days of the zone's calendar.
result<std::int64_t> plus_in_zone(std::int64_t utc, interval step, time_zone& zone);

// A zone as AT TIME ZONE names it: an abbreviation, a name, or a POSIX form.
result<time_zone*> zone_of_argument(std::string_view name);

}  // namespace sluice::duckdb
