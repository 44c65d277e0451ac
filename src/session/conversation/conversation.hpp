// conversation.hpp - the conversation of one authenticated client: prepared statements, portals, transactions, errors.
//
// Problem: the order of messages, the life of portals, the skip to Sync after an error and the status I/T/E are
//          PostgreSQL's rules, which concern neither sockets nor threads.
// Use:     conversation client(params); client.start(out);
//          switch (client.run(input, out)) { need_input: read more; blocked: wait until out has room; closed: flush,
//          close }
// Waits:   a session that waits for admission or between retries holds no thread: run() returns `blocked`, and goes on
//          when `wake` was called or deadline::waiting has come.
// Threads: one at a time (a core executor thread); run() may block in the engine. Shared: deadlines and the cancel
//          token.
// Errors:  go to the client. run() never fails: a broken protocol ends in a FATAL message and `closed`.
// Source:  PostgreSQL 15 manual, 55.2 (message flow), 55.8; pipelining and portals as its postgres.c and portalmem.c
//          behave.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "base/config/setting_facts.hpp"
#include "base/core/clock.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/frame.hpp"
#include "session/state/cursor_registry.hpp"
#include "session/state/deadlines.hpp"
#include "settings/client_settings.hpp"
#include "settings/resource_settings.hpp"
#include "workload/workload.hpp"

namespace sluice::session {

enum class step : std::uint8_t { need_input, blocked, closed };

struct conversation_params {
    std::unique_ptr<backend::session> engine;
    deadlines* watch = nullptr;          // outlives the session
    base::clock* clock = nullptr;        // outlives the session
    cursor_registry* cursors = nullptr;  // outlives the session
    workload::governor* load = nullptr;  // outlives the session
    // Tells that a session that returned `blocked`, but not for its client, may go on. Any thread, also a moment after
    // the session's end.
    std::function<void()> wake;
    std::string user;
    std::string database;
    std::vector<std::pair<std::string, std::string>>
        startup_options;  // GUCs of the StartupMessage, "options=-c" included
    std::vector<std::pair<std::string, std::string>> setting_defaults;  // from configuration: statement_timeout, ...
    const std::vector<base::setting_facts>* server_settings = nullptr;  // shown, not changed; outlives the session
    std::int32_t process_id = 0;                                        // BackendKeyData
    std::int32_t secret_key = 0;
    // prepared statements and portals, each
    std::size_t statements_max = base::default_of(sluice::settings::statements_max);
    // when idle for longer, it gives its engine connection back
    std::chrono::milliseconds rest_after = base::default_of(sluice::settings::engine_connection_idle_timeout);
};

class conversation {
  public:
    explicit conversation(conversation_params params);
    ~conversation();
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;

    // Call it after AuthenticationOk: sends ParameterStatus…, BackendKeyData, ReadyForQuery, or a FATAL error for a bad
    // option (closed).
    [[nodiscard]] step start(base::outbox& out);
    // Takes frames from `input` until it is empty, the outbox is full, or the session ends.
    [[nodiscard]] step run(postgres::frame_reader& input, base::outbox& out);
    // Between runs, at deadline::gives_way: the statement pauses for its client, and others may have its reservation
    // meanwhile.
    void give_way();
    // Between runs, at deadline::housekeeping or when the engine asks for it: closes cursors that were idle for too
    // long, and gives back resources that an idle session does not need.
    void housekeep();
    // Ends an idle session with a FATAL error (57P01 on shutdown, 25P03 idle in transaction).
    void terminate(const error& cause, base::outbox& out);
    // The client is gone: the statement under way ends with `cause`, or with the reason of its cancel. True if a
    // statement has been lost that way, now or in an earlier run.
    [[nodiscard]] bool lose_client(sqlstate cause);

    [[nodiscard]] postgres::transaction_status status() const;
    // True if no statement is under way: a drain may end the session now.
    [[nodiscard]] bool idle() const;
    // True if `blocked` had another reason than a full outbox.
    [[nodiscard]] bool waits() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::session
