// settings.hpp - a session's run-time parameters: SET, SHOW, RESET, and the reports of changes to the client.
//
// Problem: SET takes part in transactions (a rollback undoes it), SET LOCAL ends with them, RESET returns to the
//          session's initial values, and some parameters are reported to the client whenever their value changes.
// Use:     settings ours({.user = u, .database = d}); TRY(ours.start(defaults, startup_options));
//          if (ours.knows(name)) { TRY(ours.set(name, value)); } else { the engine may know it }
//          after each statement: send take_reports() before ReadyForQuery; commit() or rollback() at a transaction's
//          end.
// How:     setting_table.hpp has names, types and bounds. Names with a point (myapp.user) are free: any text may be
//          stored under them.
// Bounds:  custom_settings_max names with a point.
// Threads: one at a time.
// Errors:  42704 unknown, 55P02 cannot be changed, 22023 invalid value, 0A000 valid in PostgreSQL but not here, 42602
//          bad custom name, 53400 too many of them.
// Source:  PostgreSQL 15 manual, 20.1, SET, SET LOCAL, and 55.2.7 (ParameterStatus).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "base/config/setting_facts.hpp"
#include "base/core/result.hpp"
#include "base/core/version.hpp"
#include "session/settings/setting_table.hpp"

namespace sluice::session {

struct settings_params {
    std::string user;
    std::string database;
    std::string server_version = "15.0 (Sluice " + std::string(version()) + ")";  // drivers read the number in front
    std::function<bool(std::string_view)> knows_profile;  // for sluice.profile; none: every name is accepted
};

class settings {
  public:
    using name_values = std::vector<std::pair<std::string, std::string>>;
    static constexpr std::size_t custom_settings_max = 1000;

    explicit settings(settings_params params);

    // `defaults` come from the server's configuration, `options` from the client's StartupMessage; RESET returns to
    // both. Errors are FATAL.
    result<> start(const name_values& defaults, const name_values& options);

    // Names in any case. Every name with a point counts as known.
    [[nodiscard]] bool knows(std::string_view name) const;
    result<> set(std::string_view name, std::string_view value);
    result<> set_local(std::string_view name, std::string_view value);
    result<> reset(std::string_view name);
    result<> reset_local(std::string_view name);  // SET LOCAL name TO DEFAULT
    void reset_all();
    result<std::string> show(std::string_view name) const;
    // In SHOW's spelling: "TimeZone" for "timezone".
    [[nodiscard]] std::string display_name(std::string_view name) const;
    // A row of pg_settings and of SHOW ALL.
    [[nodiscard]] base::setting_facts facts(const setting& known) const;

    void commit();
    void rollback();

    // The parameters that the client is told when the session begins.
    [[nodiscard]] name_values reported() const;
    // The reported parameters that have changed since the last report.
    [[nodiscard]] name_values take_reports();

    [[nodiscard]] std::int64_t statement_timeout_ms() const { return statement_timeout_ms_; }
    // True if the client has set it, even to 0: it takes the place of the profile's timeout.
    [[nodiscard]] bool has_statement_timeout() const { return has_statement_timeout_; }
    [[nodiscard]] const std::string& profile() const { return profile_; }
    [[nodiscard]] bool profile_query() const { return profile_query_; }
    [[nodiscard]] const std::string& application_name() const { return application_name_; }
    [[nodiscard]] std::int64_t idle_in_transaction_session_timeout_ms() const {
        return idle_in_transaction_session_timeout_ms_;
    }
    [[nodiscard]] std::int64_t idle_session_timeout_ms() const { return idle_session_timeout_ms_; }
    [[nodiscard]] bool default_transaction_read_only() const { return default_transaction_read_only_; }
    [[nodiscard]] const backend::value_settings& values() const { return values_; }
    // The schemas of search_path, without quotes; "$user" becomes the user's name.
    [[nodiscard]] std::vector<std::string> search_path() const;

  private:
    using value_map = std::map<std::string, std::string, std::less<>>;  // by name in lower case

    [[nodiscard]] std::string_view value_of(std::string_view lower) const;
    result<std::string> checked_value(std::string_view lower, std::string_view value) const;
    result<> start_with(std::string_view name, std::string_view value);
    result<> check_may_change(std::string_view lower) const;
    void changed();

    std::string user_;
    std::function<bool(std::string_view)> knows_profile_;
    // Only the values that differ: from the table's defaults, from those, ... Each layer includes the one below.
    value_map defaults_;
    value_map committed_;   // restored by a rollback
    value_map session_;     // kept by a commit
    value_map current_;     // with SET LOCAL
    bool in_flux_ = false;  // the layers may differ
    bool reports_due_ = false;
    std::vector<std::string> told_;  // last reported values, in the table's order

    std::int64_t statement_timeout_ms_ = 0;
    bool has_statement_timeout_ = false;
    std::string profile_;
    bool profile_query_ = false;
    std::string application_name_;
    std::int64_t idle_in_transaction_session_timeout_ms_ = 0;
    std::int64_t idle_session_timeout_ms_ = 0;
    bool default_transaction_read_only_ = false;
    backend::value_settings values_;
};

}  // namespace sluice::session
