// database.hpp - a SQLite database that many threads and processes use at once: one writer, N readers.
//
// Problem: SQLite lets one connection write at a time and answers the others with SQLITE_BUSY; a connection belongs to
//          one thread; a connection that is returned in the middle of a transaction spoils the next user's work.
// Use:     TRY_ASSIGN(auto parts, database::open("parts.db", {}));
//          auto name = parts->execute([&](connection& db) { return db.get<std::string>("select ..."); });   // reads
//          auto made = parts->transaction([&](connection& db) -> result<std::int64_t> { ... });              // all or nothing
//          auto done = parts->execute_mut([&](connection& db) { return db.run("insert ..."); });             // each by itself
//          parts->run("delete from t where id = ?1", id), find<T>(...), list<T>(...)      // routed by what the statement is
//          A closure returns std::expected<T, E>, where an E can be made from sqlite::error.
// Rule:    the database is in WAL mode: readers see the last commit and never wait. transaction() begins with BEGIN
//          IMMEDIATE, commits on success, and rolls back on an error or an exception.
// Nested:  a call inside a closure of the same thread uses the closure's connection: execute and execute_mut join it, a
//          transaction() inside a transaction opens a savepoint. Writing inside execute() is misuse, at once; so is
//          asking for a connection that this thread holds by get_connection(). So a thread cannot deadlock on itself.
// Again:   a transaction() whose closure failed because of a conflict with another process is run again until its
//          timeout; so is one whose shared COMMIT failed with another member. So a closure must have no effect except
//          on the database and on its return value.
// Bounds:  connection_options: connections, waiters, waits, the statement cache, the size of the log. FIFO, one queue each.
// Threads: any. A thread of the manager looks after idle connections, leaks and the log, once each `upkeep_every`.
// Errors:  sqlite::error. pool_exhausted and busy carry the time waited.
// Ends:    close() refuses new calls and waits up to `timeout` for running ones; the destructor waits for them, too.
// Memory:  ":memory:" is one database for all connections, gone with the manager.
// Metrics: metrics.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/run/pool.hpp"
#include "sqlite/connection/connection.hpp"
#include "sqlite/connection/error.hpp"
#include "sqlite/connection/options.hpp"
#include "sqlite/database/commit_group.hpp"
#include "sqlite/database/leak_book.hpp"
#include "sqlite/database/lease_book.hpp"

namespace sluice::sqlite {

struct database_statistics {
    base::pool_stats readers;
    base::pool_stats writer;
    std::shared_ptr<const database_counters> counters;  // shared: they go on counting; null: no manager
};

class database {
  public:
    static result<std::unique_ptr<database>> open(const std::string& path, const open_params& params = {});
    // Uses only this connection: reads and writes take turns on it.
    [[nodiscard]] static std::unique_ptr<database> from_connection(std::unique_ptr<connection> only,
                                                                   const open_params& params = {});
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    // ---- work

    template <std::invocable<connection&> F>
    std::invoke_result_t<F&, connection&> execute(F&& operation, const call_options& options = {});
    template <std::invocable<connection&> F>
    std::invoke_result_t<F&, connection&> execute_mut(F&& operation, const call_options& options = {});
    template <std::invocable<connection&> F>
    std::invoke_result_t<F&, connection&> transaction(F&& operation, const call_options& options = {});

    // One statement, on a reader if it is read-only, else on the writer.
    template <typename... Args>
    result<std::int64_t> run(std::string_view sql, const Args&... args) {
        return route(sql, [&](connection& db) { return db.run(sql, args...); });
    }
    template <typename T, typename... Args>
    result<std::optional<T>> find(std::string_view sql, const Args&... args) {
        return route(sql, [&](connection& db) { return db.find<T>(sql, args...); });
    }
    template <typename T, typename... Args>
    result<T> get(std::string_view sql, const Args&... args) {
        return route(sql, [&](connection& db) { return db.get<T>(sql, args...); });
    }
    template <typename T, typename... Args>
    result<std::vector<T>> list(std::string_view sql, const Args&... args) {
        return route(sql, [&](connection& db) { return db.list<T>(sql, args...); });
    }

    // A connection without a closure, for code that cannot be written as one. Rarely needed.
    class lease;
    result<lease> get_connection(access mode = access::read, const call_options& options = {});

