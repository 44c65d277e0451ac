// output.hpp - where what a command prints goes: standard output, or a file that is there completely or not at all.
//
// Use:     TRY(write_output(text));                       // standard output
//          TRY(write_output(page, "bom.html"));           // in one step; "" and "-" are standard output
// Rule:    a reader that has gone (`| head`) is no failure: the rest is dropped. A full disk is one.
//          A file is written without a name, and gets its name when it is complete: an interruption leaves nothing behind.
//          What is there under that name is replaced, unless it is no file (a pipe, /dev/null): then it is written to.
// Errors:  those of files/file_failure.hpp, naming the file.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sluice::cli {

[[nodiscard]] core::result<> write_output(std::string_view text, const std::string& file = {});

// With spaces for line breaks.
[[nodiscard]] std::string one_line(std::string_view text);

// 1'700'000'000'123 → "2023-11-14 22:13:20", in UTC.
[[nodiscard]] std::string shown_time(std::int64_t unix_ms);

}  // namespace sluice::cli
