// version.hpp - the version of this program, as CMakeLists.txt has it.
#pragma once

#include <string_view>

namespace sluice {

[[nodiscard]] std::string_view version();

}  // namespace sluice
