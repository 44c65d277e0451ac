// prices.hpp - what a million tokens of a model cost, as far as we know.
//
// Use:     const auto prices = known_prices("gemini-2.5-flash");     cost_of(used, *prices)
// Rule:    in US dollars, of the paid tier; to show what a run costs about, not to settle bills.
// Threads: any.
#pragma once

#include <optional>
#include <string_view>

#include "apps/jobs/progress_meter.hpp"
#include "apps/jobs/work.hpp"

namespace sluice::cli {

[[nodiscard]] std::optional<jobs::token_prices> known_prices(std::string_view model);
[[nodiscard]] double cost_of(const jobs::usage& used, const jobs::token_prices& prices);

}  // namespace sluice::cli
