// duckdb_instance.hpp - one opened DuckDB, which all its sessions share.
//
// Use:     TRY_ASSIGN(auto instance, open_instance(params)); TRY_ASSIGN(auto connection, instance->connect());
// Threads: any; immutable once opened, except for members that guard themselves, such as the epoch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/duckdb_errors.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/capi/run_sql.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "engines/duckdb/database/engine_connection.hpp"
#include "engines/duckdb/database/engine_health.hpp"
#include "engines/duckdb/database/file_watch.hpp"
#include "engines/duckdb/database/guest_list.hpp"
#include "engines/duckdb/database/metrics.hpp"
#include "engines/duckdb/database/schema_names.hpp"
#include "engines/duckdb/folder/duckdb_source.hpp"
#include "engines/duckdb/folder/served_folder.hpp"
#include "engines/duckdb/tables/copy_reader_source.hpp"
#include "engines/duckdb/tables/cursor_list.hpp"
#include "engines/duckdb/threads/engine_threads.hpp"
#include "engines/duckdb/threads/priority_gate.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

struct name_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
using name_set = std::unordered_set<std::string, name_hash, std::equal_to<>>;

// DuckDB's own functions; all names in lower case. A user's macro may hide one; plans stay right as long as that macro
// reads only tables of DuckDB.
struct function_catalog {
    name_set scalar;  // scalar functions, aggregates, and macros over them
    name_set table;
};

// State that survives closing and reopening the database.
struct lasting_state {
    explicit lasting_state(health_params params) : health(params) {}

    write_epoch epoch;
    engine_health health;
    std::atomic<std::uint64_t> connection_ids{0};
    priority_gate gate;
};

class duckdb_instance {
  public:
    duckdb_instance(duckdb_params params, database_source source, owned_database database,
                    std::shared_ptr<lasting_state> lasting);

    [[nodiscard]] const duckdb_params& params() const { return params_; }
    [[nodiscard]] const database_source& source() const { return source_; }
    // The catalog in which unqualified names are looked up.
    [[nodiscard]] const std::string& catalog() const { return catalog_; }
    [[nodiscard]] const function_catalog& functions() const { return functions_; }
    [[nodiscard]] write_epoch& epoch() { return lasting_->epoch; }
    [[nodiscard]] engine_health& health() { return lasting_->health; }
    [[nodiscard]] const copy_sources& sources() const { return sources_; }
    [[nodiscard]] engine_threads& threads() { return *threads_; }

    // A connection that uses the catalog.
    result<owned_connection> connect() const;
    [[nodiscard]] connection_pool& connections() { return connections_; }
    [[nodiscard]] engine_metrics& metrics() { return metrics_; }
    [[nodiscard]] cursor_lists& lists() { return lists_; }
    [[nodiscard]] schema_names& schemas() { return schemas_; }
    result<backend::engine_usage> usage();
    // sluice.connections
    [[nodiscard]] std::vector<backend::system_row> list_connections() const;

    // Call it before a statement is planned or run; see served_folder.hpp. Has an effect only if a folder is served.
    void look_at_files(std::uint64_t block_version) {
        if (folder_) {
            folder_->look(block_version);
        }
    }
    [[nodiscard]] std::uint64_t files_version() const { return folder_ ? folder_->version() : 0; }

    // The database files, as they were when they were opened.
    [[nodiscard]] const file_watch& files() const { return files_; }
    [[nodiscard]] const std::shared_ptr<guest_list>& guests() const { return guests_; }
    // Databases that no session may detach, replace or rename.
    [[nodiscard]] const std::vector<std::string>& protected_databases() const { return protected_databases_; }
    // Set once the database and everything in it is closed.
    [[nodiscard]] std::shared_ptr<const std::atomic<bool>> closed() const { return closed_.flag; }
    // From now on no statement may begin here: the database will be reopened once this instance is closed.
    void retire() { retired_.store(true, std::memory_order_release); }
    [[nodiscard]] bool is_retired() const { return retired_.load(std::memory_order_acquire); }

    // Records that a statement has failed.
    void note_failure(const error& failure);
    // Why DuckDB refuses all statements from now on; empty: it does not.
    [[nodiscard]] std::string find_invalidation();
    // Runs it on a connection of its own.
    result<> run_on_its_own(const std::string& sql) const;
    [[nodiscard]] const std::shared_ptr<lasting_state>& lasting() const { return lasting_; }

    // For open_instance().
    result<> load_functions();
    result<> serve_folder();
    result<> start_threads(duckdb_connection connection);
    void watch_files(const std::vector<std::string>& paths) { files_ = file_watch::of(paths); }
    void protect_databases(std::vector<std::string> names) { protected_databases_ = std::move(names); }
    // From now on each connection looks for names there.
    void choose_catalog(std::string catalog);

  private:
    void report_leak(const base::pool_holder& who, std::chrono::milliseconds held) const;

    struct closing_signal {
        std::shared_ptr<std::atomic<bool>> flag = std::make_shared<std::atomic<bool>>(false);
        closing_signal() = default;
        closing_signal(const closing_signal&) = delete;
        closing_signal& operator=(const closing_signal&) = delete;
        ~closing_signal() { flag->store(true, std::memory_order_release); }
    };

    const closing_signal closed_;  // first, so that it is destroyed last
    duckdb_params params_;
    database_source source_;
    owned_database database_;
    std::string catalog_;
    std::vector<std::string> protected_databases_;
    std::string search_path_;  // of a new connection; empty until the catalog is chosen
    schema_names schemas_;
    function_catalog functions_;
    std::shared_ptr<lasting_state> lasting_;                               // shared with earlier and later instances
    std::shared_ptr<guest_list> guests_ = std::make_shared<guest_list>();  // shared with its entries
    file_watch files_;
    std::atomic<bool> retired_{false};
    std::atomic<bool> invalidated_{false};
    copy_sources sources_;  // installed by open_instance()
    std::unique_ptr<engine_threads> threads_ = std::make_unique<engine_threads>(nullptr, 0);  // until start_threads()
    cursor_lists lists_;
    base::metrics_registry own_registry_;  // used if the embedder has none
    engine_metrics metrics_;
    connection_pool connections_;
    std::mutex usage_mutex_;
    std::unique_ptr<served_folder> folder_;
    owned_connection usage_connection_;  // usage_statement_'s, which is kept between samples
    owned_statement usage_statement_;
};

// Shared: sessions and their statements may outlive the backend that opened them.
result<std::shared_ptr<duckdb_instance>> open_instance(duckdb_params params,
                                                       std::shared_ptr<lasting_state> lasting = nullptr);

}  // namespace sluice::duckdb
