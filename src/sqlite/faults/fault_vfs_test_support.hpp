// fault_vfs_test_support.hpp - a file system for SQLite that fails, lies and loses its power when told to.
//
// Problem: a working disk cannot show how a store behaves when the disk is full, a sync fails or the power goes.
// Use:     fault_vfs disk("faulty", seed, folder + "/parts.db");
//          sqlite3_open_v2(path, &db, flags, "faulty");   // or "file:parts.db?vfs=faulty"
//          disk.set_rate(fault::io_write, 0.002); ... disk.clear(); disk.injected(fault::io_write)
//          disk.fail_at(fault::io_sync, 3);               // the third from now
//          disk.cut_power(); ... close every connection ... disk.restore_power(seed); ... open, look
// Order:   whether a kind's n-th occasion fails depends on seed, kind and n alone.
// Bounds:  files that begin with `path` (the database, -journal, -wal); others, temporary ones too, are the real ones'.
//          Writes are kept in memory until they are synced, or until restore_power().
// Syncs:   none reaches the real disk: fault_disk_test_support.hpp decides the effect of a cut.
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
    // `name`: unused so far in SQLite. `path`: absolute path, or prefix of the paths, of the files that get faults.
    fault_vfs(const std::string& name, std::uint64_t seed, const std::string& path = "/");
    fault_vfs(const fault_vfs&) = delete;
    fault_vfs& operator=(const fault_vfs&) = delete;
    ~fault_vfs();

    // Share of the occasions that fail, from 0 to 1.
    void set_rate(fault kind, double rate);
    // Also fails the n-th occasion from now; 1 is the next.
    void fail_at(fault kind, std::uint64_t n);
    // No faults from now on.
    void clear();
    [[nodiscard]] std::uint64_t injected(fault kind) const;
    [[nodiscard]] std::uint64_t occasions(fault kind) const;

    // From now on reads, writes and opens fail; unlocking and closing work. Close all connections then.
    void cut_power();
    // Cuts the power after that many more writes, truncations, syncs, creations and deletions.
    void cut_power_after(std::uint64_t changes);
    [[nodiscard]] bool is_off() const;
    // Gives the files a state that the disk may have after such a cut. Asserts that none is open.
    void restore_power(std::uint64_t seed);

    class shim;

  private:
    std::unique_ptr<shim> shim_;
};

}  // namespace sluice::sqlite
