// model_text.hpp - what a service said, fit for a line of a log or a terminal.
//
// Use:     reason += one_line(message, 300);
// Bytes:   cut between characters, where the text is UTF-8.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::tagger {

// Without bytes that could steer a terminal; longer ones end with "..." behind `bytes_max` bytes.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace sluice::tagger
