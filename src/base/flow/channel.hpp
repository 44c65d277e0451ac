// channel.hpp - a bounded queue of encoded bytes between a thread that runs a query and the thread of a socket.
//
// Problem: a fast query must not fill memory for a slow client, and neither side may block or poll to notice.
// Use:     producer: if (channel.full()) return;  if (!channel.push(std::move(buffer))) { the client is gone }
//          consumer: on_readable → while (channel.take(batch)) { write batch; channel.written(bytes of batch); }
// Bounds:  bytes_max, soft: push() takes every encoded buffer; the producer asks full() before it encodes more.
//          Bytes count from push() until written(), so the bytes in the socket's write count, too.
// Order:   buffers arrive in the order of push().
// Threads: one producer and one consumer at a time; close_*() and const calls from any thread. Callbacks run without
//          the channel's lock, on_readable on the producer's thread, on_writable on the consumer's.
// Edges:   on_readable runs once after each take() that found nothing (and once at first), when bytes come or the
//          producer closes. on_writable runs once after each full() that returned true, when bytes_low is reached or
//          the consumer closes; it may run before the producer has acted on full(), so keep it as an event.
// Ends:    close_producer(): the consumer takes the rest, then finished() is true.
//          close_consumer(): queued buffers are freed, and push() returns false from then on.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "base/flow/pooled_buffer.hpp"

namespace sluice::base {

struct channel_params {
    std::size_t bytes_max = std::size_t{1024} * 1024;
    std::size_t bytes_low = std::size_t{256} * 1024;
    std::function<void()> on_readable;
    std::function<void()> on_writable;
};

class channel {
  public:
    explicit channel(channel_params params);
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() = default;

    // ---- producer
    // Takes the buffer; an empty one is dropped. False: the consumer has closed, so no more bytes will be sent.
    bool push(pooled_buffer buffer);
    // True promises a later on_writable. Never true once the consumer has closed: push() reports that.
    [[nodiscard]] bool full();
    void close_producer();

    // ---- consumer
    // Swaps all queued buffers into `batch`, which must be empty. False: none are queued; on_readable will run.
    [[nodiscard]] bool take(std::vector<pooled_buffer>& batch);
    // Reports that `bytes` of the taken bytes have been sent.
    void written(std::size_t bytes);
    void close_consumer();

    // ---- either
    // Bytes pushed and not yet written.
    [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    // True if nothing is queued or being written: the socket waits for the producer.
    [[nodiscard]] bool idle() const { return bytes() == 0; }
    // True if the producer has closed and everything was taken, or if the consumer has closed.
    [[nodiscard]] bool finished() const;

  private:
    const channel_params params_;
    std::atomic<std::size_t> bytes_{0};  // changed only under mutex_
    mutable std::mutex mutex_;
    std::vector<pooled_buffer> queue_;
    bool consumer_waits_ = true;   // the next push() calls on_readable
    bool producer_waits_ = false;  // reaching bytes_low calls on_writable
    bool producer_closed_ = false;
    bool consumer_closed_ = false;
};

}  // namespace sluice::base
