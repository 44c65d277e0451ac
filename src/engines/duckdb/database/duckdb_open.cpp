#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/database/external_access.hpp"
#include "engines/duckdb/database/setting_owners.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/functions/all_functions.hpp"
#include "engines/duckdb/tables/sqlite_lists.hpp"
#include "engines/duckdb/tables/system_tables.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::size_t descriptors_to_open = 8;  // the file, its log, and files that other threads open meanwhile

result<owned_config> make_config(const duckdb_params& params, const database_source& source, bool in_memory) {
    owned_config config;
    if (duckdb_create_config(config.out()) == DuckDBError) {
        return fail(sqlstates::internal_error, "DuckDB gave no configuration");
    }
    const bool read_only = !in_memory && (params.read_only || params.check_only);
    std::vector<std::pair<const char*, std::string>> options = {
        {"errors_as_json", "true"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "true"},
        {"extension_directory", params.extension_directory},
        {"access_mode", read_only ? "READ_ONLY" : ""},
        {"threads", params.threads == 0 ? "" : std::to_string(params.threads)},
        {"memory_limit", params.memory_limit_bytes == 0 ? "" : std::to_string(params.memory_limit_bytes) + "B"},
        {"temp_directory", params.access.closed ? temp_directory_of(params, source) : params.temp_directory},
    };
    const auto access = access_options(params);
    options.insert(options.end(), access.begin(), access.end());
    for (const auto& [name, value] : options) {
        if (!value.empty() && duckdb_set_config(config.get(), name, value.c_str()) == DuckDBError) {
            return fail(sqlstates::invalid_parameter_value, "DuckDB refuses " + value + " for " + std::string(name));
        }
    }
    return config;
}

// One line that names the file, for a person at a terminal.
error open_failure(const std::string& path, error cause) {
    std::string reason = cause.message;
    if (const auto lock = reason.find("Conflicting lock is held in "); lock != std::string::npos) {
        constexpr std::size_t words = std::string_view("Conflicting lock is held in ").size();
        reason = reason.substr(lock + words);
        reason = "it is locked by another process, " + reason.substr(0, reason.find(". See also"));
        cause.code = sqlstates::object_in_use;
    }
    std::ranges::replace(reason, '\n', ' ');
    return {.code = cause.code, .message = "cannot open \"" + path + "\": " + reason};
}

result<owned_database> open_database(const duckdb_params& params, const database_source& source) {
    // A database that --check must not create is checked in memory, without its file.
    const bool in_memory = source.kind != source_kind::duckdb_file || (params.check_only && !source.exists);
    // A DuckDB that cannot open its file terminates the process in its destructor.
    if (!has_spare_descriptors(descriptors_to_open)) {
        return fail(error{
            .code = sqlstates::insufficient_resources,
            .message = "cannot open \"" + (in_memory ? "memory" : source.path) + "\": no file descriptors are left",
            .hint = "Raise the server's limit of open files (ulimit -n).",
            .retryable = true});
    }
    TRY_ASSIGN(const auto config, make_config(params, source, in_memory));
    owned_database database;
    char* failure = nullptr;
    const char* path = in_memory ? nullptr : source.path.c_str();
    if (duckdb_open_ext(path, database.out(), config.get(), &failure) == DuckDBError) {
        error cause = translate_error(failure);
        duckdb_free(failure);
        return fail(open_failure(in_memory ? "memory" : source.path, std::move(cause)));
    }
    return database;
}

result<> attach(duckdb_instance& instance, duckdb_connection connection, const std::string& name,
                const database_source& source, sqlite_lists& lists) {
    const bool read_only = instance.params().read_only || instance.params().check_only;
    const bool sqlite = source.kind == source_kind::sqlite_file;
    if (sqlite) {
        TRY(run_sql(connection, "LOAD sqlite_scanner"));
    }
    // Hidden, so that one object that DuckDB cannot read does not break its lists of all others.
    std::string options = sqlite ? "TYPE sqlite, HIDDEN true" : "";
    if (read_only && source.exists) {
        options += options.empty() ? "READ_ONLY" : ", READ_ONLY";
    }
    const bool skip = instance.params().check_only && !source.exists;
    const std::string path = skip ? ":memory:" : source.path;
    auto attached =
        run_sql(connection, "ATTACH " + postgres::quote_literal(path) + " AS " + postgres::quote_identifier(name) +
                                (options.empty() ? "" : " (" + options + ")"));
    if (!attached) {
        return fail(open_failure(source.path, std::move(attached).error()));
    }
    if (sqlite) {
        lists.add({.name = name, .path = source.path, .read_only = read_only});
    }
    return {};
}

