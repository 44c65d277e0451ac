#include "workload/admission.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/metrics.hpp"

namespace sluice::workload {

namespace {

std::size_t rank(query_priority priority) {
    return static_cast<std::size_t>(priority);
}

}  // namespace

// Guarded by the admission's mutex except `phase`, which its owner reads without it.
struct admission::place {
    enum class phase : std::uint8_t { none, waiting, held };

    admission* owner = nullptr;
    std::shared_ptr<const std::function<void()>> on_decided;  // shared: called after the lock, perhaps after the end
    std::atomic<phase> state{phase::none};
    admission_demand demand;
    key at;  // while waiting
    std::int64_t asked_ns = 0;
    std::int64_t granted_ns = 0;
    std::uint64_t overtook = 0;  // number of the waiting statement that it overtook; 0: none

    template <typename Act>
    void for_each_group(Act act) const {
        for (admission_group* group : {demand.profile, demand.user}) {
            if (group != nullptr) {
                act(*group);
            }
        }
    }
};

admission::admission(admission_params params)
    : params_(params), clock_(params.time != nullptr ? *params.time : base::system_clock()) {
    SLUICE_ASSERT(params_.high_reserve_bytes < params_.memory_bytes);
    stats_.budget_bytes = params_.memory_bytes;
}

admission::~admission() {
    SLUICE_ASSERT(stats_.running == 0 && waiting_.empty());
}

std::shared_ptr<admission_group> admission::user(std::string_view name, const admission_limits& limits) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(users_, [](const auto& item) { return item.second.expired(); });
    auto& known = users_[std::string(name)];
    auto group = known.lock();
    if (!group) {
        group = std::make_shared<admission_group>(std::string(name), limits);
        known = group;
    }
    return group;
}

admission_stats admission::stats() const {
    const std::scoped_lock lock(mutex_);
    return stats_;
}

admission_usage admission::usage_of(const admission_group& group) const {
    const std::scoped_lock lock(mutex_);
    return {.running = group.running_, .waiting = group.waiting_, .reserved_bytes = group.reserved_bytes_};
}

std::uint64_t admission::reservable_bytes(const admission_demand& demand) const {
    std::uint64_t bytes = demand.priority == query_priority::high ? params_.memory_bytes : shared_bytes();
    for (const admission_group* group : {demand.profile, demand.user}) {
        if (group != nullptr && group->limits_.memory_bytes_max != 0) {
            bytes = std::min(bytes, group->limits_.memory_bytes_max);
        }
    }
    return bytes;
}

bool admission::fits_groups_locked(const place& who) const {
    bool fits = true;
    who.for_each_group([&](const admission_group& group) {
        const admission_limits& limits = group.limits_;
        fits = fits && (limits.running_max == 0 || group.running_ < limits.running_max) &&
               (limits.memory_bytes_max == 0 ||
                group.reserved_bytes_ + who.demand.memory_bytes <= limits.memory_bytes_max);
    });
    return fits;
}

bool admission::fits_memory_locked(const place& who, const place* first) const {
    const std::uint64_t wanted = who.demand.memory_bytes;
    const bool high = who.demand.priority == query_priority::high;
    if (stats_.reserved_bytes + wanted > params_.memory_bytes ||
        (!high && reserved_shared_bytes_ + wanted > shared_bytes())) {
        return false;
    }
    return first == nullptr || may_overtake_locked(who, *first);
}

bool admission::may_overtake_locked(const place& who, const place& first) const {
    const std::uint64_t wanted = who.demand.memory_bytes;
    const std::uint64_t high_bytes = stats_.reserved_bytes - reserved_shared_bytes_;
    const bool in_reserve =
        who.demand.priority == query_priority::high && high_bytes + wanted <= params_.high_reserve_bytes;
    const std::uint64_t overtaken = first.at.number == first_number_ ? overtaken_bytes_ : 0;
    return in_reserve || overtaken + wanted + first.demand.memory_bytes <= reservable_bytes(first.demand);
}

void admission::grant_locked(place& who, const place* overtaken) {
    const std::uint64_t bytes = who.demand.memory_bytes;
    who.overtook = overtaken == nullptr ? 0 : overtaken->at.number;
    if (who.overtook != 0) {
        overtaken_bytes_ = bytes + (who.overtook == first_number_ ? overtaken_bytes_ : 0);
        first_number_ = who.overtook;
    }
    stats_.reserved_bytes += bytes;
    stats_.reserved_bytes_max = std::max(stats_.reserved_bytes_max, stats_.reserved_bytes);
    reserved_shared_bytes_ += who.demand.priority == query_priority::high ? 0 : bytes;
    ++stats_.running;
    ++stats_.admitted_total;
    who.for_each_group([&](admission_group& group) {
        ++group.running_;
        group.reserved_bytes_ += bytes;
    });
    who.state.store(place::phase::held, std::memory_order_release);
}

void admission::leave_locked(place& who) {
    waiting_.erase(who.at);
    --stats_.waiting.at(rank(who.demand.priority));
    who.for_each_group([](admission_group& group) { --group.waiting_; });
}

