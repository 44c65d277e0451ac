// client_settings.hpp - settings of `sluice serve`: connections, timeouts, and the limits of each session.
//
// Use:     see server_settings.hpp
// Threads: constants.
#pragma once

#include "base/config/property.hpp"

namespace sluice::settings {

// ---- connections and timeouts

inline constexpr base::count_setting max_connections(
    {.name = "max_connections",
     .default_value = "1000",
     .min = "1",
     .max = "100000",
     .unit = "N",
     .doc = "Number of sessions at a time; further ones get 53300. An idle session costs some kilobytes, no thread and "
            "no engine connection.",
     .group = "Connections and timeouts",
     .basic = true});

inline constexpr base::count_setting max_handshakes(
    {.name = "max_handshakes",
     .default_value = "100",
     .min = "1",
     .max = "10000",
     .unit = "N",
     .doc = "Number of connections that are still logging in; further ones wait to be accepted."});

inline constexpr base::count_setting http_max_connections({.name = "http_max_connections",
                                                           .default_value = "64",
                                                           .min = "1",
                                                           .max = "10000",
                                                           .unit = "N",
                                                           .doc = "Number of HTTP connections at a time."});

inline constexpr base::duration_setting authentication_timeout(
    {.name = "authentication_timeout",
     .default_value = "60s",
     .min = "1ms",
     .max = "10min",
     .doc = "Time from accepting a connection to a successful login."});

inline constexpr base::duration_setting statement_timeout(
    {.name = "statement_timeout",
     .default_value = "0",
     .max = "24d",
     .doc = "Cancels a statement that runs longer (57014); 0: never. A session can set its own.",
     .base_unit = "ms"});

inline constexpr base::duration_setting idle_in_transaction_session_timeout(
    {.name = "idle_in_transaction_session_timeout",
     .default_value = "0",
     .max = "24d",
     .doc = "Ends a session that idles inside a transaction for longer (25P03); 0: never. A session can set its own.",
     .base_unit = "ms"});

inline constexpr base::duration_setting drain_timeout(
    {.name = "drain_timeout",
     .default_value = "30s",
     .max = "1d",
     .doc = "Time that running statements may take after the first SIGTERM or Ctrl-C."});

inline constexpr base::duration_setting tcp_keepalives_idle(
    {.name = "tcp_keepalives_idle",
     .default_value = "60s",
     .max = "1d",
     .doc = "Idle time before the first keepalive probe; 0: the system's default."});

inline constexpr base::duration_setting tcp_keepalives_interval(
    {.name = "tcp_keepalives_interval",
     .default_value = "10s",
     .max = "1d",
     .doc = "Time between keepalive probes; 0: the system's default."});

inline constexpr base::count_setting tcp_keepalives_count(
    {.name = "tcp_keepalives_count",
     .default_value = "6",
     .min = "0",
     .max = "127",
     .unit = "N",
     .doc = "Number of unanswered probes after which the client counts as gone; 0: the system's default."});

inline constexpr base::duration_setting tcp_user_timeout(
    {.name = "tcp_user_timeout",
     .default_value = "0",
     .max = "1d",
     .doc = "Time that sent bytes may stay unacknowledged before the client counts as gone; 0: the system's default.",
     .base_unit = "ms"});

// ---- each session

inline constexpr base::size_setting message_size_max(
    {.name = "message_size_max",
     .default_value = "64MB",
     .min = "64kB",
     .max = "1GB",
     .doc = "Size of a client's largest message: the text of a statement with its parameters, a piece of COPY.",
     .group = "Each session"});

inline constexpr base::size_setting input_buffer_size(
    {.name = "input_buffer_size",
     .default_value = "1MB",
     .min = "64kB",
     .max = "64MB",
     .doc = "Size of the input buffered while a statement runs, before the server stops reading."});

inline constexpr base::size_setting output_buffer_size(
    {.name = "output_buffer_size",
     .default_value = "1MB",
     .min = "128kB",
     .max = "64MB",
     .doc = "Size of the encoded rows that wait for a slow client, before the statement pauses."});

inline constexpr base::size_setting flush_threshold_bytes(
    {.name = "flush_threshold_bytes",
     .default_value = "64kB",
     .min = "1kB",
     .max = "4MB",
     .doc = "Size of encoded rows that are sent at once, even if more rows follow."});

inline constexpr base::count_setting flush_threshold_rows(
    {.name = "flush_threshold_rows",
     .default_value = "100",
     .min = "1",
     .max = "1000000000",
     .unit = "N",
     .doc = "Number of first rows of a result that are sent at once; later rows are sent by size, or after 200 us."});

inline constexpr base::duration_setting flush_timeout(
    {.name = "flush_timeout",
     .default_value = "300s",
     .max = "1d",
     .doc = "Closes a connection if bytes wait for its client and it reads none of them for this time; 0: never."});

inline constexpr base::duration_setting cancel_timeout(
    {.name = "cancel_timeout",
     .default_value = "5s",
     .max = "1d",
     .doc = "Closes a connection (57014) whose cancelled statement has not stopped after this time; 0: never."});

inline constexpr base::duration_setting slow_client_threshold(
    {.name = "slow_client_threshold",
     .default_value = "5s",
     .max = "1d",
     .doc = "Logs and counts a client if bytes wait for it and it reads none of them for this time; 0: never."});

inline constexpr base::count_setting statements_max(
    {.name = "statements_max",
     .default_value = "10000",
     .min = "10",
     .max = "1000000",
     .unit = "N",
     .doc = "Number of prepared statements, and of portals, of one session."});

inline constexpr base::count_setting plan_cache_entries(
    {.name = "plan_cache_entries",
     .default_value = "100",
     .min = "0",
     .max = "10000",
     .unit = "N",
     .doc = "Number of plans that a session keeps, by the text of the statement; 0: none."});

// ---- cursors

inline constexpr base::count_setting max_cursors(
    {.name = "max_cursors",
     .default_value = "100",
     .min = "0",
     .max = "10000",
     .unit = "N",
     .doc = "Number of SQL cursors that a session can have open; further ones get 53400.",
     .group = "Cursors"});

inline constexpr base::count_setting max_cursors_total(
    {.name = "max_cursors_total",
     .default_value = "10000",
     .min = "0",
     .max = "1000000",
     .unit = "N",
     .doc = "Number of SQL cursors that all sessions together can have open; further ones get 53400."});

inline constexpr base::count_setting cursor_batch_size(
    {.name = "cursor_batch_size",
     .default_value = "10000",
     .min = "1",
     .max = "100000",
     .unit = "ROWS",
     .doc = "Number of rows that a scrollable cursor keeps in memory before it writes them to a temporary table, and "
            "that it reads back at a time; fewer for wide rows."});

inline constexpr base::duration_setting cursor_idle_timeout(
    {.name = "cursor_idle_timeout",
     .default_value = "300s",
     .max = "24d",
     .doc = "Closes SQL cursors without a FETCH for this time; 0: never."});

inline constexpr base::duration_setting cursor_sweep_interval(
    {.name = "cursor_sweep_interval",
     .default_value = "60s",
     .min = "10ms",
     .max = "1d",
     .doc = "Time between two searches for idle cursors and idle sessions."});

inline constexpr base::size_setting cursor_store_size_max(
    {.name = "cursor_store_size_max",
     .default_value = "1GB",
     .max = "1TB",
     .doc = "Size of the rows that one cursor or half-read result may keep in temporary tables, because it is "
            "scrollable or another statement needs its connection; beyond it 53400."});

}  // namespace sluice::settings
