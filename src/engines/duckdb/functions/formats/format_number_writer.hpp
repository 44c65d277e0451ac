// format_number_writer.hpp - the digits of a number in the places of a template.
//
// Use:     return write_by_picture(std::move(picture), {.digits = "12.50", .negative = true});
// Source:  PostgreSQL 15 manual, 9.8, and what the server answers.
// Errors:  22P02 for TH behind what is no number.
// Threads: plain values.
#pragma once

#include <string>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/formats/format_number_picture.hpp"

namespace sluice::duckdb {

struct shown_number {
    std::string digits;  // without sign; or a Roman numeral, or ####
    bool negative = false;
    int leading = 0;  // places in front of the first digit
};

result<std::string> write_by_picture(number_picture picture, shown_number number);

}  // namespace sluice::duckdb
