// eviction_queue.cpp - makes DuckDB drop the records of freed blocks long before it would by itself.
//
// Problem: DuckDB 1.5 puts a node into one of eight queues whenever a block of memory becomes free to be evicted. A
//          node keeps the record of its block, some 220 bytes in all, after the block is gone, and DuckDB removes such
//          nodes only from a queue of 32,768 or more. A join of two small tables leaves between one and sixteen. The
//          hash of the keys chooses the queue, so the queues fill at different rates: the process grew by 250 bytes a
//          join, then by 90, 45 and 20, up to 66 MB, which took millions of statements.
// Use:     it is never called directly; the linker puts it around three functions of DuckDB (--wrap in CMakeLists.txt).
// How:     every `interval` insertions into a queue of temporary blocks, the oldest `purge_nodes` of its nodes are
//          taken out, and live ones are put back, as DuckDB does it for long queues. Queues of database pages are left
//          to DuckDB: their nodes keep no record alive, and the page cache depends on their order.
// Bounds:  per queue, as many dead nodes as live ones and 2 * interval more.
// Cost:    one atomic addition an insertion, and 100 ns for each node that is checked, so 0.2 us an insertion.
// Threads: any.
// Errors:  a DuckDB without these functions does not link; if its queues begin with another member, they are left
//          alone, and eviction_queue_test fails.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace sluice::duckdb {

// The first member of DuckDB's EvictionQueue: a vector of the kinds of blocks that the queue has.
struct eviction_queue {
    const std::uint8_t* kinds;
    const std::uint8_t* kinds_end;
};
struct eviction_node;  // its contents are never used

namespace {

// Values of DuckDB's FileBufferType.
constexpr std::uint8_t managed_buffer = 2;
constexpr std::uint8_t tiny_buffer = 3;

constexpr std::uint32_t interval = 512;
constexpr std::size_t purge_nodes = 2 * std::size_t{interval};

// Several queues may share one object.
struct queue_upkeep {
    std::atomic<std::uint32_t> insertions{0};
    std::mutex purging;
};

constexpr std::size_t upkeeps = 64;

queue_upkeep& upkeep_of(const eviction_queue& queue) {
    static std::array<queue_upkeep, upkeeps> all;
    constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15;  // Fibonacci hashing
    return all[(reinterpret_cast<std::uintptr_t>(&queue) * golden_ratio >> 32U) % upkeeps];
}

bool has_temporary_blocks(const eviction_queue& queue) {
    return queue.kinds != nullptr && queue.kinds_end - queue.kinds == 1 &&
           (*queue.kinds == managed_buffer || *queue.kinds == tiny_buffer);
}

}  // namespace

// DuckDB's own functions.
bool duckdb_insert(eviction_queue& queue, eviction_node& node) __asm__(
    "__real__ZN6duckdb13EvictionQueue18AddToEvictionQueueEONS_18BufferEvictionNodeE");
void duckdb_purge(eviction_queue& queue) __asm__("__real__ZN6duckdb13EvictionQueue5PurgeEv");
bool duckdb_take(eviction_queue& queue, eviction_node& node) __asm__(
    "__real__ZN6duckdb13EvictionQueue18TryDequeueWithLockERNS_18BufferEvictionNodeE");
void duckdb_purge_oldest(eviction_queue& queue,
                         std::size_t nodes) __asm__("_ZN6duckdb13EvictionQueue14PurgeIterationEm");

// Their replacements, which DuckDB calls.
bool insert_node(eviction_queue& queue, eviction_node& node) __asm__(
    "__wrap__ZN6duckdb13EvictionQueue18AddToEvictionQueueEONS_18BufferEvictionNodeE");
void purge_queue(eviction_queue& queue) __asm__("__wrap__ZN6duckdb13EvictionQueue5PurgeEv");
bool take_node(eviction_queue& queue, eviction_node& node) __asm__(
    "__wrap__ZN6duckdb13EvictionQueue18TryDequeueWithLockERNS_18BufferEvictionNodeE");

// True:    the caller must purge the queue, once it holds no lock.
bool insert_node(eviction_queue& queue, eviction_node& node) {
    const bool due = duckdb_insert(queue, node);
    if (!has_temporary_blocks(queue)) {
        return due;
    }
    return (upkeep_of(queue).insertions.fetch_add(1, std::memory_order_relaxed) + 1) % interval == 0;
}

void purge_queue(eviction_queue& queue) {
    if (!has_temporary_blocks(queue)) {
        duckdb_purge(queue);
        return;
    }
    const std::unique_lock lock(upkeep_of(queue).purging, std::try_to_lock);
    if (lock.owns_lock()) {
        duckdb_purge_oldest(queue, purge_nodes);
    }
}

// Needed when the queue looks empty: nodes that a purge has taken out are back once its lock is free.
bool take_node(eviction_queue& queue, eviction_node& node) {
    if (!has_temporary_blocks(queue)) {
        return duckdb_take(queue, node);
    }
    const std::scoped_lock lock(upkeep_of(queue).purging);
    return duckdb_take(queue, node);
}

}  // namespace sluice::duckdb
