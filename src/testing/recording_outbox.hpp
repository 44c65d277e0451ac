// recording_outbox.hpp - an outbox that keeps the written bytes, and is full on demand.
//
// Use:     recording_outbox out(capacity_bytes); ... session.run(input, out); std::string bytes = out.take();
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/flow/outbox.hpp"

namespace sluice::testing {

class recording_outbox final : public base::outbox {
  public:
    explicit recording_outbox(std::size_t capacity_bytes = std::numeric_limits<std::size_t>::max())
        : capacity_bytes_(capacity_bytes) {}

    [[nodiscard]] base::byte_buffer& buffer() override { return buffer_; }
    void flush() override {
        ++flushes_;
        hand_over();
    }
    void rows_written(std::uint64_t /*rows*/) override { hand_over(); }
    [[nodiscard]] bool full() const override { return sent_.size() + buffer_.size() >= capacity_bytes_; }

    void set_capacity(std::size_t bytes) { capacity_bytes_ = bytes; }
    [[nodiscard]] std::size_t flushes() const { return flushes_; }
    // The bytes that a client can read by now.
    [[nodiscard]] const std::string& sent() const { return sent_; }
    // Reads them all, which makes room.
    [[nodiscard]] std::string take() { return std::exchange(sent_, {}); }

  private:
    void hand_over() {
        sent_.append(buffer_.view());
        buffer_.clear();
    }

    base::byte_buffer buffer_;
    std::string sent_;
    std::size_t capacity_bytes_;
    std::size_t flushes_ = 0;
};

}  // namespace sluice::testing
