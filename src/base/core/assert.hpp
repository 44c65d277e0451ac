// assert.hpp - invariants that are always checked; a broken one ends the process with its text and place.
#pragma once

namespace sluice::base {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

#define SLUICE_ASSERT(expression)                                              \
    do {                                                                       \
        if (!(expression)) [[unlikely]] {                                      \
            ::sluice::base::assertion_failed(#expression, __FILE__, __LINE__); \
        }                                                                      \
    } while (false)
