#include "engines/duckdb/database/file_watch.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

namespace sluice::duckdb {

file_watch file_watch::of(const std::vector<std::string>& paths) {
    file_watch found;
    for (const std::string& path : paths) {
        struct stat facts{};
        if (::stat(path.c_str(), &facts) == 0) {
            found.files_.push_back({.path = path, .device = facts.st_dev, .inode = facts.st_ino});
        }
    }
    return found;
}

file_watch::state file_watch::look_at(const watched& file) {
    struct stat facts{};
    if (::stat(file.path.c_str(), &facts) != 0) {
        return state::removed;
    }
    return facts.st_dev == file.device && facts.st_ino == file.inode ? state::same : state::replaced;
}

file_watch::state file_watch::look() const {
    auto worst = state::same;
    for (const watched& file : files_) {
        worst = std::max(worst, look_at(file));
    }
    return worst;
}

result<> file_watch::check() const {
    for (const watched& file : files_) {
        if (const state now = look_at(file); now != state::same) {
            return fail(error{.code = sqlstates::undefined_file,
                              .message = "database file \"" + file.path + "\" was " +
                                         (now == state::removed ? "removed" : "replaced") + " while it was open",
                              .hint = now == state::removed ? "Put it back: nothing can be written until then."
                                                            : "The server is about to open the new one; try again.",
                              .retryable = now == state::replaced});
        }
    }
    return {};
}

bool file_watch::are_open_here() const {
    std::error_code failure;
    std::filesystem::directory_iterator each("/proc/self/fd", failure);
    for (; !failure && each != std::filesystem::directory_iterator(); each.increment(failure)) {
        const std::string name = each->path().filename().string();
        int descriptor = -1;
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        struct stat facts{};
        const bool known = descriptor >= 0 && ::fstat(descriptor, &facts) == 0;
        if (known && std::ranges::any_of(files_, [&](const watched& file) {
                return file.device == facts.st_dev && file.inode == facts.st_ino;
            })) {
            return true;
        }
    }
    return static_cast<bool>(failure);
}

}  // namespace sluice::duckdb
