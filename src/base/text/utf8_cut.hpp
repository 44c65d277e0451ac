// utf8_cut.hpp - cuts a text at a number of bytes, but not inside a character.
//
// Use:     line.append(whole_characters(statement, 1'024));
// Broken:  text that is not UTF-8 is cut at any byte; never longer than asked for.
// Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::base {

[[nodiscard]] std::string_view whole_characters(std::string_view text, std::size_t bytes_max);

}  // namespace sluice::base
