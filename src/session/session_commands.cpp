// Statements that the session answers itself: SET, SHOW, RESET, DISCARD, DEALLOCATE, and those of transactions and
// cursors, whose code is in their own files.
#include <utility>

#include "session/session_impl.hpp"
#include "session/text_rows.hpp"

namespace sluice::session {

namespace {

constexpr engine::oid text_oid = 25;

core::error within_block(std::string_view command) {
    return {.code = core::sqlstates::active_sql_transaction,
            .message = std::string(command) + " cannot run inside a transaction block"};
}

}  // namespace

bool session::impl::answers(const sql::statement& statement) const {
    switch (statement.kind) {
        case sql::statement_kind::query:
        case sql::statement_kind::dml:
        case sql::statement_kind::utility:
            return false;
        case sql::statement_kind::set: {
            const auto& command = std::get<sql::set_command>(statement.command);
            return command.name.empty() || settings_.knows(command.name);
        }
        case sql::statement_kind::show: {
            const auto& name = std::get<sql::show_command>(statement.command).name;
            return name == "all" || settings_.knows(name);
        }
        case sql::statement_kind::reset: {
            const auto& name = std::get<sql::reset_command>(statement.command).name;
            return name == "all" || settings_.knows(name);
        }
        default:
            return true;
    }
}

core::result<> session::impl::run_command(const std::shared_ptr<portal>& entry, core::outbox& out) {
    entry->state = portal::phase::done;
    TRY_ASSIGN(const std::string_view tag, dispatch_command(*entry, out));
    return complete(tag, out);
}

core::result<std::string_view> session::impl::dispatch_command(const portal& entry, core::outbox& out) {
    const sql::statement& statement = *entry.source->statement;
    switch (statement.kind) {
        case sql::statement_kind::begin:
            return run_begin(statement, out);
        case sql::statement_kind::commit:
        case sql::statement_kind::rollback:
            return run_end(statement, out);
        case sql::statement_kind::savepoint:
            return refuse_savepoint(statement);
        case sql::statement_kind::set:
            TRY(run_set(std::get<sql::set_command>(statement.command), out));
            break;
        case sql::statement_kind::reset:
            TRY(run_reset(std::get<sql::reset_command>(statement.command)));
            break;
        case sql::statement_kind::discard:
            TRY(run_discard(std::get<sql::discard_command>(statement.command)));
            break;
        case sql::statement_kind::deallocate:
            TRY(run_deallocate(statement));
            break;
        case sql::statement_kind::declare_cursor:
            TRY(declare_cursor(entry));
            break;
        case sql::statement_kind::close_cursor:
            TRY(close_cursor(entry, std::get<sql::close_command>(statement.command)));
            break;
        default:
            // Nothing is ever listened to, so poolers may forget it: UNLISTEN *.
            if (statement.tag != "UNLISTEN") {
                return core::fail(core::sqlstates::feature_not_supported, statement.tag + " is not supported");
            }
            break;
    }
    return statement.tag;
}

core::result<> session::impl::run_set(const sql::set_command& command, core::outbox& out) {
    using scope = sql::set_command::scope;
    if (command.where == scope::transaction || command.where == scope::characteristics) {
        return run_set_transaction(command, out);
    }
    if (command.where == scope::local && transaction_.current() == transaction::state::none) {
        warn(core::sqlstates::no_active_sql_transaction, "SET LOCAL can only be used in transaction blocks", out);
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

core::result<> session::impl::run_reset(const sql::reset_command& command) {
    if (command.name == "all") {
        settings_.reset_all();
    } else {
        TRY(settings_.reset(command.name));
    }
    return apply_value_settings();
}

core::result<> session::impl::run_discard(const sql::discard_command& command) {
    using target = sql::discard_command::target;
    switch (command.what) {
        case target::plans:
        case target::sequences:
            return {};  // the engine keeps nothing of the kind that a client could notice
        case target::temporary:
            return core::fail(core::sqlstates::feature_not_supported, "DISCARD TEMP is not supported");
        case target::all:
            break;
    }
    if (transaction_.current() == transaction::state::implicit && !simple_query_) {
        return core::fail(core::error{.code = core::sqlstates::active_sql_transaction,
                                      .message = "DISCARD ALL cannot be executed within a pipeline"});
    }
    if (transaction_.current() != transaction::state::none || (simple_query_ && simple_query_->several())) {
        return core::fail(within_block("DISCARD ALL"));
    }
    portals_.clear();
    statements_.clear();
    settings_.reset_all();
    sql_prepare_used_ = false;
    TRY(engine_.discard_all());
    engine_values_ = {};
    return apply_value_settings();
}

core::result<> session::impl::run_deallocate(const sql::statement& statement) {
    const auto& name = std::get<sql::deallocate_command>(statement.command).name;
    if (!name) {
        statements_.clear_named();
        return {};
    }
    if (statements_.erase(*name)) {
        return {};
    }
    if (sql_prepare_used_) {
        // PREPARE was left to the engine, so DEALLOCATE is too.
        TRY(transaction_.enter_engine());
        TRY_ASSIGN(const auto plan, engine_.prepare(statement.text, {}));
        TRY(engine_.execute(plan, {}, {}, {}));
        return {};
    }
    return core::fail(core::sqlstates::invalid_sql_statement_name,
                      "prepared statement \"" + *name + "\" does not exist");
}

std::vector<engine::column> session::impl::show_columns(const sql::show_command& command) const {
    if (command.name == "all") {
        return {{.name = "name", .type = text_oid},
                {.name = "setting", .type = text_oid},
                {.name = "description", .type = text_oid}};
    }
    return {{.name = settings_.display_name(command.name), .type = text_oid}};
}

core::result<std::unique_ptr<engine::row_stream>> session::impl::show(const sql::show_command& command) const {
    if (command.name == "all") {
        return std::make_unique<text_rows>(settings_.all());
    }
    TRY_ASSIGN(std::string value, settings_.show(command.name));
    return std::make_unique<text_rows>(text_rows::table{{std::move(value)}});
}

core::result<> session::impl::apply_value_settings() {
    const auto values = settings_.values();
    if (values != engine_values_) {
        TRY(engine_.set_value_settings(values));
        engine_values_ = values;
    }
    return {};
}

}  // namespace sluice::session
