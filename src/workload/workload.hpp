// workload.hpp - one object for what all statements share, whoever sends them: profiles, admission, log, numbers.
//
// Problem: a wire session and a program that embeds the library must be under the same limits and seen in one place.
// Use:     workload load({.profiles = ..., .admission = ...}, registry);
//          auto user = load.user("anna");                     // limits and numbers of the user
//          load.demand_of(profile, *user) → admission;  load.count(facts, *user)
// Threads: any. It outlives the sessions.
// Metrics: query_*, by profile, and user_query_*, by user.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/observe/metrics.hpp"
#include "base/run/retry.hpp"
#include "workload/admission.hpp"
#include "workload/query_log.hpp"
#include "workload/query_profile.hpp"

namespace sluice::core {

struct workload_params {
    profile_table profiles;
    admission_params admission;
    std::uint64_t query_memory_bytes = 0;  // of profiles that say nothing; 0: a 64th of the budget, 16 MB at least
    query_log_params log;
    retry_policy retry;
    bool counts_queries = true;  // in query_* and user_query_*
};

// By profile, and by user.
struct query_metrics {
    counter& queries_total;
    counter& failed_total;
    counter& rows_total;
    counter& bytes_total;
    counter& spilled_bytes_total;
    histogram& total_seconds;
    histogram& first_row_seconds;
    histogram& wait_seconds;
    histogram& fetch_seconds;
};

struct workload_user {
    std::shared_ptr<admission_group> group;  // shared: by the sessions of the user
    query_metrics metrics;
};

class workload {
  public:
    workload(workload_params params, metrics_registry& registry);
    workload(const workload&) = delete;
    workload& operator=(const workload&) = delete;

    [[nodiscard]] const profile_table& profiles() const { return params_.profiles; }
    [[nodiscard]] core::admission& admission() { return admission_; }
    [[nodiscard]] query_log& log() { return log_; }
    [[nodiscard]] const retry_policy& retry() const { return params_.retry; }
    [[nodiscard]] retry_metrics& retries() { return retries_; }
    [[nodiscard]] std::uint64_t memory_bytes(const query_profile& profile) const;

    [[nodiscard]] admission_usage usage_of(const query_profile& profile) const {
        return admission_.usage_of(*share_of(profile).group);
    }

    [[nodiscard]] workload_user user(std::string_view name);
    [[nodiscard]] admission_demand demand_of(const query_profile& profile, const workload_user& user) const;
    void count(const query_facts& ended, const workload_user& user);

  private:
    struct profile_share {
        const query_profile* profile = nullptr;
        std::unique_ptr<admission_group> group;
        query_metrics metrics;
    };

    void tell_cut(const profile_share& share) const;
    [[nodiscard]] const profile_share& share_of(const query_profile& profile) const;

    const workload_params params_;
    metrics_registry& registry_;
    core::admission admission_;
    query_log log_;
    retry_metrics retries_;
    std::vector<profile_share> shares_;  // as profiles().all()
};

}  // namespace sluice::core
