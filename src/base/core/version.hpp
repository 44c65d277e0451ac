// version.hpp - the version of this program, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace sluice {

[[nodiscard]] std::string_view version();

}  // namespace sluice
