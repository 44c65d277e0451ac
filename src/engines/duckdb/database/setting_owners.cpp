#include "engines/duckdb/database/setting_owners.hpp"

#include <algorithm>
#include <array>

#include "base/text/ascii.hpp"

namespace sluice::duckdb {

namespace {

using enum setting_owner;

constexpr engine_setting own(std::string_view name, std::string_view doc) {
    return {.name = name, .owner = session, .doc = doc};
}
constexpr engine_setting own_secret(std::string_view name, std::string_view doc) {
    return {.name = name, .owner = session, .doc = doc, .secret = true};
}
constexpr engine_setting servers(std::string_view name, std::string_view doc, std::string_view flag = "") {
    return {.name = name, .owner = server, .doc = doc, .flag = flag};
}
constexpr engine_setting alias(std::string_view name, std::string_view of, setting_owner owner,
                               std::string_view flag = "") {
    return {.name = name, .owner = owner, .doc = "Another name of it.", .flag = flag, .alias_of = of};
}
constexpr engine_command pragma(std::string_view name, setting_owner owner, std::string_view doc) {
    return {.name = name, .kind = command_kind::pragma, .owner = owner, .doc = doc};
}
constexpr engine_command function(std::string_view name, setting_owner owner, std::string_view doc) {
    return {.name = name, .kind = command_kind::function, .owner = owner, .doc = doc};
}

// A setting belongs to the session if DuckDB can keep it per connection and it can neither stop the process (depth of
// expressions, memory, open files), nor write to a file or to the server's terminal, nor change a setting that Sluice
// relies on.
constexpr auto settings = std::to_array<engine_setting>({
    servers("__delta_only_variant_encoding_enabled", "Lets the Parquet reader recognise variants by their structure."),
    servers("access_mode", "Opens the database for reading only, or for reading and writing.", "--read-only"),
    servers("allocator_background_threads", "Frees memory on threads of the allocator's own."),
    servers("allocator_bulk_deallocation_flush_threshold",
            "Size of a deallocation after which memory is returned to the system."),
    servers("allocator_flush_threshold", "Peak of a task's memory after which it is returned to the system."),
    own("allow_asterisks_in_http_paths", "Accepts * in the URL of a query."),
    servers("allow_community_extensions", "Accepts extensions that are signed by the community's key."),
    servers("allow_extensions_metadata_mismatch", "Accepts extensions that were built for another version."),
    servers("allow_parser_override_extension", "Lets extensions replace the parser."),
    servers("allow_persistent_secrets", "Keeps secrets on disk."),
    servers("allow_unredacted_secrets", "Shows secrets in the clear."),
    servers("allow_unsigned_extensions", "Accepts extensions without a valid signature."),
    servers("allowed_configs", "Settings that may change although the configuration is locked; the sessions' own."),
    servers("allowed_directories", "Folders that may be read although external access is off.", "--allow-files"),
    servers("allowed_paths", "Files that may be read although external access is off.", "--allow-files"),
    own("arrow_large_buffer_size", "Format of exported Arrow data; no client of Sluice sees it."),
    own("arrow_lossless_conversion", "Format of exported Arrow data; no client of Sluice sees it."),
    own("arrow_output_list_view", "Format of exported Arrow data; no client of Sluice sees it."),
    own("arrow_output_version", "Format of exported Arrow data; no client of Sluice sees it."),
    own("asof_loop_join_threshold", "Rows on the left of an ASOF join up to which a nested loop is used."),
    servers("auto_checkpoint_skip_wal_threshold",
            "Size of a commit that is written by a checkpoint instead of the log."),
    own("auto_fallback_to_full_download", "Downloads a whole file where parts of it cannot be had."),
    servers("autoinstall_extension_repository", "Address from which extensions are installed automatically."),
    servers("autoinstall_known_extensions", "Downloads extensions that a statement needs; off in Sluice."),
    servers("autoload_known_extensions", "Loads extensions that a statement needs."),
    own("azure_account_name", "Account of Azure storage."),
    own("azure_context_caching", "Keeps the connection to Azure storage within a query."),
    own("azure_credential_chain", "Kinds of Azure credentials, in the order in which they are tried."),
    own("azure_endpoint", "Endpoint of Azure storage."),
    own("azure_http_logging", "Writes requests to Azure into the engine's log."),
    own("azure_http_logging_redact_headers", "Headers that are left out of that log."),
    own("azure_http_logging_redact_query_params", "Parameters of URLs that are left out of that log."),
    own("azure_http_proxy", "Proxy for requests to Azure."),
    own("azure_http_stats", "Shows numbers of requests to Azure in EXPLAIN ANALYZE."),
    own_secret("azure_proxy_password", "Password for that proxy."),
    own("azure_proxy_user_name", "User name for that proxy."),
    own("azure_read_buffer_size", "Buffer for reading from Azure."),
    own("azure_read_transfer_chunk_size", "Largest size of one read from Azure."),
    own("azure_read_transfer_concurrency", "Number of parallel reads from Azure."),
    own_secret("azure_storage_connection_string", "Connection string of Azure storage, with its key."),
    own("azure_transport_option_type", "HTTP library for requests to Azure."),
    own("azure_write_block_size", "Size of a block that is written to Azure."),
    own("azure_write_staged_blocks_per_commit", "Blocks after which a write to Azure becomes visible."),
    own("binary_as_string", "Reads binary columns of Parquet files as text."),
    servers("block_allocator_memory", "Memory that the block allocator keeps for good."),
    own("ca_cert_file", "File of certificates that HTTPS requests trust."),
    own("Calendar", "Calendar of dates in text."),
    own("catalog_error_max_schemas", "Schemas that are searched for names like one that does not exist."),
    servers("checkpoint_threshold", "Size of the log after which it is written into the database file."),
    servers("current_transaction_invalidation_policy", "Errors after which a transaction cannot go on."),
    servers("custom_extension_repository", "Address from which extensions are installed."),
    servers("custom_profiling_settings",
            "Metrics of the engine's profiles; SET sluice.profile_query keeps a session's profiles."),
    servers("custom_user_agent", "Name of the program in requests of the engine."),
    servers("debug_asof_iejoin", "For the engine's own tests."),
    servers("debug_checkpoint_abort", "For the engine's own tests."),
    servers("debug_checkpoint_sleep_ms", "For the engine's own tests."),
    servers("debug_eviction_queue_sleep_micro_seconds", "For the engine's own tests."),
    servers("debug_force_external", "For the engine's own tests."),
    servers("debug_force_no_cross_product", "For the engine's own tests."),
    servers("debug_physical_table_scan_execution_strategy", "For the engine's own tests."),
    servers("debug_skip_checkpoint_on_commit", "For the engine's own tests."),
    servers("debug_verify_blocks", "For the engine's own tests."),
    servers("debug_verify_vector", "For the engine's own tests."),
    servers("debug_window_mode", "For the engine's own tests."),
    servers("default_block_size", "Size of a block of new database files."),
    own("default_collation", "Collation of text that names none."),
    own("default_null_order", "Place of nulls in an ORDER BY that names none."),
    own("default_order", "Direction of an ORDER BY that names none."),
    servers("default_secret_storage", "Place where secrets are kept."),
    servers("delta_kernel_logging", "Writes the Delta library's messages into the engine's log."),
    servers("delta_scan_explain_files_filtered", "Shows in EXPLAIN which files of a Delta table were left out."),
    own("deprecated_using_key_syntax", "Accepts UNION in recursive queries with USING KEY."),
    servers("disable_database_invalidation", "Goes on after errors that leave the database in doubt."),
    own("disable_parquet_prefetching", "Reads Parquet files without fetching ahead."),
    own("disable_timestamptz_casts", "Refuses casts from timestamp to timestamptz."),
    servers("disabled_compression_methods", "Compression methods that are not used for storage."),
    servers("disabled_filesystems", "File systems that statements cannot use."),
    servers("disabled_log_types", "Kinds of messages that are left out of the engine's log."),
    servers("disabled_optimizers",
            "Steps of the optimizer that are left out; PRAGMA disable_optimizer is the session's."),
    servers("duckdb_api", "Name of the interface that the engine is called by."),
    own("dynamic_or_filter_threshold", "Alternatives of a filter that a hash join may make."),
    own("enable_caching_operators", "Gathers small chunks between operators."),
    own("enable_curl_server_cert_verification", "Checks the certificates of HTTPS servers, with curl."),
    servers("enable_external_access", "Lets statements reach files, networks and extensions.", "--external-access"),
    servers("enable_external_file_cache", "Keeps parts of external files in memory."),
    servers("enable_fsst_vectors", "Hands compressed text from the storage to operators."),
    own("enable_geoparquet_conversion", "Reads and writes geometries of GeoParquet files."),
    own("enable_global_s3_configuration", "Takes S3 credentials from the server's environment."),
    servers("enable_http_logging", "Prints HTTP requests."),
    own("enable_http_metadata_cache", "Keeps what is known of files behind HTTP from one query to the next."),
    servers("enable_logging", "Keeps the engine's log."),
    own("enable_macro_dependencies", "Makes new macros depend on the tables that they read."),
    own("enable_object_cache", "Has no effect."),
    servers("enable_profiling",
            "Prints profiles on the server's terminal; EXPLAIN ANALYZE and sluice.profile_query are the session's."),
    servers("enable_progress_bar", "Draws a progress bar on the server's terminal."),
    servers("enable_progress_bar_print", "Draws a progress bar on the server's terminal."),
    own("enable_server_cert_verification", "Checks the certificates of HTTPS servers."),
    own("enable_view_dependencies", "Makes new views depend on the tables that they read."),
    servers("enabled_log_types", "Kinds of messages that are kept in the engine's log."),
    servers("errors_as_json", "Format of the engine's errors, which Sluice reads."),
    servers("experimental_metadata_reuse", "Keeps metadata that a checkpoint has not changed."),
    own("explain_output", "Plans that EXPLAIN shows."),
    servers("extension_directories", "Folders in which extensions are looked for.", "--extension-directory"),
    servers("extension_directory", "Folder with the engine's extensions.", "--extension-directory"),
    servers("external_threads", "Threads of the server's that work for the engine.", "--engine-threads"),
    own("file_search_path", "Folders in which relative paths of files are looked for."),
    servers("force_bitpacking_mode", "For the engine's own tests."),
    servers("force_column_metadata_reuse", "Keeps metadata of columns that a checkpoint has not changed."),
    servers("force_compression", "For the engine's own tests."),
    own("force_download", "Downloads whole files before they are read."),
    own("force_download_threshold", "Size up to which a file is downloaded before it is read."),
    servers("force_mbedtls_unsafe", "Encrypts with a library that is not safe for it."),
    servers("force_variant_shredding", "For the engine's own tests."),
    servers("geometry_minimum_shredding_size", "Rows from which geometries are stored in parts."),
    own("hf_max_per_page", "Entries of one listing from Hugging Face."),
    servers("home_directory", "Folder that ~ stands for."),
    own("http_keep_alive", "Keeps HTTP connections open between requests."),
    servers("http_logging_output", "Place to which HTTP requests are printed."),
    servers("http_proxy", "Proxy for HTTP requests."),
    servers("http_proxy_password", "Password for that proxy."),
    servers("http_proxy_username", "User name for that proxy."),
    own("http_retries", "Number of times that a failed HTTP request is repeated."),
    own("http_retry_backoff", "Factor by which the wait between repeated requests grows."),
    own("http_retry_wait_ms", "Wait before the first repeated request."),
    own("http_timeout", "Longest time of one HTTP request, in seconds."),
    servers("httpfs_client_implementation", "HTTP library of the engine."),
    own("httpfs_connection_caching", "Keeps HTTP connections for later files."),
    own("httpfs_enable_credential_refresh", "Asks for new S3 credentials when the old ones are refused."),
    own("ieee_floating_point_ops", "Answers infinity and NaN where PostgreSQL fails or DuckDB answered null."),
    own("ignore_unknown_crs", "Accepts geometries of an unknown reference system."),
    own("immediate_transaction_mode", "Begins transactions at BEGIN instead of at the first statement."),
    own("index_scan_max_count", "Rows up to which an index is used."),
    own("index_scan_percentage", "Part of a table up to which an index is used."),
    own("integer_division", "Makes / of integers an integer, as in PostgreSQL."),
    own("lambda_syntax", "Accepts x -> f(x) for lambda functions."),
    own("late_materialization_max_rows", "Rows of a LIMIT up to which other columns are fetched last."),
    servers("lock_configuration", "Keeps the server's settings as they are; always on in Sluice."),
    servers("log_query_path", "File into which statements are written; sluice.query_log has them."),
    servers("logging_level", "Least severity of messages in the engine's log."),
    servers("logging_mode", "Way in which messages of the engine's log are chosen."),
    servers("logging_storage", "Place where the engine's log is kept."),
    servers("max_expression_depth", "Depth to which expressions may be nested."),
    servers("max_memory", "Memory that the engine may use.", "--memory-limit"),
    servers("max_temp_directory_size", "Disk space for what does not fit into memory.", "--temp-directory-size-max"),
    servers("max_vacuum_tasks", "Tasks of one checkpoint that give room back."),
    alias("memory_limit", "max_memory", server, "--memory-limit"),
    own("merge_http_secret_into_s3_request", "Sends headers of HTTP secrets with S3 requests."),
    own("merge_join_threshold", "Rows up to which a merge join is not used."),
    own("nested_loop_join_threshold", "Rows up to which a nested loop join is used."),
    alias("null_order", "default_null_order", session),
    own("old_implicit_casting", "Casts everything to text where text is wanted."),
    own("order_by_non_integer_literal", "Accepts ORDER BY with a constant, which orders nothing."),
    own("ordered_aggregate_threshold", "Rows that an ordered aggregate gathers before it sorts."),
    own("parquet_metadata_cache", "Keeps what is known of Parquet files from one query to the next."),
    own("partitioned_write_flush_threshold", "Rows after which a partitioned COPY writes."),
    servers("partitioned_write_max_open_files", "Files that a partitioned COPY keeps open."),
    own_secret("password", "Has no effect."),
    own("perfect_ht_threshold", "Bits of a key up to which an aggregate uses an array."),
    servers("pin_threads", "Binds the engine's threads to processors."),
    own("pivot_filter_threshold", "Columns of a PIVOT up to which filters are used."),
    own("pivot_limit", "Columns that a PIVOT may make."),
    own("prefer_range_joins", "Uses range joins wherever a condition allows one."),
    own("prefetch_all_parquet_files", "Fetches ahead from local Parquet files, too."),
    own("preserve_identifier_case", "Keeps names in the case in which they were written."),
    own("preserve_insertion_order", "Returns rows in the order in which they were inserted."),
    own("produce_arrow_string_view", "Format of exported Arrow data; no client of Sluice sees it."),
    servers("profile_output", "File into which profiles are written."),
    servers("profiling_coverage", "Statements that are profiled."),
    servers("profiling_mode", "Detail of the engine's profiles."),
    alias("profiling_output", "profile_output", server),
    servers("progress_bar_time", "Time after which a progress bar is drawn."),
    own("s3_access_key_id", "Access key of S3."),
    own("s3_allow_recursive_globbing", "Lists folders of S3 one by one for a pattern."),
    own("s3_endpoint", "Endpoint of S3."),
    own("s3_kms_key_id", "Key that S3 encrypts with."),
    own("s3_region", "Region of S3."),
    own("s3_requester_pays", "Pays for requests to buckets of others."),
    own_secret("s3_secret_access_key", "Secret key of S3."),
    own_secret("s3_session_token", "Session token of S3."),
    own("s3_uploader_max_filesize", "Largest file that is written to S3."),
    own("s3_uploader_max_parts_per_file", "Number of parts of a file that is written to S3."),
    own("s3_uploader_thread_limit", "Number of parallel uploads to S3."),
    own("s3_url_compatibility_mode", "Takes * and ? in S3 URLs as they stand."),
    own("s3_url_style", "Form of S3 URLs: vhost or path."),
    own("s3_use_ssl", "Uses HTTPS for S3."),
    own("s3_version_id_pinning", "Reads one version of an S3 object from beginning to end."),
    own("scalar_subquery_error_on_multiple_rows", "Fails when a scalar subquery has several rows."),
    servers("scheduler_process_partial", "Lets the engine's threads change between queries more often."),
    own("schema", "Schema of unqualified names; search_path in PostgreSQL."),
    own("search_path", "Schemas of unqualified names."),
    servers("secret_directory", "Folder in which secrets are kept."),
    own("sqlite_all_varchar", "Reads all columns of SQLite files as text."),
    servers("sqlite_debug_show_queries", "Prints the queries that are sent to SQLite."),
    own("sqlite_disable_multithreaded_scans", "Reads a SQLite file with one thread."),
    servers("storage_block_prefetch", "Storage from which blocks are fetched ahead."),
    servers("storage_compatibility_version", "Oldest version of DuckDB that can read new files."),
    servers("streaming_buffer_size", "Rows that a statement computes ahead of its client.", "--streaming-buffer-size"),
    servers("temp_directory", "Folder for what does not fit into memory.", "--temp-directory"),
    servers("temp_file_encryption", "Encrypts files in that folder."),
    servers("threads", "Threads that work for the engine.", "--engine-threads"),
    own("TimeZone", "Time zone of timestamps in text."),
    own("unsafe_disable_etag_checks", "Reads on when a file behind HTTP has changed meanwhile."),
    alias("user", "username", session),
    own("username", "Has no effect."),
    servers("vacuum_rebuild_indexes", "Gives room back in tables with indexes."),
    own("validate_external_file_cache", "Files whose cached parts are compared with the file first."),
    servers("variant_minimum_shredding_size", "Rows from which variants are stored in parts."),
    alias("wal_autocheckpoint", "checkpoint_threshold", server),
    servers("wal_autocheckpoint_entries", "Entries of the log after which it is written into the database file."),
    servers("warnings_as_errors", "Turns the engine's warnings into errors."),
    alias("worker_threads", "threads", server, "--engine-threads"),
    servers("write_buffer_row_group_count", "Row groups that a bulk insert gathers before it writes."),
    servers("write_buffer_row_group_memory_limit", "Memory that a bulk insert gathers before it writes."),
    servers("zstd_min_string_length", "Length of text from which it is compressed with zstd."),
});

constexpr auto commands = std::to_array<engine_command>({
    pragma("add_parquet_key", server,
           "Adds a key that every session's Parquet files can use; COPY's ENCRYPTION_CONFIG takes one by itself."),
    pragma("all_profiling_output", session, "Reads."),
    function("checkpoint", session, "Writes the log into the database file."),
    pragma("collations", session, "Reads."),
    pragma("copy_database", server, "Runs statements that the server has not seen; COPY FROM DATABASE does the same."),
    pragma("database_list", session, "Reads."),
    pragma("database_size", session, "Reads."),
    pragma("disable_checkpoint_on_shutdown", server,
           "Decides whether the log is written into the database file at the end."),
    function("disable_logging", server, "Changes the engine's log, which all sessions share."),
    pragma("disable_object_cache", session, "Has no effect."),
    pragma("disable_optimizer", session, "Changes how the session's statements are planned."),
    pragma("disable_print_progress_bar", session, "Turns off what is off."),
    pragma("disable_profile", session, "Turns off what is off."),
    pragma("disable_profiling", session, "Turns off what is off."),
    function("disable_profiling", session, "Turns off what is off."),
    pragma("disable_progress_bar", session, "Turns off what is off."),
    pragma("disable_verification", session, "Turns off what is off."),
    pragma("disable_verify_external", session, "Turns off what is off."),
    pragma("disable_verify_fetch_row", session, "Turns off what is off."),
    pragma("disable_verify_parallelism", session, "Turns off what is off."),
    pragma("disable_verify_serializer", session, "Turns off what is off."),
    pragma("enable_checkpoint_on_shutdown", server,
           "Decides whether the log is written into the database file at the end."),
    function("enable_logging", server, "Changes the engine's log, which all sessions share."),
    pragma("enable_object_cache", session, "Has no effect."),
    pragma("enable_optimizer", session, "Changes how the session's statements are planned."),
    pragma("enable_print_progress_bar", server, "Prints on the server's terminal."),
    pragma("enable_profile", server, "Prints on the server's terminal."),
    pragma("enable_profiling", server, "Prints on the server's terminal."),
    function(
        "enable_profiling", server,
        "Prints on the server's terminal or into a file; EXPLAIN ANALYZE and sluice.profile_query are the session's."),
    pragma("enable_progress_bar", server, "Prints on the server's terminal."),
    pragma("enable_verification", server, "Runs every statement several times, for the engine's own tests."),
    pragma("extension_versions", session, "Reads."),
    pragma("force_checkpoint", server, "Writes a checkpoint after every statement."),
    function("force_checkpoint", server,
             "Ends the transactions of other sessions; CHECKPOINT tries again while they write."),
    pragma("functions", session, "Reads."),
    pragma("import_database", server, "Runs statements that the server has not seen; IMPORT DATABASE does the same."),
    pragma("json_execute_serialized_sql", server, "Runs statements that the server has not seen."),
    function("json_execute_serialized_sql", server, "Runs statements that the server has not seen."),
    pragma("metadata_info", session, "Reads."),
    pragma("platform", session, "Reads."),
    pragma("show", session, "Reads."),
    pragma("show_databases", session, "Reads."),
    pragma("show_tables", session, "Reads."),
    pragma("show_tables_expanded", session, "Reads."),
    pragma("storage_info", session, "Reads."),
    pragma("table_info", session, "Reads."),
    pragma("tpch", session, "Reads."),
    function("truncate_duckdb_logs", server, "Changes the engine's log, which all sessions share."),
    pragma("user_agent", session, "Reads."),
    pragma("verify_external", server, "Runs every statement several times, for the engine's own tests."),
    pragma("verify_fetch_row", server, "Runs every statement several times, for the engine's own tests."),
    pragma("verify_parallelism", server, "Runs every statement several times, for the engine's own tests."),
    pragma("verify_serializer", server, "Runs every statement several times, for the engine's own tests."),
    pragma("version", session, "Reads."),
});

constexpr bool less_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, {}, base::to_lower, base::to_lower);
}
static_assert(std::ranges::is_sorted(settings, less_ignoring_case, &engine_setting::name));
static_assert(std::ranges::is_sorted(commands, {}, &engine_command::name));

}  // namespace

std::span<const engine_setting> engine_settings() {
    return settings;
}

const engine_setting* find_engine_setting(std::string_view name) {
    const auto* found = std::ranges::lower_bound(settings, name, less_ignoring_case, &engine_setting::name);
    return found != settings.end() && !less_ignoring_case(name, found->name) ? found : nullptr;
}

std::span<const engine_command> engine_commands() {
    return commands;
}

const engine_command* find_engine_command(command_kind kind, std::string_view lower) {
    const auto range = std::ranges::equal_range(commands, lower, {}, &engine_command::name);
    const auto found = std::ranges::find(range, kind, &engine_command::kind);
    return found == range.end() ? nullptr : &*found;
}

}  // namespace sluice::duckdb
