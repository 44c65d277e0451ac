// workload.hpp - one object for everything that all statements share: profiles, admission, log, numbers.
//
// Problem: a wire session and a program that embeds the library must have the same limits and be listed in one place.
// Use:     governor load({.profiles = ..., .admission = ...}, registry);
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
#include "settings/statement_settings.hpp"
#include "workload/admission.hpp"
#include "workload/query_log.hpp"
#include "workload/query_profile.hpp"

namespace sluice::workload {

struct workload_params {
    profile_table profiles;
    admission_params admission;
    // for profiles that set none; 0: a 64th of the budget, 16 MB at least
    std::uint64_t query_memory_bytes = base::default_of(settings::query_memory);
    query_log_params log;
    base::retry_policy retry{.attempts_max = base::default_of(settings::retry_attempts),
                             .step = base::default_of(settings::retry_step)};
    bool counts_queries = base::default_of(settings::query_metrics);  // in query_* and user_query_*
};

// By profile, and by user.
struct query_metrics {
    base::counter& queries_total;
    base::counter& failed_total;
    base::counter& rows_total;
    base::counter& bytes_total;
    base::counter& spilled_bytes_total;
    base::histogram& total_seconds;
    base::histogram& first_row_seconds;
    base::histogram& wait_seconds;
    base::histogram& fetch_seconds;
};

struct workload_user {
    std::shared_ptr<admission_group> group;  // shared: by the sessions of the user
    query_metrics metrics;
};

class governor {
  public:
    governor(workload_params params, base::metrics_registry& registry);
    governor(const governor&) = delete;
    governor& operator=(const governor&) = delete;

    [[nodiscard]] const profile_table& profiles() const { return params_.profiles; }
    [[nodiscard]] workload::admission& admission() { return admission_; }
    [[nodiscard]] query_log& log() { return log_; }
    [[nodiscard]] const base::retry_policy& retry() const { return params_.retry; }
    [[nodiscard]] base::retry_metrics& retries() { return retries_; }
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
    base::metrics_registry& registry_;
    workload::admission admission_;
    query_log log_;
    base::retry_metrics retries_;
    std::vector<profile_share> shares_;  // as profiles().all()
};

}  // namespace sluice::workload
