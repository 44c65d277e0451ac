#include "sqlite/connection/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <utility>

namespace sluice::sqlite {

namespace {

constexpr int progress_every_operations = 1000;  // of SQLite's virtual machine: some 20 µs

int open_flags(const connection_params& params) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= params.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= params.create && !params.read_only ? SQLITE_OPEN_CREATE : 0;
    flags |= params.is_uri ? SQLITE_OPEN_URI : 0;
    return flags;
}

}  // namespace

result<std::unique_ptr<connection>> connection::open(const connection_params& params) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(params.path.c_str(), &handle, open_flags(params),
                                     params.vfs.empty() ? nullptr : params.vfs.c_str());
    std::unique_ptr<connection> made(new connection(handle, params));
    if (code != SQLITE_OK) {
        auto cause = to_error(code, handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle));
        cause.message = fmt::format("cannot open \"{}\": {}", params.path, cause.message);
        return std::unexpected(std::move(cause));
    }
    made->install_handlers();
    const auto seen = made->look_inside();
    if (!seen) {
        auto cause = seen.error();
        cause.message = fmt::format("cannot open \"{}\": {}", params.path, cause.message);
        return std::unexpected(std::move(cause));
    }
    return made;
}

// SQLite opens the file only with its first statement, so a file that is no database is refused here.
result<> connection::look_inside() {
    TRY(get<std::int64_t>("PRAGMA schema_version"));
    return apply(options_);
}

std::unique_ptr<connection> connection::adopt(sqlite3* handle, const connection_options& options) {
    std::unique_ptr<connection> made(new connection(handle, {.options = options}));
    sqlite3_extended_result_codes(handle, 1);
    made->is_adopted_ = true;
    made->install_handlers();
    return made;
}

connection::connection(sqlite3* handle, const connection_params& params)
    : handle_(handle),
      mode_(params.mode),
      options_(params.options),
      time_(params.time),
      cache_(params.options.statement_cache_size),
      counters_(params.counters) {}

connection::~connection() {
    cache_.revoke();
    cache_.clear();
    sqlite3_close_v2(handle_);
}

void connection::install_handlers() {
    sqlite3_busy_handler(handle_, on_busy, this);
    sqlite3_progress_handler(handle_, progress_every_operations, on_progress, this);
    sqlite3_set_authorizer(handle_, on_authorize, this);
    sqlite3_wal_hook(handle_, on_commit_to_wal, this);  // in place of SQLite's own checkpoints
}

void connection::count_into(database_counters& counters) {
    counters_ = &counters;
}

void connection::count_group_commit() {
    if (counters_ != nullptr) {
        counters_->group_commits_total.add();
    }
}

result<> connection::apply(const connection_options& options) {
    options_ = options;
    cache_.resize(options.statement_cache_size);
    const statement_effects kept = left_effects_;
    TRY(
        run_script(fmt::format("PRAGMA foreign_keys={:d}; PRAGMA synchronous={}; PRAGMA query_only={:d};"
                               "PRAGMA journal_size_limit={}; PRAGMA cache_size=-8000",
                               options.foreign_keys, options.synchronous == synchronous_mode::full ? "FULL" : "NORMAL",
                               mode_ == access::read, options.wal_size_bytes_max)));
    left_effects_ = kept;
    return {};
}

result<> connection::enter_wal_mode() {
    const std::int64_t end_ns = time_->steady_ns() + std::chrono::nanoseconds(options_.busy_timeout).count();
    for (int times = 0;; ++times) {
        const auto mode = get<std::string>("PRAGMA journal_mode=WAL");
        if (mode && *mode == "wal") {
            left_effects_ = {};
            return {};
        }
        if (mode) {
            return fail(error_kind::cannot_open, "write-ahead logging is not possible here: the mode is " + *mode);
        }
        // Two connections that change the mode at once get SQLITE_BUSY without a call of the busy handler.
        if (mode.error().kind != error_kind::busy || time_->steady_ns() >= end_ns || !wait_for_lock(times)) {
            return std::unexpected(mode.error());
        }
    }
}

