#include "apps/jobs/run_locks.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

#include "base/os/file_failure.hpp"

namespace sluice::jobs {

namespace {

struct flock byte_of(std::int64_t run_id, short type) {
    return {.l_type = type, .l_whence = SEEK_SET, .l_start = run_id, .l_len = 1, .l_pid = 0};
}

}  // namespace

result<std::unique_ptr<run_locks>> run_locks::open(const std::string& database) {
    if (database == ":memory:") {
        return std::unique_ptr<run_locks>(new run_locks({}, base::file_descriptor(-1)));
    }
    // Beside the real file, not beside a link to it, as SQLite's -wal.
    std::error_code ignored;
    const auto file = std::filesystem::weakly_canonical(database, ignored);
    std::string path = (ignored ? database : file.string()) + "-runs";
    base::file_descriptor held(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!held.is_open()) {
        return base::file_failure("write", path, errno);
    }
    return std::unique_ptr<run_locks>(new run_locks(std::move(path), std::move(held)));
}

result<> run_locks::hold(std::int64_t run_id) const {
    if (!held_.is_open()) {
        return {};
    }
    auto wanted = byte_of(run_id, F_WRLCK);
    if (::fcntl(held_.get(), F_OFD_SETLK, &wanted) != 0) {
        return base::file_failure("lock", path_, errno);
    }
    return {};
}

void run_locks::let_go(std::int64_t run_id) const {
    auto wanted = byte_of(run_id, F_UNLCK);
    if (held_.is_open()) {
        (void)::fcntl(held_.get(), F_OFD_SETLK, &wanted);
    }
}

bool run_locks::is_alive(std::int64_t run_id) const {
    auto asked = byte_of(run_id, F_WRLCK);
    if (!held_.is_open() || ::fcntl(held_.get(), F_OFD_GETLK, &asked) != 0) {
        return true;  // unknown; the lease decides later
    }
    return asked.l_type != F_UNLCK;
}

}  // namespace sluice::jobs
