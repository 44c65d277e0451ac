// decode_time_problem.hpp - the errors of unreadable dates and times, with PostgreSQL's messages.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/core/error.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::postgres {

enum class datetime_problem : std::uint8_t { syntax, field, month_or_day, zone_offset };

[[nodiscard]] error to_error(datetime_problem what, std::string_view text, datetime_type type);

}  // namespace sluice::postgres