result<> attach_others(duckdb_instance& instance, duckdb_connection connection, sqlite_lists& lists) {
    for (const duckdb_attachment& other : instance.params().attachments) {
        TRY_ASSIGN(const auto source, find_source(other.path, instance.params().create));
        if (source.kind == source_kind::folder || source.kind == source_kind::memory) {
            return fail(sqlstates::invalid_parameter_value,
                        "cannot attach \"" + other.path + "\": only DuckDB and SQLite files can be attached");
        }
        if (instance.params().read_only && !source.exists) {
            return fail(sqlstates::undefined_file, "cannot open \"" + other.path + "\": it does not exist");
        }
        TRY(attach(instance, connection, other.name, source, lists));
    }
    return {};
}

// Views and macros for clients that read PostgreSQL's catalog. Hidden: no list of databases or tables shows them.
result<> create_catalog(duckdb_connection connection) {
    std::string script;
    for (const std::string_view catalog : {catalog_name, functions_catalog}) {
        script += "ATTACH ':memory:' AS " + std::string(catalog) + " (HIDDEN true, READ_WRITE true); ";
    }
    for (const std::string& definition : catalog_definitions()) {
        script += definition + ";";
    }
    TRY(run_sql(connection, script));
    return add_all_functions(connection);
}

result<> install_system_tables(duckdb_instance& instance, duckdb_connection connection) {
    TRY(install_system_table(connection, instance.lists().cursor_table()));
    TRY(install_system_table(connection, instance.lists().setting_table()));
    TRY(install_system_table(connection,
                             {.name = "sluice_connections",
                              .columns = {{"connection_id", backend::system_type::bigint},
                                          {"state", backend::system_type::varchar},
                                          {"session_id", backend::system_type::bigint},
                                          {"query_id", backend::system_type::bigint},
                                          {"held_ms", backend::system_type::bigint},
                                          {"age_ms", backend::system_type::bigint},
                                          {"reserved_bytes", backend::system_type::bigint},
                                          {"peak_memory_bytes", backend::system_type::bigint}},
                              .rows = [&instance](backend::system_caller) { return instance.list_connections(); }}));
    for (const backend::system_table& table : instance.params().system_tables) {
        TRY(install_system_table(connection, table));
    }
    return {};
}

std::vector<std::string> server_databases(const duckdb_instance& instance) {
    // A connection begins in "memory" if no file is opened, before it switches to another.
    std::vector<std::string> names{instance.catalog(), "memory", "system", "temp", std::string(catalog_name)};
    for (const duckdb_attachment& other : instance.params().attachments) {
        names.push_back(other.name);
    }
    return names;
}

// Every instance has the catalogs "memory", "temp" and "system".
std::string free_catalog_name(const std::string& stem) {
    const bool taken = stem.empty() || stem == "memory" || stem == "temp" || stem == "system";
    return taken ? stem + "_db" : stem;
}

// Called when the server's settings are made: DuckDB then refuses every further change, except of a session's settings.
result<> lock_settings(duckdb_connection connection) {
    // Settings that the server's own code sets on any connection.
    constexpr auto internal =
        std::to_array<std::string_view>({"custom_profiling_settings", "enable_profiling", "streaming_buffer_size"});
    std::string names;
    const auto add = [&](std::string_view name) {
        names += (names.empty() ? "" : ", ") + postgres::quote_literal(name);
    };
    std::ranges::for_each(internal, add);
    for (const engine_setting& each : engine_settings()) {
        if (each.owner == setting_owner::session && each.alias_of.empty()) {
            add(each.name);
        }
    }
    return run_sql(connection, "SET GLOBAL allowed_configs = [" + names + "]; SET GLOBAL lock_configuration = true");
}

