#include "base/flow/channel.hpp"

#include <utility>

#include "base/core/assert.hpp"

namespace sluice::base {

channel::channel(channel_params params) : params_(std::move(params)) {
    SLUICE_ASSERT(params_.bytes_low < params_.bytes_max);
}

bool channel::push(pooled_buffer buffer) {
    bool readable = false;
    {
        const std::scoped_lock lock(mutex_);
        SLUICE_ASSERT(!producer_closed_);
        if (consumer_closed_) {
            return false;
        }
        if (buffer.bytes().empty()) {
            return true;
        }
        bytes_.store(bytes() + buffer.bytes().size(), std::memory_order_relaxed);
        queue_.push_back(std::move(buffer));
        readable = std::exchange(consumer_waits_, false);
    }
    if (readable && params_.on_readable) {
        params_.on_readable();
    }
    return true;
}

bool channel::full() {
    // Without the lock it may see the bound one buffer late, which the soft bound allows.
    if (bytes() < params_.bytes_max) {
        return false;
    }
    const std::scoped_lock lock(mutex_);
    if (bytes() < params_.bytes_max || consumer_closed_) {
        return false;
    }
    producer_waits_ = true;
    return true;
}

void channel::close_producer() {
    bool readable = false;
    {
        const std::scoped_lock lock(mutex_);
        if (producer_closed_ || consumer_closed_) {
            producer_closed_ = true;
            return;
        }
        producer_closed_ = true;
        readable = std::exchange(consumer_waits_, false);
    }
    if (readable && params_.on_readable) {
        params_.on_readable();
    }
}

bool channel::take(std::vector<pooled_buffer>& batch) {
    SLUICE_ASSERT(batch.empty());
    const std::scoped_lock lock(mutex_);
    if (queue_.empty()) {
        consumer_waits_ = !consumer_closed_ && !producer_closed_;
        return false;
    }
    queue_.swap(batch);
    return true;
}

void channel::written(std::size_t count) {
    bool writable = false;
    {
        const std::scoped_lock lock(mutex_);
        if (consumer_closed_) {
            return;
        }
        SLUICE_ASSERT(count <= bytes());
        bytes_.store(bytes() - count, std::memory_order_relaxed);
        if (bytes() <= params_.bytes_low) {
            writable = std::exchange(producer_waits_, false);
        }
    }
    if (writable && params_.on_writable) {
        params_.on_writable();
    }
}

void channel::close_consumer() {
    std::vector<pooled_buffer> unsent;  // freed after the lock is released
    bool writable = false;
    {
        const std::scoped_lock lock(mutex_);
        if (consumer_closed_) {
            return;
        }
        consumer_closed_ = true;
        consumer_waits_ = false;
        queue_.swap(unsent);
        bytes_.store(0, std::memory_order_relaxed);
        writable = std::exchange(producer_waits_, false);
    }
    if (writable && params_.on_writable) {
        params_.on_writable();
    }
}

bool channel::finished() const {
    const std::scoped_lock lock(mutex_);
    return consumer_closed_ || (producer_closed_ && queue_.empty());
}

}  // namespace sluice::base
