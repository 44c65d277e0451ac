#include "apps/tagger/audio/audio_source.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/os/file_failure.hpp"

namespace sluice::tagger {

namespace {

constexpr std::uint64_t window_bytes_max = std::uint64_t{256} * 1024;

}  // namespace

std::unexpected<error> audio_failure(std::string_view doing, int code) {
    error failure(base::file_failure(doing, {}, code).error());
    failure.message = fmt::format("cannot {} it: {}", doing, std::generic_category().message(code));
    return std::unexpected(std::move(failure));
}

std::unexpected<error> bad_audio(std::string message) {
    return fail(error_kind::invalid, std::move(message));
}

std::unexpected<error> cut_off(std::uint64_t missing_bytes) {
    return bad_audio(fmt::format("cut off: {} bytes are missing", missing_bytes));
}

result<base::file_descriptor> open_regular(const std::filesystem::path& path, bool is_writable) {
    // O_NONBLOCK: else open() waits for a writer of a FIFO.
    const int access = is_writable ? O_RDWR : O_RDONLY;
    base::file_descriptor opened(::open(path.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat about{};
    if (!opened.is_open()) {
        const int code = errno;
        // A socket, or a folder opened for writing, gets our own message, not the system's.
        const bool is_other = (code == ENXIO || code == EISDIR) && ::stat(path.c_str(), &about) == 0;
        return is_other ? bad_audio("not a regular file") : audio_failure("open", code);
    }
    if (::fstat(opened.get(), &about) != 0) {
        return audio_failure("look at", errno);
    }
    if (!S_ISREG(about.st_mode)) {
        return bad_audio("not a regular file");
    }
    return opened;
}

std::string_view byte_view::text(std::size_t from, std::size_t count) const {
    const auto part = bytes_.subspan(std::min(from, bytes_.size()));
    return {reinterpret_cast<const char*>(part.data()), std::min(count, part.size())};
}

std::uint64_t byte_view::big(std::size_t from, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = value << 8U | at(from + i);
    }
    return value;
}

std::uint64_t byte_view::little(std::size_t from, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t i = count; i > 0; --i) {
        value = value << 8U | at(from + i - 1);
    }
    return value;
}

audio_source::audio_source(int descriptor, std::uint64_t size)
    : descriptor_(descriptor), size_(size), window_(std::min(size, window_bytes_max)) {}

result<audio_source> audio_source::create(int descriptor) {
    struct stat about{};
    if (::fstat(descriptor, &about) != 0) {
        return audio_failure("look at", errno);
    }
    return S_ISREG(about.st_mode)
               ? result<audio_source>(audio_source(descriptor, static_cast<std::uint64_t>(about.st_size)))
               : bad_audio("not a regular file");
}

result<> audio_source::fill(std::uint64_t offset) {
    window_offset_ = offset;
    filled_ = 0;
    const auto wanted = std::min<std::uint64_t>(window_.size(), size_ - offset);
    while (filled_ < wanted) {
        const auto got =
            ::pread(descriptor_, window_.data() + filled_, wanted - filled_, static_cast<off_t>(offset + filled_));
        if (got < 0 && errno != EINTR) {
            return audio_failure("read", errno);
        }
        if (got == 0) {
            return fail(error_kind::io, "it became shorter while it was read");
        }
        filled_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    }
    return {};
}

result<byte_view> audio_source::view(std::uint64_t offset, std::size_t count) {
    const auto there = std::min<std::uint64_t>({count, window_.size(), size_ - std::min(offset, size_)});
    if (there == 0) {
        return byte_view({});
    }
    if (!holds(offset, there)) {
        TRY(fill(offset));
    }
    return byte_view(std::span(window_).subspan(offset - window_offset_, there));
}

result<byte_view> audio_source::view_some(std::uint64_t offset, std::uint64_t count_max) {
    if (count_max == 0 || offset >= size_) {
        return byte_view({});
    }
    if (!holds(offset, 1)) {
        TRY(fill(offset));
    }
    const auto begin = offset - window_offset_;
    return byte_view(std::span(window_).subspan(begin, std::min<std::uint64_t>(count_max, filled_ - begin)));
}

result<> payload_hash::add(audio_source& from, byte_range range) {
    while (range.size_bytes > 0) {
        TRY_ASSIGN(const auto part, from.view_some(range.offset, range.size_bytes));
        if (part.size() == 0) {
            return cut_off(range.size_bytes);
        }
        hash_.add(part.bytes());
        size_bytes_ += part.size();
        range.offset += part.size();
        range.size_bytes -= part.size();
    }
    return {};
}

}  // namespace sluice::tagger
