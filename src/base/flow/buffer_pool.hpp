// buffer_pool.hpp - keeps a bounded number of byte buffers of one size for the next reply.
//
// Problem: a fresh 128 kB buffer costs an mmap and 32 page faults; at 700 MB/s that is most of the cost of encoding.
// Use:     byte_buffer buffer = pool.take();  ... send it ...  pool.give_back(std::move(buffer));
// Bounds:  keeps at most kept_max buffers. A buffer smaller than the size, or above twice the size, is freed.
// Order:   last in, first out, so that the bytes are still in the processor's cache.
// Threads: any.
// Metrics: buffer_pool_kept, buffer_pool_allocated_total, buffer_pool_reused_total, buffer_pool_freed_total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/core/byte_buffer.hpp"

namespace sluice::base {

class metrics_registry;

struct buffer_pool_params {
    std::size_t buffer_size_bytes = 0;
    std::size_t kept_max = 0;
};

struct buffer_pool_stats {
    std::size_t kept = 0;
    std::uint64_t allocated_total = 0;
    std::uint64_t reused_total = 0;
    std::uint64_t freed_total = 0;  // given back, but freed: too many or of the wrong size
};

class buffer_pool {
  public:
    explicit buffer_pool(buffer_pool_params params);

    // Empty, with room for buffer_size_bytes.
    [[nodiscard]] byte_buffer take();
    // Takes any buffer, also a foreign one; its contents are dropped.
    void give_back(byte_buffer buffer);

    [[nodiscard]] std::size_t buffer_size_bytes() const { return params_.buffer_size_bytes; }
    [[nodiscard]] buffer_pool_stats stats() const;
    // The registry must not be scraped after the pool is gone.
    void expose(metrics_registry& registry) const;

  private:
    const buffer_pool_params params_;
    mutable std::mutex mutex_;
    std::vector<byte_buffer> kept_;
    buffer_pool_stats stats_;
};

}  // namespace sluice::base