admission::callbacks admission::dispatch_locked() {
    constexpr int look_ahead = 256;  // behind the first statement that waits for memory
    callbacks told;
    const place* first = nullptr;
    int behind = 0;
    const std::int64_t now_ns = waiting_.empty() ? 0 : clock_.steady_ns();
    for (auto next = waiting_.begin(); next != waiting_.end() && behind < look_ahead;) {
        place& who = *(next++)->second;
        behind += first == nullptr ? 0 : 1;
        if (!fits_groups_locked(who)) {
            continue;
        }
        if (fits_memory_locked(who, first)) {
            leave_locked(who);
            who.granted_ns = now_ns;
            grant_locked(who, first);
            told.push_back(who.on_decided);
        } else if (first == nullptr) {
            first = &who;
        }
    }
    return told;
}

// When a retry is worthwhile, estimated from the other statements.
std::string admission::advice_locked() const {
    const double ahead =
        static_cast<double>(waiting_.size()) / static_cast<double>(std::max<std::size_t>(stats_.running, 1));
    const double seconds = std::max(1.0, (1.0 + ahead) * run_seconds_);
    return fmt::format(
        "Retry in about {:.0f} s: {} statements run and {} wait. Or let it reserve less: SET sluice.profile.", seconds,
        stats_.running, waiting_.size());
}

error admission::too_many_waiting_locked(const place& who) const {
    return {.code = sqlstates::too_many_connections,
            .message = "too many statements are waiting to run",
            .detail = fmt::format("{} wait already, {} MB of {} MB are reserved.", waiting_.size(),
                                  stats_.reserved_bytes >> 20U, params_.memory_bytes >> 20U) +
                      (who.demand.user != nullptr ? " User: " + who.demand.user->name() + "." : ""),
            .hint = advice_locked(),
            .retryable = true};
}

error admission::too_late_locked(const place& who, std::int64_t now_ns) const {
    const double waited = static_cast<double>(now_ns - who.asked_ns) * 1e-9;
    const bool for_group = !fits_groups_locked(who);
    return {.code = for_group ? sqlstates::too_many_connections : sqlstates::out_of_memory,
            .message = for_group ? fmt::format("the limit of running statements was not free within {:.1f} s", waited)
                                 : fmt::format("no memory to reserve for the statement within {:.1f} s", waited),
            .detail = fmt::format("It wants {} MB; {} MB of {} MB are reserved.", who.demand.memory_bytes >> 20U,
                                  stats_.reserved_bytes >> 20U, params_.memory_bytes >> 20U),
            .hint = advice_locked(),
            .retryable = true};
}

admission_permit::admission_permit(admission& owner, std::function<void()> on_decided)
    : place_(std::make_unique<admission::place>()) {
    place_->owner = &owner;
    place_->on_decided = std::make_shared<const std::function<void()>>(std::move(on_decided));
}

admission_permit::~admission_permit() {
    release();
}

result<bool> admission_permit::request(const admission_demand& demand, std::int64_t now_ns) {
    admission::place& self = *place_;
    admission& owner = *self.owner;
    SLUICE_ASSERT(self.state.load(std::memory_order_relaxed) == admission::place::phase::none);
    self.demand = demand;
    self.demand.memory_bytes = std::min(demand.memory_bytes, owner.reservable_bytes(demand));
    self.asked_ns = now_ns;
    self.granted_ns = now_ns;
    admission::callbacks told;
    bool held = false;
    {
        const std::scoped_lock lock(owner.mutex_);
        if (owner.waiting_.empty() && owner.fits_groups_locked(self) && owner.fits_memory_locked(self, nullptr)) {
            owner.grant_locked(self, nullptr);
            return true;
        }
        bool full = owner.waiting_.size() >= owner.params_.waiting_max;
        self.for_each_group([&](const admission_group& group) {
            full = full || (group.limits_.waiting_max && group.waiting_ >= *group.limits_.waiting_max);
        });
        // A statement that has begun already is not refused for others that wait to begin.
        if (full && !demand.resumes) {
            // It may still fit, if it needs nothing that the others wait for.
            const admission::place* first = owner.waiting_.empty() ? nullptr : owner.waiting_.begin()->second;
            if (owner.fits_groups_locked(self) && owner.fits_memory_locked(self, first)) {
                owner.grant_locked(self, first);
                return true;
            }
            ++owner.stats_.refused_full_total;
            return fail(owner.too_many_waiting_locked(self));
        }
        const auto ageing_ns = std::chrono::nanoseconds(owner.params_.ageing).count();
        const auto levels = static_cast<std::int64_t>(rank(demand.priority)) - (demand.resumes ? 1 : 0);
        self.at = {.virtual_ns = now_ns + levels * ageing_ns, .number = ++owner.arrivals_};
        self.state.store(admission::place::phase::waiting, std::memory_order_release);
        owner.waiting_.emplace(self.at, &self);
        ++owner.stats_.waiting.at(rank(demand.priority));
        self.for_each_group([](admission_group& group) { ++group.waiting_; });
        told = owner.dispatch_locked();
        held = self.state.load(std::memory_order_relaxed) == admission::place::phase::held;
        owner.stats_.waited_total += held ? 0 : 1;
        std::erase(told, self.on_decided);
    }
    for (const auto& each : told) {
        (*each)();
    }
    return held;
}

