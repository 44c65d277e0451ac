// statement_planner.hpp - makes prepared statements of texts, by Parse and by PREPARE, and describes their rows.
//
// Use:     TRY_ASSIGN(auto query, planner.parse(text));
//          TRY_ASSIGN(auto made, planner.prepare(query, index, declared));
// How:     the engine plans its statements once; the session's own commands have no plan.
// Order:   PREPARE and Parse share their names (statement_table). EXECUTE looks its name up when it runs: from then on
//          its portal runs the statement of that name (enter_executed).
// Errors:  positions count from the beginning of the client's text. 26000 and 42P05 as in PostgreSQL.
// Threads: as for the conversation: one at a time.
// Source:  PostgreSQL 15 manual, PREPARE, EXECUTE, DEALLOCATE; errors as in its prepare.c.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "postgres/sql/statement.hpp"
#include "session/commands/running_statement.hpp"
#include "session/commands/setting_commands.hpp"
#include "session/state/parsed_query.hpp"
#include "session/state/portal.hpp"
#include "session/state/prepared.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class statement_planner {
  public:
    statement_planner(backend::session& engine, transaction& within, statement_table& statements,
                      const portal_table& portals, const setting_commands& setting, const running_statement& running)
        : engine_(engine),
          transaction_(within),
          statements_(statements),
          portals_(portals),
          setting_commands_(setting),
          running_(running) {}

    result<std::shared_ptr<const parsed_query>> parse(std::string_view text) { return texts_.parse(text); }
    result<std::shared_ptr<const prepared>> prepare(std::shared_ptr<const parsed_query> query, std::size_t index,
                                                    std::span<const backend::oid> declared);

    result<> run_prepare(const prepared& source);
    result<> run_deallocate(const postgres::deallocate_command& command);
    // The statement that an EXECUTE names now; `source` itself for other statements, and while there is none of that
    // name.
    [[nodiscard]] const prepared& executed(const prepared& source) const;
    const prepared& executed(const prepared&& source) const = delete;
    // Turns the portal of an EXECUTE into one of the statement that it names.
    result<> enter_executed(portal& entry);

    // The columns of RowDescription; none for a statement without rows.
    [[nodiscard]] std::span<const backend::column> columns_of(const prepared& source) const;

  private:
    // True if the session runs the statement: the engine does not know it.
    [[nodiscard]] bool is_of_session(const postgres::statement& statement) const;
    result<std::shared_ptr<const prepared>> prepare_cursor(const parsed_query& query,
                                                           const postgres::statement& statement,
                                                           std::span<const backend::oid> declared);
    result<std::vector<backend::oid>> find_types(const parsed_query& query, std::span<const std::string_view> names);
    result<bound_parameters> evaluate(const postgres::execute_command& command, const prepared& executed);

    backend::session& engine_;
    transaction& transaction_;
    statement_table& statements_;
    const portal_table& portals_;
    const setting_commands& setting_commands_;
    const running_statement& running_;
    parsed_query_cache texts_;
};

}  // namespace sluice::session
