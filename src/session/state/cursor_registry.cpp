#include "session/state/cursor_registry.hpp"

#include <string>

namespace sluice::session {

namespace {

error too_many(std::string message, const std::string& setting) {
    return {.code = sqlstates::configuration_limit_exceeded,
            .message = std::move(message),
            .hint = "Close cursors that are not used any more, or raise " + setting + "."};
}

}  // namespace

cursor_registry::cursor_registry(cursor_limits limits, base::metrics_registry& registry, const base::clock& time)
    : limits_(limits), clock_(time), metrics_{registry} {
    registry.add_sampled(base::metric_type::gauge,
                         {"cursor_oldest_age_seconds", "seconds",
                          "Age of the oldest SQL cursor that is open, in all sessions; 0: there is none"},
                         [this] { return oldest_age_seconds(); });
}

void cursor_ticket::release() {
    if (owner_ != nullptr) {
        owner_->metrics_.active.subtract();
        const std::scoped_lock lock(owner_->mutex_);
        owner_->open_.erase(owner_->open_.find(made_ns_));
        owner_ = nullptr;
    }
}

result<cursor_ticket> cursor_registry::admit(std::size_t in_session) {
    if (in_session >= limits_.cursors_per_session_max) {
        return fail(too_many("a session can have " + std::to_string(limits_.cursors_per_session_max) + " cursors",
                             "max_cursors"));
    }
    const std::int64_t now_ns = clock_.steady_ns();
    {
        const std::scoped_lock lock(mutex_);
        if (open_.size() >= limits_.cursors_max) {
            return fail(too_many("all sessions together can have " + std::to_string(limits_.cursors_max) + " cursors",
                                 "max_cursors_total"));
        }
        open_.insert(now_ns);
    }
    metrics_.active.add();
    metrics_.declared_total.add();
    return cursor_ticket(*this, now_ns);
}

double cursor_registry::oldest_age_seconds() const {
    const std::scoped_lock lock(mutex_);
    return open_.empty() ? 0 : static_cast<double>(clock_.steady_ns() - *open_.begin()) * 1e-9;
}

std::string cursor_registry::idle_timeout_text() const {
    const auto ms = limits_.idle_timeout.count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace sluice::session
