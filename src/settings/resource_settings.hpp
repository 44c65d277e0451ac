// resource_settings.hpp - settings of `sluice serve`: readiness, connections to the engine, threads, memory and disk.
//
// Use:     see server_settings.hpp
// Threads: constants.
#pragma once

#include "base/config/property.hpp"

namespace sluice::settings {

// ---- readiness

inline constexpr base::size_setting readiness_disk_free_min(
    {.name = "readiness_disk_free_min",
     .default_value = "64MB",
     .min = "0",
     .max = "1TB",
     .doc = "/readyz answers 503 while the disk of a database or of temp_directory has less free space than this; 0 "
            "disables the check.",
     .group = "Readiness"});

inline constexpr base::duration_setting readiness_trouble_window(
    {.name = "readiness_trouble_window",
     .default_value = "10s",
     .max = "1h",
     .doc = "/readyz answers 503 for this time after a disk failure, damaged data or a lack of file descriptors."});

// ---- connections to the engine

inline constexpr base::count_setting engine_connections_min(
    {.name = "engine_connections_min",
     .default_value = "1",
     .min = "0",
     .max = "10000",
     .unit = "N",
     .doc = "Number of connections to the engine that are kept ready.",
     .group = "Connections to the engine"});

inline constexpr base::count_setting engine_connections_max(
    {.name = "engine_connections_max",
     .default_value = "1000",
     .min = "1",
     .max = "100000",
     .unit = "N",
     .doc = "Largest number of connections to the engine. A session needs one while a statement runs, and as long as "
            "it has a transaction, an open cursor, a SET in the engine or a temporary table; other sessions wait."});

inline constexpr base::duration_setting engine_connection_timeout(
    {.name = "engine_connection_timeout",
     .default_value = "30s",
     .min = "1ms",
     .max = "1d",
     .doc = "Time that a statement waits for a connection to the engine (53300)."});

inline constexpr base::duration_setting engine_connection_idle_timeout(
    {.name = "engine_connection_idle_timeout",
     .default_value = "30s",
     .max = "1d",
     .doc = "Closes connections to the engine that are unused for this time; an idle session drops its plans then."});

inline constexpr base::duration_setting engine_connection_lifetime(
    {.name = "engine_connection_lifetime",
     .default_value = "1h",
     .max = "30d",
     .doc = "Closes older connections to the engine between statements, each a little earlier or later; 0: never."});

inline constexpr base::duration_setting engine_connection_leak_threshold(
    {.name = "engine_connection_leak_threshold",
     .default_value = "10min",
     .max = "30d",
     .doc =
         "Logs the session and the query that have held a connection to the engine for longer than this; 0: never."});

// ---- threads, memory and disk

inline constexpr base::count_setting io_threads(
    {.name = "io_threads",
     .default_value = "0",
     .min = "0",
     .max = "64",
     .unit = "N",
     .doc = "Number of threads that serve sockets and run short statements; 0: one for each core.",
     .group = "Threads, memory and disk"});

inline constexpr base::count_setting executor_threads(
    {.name = "executor_threads",
     .default_value = "0",
     .min = "0",
     .max = "1024",
     .unit = "N",
     .doc = "Number of threads that are kept for running statements; 0: one for each core."});

inline constexpr base::count_setting executor_threads_max(
    {.name = "executor_threads_max",
     .default_value = "64",
     .min = "1",
     .max = "4096",
     .unit = "N",
     .doc = "Largest number of executor threads, reached while long statements run; also of running statements."});

inline constexpr base::count_setting engine_threads(
    {.name = "engine_threads",
     .default_value = "0",
     .min = "0",
     .max = "4096",
     .unit = "N",
     .doc =
         "Number of DuckDB's threads for all statements; 0: one a core, at most one for each 128MB of memory_limit."});

inline constexpr base::size_setting memory_limit(
    {.name = "memory_limit",
     .default_value = "0",
     .max = "1024TB",
     .doc = "Memory that DuckDB may use before it spills to temp_directory; 0: seven eighths of memory_budget."});

inline constexpr base::size_setting streaming_buffer_size(
    {.name = "streaming_buffer_size",
     .default_value = "1kB",
     .min = "1kB",
     .max = "1GB",
     .doc = "Size of the rows that DuckDB computes ahead for each open result."});

inline constexpr base::size_setting buffered_bytes_max(
    {.name = "buffered_bytes_max",
     .default_value = "256MB",
     .min = "1MB",
     .max = "1TB",
     .doc = "Memory for replies that are being written or wait for slow clients, all sessions together. A session may "
            "hold as much as is still free, then its statement pauses; at least four times write_buffer_size."});

inline constexpr base::size_setting write_buffer_size(
    {.name = "write_buffer_size",
     .default_value = "128kB",
     .min = "8kB",
     .max = "4MB",
     .doc = "Size of the buffers that rows are encoded into and sent from."});

inline constexpr base::count_setting write_buffers_kept(
    {.name = "write_buffers_kept",
     .default_value = "64",
     .min = "0",
     .max = "65536",
     .unit = "N",
     .doc = "Number of unused write buffers that are kept for the next reply."});

inline constexpr base::path_setting temp_directory(
    {.name = "temp_directory",
     .unit = "DIR",
     .doc = "Directory for data that does not fit into memory; none: beside the database file, or the system's "
            "directory for a database in memory."});

inline constexpr base::size_setting temp_directory_size_max(
    {.name = "temp_directory_size_max",
     .default_value = "0",
     .max = "1024TB",
     .doc = "Size of the spilled data; 0: ten times memory_budget, at most 90 % of the disk space free at the start."});

inline constexpr base::path_setting extension_directory(
    {.name = "extension_directory",
     .unit = "DIR",
     .doc = "Directory of DuckDB's extensions; none: the extensions that were built or installed with this program."});

}  // namespace sluice::settings
