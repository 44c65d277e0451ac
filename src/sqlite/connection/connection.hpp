// connection.hpp - one open SQLite database handle: runs statements, and can be cleaned for its next user.
//
// Use:     manager.execute_mut([&](connection& db) { return db.run("update parts set name = ?1 where id = ?2", name, id); });
//          db.find<std::string>("select name from parts where id = ?1", id)       // optional
//          db.get<std::int64_t>("select count(*) from parts")                    // must exist, else error_kind::no_row
//          db.list<part>("select * from parts")                                  // part::from_row
//          db.each("select id, name from parts", [&](const row& each) { ... }, ...args)
// Rule:    a connection made for reading refuses statements that are not read-only by sqlite3_stmt_readonly. Inside of
//          a transaction a statement fails once SQLite has undone that transaction (a full disk, an interrupt).
// Threads: one at a time.
// Errors:  sqlite::error. After an error that is_poisonous() names the connection is not lent again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/core/cancel.hpp"
#include "sqlite/connection/counters.hpp"
#include "sqlite/connection/error.hpp"
#include "sqlite/connection/options.hpp"
#include "sqlite/connection/statement.hpp"
#include "sqlite/connection/statement_cache.hpp"

struct sqlite3;

namespace sluice::sqlite {

struct connection_params {
    std::string path;  // or a URI for a database in memory
    bool is_uri = false;
    access mode = access::write;
    bool read_only = false;  // opens the database read-only; mode is then read
    bool create = true;
    std::string vfs;
    connection_options options;
    database_counters* counters = nullptr;  // outlives the connection
    const base::clock* time = &base::system_clock();
};

class connection {
  public:
    static result<std::unique_ptr<connection>> open(const connection_params& params);
    // Takes the handle over, with its open statements and transaction, and closes it in the end.
    [[nodiscard]] static std::unique_ptr<connection> adopt(sqlite3* handle, const connection_options& options = {});
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    result<statement> prepare(std::string_view sql);
    // Runs the statement to its end and drops its rows. Returns the number of rows changed.
    template <typename... Args>
    result<std::int64_t> run(std::string_view sql, const Args&... args) {
        TRY_ASSIGN(auto running, prepare(sql));
        TRY(running.bind_views(args...));
        return finish(running);
    }
    template <typename T, typename... Args>
    result<std::optional<T>> find(std::string_view sql, const Args&... args) {
        std::optional<T> found;
        TRY(each(sql, [&](const row& only) { found = only.as<T>(); }, args...));
        return found;
    }
    template <typename T, typename... Args>
    result<T> get(std::string_view sql, const Args&... args) {
        TRY_ASSIGN(auto found, (find<T>(sql, args...)));
        if (!found) {
            return fail(error_kind::no_row, "no row for: " + std::string(sql));
        }
        return std::move(*found);
    }
    template <typename T, typename... Args>
    result<std::vector<T>> list(std::string_view sql, const Args&... args) {
        std::vector<T> rows;
        TRY(each(sql, [&](const row& one) { rows.push_back(one.as<T>()); }, args...));
        return rows;
    }
    // `on_row` returns nothing, or false to stop.
    template <typename F, typename... Args>
    result<> each(std::string_view sql, F&& on_row, const Args&... args) {
        TRY_ASSIGN(auto running, prepare(sql));
        TRY(running.bind_views(args...));
        for (;;) {
            TRY_ASSIGN(const bool found, running.step());
            if (!found) {
                return {};
            }
            const row current = running.current();
            if constexpr (std::is_same_v<std::invoke_result_t<F&, const row&>, bool>) {
                const bool goes_on = on_row(current);
                TRY(current.check());
                if (!goes_on) {
                    return {};
                }
            } else {
                on_row(current);
                TRY(current.check());
            }
        }
    }
    // Several statements without parameters, as in a migration.
    result<> run_script(std::string_view sql);

    [[nodiscard]] std::int64_t last_insert_id() const;
    [[nodiscard]] bool is_in_transaction() const;
    [[nodiscard]] access mode() const { return mode_; }
    // For calls that this interface does not have; do not close it.
    [[nodiscard]] sqlite3* handle() const { return handle_; }

