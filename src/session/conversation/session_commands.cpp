// Statements that the session answers itself: SET, SHOW, RESET, DISCARD, DEALLOCATE, and those of transactions and
// cursors, whose code is in their own files.
#include <algorithm>
#include <array>
#include <utility>

#include "session/conversation/session_impl.hpp"
#include "session/state/text_rows.hpp"

namespace sluice::session {

namespace {

constexpr backend::oid text_oid = 25;

error within_block(std::string_view command) {
    return {.code = sqlstates::active_sql_transaction,
            .message = std::string(command) + " cannot run inside a transaction block"};
}

// Each row a statement that drops one thing of the session's own, views before what they read.
constexpr std::string_view drops_of_temporary_things =
    "SELECT format('DROP {} IF EXISTS temp.\"{}\".\"{}\" CASCADE', kind, replace(schema, '\"', '\"\"'), "
    "replace(name, '\"', '\"\"')) FROM ("
    "SELECT 1, 'VIEW', schema_name, view_name FROM duckdb_views() WHERE temporary AND NOT internal "
    "UNION ALL SELECT 2, 'TABLE', schema_name, table_name FROM duckdb_tables() WHERE temporary "
    "UNION ALL SELECT 3, 'SEQUENCE', schema_name, sequence_name FROM duckdb_sequences() WHERE temporary "
    "UNION ALL SELECT DISTINCT 4, 'MACRO' || CASE WHEN function_type = 'table_macro' THEN ' TABLE' ELSE '' END, "
    "schema_name, function_name FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal "
    "UNION ALL SELECT 5, 'TYPE', schema_name, type_name FROM duckdb_types() "
    "WHERE database_name = 'temp' AND NOT internal) AS t(step, kind, schema, name) ORDER BY step";

// Settings of the engine that a new session does not get by RESET.
constexpr auto kept_settings = std::to_array<std::string_view>({"schema", "streaming_buffer_size"});

// The texts in DataRows of one column that is never null.
std::vector<std::string> single_values(std::string_view messages) {
    constexpr std::size_t before_value = 11;  // type, length, number of columns, length of the value
    std::vector<std::string> values;
    while (messages.size() >= before_value) {
        std::size_t bytes = 0;
        for (const char byte : messages.substr(7, 4)) {
            bytes = bytes << 8U | static_cast<unsigned char>(byte);
        }
        values.emplace_back(messages.substr(before_value, bytes));
        messages.remove_prefix(std::min(messages.size(), before_value + bytes));
    }
    return values;
}

}  // namespace

bool session::impl::answers(const postgres::statement& statement) const {
    switch (statement.kind) {
        case postgres::statement_kind::query:
        case postgres::statement_kind::dml:
        case postgres::statement_kind::utility:
            return false;
        case postgres::statement_kind::show: {
            const auto& name = std::get<postgres::show_command>(statement.command).name;
            return name == "all" || settings_.knows(name) || find_server_setting(name) != nullptr;
        }
        case postgres::statement_kind::reset: {
            const auto& name = std::get<postgres::reset_command>(statement.command).name;
            return name == "all" || settings_.knows(name) || find_server_setting(name) != nullptr;
        }
        default:
            return true;
    }
}

result<> session::impl::run_command(const std::shared_ptr<portal>& entry, base::outbox& out) {
    entry->state = portal::phase::done;
    TRY_ASSIGN(const std::string_view tag, dispatch_command(*entry, out));
    return complete(tag, out);
}

result<std::string_view> session::impl::dispatch_command(const portal& entry, base::outbox& out) {
    const postgres::statement& statement = *entry.source->statement;
    switch (statement.kind) {
        case postgres::statement_kind::begin:
            return run_begin(statement, out);
        case postgres::statement_kind::commit:
        case postgres::statement_kind::rollback:
            return run_end(statement, out);
        case postgres::statement_kind::savepoint:
            return refuse_savepoint(statement);
        case postgres::statement_kind::set:
            TRY(run_set(statement, out));
            break;
        case postgres::statement_kind::reset:
            TRY(run_reset(std::get<postgres::reset_command>(statement.command)));
            break;
        case postgres::statement_kind::discard:
            TRY(run_discard(std::get<postgres::discard_command>(statement.command)));
            break;
        case postgres::statement_kind::deallocate:
            TRY(run_deallocate(statement));
            break;
        case postgres::statement_kind::declare_cursor:
            TRY(declare_cursor(entry));
            break;
        case postgres::statement_kind::close_cursor:
            TRY(close_cursor(entry, std::get<postgres::close_command>(statement.command)));
            break;
        default:
            // Nothing is ever listened to, so poolers may forget it: UNLISTEN *.
            if (statement.tag != "UNLISTEN") {
                return fail(sqlstates::feature_not_supported, statement.tag + " is not supported");
            }
            break;
    }
    return statement.tag;
}

result<> session::impl::run_set(const postgres::statement& statement, base::outbox& out) {
    using scope = postgres::set_command::scope;
    const auto& command = std::get<postgres::set_command>(statement.command);
    if (!command.name.empty() && !settings_.knows(command.name)) {
        TRY(check_not_servers(command.name));
        TRY(run_in_engine(statement.text));
        engine_settings_.insert(command.name);  // for RESET ALL
        return {};
    }
    if (command.where == scope::transaction || command.where == scope::characteristics) {
        return run_set_transaction(command, out);
    }
    if (command.where == scope::local && transaction_.current() == transaction::state::none) {
        warn(sqlstates::no_active_sql_transaction, "SET LOCAL can only be used in transaction blocks", out);
        return {};
    }
    const bool local = command.where == scope::local;
    if (!command.value) {
        TRY(local ? settings_.reset_local(command.name) : settings_.reset(command.name));
    } else if (is_transaction_setting(command.name)) {
        return set_in_transaction(command.name, *command.value);
    } else {
        TRY(local ? settings_.set_local(command.name, *command.value) : settings_.set(command.name, *command.value));
    }
    return apply_value_settings();
}

result<> session::impl::run_reset(const postgres::reset_command& command) {
    if (command.name == "all") {
        settings_.reset_all();
        for (const std::string& name : std::exchange(engine_settings_, {})) {
            if (std::ranges::find(kept_settings, name) == kept_settings.end()) {
                TRY(run_in_engine("RESET " + name));
            }
        }
    } else {
        TRY(check_not_servers(command.name));
        TRY(settings_.reset(command.name));
    }
    return apply_value_settings();
}

result<> session::impl::run_discard(const postgres::discard_command& command) {
    using target = postgres::discard_command::target;
    switch (command.what) {
        case target::plans:
        case target::sequences:
            return {};  // the engine keeps nothing of the kind that a client could notice
        case target::temporary:
            return drop_temporary_things();
        case target::all:
            break;
    }
    if (transaction_.current() == transaction::state::implicit && !simple_query_) {
        return fail(error{.code = sqlstates::active_sql_transaction,
                          .message = "DISCARD ALL cannot be executed within a pipeline"});
    }
    if (transaction_.current() != transaction::state::none || (simple_query_ && simple_query_->several())) {
        return fail(within_block("DISCARD ALL"));
    }
    portals_.clear();
    statements_.clear();
    settings_.reset_all();
    engine_settings_.clear();
    postgres_operators_ = false;
    sql_prepare_used_ = false;
    TRY(engine_.discard_all());
    return apply_value_settings();
}

result<> session::impl::drop_temporary_things() {
    TRY(transaction_.enter_engine());
    TRY_ASSIGN(const auto plan, engine_.prepare(drops_of_temporary_things, {}));
    TRY_ASSIGN(const auto execution, engine_.execute(plan, {}, std::array{backend::wire_format::text}, {}));
    base::byte_buffer drops;
    while (execution.rows) {
        TRY_ASSIGN(const auto got, execution.rows->next(drops, {}));
        if (got.finished) {
            break;
        }
    }
    for (const std::string& drop : single_values(drops.view())) {
        TRY(run_in_engine(drop));
    }
    return {};
}

result<> session::impl::run_in_engine(std::string_view sql) {
    TRY(transaction_.enter_engine());
    TRY_ASSIGN(const auto plan, engine_.prepare(sql, {}));
    TRY(engine_.execute(plan, {}, {}, {}));
    return {};
}

result<> session::impl::run_deallocate(const postgres::statement& statement) {
    const auto& name = std::get<postgres::deallocate_command>(statement.command).name;
    if (!name) {
        statements_.clear_named();
    } else if (statements_.erase(*name)) {
        return {};
    }
    if (sql_prepare_used_) {
        return run_in_engine(statement.text);  // PREPARE was left to the engine, so DEALLOCATE is too
    }
    if (!name) {
        return {};
    }
    return fail(sqlstates::invalid_sql_statement_name, "prepared statement \"" + *name + "\" does not exist");
}

std::vector<backend::column> session::impl::show_columns(const postgres::show_command& command) const {
    if (command.name == "all") {
        return {{.name = "name", .type = text_oid},
                {.name = "setting", .type = text_oid},
                {.name = "description", .type = text_oid}};
    }
    return {{.name = settings_.display_name(command.name), .type = text_oid}};
}

result<std::unique_ptr<backend::row_stream>> session::impl::show(const postgres::show_command& command) const {
    if (command.name == "all") {
        text_rows::table rows;
        for (base::setting_facts& each : list_settings()) {
            rows.push_back({std::move(each.name), std::move(each.shown), std::move(each.description)});
        }
        return std::make_unique<text_rows>(std::move(rows));
    }
    if (const base::setting_facts* servers = find_server_setting(command.name)) {
        return std::make_unique<text_rows>(text_rows::table{{servers->shown}});
    }
    TRY_ASSIGN(std::string value, settings_.show(command.name));
    return std::make_unique<text_rows>(text_rows::table{{std::move(value)}});
}

result<> session::impl::apply_value_settings() {
    // Whoever sets this path means PostgreSQL's operators; postgres/dialect/translate_operators.cpp has the others. 7 / 2 is 3.
    const bool operators = settings_.show("search_path").value_or("") == "pg_catalog";
    if (operators != postgres_operators_) {
        TRY(run_in_engine(operators ? "SET integer_division = true" : "RESET integer_division"));
        postgres_operators_ = operators;
    }
    const auto values = settings_.values();
    if (values != engine_values_) {
        TRY(engine_.set_value_settings(values));
        engine_values_ = values;
    }
    if (auto path = settings_.search_path(); path != engine_path_) {
        engine_.set_search_path(path);
        engine_path_ = std::move(path);
    }
    return {};
}

}  // namespace sluice::session
