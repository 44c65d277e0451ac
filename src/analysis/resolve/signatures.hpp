// signatures.hpp - the arguments of built-in functions: names, defaults, variadic ones, output columns.
//
// Use:     if (auto fits = fitted(function, {"", "", "scale"}, false)) all.push_back(std::move(*fits));
// Source:  PostgreSQL 15 manual, 4.3 (Calling Functions) and 38.5 (Query Language Functions).
// Threads: plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/resolve/type_rules.hpp"

namespace sluice::analysis {

[[nodiscard]] bool has_names(const std::vector<std::string>& names);
// The function as a candidate for a call with these arguments: their names, empty for those without one. `variadic`: the
// last one is the array of all variadic ones. nullopt: the function does not take them.
[[nodiscard]] std::optional<candidate> fitted(const function_row& function, const std::vector<std::string>& names,
                                              bool variadic);
// The defaults of the last arguments, as texts of their types.
[[nodiscard]] std::vector<std::string> defaults_of(const function_row& function);
// The output arguments as columns; none: the function has one value.
[[nodiscard]] std::vector<source_column> output_columns(const function_row& function);

}  // namespace sluice::analysis
