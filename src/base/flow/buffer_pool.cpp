#include "base/flow/buffer_pool.hpp"

#include <utility>

#include "base/observe/metrics.hpp"

namespace sluice::base {

buffer_pool::buffer_pool(buffer_pool_params params) : params_(params) {
    kept_.reserve(params_.kept_max);
}

byte_buffer buffer_pool::take() {
    {
        const std::scoped_lock lock(mutex_);
        if (!kept_.empty()) {
            auto buffer = std::move(kept_.back());
            kept_.pop_back();
            ++stats_.reused_total;
            return buffer;
        }
        ++stats_.allocated_total;
    }
    return byte_buffer(params_.buffer_size_bytes);
}

void buffer_pool::give_back(byte_buffer buffer) {
    const bool fits =
        buffer.capacity() >= params_.buffer_size_bytes && buffer.capacity() <= 2 * params_.buffer_size_bytes;
    buffer.clear();
    const std::scoped_lock lock(mutex_);
    if (fits && kept_.size() < params_.kept_max) {
        kept_.push_back(std::move(buffer));
    } else if (buffer.capacity() != 0) {
        ++stats_.freed_total;
    }
}

buffer_pool_stats buffer_pool::stats() const {
    const std::scoped_lock lock(mutex_);
    auto stats = stats_;
    stats.kept = kept_.size();
    return stats;
}

void buffer_pool::expose(metrics_registry& registry) const {
    const sampled_metrics from(registry, [this] { return stats(); });
    from.gauge({"buffer_pool_kept", "buffers", "Reply buffers that wait to be used again"}, &buffer_pool_stats::kept);
    from.counter({"buffer_pool_allocated_total", "buffers", "Reply buffers allocated"},
                 &buffer_pool_stats::allocated_total);
    from.counter({"buffer_pool_reused_total", "buffers", "Reply buffers used again"}, &buffer_pool_stats::reused_total);
    from.counter({"buffer_pool_freed_total", "buffers",
                  "Reply buffers freed because enough were kept or they had outgrown the pool"},
                 &buffer_pool_stats::freed_total);
}

}  // namespace sluice::base
