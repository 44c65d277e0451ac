// Statements that the session answers itself: SET, SHOW, RESET, DISCARD, DEALLOCATE, and those of transactions and
// cursors, whose code is in their own files.
#include <algorithm>
#include <array>
#include <utility>

#include "session/conversation/conversation_impl.hpp"
#include "session/state/text_rows.hpp"

namespace sluice::session {

namespace {

constexpr backend::oid text_oid = 25;

error within_block(std::string_view command) {
    return {.code = sqlstates::active_sql_transaction,
            .message = std::string(command) + " cannot run inside a transaction block"};
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
        case postgres::statement_kind::prepare:
            TRY(run_prepare(entry));
            break;
        case postgres::statement_kind::deallocate:
            TRY(run_deallocate(std::get<postgres::deallocate_command>(statement.command)));
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
        return set_unknown(command);
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

// A setting that the session does not know may be the engine's.
result<> session::impl::set_unknown(const postgres::set_command& command) {
    if (command.value) {
        return set_in_engine(command.name, *command.value,
                             command.where == postgres::set_command::scope::local ? backend::setting_scope::local
                                                                                  : backend::setting_scope::session);
    }
    TRY(check_not_servers(command.name));
    TRY(transaction_.enter_engine());
    return engine_.reset_setting(command.name);
}

result<> session::impl::run_reset(const postgres::reset_command& command) {
    if (command.name != "all" && !settings_.knows(command.name)) {
        TRY(check_not_servers(command.name));
        TRY(transaction_.enter_engine());
        return engine_.reset_setting(command.name);
    }
    if (command.name == "all") {
        settings_.reset_all();
        TRY(engine_.reset_settings());
    } else {
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
            TRY(transaction_.enter_engine());
            return engine_.discard(backend::discarded::temporary);
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
    TRY(engine_.discard(backend::discarded::all));
    return apply_value_settings();
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
    // A path of pg_catalog alone means PostgreSQL's operators, as postgres_fdw relies on them.
    engine_.set_dialect({.postgres_operators = settings_.show("search_path").value_or("") == "pg_catalog"});
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
