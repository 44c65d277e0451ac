#include "cli/parts/input.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace sluice::cli {

using parts::error_kind;

namespace {

parts::result<std::string> read_all(int descriptor, const std::string& file, std::size_t bytes_max) {
    std::string text;
    constexpr std::size_t piece = std::size_t{64} * 1024;
    for (;;) {
        const auto size = text.size();
        text.resize(size + piece);
        const auto got = ::read(descriptor, text.data() + size, piece);
        if (got < 0 && errno != EINTR) {
            return parts::fail(error_kind::io,
                               fmt::format("cannot read {}: {}", file, std::generic_category().message(errno)));
        }
        text.resize(size + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (got == 0) {
            return text;
        }
        if (text.size() > bytes_max) {
            return parts::fail(error_kind::invalid, fmt::format("{} has more than {} bytes", file, bytes_max));
        }
    }
}

}  // namespace

parts::result<std::string> read_input(const std::string& file, std::size_t bytes_max) {
    if (file == "-") {
        return read_all(STDIN_FILENO, "standard input", bytes_max);
    }
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return parts::fail(errno == ENOENT ? error_kind::not_found : error_kind::io,
                           fmt::format("cannot read {}: {}", file, std::generic_category().message(errno)));
    }
    auto text = read_all(descriptor, file, bytes_max);
    ::close(descriptor);
    return text;
}

}  // namespace sluice::cli
