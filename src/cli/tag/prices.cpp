#include "cli/tag/prices.hpp"

#include <algorithm>

namespace sluice::cli {

namespace {

struct model_price {
    std::string_view model;
    jobs::token_prices prices;
};

// ai.google.dev/gemini-api/docs/pricing, standard tier, text, prompts up to 200,000 tokens, as reported in May 2026. Output
// includes thinking.
constexpr model_price known[] = {{.model = "gemini-2.5-pro", .prices = {.in = 1.25, .out = 10}},
                                 {.model = "gemini-2.5-flash", .prices = {.in = 0.30, .out = 2.50}},
                                 {.model = "gemini-2.5-flash-lite", .prices = {.in = 0.10, .out = 0.40}}};

}  // namespace

std::optional<jobs::token_prices> known_prices(std::string_view model) {
    const auto* const found = std::ranges::find(known, model, &model_price::model);
    return found == std::end(known) ? std::nullopt : std::optional(found->prices);
}

double cost_of(const jobs::usage& used, const jobs::token_prices& prices) {
    constexpr double million = 1e6;
    return (static_cast<double>(used.tokens_in) * prices.in + static_cast<double>(used.tokens_out) * prices.out) /
           million;
}

}  // namespace sluice::cli
