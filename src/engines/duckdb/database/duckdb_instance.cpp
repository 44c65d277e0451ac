#include "engines/duckdb/database/duckdb_instance.hpp"

#include <algorithm>
#include <random>
#include <string>

#include "base/observe/log.hpp"
#include "engines/duckdb/database/search_path.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/tables/system_tables.hpp"
#include "postgres/lex/quote.hpp"

// Wide rows come in chunks of 100 MB. DuckDB's allocator would keep the freed memory for seconds, so that several times
// their size is held; memory of larger allocations than this is returned to the system at once. jemalloc reads this
// name before any other setting of the program (its manual, TUNING); a DuckDB that was built without jemalloc never
// reads it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables, readability-identifier-naming): jemalloc's name
extern "C" const char* duckdb_je_malloc_conf_2_conf_harder;
const char* duckdb_je_malloc_conf_2_conf_harder = "oversize_threshold:1048576";

namespace sluice::duckdb {

namespace {

constexpr base::logger log{"engine"};
// Sessions are bounded already, and each waits in one place at most.
constexpr std::size_t connection_waiters_max = 1'000'000;

}  // namespace

duckdb_instance::duckdb_instance(duckdb_params params, database_source source, owned_database database,
                                 std::shared_ptr<lasting_state> lasting)
    : params_(std::move(params)),
      source_(std::move(source)),
      database_(std::move(database)),
      catalog_("memory"),
      lasting_(std::move(lasting)),
      metrics_{params_.metrics != nullptr ? *params_.metrics : own_registry_},
      connections_(
          {.limits = {.size_min = params_.connections_min,
                      .size_max = std::max<std::size_t>(params_.connections_max, 1),
                      .waiters_max = connection_waiters_max,
                      .idle_timeout = params_.connection_idle_timeout,
                      .lifetime_max = params_.connection_lifetime,
                      .leak_after = params_.connection_leak_after},
           .make = [this]() -> result<engine_connection> {
               TRY_ASSIGN(auto handle, connect());
               metrics_.connections_opened_total.add();
               engine_connection made{.handle = std::move(handle), .commands = {}, .id = ++lasting_->connection_ids};
               made.client = client_id(made.handle.get());
               made.cursors = cursor_lists::entry(lists_, made.client);
               made.search_path = search_path_;
               return made;
           },
           .check = [this](const engine_connection& used) { return !used.suspect && !is_retired(); },
           .on_leak = [this](const base::pool_holder& who, std::chrono::milliseconds held) { report_leak(who, held); },
           .seed = std::random_device{}()}) {}

void duckdb_instance::report_leak(const base::pool_holder& who, std::chrono::milliseconds held) const {
    log.warn("a connection to the engine is held for long",
             {{"session", who.session_id},
              {"query", who.query_id},
              {"held_ms", held.count()},
              {"text", params_.query_text ? params_.query_text(who.query_id) : std::string()}});
}

std::vector<backend::system_row> duckdb_instance::list_connections() const {
    std::vector<backend::system_row> rows;
    const auto number = [](std::uint64_t value) {
        return value == 0 ? backend::system_value() : backend::system_value(static_cast<std::int64_t>(value));
    };
    const auto memory =
        params_.memory_of_queries ? params_.memory_of_queries() : std::map<std::uint64_t, query_memory>();
    for (const base::pool_item& each : connections_.list()) {
        const auto found = memory.find(each.holder.query_id);
        const query_memory used = found == memory.end() ? query_memory() : found->second;
        rows.push_back({number(each.id), std::string(to_text(each.state)), number(each.holder.session_id),
                        number(each.holder.query_id), static_cast<std::int64_t>(each.held.count()),
                        static_cast<std::int64_t>(each.age.count()), number(used.reserved_bytes),
                        number(used.peak_bytes)});
    }
    return rows;
}

void duckdb_instance::choose_catalog(std::string catalog) {
    catalog_ = std::move(catalog);
    search_path_ = default_search_path(catalog_);
}

result<owned_connection> duckdb_instance::connect() const {
    owned_connection connection;
    if (duckdb_connect(database_.get(), connection.out()) == DuckDBError) {
        return fail(sqlstates::internal_error, "DuckDB gave no connection");
    }
    // Settings of a connection, which cannot be given when the database is opened. Metrics for profiles that no session
    // has asked for cost a fifth of `select 1`; see duckdb_link::collect_metrics().
    std::string sql = "SET streaming_buffer_size = '" + std::to_string(params_.streaming_buffer_size_bytes) +
                      "B'; SET custom_profiling_settings = '{}'; PRAGMA disable_profiling";
    if (!search_path_.empty()) {
        sql += "; SET search_path = " + postgres::quote_literal(search_path_);
    }
    TRY(run_sql(connection.get(), sql));
    return connection;
}

result<backend::engine_usage> duckdb_instance::usage() {
    constexpr const char* query =
        "SELECT coalesce(sum(memory_usage_bytes), 0)::UBIGINT, coalesce(sum(temporary_storage_bytes), 0)::UBIGINT "
        "FROM duckdb_memory()";
    const std::scoped_lock lock(usage_mutex_);
    if (!usage_statement_) {
        TRY_ASSIGN(usage_connection_, connect());
        if (duckdb_prepare(usage_connection_.get(), query, usage_statement_.out()) == DuckDBError) {
            sluice::error error = translate_error(duckdb_prepare_error(usage_statement_.get()));
            usage_statement_.reset();
            return fail(std::move(error));
        }
    }
    owned_result result;
    if (duckdb_execute_prepared(usage_statement_.get(), result.out()) == DuckDBError) {
        return fail(translate_error(duckdb_result_error(result.get())));
    }
    return backend::engine_usage{.memory_bytes = duckdb_value_uint64(result.get(), 0, 0),
                                 .memory_limit_bytes = params_.memory_limit_bytes,
                                 .spilled_bytes = duckdb_value_uint64(result.get(), 1, 0)};
}

void duckdb_instance::note_failure(const error& failure) {
    if (failure.message == engine_lost) {
        invalidated_.store(true, std::memory_order_release);
    }
    health().note(failure);
}

std::string duckdb_instance::find_invalidation() {
    const auto tried = run_on_its_own("SELECT 1");
    if (!tried && tried.error().message == engine_lost) {
        return tried.error().detail;
    }
    return invalidated_.load(std::memory_order_acquire) ? std::string(engine_lost) : std::string();
}

result<> duckdb_instance::run_on_its_own(const std::string& sql) const {
    TRY_ASSIGN(const auto connection, connect());
    return run_sql(connection.get(), sql);
}

result<> duckdb_instance::serve_folder() {
    TRY_ASSIGN(auto connection, connect());
    TRY_ASSIGN(folder_, served_folder::open({.folder = source_.path,
                                             .catalog = catalog_,
                                             .database = database_.get(),
                                             .connection = std::move(connection),
                                             .epoch = epoch(),
                                             .load_readers = params_.access.closed}));
    return {};
}

// The number of threads that DuckDB chose, or was told to use, includes the calling thread.
result<> duckdb_instance::start_threads(duckdb_connection connection) {
    TRY_ASSIGN(const std::string count, read_text(connection, "SELECT current_setting('threads')"));
    TRY(run_sql(connection, "SET GLOBAL external_threads = " + count));
    threads_ = std::make_unique<engine_threads>(database_.get(), std::stoull(count) - 1, params_.fence);
    return {};
}

result<> duckdb_instance::load_functions() {
    for (std::string& name : catalog_functions()) {
        functions_.scalar.insert(std::move(name));
    }
    TRY_ASSIGN(const auto connection, connect());
    owned_result result;
    if (duckdb_query(connection.get(),
                     "SELECT DISTINCT lower(function_name), function_type IN ('table', 'table_macro') "
                     "FROM duckdb_functions() WHERE internal AND function_type <> 'pragma'",
                     result.out()) == DuckDBError) {
        return fail(translate_error(duckdb_result_error(result.get())));
    }
    for (;;) {
        const owned_chunk chunk(duckdb_fetch_chunk(*result.get()));
        const idx_t rows = chunk ? duckdb_data_chunk_get_size(chunk.get()) : 0;
        if (rows == 0) {
            return {};
        }
        auto* names =
            static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
        const auto* is_table =
            static_cast<const bool*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 1)));
        for (idx_t row = 0; row < rows; ++row) {
            (is_table[row] ? functions_.table : functions_.scalar)
                .emplace(duckdb_string_t_data(&names[row]), duckdb_string_t_length(names[row]));
        }
    }
}

}  // namespace sluice::duckdb