    // ---- care

    // Applies to live and new connections: each takes the settings over before it is lent again.
    result<> configure(const connection_options& options);
    [[nodiscard]] connection_options options() const;
    [[nodiscard]] database_statistics statistics() const;
    // One round of upkeep; the manager's thread calls it each `upkeep_every`.
    void upkeep();
    // Copies the log into the database; `restart` waits for readers of old snapshots, and makes the log start over.
    enum class checkpoint_mode : std::uint8_t { passive, restart, truncate };
    result<> checkpoint(checkpoint_mode mode = checkpoint_mode::truncate, const call_options& options = {});
    // Refuses new calls (error_kind::closed) and waits for running ones. An error says that a call still runs.
    result<> close(std::chrono::milliseconds timeout = std::chrono::seconds(30));
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    struct pooled {
        pooled(std::unique_ptr<connection> opened, std::uint64_t version) : db(std::move(opened)), settings(version) {}
        pooled(pooled&&) noexcept = default;
        pooled& operator=(pooled&&) noexcept = default;
        pooled(const pooled&) = delete;
        pooled& operator=(const pooled&) = delete;
        // Commits a group that is still open because the connection is closed for its age.
        ~pooled() { (void)end_group(); }
        // Commits for all members of the group, if there is one.
        result<> end_group();

        std::unique_ptr<connection> db;
        std::uint64_t settings;               // the configure() whose options it has
        std::shared_ptr<commit_group> group;  // its transaction is open; shared with the waiting members
    };
    using connection_pool = base::pool<pooled>;
    class scope;
    class retry_clock;

    database(std::string path, const open_params& params);
    result<> start();
    [[nodiscard]] base::pool_params<pooled> pool_params(access mode);
    result<pooled> make(access mode);
    [[nodiscard]] connection_params params_of(access mode);
    result<connection_pool::lease> acquire(access mode, const call_options& options, std::uint64_t stack);
    [[nodiscard]] base::histogram& acquire_times(access mode) {
        return mode == access::read ? counters_->read_acquire_seconds : counters_->write_acquire_seconds;
    }
    result<> refresh(pooled& lent);
    [[nodiscard]] error failure_of(const sluice::error& cause, std::chrono::milliseconds waited,
                                   const call_options& options) const;
    result<> refuse_waiting_for_itself(access mode) const;
    void note_return();
    [[nodiscard]] bool is_anybody_waiting_to_write() const { return writer_->stats().waiting != 0; }
    result<> await(const std::shared_ptr<commit_group>& mine);
    template <std::invocable<connection&> F>
    [[nodiscard]] std::invoke_result_t<F&, connection&> route(std::string_view sql, F&& operation);
    void report_leak(std::uint64_t stack, std::chrono::milliseconds held) const;
    void start_upkeep();
    [[nodiscard]] std::size_t wal_pages() const { return static_cast<std::size_t>(counters_->wal_pages.value()); }
    void tend_log();
    void remember_file();
    void look_at_file();
    void limit_log(connection& writer);

    const std::string path_;
    const open_params params_;
    mutable std::mutex options_mutex_;
    connection_options options_;
    std::atomic<std::uint64_t> settings_{1};
    std::atomic<std::chrono::milliseconds> acquire_timeout_;  // both also in options_
    std::atomic<std::size_t> wal_size_bytes_max_;
    std::atomic<bool> is_closing_{false};
    std::atomic<bool> was_moved_{false};
    const std::shared_ptr<database_counters> counters_ = std::make_shared<database_counters>();
    lease_book leases_;
    leak_book leaks_;
    std::unique_ptr<connection> only_;  // of from_connection(), until the pool takes it
    bool is_single_ = false;
    bool is_memory_ = false;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;

    std::mutex care_mutex_;
    std::unique_ptr<connection> care_;  // for checkpoints and backups; keeps a database in memory alive
    std::mutex ended_mutex_;
    std::condition_variable ended_;
    std::atomic<std::size_t> awaiting_{0};  // members of groups that are not settled
    std::unique_ptr<connection_pool> writer_;
    std::unique_ptr<connection_pool> readers_;  // null: one connection reads and writes
    std::jthread upkeep_thread_;
};

// The connection of a running call: its own, or that of the surrounding call.
class database::scope {
  public:
    scope(database& owner, access mode) : owner_(owner), mode_(mode) {}
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope();

