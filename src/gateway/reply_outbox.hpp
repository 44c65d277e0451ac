// reply_outbox.hpp - carries a session's replies to its socket with as few system calls and wake-ups as possible.
//
// Problem: a point query wants its few bytes out at once, by the thread that has them at hand; a large result wants
//          full buffers; a pipeline of small statements wants one send for many of them.
// Use:     reply_outbox out(params);  out.begin_run();  session.run(input, out);  out.hand_over();
// Order:   bytes go straight to the socket only while nothing is queued or being written, else behind it in the
// channel. Held:    what is small and young (200 us) is held back while more is about to come; the sweep of the io
// thread sends
//          it if that takes longer (20 ms).
// Threads: one producer at a time (an executor thread); release_held() from the io thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

#include "core/buffer_pool.hpp"
#include "core/channel.hpp"
#include "core/clock.hpp"
#include "core/outbox.hpp"

namespace sluice::gateway {

struct reply_outbox_params {
    core::channel* output = nullptr;
    core::buffer_pool* buffers = nullptr;
    core::clock* clock = nullptr;
    std::size_t direct_bytes_max = 0;
    // Gives bytes to the socket without waiting; how many it took.
    std::function<std::size_t(std::string_view)> send_now;
    // The session has more to read, so more replies are about to come.
    std::function<bool()> more_input;
};

class reply_outbox final : public core::outbox {
  public:
    explicit reply_outbox(reply_outbox_params params);

    [[nodiscard]] core::byte_buffer& buffer() override;
    void flush() override;
    void rows_written() override;
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

    const reply_outbox_params params_;
    core::byte_buffer current_;
    bool borrowed_ = false;  // current_ came from the pool
    bool offered_ = false;   // the io thread may take current_; the producer's own note
    std::int64_t emitted_ns_ = 0;
    std::mutex held_mutex_;
    bool held_ = false;  // the same, for both; guards current_ and borrowed_ while true
};

}  // namespace sluice::gateway
