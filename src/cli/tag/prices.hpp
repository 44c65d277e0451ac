// prices.hpp - known prices of a million tokens, by model.
//
// Use:     const auto prices = known_prices("gemini-2.5-flash");     cost_of(used, *prices)
// Rule:    US dollars, of the paid tier; they show the approximate cost of a run and cannot settle bills.
// Threads: any.
#pragma once

#include <optional>
#include <string_view>

#include "apps/jobs/run/progress_meter.hpp"
#include "apps/jobs/work.hpp"

namespace sluice::cli {

[[nodiscard]] std::optional<jobs::token_prices> known_prices(std::string_view model);
[[nodiscard]] double cost_of(const jobs::usage& used, const jobs::token_prices& prices);

}  // namespace sluice::cli
