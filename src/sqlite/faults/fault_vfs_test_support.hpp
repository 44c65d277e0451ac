// fault_vfs_test_support.hpp - a file system for SQLite that fails, lies and loses its power when told to.
//
// Problem: what a store does when the disk is full, a sync fails or the power goes cannot be seen on a disk that works.
// Use:     fault_vfs disk("faulty", seed, folder + "/parts.db");
//          sqlite3_open_v2(path, &db, flags, "faulty");   // or "file:parts.db?vfs=faulty"
//          disk.set_rate(fault::io_write, 0.002); ... disk.clear(); disk.injected(fault::io_write)
//          disk.fail_at(fault::io_sync, 3);               // the third from now
//          disk.cut_power(); ... close every connection ... disk.restore_power(seed); ... open, look
// Order:   whether a kind's n-th occasion fails depends on seed, kind and n alone.
// Bounds:  files that begin with `path` (the database, -journal, -wal); others, temporary ones too, are the real ones'.
//          What is not synced is kept in memory until it is, or until restore_power().
// Syncs:   none reaches the real disk: what a cut takes is decided by fault_disk_test_support.hpp.
// Memory:  no memory-mapped reading of the database. Shared memory (-shm) is real, and gone after a power cut.
// Threads: any; set_rate and its like act at once. Writes and syncs take turns.
// Ends:    the destructor asserts that no file is open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sqlite/faults/fault_plan_test_support.hpp"

namespace sluice::sqlite {

class fault_vfs {
  public:
    // `name`: for SQLite, not yet taken. `path`: of the files to meddle with, or how it begins; absolute.
    fault_vfs(const std::string& name, std::uint64_t seed, const std::string& path = "/");
    fault_vfs(const fault_vfs&) = delete;
    fault_vfs& operator=(const fault_vfs&) = delete;
    ~fault_vfs();

    // Of the occasions, from 0 to 1.
    void set_rate(fault kind, double rate);
    // Besides, the n-th from now; 1 is the next.
    void fail_at(fault kind, std::uint64_t n);
    // No faults from now on.
    void clear();
    [[nodiscard]] std::uint64_t injected(fault kind) const;
    [[nodiscard]] std::uint64_t occasions(fault kind) const;

    // From now on nothing is read, written or opened; unlocking and closing work. Everybody closes then.
    void cut_power();
    // The same once that many more writes, truncations, syncs, creations and deletions are done.
    void cut_power_after(std::uint64_t changes);
    [[nodiscard]] bool is_off() const;
    // Gives the files a state that the disk may have after such a cut. Asserts that nobody has one open.
    void restore_power(std::uint64_t seed);

    class shim;

  private:
    std::unique_ptr<shim> shim_;
};

}  // namespace sluice::sqlite
