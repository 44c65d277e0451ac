#include "engine/spooled_rows.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace sluice::engine {
namespace {

constexpr std::size_t header_bytes = 5;
constexpr std::size_t read_bytes = std::size_t{256} * 1024;

core::error file_error(int error_number) {
    const auto code =
        error_number == ENOSPC || error_number == EDQUOT ? core::sqlstates::disk_full : core::sqlstates::io_error;
    return {.code = code,
            .message = "could not keep the rows of an open portal in a temporary file: " +
                       std::generic_category().message(error_number)};
}

std::string default_directory() {
    const char* from_environment = std::getenv("TMPDIR");
    return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

// The bytes of the message at the front of `bytes`, or 0 when even its header is incomplete.
std::size_t message_bytes(std::string_view bytes) {
    if (bytes.size() < header_bytes) {
        return 0;
    }
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + 1, sizeof length);
    return std::size_t{std::byteswap(length)} + 1;
}

}  // namespace

spooled_rows::~spooled_rows() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

core::result<> spooled_rows::append(std::string_view messages) {
    if (size_bytes() + messages.size() > params_.bytes_max) {
        return core::fail(core::error{.code = core::sqlstates::configuration_limit_exceeded,
                                      .message = "an open portal has too many rows left to keep them aside",
                                      .hint = "Read the portal to its end or close it before the next statement, or "
                                              "raise portal_spool_bytes_max."});
    }
    if (file_ < 0 && memory_.size() + messages.size() <= params_.memory_bytes_max) {
        memory_.append(messages);
        return {};
    }
    return append_to_file(messages);
}

core::result<> spooled_rows::open_file() {
    const std::string directory = params_.directory.empty() ? default_directory() : params_.directory;
    file_ = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        // A file system without nameless files: make one and take its name away.
        std::string name = directory + "/sluice-rows-XXXXXX";
        file_ = ::mkostemp(name.data(), O_CLOEXEC);
        if (file_ >= 0) {
            ::unlink(name.c_str());
        }
    }
    if (file_ < 0) {
        return core::fail(file_error(errno));
    }
    return {};
}

core::result<> spooled_rows::append_to_file(std::string_view messages) {
    if (file_ < 0) {
        TRY(open_file());
    }
    while (!messages.empty()) {
        const auto written = ::pwrite(file_, messages.data(), messages.size(), static_cast<off_t>(file_bytes_));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return core::fail(file_error(errno));
        }
        file_bytes_ += static_cast<std::uint64_t>(written);
        messages.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

// Makes at least the whole next message visible in the window, if there is one.
core::result<> spooled_rows::refill() {
    if (!reading_) {
        reading_ = true;
        window_ = std::move(memory_);
    }
    for (;;) {
        const std::string_view unread = window_.view().substr(window_read_);
        const std::size_t wanted = message_bytes(unread);
        if ((wanted != 0 && unread.size() >= wanted) || file_read_ == file_bytes_) {
            return {};
        }
        window_.consume(window_read_);
        window_read_ = 0;
        const std::size_t room = std::min<std::uint64_t>(
            std::max(read_bytes, wanted > window_.size() ? wanted - window_.size() : 0), file_bytes_ - file_read_);
        const auto got = ::pread(file_, window_.reserve(room), room, static_cast<off_t>(file_read_));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return core::fail(file_error(got < 0 ? errno : EIO));
        }
        window_.commit(static_cast<std::size_t>(got));
        file_read_ += static_cast<std::uint64_t>(got);
    }
}

core::result<fetched> spooled_rows::next(core::byte_buffer& out, fetch_limit limit) {
    fetched got;
    const std::size_t start = out.size();
    TRY(refill());
    while (!exhausted() && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const std::string_view unread = window_.view().substr(window_read_);
        const std::size_t size = message_bytes(unread);
        out.append(unread.substr(0, size));
        window_read_ += size;
        ++got.rows;
        TRY(refill());
    }
    got.finished = exhausted();
    return got;
}

}  // namespace sluice::engine
