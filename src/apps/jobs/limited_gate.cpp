#include "apps/jobs/limited_gate.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace sluice::jobs {

namespace {

std::unexpected<work_failure> ended() {
    return std::unexpected(work_failure{.what = failure_class::interrupted, .reason = "the run was asked to end"});
}

// The database failed, not the service, so the batch is given back.
work_failure of_database(const error& cause) {
    return {.what = failure_class::interrupted, .reason = "the database: " + cause.message};
}

}  // namespace

limited_gate::limited_gate(gate_params params) : params_(std::move(params)) {}

usage limited_gate::used() const {
    const std::scoped_lock lock(mutex_);
    return used_;
}

void limited_gate::add(const usage& used) {
    const std::scoped_lock lock(mutex_);
    used_ += used;
}

work_result<> limited_gate::pause(std::chrono::microseconds duration) const {
    const bool is_over = params_.wait_for ? params_.wait_for(duration) : params_.control->wait_for(duration);
    return is_over ? work_result<>() : ended();
}

work_result<> limited_gate::wait(std::chrono::microseconds duration, const std::string& reason) {
    if (params_.told) {
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
        params_.told({.reason = reason, .until_ms = params_.time->unix_ms() + ms});
    }
    return pause(duration);
}

work_result<rate_permit> limited_gate::get_permit(const call_need& need) {
    std::string told;
    for (;;) {
        if (!params_.control->is_running()) {
            return ended();
        }
        auto answer = params_.limiter->take(need.tokens, params_.hold);
        if (!answer) {
            return std::unexpected(of_database(answer.error()));
        }
        if (answer->permit) {
            return *answer->permit;
        }
        const auto left =
            std::chrono::milliseconds(std::max<std::int64_t>(answer->until_ms - params_.time->unix_ms(), 1));
        if (answer->is_day && !params_.waits_for_day) {
            return std::unexpected(
                work_failure{.what = failure_class::exhausted, .reason = answer->reason, .raw = {}, .delay = left});
        }
        if (params_.told && told != answer->reason) {
            told = answer->reason;
            params_.told({.reason = told, .until_ms = answer->until_ms});
        }
        // Another process may free tokens earlier, and cannot wake this one.
        TRY(pause(std::min(left, params_.look_every)));
    }
}

work_result<> limited_gate::take_slot() {
    std::unique_lock lock(mutex_);
    while (under_way_ >= params_.slots) {
        // Wakes regularly, because the end of a run cannot wake it.
        slot_returned_.wait_for(lock, params_.look_every);
        if (!params_.control->is_running()) {
            return ended();
        }
    }
    ++under_way_;
    return {};
}

void limited_gate::return_slot() {
    const std::scoped_lock lock(mutex_);
    --under_way_;
    slot_returned_.notify_one();
}

class limited_gate::slot {
  public:
    explicit slot(limited_gate& owner) : owner_(owner) {}
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() { owner_.return_slot(); }

  private:
    limited_gate& owner_;
};

work_result<usage> limited_gate::send_once(const call_need& need, const one_request& send) {
    TRY(take_slot());
    const slot mine(*this);
    TRY_ASSIGN(const auto permit, get_permit(need));
    if (params_.before_send) {
        params_.before_send();
    }
    auto answer = send(params_.control->token());
    const usage used = answer ? *answer : answer.error().used;
    add(used);
    const auto tokens = used.tokens_in > 0 ? std::optional(used.tokens_in) : std::nullopt;
    // If giving back fails, the token returns when the hold is over; the answer is worth more than the token.
    (void)params_.limiter->give_back(permit, tokens);
    const bool is_for_all =
        !answer && (answer.error().what == failure_class::busy || answer.error().what == failure_class::exhausted);
    if (is_for_all) {  // before another call takes the slot
        TRY(pause_for(answer.error()));
    }
    return answer;
}

work_result<> limited_gate::pause_for(const work_failure& cause) {
    const std::int64_t now_ms = params_.time->unix_ms();
    const bool is_day = cause.what == failure_class::exhausted;
    const auto delay = cause.delay.value_or(params_.policy.step);
    // The service's clock may be behind ours, and one more refusal would cost another day.
    constexpr std::int64_t margin_ms = 60'000;
    const auto until_ms = is_day ? params_.limiter->next_day_ms() + margin_ms : now_ms + delay.count();
    if (const auto noted = params_.limiter->pause(until_ms, is_day, cause.reason); !noted) {
        return std::unexpected(of_database(noted.error()));
    }
    return {};
}

work_result<> limited_gate::follow_up(work_failure cause, attempts& so_far) {
    if (cause.what == failure_class::exhausted) {
        return params_.waits_for_day ? work_result<>() : std::unexpected(std::move(cause));
    }
    if (cause.what == failure_class::busy) {
        if (++so_far.refused_for_now >= params_.busy_max) {
            cause.reason = fmt::format("{} (asked {} times)", cause.reason, so_far.refused_for_now);
            return std::unexpected(std::move(cause));
        }
        // Spreads the calls when the pause is over; without a requested delay the waits grow.
        return wait(params_.policy.delay(so_far.refused_for_now, params_.random(),
                                         cause.delay.value_or(std::chrono::milliseconds{0})),
                    cause.reason);
    }
    if (cause.what != failure_class::transient) {
        return std::unexpected(std::move(cause));
    }
    if (++so_far.failed >= params_.policy.attempts_max) {
        cause.reason = fmt::format("{} (tried {} times)", cause.reason, so_far.failed);
        return std::unexpected(std::move(cause));
    }
    return wait(
        params_.policy.delay(so_far.failed, params_.random(), cause.delay.value_or(std::chrono::milliseconds{0})),
        cause.reason);
}

work_result<> limited_gate::run(const call_need& need, const one_request& send) {
    attempts so_far;
    for (;;) {
        auto answer = send_once(need, send);
        if (answer) {
            return {};
        }
        TRY(follow_up(std::move(answer).error(), so_far));
    }
}

}  // namespace sluice::jobs
