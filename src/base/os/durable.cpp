#include "base/os/durable.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/core/assert.hpp"
#include "base/os/file_failure.hpp"
#include "base/os/sha256.hpp"

namespace sluice::base {

namespace {

namespace fs = std::filesystem;

constexpr int tries_max = 1000;
constexpr std::size_t step_bytes = std::size_t{256} * 1024;

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// The only draft name for this target: short, even if the target's name is long.
fs::path draft_name(const fs::path& target) {
    constexpr std::size_t digits = 16;
    const auto hash = hex_sha256(target.filename().native());
    return target.parent_path() / fmt::format(".sluice-{}.new", hash.substr(0, digits));
}

bool is_same_file(int descriptor, const fs::path& name) {
    struct stat held{};
    struct stat there{};
    return ::fstat(descriptor, &held) == 0 && ::lstat(name.c_str(), &there) == 0 && held.st_dev == there.st_dev &&
           held.st_ino == there.st_ino;
}

// 0: no process had it locked, and it is removed. EWOULDBLOCK: another process writes it.
int remove_abandoned(const fs::path& name) {
    const file_descriptor left(::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!left.is_open()) {
        return errno == ENOENT ? 0 : errno;
    }
    if (::flock(left.get(), LOCK_EX | LOCK_NB) != 0) {
        return errno;
    }
    // Only the holder of the lock removes the name: the name may be gone already, but no other process removes it now.
    return !is_same_file(left.get(), name) || ::unlink(name.c_str()) == 0 ? 0 : errno;
}

result<file_descriptor> open_draft(const fs::path& name, const fs::path& target, mode_t mode) {
    for (int tried = 0; tried < tries_max; ++tried) {
        file_descriptor made(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!made.is_open() && errno != EEXIST) {
            return file_failure("write", target, errno);
        }
        if (made.is_open()) {
            // On a file system without locks no process can take the file for abandoned, so a failed lock is ignored.
            const bool is_taken = ::flock(made.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
            if (!is_taken && is_same_file(made.get(), name)) {
                return made;
            }
            continue;  // another process took it for abandoned before it was locked
        }
        const int code = remove_abandoned(name);
        if (code == EWOULDBLOCK) {
            break;
        }
        if (code != 0) {
            return file_failure("remove", name, code);
        }
    }
    return fail(sqlstates::lock_not_available, fmt::format("{} is being written already", target.string()));
}

// The path through which a file without a name is linked.
std::string descriptor_path(int descriptor) {
    return fmt::format("/proc/self/fd/{}", descriptor);
}

file_descriptor open_without_name(const fs::path& target, mode_t mode) {
    file_descriptor made(::open(folder_of(target).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
    if (made.is_open() && ::access(descriptor_path(made.get()).c_str(), F_OK) != 0) {
        return file_descriptor();
    }
    return made;
}

std::optional<struct stat> access_of(const fs::path& file) {
    struct stat about{};
    return ::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) ? std::optional(about) : std::nullopt;
}

// Best effort: not every file system stores owner and mode, and only root may give a file away.
void take_access(int descriptor, const struct stat& of, mode_t allowed) {
    // The owner first, because chown clears bits of the mode.
    const bool has_group =
        ::fchown(descriptor, of.st_uid, of.st_gid) == 0 || ::fchown(descriptor, static_cast<uid_t>(-1), of.st_gid) == 0;
    const mode_t mode = of.st_mode & allowed;
    // The rights of one group must not go to another group.
    (void)::fchmod(descriptor, has_group ? mode : mode & ~mode_t{070});
}

int link_to(int descriptor, const fs::path& name) {
    const auto self = descriptor_path(descriptor);
    return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

// Links the file beside the target under the first free name, and sets `name`; a dead process may hold one. 0 or errno.
int link_beside(int descriptor, const fs::path& target, fs::path& name) {
    static std::atomic<unsigned> count{0};
    int code = EEXIST;
    for (int tried = 0; code == EEXIST && tried < tries_max; ++tried) {
        name = target.parent_path() / fmt::format(".sluice-{}-{}.new", ::getpid(), count.fetch_add(1));
        code = link_to(descriptor, name);
    }
    if (code != 0) {
        name.clear();
    }
    return code;
}

int rename_to(const fs::path& from, const fs::path& to, if_present present) {
    if (present == if_present::replace) {
        return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
    }
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL) {
        return errno;
    }
    // Some file systems (NFS) cannot do that; link() does not overwrite a file either.
    if (::link(from.c_str(), to.c_str()) != 0) {
        return errno;
    }
    ::unlink(from.c_str());
    return 0;
}

// As PostgreSQL's fsync_fname(): skips a folder that may not be read, or that its file system does not sync.
result<> sync_folder(const fs::path& folder) {
    const file_descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open()) {
        return errno == EACCES ? result<>() : file_failure("open", folder, errno);
    }
    if (::fsync(opened.get()) != 0 && errno != EINVAL) {
        return file_failure("sync", folder, errno);
    }
    return {};
}

}  // namespace

new_file::new_file(fs::path target, file_descriptor held, fs::path path)
    : target_(std::move(target)), held_(std::move(held)), path_(std::move(path)) {}

new_file::new_file(new_file&& other) noexcept
    : target_(std::move(other.target_)), held_(std::move(other.held_)), path_(std::exchange(other.path_, {})) {}

new_file& new_file::operator=(new_file&& other) noexcept {
    std::swap(target_, other.target_);
    std::swap(held_, other.held_);
    std::swap(path_, other.path_);
    return *this;
}

new_file::~new_file() {
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

result<new_file> new_file::create(const fs::path& target, const new_file_options& options) {
    const auto access = options.keeps_access ? access_of(target) : std::nullopt;
    // While it is written only the owner may read it; the final mode comes at the end.
    const mode_t mode = access || options.is_private ? 0600 : 0666;
    file_descriptor held;
    fs::path path;
    if (!options.is_named) {
        held = open_without_name(target, mode);
    }
    if (!held.is_open()) {
        path = draft_name(target);
        TRY_ASSIGN(held, open_draft(path, target, mode));
    }
    if (access) {
        take_access(held.get(), *access, options.is_private ? 0700 : 0777);
    }
    return new_file(target, std::move(held), std::move(path));
}

result<new_file> new_file::adopt(const fs::path& existing, const fs::path& target) {
    file_descriptor held(::open(existing.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!held.is_open()) {
        return file_failure("open", existing, errno);
    }
    return new_file(target, std::move(held), existing);
}

const fs::path& new_file::path() const {
    SLUICE_ASSERT(!path_.empty());
    return path_;
}

result<> new_file::write(std::span<const std::byte> bytes) const {
    const int code = write_all(held_.get(), bytes);
    return code == 0 ? result<>() : file_failure("write", target_, code);
}

result<> new_file::write_from(const fs::path& source) const {
    const file_descriptor opened(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.is_open()) {
        return file_failure("open", source, errno);
    }
    std::vector<std::byte> buffer(step_bytes);
    for (;;) {
        const auto got = ::read(opened.get(), buffer.data(), buffer.size());
        if (got == 0) {
            return {};
        }
        if (got > 0) {
            TRY(write(std::span(buffer).first(static_cast<std::size_t>(got))));
        } else if (errno != EINTR) {
            return file_failure("read", source, errno);
        }
    }
}

// 0, or errno.
int new_file::move_into_place(if_present present) {
    if (path_.empty()) {
        const int code = link_to(held_.get(), target_);
        if (code != EEXIST || present == if_present::refuse) {
            return code;
        }
        if (const int failed = link_beside(held_.get(), target_, path_); failed != 0) {
            return failed;
        }
    }
    return rename_to(path_, target_, present);
}

result<> new_file::sync() const {
    SLUICE_ASSERT(held_.is_open());
    return ::fsync(held_.get()) == 0 ? result<>() : file_failure("write", target_, errno);
}

result<> new_file::become(if_present present) {
    TRY(sync());
    const int code = move_into_place(present);
    if (code == EEXIST && present == if_present::refuse) {
        return fail(sqlstates::duplicate_file, fmt::format("{} exists already", target_.string()));
    }
    if (code != 0) {
        return file_failure("write", target_, code);
    }
    path_.clear();
    // Syncs once more: for a file without a name, btrfs does not log the data that fsync() should keep.
    const file_descriptor done = std::move(held_);
    if (::fsync(done.get()) != 0) {
        return file_failure("sync", target_, errno);
    }
    return sync_folder(folder_of(target_));
}

result<> replace_file(const fs::path& path, std::string_view content, const new_file_options& options) {
    TRY_ASSIGN(auto made, new_file::create(path, options));
    TRY(made.write(std::as_bytes(std::span(content))));
    return made.become(if_present::replace);
}

result<> sync_file(const fs::path& path) {
    const file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.is_open()) {
        return errno == ENOENT ? result<>() : file_failure("open", path, errno);
    }
    return ::fsync(opened.get()) == 0 ? result<>() : file_failure("sync", path, errno);
}

result<> sync_file_system(const fs::path& path) {
    const file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const bool is_synced = opened.is_open() && ::syncfs(opened.get()) == 0;
    return is_synced ? result<>() : file_failure("sync", path, errno);
}

}  // namespace sluice::base
