// setting_commands.hpp - SET, SHOW and RESET: settings of the session, of the server (shown only) and of the engine.
//
// Order:   a name is the session's if settings.hpp knows it, else the server's, else the engine's.
// Errors:  42501 for a setting of the server, with the flag that sets it; the rest as in settings.hpp and the engine.
// Threads: as for the conversation: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "base/config/setting_facts.hpp"
#include "base/core/result.hpp"
#include "postgres/sql/statement.hpp"
#include "session/settings/settings.hpp"
#include "session/state/portal.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class setting_commands {
  public:
    // `of_server` may be nullptr.
    setting_commands(settings& of_session, const std::vector<base::setting_facts>* of_server, backend::session& engine,
                     transaction& within)
        : settings_(of_session), of_server_(of_server), engine_(engine), transaction_(within) {}

    // True if the session has, or shows, a setting of that name. `all` counts.
    [[nodiscard]] bool answers(std::string_view name) const;
    // SET name, for a setting that does not concern transactions.
    result<> set(const postgres::set_command& command);
    result<> reset(const postgres::reset_command& command);
    [[nodiscard]] std::vector<backend::column> show_columns(const postgres::show_command& command) const;
    result<std::unique_ptr<backend::row_stream>> show(const postgres::show_command& command) const;

    // Makes the changes of set_config() in a statement that has just run.
    result<> make_changes(const portal& entry);
    // Tells the engine the changed settings.
    result<> apply();

    // The value of current_setting(); nullopt: ask the engine for it.
    [[nodiscard]] std::optional<std::string> current(std::string_view name) const;
    // Rows of pg_settings.
    [[nodiscard]] std::vector<base::setting_facts> list() const;

  private:
    // nullptr: the server has no such setting, or the session has one of that name.
    [[nodiscard]] const base::setting_facts* find_of_server(std::string_view name) const;
    result<> check_not_servers(std::string_view name) const;
    result<> set_in_engine(std::string_view name, std::string_view value, backend::setting_scope scope);
    result<> reset_in_engine(std::string_view name);

    settings& settings_;
    const std::vector<base::setting_facts>* of_server_;
    backend::session& engine_;
    transaction& transaction_;
    backend::value_settings told_values_;  // as last told to the engine
    std::vector<std::string> told_path_;   // likewise
};

}  // namespace sluice::session
