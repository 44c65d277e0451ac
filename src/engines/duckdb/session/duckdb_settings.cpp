// Settings of the engine itself, the dialect, and DISCARD.
#include <algorithm>
#include <array>
#include <utility>

#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/session/duckdb_session.hpp"
#include "engines/duckdb/statement/guarded_settings.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

namespace {

// Each row is a statement that drops one temporary object of the session, views before the tables that they read.
constexpr const char* drops_of_temporary_things =
    "SELECT format('DROP {} IF EXISTS temp.\"{}\".\"{}\" CASCADE', kind, replace(schema, '\"', '\"\"'), "
    "replace(name, '\"', '\"\"')) FROM ("
    "SELECT 1, 'VIEW', schema_name, view_name FROM duckdb_views() WHERE temporary AND NOT internal "
    "UNION ALL SELECT 2, 'TABLE', schema_name, table_name FROM duckdb_tables() WHERE temporary "
    "UNION ALL SELECT 3, 'SEQUENCE', schema_name, sequence_name FROM duckdb_sequences() WHERE temporary "
    "UNION ALL SELECT DISTINCT 4, 'MACRO' || CASE WHEN function_type = 'table_macro' THEN ' TABLE' ELSE '' END, "
    "schema_name, function_name FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal "
    "UNION ALL SELECT 5, 'TYPE', schema_name, type_name FROM duckdb_types() "
    "WHERE database_name = 'temp' AND NOT internal) AS t(step, kind, schema, name) ORDER BY step";

// Settings that RESET does not bring to a new session's value.
constexpr auto kept_settings = std::to_array<std::string_view>({"schema", "streaming_buffer_size"});

}  // namespace

result<> duckdb_session::run_own(std::string_view sql) {
    TRY_ASSIGN(const auto statement, prepare(sql, {}));
    TRY(execute(statement, {}, {}, {}));
    return {};
}

result<> duckdb_session::set_setting(std::string_view name, std::string_view value, backend::setting_scope scope) {
    const std::string verb = scope == backend::setting_scope::local ? "SET LOCAL " : "SET ";
    return run_own(verb + postgres::quote_identifier(name) + " = " + postgres::quote_literal(value));
}

result<> duckdb_session::reset_setting(std::string_view name) {
    return run_own("RESET " + postgres::quote_identifier(name));
}

result<> duckdb_session::reset_settings() {
    const auto made = std::exchange(made_settings_, {});
    for (const made_setting& each : made) {
        if (each.name.empty() || contains(kept_settings, each.name)) {
            made_settings_.push_back(each);
        } else {
            TRY(reset_setting(each.name));
        }
    }
    followed_ = {};
    return {};
}

// In the order in which they were made; only the latest change of a setting counts.
void duckdb_session::remember_setting(const std::string& sql) {
    constexpr std::size_t settings_max = 32;
    const std::optional<named_setting> made = name_setting(sql);
    const std::string name = made ? made->name : std::string();
    std::erase_if(made_settings_,
                  [&](const made_setting& each) { return each.sql == sql || (!name.empty() && each.name == name); });
    if (made && made->is_reset) {
        link_->leave_trace(duckdb_link::trace::settings);
    } else if (made_settings_.size() < settings_max) {
        made_settings_.push_back({.name = name, .sql = sql});
        link_->leave_trace(duckdb_link::trace::settings);
    } else {
        link_->leave_trace(duckdb_link::trace::state);  // too many to make them again
    }
}

result<> duckdb_session::follow_dialect() {
    if (dialect_ == followed_) [[likely]] {
        return {};
    }
    const std::string sql =
        dialect_.postgres_operators ? "SET SESSION integer_division = true" : "RESET SESSION integer_division";
    TRY(run_sql(link_->connection(), sql));
    remember_setting(sql);
    followed_ = dialect_;
    cache_.clear();
    clock_.note_setting();
    return {};
}

result<> duckdb_session::drop_temporary() {
    auto drops = [&]() -> result<std::vector<std::string>> {
        const interrupts::scope here(*interrupts_);
        TRY(ready());
        return read_texts(link_->connection(), drops_of_temporary_things);
    }();
    if (!drops) {
        return fail(std::move(drops).error());
    }
    for (const std::string& drop : *drops) {
        TRY(run_own(drop));
    }
    return {};
}

result<> duckdb_session::discard(backend::discarded what) {
    if (what == backend::discarded::temporary) {
        return drop_temporary();
    }
    cache_.clear();
    link_->leave_trace(duckdb_link::trace::state);
    made_settings_.clear();
    followed_ = {};
    change_link(std::make_shared<duckdb_link>(link_->shared_instance(), interrupts_));
    names_changed_ = false;
    clock_.note_setting();
    return {};
}

}  // namespace sluice::duckdb
