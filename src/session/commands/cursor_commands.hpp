// cursor_commands.hpp - SQL cursors: DECLARE makes a portal that FETCH and MOVE read in every direction PostgreSQL has.
//
// How:     session/state/cursor.cpp plans a command's movement; this class carries it out with the portal runner.
// Threads: as for the conversation: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/sql/statement.hpp"
#include "session/commands/completion.hpp"
#include "session/commands/portal_runner.hpp"
#include "session/commands/statement_planner.hpp"
#include "session/state/cursor_registry.hpp"
#include "session/state/portal.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

struct cursor_commands_params {
    backend::session& engine;
    const transaction& within;
    portal_table& portals;
    portal_runner& runner;
    const statement_planner& planner;
    completion& end;
    cursor_registry& cursors;
    base::clock& clock;
    const protocol_state& protocol;
};

class cursor_commands {
  public:
    explicit cursor_commands(const cursor_commands_params& params) : with_(params) {}

    result<> declare(const portal& entry);
    // FETCH and MOVE.
    result<> fetch(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<> close(const portal& running, const postgres::close_command& command);

    // Closes cursors that were idle for too long; their names stay, for the error that tells so.
    void evict_idle(std::int64_t now_ns);
    // When evict_idle() is next needed; nullopt: never.
    [[nodiscard]] std::optional<std::int64_t> next_eviction_ns() const;
    // Rows of pg_cursors.
    [[nodiscard]] std::vector<backend::cursor_facts> list() const;

  private:
    result<> open(portal& made, const portal& entry, std::size_t others);
    void touch(sql_cursor& cursor) const;
    // Afterwards a FETCH is ready to read its rows (nullopt), and a MOVE is done (the rows moved). A cursor that fails
    // cannot be used again.
    result<std::optional<std::uint64_t>> start_movement(const std::shared_ptr<portal>& entry,
                                                        const std::shared_ptr<portal>& cursor);
    // Opens the cursor if need be, and sets the format of its rows for this FETCH.
    result<> begin_fetch(const std::shared_ptr<portal>& entry, const std::shared_ptr<portal>& from);
    result<std::uint64_t> move(portal& cursor, const postgres::fetch_command& command);
    // Does every step of the movement except the rows that are wanted.
    result<> prepare_movement(portal& cursor, const cursor_movement& planned);

    const cursor_commands_params with_;
    bool declared_ = false;  // a cursor was declared in this session
};

}  // namespace sluice::session
