// csv_header.hpp - maps the columns of a file to ours, by the names in its first record.
//
// Use:     TRY_ASSIGN(auto positions, match_header(columns, fields));   // positions[0]: of the file's first column
//          for (auto name : open_names("property:", fields)) ...   // the columns without a fixed name
// Errors:  22P04 without the line: a column has no name, is unknown, appears twice, or is missing.
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

// The trimmed fields that begin with the prefix, in any case, and are longer than it.
[[nodiscard]] std::vector<std::string_view> open_names(std::string_view prefix,
                                                       std::span<const std::string_view> fields);

}  // namespace sluice::base
