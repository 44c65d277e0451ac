// statement_settings.hpp - settings of `sluice serve`: memory and limits of statements, and logs.
//
// Use:     see server_settings.hpp
// Threads: constants.
#pragma once

#include "base/config/property.hpp"

namespace sluice::settings {

// ---- memory and limits of statements

inline constexpr base::size_setting memory_budget(
    {.name = "memory_budget",
     .default_value = "0",
     .max = "1024TB",
     .doc = "Memory that running statements reserve from, and from which the engine's limits are derived; 0: 75 % of "
            "the memory of the machine or the cgroup.",
     .group = "Memory and limits of statements",
     .basic = true});

inline constexpr base::size_setting memory_headroom(
    {.name = "memory_headroom",
     .default_value = "256MB",
     .max = "1TB",
     .doc = "Memory that the process may use beyond memory_budget. A statement whose allocation would exceed it gets "
            "53200. 0: no limit; else at least 128MB."});

inline constexpr base::size_setting query_memory(
    {.name = "query_memory",
     .default_value = "0",
     .max = "1024TB",
     .doc = "Memory that a statement reserves if its profile sets none; 0: a 64th of memory_budget, at least 16MB."});

inline constexpr base::list_setting profile(
    {.name = "profile",
     .unit = "NAME FIELD=VALUE ...",
     .doc = "Defines a profile, or changes the profiles catalog, streaming or background. Fields: memory, timeout, "
            "priority (high, normal, low), rows, cancellable, concurrency, memory_max, queue (as in user_limits). "
            "memory is reserved, not enforced: memory_limit bounds all statements together."});

inline constexpr base::list_setting profile_user(
    {.name = "profile_user",
     .unit = "USER=PROFILE",
     .doc = "Profile of a user's statements, unless a statement names another one."});

inline constexpr base::list_setting profile_application({.name = "profile_application",
                                                         .unit = "NAME=PROFILE",
                                                         .doc = "Profile of the statements of an application_name."});

inline constexpr base::list_setting user_limits(
    {.name = "user_limits",
     .unit = "USER FIELD=VALUE ...",
     .doc = "Limits of one user, or of every other user (*): concurrency, memory_max (0: no limit), queue. queue=0 "
            "refuses a statement that cannot run at once, as admission_queue_max=0 does; without queue= only "
            "admission_queue_max counts."});

inline constexpr base::duration_setting admission_timeout(
    {.name = "admission_timeout",
     .default_value = "60s",
     .min = "1ms",
     .max = "1d",
     .doc = "Time that a statement waits for memory (53200) or for a limit of running statements (53300)."});

inline constexpr base::count_setting admission_queue_max(
    {.name = "admission_queue_max",
     .default_value = "10000",
     .min = "0",
     .max = "1000000",
     .unit = "N",
     .doc = "Number of statements that may wait at a time; further ones get 53300 at once. 0: none may wait."});

inline constexpr base::duration_setting admission_ageing(
    {.name = "admission_ageing",
     .default_value = "5s",
     .min = "1ms",
     .max = "1d",
     .doc = "Head start of each priority over the next lower one in the queue."});

inline constexpr base::count_setting retry_attempts(
    {.name = "retry_attempts",
     .default_value = "3",
     .min = "1",
     .max = "100",
     .unit = "N",
     .doc = "Number of attempts, the first included, for a statement that only reads and fails for a reason that may "
            "pass; 1: no retry, 3: at most two retries."});

inline constexpr base::duration_setting retry_step(
    {.name = "retry_step",
     .default_value = "100ms",
     .max = "1h",
     .doc = "Wait before the first retry; the next are two, three times as long, each up to half longer or shorter.",
     .base_unit = "ms"});

// ---- logs

inline constexpr base::choice_setting log_level({.name = "log_level",
                                                 .default_value = "info",
                                                 .choices = "trace|debug|info|warn|error|off",
                                                 .doc = "Lowest severity of events that are logged on stderr.",
                                                 .group = "Logs"});

inline constexpr base::choice_setting log_format({.name = "log_format",
                                                  .default_value = "text",
                                                  .choices = "text|json",
                                                  .doc = "Format of the log: key=value lines or JSON lines."});

inline constexpr base::duration_setting slow_query_threshold(
    {.name = "slow_query_threshold",
     .default_value = "5s",
     .max = "1d",
     .doc = "Logs statements that take longer than this, in one line with their times; 0: none.",
     .base_unit = "ms"});

inline constexpr base::count_setting query_log_entries(
    {.name = "query_log_entries",
     .default_value = "1000",
     .min = "0",
     .max = "1000000",
     .unit = "N",
     .doc = "Number of ended statements that sluice.query_log shows; 0: none."});

inline constexpr base::flag_setting query_metrics({.name = "query_metrics",
                                                   .default_value = "on",
                                                   .doc = "Counts statements by profile and by user on /metrics."});

}  // namespace sluice::settings
