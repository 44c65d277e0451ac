#include "base/os/file_descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace sluice::base {

file_descriptor::~file_descriptor() {
    if (held_ >= 0) {
        ::close(held_);
    }
}

int write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return 0;
}

}  // namespace sluice::base
