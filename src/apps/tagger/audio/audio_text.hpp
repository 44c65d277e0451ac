// audio_text.hpp - converts texts of files to UTF-8 that a database, a terminal and a model accept.
//
// Use:     to_utf8(bytes)      // bytes that are not UTF-8 were written as Latin-1, by old programs
//          clean_text(text)    // replaces any other bytes
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace sluice::tagger {

// The bytes unchanged, or converted from Latin-1. Nothing is lost.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

// Bytes that are not UTF-8 become U+FFFD, zero bytes are dropped.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace sluice::tagger
