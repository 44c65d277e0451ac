// Any text can be normalized; normalizing the result again does not change it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/assert.hpp"
#include "postgres/query_text/fingerprint.hpp"

using namespace sluice::postgres;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string once = normalize(text);
    SLUICE_ASSERT(once.size() <= 2 * text.size() + 1);
    SLUICE_ASSERT(normalize(once) == once || once.size() > normalized_bytes_max);
    SLUICE_ASSERT(fingerprint(text) == hash_normalized(once));
    return 0;
}
