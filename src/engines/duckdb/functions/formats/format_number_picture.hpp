// format_number_picture.hpp - templates of numbers: their fields, and what they ask for together.
//
// Source:  PostgreSQL 15 manual, tables 9.28 and 9.29.
// Errors:  42601 for fields that do not go together.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/formats/format_picture.hpp"

namespace sluice::duckdb {

enum class number_key : std::uint8_t {
    comma,
    point,
    zero,
    nine,
    blank,
    ignored,
    local_point,
    exponent,
    fill,
    group,
    currency,
    minus,
    plus,
    brackets,
    roman,
    sign,
    local_sign,
    ordinal,
    shift
};

using number_node = picture_node<number_key>;

enum class sign_place : std::uint8_t { none, front, back };

struct number_picture {
    std::vector<number_node> nodes;
    int before = 0;      // digits in front of the point
    int after = 0;       // digits behind it
    int shifted = 0;     // digits behind V
    int zero_first = 0;  // the first digit place that shows zeros, from 1
    int zero_last = 0;
    sign_place local_sign = sign_place::none;
    int sign_digits = 0;  // digits in front of an S
    bool has_point = false;
    bool has_zero = false;
    bool has_blank = false;
    bool fills = false;
    bool has_local_sign = false;
    bool has_minus = false;
    bool has_plus = false;
    bool has_brackets = false;
    bool is_roman = false;
    bool has_shift = false;
    bool has_exponent = false;
};

result<number_picture> parse_number_picture(std::string_view text);

}  // namespace sluice::duckdb
