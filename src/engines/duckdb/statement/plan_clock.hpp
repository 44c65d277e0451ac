// plan_clock.hpp - records when a session's plan was made and decides whether it may still be used.
//
// Problem: see write_epoch.hpp. Inside a transaction block a session reads an old snapshot and its own uncommitted
//          writes, which the shared epoch does not count.
// Use:     plan.stamp = clock.now(); ... if (clock.is_valid(plan.stamp, reuse)) use it; else plan again
// How:     a plan made in this block is valid until the session itself writes, even if others commit: statistics only
//          widen, so later ones cover the snapshot. Any other plan needs a quiet epoch that has not moved; a plan made
//          in a block counts from the block's start.
// Threads: as for the session.
#pragma once

#include <cstdint>

#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

// The event that ends the life of a plan.
enum class plan_reuse : std::uint8_t {
    unknown,
    never,                // reads data outside of the database: files, other systems, macros
    until_write,          // reads tables of DuckDB
    until_schema_change,  // reads no tables: SELECT 1, INSERT ... VALUES
};

struct plan_stamp {
    write_epoch::observation epoch;
    std::uint64_t own_data = 0;
    std::uint64_t own_schema = 0;
    std::uint64_t block = 0;       // 0: outside of a block
    std::uint64_t connection = 0;  // generation of the link
};

class plan_clock {
  public:
    explicit plan_clock(write_epoch& epoch) : epoch_(&epoch) {}

    [[nodiscard]] plan_stamp now(std::uint64_t connection) const;
    // `own` is the change that this session has announced to the epoch since the stamp.
    [[nodiscard]] bool is_valid(const plan_stamp& stamp, plan_reuse reuse, change own = change::none) const;

    // A write that others cannot see before the block is committed.
    void note_own(change what);
    // A change that others never see: SET, a new connection.
    void note_setting() { ++own_schema_; }

    void begin_block();
    void end_block(bool rolled_back);
    [[nodiscard]] bool in_block() const { return block_ != 0; }
    // In a block: there was no write, not even by this transaction, so another one that begins now sees the same data.
    [[nodiscard]] bool is_undisturbed() const;
    // The change that the commit of this block will show to others.
    [[nodiscard]] change block_change() const { return block_change_; }

  private:
    write_epoch* epoch_;
    std::uint64_t own_data_ = 0;
    std::uint64_t own_schema_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t block_ = 0;
    write_epoch::observation block_began_;
    change block_change_ = change::none;
};

}  // namespace sluice::duckdb
