// flush_watch.hpp - notices a client that has stopped reading, and one that has read nothing for too long.
//
// Problem: bytes that wait for a client cost memory and hold a statement open. The server waits for a client that reads
//          slowly, but not for one that does not read at all. The kernel's progress alone does not tell them apart: if
//          the client reads a little, the kernel takes no bytes until a third of its buffer is free.
// Use:     every 20 ms: switch (watch.look({.now_ns = ..., .waiting = ..., .sent_bytes = ...}, unacknowledged))
//          slow: log it;  timed_out: close the connection
// How:     progress is any byte that the kernel took or the client's kernel acknowledged. Asking for the latter costs a
//          system call, made once a second while the kernel takes nothing.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "settings/client_settings.hpp"

namespace sluice::server {

struct flush_watch_params {
    std::chrono::milliseconds slow_after = base::default_of(settings::slow_client_threshold);
    std::chrono::milliseconds timeout = base::default_of(settings::flush_timeout);  // 0: never
};

class flush_watch {
  public:
    enum class verdict : std::uint8_t { fine, slow, timed_out };
    struct state {
        std::int64_t now_ns = 0;
        bool waiting = false;          // there are bytes for the client that the kernel has not taken
        std::uint64_t sent_bytes = 0;  // taken by the kernel; only grows
    };

    explicit flush_watch(flush_watch_params params) : params_(params) {}

    // `unacknowledged`: bytes taken by the kernel, not yet acknowledged by the client's. `slow` once for each stall.
    [[nodiscard]] verdict look(const state& seen, const std::function<std::uint64_t()>& unacknowledged);
    // The time without progress.
    [[nodiscard]] std::chrono::milliseconds stalled(std::int64_t now_ns) const;

  private:
    const flush_watch_params params_;
    bool waiting_ = false;
    std::int64_t still_since_ns_ = 0;
    std::int64_t asked_ns_ = 0;
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t unacknowledged_bytes_ = 0;  // when last asked for
    bool told_slow_ = false;
};

}  // namespace sluice::server
