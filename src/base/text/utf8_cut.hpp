// utf8_cut.hpp - the first bytes of a text, without a part of a character at their end.
//
// Use:     line.append(whole_characters(statement, 1'024));
// Broken:  what is no UTF-8 is cut somewhere; never longer than asked for.
// Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::base {

[[nodiscard]] std::string_view whole_characters(std::string_view text, std::size_t bytes_max);

}  // namespace sluice::base
