// statement_parameters.hpp - which $n a text uses, renumbered where DuckDB's C API cannot bind them.
//
// Problem: DuckDB binds by position, and cannot bind $2 of a statement without $1; PostgreSQL's clients may declare
//          parameters that no statement uses.
// Use:     const parameter_uses uses = find_parameters(sql); // uses.text has $1 to $k, uses.numbers[k - 1] is the
// client's
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::engine {

struct parameter_uses {
    std::string text;
    std::vector<std::size_t> numbers;  // ascending
    std::vector<bool> has_cast;        // a type stands right behind every use: $1::int
};

[[nodiscard]] parameter_uses find_parameters(std::string_view sql);

}  // namespace sluice::engine
