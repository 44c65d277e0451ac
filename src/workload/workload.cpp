#include "workload/workload.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"

namespace sluice::workload {

namespace {

constexpr base::logger lines{"workload"};

struct query_metric_names {
    std::string_view queries, failed, rows, bytes, spilled, total, first_row, wait, fetch;
};

constexpr query_metric_names by_profile{.queries = "query_total",
                                        .failed = "query_failed_total",
                                        .rows = "query_rows_total",
                                        .bytes = "query_bytes_total",
                                        .spilled = "query_spilled_bytes_total",
                                        .total = "query_seconds",
                                        .first_row = "query_first_row_seconds",
                                        .wait = "query_wait_seconds",
                                        .fetch = "query_fetch_seconds"};
constexpr query_metric_names by_user{.queries = "user_query_total",
                                     .failed = "user_query_failed_total",
                                     .rows = "user_query_rows_total",
                                     .bytes = "user_query_bytes_total",
                                     .spilled = "user_query_spilled_bytes_total",
                                     .total = "user_query_seconds",
                                     .first_row = "user_query_first_row_seconds",
                                     .wait = "user_query_wait_seconds",
                                     .fetch = "user_query_fetch_seconds"};

// The same metrics, labelled by profile or by user.
query_metrics make_metrics(base::metrics_registry& registry, const query_metric_names& names, std::string_view label,
                           std::string_view value) {
    const auto counted = [&](std::string_view name, std::string_view unit, std::string_view help) -> base::counter& {
        return registry.add_counter(
            {.name = name, .type = base::metric_type::counter, .unit = unit, .help = help, .label = label}, value);
    };
    const auto timed = [&](std::string_view name, std::string_view help) -> base::histogram& {
        return registry.add_histogram({.name = name,
                                       .type = base::metric_type::histogram,
                                       .unit = "seconds",
                                       .help = help,
                                       .label = label,
                                       .buckets = base::seconds_buckets},
                                      value);
    };
    return {.queries_total = counted(names.queries, "statements", "Statements that have ended, well or not"),
            .failed_total = counted(names.failed, "statements", "Statements that ended with an error"),
            .rows_total = counted(names.rows, "rows", "Rows sent"),
            .bytes_total = counted(names.bytes, "bytes", "Bytes of rows sent"),
            .spilled_bytes_total = counted(names.spilled, "bytes",
                                           "Growth of temporary storage, of all statements, while a statement ran"),
            .total_seconds = timed(names.total, "From the statement's start to its end"),
            .first_row_seconds = timed(names.first_row, "From the statement's start to its first row"),
            .wait_seconds =
                timed(names.wait, "Waiting for a connection, for admission, and between retries, of those that had to"),
            .fetch_seconds = timed(names.fetch, "Producing rows")};
}

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
      retries_(registry) {
    admission_.expose(registry);
    for (const auto& profile : params_.profiles.all()) {
        shares_.push_back({.profile = profile.get(),
                           .group = std::make_unique<admission_group>(profile->name, profile->limits),
                           .metrics = make_metrics(registry, by_profile, "profile", profile->name)});
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
    return {.group = admission_.user(name, params_.profiles.limits_of_user(name)),
            .metrics = make_metrics(registry_, by_user, "user", name)};
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
