// transaction_commands.hpp - BEGIN, COMMIT, ROLLBACK, SET TRANSACTION, and the rules for statements in each state.
//
// Use:     TRY(transactions.check_not_failed(statement)); transactions.enter(statement, several); ...
//          TRY(transactions.commit())
// Order:   session/state/transaction.hpp has the states. Portals end, and cursors WITH HOLD are held, before the engine
//          learns of the end.
// Threads: as for the conversation: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/sql/statement.hpp"
#include "session/commands/setting_commands.hpp"
#include "session/settings/settings.hpp"
#include "session/state/portal.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class transaction_commands {
  public:
    transaction_commands(transaction& current, settings& of_session, setting_commands& setting, portal_table& portals,
                         backend::session& engine)
        : transaction_(current),
          settings_(of_session),
          setting_commands_(setting),
          portals_(portals),
          engine_(engine) {}

    // 25P02 for statements that a failed block refuses.
    result<> check_not_failed(const postgres::statement& statement) const;
    result<> refuse_late_writes(const postgres::statement& statement) const;
    // Outside a block: decides whether the statement is a transaction of its own or one of `several`.
    void enter(const postgres::statement& statement, bool several);
    result<> commit();
    result<> roll_back();

    // Each returns the tag of CommandComplete.
    result<std::string_view> begin(const postgres::statement& statement, base::outbox& out);
    result<std::string_view> end(const postgres::statement& statement, base::outbox& out);
    result<std::string_view> refuse_savepoint(const postgres::statement& statement) const;

    // SET, as far as it concerns transactions: SET TRANSACTION, SET LOCAL outside of one, and the settings that are
    // other names for SET TRANSACTION.
    result<> set(const postgres::set_command& command, base::outbox& out);

  private:
    result<> hold_cursors();
    result<> set_modes(const postgres::set_command& command, base::outbox& out);
    result<> set_by_name(std::string_view name, const std::string& value);
    result<> apply_modes(const postgres::begin_command& modes);

    transaction& transaction_;
    settings& settings_;
    setting_commands& setting_commands_;
    portal_table& portals_;
    backend::session& engine_;
};

// Lets this cursor outlive its transaction.
result<> hold_cursor(backend::session& engine, portal& cursor);
// 25P02, for every statement that a failed block refuses.
[[nodiscard]] error failed_transaction();
// COMMIT or ROLLBACK (not ROLLBACK TO): allowed in a failed block.
[[nodiscard]] bool ends_transaction(const postgres::statement& statement);

}  // namespace sluice::session
