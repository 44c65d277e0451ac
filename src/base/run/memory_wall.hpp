// memory_wall.hpp - counts the process's allocations and refuses those of a statement beyond a bound.
//
// Problem: a single call of a SQL function can allocate any amount before DuckDB's memory manager sees a byte of it, and
//          the kernel answers by killing the process. Such a call sees no cancel until it returns.
// Use:     allocators:  if (!memory_wall::admit(bytes)) return nullptr;  p = ...;  memory_wall::count(size_of(p) - bytes);
//          engine:      { const memory_wall::statement_scope here(&token); duckdb_fetch_chunk(...); }
//          server:      memory_wall::set_bound(budget + headroom);  memory_wall::sample() every 50 ms
// How:     Allocated bytes are counted per thread and added to the total in steps. A sample compares the total with the
//          resident memory; the excess that the allocators hold (fragments, caches) counts, too. Large allocations are
//          refused first, at the bound less large_reserve. Statements that pass it in small steps are interrupted: they
//          end at the next chunk, and their small allocations are refused only in the last bytes before the bound.
//          A scope that has grown by less than modest_bytes meets both limits later, so that `SELECT 1` goes on beside
//          statements at the bound.
// Tasks:   helping threads do not know which query they work for; the engine's hooks name the query of each task.
// Refused: allocations of threads that work for a statement. Sockets, commits, rollbacks and checkpoints are counted
//          and never refused: a failure there would end more than one statement.
// Cancel:  a cancelled statement gets no more large allocations, and after half a second no small
//          ones, so the call that asks for them ends.
// State:   global, because operator new has no other place to look.
// Cost:    an addition and a comparison for each allocation and each free.
// Threads: any; a scope belongs to its thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/core/error.hpp"

namespace sluice::base {

class cancel_token;

}

namespace sluice::base::memory_wall {

// Smaller allocations are admitted without checking the total.
constexpr std::size_t large_bytes = std::size_t{1} << 20U;
constexpr std::int64_t step_bytes = std::int64_t{1} << 17U;  // bytes that a thread counts before it updates the total

struct totals {
    std::uint64_t counted_bytes = 0;      // allocated and not freed
    std::uint64_t resident_bytes = 0;     // anonymous memory by the latest sample
    std::uint64_t bound_bytes = 0;        // 0: none
    std::uint64_t peak_bytes = 0;         // the largest sample or count seen
    std::uint64_t refused_total = 0;      // allocations beyond the bound
    std::uint64_t stopped_total = 0;      // allocations of statements that had been cancelled
    std::uint64_t interrupted_total = 0;  // tasks that were interrupted because of the bound
};

// 0: nothing is refused. Call it once the database is open.
void set_bound(std::uint64_t bytes);
// Reads the resident memory.
void sample();
// Gives free memory of the allocators back to the system; called at most every 100 ms, when the bound is near.
void set_release(void (*release)());
[[nodiscard]] totals look();
// 53200, with a hint. The error of a statement that the wall has interrupted.
[[nodiscard]] error out_of_memory_error();

// Hooks of the engine for the query of a task. Set once, at start.
struct task_questions {
    bool (*is_stopped)(const void* query) = nullptr;
    void (*interrupt)(const void* query) = nullptr;
};
void set_task_questions(task_questions questions);

namespace detail {

enum class duty : std::uint8_t { none, statement, helper };

struct account {
    std::int64_t pending_bytes = 0;           // not yet in the total
    std::int64_t grown_bytes = 0;             // in this scope, allocated less freed
    const cancel_token* statement = nullptr;  // null: unknown
    const void* query = nullptr;              // of the current task; null: no task
    duty works_for = duty::none;
    std::uint8_t exempt = 0;       // depth
    std::int64_t stopped_ns = 0;   // time when the cancel was first seen; 0: not cancelled
    std::uint64_t rest_bytes = 0;  // taken from the reserve for small requests
    bool refuses_small = false;    // the next small allocation that may fail fails
    bool inside = false;           // this module's own calls do not recurse
};

extern constinit thread_local account here;

[[nodiscard]] bool admit_large(std::size_t bytes) noexcept;
void settle() noexcept;

}  // namespace detail

// Call it before an allocation. It counts large ones at once; give `bytes` back with count(-bytes) if it fails.
[[nodiscard]] inline bool admit(std::size_t bytes) noexcept {
    return bytes < large_bytes || detail::admit_large(bytes);
}

// Counts bytes that admit() has not: the size of a small allocation, the rest of a large one; negative: freed.
inline void count(std::int64_t bytes) noexcept {
    detail::account& mine = detail::here;
    mine.pending_bytes += bytes;
    if (mine.pending_bytes >= step_bytes || mine.pending_bytes <= -step_bytes) [[unlikely]] {
        detail::settle();
    }
}

// For allocations whose failure ends only the statement: an exception is on its way to the statement's end.
[[nodiscard]] inline bool refuses_small() noexcept {
    return detail::here.refuses_small;
}
inline void small_refused() noexcept {
    detail::here.refuses_small = false;
}

// True if this thread commits, rolls back or writes a checkpoint, or may help with that.
[[nodiscard]] bool must_not_fail() noexcept;

// Bytes that the scope took from the reserve for small requests (engines/duckdb/memory/memory_rest.cpp).
[[nodiscard]] inline std::uint64_t rest_taken() noexcept {
    return detail::here.rest_bytes;
}
inline void take_rest(std::uint64_t bytes) noexcept {
    detail::here.rest_bytes += bytes;
}

// From here to the end of the scope this thread works for `query`.
inline void name_query(const void* query) noexcept {
    detail::here.query = query;
}

// This thread works for a statement. It must not enclose code that cannot bear a failed allocation.
class statement_scope {
  public:
    explicit statement_scope(const cancel_token* token) noexcept
        : statement_(detail::here.statement), query_(detail::here.query), works_for_(detail::here.works_for) {
        detail::here.statement = token;
        detail::here.query = nullptr;
        detail::here.works_for = detail::duty::statement;
        detail::here.stopped_ns = 0;
        detail::here.rest_bytes = 0;
        detail::here.grown_bytes = 0;
    }
    ~statement_scope() {
        detail::here.statement = statement_;
        detail::here.query = query_;
        detail::here.works_for = works_for_;
        detail::here.refuses_small = false;
    }
    statement_scope(const statement_scope&) = delete;
    statement_scope& operator=(const statement_scope&) = delete;

  private:
    const cancel_token* statement_;
    const void* query_;
    detail::duty works_for_;
};

// This thread runs one task of any statement.
class helper_scope {
  public:
    helper_scope() noexcept {
        detail::here.works_for = detail::duty::helper;
        detail::here.stopped_ns = 0;
        detail::here.rest_bytes = 0;
        detail::here.grown_bytes = 0;
    }
    ~helper_scope() {
        detail::here.works_for = detail::duty::none;
        detail::here.query = nullptr;
        detail::here.refuses_small = false;
    }
    helper_scope(const helper_scope&) = delete;
    helper_scope& operator=(const helper_scope&) = delete;
};

// For commits, rollbacks and checkpoints: everything is admitted, on helping threads, too.
class exempt_scope {
  public:
    exempt_scope() noexcept;
    ~exempt_scope();
    exempt_scope(const exempt_scope&) = delete;
    exempt_scope& operator=(const exempt_scope&) = delete;
};

}  // namespace sluice::base::memory_wall
