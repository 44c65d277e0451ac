#include "cli/terminal/input.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/os/file_descriptor.hpp"
#include "base/os/file_failure.hpp"

namespace sluice::cli {

namespace {

result<std::string> read_all(int descriptor, const std::string& file, std::size_t bytes_max) {
    std::string text;
    constexpr std::size_t piece = std::size_t{64} * 1024;
    for (;;) {
        const auto size = text.size();
        text.resize(size + piece);
        const auto got = ::read(descriptor, text.data() + size, piece);
        if (got < 0 && errno != EINTR) {
            return base::file_failure("read", file, errno);
        }
        text.resize(size + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (got == 0) {
            return text;
        }
        if (text.size() > bytes_max) {
            return fail(sqlstates::program_limit_exceeded, fmt::format("{} has more than {} bytes", file, bytes_max));
        }
    }
}

}  // namespace

result<std::string> read_input(const std::string& file, std::size_t bytes_max) {
    if (file == "-") {
        return read_all(STDIN_FILENO, "standard input", bytes_max);
    }
    const base::file_descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    return opened.is_open() ? read_all(opened.get(), file, bytes_max) : base::file_failure("read", file, errno);
}

}  // namespace sluice::cli