    // ---- for the manager

    // Waiting and running end at the deadline (steady clock), or when the token is requested.
    struct bounds {
        std::int64_t deadline_ns = std::numeric_limits<std::int64_t>::max();
        const base::cancel_token* cancel = nullptr;
    };
    // Returns the previous bounds.
    bounds set_bounds(const bounds& limits) { return std::exchange(bounds_, limits); }
    // A transaction is expected to be open: statements fail once it is not.
    void expect_transaction(bool expected) {
        expects_transaction_ = expected;
        undone_by_.reset();
    }
    result<> check_transaction() const;
    // True if a conflict (busy, snapshot) was met since forget_conflict(): the same work may succeed later.
    void forget_conflict() { met_conflict_ = false; }
    [[nodiscard]] bool met_conflict() const { return met_conflict_; }
    // Runs the pragmas that `options` ask for.
    result<> apply(const connection_options& options);
    // Write-ahead logging, which the file keeps. Waits for other processes that do the same, as connection_options says.
    result<> enter_wal_mode();
    // `mode` is SQLite's. True: all of the log is in the database.
    result<bool> checkpoint(int mode);
    // Makes it as new: no transaction, no statement in use, settings restored, nothing temporary, nothing attached.
    // False: do not lend it again. `keeps_transaction`: the open transaction stays, for the next member of its group.
    [[nodiscard]] bool clean(bool keeps_transaction = false);
    // True if clean() has anything to undo besides a transaction.
    [[nodiscard]] bool has_left_something() const {
        return left_effects_.settings || left_effects_.temporary || left_effects_.attachment;
    }
    void poison() { is_poisoned_ = true; }
    [[nodiscard]] bool is_poisoned() const { return is_poisoned_; }
    void count_into(database_counters& counters);
    void count_group_commit();
    // Compiles the statement; it stays in the cache.
    result<bool> is_read_only(std::string_view sql);

    // ---- for statement
    [[nodiscard]] error note_failure(int code);
    // Also finds the columns of a foreign key; `failed` has been reset.
    [[nodiscard]] error note_failure(int code, const cached_statement& failed);
    void give_back(cached_statement& used) { cache_.give_back(used); }

  private:
    connection(sqlite3* handle, const connection_params& params);
    void install_handlers();
    result<> look_inside();
    result<std::int64_t> finish(statement& running);
    result<statement> prepare_any(std::string_view sql);
    result<std::shared_ptr<cached_statement>> compile(std::string_view sql);
    [[nodiscard]] bool wait_for_lock(int times);
    void count_lock_wait();
    [[nodiscard]] bool must_stop() const;
    [[nodiscard]] bool drop_temporaries();
    [[nodiscard]] bool detach_all();
    result<> refuse_writing(const cached_statement& prepared) const;

    // NOLINTBEGIN(readability-named-parameter): signatures that SQLite calls
    static int on_busy(void* self, int times);
    static int on_progress(void* self);
    static int on_commit_to_wal(void* self, sqlite3*, const char*, int pages);
    static int on_authorize(void* self, int action, const char*, const char*, const char*, const char*);
    // NOLINTEND(readability-named-parameter)

    sqlite3* handle_;
    access mode_;
    connection_options options_;
    const base::clock* time_;
    statement_cache cache_;
    database_counters* counters_;  // null: calls are not counted
    bounds bounds_;
    statement_effects compiled_effects_;  // of the statement being compiled
    statement_effects left_effects_;      // of all statements since the last clean()
    std::int64_t lock_deadline_ns_ = 0;
    std::int64_t lock_waited_since_ns_ = 0;
    std::int64_t lock_waited_ns_ = 0;  // of the wait that is not counted yet
    bool expects_transaction_ = false;
    std::optional<error> undone_by_;  // the error that made SQLite undo the expected transaction
    bool met_conflict_ = false;
    bool is_poisoned_ = false;
    bool is_adopted_ = false;
};

}  // namespace sluice::sqlite
