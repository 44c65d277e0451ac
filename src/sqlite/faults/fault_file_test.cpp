// A file that fails as planned (sqlite.org/c3ref/io_methods.html). No tests here: fault_vfs_kinds_test.cpp and
// fault_vfs_power_test.cpp have them.
#include <algorithm>
#include <mutex>
#include <new>
#include <span>
#include <sqlite3.h>
#include <string>
#include <utility>

#include "base/core/assert.hpp"
#include "sqlite/faults/fault_shim_test_support.hpp"

namespace sluice::sqlite {

namespace {

// Lies in the memory that SQLite gives to an open file; the real file's state follows it.
struct fault_file : sqlite3_file {
    fault_shim* owner;
    std::string path;
};

fault_file& as_fault(sqlite3_file* file) {
    return *static_cast<fault_file*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(static_cast<fault_file*>(file) + 1);
}

// ---- methods that only pass on

template <auto Method>
struct file_pass;
template <typename Answer, typename... Rest, Answer (*sqlite3_io_methods::*Method)(sqlite3_file*, Rest...)>
struct file_pass<Method> {
    static Answer call(sqlite3_file* file, Rest... rest) {
        return (real_of(file)->pMethods->*Method)(real_of(file), rest...);
    }
};

// ---- methods that pass on unless there is a fault, or no power: both look the same

template <auto Method, fault Kind, int Code>
struct file_fault;
template <typename Answer, typename... Rest, Answer (*sqlite3_io_methods::*Method)(sqlite3_file*, Rest...), fault Kind,
          int Code>
struct file_fault<Method, Kind, Code> {
    static Answer call(sqlite3_file* file, Rest... rest) {
        fault_shim& owner = *as_fault(file).owner;
        return owner.is_off || owner.plan.hits(Kind) ? Code : file_pass<Method>::call(file, rest...);
    }
};

int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
    constexpr auto method = &sqlite3_io_methods::xShmLock;
    // SQLite ignores the result of unlocking, so unlocking never fails here.
    const bool unlocks = (flags & SQLITE_SHM_UNLOCK) != 0;
    return unlocks ? file_pass<method>::call(file, offset, count, flags)
                   : file_fault<method, fault::io_shm_lock, SQLITE_IOERR_SHMLOCK>::call(file, offset, count, flags);
}

int tell_size(sqlite3_file* file, sqlite3_int64* size) {
    return as_fault(file).owner->is_off ? SQLITE_IOERR_FSTAT
                                        : file_pass<&sqlite3_io_methods::xFileSize>::call(file, size);
}

// The disk's model has no atomic writes.
int characteristics(sqlite3_file* file) {
    return file_pass<&sqlite3_io_methods::xDeviceCharacteristics>::call(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_nothing(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, int /*size*/, void** memory) {
    *memory = nullptr;  // SQLite then reads and writes
    return SQLITE_OK;
}
int unmap_nothing(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, void* /*memory*/) {
    return SQLITE_OK;
}

// ---- reading and writing

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    using pass = file_fault<&sqlite3_io_methods::xRead, fault::io_read, SQLITE_IOERR_READ>;
    const int code = pass::call(file, to, size, offset);
    if (code != SQLITE_OK) {
        return code;
    }
    const auto drawn = as_fault(file).owner->plan.hits(fault::short_read);
    if (!drawn || size == 0) {
        return SQLITE_OK;
    }
    const std::span all(static_cast<char*>(to), static_cast<std::size_t>(size));
    std::ranges::fill(all.subspan(*drawn % all.size()), '\0');
    return SQLITE_IOERR_SHORT_READ;
}

std::size_t size_of(sqlite3_file* file) {
    sqlite3_int64 size = 0;
    SLUICE_ASSERT(real_of(file)->pMethods->xFileSize(real_of(file), &size) == SQLITE_OK);
    return static_cast<std::size_t>(size);
}

// The bytes of the range, up to the end of the file.
fault_disk::bytes content_of(sqlite3_file* file, std::size_t offset, std::size_t size) {
    const std::size_t end = size_of(file);
    fault_disk::bytes content(std::min(size, end - std::min(end, offset)));
    if (!content.empty()) {
        SLUICE_ASSERT(real_of(file)->pMethods->xRead(real_of(file), content.data(), static_cast<int>(content.size()),
                                                     static_cast<sqlite3_int64>(offset)) == SQLITE_OK);
    }
    return content;
}

int write_part(sqlite3_file* file, std::span<const char> from, sqlite3_int64 offset) {
    if (from.empty()) {
        return SQLITE_OK;
    }
    const auto begin = static_cast<std::size_t>(offset);
    fault_disk::change made{.offset = begin,
                            .before = content_of(file, begin, from.size()),
                            .after = {from.begin(), from.end()},
                            .size_before = size_of(file)};
    const int code = real_of(file)->pMethods->xWrite(real_of(file), from.data(), static_cast<int>(from.size()), offset);
    made.size_after = size_of(file);
    as_fault(file).owner->disk.changed(as_fault(file).path, std::move(made));
    return code;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    fault_shim& owner = *as_fault(file).owner;
    const std::scoped_lock lock(owner.mutex);
    if (!owner.may_change() || owner.plan.hits(fault::io_write)) {
        return SQLITE_IOERR_WRITE;
    }
    if (owner.plan.hits(fault::disk_full)) {
        return SQLITE_FULL;
    }
    const std::span all(static_cast<const char*>(from), static_cast<std::size_t>(size));
    if (const auto drawn = owner.plan.hits(fault::short_write); drawn && !all.empty()) {
        const int code = write_part(file, all.first(*drawn % all.size()), offset);
        const bool is_full = (*drawn >> 32U) % 2 == 0;  // as the unix VFS reports ENOSPC, or another error
        return code != SQLITE_OK ? code : is_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    return write_part(file, all, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    fault_shim& owner = *as_fault(file).owner;
    const std::scoped_lock lock(owner.mutex);
    if (!owner.may_change() || owner.plan.hits(fault::io_truncate)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    const std::size_t size_before = size_of(file);
    const std::size_t kept = std::min(size_before, static_cast<std::size_t>(size));
    fault_disk::change made{
        .offset = kept, .before = content_of(file, kept, size_before - kept), .after = {}, .size_before = size_before};
    const int code = real_of(file)->pMethods->xTruncate(real_of(file), size);
    made.size_after = size_of(file);
    owner.disk.changed(as_fault(file).path, std::move(made));
    return code;
}

int sync(sqlite3_file* file, int /*flags*/) {
    fault_shim& owner = *as_fault(file).owner;
    const std::scoped_lock lock(owner.mutex);
    if (!owner.may_change() || owner.plan.hits(fault::io_sync)) {
        return SQLITE_IOERR_FSYNC;
    }
    const sync_kind kind = owner.plan.hits(fault::lost_sync)      ? sync_kind::lost
                           : owner.plan.hits(fault::delayed_sync) ? sync_kind::delayed
                                                                  : sync_kind::honest;
    owner.disk.synced(as_fault(file).path, kind);
    return SQLITE_OK;
}

// ---- files

int close(sqlite3_file* file) {
    fault_shim& owner = *as_fault(file).owner;
    const int code = file_pass<&sqlite3_io_methods::xClose>::call(file);
    as_fault(file).~fault_file();
    const std::scoped_lock lock(owner.mutex);
    --owner.open_files;
    return code;
}

constexpr sqlite3_io_methods file_methods{
    .iVersion = 3,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = tell_size,
    .xLock = file_fault<&sqlite3_io_methods::xLock, fault::io_lock, SQLITE_IOERR_LOCK>::call,
    .xUnlock = file_pass<&sqlite3_io_methods::xUnlock>::call,
    .xCheckReservedLock = file_pass<&sqlite3_io_methods::xCheckReservedLock>::call,
    .xFileControl = file_pass<&sqlite3_io_methods::xFileControl>::call,
    .xSectorSize = file_pass<&sqlite3_io_methods::xSectorSize>::call,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = file_fault<&sqlite3_io_methods::xShmMap, fault::io_shm_map, SQLITE_IOERR_SHMMAP>::call,
    .xShmLock = lock_shared_memory,
    .xShmBarrier = file_pass<&sqlite3_io_methods::xShmBarrier>::call,
    .xShmUnmap = file_pass<&sqlite3_io_methods::xShmUnmap>::call,
    .xFetch = map_nothing,
    .xUnfetch = unmap_nothing,
};

}  // namespace

std::size_t fault_file_size() {
    return sizeof(fault_file);
}

int open_fault_file(fault_shim& owner, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    static_assert(sizeof(fault_file) % 8 == 0, "the real file's memory is aligned");
    auto* made = new (file) fault_file{{.pMethods = nullptr}, &owner, path};
    const int code = owner.real->xOpen(owner.real, path, real_of(file), flags, flags_out);
    if (code != SQLITE_OK) {
        made->~fault_file();
        return code;
    }
    made->pMethods = &file_methods;
    ++owner.open_files;
    owner.paths.insert(path);
    return SQLITE_OK;
}

}  // namespace sluice::sqlite
