#include "server/clients/reply_outbox.hpp"

#include <utility>

namespace sluice::server {

namespace {

constexpr std::int64_t held_ns_max = 200'000;

}  // namespace

reply_outbox::reply_outbox(reply_outbox_params params) : params_(std::move(params)) {}

base::byte_buffer& reply_outbox::buffer() {
    reclaim();
    if (!current_.lent()) {
        current_ = base::pooled_buffer(*params_.buffers, *params_.account);
    }
    return current_.bytes();
}

void reply_outbox::flush() {
    reclaim();
    reply_rows_ = 0;
    first_rows_left_ = false;
    if (params_.more_input()) {
        hold_or_hand_over();
    } else {
        emit();
    }
}

void reply_outbox::rows_written(std::uint64_t rows) {
    reclaim();
    reply_rows_ += rows;
    if (current_.bytes().size() >= params_.flush_bytes) {
        emit();
    } else if (params_.output->idle()) {
        if (!std::exchange(first_rows_left_, reply_rows_ >= params_.flush_rows) && first_rows_left_) {
            emit();
        } else {
            hold_or_hand_over();
        }
    }
}

bool reply_outbox::full() const {
    const bool channel_full = params_.output->full();
    waits_for_room_ = !channel_full && over_budget();
    return channel_full || waits_for_room_;
}

bool reply_outbox::over_budget() const {
    const bool idle = params_.output->idle();
    // The next slice has a buffer already. While current_ is offered, the producer may not look at it.
    if (idle && (offered_ || current_.lent())) {
        return false;
    }
    return params_.account->must_wait(idle);
}

void reply_outbox::begin_run() {
    emitted_ns_ = params_.clock->steady_ns();
}

void reply_outbox::hand_over() {
    reclaim();
    emit();
    current_.reset();
    if (!waits_for_room_) {
        params_.account->give_up_grant();
    }
}

void reply_outbox::release_held() {
    const std::scoped_lock lock(held_mutex_);
    if (std::exchange(held_, false)) {
        current_.recount();
        (void)params_.output->push(std::move(current_));
    }
}

// The producer goes on: the io thread may no longer take the buffer.
void reply_outbox::reclaim() {
    if (offered_) {
        const std::scoped_lock lock(held_mutex_);
        held_ = false;
        offered_ = false;
    }
}

void reply_outbox::hold_or_hand_over() {
    if (current_.bytes().empty()) {
        return;
    }
    if (current_.bytes().size() >= params_.flush_bytes || params_.clock->steady_ns() - emitted_ns_ >= held_ns_max) {
        emit();
        return;
    }
    const std::scoped_lock lock(held_mutex_);
    held_ = true;
    offered_ = true;
}

void reply_outbox::emit() {
    const std::size_t bytes = current_.bytes().size();
    if (bytes == 0) {
        return;
    }
    if (bytes <= params_.direct_bytes_max && params_.output->idle()) {
        const std::size_t sent = params_.send_now(current_.bytes().view());
        if (sent == bytes) {
            current_.bytes().clear();
            emitted_ns_ = params_.clock->steady_ns();
            return;
        }
        current_.bytes().consume(sent);
    }
    current_.recount();
    (void)params_.output->push(std::move(current_));  // false: the client is gone, and the session will learn it
    emitted_ns_ = params_.clock->steady_ns();
}

}  // namespace sluice::server
