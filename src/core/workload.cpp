#include "core/workload.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"

namespace sluice::core {

namespace {

constexpr metric_definition counted(std::string_view name, std::string_view unit, std::string_view help,
                                    std::string_view label) {
    return {.name = name, .type = metric_type::counter, .unit = unit, .help = help, .label = label};
}
constexpr metric_definition timed(std::string_view name, std::string_view help, std::string_view label) {
    return {.name = name,
            .type = metric_type::histogram,
            .unit = "seconds",
            .help = help,
            .label = label,
            .buckets = seconds_buckets};
}

struct query_metric_definitions {
    metric_definition queries, failed, rows, bytes, spilled, total, first_row, wait, fetch;
};

constexpr query_metric_definitions by_profile{
    .queries = counted("query_total", "statements", "Statements that have ended, well or not", "profile"),
    .failed = counted("query_failed_total", "statements", "Statements that ended with an error", "profile"),
    .rows = counted("query_rows_total", "rows", "Rows sent", "profile"),
    .bytes = counted("query_bytes_total", "bytes", "Bytes of rows sent", "profile"),
    .spilled = counted("query_spilled_bytes_total", "bytes",
                       "Growth of temporary storage, of all statements, while a statement ran", "profile"),
    .total = timed("query_seconds", "From the statement's start to its end", "profile"),
    .first_row = timed("query_first_row_seconds", "From the statement's start to its first row", "profile"),
    .wait = timed("query_wait_seconds",
                  "Waiting for a connection, for admission, and between retries, of those that had to", "profile"),
    .fetch = timed("query_fetch_seconds", "Producing rows", "profile"),
};
constexpr query_metric_definitions by_user{
    .queries = counted("user_query_total", "statements", "Statements that have ended, well or not", "user"),
    .failed = counted("user_query_failed_total", "statements", "Statements that ended with an error", "user"),
    .rows = counted("user_query_rows_total", "rows", "Rows sent", "user"),
    .bytes = counted("user_query_bytes_total", "bytes", "Bytes of rows sent", "user"),
    .spilled = counted("user_query_spilled_bytes_total", "bytes",
                       "Growth of temporary storage, of all statements, while a statement ran", "user"),
    .total = timed("user_query_seconds", "From the statement's start to its end", "user"),
    .first_row = timed("user_query_first_row_seconds", "From the statement's start to its first row", "user"),
    .wait = timed("user_query_wait_seconds",
                  "Waiting for a connection, for admission, and between retries, of those that had to", "user"),
    .fetch = timed("user_query_fetch_seconds", "Producing rows", "user"),
};

query_metrics make_metrics(metrics_registry& registry, const query_metric_definitions& what, std::string_view label) {
    return {.queries_total = registry.add_counter(what.queries, label),
            .failed_total = registry.add_counter(what.failed, label),
            .rows_total = registry.add_counter(what.rows, label),
            .bytes_total = registry.add_counter(what.bytes, label),
            .spilled_bytes_total = registry.add_counter(what.spilled, label),
            .total_seconds = registry.add_histogram(what.total, label),
            .first_row_seconds = registry.add_histogram(what.first_row, label),
            .wait_seconds = registry.add_histogram(what.wait, label),
            .fetch_seconds = registry.add_histogram(what.fetch, label)};
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

workload::workload(workload_params params, metrics_registry& registry)
    : params_(std::move(params)),
      registry_(registry),
      admission_(params_.admission),
      log_(params_.log),
      retries_(registry) {
    admission_.expose(registry);
    for (const auto& profile : params_.profiles.all()) {
        shares_.push_back({.profile = profile.get(),
                           .group = std::make_unique<admission_group>(profile->name, profile->limits),
                           .metrics = make_metrics(registry, by_profile, profile->name)});
    }
}

std::uint64_t workload::memory_bytes(const query_profile& profile) const {
    if (profile.memory_bytes != 0) {
        return profile.memory_bytes;
    }
    constexpr std::uint64_t least = std::uint64_t{16} << 20U;
    constexpr std::uint64_t share = 64;
    return params_.query_memory_bytes != 0 ? params_.query_memory_bytes
                                           : std::max(least, params_.admission.memory_bytes / share);
}

const workload::profile_share& workload::share_of(const query_profile& profile) const {
    const auto found = std::ranges::find(shares_, &profile, &profile_share::profile);
    SLUICE_ASSERT(found != shares_.end());
    return *found;
}

workload_user workload::user(std::string_view name) {
    return {.group = admission_.user(name, params_.profiles.limits_of_user(name)),
            .metrics = make_metrics(registry_, by_user, name)};
}

admission_demand workload::demand_of(const query_profile& profile, const workload_user& user) const {
    return {.memory_bytes = memory_bytes(profile),
            .priority = profile.priority,
            .profile = share_of(profile).group.get(),
            .user = user.group.get()};
}

void workload::count(const query_facts& ended, const workload_user& user) {
    if (!params_.counts_queries) {
        return;
    }
    if (ended.profile != nullptr) {
        add(share_of(*ended.profile).metrics, ended);
    }
    add(user.metrics, ended);
}

}  // namespace sluice::core