    result<> begin(const call_options& options);
    result<> begin_transaction();  // or a savepoint
    result<> commit();             // rolls back if it fails
    result<> rollback();
    [[nodiscard]] connection& db() const { return *db_; }
    [[nodiscard]] bool is_joined() const { return db_ != nullptr && !frame_; }
    [[nodiscard]] bool met_conflict() const { return frame_ && db_->met_conflict(); }
    // True if it was undone because of another member of its group.
    [[nodiscard]] bool must_run_alone() const { return must_run_alone_; }
    void end();

  private:
    void end_frame();
    result<> join(call_frame& outer);
    result<> begin_outermost();
    result<> commit_outermost();
    result<> rollback_outermost();
    result<> hand_over();

    database& owner_;
    const access mode_;
    connection* db_ = nullptr;
    connection_pool::lease lease_;
    std::optional<call_frame> frame_;  // none: joined
    connection::bounds outer_bounds_;
    std::uint64_t stack_ = 0;
    int savepoint_ = 0;  // its number; 0: a transaction
    bool is_open_ = false;
    bool is_together_ = false;
    bool must_run_alone_ = false;
};

// Bounds the retries of a transaction.
class database::retry_clock {
  public:
    retry_clock(database& owner, const call_options& options);
    // The call's options, with what is left of its timeout.
    [[nodiscard]] call_options left();
    // The next try does not share its COMMIT.
    void stay_alone() { options_.together = false; }
    // Gives the connection back and waits for a random time. False, at once, when there is no time left.
    [[nodiscard]] bool wait(scope& failed);

  private:
    database& owner_;
    call_options options_;
    std::int64_t start_ns_ = 0;
    std::int64_t end_ns_ = 0;
    int attempts_ = 0;
};

class database::lease {
  public:
    lease(lease&& other) noexcept = default;
    lease& operator=(lease&& other) noexcept = delete;
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease();

    [[nodiscard]] connection& operator*() { return *lent_->db; }
    [[nodiscard]] connection* operator->() { return lent_->db.get(); }

  private:
    friend class database;
    lease(database& owner, access mode, connection_pool::lease lent, std::uint64_t stack);

    database* owner_;
    access mode_;
    std::thread::id thread_;
    connection_pool::lease lent_;
    std::uint64_t stack_;
};

// ---- work

template <std::invocable<connection&> F>
std::invoke_result_t<F&, connection&> database::execute(F&& operation, const call_options& options) {
    scope mine(*this, access::read);
    TRY(mine.begin(options));
    return std::invoke(operation, mine.db());
}

template <std::invocable<connection&> F>
std::invoke_result_t<F&, connection&> database::execute_mut(F&& operation, const call_options& options) {
    scope mine(*this, access::write);
    TRY(mine.begin({.timeout = options.timeout, .cancel = options.cancel}));
    return std::invoke(operation, mine.db());
}

template <std::invocable<connection&> F>
std::invoke_result_t<F&, connection&> database::transaction(F&& operation, const call_options& options) {
    retry_clock clock(*this, options);
    for (;;) {
        scope mine(*this, access::write);
        TRY(mine.begin(clock.left()));
        TRY(mine.begin_transaction());
        auto outcome = std::invoke(operation, mine.db());
        auto ended = outcome ? mine.commit() : mine.rollback();
        if (mine.must_run_alone()) {
            clock.stay_alone();
            continue;
        }
        if ((!outcome || !ended) && mine.met_conflict() && clock.wait(mine)) {
            continue;
        }
        if (outcome && !ended) {
            return std::unexpected(std::move(ended).error());
        }
        return outcome;
    }
}

template <std::invocable<connection&> F>
std::invoke_result_t<F&, connection&> database::route(std::string_view sql, F&& operation) {
    {
        scope mine(*this, access::read);
        TRY(mine.begin({}));
        TRY_ASSIGN(const bool reads, mine.db().is_read_only(sql));
        if (reads || mine.is_joined()) {
            return std::invoke(operation, mine.db());
        }
    }
    return execute_mut(operation);
}

}  // namespace sluice::sqlite
