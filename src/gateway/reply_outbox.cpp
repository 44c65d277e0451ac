#include "gateway/reply_outbox.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::size_t worth_sending_bytes = std::size_t{64} * 1024;
constexpr std::int64_t held_ns_max = 200'000;

}  // namespace

reply_outbox::reply_outbox(reply_outbox_params params) : params_(std::move(params)) {}

core::byte_buffer& reply_outbox::buffer() {
    reclaim();
    if (!borrowed_) {
        current_ = params_.buffers->take();
        borrowed_ = true;
    }
    return current_;
}

void reply_outbox::flush() {
    reclaim();
    if (params_.more_input()) {
        hold_or_hand_over();
    } else {
        emit();
    }
}

void reply_outbox::rows_written() {
    reclaim();
    if (current_.size() >= worth_sending_bytes) {
        emit();
    } else if (params_.output->idle()) {
        hold_or_hand_over();
    }
}

bool reply_outbox::full() const {
    return params_.output->full();
}

void reply_outbox::begin_run() {
    emitted_ns_ = params_.clock->steady_ns();
}

void reply_outbox::hand_over() {
    reclaim();
    emit();
    if (borrowed_) {
        params_.buffers->give_back(std::move(current_));
        borrowed_ = false;
    }
}

void reply_outbox::release_held() {
    const std::scoped_lock lock(held_mutex_);
    if (std::exchange(held_, false)) {
        (void)params_.output->push(std::move(current_));
        borrowed_ = false;
    }
}

// The producer goes on: the io thread may not take the buffer any more.
void reply_outbox::reclaim() {
    if (offered_) {
        const std::scoped_lock lock(held_mutex_);
        held_ = false;
        offered_ = false;
    }
}

void reply_outbox::hold_or_hand_over() {
    if (current_.empty()) {
        return;
    }
    if (current_.size() >= worth_sending_bytes || params_.clock->steady_ns() - emitted_ns_ >= held_ns_max) {
        emit();
        return;
    }
    const std::scoped_lock lock(held_mutex_);
    held_ = true;
    offered_ = true;
}

void reply_outbox::emit() {
    if (current_.empty()) {
        return;
    }
    if (current_.size() <= params_.direct_bytes_max && params_.output->idle()) {
        const std::size_t sent = params_.send_now(current_.view());
        if (sent == current_.size()) {
            current_.clear();
            emitted_ns_ = params_.clock->steady_ns();
            return;
        }
        current_.consume(sent);
    }
    (void)params_.output->push(std::move(current_));  // false: the client is gone, and the session will be told
    borrowed_ = false;
    emitted_ns_ = params_.clock->steady_ns();
}

}  // namespace sluice::gateway
