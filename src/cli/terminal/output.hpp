// output.hpp - prints to standard output, or to a file that appears completely or not at all.
//
// Use:     TRY(write_output(text));                       // standard output
//          TRY(write_output(page, "bom.html"));           // in one step; "" and "-" are standard output
//          TRY_ASSIGN(auto out, output_writer::open(file));   TRY(out.write(piece)); ...   TRY(out.finish());
// Rule:    a reader that closes the pipe (`| head`) is no failure: the rest is dropped. A full disk is one.
//          A file is written without a name, and gets its name when it is complete: an interrupt leaves nothing behind.
//          An existing file is replaced; a pipe or a device such as /dev/null is written to.
// Errors:  those of base/os/file_failure.hpp, naming the file.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "base/os/durable.hpp"
#include "base/os/file_descriptor.hpp"

namespace sluice::cli {

result<> write_output(std::string_view text, const std::string& file = {});

// Collects the pieces of an output.
class output_writer {
  public:
    static result<output_writer> open(const std::string& file);

    result<> write(std::string_view piece);
    // Call it once, at the end. Without it no new file appears.
    result<> finish();

  private:
    explicit output_writer(std::string name) : name_(std::move(name)) {}
    result<> flush();

    std::string name_;
    std::optional<base::new_file> made_;  // none: writes to `opened_`, or to standard output if that is not open
    base::file_descriptor opened_;
    std::string gathered_;
};

// Replaces line breaks by spaces.
[[nodiscard]] std::string one_line(std::string_view text);

// 1'700'000'000'123 → "2023-11-14 22:13:20", in UTC.
[[nodiscard]] std::string shown_time(std::int64_t unix_ms);

}  // namespace sluice::cli
