#include "session/settings/setting_table.hpp"

#include <algorithm>
#include <array>

#include "base/text/ascii.hpp"

namespace sluice::session {

namespace {

using enum setting_type;
using enum setting_use;

constexpr std::string_view isolation_levels = "serializable,repeatable read,read committed,read uncommitted";
constexpr std::string_view message_levels =
    "debug5,debug4,debug3,debug2,debug1,!debug=debug2,log,!info,notice,warning,error";
constexpr double real_max = 1.79769e+308;

constexpr setting flag(std::string_view name, std::string_view default_value, std::string_view description,
                       setting_use use = free) {
    return {.name = name, .type = boolean, .use = use, .default_value = default_value, .description = description};
}
constexpr setting word(std::string_view name, std::string_view default_value, std::string_view values,
                       std::string_view description, setting_use use = free) {
    return {.name = name,
            .type = enumeration,
            .use = use,
            .default_value = default_value,
            .description = description,
            .values = values};
}
constexpr setting string(std::string_view name, std::string_view default_value, std::string_view description,
                         setting_use use = free) {
    return {.name = name, .type = text, .use = use, .default_value = default_value, .description = description};
}
constexpr setting special(std::string_view name, setting_type type, std::string_view default_value,
                          std::string_view description) {
    return {.name = name, .type = type, .use = reported, .default_value = default_value, .description = description};
}
constexpr setting number(std::string_view name, std::string_view default_value, double min, double max,
                         std::string_view description, setting_unit unit = setting_unit::none, setting_use use = free) {
    return {.name = name,
            .type = integer,
            .use = use,
            .default_value = default_value,
            .description = description,
            .min = min,
            .max = max,
            .unit = unit};
}
constexpr setting cost(std::string_view name, std::string_view default_value, double max) {
    return {.name = name,
            .type = real,
            .default_value = default_value,
            .description = "Accepted for compatibility; the engine's optimizer has costs of its own.",
            .max = max};
}
// Parameters that are stored and shown but have no effect: an embedded engine has no such parts.
constexpr std::string_view without_effect = "Accepted for compatibility; has no effect.";
constexpr std::string_view planner = "Accepted for compatibility; the engine plans queries in its own way.";
constexpr double integer_max = std::numeric_limits<std::int32_t>::max();

constexpr auto settings_by_name = std::to_array<setting>({
    special("application_name", application_name, "", "Sets the application name to be reported in logs."),
    flag("array_nulls", "on", without_effect),
    word("backslash_quote", "safe_encoding", "safe_encoding,on,off,!true=on,!false=off,!yes=on,!no=off,!1=on,!0=off",
         without_effect),
    number("block_size", "8192", 8192, 8192, "Shows the size of a disk block.", setting_unit::none, fixed),
    word("bytea_output", "hex", "escape,hex", "Sets the output format for bytea."),
    flag("check_function_bodies", "on", without_effect),
    number("client_connection_check_interval", "0", 0, integer_max,
           "Accepted for compatibility; a vanished client is always noticed.", setting_unit::milliseconds),
    special("client_encoding", client_encoding, "UTF8", "Sets the client's character set encoding; always UTF8."),
    word("client_min_messages", "notice", message_levels, "Sets the message levels that are sent to the client."),
    cost("cursor_tuple_fraction", "0.1", 1),
    special("DateStyle", date_style, "ISO, MDY", "Sets the display format for date and time values; always ISO."),
    string("default_table_access_method", "heap", without_effect),
    string("default_tablespace", "", without_effect),
    string("default_text_search_config", "pg_catalog.english", without_effect),
    flag("default_transaction_deferrable", "off", without_effect),
    word("default_transaction_isolation", "read committed", isolation_levels,
         "Sets the transaction isolation level of each new transaction."),
    flag("default_transaction_read_only", "off", "Sets the default read-only status of new transactions.", reported),
    number("effective_cache_size", "4GB", 1, integer_max, planner, setting_unit::kilobytes),
    flag("enable_bitmapscan", "on", planner),
    flag("enable_hashagg", "on", planner),
    flag("enable_hashjoin", "on", planner),
    flag("enable_indexonlyscan", "on", planner),
    flag("enable_indexscan", "on", planner),
    flag("enable_material", "on", planner),
    flag("enable_memoize", "on", planner),
    flag("enable_mergejoin", "on", planner),
    flag("enable_nestloop", "on", planner),
    flag("enable_seqscan", "on", planner),
    flag("enable_sort", "on", planner),
    flag("enable_tidscan", "on", planner),
    flag("escape_string_warning", "on", without_effect),
    number("extra_float_digits", "1", -15, 3, "Sets the number of digits displayed for floating-point values."),
    number("from_collapse_limit", "8", 1, integer_max, planner),
    flag("geqo", "on", planner),
    number("gin_fuzzy_search_limit", "0", 0, integer_max, planner),
    number("idle_in_transaction_session_timeout", "0", 0, integer_max,
           "Sets the maximum allowed idle time between queries, when in a transaction.", setting_unit::milliseconds),
    number("idle_session_timeout", "0", 0, integer_max,
           "Sets the maximum allowed idle time between queries, when not in a transaction.",
           setting_unit::milliseconds),
    flag("in_hot_standby", "off", "Shows whether the server can only be read.", fixed_reported),
    flag("integer_datetimes", "on", "Shows whether datetimes are integer based.", fixed_reported),
    word("IntervalStyle", "postgres", "postgres,postgres_verbose,sql_standard,iso_8601",
         "Sets the display format for interval values.", reported),
    flag("is_superuser", "on", "Shows whether the current user is a superuser.", fixed_reported),
    flag("jit", "off", planner),
    number("join_collapse_limit", "8", 1, integer_max, planner),
    string("lc_collate", "C.UTF-8", "Shows the collation order locale.", fixed),
    string("lc_ctype", "C.UTF-8", "Shows the character classification and case conversion locale.", fixed),
    string("lc_messages", "C.UTF-8", without_effect),
    string("lc_monetary", "C.UTF-8", without_effect),
    string("lc_numeric", "C.UTF-8", without_effect),
    string("lc_time", "C.UTF-8", without_effect),
    flag("lo_compat_privileges", "off", without_effect),
    number("lock_timeout", "0", 0, integer_max,
           "Accepted for compatibility; the engine never waits for a lock, but reports the conflict.",
           setting_unit::milliseconds),
    number("maintenance_work_mem", "64MB", 1024, integer_max, planner, setting_unit::kilobytes),
    number("max_function_args", "100", 100, 100, "Shows the maximum number of function arguments.", setting_unit::none,
           fixed),
    number("max_identifier_length", "63", 63, 63, "Shows the maximum identifier length.", setting_unit::none, fixed),
    number("max_index_keys", "32", 32, 32, "Shows the maximum number of index keys.", setting_unit::none, fixed),
    number("max_parallel_workers_per_gather", "2", 0, 1024, planner),
    cost("parallel_setup_cost", "1000", real_max),
    cost("parallel_tuple_cost", "0.1", real_max),
    word("password_encryption", "scram-sha-256", "scram-sha-256", "Shows the algorithm for encrypting passwords."),
    word("plan_cache_mode", "auto", "auto,force_generic_plan,force_custom_plan", planner),
    flag("quote_all_identifiers", "off", without_effect),
    cost("random_page_cost", "4", real_max),
    string("role", "none", "Shows the current role."),
    flag("row_security", "on", without_effect),
    string("search_path", "\"$user\", public", "Sets the schema search order for names that are not schema-qualified."),
    cost("seq_page_cost", "1", real_max),
    string("server_encoding", "UTF8", "Shows the server (database) character set encoding.", fixed_reported),
    string("server_version", "", "Shows the server version.", fixed_reported),
    number("server_version_num", "150000", 150000, 150000, "Shows the server version as an integer.",
           setting_unit::none, fixed),
    string("session_authorization", "", "Shows the session's user.", reported),
    word("session_replication_role", "origin", "origin,replica,local", without_effect),
    word("sluice.dialect", "duckdb", "duckdb,postgres",
         "Sets whose rules statements follow: postgres reads what PostgreSQL's grammar accepts by PostgreSQL's types "
         "and "
         "functions; other statements are the engine's."),
    string("sluice.profile", "",
           "Sets the profile of this session's statements; empty: by user, application or query."),
    flag("sluice.profile_query", "off",
         "Keeps the engine's profile of each query, operator by operator, in sluice.query_log."),
    flag("standard_conforming_strings", "on", "Causes '...' strings to treat backslashes literally; always on.",
         reported),
    number("statement_timeout", "0", 0, integer_max, "Sets the maximum allowed duration of any statement.",
           setting_unit::milliseconds),
    flag("synchronize_seqscans", "on", planner),
    word("synchronous_commit", "on",
         "local,remote_write,remote_apply,on,off,!true=on,!false=off,!yes=on,!no=off,!1=on,!0=off",
         "Accepted for compatibility; every commit is durable."),
    number("tcp_keepalives_count", "0", 0, integer_max, without_effect),
    number("tcp_keepalives_idle", "0", 0, integer_max, without_effect, setting_unit::seconds),
    number("tcp_keepalives_interval", "0", 0, integer_max, without_effect, setting_unit::seconds),
    number("tcp_user_timeout", "0", 0, integer_max, without_effect, setting_unit::milliseconds),
    string("temp_tablespaces", "", without_effect),
    special("TimeZone", time_zone, "UTC", "Sets the time zone for displaying and interpreting time stamps."),
    string("timezone_abbreviations", "Default", without_effect),
    flag("transaction_deferrable", "off", without_effect, transaction),
    word("transaction_isolation", "read committed", isolation_levels, "Sets the current transaction's isolation level.",
         transaction),
    flag("transaction_read_only", "off", "Sets the current transaction's read-only status.", transaction),
    flag("transform_null_equals", "off", without_effect),
    number("work_mem", "4MB", 64, integer_max, planner, setting_unit::kilobytes),
    word("xmlbinary", "base64", "base64,hex", without_effect),
    word("xmloption", "content", "content,document", without_effect),
});

constexpr bool less_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, {}, base::to_lower, base::to_lower);
}
static_assert(std::ranges::is_sorted(settings_by_name, less_ignoring_case, &setting::name));

}  // namespace

std::span<const setting> all_settings() {
    return settings_by_name;
}

const setting* find_setting(std::string_view name) {
    const auto* found = std::ranges::lower_bound(settings_by_name, name, less_ignoring_case, &setting::name);
    return found != settings_by_name.end() && !less_ignoring_case(name, found->name) ? found : nullptr;
}

}  // namespace sluice::session
