// reply_outbox.hpp - carries a session's replies to its socket with few system calls and wake-ups.
//
// Problem: a point query wants its few bytes sent at once, by the thread that made them; a large result wants full
//          buffers; a pipeline of small statements wants one send for many of them.
// Use:     reply_outbox out(params);  out.begin_run();  session.run(input, out);  out.hand_over();
// Order:   bytes go straight to the socket only while nothing is queued or being written, else behind it in the
//          channel.
// First:   a reply's first rows are sent as soon as there are flush_rows of them. Doing the same for all rows costs
//          narrow results a fifth of their speed, in small sends, and gains nothing: by then the client is busy
//          reading.
// Held:    a small reply is held back for up to 200 us while more input waits; if that takes longer, the sweep of the
//          io thread sends it (20 ms).
// Bounds:  full() when the session's own channel is, or when all sessions together hold too much (byte_budget.hpp).
// Threads: one producer at a time (an executor thread); release_held() from the io thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

#include "base/core/clock.hpp"
#include "base/flow/buffer_pool.hpp"
#include "base/flow/byte_budget.hpp"
#include "base/flow/channel.hpp"
#include "base/flow/outbox.hpp"
#include "base/flow/pooled_buffer.hpp"

namespace sluice::server {

struct reply_outbox_params {
    base::channel* output = nullptr;
    base::buffer_pool* buffers = nullptr;
    base::byte_budget::account* account = nullptr;
    base::clock* clock = nullptr;
    std::size_t direct_bytes_max = 0;
    std::size_t flush_bytes = 0;   // bytes handed over at a time
    std::uint64_t flush_rows = 0;  // number of a reply's first rows that is handed over
    // Gives bytes to the socket without waiting; returns the number taken.
    std::function<std::size_t(std::string_view)> send_now;
    // True if the session has more input, so more replies follow.
    std::function<bool()> more_input;
};

class reply_outbox final : public base::outbox {
  public:
    explicit reply_outbox(reply_outbox_params params);

    [[nodiscard]] base::byte_buffer& buffer() override;
    void flush() override;
    void rows_written(std::uint64_t rows) override;
    [[nodiscard]] bool full() const override;

    // ---- the runner, on the producer's thread
    void begin_run();
    // Sends or queues everything, and gives back an unused buffer.
    void hand_over();

    // ---- the io thread's sweep
    void release_held();

  private:
    void reclaim();
    void hold_or_hand_over();
    void emit();
    [[nodiscard]] bool over_budget() const;

    const reply_outbox_params params_;
    base::pooled_buffer current_;
    std::uint64_t reply_rows_ = 0;         // since the last flush
    bool first_rows_left_ = false;         // the first flush_rows of a reply were sent
    mutable bool waits_for_room_ = false;  // full() last returned true because of the budget
    bool offered_ = false;                 // the io thread may take current_; only the producer uses this flag
    std::int64_t emitted_ns_ = 0;
    std::mutex held_mutex_;
    bool held_ = false;  // the same, for both threads; while true it guards current_
};

}  // namespace sluice::server
