#include "apps/parts/git/git_lock.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sluice::parts {

namespace {

namespace fs = std::filesystem;

// The file system's time, which the lock files have, too.
struct file_age {
    ino_t node = 0;
    timespec changed{};

    [[nodiscard]] bool is_before(const file_age& other) const {
        return changed.tv_sec != other.changed.tv_sec ? changed.tv_sec < other.changed.tv_sec
                                                      : changed.tv_nsec <= other.changed.tv_nsec;
    }
    [[nodiscard]] bool is_same(const file_age& other) const {
        return node == other.node && is_before(other) && other.is_before(*this);
    }
};

std::optional<file_age> age_of(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return file_age{.node = status.st_ino, .changed = status.st_mtim};
}

struct old_lock {
    fs::path path;
    file_age age;
};

// Lock files older than `now`.
std::vector<old_lock> find_left_over(const fs::path& git_dir, const file_age& now) {
    std::vector<old_lock> found;
    const auto look_at = [&](const fs::path& path) {
        const auto age = age_of(path);
        if (age && age->is_before(now)) {
            found.push_back({path, *age});
        }
    };
    look_at(git_dir / "packed-refs.lock");
    look_at(git_dir / "config.lock");
    look_at(git_dir / "HEAD.lock");
    std::error_code ignored;
    for (fs::recursive_directory_iterator each(git_dir / "refs", ignored), end; each != end; each.increment(ignored)) {
        std::error_code problem;
        if (each->is_regular_file(problem) && each->path().extension() == ".lock") {
            look_at(each->path());
        }
    }
    return found;
}

void clear_up_after_the_dead(const fs::path& git_dir, const file_age& now) {
    const auto locks = find_left_over(git_dir, now);
    if (locks.empty()) {
        return;
    }
    const auto is_left = [](const old_lock& lock) {
        const auto age = age_of(lock.path);
        return age && age->is_same(lock.age);
    };
    // A user's own git holds them for milliseconds only.
    (void)poll_until(git_lock::settle, [&] { return std::ranges::none_of(locks, is_left); });
    for (const old_lock& lock : locks) {
        if (is_left(lock)) {
            ::unlink(lock.path.c_str());
        }
    }
}

// True if the previous holder died. Not synced: file systems keep the order of names, so it precedes any lock file.
result<bool> mark_busy(const fs::path& marker) {
    const bool was_there = ::access(marker.c_str(), F_OK) == 0;
    const base::file_descriptor made(::open(marker.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (made.get() < 0 || ::futimens(made.get(), nullptr) != 0) {
        return fail(error_kind::io, fmt::format("cannot write {}: {}", marker.string(), std::strerror(errno)),
                    "the project's .git folder must be writable");
    }
    return was_there;
}

}  // namespace

bool poll_until(std::chrono::milliseconds wait, const std::function<bool()>& step) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    std::minstd_rand random(static_cast<unsigned>(::getpid()) ^
                            static_cast<unsigned>(deadline.time_since_epoch().count()));
    while (!step()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(1, 20)(random)));
    }
    return true;
}

result<git_lock> git_lock::take(const fs::path& git_dir, std::chrono::milliseconds wait) {
    const fs::path path = git_dir / "sluice.lock";
    base::file_descriptor opened(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (opened.get() < 0) {
        return fail(error_kind::io, fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)),
                    "the project's .git folder must be writable");
    }
    int problem = 0;
    const bool ended = poll_until(wait, [&] {
        problem = ::flock(opened.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        return problem != EWOULDBLOCK && problem != EINTR;
    });
    if (!ended) {
        return fail(error_kind::conflict,
                    fmt::format("another process has worked on {} for {} ms", git_dir.string(), wait.count()),
                    "try again when it is done");
    }
    if (problem != 0) {
        return fail(error_kind::io, fmt::format("cannot lock {}: {}", path.string(), std::strerror(problem)));
    }
    fs::path marker = git_dir / "sluice.busy";
    TRY_ASSIGN(const bool died, mark_busy(marker));
    if (died) {
        const auto now = age_of(marker);
        clear_up_after_the_dead(git_dir, now.value_or(file_age{}));
    }
    return git_lock(std::move(opened), std::move(marker), died);
}

git_lock::git_lock(base::file_descriptor held, fs::path marker, bool took_over)
    : held_(std::move(held)), marker_(std::move(marker)), took_over_(took_over) {}

git_lock::~git_lock() {
    if (!marker_.empty()) {
        ::unlink(marker_.c_str());  // before the lock is released
    }
}

}  // namespace sluice::parts
