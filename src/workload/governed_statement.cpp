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
    profile_ = nullptr;
    attempts_ = 0;
    retry_at_ns_ = 0;
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
        activity_.facts().waited_ns += now_ns - retry_began_ns_;
        retry_at_ns_ = 0;
    }
    if (permit_.held() || profile_ == nullptr) {
        return next_step{};
    }
    if (permit_.waits()) {
        TRY_ASSIGN(const bool held, permit_.poll(now_ns));
        activity_.facts().waited_ns += held ? permit_.waited_ns() : 0;
        return admitted(held, now_ns);
    }
    TRY_ASSIGN(const bool held, permit_.request(demand_, now_ns));
    return admitted(held, now_ns);
}

result<next_step> governed_statement::admitted(bool held, std::int64_t /*now_ns*/) {
    if (!held) {
        activity_.publish(query_phase::waiting);
        return next_step{.runs = false, .until_ns = permit_.deadline_ns()};
    }
    demand_.resumes = true;
    activity_.facts().reserved_bytes = permit_.reserved_bytes();
    activity_.publish(query_phase::executing);
    return next_step{};
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
    load_.retries().retries_total.add();
    permit_.release();
    query_facts& facts = activity_.facts();
    facts.reserved_bytes = 0;
    ++facts.retries;
    activity_.publish(query_phase::waiting);
    return true;
}

void governed_statement::give_way() {
    permit_.release();
    activity_.facts().reserved_bytes = 0;
    activity_.publish(query_phase::streaming);
}

void governed_statement::end(sqlstate outcome, std::int64_t now_ns) {
    permit_.release();
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
