// setting_owners.hpp - the engine's settings, each with the owner that may change it.
//
// Problem: DuckDB keeps most settings once for all connections and lets every session change them: one session that
//          lowers memory_limit or sets lock_configuration changes or stops all others.
// Use:     const engine_setting* known = find_engine_setting("Memory_Limit"); known->owner, known->flag
//          for each known_setting in engine_settings() ...                      // docs/reference/settings.md
// Owners:  session - a connection has its own value, which ends with it; server - one value for all, which only the
//          server's start can set.
// Names:   those of DuckDB 1.5.5's duckdb_settings() with Sluice's extensions loaded, aliases included. A test compares
//          the two.
// Threads: constants.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::duckdb {

enum class setting_owner : std::uint8_t { session, server };

struct engine_setting {
    std::string_view name;  // in the spelling of duckdb_settings()
    setting_owner owner = setting_owner::server;
    std::string_view doc;       // one line
    std::string_view flag;      // of `sluice serve`, for a setting of the server; empty: none
    std::string_view alias_of;  // empty: this is no alias
    bool secret = false;
};

// Sorted by name, ignoring case.
[[nodiscard]] std::span<const engine_setting> engine_settings();
// nullptr: DuckDB has no such setting. Case does not matter.
[[nodiscard]] const engine_setting* find_engine_setting(std::string_view name);

// PRAGMA name, and functions that do more than read: CALL name(), FROM name().
enum class command_kind : std::uint8_t { pragma, function };

struct engine_command {
    std::string_view name;  // lower case
    command_kind kind = command_kind::pragma;
    setting_owner owner = setting_owner::server;  // session: it reads, or changes the session alone
    std::string_view doc;
};

[[nodiscard]] std::span<const engine_command> engine_commands();
// nullptr: not in the list. `lower` is in lower case.
[[nodiscard]] const engine_command* find_engine_command(command_kind kind, std::string_view lower);

}  // namespace sluice::duckdb
