// fault_shim_test_support.hpp - shared state of the parts of fault_vfs: the fault plan, the disk's model, the files.
//
// Use:     fault_vfs_test.cpp (the file system) and fault_file_test.cpp (an open file) use it.
// Threads: any; members marked so need the mutex.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite/faults/fault_disk_test_support.hpp"
#include "sqlite/faults/fault_plan_test_support.hpp"

struct sqlite3_file;
struct sqlite3_vfs;

namespace sluice::sqlite {

struct fault_shim {
    fault_shim(std::string name, std::uint64_t seed, std::string path)
        : name(std::move(name)), path(std::move(path)), plan(seed) {}

    [[nodiscard]] bool meddles_with(const char* file) const {
        return file != nullptr && std::string_view(file).starts_with(path);
    }
    // Call it with the mutex held, before a change. False: the power is off.
    [[nodiscard]] bool may_change() {
        if (changes_left && (*changes_left)-- == 0) {
            is_off = true;
            changes_left.reset();
        }
        return !is_off;
    }

    const std::string name;
    const std::string path;
    sqlite3_vfs* real = nullptr;
    fault_plan plan;
    std::atomic<bool> is_off = false;

    std::mutex mutex;  // held while writing: the disk's model sees the writes in the order of the disk
    // With the mutex:
    fault_disk disk;
    std::set<std::string, std::less<>> paths;  // all files ever opened
    std::size_t open_files = 0;
    std::optional<std::uint64_t> changes_left;
};

// Bytes of an open file in front of the real file system's share.
[[nodiscard]] std::size_t fault_file_size();
// xOpen of a file with faults; call it with the mutex held.
[[nodiscard]] int open_fault_file(fault_shim& owner, const char* path, sqlite3_file* file, int flags, int* flags_out);

}  // namespace sluice::sqlite
