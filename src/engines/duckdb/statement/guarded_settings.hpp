// guarded_settings.hpp - SET, RESET, PRAGMA and SHOW of the engine's settings, for statement_guard. Private to it.
#pragma once

#include <optional>
#include <string>

#include "base/core/result.hpp"
#include "postgres/sql/token_cursor.hpp"

namespace sluice::engine {

// Each reads behind the word that it is named after. The text that is to be sent in place of it; nullopt: as it stands.
[[nodiscard]] core::result<std::optional<std::string>> guard_set(sql::token_cursor cursor);
[[nodiscard]] core::result<std::optional<std::string>> guard_reset(sql::token_cursor cursor);
[[nodiscard]] core::result<std::optional<std::string>> guard_pragma(sql::token_cursor cursor);
[[nodiscard]] core::result<std::optional<std::string>> guard_show(sql::token_cursor cursor);

// 42501 for a command of the server's.
[[nodiscard]] core::error servers_command(std::string_view name, std::string_view reason);

}  // namespace sluice::engine
