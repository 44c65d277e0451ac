// csv_header.hpp - which column of a file is which of ours, by the names in its first record.
//
// Use:     TRY_ASSIGN(auto positions, match_header(columns, fields));   // positions[0]: what the file's first column is
//          for (auto name : open_names("property:", fields)) ...   // those that have no fixed name
// Errors:  22P04 without the line: a column without a name, unknown, twice, or missing.
// Threads: none; plain values.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "base/csv/csv.hpp"

namespace sluice::base {

result<std::vector<std::size_t>> match_header(std::span<const csv_column> columns,
                                              std::span<const std::string_view> fields);

// Of the fields, without blanks around, those that begin with the prefix, in any case, and go on.
[[nodiscard]] std::vector<std::string_view> open_names(std::string_view prefix,
                                                       std::span<const std::string_view> fields);

}  // namespace sluice::base
