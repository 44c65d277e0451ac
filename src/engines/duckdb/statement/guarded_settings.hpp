// guarded_settings.hpp - SET, RESET, PRAGMA and SHOW of the engine's settings, for statement_guard. Private to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {

// Each reads on behind the word in its name, and returns the text to send instead; nullopt: the text is unchanged.
result<std::optional<std::string>> guard_set(postgres::token_cursor cursor);
result<std::optional<std::string>> guard_reset(postgres::token_cursor cursor);
result<std::optional<std::string>> guard_pragma(postgres::token_cursor cursor);
result<std::optional<std::string>> guard_show(postgres::token_cursor cursor);

struct named_setting {
    std::string name;  // lower case
    bool is_reset = false;
};
// The setting that a SET or RESET names; nullopt: another statement, or an unreadable one.
[[nodiscard]] std::optional<named_setting> name_setting(std::string_view sql);

// 42501 for a command that belongs to the server.
[[nodiscard]] error servers_command(std::string_view name, std::string_view reason);

}  // namespace sluice::duckdb
