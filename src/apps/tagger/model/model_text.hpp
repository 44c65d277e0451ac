// model_text.hpp - makes a service's message safe for a line of a log or a terminal.
//
// Use:     reason += one_line(message, 300);
// Bytes:   cut between characters, if the text is UTF-8.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::tagger {

// Drops bytes that could steer a terminal; a longer text ends with "..." after `bytes_max` bytes.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace sluice::tagger
