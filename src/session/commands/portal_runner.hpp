// portal_runner.hpp - runs portals: from a bound statement to its last row, in as many steps as the client likes.
//
// Use:     TRY(runner.start(entry, rows_max, out));           // CommandComplete, or rows are being read
//          while (runner.reads()) { TRY_ASSIGN(const bool blocked, runner.fetch(out)); ... }
// How:     rows go from the engine's stream into the outbox until it is full. A FETCH reads the stream of another
//          portal: `answered` is the portal that the client runs, `source` the portal whose rows it gets.
// Threads: as for the conversation: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "session/commands/completion.hpp"
#include "session/commands/running_statement.hpp"
#include "session/commands/setting_commands.hpp"
#include "session/commands/statement_planner.hpp"
#include "session/commands/transaction_commands.hpp"
#include "session/state/cursor_registry.hpp"
#include "session/state/portal.hpp"

namespace sluice::session {

struct portal_runner_params {
    backend::session& engine;
    transaction& within;
    const settings& of_session;
    setting_commands& setting;
    transaction_commands& transactions;
    const statement_planner& planner;
    running_statement& running;
    completion& end;
    cursor_registry& cursors;
    base::clock& clock;
    const protocol_state& protocol;
};

class portal_runner {
  public:
    explicit portal_runner(const portal_runner_params& params) : with_(params) {}

    // Starts a query, a change or a SHOW.
    result<> start(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    // Runs it up to its first row; returns the number of rows affected, if there are none to fetch.
    result<std::uint64_t> open(portal& entry);
    // `started_ns`: when a FETCH began, for its latency; else 0.
    void read(const std::shared_ptr<portal>& answered, const std::shared_ptr<portal>& source, std::uint64_t rows_max,
              std::int64_t started_ns);
    [[nodiscard]] bool reads() const { return fetching_.has_value(); }
    // True when the outbox is full and there are more rows.
    result<bool> fetch(base::outbox& out);
    // Drops the reading portal: its statement has failed, or its client is gone.
    void drop(bool closes_cursor);

    void write_columns(std::span<const backend::column> columns, std::span<const std::int16_t> formats,
                       base::outbox& out);

    // Sets the formats of a cursor's rows from the next one on. Needed for equal formats, too: the settings may have
    // changed.
    result<> write_as(portal& source, std::vector<backend::wire_format> formats);
    // Completes the position of a cursor after a FETCH that another portal has read only in part: to PostgreSQL it has
    // moved the cursor already. A scrollable cursor can be read at two places.
    result<> finish_other_fetch(const std::shared_ptr<portal>& cursor);
    // Returns the number of rows passed.
    result<std::uint64_t> advance(portal& cursor, std::uint64_t rows);
    [[nodiscard]] error expired(const portal& cursor) const;
    void note_latency(std::int64_t started_ns) const;

  private:
    // Rows that are being read, perhaps waiting for room in the outbox.
    struct fetching {
        std::shared_ptr<portal> answered;
        std::shared_ptr<portal> source;
        std::uint64_t rows_max = all_rows;  // of this Execute
        std::uint64_t rows_sent = 0;
        std::int64_t started_ns = 0;  // of a FETCH
        bool exhausted = false;       // there are no more rows in its direction

        [[nodiscard]] bool by_fetch() const { return answered != source; }
        [[nodiscard]] bool backward() const { return by_fetch() && answered->fetch->backward; }
        [[nodiscard]] std::optional<std::uint64_t> detached_row() const {
            return by_fetch() ? answered->fetch->detached_row : std::nullopt;
        }
        [[nodiscard]] std::uint64_t rows_left() const {
            const std::uint64_t left = rows_max - rows_sent;
            return by_fetch() ? std::min(left, answered->fetch->rows_left) : left;
        }
    };

    result<> fetch_slice(fetching& run, base::outbox& out);
    static void note_passed(const fetching& run, std::uint64_t rows);
    static void note_finished(portal& source);
    static void settle_position(const fetching& run);
    // Sets the stream's own position, to read rows forward or backward from the cursor's.
    static void seek(portal& cursor, bool backward);
    void count_fetched(const fetching& run) const;
    result<> finish(const fetching& run, base::outbox& out);

    const portal_runner_params with_;
    std::optional<fetching> fetching_;
    std::vector<postgres::field_description> fields_;  // scratch, kept for its memory
};

// Returns the number of rows passed.
std::uint64_t retreat(portal& cursor, std::uint64_t rows);

}  // namespace sluice::session
