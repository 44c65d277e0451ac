// duckdb_session.hpp - one client's session on a DuckDB of this process: the seam's session.
//
// How:     the first statement opens the connection. Every statement is planned once when it is prepared; the plan is
//          reused only while no change can have made it wrong (plan_clock.hpp), checked before and after DuckDB has
//          taken its snapshot. If that cannot be decided because a write is in progress, the statement is planned and
//          run inside a transaction of its own, so that the plan is younger than the snapshot.
// Engine:  joined by the first statement; when it has failed and is to be reopened, the session leaves it between two
//          statements, and the next statement joins the new one. A session that was in a transaction, or had temporary
//          tables, first gets an error (08006).
// Streams: an open one needs its connection. When another statement comes, the stream keeps the connection and the
//          session takes a fresh one, if that shows the same data: the session left no state on the old one, and there
//          was no write since the transaction began. Otherwise the stream's rest is put aside.
// Files:   duckdb_session.cpp prepares and ends; duckdb_execute.cpp runs; duckdb_make_way.cpp moves streams and
//          connections; duckdb_copy_in.cpp and duckdb_copy_out.cpp copy;
//          duckdb_names.cpp keeps to the search path; duckdb_settings.cpp has settings, the dialect and DISCARD.
// Threads: one at a time; cancel() any.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "backend/backend.hpp"
#include "engines/duckdb/database/duckdb_link.hpp"
#include "engines/duckdb/database/search_path.hpp"
#include "engines/duckdb/encode/row_encoder.hpp"
#include "engines/duckdb/rows/constant_query.hpp"
#include "engines/duckdb/rows/duckdb_stream.hpp"
#include "engines/duckdb/session/duckdb_keeper.hpp"
#include "engines/duckdb/statement/duckdb_statement.hpp"
#include "engines/duckdb/statement/plan_cache.hpp"
#include "engines/duckdb/statement/plan_clock.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

class duckdb_session final : public backend::session {
  public:
    duckdb_session(std::shared_ptr<duckdb_keeper> keeper, const backend::session_params& params);
    ~duckdb_session() override;

