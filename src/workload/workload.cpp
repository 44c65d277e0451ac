#include "workload/workload.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"

namespace sluice::workload {

namespace {

constexpr base::logger lines{"workload"};

double seconds(std::int64_t nanoseconds) {
    return static_cast<double>(nanoseconds) * 1e-9;
}

void add(const query_metrics& to, const query_facts& ended) {
    to.queries_total.add();
    to.total_seconds.observe(seconds(ended.total_ns));
    if (ended.waited_ns > 0) {
        to.wait_seconds.observe(seconds(ended.waited_ns));
    }
    if (ended.outcome != sqlstates::successful_completion) {
        to.failed_total.add();
    }
    if (ended.rows > 0) {
        to.rows_total.add(ended.rows);
        to.bytes_total.add(ended.bytes);
        to.first_row_seconds.observe(seconds(ended.first_row_ns));
        to.fetch_seconds.observe(seconds(ended.fetched_ns));
    }
    if (ended.spilled_bytes > 0) {
        to.spilled_bytes_total.add(ended.spilled_bytes);
    }
}

}  // namespace

governor::governor(workload_params params, base::metrics_registry& registry)
    : params_(std::move(params)),
      registry_(registry),
      admission_(params_.admission),
      log_(params_.log),
      retries_{registry} {
    admission_.expose(registry);
    for (const auto& profile : params_.profiles.all()) {
        shares_.push_back({.profile = profile.get(),
                           .group = std::make_unique<admission_group>(profile->name, profile->limits),
                           .metrics = {registry, {"profile", profile->name}}});
        tell_cut(shares_.back());
    }
}

// A reservation beyond the budget is cut to it: its statements run one at a time, with less memory than configured.
void governor::tell_cut(const profile_share& share) const {
    const std::uint64_t wanted = memory_bytes(*share.profile);
    const std::uint64_t given = admission_.reservable_bytes(
        {.memory_bytes = wanted, .priority = share.profile->priority, .profile = share.group.get()});
    if (given < wanted) {
        lines.info("the memory of a profile is more than its statements can reserve, and is cut",
                   {{"profile", share.profile->name}, {"memory_mb", wanted >> 20U}, {"reserved_mb", given >> 20U}});
    }
}

std::uint64_t governor::memory_bytes(const query_profile& profile) const {
    if (profile.memory_bytes != 0) {
        // A catalog query fits into the reserve, so it waits for catalog queries only.
        const bool reserved = &profile == &params_.profiles.catalog() && profile.priority == query_priority::high;
        return reserved ? std::min(profile.memory_bytes, params_.admission.high_reserve_bytes) : profile.memory_bytes;
    }
    constexpr std::uint64_t least = std::uint64_t{16} << 20U;
    constexpr std::uint64_t share = 64;
    return params_.query_memory_bytes != 0 ? params_.query_memory_bytes
                                           : std::max(least, params_.admission.memory_bytes / share);
}

const governor::profile_share& governor::share_of(const query_profile& profile) const {
    const auto found = std::ranges::find(shares_, &profile, &profile_share::profile);
    SLUICE_ASSERT(found != shares_.end());
    return *found;
}

workload_user governor::user(std::string_view name) {
    auto group = admission_.user(name, params_.profiles.limits_of_user(name));
    const std::string_view lasting_name = group->name();
    return {.group = std::move(group), .metrics = {registry_, {"user", lasting_name}}};
}

admission_demand governor::demand_of(const query_profile& profile, const workload_user& user) const {
    return {.memory_bytes = memory_bytes(profile),
            .priority = profile.priority,
            .profile = share_of(profile).group.get(),
            .user = user.group.get()};
}

void governor::count(const query_facts& ended, const workload_user& user) {
    if (!params_.counts_queries) {
        return;
    }
    if (ended.profile != nullptr) {
        add(share_of(*ended.profile).metrics, ended);
    }
    add(user.metrics, ended);
}

}  // namespace sluice::workload
