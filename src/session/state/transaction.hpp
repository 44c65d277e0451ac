// transaction.hpp - the state of a session's transaction, and when the engine learns of it.
//
// Problem: a client sees blocks (BEGIN ... COMMIT), implicit transactions (several statements in one simple query, or
//          up to Sync) and single statements; the engine knows begin, commit and rollback.
// States:  none     each statement is a transaction of its own
//          implicit ends with the simple query or with Sync; an error undoes it; the client sees "idle"
//          block    between BEGIN and COMMIT or ROLLBACK
//          failed   a block after an error: undone already, but the client has to end it
// Order:   the engine's begin() waits for the first statement that needs the engine, which is also when PostgreSQL
//          takes its snapshot. Streams must be closed before commit(), rollback() and fail().
// Threads: one at a time.
// Source:  PostgreSQL 15 manual, 55.2.2.1 and 55.2.4, BEGIN, SET TRANSACTION.
#pragma once

#include <cstdint>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "postgres/wire/backend_messages.hpp"

namespace sluice::session {

class transaction {
  public:
    enum class state : std::uint8_t { none, implicit, block, failed };

    explicit transaction(backend::session& engine) : engine_(engine) {}

    [[nodiscard]] state current() const { return state_; }
    [[nodiscard]] bool in_block() const { return state_ == state::block || state_ == state::failed; }
    [[nodiscard]] bool failed() const { return state_ == state::failed; }
    [[nodiscard]] postgres::transaction_status status() const;
    // True if a statement has run in it: its isolation level is fixed.
    [[nodiscard]] bool started() const { return started_; }
    [[nodiscard]] bool read_only() const { return read_only_; }
    // True if it became read only when the engine had already begun: the session must refuse writes itself.
    [[nodiscard]] bool must_refuse_writes() const { return read_only_ && engine_begun_ && !engine_read_only_; }

    void begin_implicit(bool read_only);
    // From none, or from implicit: its statements then belong to the block.
    void begin_block(bool read_only);
    void set_read_only(bool read_only) { read_only_ = read_only; }
    // Call it before the engine plans or runs a statement.
    result<> enter_engine();

    // The transaction is over even if the call fails.
    result<> commit();
    result<> rollback();
    // After an error: a block becomes failed; any other transaction is over.
    result<> fail();

  private:
    void end(state next);

    backend::session& engine_;
    state state_ = state::none;
    bool read_only_ = false;
    bool started_ = false;
    bool engine_begun_ = false;
    bool engine_read_only_ = false;
};

}  // namespace sluice::session
