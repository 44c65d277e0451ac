// query_profile.hpp - limits of a kind of statement: memory, time, priority, how many at a time.
//
// Problem: a tool that lists tables, a report and a nightly job use the same port; each needs other limits, and the
//          first must not wait for the last.
// Use:     TRY_ASSIGN(auto profiles, profile_table::make({.profiles = {"nightly memory=2GB timeout=1h priority=low"},
//                                                         .users = {"etl=nightly"}}));
//          const query_profile& chosen = profiles.choose({.hint = ..., .user = "etl"});
// Choice:  the statement's own hint comment, else SET sluice.profile, else the user's, else the application's, else
//          `catalog` for a query of nothing but the system catalogs, else `streaming`.
// Has:     always catalog, streaming and background; a definition with one of these names changes the fields it sets.
// Errors:  F0000, one line that names the definition.
// Threads: constant once made.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::workload {

enum class query_priority : std::uint8_t { high, normal, low };
[[nodiscard]] std::string_view to_text(query_priority priority);

// The limits of a profile or a user.
struct admission_limits {
    std::size_t running_max = 0;  // 0: no limit
    std::optional<std::size_t> waiting_max =
        std::nullopt;  // nullopt: no limit of its own; 0: a statement that cannot run at once is refused
    std::uint64_t memory_bytes_max = 0;  // reserved by all of its running statements; 0: no limit
};

struct query_profile {
    std::string name;
    std::uint64_t memory_bytes = 0;        // reserved for a statement; 0: the default
    std::chrono::milliseconds timeout{0};  // of running, without waiting; 0: none
    query_priority priority = query_priority::normal;
    std::uint64_t rows_expected = 0;  // for size_hint() of the C++ API; 0: unknown
    bool cancellable = true;          // by the user; timeouts, lost clients and shutdown always cancel
    admission_limits limits;
};

struct profile_table_params {
    std::vector<std::string> profiles;      // "NAME FIELD=VALUE ...": memory, timeout, priority, rows, cancellable,
                                            // concurrency, memory_max, queue
    std::vector<std::string> users;         // "USER=PROFILE"
    std::vector<std::string> applications;  // "APPLICATION_NAME=PROFILE"
    std::vector<std::string> user_limits;   // "USER FIELD=VALUE ...": concurrency, memory_max, queue; * for all others
};

struct profile_choice {
    std::string_view hint;     // unknown names are ignored, as with any hint
    std::string_view setting;  // sluice.profile
    std::string_view user;
    std::string_view application;
    bool reads_catalog_only = false;
};

class profile_table {
  public:
    profile_table();  // has the built-in profiles
    static result<profile_table> make(const profile_table_params& params);

    [[nodiscard]] const query_profile& choose(const profile_choice& choice) const;
    // Null: there is no such profile.
    [[nodiscard]] const query_profile* find(std::string_view name) const;
    // In the order of definition; the position is the profile's number everywhere else.
    [[nodiscard]] const std::vector<std::unique_ptr<query_profile>>& all() const { return profiles_; }
    [[nodiscard]] const query_profile& catalog() const { return *profiles_[0]; }
    [[nodiscard]] const query_profile& streaming() const { return *profiles_[1]; }
    [[nodiscard]] const query_profile& background() const { return *profiles_[2]; }
    [[nodiscard]] const admission_limits& limits_of_user(std::string_view user) const;

  private:
    using names = std::map<std::string, const query_profile*, std::less<>>;

    result<> define(std::string_view definition);
    result<> limit_user(std::string_view definition);
    result<> assign(names& to, std::string_view what, std::string_view definition);

    std::vector<std::unique_ptr<query_profile>> profiles_;  // pointers: a profile never moves
    names users_;
    names applications_;
    std::map<std::string, admission_limits, std::less<>> user_limits_;
};

}  // namespace sluice::workload
