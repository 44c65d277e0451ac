#include "parts/file_extract.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "files/sha256.hpp"
#include "parts/git_files.hpp"

namespace sluice::parts {

namespace {

std::unexpected<error> failed(const std::filesystem::path& path) {
    return fail(error_kind::io, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

std::filesystem::path name_beside(const std::filesystem::path& target) {
    static std::atomic<unsigned> count{0};
    return target.parent_path() / fmt::format(".sluice-{}-{}.new", ::getpid(), count.fetch_add(1));
}

// Takes the file away again unless it got its name.
class new_file {
  public:
    explicit new_file(const std::filesystem::path& target)
        : path_(name_beside(target)), held_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {}
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() {
        if (held_.get() >= 0 && !is_named_) {
            ::unlink(path_.c_str());
        }
    }

    [[nodiscard]] result<> check_open() const { return held_.get() >= 0 ? result<>() : failed(path_); }

    [[nodiscard]] result<> write(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const auto written = ::write(held_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                return failed(path_);
            }
            bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
        return {};
    }

    [[nodiscard]] result<> become(const std::filesystem::path& target, bool replaces) {
        if (::fsync(held_.get()) != 0) {
            return failed(path_);
        }
        const unsigned flags = replaces ? 0 : RENAME_NOREPLACE;
        if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), flags) != 0) {
            if (errno == EEXIST) {
                return fail(error_kind::exists, fmt::format("{} exists already", target.string()));
            }
            return failed(target);
        }
        is_named_ = true;
        return sync_file(target.has_parent_path() ? target.parent_path() : ".");
    }

  private:
    const std::filesystem::path path_;
    const file_descriptor held_;
    bool is_named_ = false;
};

}  // namespace

result<> check_content(const git_repository& repository, const attached_file& wanted, const byte_sink& also) {
    files::sha256 hash;
    std::int64_t size_bytes = 0;
    TRY(repository.read_blob(wanted.blob, [&](std::span<const std::byte> bytes) -> result<> {
        hash.add(bytes);
        size_bytes += static_cast<std::int64_t>(bytes.size());
        return also ? also(bytes) : result<>();
    }));
    const auto found = hash.finish();
    if (found != wanted.sha256 || size_bytes != wanted.size_bytes) {
        return fail(error_kind::conflict,
                    fmt::format("the content of \"{}\" is not what was attached: its SHA-256 is {}, not {}",
                                wanted.name, found, wanted.sha256),
                    "restore it from a copy of the repository");
    }
    return {};
}

result<> extract_file(const git_repository& repository, const attached_file& wanted,
                      const std::filesystem::path& target, bool replaces) {
    std::error_code ignored;
    if (!replaces && std::filesystem::exists(std::filesystem::symlink_status(target, ignored))) {
        return fail(error_kind::exists, fmt::format("{} exists already", target.string()));
    }
    new_file made(target);
    TRY(made.check_open());
    TRY(check_content(repository, wanted, [&](std::span<const std::byte> bytes) { return made.write(bytes); }));
    return made.become(target, replaces);
}

}  // namespace sluice::parts
