// contains.hpp - std::ranges::contains, which libstdc++ 12 lacks.
#pragma once

#include <algorithm>
#include <ranges>

namespace sluice::duckdb {

template <std::ranges::input_range Range, typename Value>
[[nodiscard]] constexpr bool contains(const Range& range, const Value& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace sluice::duckdb
