#include "engines/duckdb/fence/file_guard.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <memory>

namespace sluice::duckdb {
namespace {

constexpr std::array<std::string_view, 3> log_endings{".wal", ".wal.checkpoint", ".wal.recovery"};
constexpr std::array<std::string_view, 3> sqlite_endings{"-journal", "-wal", "-shm"};

void resolve_all(std::vector<std::string>& paths) {
    for (std::string& path : paths) {
        path = resolved_path(path);
    }
}

// `path` is one of `files`, or one of them with one of `endings`.
template <std::size_t N>
bool is_of(const std::vector<std::string>& files, std::string_view path,
           const std::array<std::string_view, N>& endings) {
    return std::ranges::any_of(files, [&](const std::string& file) {
        return path.starts_with(file) && std::ranges::find(endings, path.substr(file.size())) != endings.end();
    });
}

bool is_inside_any(std::string_view path, const std::vector<std::string>& directories) {
    return std::ranges::any_of(directories, [&](const std::string& each) { return is_inside(path, each); });
}

bool contains_path(const std::vector<std::string>& files, const std::string& path) {
    return std::ranges::find(files, path) != files.end();
}

}  // namespace

std::string resolved_path(const std::string& path) {
    const auto real = [](const std::string& existing) {
        const std::unique_ptr<char, decltype(&std::free)> found(::realpath(existing.c_str(), nullptr), &std::free);
        return found ? std::string(found.get()) : std::string();
    };
    if (std::string whole = real(path); !whole.empty()) {
        return whole;
    }
    const auto slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    const std::string parent = real(folder);
    return parent.empty() ? path : parent + (parent.ends_with('/') ? "" : "/") + name;
}

bool is_inside(std::string_view path, std::string_view directory) {
    if (directory.ends_with('/')) {
        directory.remove_suffix(1);
    }
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

file_guard::file_guard(file_guard_params params) : params_(std::move(params)) {
    for (auto* paths : {&params_.databases, &params_.sqlite_files, &params_.private_files,
                        &params_.read_only_directories, &params_.directories}) {
        resolve_all(*paths);
    }
    if (!params_.temp_directory.empty()) {
        params_.temp_directory = resolved_path(params_.temp_directory);
    }
}

bool file_guard::may_open(const std::string& path, int flags) const {
    const std::string real = resolved_path(path);
    const int mode = flags & O_ACCMODE;
    if (contains_path(params_.databases, real) || contains_path(params_.sqlite_files, real) ||
        contains_path(params_.private_files, real) || is_of(params_.sqlite_files, real, sqlite_endings)) {
        return false;  // DuckDB opened its file before statements came, and SQLite does not call this function
    }
    if (is_of(params_.databases, real, log_endings)) {
        return mode == O_WRONLY && (flags & O_APPEND) != 0 && (flags & O_TRUNC) == 0;
    }
    if (!params_.temp_directory.empty() && is_inside(real, params_.temp_directory)) {
        return mode == O_RDWR && (flags & O_TRUNC) == 0;
    }
    return mode == O_RDONLY || is_inside_any(real, params_.directories) ||
           !is_inside_any(real, params_.read_only_directories);
}

bool file_guard::may_open_sqlite(const std::string& path) const {
    const std::string real = resolved_path(path);
    if (contains_path(params_.sqlite_files, real) || is_of(params_.sqlite_files, real, sqlite_endings)) {
        return true;
    }
    return is_inside_any(real, params_.directories) && !contains_path(params_.private_files, real);
}

const file_guard*& file_guard::of_this_thread() {
    thread_local const file_guard* guard = nullptr;
    return guard;
}

}  // namespace sluice::duckdb

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming, cppcoreguidelines-pro-type-vararg): the names and signature of ld's --wrap
// and of open(2)
extern "C" {
int __real_open(const char* path, int flags, ...);

int __wrap_open(const char* path, int flags, ...) {
    mode_t mode = 0;
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        std::va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (const auto* guard = sluice::duckdb::file_guard::of_this_thread(); guard != nullptr && path != nullptr) {
        try {
            if (!guard->may_open(path, flags)) {
                errno = EACCES;
                return -1;
            }
        } catch (const std::exception&) {
            errno = ENOMEM;
            return -1;
        }
    }
    return __real_open(path, flags, mode);
}
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming, cppcoreguidelines-pro-type-vararg)
