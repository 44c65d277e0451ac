// input.hpp - reads a whole input file, of a bounded size.
//
// Use:     TRY_ASSIGN(const auto text, read_input("parts.csv", 64 << 20));   // "-" is standard input
// Errors:  those of base/os/file_failure.hpp; program_limit_exceeded: more than bytes_max.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

#include "base/core/result.hpp"

namespace sluice::cli {

result<std::string> read_input(const std::string& file, std::size_t bytes_max);

}  // namespace sluice::cli
