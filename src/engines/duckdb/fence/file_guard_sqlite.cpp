// The part of file_guard that changes the SQLite inside the loaded sqlite_scanner.
#include <array>
#include <cstddef>
#include <dlfcn.h>
#include <exception>
#include <link.h>
#include <mutex>
#include <sqlite3.h>
#include <string>
#include <string_view>

#include "engines/duckdb/fence/file_guard.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::string_view library_name = "sqlite_scanner.duckdb_extension";
constexpr std::size_t vfs_max = 16;

using open_function = int (*)(sqlite3_vfs*, sqlite3_filename, sqlite3_file*, int, int*);

// The original function of each VFS. Written once, before statements run; a loaded library stays loaded.
struct replaced_open {
    const sqlite3_vfs* vfs = nullptr;
    open_function original = nullptr;
};
std::array<replaced_open, vfs_max>& replaced() {
    static std::array<replaced_open, vfs_max> all;
    return all;
}

int guarded_open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    const auto* guard = file_guard::of_this_thread();
    try {
        if (guard != nullptr && name != nullptr && !guard->may_open_sqlite(name)) {
            return SQLITE_PERM;
        }
    } catch (const std::exception&) {
        return SQLITE_NOMEM;
    }
    for (const replaced_open& each : replaced()) {
        if (each.vfs == vfs) {
            return each.original(vfs, name, file, flags, flags_out);
        }
    }
    return SQLITE_CANTOPEN;
}

std::string find_library() {
    std::string found;
    const auto look = [](dl_phdr_info* info, std::size_t, void* out) {
        if (info->dlpi_name != nullptr && std::string_view(info->dlpi_name).ends_with(library_name)) {
            *static_cast<std::string*>(out) = info->dlpi_name;
        }
        return 0;
    };
    ::dl_iterate_phdr(look, &found);
    return found;
}

bool replace_all(sqlite3_vfs* first) {
    for (sqlite3_vfs* vfs = first; vfs != nullptr; vfs = vfs->pNext) {
        if (vfs->xOpen == &guarded_open) {
            continue;
        }
        auto* slot = replaced().begin();
        while (slot != replaced().end() && slot->vfs != nullptr) {
            ++slot;
        }
        if (slot == replaced().end()) {
            return false;
        }
        *slot = {.vfs = vfs, .original = vfs->xOpen};
        vfs->xOpen = &guarded_open;
    }
    return true;
}

}  // namespace

result<> guard_sqlite(const std::string& temp_directory) {
    static std::mutex once;
    const std::scoped_lock lock(once);
    const std::string library = find_library();
    if (library.empty()) {
        return {};
    }
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_NOLOAD);
    const auto symbol = [&](const char* name) { return handle == nullptr ? nullptr : ::dlsym(handle, name); };
    using find_function = sqlite3_vfs* (*)(const char*);
    using print_function = char* (*)(const char*, ...);
    const auto find = reinterpret_cast<find_function>(symbol("sqlite3_vfs_find"));
    const auto print = reinterpret_cast<print_function>(symbol("sqlite3_mprintf"));
    auto* folder = static_cast<char**>(symbol("sqlite3_temp_directory"));
    if (find == nullptr || print == nullptr || folder == nullptr || !replace_all(find(nullptr))) {
        return fail(sqlstates::internal_error,
                    "the SQLite inside " + library + " cannot be kept from opening other files");
    }
    if (*folder == nullptr && !temp_directory.empty()) {
        *folder = print("%s", temp_directory.c_str());
    }
    return {};
}

}  // namespace sluice::duckdb
