// iso_8601.hpp - writes a time as ISO 8601 text, in UTC with milliseconds.
//
// Use:     to_iso_8601(1'700'000'000'123) == "2023-11-14T22:13:20.123Z"
// Source:  ISO 8601-1:2019, the extended format.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::base {

[[nodiscard]] std::string to_iso_8601(std::int64_t unix_ms);

}  // namespace sluice::base