// The files that must not be replaced, and the folders that must have free space.
result<> watch_disks(duckdb_instance& instance, duckdb_connection connection) {
    const duckdb_params& params = instance.params();
    std::vector<std::string> files;
    if (instance.source().kind == source_kind::duckdb_file && !(params.check_only && !instance.source().exists)) {
        files.push_back(instance.source().path);
    }
    for (const duckdb_attachment& other : params.attachments) {
        TRY_ASSIGN(const auto source, find_source(other.path, params.create));
        if (source.kind == source_kind::duckdb_file) {
            files.push_back(source.path);
        }
    }
    std::vector<std::string> folders;
    for (const std::string& file : files) {
        if (!params.read_only) {
            folders.push_back(std::filesystem::path(file).parent_path().string());
        }
    }
    instance.watch_files(files);
    TRY_ASSIGN(auto temporary, read_text(connection, "SELECT current_setting('temp_directory')"));
    folders.push_back(std::move(temporary));
    std::ranges::sort(folders);
    const auto doubles = std::ranges::unique(folders);
    folders.erase(doubles.begin(), doubles.end());
    instance.health().watch_folders(std::move(folders));
    return {};
}

}  // namespace

result<std::shared_ptr<duckdb_instance>> open_instance(duckdb_params params, std::shared_ptr<lasting_state> lasting) {
    const bool again = lasting != nullptr;
    if (!again) {
        lasting = std::make_shared<lasting_state>(params.health);
    }
    TRY_ASSIGN(auto source, find_source(params.database, params.create));
    if ((params.read_only || again) && !source.exists) {
        return fail(sqlstates::undefined_file, "cannot open \"" + source.path + "\": it does not exist");
    }
    TRY_ASSIGN(auto database, open_database(params, source));
    auto instance =
        std::make_shared<duckdb_instance>(std::move(params), source, std::move(database), std::move(lasting));
    TRY_ASSIGN(const auto connection, instance->connect());
    TRY(instance->start_threads(connection.get()));
    TRY(run_sql(connection.get(), "SET GLOBAL TimeZone = 'UTC'"));  // the default of sessions, not the machine's zone
    if (const auto most = instance->params().temp_directory_bytes_max; most != 0) {
        // In the configuration for opening a database, DuckDB 1.5 shows this setting but does not obey it.
        TRY(run_sql(connection.get(), "SET GLOBAL max_temp_directory_size = '" + std::to_string(most) + "B'"));
    }
    load_readers(instance->params(), connection.get());
    // Owned by the functions that read it, and so by the database.
    const auto lists = std::make_shared<sqlite_lists>([&made = *instance] { return made.connect(); });
    std::string catalog;
    if (source.kind == source_kind::sqlite_file || source.kind == source_kind::folder) {
        catalog = free_catalog_name(source.stem);
        if (source.kind == source_kind::sqlite_file) {
            TRY(attach(*instance, connection.get(), catalog, source, *lists));
        } else {
            TRY(run_sql(connection.get(), "ATTACH ':memory:' AS " + postgres::quote_identifier(catalog)));
        }
        TRY(run_sql(connection.get(), "USE " + postgres::quote_identifier(catalog)));
    } else {
        TRY_ASSIGN(catalog, read_text(connection.get(), "SELECT current_database()"));
    }
    TRY(attach_others(*instance, connection.get(), *lists));
    TRY(watch_disks(*instance, connection.get()));
    TRY(install_system_tables(*instance, connection.get()));
    for (backend::system_table& table : sqlite_lists::tables(lists)) {
        TRY(install_system_table(connection.get(), std::move(table)));
    }
    TRY(create_catalog(connection.get()));
    instance->choose_catalog(std::move(catalog));
    if (source.kind == source_kind::folder) {
        TRY(instance->serve_folder());
    }
    TRY(instance->sources().install(connection.get()));
    TRY(instance->load_functions());
    TRY(close_access(instance->params(), source, connection.get()));
    instance->protect_databases(server_databases(*instance));
    TRY(lock_settings(connection.get()));
    return instance;
}

}  // namespace sluice::duckdb