result<bool> connection::checkpoint(int mode) {
    int pages = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &pages, &copied);
    if (mode == SQLITE_CHECKPOINT_PASSIVE && (code & 0xff) == SQLITE_BUSY) {
        return false;  // another connection runs a checkpoint
    }
    if (code != SQLITE_OK) {
        return std::unexpected(note_failure(code));
    }
    return pages == copied;
}

// ---- statements

result<statement> connection::prepare(std::string_view sql) {
    TRY_ASSIGN(statement made, prepare_any(sql));
    TRY(check_transaction());
    const cached_statement& prepared = *made.cached_;
    if (mode_ == access::read) {
        TRY(refuse_writing(prepared));
    }
    left_effects_.settings |= prepared.effects.settings;
    left_effects_.temporary |= prepared.effects.temporary;
    left_effects_.attachment |= prepared.effects.attachment;
    return made;
}

result<statement> connection::prepare_any(std::string_view sql) {
    auto prepared = cache_.take(sql);
    const bool is_hit = prepared != nullptr;
    if (counters_ != nullptr) {
        (is_hit ? counters_->statement_cache_hits_total : counters_->statement_cache_misses_total).add();
    }
    if (!is_hit) {
        TRY_ASSIGN(prepared, compile(sql));
        cache_.add(prepared);
    }
    return statement(*this, std::move(prepared));  // its destructor returns it to the cache
}

result<bool> connection::is_read_only(std::string_view sql) {
    TRY_ASSIGN(const statement made, prepare_any(sql));
    return made.is_read_only();
}

result<> connection::refuse_writing(const cached_statement& prepared) const {
    if (prepared.is_read_only) {
        return {};
    }
    return fail(error_kind::misuse, "a connection for reading was asked to write: " + prepared.sql);
}

result<std::shared_ptr<cached_statement>> connection::compile(std::string_view sql) {
    if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        return fail(error_kind::sql, "the statement is too long");
    }
    compiled_effects_ = {};
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &compiled, &rest);
    if (code != SQLITE_OK) {
        return std::unexpected(note_failure(code));
    }
    if (compiled == nullptr) {
        return fail(error_kind::sql, "the statement is empty");
    }
    auto made = std::make_shared<cached_statement>(compiled, sql, compiled_effects_);
    const std::string_view behind = sql.substr(static_cast<std::size_t>(rest - sql.data()));
    if (behind.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        return fail(error_kind::misuse, "more than one statement; run_script() takes several");
    }
    return made;
}

result<std::int64_t> connection::finish(statement& running) {
    const std::int64_t before = sqlite3_total_changes64(handle_);
    for (;;) {
        TRY_ASSIGN(const bool more, running.step());
        if (!more) {
            break;
        }
    }
    // After a statement that changes nothing, sqlite3_changes64() still returns the count of an earlier one.
    return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

result<> connection::run_script(std::string_view sql) {
    TRY(check_transaction());
    const std::string script(sql);
    compiled_effects_ = {};
    const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
    left_effects_.temporary |= compiled_effects_.temporary;
    left_effects_.attachment |= compiled_effects_.attachment;
    left_effects_.settings |= compiled_effects_.settings;
    if (code != SQLITE_OK) {
        return std::unexpected(note_failure(code));
    }
    return {};
}

std::int64_t connection::last_insert_id() const {
    return sqlite3_last_insert_rowid(handle_);
}

bool connection::is_in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

result<> connection::check_transaction() const {
    if (!expects_transaction_ || is_in_transaction()) [[likely]] {
        return {};
    }
    if (!undone_by_) {
        return fail(error_kind::misuse, "the transaction was ended by a statement; nothing more can be done in it");
    }
    error cause = *undone_by_;
    cause.message = "the transaction was undone: " + cause.message;
    return std::unexpected(std::move(cause));
}

}  // namespace sluice::sqlite
