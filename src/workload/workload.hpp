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
#include <string>
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

// query_* of a profile, and user_query_* of a user.
struct query_metrics {
    base::metrics_registry& registry;
    base::metric_label label;  // its value is the name of the profile or of the user's group
    base::counter& queries_total = counted("query_total", "statements", "Statements that have ended, well or not");
    base::counter& failed_total = counted("query_failed_total", "statements", "Statements that ended with an error");
    base::counter& rows_total = counted("query_rows_total", "rows", "Rows sent");
    base::counter& bytes_total = counted("query_bytes_total", "bytes", "Bytes of rows sent");
    base::counter& spilled_bytes_total = counted(
        "query_spilled_bytes_total", "bytes", "Growth of temporary storage, of all statements, while a statement ran");
    base::histogram& total_seconds = timed("query_seconds", "From the statement's start to its end");
    base::histogram& first_row_seconds =
        timed("query_first_row_seconds", "From the statement's start to its first row");
    base::histogram& wait_seconds = timed(
        "query_wait_seconds", "Waiting for a connection, for admission, and between retries, of those that had to");
    base::histogram& fetch_seconds = timed("query_fetch_seconds", "Producing rows");

  private:
    [[nodiscard]] std::string full_name(std::string_view name) const {
        return (label.name == "user" ? "user_" : "") + std::string(name);
    }
    [[nodiscard]] base::counter& counted(std::string_view name, std::string_view unit, std::string_view help) const {
        return registry.add_counter({full_name(name), unit, help, label});
    }
    [[nodiscard]] base::histogram& timed(std::string_view name, std::string_view help) const {
        return registry.add_histogram({full_name(name), "seconds", help, label});
    }
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
