// audio_text.hpp - texts out of files, as UTF-8 that a database, a terminal and a model can take.
//
// Use:     to_utf8(bytes)      // what is no UTF-8 was written as Latin-1, by programs that are older than the rule
//          clean_text(text)    // whatever is left
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace sluice::tagger {

[[nodiscard]] bool is_utf8(std::string_view bytes);

// The bytes themselves, or those that mean the same characters as they do in Latin-1. Nothing is lost.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

// Bytes that are no UTF-8 become U+FFFD, zero bytes go.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace sluice::tagger
