// decode_time_problem.hpp - what is wrong with the text of a date or time, as PostgreSQL tells it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/core/error.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::postgres {

enum class datetime_problem : std::uint8_t { syntax, field, month_or_day, zone_offset };

[[nodiscard]] error to_error(datetime_problem what, std::string_view text, datetime_type type);

}  // namespace sluice::postgres
