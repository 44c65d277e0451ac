#include "workload/governed_statement.hpp"

#include <algorithm>
#include <utility>

#include "base/run/retry.hpp"

namespace sluice::workload {

governed_statement::governed_statement(governor& load, workload_user user, query_session session,
                                       std::function<void()> wake)
    : load_(load),
      user_(std::move(user)),
      activity_(load.log(), std::move(session)),
      permit_(load.admission(), std::move(wake)) {}

void governed_statement::begin(query_begin what, std::int64_t now_ns) {
    give_back();
    attempts_ = 0;
    time_left_ns_ = 0;
    time_ends_ns_ = 0;
    activity_.begin(std::move(what), now_ns);
}

void governed_statement::plan(const query_profile& profile, const governed_limits& limits) {
    profile_ = &profile;
    activity_.facts().profile = &profile;
    demand_ = load_.demand_of(profile, user_);
    if (limits.memory_bytes != 0) {
        demand_.memory_bytes = limits.memory_bytes;
    }
    demand_.resumes = limits.resumes;
    time_left_ns_ = std::max<std::int64_t>(limits.timeout.count(), 0);
}

result<next_step> governed_statement::step(std::int64_t now_ns) {
    if (retry_at_ns_ != 0) {
        if (now_ns < retry_at_ns_) {
            return next_step{.runs = false, .until_ns = retry_at_ns_};
        }
        end_wait(now_ns);
        load_.retries().retries_total.add();
        ++activity_.facts().retries;
    }
    if (permit_began_ns_ != 0) {
        auto held = permit_.poll(now_ns);
        if (held && !*held) {
            return next_step{.runs = false, .until_ns = permit_.deadline_ns()};
        }
        end_wait(now_ns);
        TRY(held);
        return admitted();
    }
    if (permit_.held() || profile_ == nullptr) {
        return next_step{};
    }
    TRY_ASSIGN(const bool held, permit_.request(demand_, now_ns));
    if (held) {
        return admitted();
    }
    permit_began_ns_ = now_ns;
    activity_.publish(query_phase::waiting);
    return next_step{.runs = false, .until_ns = permit_.deadline_ns()};
}

next_step governed_statement::admitted() {
    demand_.resumes = true;
    activity_.facts().reserved_bytes = permit_.reserved_bytes();
    activity_.publish(query_phase::executing);
    return {.is_admitted = true};
}

// Ends a wait for its permit or for another try.
void governed_statement::end_wait(std::int64_t now_ns) {
    if (const std::int64_t began_ns = std::exchange(permit_began_ns_, 0); began_ns != 0) {
        activity_.facts().waited_ns += permit_.held() ? permit_.waited_ns() : now_ns - began_ns;
    }
    if (const std::int64_t at_ns = std::exchange(retry_at_ns_, 0); at_ns != 0) {
        activity_.facts().waited_ns += now_ns - retry_began_ns_;
    }
}

bool governed_statement::retry_after(const error& cause, std::int64_t now_ns) {
    ++attempts_;
    if (!load_.retry().may_retry(cause, attempts_)) {
        if (cause.retryable) {
            load_.retries().retries_exhausted_total.add();
        }
        return false;
    }
    const auto delay = load_.retry().delay(attempts_, base::random_share());
    retry_began_ns_ = now_ns;
    retry_at_ns_ = now_ns + std::chrono::nanoseconds(delay).count();
    permit_.release();
    activity_.facts().reserved_bytes = 0;
    activity_.publish(query_phase::waiting);
    return true;
}

error governed_statement::explain(error cause) const {
    return base::with_attempts(std::move(cause), attempts_);
}

void governed_statement::give_way() {
    permit_.release();
    permit_began_ns_ = 0;
    activity_.facts().reserved_bytes = 0;
    activity_.publish(query_phase::streaming);
}

void governed_statement::give_back() {
    permit_.release();
    permit_began_ns_ = 0;
    retry_at_ns_ = 0;
    profile_ = nullptr;
}

void governed_statement::end(sqlstate outcome, std::int64_t now_ns) {
    if (activity_.active()) {
        end_wait(now_ns);
    }
    give_back();
    if (!activity_.active()) {
        return;
    }
    if (attempts_ > 0 && outcome == sqlstates::successful_completion) {
        load_.retries().retries_succeeded_total.add();
    }
    load_.count(activity_.end(outcome, now_ns), user_);
}

std::int64_t governed_statement::resume_time(std::int64_t now_ns) {
    if (time_left_ns_ != 0 && time_ends_ns_ == 0) {
        time_ends_ns_ = now_ns + time_left_ns_;
    }
    return time_ends_ns_;
}

void governed_statement::pause_time(std::int64_t now_ns) {
    if (time_ends_ns_ != 0) {
        time_left_ns_ = std::max<std::int64_t>(std::exchange(time_ends_ns_, 0) - now_ns, 1);
    }
}

}  // namespace sluice::workload
