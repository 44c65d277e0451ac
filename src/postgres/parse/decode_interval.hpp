// decode_interval.hpp - reads intervals in the forms that clients send.
//
// Use:     TRY_ASSIGN(const interval_parts parts, decode_interval_text("1 year 2 mons -3 days 04:05:06.7"));
// Takes:   PostgreSQL's units in any of their spellings with "@" and "ago", ISO 8601 (both forms), SQL standard
//          ("1-2 3 4:05:06"). Fractions of a unit spill into smaller ones: a month has 30 days, a year 12 months.
// Errors:  22007 syntax, 22015 out of range, 22P03 binary.
// Source:  PostgreSQL 15 manual, 8.5.4; its behaviour with IntervalStyle postgres.
#pragma once

#include <string_view>

#include "base/core/result.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::postgres {

result<interval_parts> decode_interval_text(std::string_view text);
// int64 microseconds, int32 days, int32 months.
result<interval_parts> decode_interval_binary(std::string_view bytes);

}  // namespace sluice::postgres
