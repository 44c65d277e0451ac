#include "server/clients/flush_watch.hpp"

namespace sluice::server {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ask_interval_ns = 1'000 * ns_per_ms;

}  // namespace

flush_watch::verdict flush_watch::look(const state& seen, const std::function<std::uint64_t()>& unacknowledged) {
    const bool begins = seen.waiting && !waiting_;
    waiting_ = seen.waiting;
    if (!waiting_) {
        return verdict::fine;
    }
    const std::int64_t slow_ns = params_.slow_after.count() * ns_per_ms;
    const std::int64_t timeout_ns = params_.timeout.count() * ns_per_ms;
    const bool moved = begins || seen.sent_bytes != sent_bytes_;
    const std::int64_t still_ns = seen.now_ns - still_since_ns_;
    const bool slow = !told_slow_ && slow_ns != 0 && still_ns >= slow_ns;
    const bool late = timeout_ns != 0 && still_ns >= timeout_ns;
    if (!moved && !slow && !late && seen.now_ns - asked_ns_ < ask_interval_ns) {
        return verdict::fine;
    }
    asked_ns_ = seen.now_ns;
    const std::uint64_t left = unacknowledged();
    if (moved || left < unacknowledged_bytes_) {
        still_since_ns_ = seen.now_ns;
        sent_bytes_ = seen.sent_bytes;
        unacknowledged_bytes_ = left;
        told_slow_ = false;
        return verdict::fine;
    }
    if (late) {
        return verdict::timed_out;
    }
    told_slow_ = told_slow_ || slow;
    return slow ? verdict::slow : verdict::fine;
}

std::chrono::milliseconds flush_watch::stalled(std::int64_t now_ns) const {
    return std::chrono::milliseconds(!waiting_ ? 0 : (now_ns - still_since_ns_) / ns_per_ms);
}

}  // namespace sluice::server
