// memory_rest.cpp - keeps a rest of memory for small requests when large ones have used up memory_limit.
//
// Problem: DuckDB refuses the next request once its buffers reach memory_limit, even the 4 kB of another session's
//          `SELECT 1`. It also counts a request while it looks for blocks to evict, so that one for 300 MB, which is
//          going to fail, makes all others fail at that moment. A commit that is refused leaves its table with rows
//          that are stored nowhere; the next statement that reads them invalidates the database.
// Use:     it is never called directly; the linker puts it around BufferPool::EvictBlocks (--wrap in CMakeLists.txt).
// How:     a refused request is repeated with a higher limit: memory_limit, plus the rest, plus the bytes that larger
//          requests have in the count at this time, minus `price` times the bytes that the thread has taken of the rest
//          in this task or call. So a growing statement is refused while enough is left for small requests of others.
//          Rows of tables in memory get no part of the rest: they stay, and would fill it one by one. Commits,
//          rollbacks and checkpoints get all that they ask for.
// Bounds:  memory_limit + rest_bytes(memory_limit), and the copies that commits make; base/run/memory_wall.hpp stops a
//          statement that goes on growing.
// Cost:    two comparisons for each block; one atomic addition for a large request.
// Threads: any.
// Errors:  a DuckDB without this function does not link.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>

#include "base/run/memory_wall.hpp"

namespace sluice::duckdb {

struct buffer_pool;  // its contents are never used

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t rest_bytes_max = 64 * mebibyte;
constexpr std::uint64_t rest_parts = 8;
constexpr std::uint64_t price = 4;
constexpr std::uint64_t large_bytes = mebibyte;
constexpr std::uint8_t in_memory_table = 9;  // value of DuckDB's MemoryTag

std::uint64_t rest_bytes(std::uint64_t limit) {
    return std::min(limit / rest_parts, rest_bytes_max);
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): DuckDB's function has no other place for it
constinit std::atomic<std::uint64_t> large_under_way{0};

}  // namespace

// DuckDB's EvictionResult begins with its success. After a failure the other members own no memory, so the result may
// be overwritten.
using eviction_result = bool;

// duckdb::BufferPool::EvictBlocks(MemoryTag, idx_t, idx_t, unique_ptr<FileBuffer>*); the caller has memory for the
// result
eviction_result*
duckdb_evict(eviction_result* result, buffer_pool* pool, std::uint8_t tag, std::uint64_t bytes, std::uint64_t limit, void* reusable) __asm__(
    "__real__ZN6duckdb10BufferPool11EvictBlocksENS_9MemoryTagEmmPNS_10unique_ptrINS_10FileBufferESt14default_deleteIS3_"
    "ELb1EEE");
eviction_result*
evict_blocks(eviction_result* result, buffer_pool* pool, std::uint8_t tag, std::uint64_t bytes, std::uint64_t limit, void* reusable) __asm__(
    "__wrap__ZN6duckdb10BufferPool11EvictBlocksENS_9MemoryTagEmmPNS_10unique_ptrINS_10FileBufferESt14default_deleteIS3_"
    "ELb1EEE");

namespace {

class large_request {
  public:
    explicit large_request(std::uint64_t bytes) : bytes_(bytes < large_bytes ? 0 : bytes) {
        if (bytes_ != 0) {
            large_under_way.fetch_add(bytes_, std::memory_order_relaxed);
        }
    }
    ~large_request() {
        if (bytes_ != 0) {
            large_under_way.fetch_sub(bytes_, std::memory_order_relaxed);
        }
    }
    large_request(const large_request&) = delete;
    large_request& operator=(const large_request&) = delete;

  private:
    std::uint64_t bytes_;
};

// The limit for repeating a refused request; `limit` itself: do not repeat it.
std::uint64_t higher_limit(std::uint8_t tag, std::uint64_t bytes, std::uint64_t limit) {
    if (bytes == 0) {
        return limit;  // the request is a change of the limit
    }
    if (base::memory_wall::must_not_fail()) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    const std::uint64_t rest = rest_bytes(limit);
    const std::uint64_t taken = base::memory_wall::rest_taken() + bytes;
    if (tag == in_memory_table || taken > rest / price) {
        return limit;
    }
    return limit + large_under_way.load(std::memory_order_relaxed) + rest - price * taken;
}

}  // namespace

eviction_result* evict_blocks(eviction_result* result, buffer_pool* pool, std::uint8_t tag, std::uint64_t bytes,
                              std::uint64_t limit, void* reusable) {
    std::exception_ptr failure;  // from writing an evicted block to a full disk
    try {
        const large_request counted(bytes);
        duckdb_evict(result, pool, tag, bytes, limit, reusable);
        if (*result) {
            return result;
        }
    } catch (...) {
        failure = std::current_exception();
    }
    const std::uint64_t higher = higher_limit(tag, bytes, limit);
    if (higher == limit) {
        if (failure) {
            std::rethrow_exception(failure);
        }
        return result;
    }
    duckdb_evict(result, pool, tag, bytes, higher, reusable);
    if (*result && !base::memory_wall::must_not_fail()) {
        base::memory_wall::take_rest(bytes);
    }
    return result;
}

}  // namespace sluice::duckdb
