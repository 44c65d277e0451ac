// Files of any bytes, in the format that the first byte chooses: the result is sound or an error, without delay, and
// never more sound than the file has bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "apps/tagger/audio/audio_payload.hpp"
#include "base/core/assert.hpp"
#include "base/os/file_descriptor.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice;
    static const base::file_descriptor memory(::memfd_create("fuzz", MFD_CLOEXEC));
    constexpr unsigned formats = 7;
    if (size == 0) {
        return 0;
    }
    const auto format = static_cast<tagger::audio_format>(data[0] % formats);
    SLUICE_ASSERT(::ftruncate(memory.get(), 0) == 0);
    SLUICE_ASSERT(::pwrite(memory.get(), data + 1, size - 1, 0) == static_cast<ssize_t>(size - 1));
    const auto sound = tagger::read_payload(memory.get(), format);
    if (sound) {
        SLUICE_ASSERT(sound->size_bytes > 0 && sound->size_bytes < size);
        SLUICE_ASSERT(sound->sha256.size() == 64);
    } else {
        SLUICE_ASSERT(sound.error().kind == tagger::error_kind::invalid);
    }
    return 0;
}