result<bool> admission_permit::poll(std::int64_t now_ns) {
    admission::place& self = *place_;
    if (held()) {
        return true;
    }
    SLUICE_ASSERT(waits());
    if (now_ns < deadline_ns()) {
        return false;
    }
    admission& owner = *self.owner;
    admission::callbacks told;
    std::optional<error> refusal;
    {
        const std::scoped_lock lock(owner.mutex_);
        if (self.state.load(std::memory_order_relaxed) == admission::place::phase::held) {
            return true;
        }
        refusal = owner.too_late_locked(self, now_ns);
        ++owner.stats_.refused_timeout_total;
        owner.leave_locked(self);
        self.state.store(admission::place::phase::none, std::memory_order_release);
        told = owner.dispatch_locked();  // this permit may have stood in front of others
    }
    for (const auto& each : told) {
        (*each)();
    }
    return fail(*std::move(refusal));
}

void admission_permit::release() {
    admission::place& self = *place_;
    if (self.state.load(std::memory_order_acquire) == admission::place::phase::none) {
        return;
    }
    admission& owner = *self.owner;
    admission::callbacks told;
    {
        const std::scoped_lock lock(owner.mutex_);
        if (self.state.load(std::memory_order_relaxed) == admission::place::phase::waiting) {
            owner.leave_locked(self);
        } else {
            const std::uint64_t bytes = self.demand.memory_bytes;
            owner.stats_.reserved_bytes -= bytes;
            owner.reserved_shared_bytes_ -= self.demand.priority == query_priority::high ? 0 : bytes;
            if (self.overtook != 0 && self.overtook == owner.first_number_) {
                owner.overtaken_bytes_ -= bytes;
            }
            --owner.stats_.running;
            self.for_each_group([&](admission_group& group) {
                --group.running_;
                group.reserved_bytes_ -= bytes;
            });
        }
        self.state.store(admission::place::phase::none, std::memory_order_release);
        if (!owner.waiting_.empty()) {
            constexpr double weight = 0.1;
            const double ran = static_cast<double>(owner.clock_.steady_ns() - self.granted_ns) * 1e-9;
            owner.run_seconds_ += weight * (ran - owner.run_seconds_);
            told = owner.dispatch_locked();
        }
    }
    for (const auto& each : told) {
        (*each)();
    }
}

bool admission_permit::held() const {
    return place_->state.load(std::memory_order_acquire) == admission::place::phase::held;
}

bool admission_permit::waits() const {
    return place_->state.load(std::memory_order_acquire) == admission::place::phase::waiting;
}

std::int64_t admission_permit::deadline_ns() const {
    return place_->asked_ns + std::chrono::nanoseconds(place_->owner->params_.timeout).count();
}

std::uint64_t admission_permit::reserved_bytes() const {
    return held() ? place_->demand.memory_bytes : 0;
}

std::int64_t admission_permit::waited_ns() const {
    return place_->granted_ns - place_->asked_ns;
}

void admission::expose(base::metrics_registry& registry) const {
    const base::sampled_metrics from(registry, [this] { return stats(); });
    from.gauge({"admission_budget_bytes", "bytes", "Memory that running statements may reserve together"},
               &admission_stats::budget_bytes);
    from.gauge({"admission_reserved_bytes", "bytes", "Memory that running statements have reserved"},
               &admission_stats::reserved_bytes);
    from.gauge({"admission_reserved_bytes_max", "bytes", "Most memory that was reserved at a time"},
               &admission_stats::reserved_bytes_max);
    from.gauge({"admission_running", "statements", "Statements that hold a reservation"}, &admission_stats::running);
    for (const auto priority : {query_priority::high, query_priority::normal, query_priority::low}) {
        from.gauge({"admission_waiting",
                    "statements",
                    "Statements that wait for a reservation",
                    {"priority", to_text(priority)}},
                   [priority](const auto& now) { return now.waiting.at(rank(priority)); });
    }
    from.counter(
        {"admission_admitted_total", "reservations", "Reservations made, also by statements that go on after a pause"},
        &admission_stats::admitted_total);
    from.counter({"admission_waited_total", "reservations", "Reservations that were not to be had at once"},
                 &admission_stats::waited_total);
    const auto refused = [&](std::string_view reason, auto value) {
        from.counter({"admission_refused_total",
                      "statements",
                      "Statements refused because the queue was full (queue) or they had waited for too long (timeout)",
                      {"reason", reason}},
                     value);
    };
    refused("queue", &admission_stats::refused_full_total);
    refused("timeout", &admission_stats::refused_timeout_total);
}

}  // namespace sluice::workload
