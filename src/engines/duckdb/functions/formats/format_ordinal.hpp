// format_ordinal.hpp - the English endings of to_char: 1st, 2nd, 3rd, 4th, 11th.
#pragma once

#include <string_view>

namespace sluice::duckdb {

// Of a number that ends in a digit.
[[nodiscard]] constexpr std::string_view ordinal_suffix(std::string_view number, bool upper) {
    const bool teen = number.size() > 1 && number[number.size() - 2] == '1';
    switch (teen || number.empty() ? '0' : number.back()) {
        case '1':
            return upper ? "ST" : "st";
        case '2':
            return upper ? "ND" : "nd";
        case '3':
            return upper ? "RD" : "rd";
        default:
            return upper ? "TH" : "th";
    }
}

}  // namespace sluice::duckdb