    void set_facts(backend::conversation_facts facts) override;
    result<std::shared_ptr<backend::prepared_statement>> prepare(const postgres::lexed_text& sql,
                                                                 std::span<const backend::oid> declared) override;
    result<backend::execution> execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                       std::span<const backend::parameter> parameters,
                                       std::span<const backend::wire_format> formats,
                                       backend::execute_options options) override;
    result<> set_formats(backend::row_stream& rows, std::span<const backend::wire_format> formats) override;
    result<> hold(backend::row_stream& rows) override;
    result<std::unique_ptr<backend::copy_sink>> copy_in(const postgres::copy_command& command) override;
    result<backend::copy_out_execution> copy_out(const postgres::copy_command& command) override;
    result<> begin(backend::begin_options options) override;
    result<> commit() override;
    result<> rollback() override;
    result<> set_value_settings(const backend::value_settings& settings) override;
    void set_search_path(std::span<const std::string> schemas) override;
    void set_dialect(const backend::dialect& how) override { dialect_ = how; }
    result<> set_setting(std::string_view name, std::string_view value, backend::setting_scope scope) override;
    result<> reset_setting(std::string_view name) override;
    result<> reset_settings() override;
    result<> discard(backend::discarded what) override;
    result<bool> connect() override;
    void park() override;
    void set_urgent(bool urgent) override { interrupts_->set_urgent(urgent); }
    void rest() override;
    [[nodiscard]] bool engine_lost() const override { return link_->has_instance() && link_->instance().is_retired(); }
    void leave_engine() override;
    std::string take_profile() override;
    base::cancel_token& cancel() override { return interrupts_->token(); }

  private:
    // A SET, RESET or the like.
    struct made_setting {
        std::string name;  // lower case; empty: unknown
        std::string sql;
    };
    // A statement that DuckDB has begun to run.
    struct run {
        owned_result result;
        write_epoch::writing writing;
        bool own_transaction = false;
    };

    // False: the engine is lost or may be, or a cancel was requested, so the statement must report it.
    [[nodiscard]] bool answers_alone();
    result<std::shared_ptr<duckdb_statement>> plan(const postgres::lexed_text& sql,
                                                   std::span<const backend::oid> declared);
    // A constant's row; from DuckDB if options ask for more than the row.
    result<backend::execution> execute_constant(std::shared_ptr<const constant_query> query,
                                                std::span<const backend::wire_format> formats,
                                                backend::execute_options options);
    [[nodiscard]] planner plan_with() { return {.link = *link_, .clock = clock_, .path = path_}; }
    // Connects, and frees the connection from other statements.
    result<> ready();
    result<> join_engine();
    // Call it before a write that others will see.
    result<> check_files(change shown) const;
    [[nodiscard]] error lost_error() const;
    // Takes the parked connection back, if it still exists.
    [[nodiscard]] bool resume();
    // Call it after the link was opened.
    result<> set_up_link();
    result<> make_way();
    // False: the next statement might see other data on another connection.
    result<bool> leave_link_to_stream();
    // An open stream keeps the old link.
    void change_link(std::shared_ptr<duckdb_link> fresh);
    result<> make_settings(duckdb_link& fresh) const;
    void remember_setting(const std::string& sql);
    // Runs a statement of the session itself, with all checks of a client's statement.
    result<> run_own(std::string_view sql);
    result<> follow_dialect();
    result<> drop_temporary();
    [[nodiscard]] translated_text translated(const postgres::lexed_text& sql, bool binary_ctid = false) const;
    result<> follow_search_path();
    result<> resolve_search_path(const plan_stamp& now);
    void drop_plans();
    void show_lists_here();
    void remember_plan(const std::shared_ptr<duckdb_statement>& statement);

    [[nodiscard]] bool is_reusable(duckdb_statement& statement);
    [[nodiscard]] plan_reuse look_up_reuse(const duckdb_statement& statement);
    result<> check_writable(std::string_view verb) const;
    result<> check_read_only(const duckdb_statement& statement) const;

    result<run> start(duckdb_statement& statement, std::span<const backend::parameter> parameters);
    result<owned_pending> pend(duckdb_statement& statement, std::span<const backend::parameter> parameters);
    result<owned_pending> pend_in_transaction(duckdb_statement& statement,
                                              std::span<const backend::parameter> parameters, run& into);
    result<> bind(duckdb_statement& statement, std::span<const backend::parameter> parameters);
    result<> check_result(const duckdb_statement& statement, run& started);
    result<> end_own_transaction(const duckdb_statement& statement, run& started);
    void abandon(run& started);
    result<backend::execution> run_text(const duckdb_statement& statement);
    result<backend::execution> to_execution(const std::shared_ptr<duckdb_statement>& statement, run started,
                                            std::span<const backend::wire_format> formats,
                                            backend::execute_options options);
    result<backend::execution> to_rows(const std::shared_ptr<duckdb_statement>& statement, run started,
                                       std::span<const backend::wire_format> formats, backend::execute_options options);
    // For plans, the statement has ended.
    void note_done(const duckdb_statement& statement);

    std::shared_ptr<duckdb_keeper> keeper_;  // shared with the backend and the other sessions
    const std::function<void()> recall_;
    const std::function<void()> wake_;
    std::shared_ptr<interrupts> interrupts_;  // shared with the links
    guest_list::entry guest_;                 // of link_'s instance
    std::shared_ptr<duckdb_link> link_;       // shared with the streams, which may be dropped after their session
    std::optional<connection_pool::waiter> queued_;  // for a connection of link_'s instance
    std::chrono::steady_clock::time_point queued_since_;
    plan_clock clock_;
    plan_cache cache_;
    backend::value_settings settings_;
    time_zone zone_;
    cursor_lists::session_lists lists_;
    std::vector<made_setting> made_settings_;  // for the next connection
    backend::conversation_facts facts_;
    backend::dialect dialect_;
    backend::dialect followed_;  // by the connection
    search_path path_;
    plan_stamp path_seen_;        // when path_ was resolved, and on which connection
    bool names_changed_ = false;  // USE was run, and replaces path_
    bool block_reads_only_ = false;
    std::uint64_t block_files_ = 0;                         // version of the served folder when the block began
    bool lost_ = false;                                     // transaction or temporary tables were lost with the engine
    std::vector<std::weak_ptr<duckdb_statement>> planned_;  // may have a plan on link_'s connection
    std::size_t planned_swept_ = 0;                         // size after the last removal of dead ones
};

}  // namespace sluice::duckdb
