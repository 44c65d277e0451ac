#include "parts/git_files.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace sluice::parts {

namespace {

std::unexpected<error> failed(std::string_view doing, const std::filesystem::path& path) {
    return fail(error_kind::io, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno)));
}

}  // namespace

file_descriptor::~file_descriptor() {
    if (held_ >= 0) {
        ::close(held_);
    }
}

result<> sync_file(const std::filesystem::path& path) {
    const file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0) {
        return errno == ENOENT ? result<>{} : failed("open", path);
    }
    if (::fsync(opened.get()) != 0) {
        return failed("sync", path);
    }
    return {};
}

result<> sync_file_system(const std::filesystem::path& path) {
    const file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0 || ::syncfs(opened.get()) != 0) {
        return failed("sync", path);
    }
    return {};
}

result<> replace_file(const std::filesystem::path& path, const std::string& content) {
    const std::filesystem::path beside = path.string() + ".new";
    {
        const file_descriptor opened(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
        if (opened.get() < 0) {
            return failed("write", beside);
        }
        // A few bytes: written at once, or the disk is full.
        if (::write(opened.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
            ::fsync(opened.get()) != 0) {
            return failed("write", beside);
        }
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) {
        return failed("write", path);
    }
    return sync_file(path.parent_path());
}

}  // namespace sluice::parts
