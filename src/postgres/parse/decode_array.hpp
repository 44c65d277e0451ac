// decode_array.hpp - splits PostgreSQL arrays into dimensions and the bytes of their elements.
//
// Use:     TRY_ASSIGN(const decoded_array array, decode_array_text("{1,NULL,\"a b\"}"));
//          array.dimensions == {3}; array.elements[2] == "a b"; array.elements[1] is NULL
// Memory:  elements point into the caller's text and into the array itself; both must live.
// Bounds:  six dimensions, as in PostgreSQL; there are never more elements than bytes.
// Errors:  22P02 malformed array literal with PostgreSQL's details, 54000 too many dimensions, 2202E bounds, 22P03.
// Source:  PostgreSQL 15 manual, 8.15.2 and 8.15.6. Lower bounds are read and dropped: the engine's lists start at 1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::postgres {

inline constexpr std::size_t array_dimensions_max = 6;

struct decoded_array {
    std::vector<std::uint32_t> dimensions;                  // outermost first; empty: no elements
    std::vector<std::optional<std::string_view>> elements;  // the last dimension runs fastest; nullopt: NULL
    std::uint32_t element_type = 0;                         // the oid in the binary form
    std::unique_ptr<char[]> unescaped;                      // owns the unescaped elements
};

result<decoded_array> decode_array_text(std::string_view text);
result<decoded_array> decode_array_binary(std::string_view bytes);

}  // namespace sluice::postgres
