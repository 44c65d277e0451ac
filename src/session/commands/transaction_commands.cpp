#include "session/commands/transaction_commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "session/commands/notices.hpp"

namespace sluice::session {

namespace {

constexpr std::string_view isolation_setting = "transaction_isolation";
constexpr std::string_view read_only_setting = "transaction_read_only";
constexpr std::string_view isolation_too_late = "SET TRANSACTION ISOLATION LEVEL must be called before any query";

bool is_write(const postgres::statement& statement) {
    constexpr auto written_by =
        std::to_array<std::string_view>({"CREATE", "DROP", "ALTER", "TRUNCATE", "COMMENT", "IMPORT", "REFRESH"});
    switch (statement.kind) {
        case postgres::statement_kind::dml:
            return true;
        case postgres::statement_kind::copy:
            return std::get<postgres::copy_command>(statement.command).direction ==
                   postgres::copy_direction::from_stdin;
        case postgres::statement_kind::utility:
            return statement.tag == "SELECT" ||  // CREATE TABLE AS
                   std::ranges::any_of(written_by, [&](auto word) { return statement.tag.starts_with(word); });
        default:
            return false;
    }
}

// Statements that open, close or inspect transactions must not open an implicit one.
bool needs_no_transaction(postgres::statement_kind kind) {
    switch (kind) {
        case postgres::statement_kind::empty:
        case postgres::statement_kind::begin:
        case postgres::statement_kind::commit:
        case postgres::statement_kind::rollback:
        case postgres::statement_kind::savepoint:
        case postgres::statement_kind::discard:
            return true;
        default:
            return false;
    }
}

// SET transaction_isolation = ... is SET TRANSACTION by another name.
bool is_transaction_setting(std::string_view name) {
    return name == isolation_setting || name == read_only_setting;
}

std::string_view savepoint_words(const postgres::statement& statement) {
    return statement.tag == "RELEASE"    ? "RELEASE SAVEPOINT"
           : statement.tag == "ROLLBACK" ? "ROLLBACK TO SAVEPOINT"
                                         : "SAVEPOINT";
}

error too_late(std::string_view what) {
    return {.code = sqlstates::active_sql_transaction, .message = std::string(what)};
}

}  // namespace

error failed_transaction() {
    return {.code = sqlstates::in_failed_sql_transaction,
            .message = "current transaction is aborted, commands ignored until end of transaction block"};
}

bool ends_transaction(const postgres::statement& statement) {
    return statement.kind == postgres::statement_kind::commit || statement.kind == postgres::statement_kind::rollback;
}

result<> transaction_commands::check_not_failed(const postgres::statement& statement) const {
    if (!transaction_.failed() || ends_transaction(statement)) {
        return {};
    }
    const bool rolls_back_to = statement.kind == postgres::statement_kind::savepoint && statement.tag == "ROLLBACK";
    return rolls_back_to ? result<>{} : fail(failed_transaction());
}

result<> transaction_commands::refuse_late_writes(const postgres::statement& statement) const {
    if (!transaction_.must_refuse_writes() || !is_write(statement)) {
        return {};
    }
    const std::string name = statement.kind == postgres::statement_kind::copy ? "COPY FROM" : statement.tag;
    return fail(sqlstates::read_only_sql_transaction, "cannot execute " + name + " in a read-only transaction");
}

void transaction_commands::enter(const postgres::statement& statement, bool several) {
    if (transaction_.current() != transaction::state::none || needs_no_transaction(statement.kind)) {
        return;
    }
    const bool read_only = settings_.default_transaction_read_only();
    if (several || read_only) {
        transaction_.begin_implicit(read_only);
    }
}

result<> hold_cursor(backend::session& engine, portal& cursor) {
    if (cursor.rows) {
        TRY(engine.hold(*cursor.rows));
    }
    cursor.cursor->held = true;
    return {};
}

result<> transaction_commands::hold_cursors() {
    for (const auto& [name, each] : portals_.named()) {
        if (each->cursor && each->cursor->hold && !each->cursor->held) {
            TRY(hold_cursor(engine_, *each));
        }
    }
    return {};
}

result<> transaction_commands::commit() {
    if (auto held = hold_cursors(); !held) {
        (void)roll_back();
        return held;
    }
    portals_.end_transaction();
    TRY(transaction_.commit());
    settings_.commit();
    return setting_commands_.apply();
}

result<> transaction_commands::roll_back() {
    portals_.end_transaction();
    TRY(transaction_.rollback());
    settings_.rollback();
    return setting_commands_.apply();
}

result<std::string_view> transaction_commands::begin(const postgres::statement& statement, base::outbox& out) {
    if (transaction_.in_block()) {
        warn(settings_, sqlstates::active_sql_transaction, "there is already a transaction in progress", out);
    } else {
        transaction_.begin_block(settings_.default_transaction_read_only());
    }
    TRY(apply_modes(std::get<postgres::begin_command>(statement.command)));
    return statement.tag;
}

result<std::string_view> transaction_commands::end(const postgres::statement& statement, base::outbox& out) {
    const bool chain = std::get<postgres::end_command>(statement.command).chain;
    const bool commits = statement.kind == postgres::statement_kind::commit && !transaction_.failed();
    if (!transaction_.in_block()) {
        if (chain) {
            return fail(sqlstates::no_active_sql_transaction,
                        statement.tag + " AND CHAIN can only be used in transaction blocks");
        }
        warn(settings_, sqlstates::no_active_sql_transaction, "there is no transaction in progress", out);
    }
    TRY_ASSIGN(const std::string isolation, settings_.show(isolation_setting));
    const bool read_only = transaction_.read_only();
    TRY(commits ? commit() : roll_back());
    if (chain) {
        transaction_.begin_block(read_only);
        TRY(apply_modes({.read_only = read_only, .isolation = isolation}));
    }
    return statement.kind == postgres::statement_kind::commit && !commits ? "ROLLBACK"
                                                                          : std::string_view(statement.tag);
}

result<> transaction_commands::set(const postgres::set_command& command, base::outbox& out) {
    using scope = postgres::set_command::scope;
    if (command.where == scope::transaction || command.where == scope::characteristics) {
        return set_modes(command, out);
    }
    const bool outside = transaction_.current() == transaction::state::none;
    if (command.where == scope::local && outside && settings_.knows(command.name)) {
        warn(settings_, sqlstates::no_active_sql_transaction, "SET LOCAL can only be used in transaction blocks", out);
        return {};
    }
    if (command.value && is_transaction_setting(command.name)) {
        return set_by_name(command.name, *command.value);
    }
    return setting_commands_.set(command);
}

result<> transaction_commands::set_modes(const postgres::set_command& command, base::outbox& out) {
    if (command.where == postgres::set_command::scope::characteristics) {
        if (command.modes.isolation) {
            TRY(settings_.set("default_transaction_isolation", *command.modes.isolation));
        }
        if (command.modes.read_only) {
            TRY(settings_.set("default_transaction_read_only", *command.modes.read_only ? "on" : "off"));
        }
        return {};
    }
    if (transaction_.current() == transaction::state::none) {
        warn(settings_, sqlstates::no_active_sql_transaction, "SET TRANSACTION can only be used in transaction blocks",
             out);
        return {};
    }
    return apply_modes(command.modes);
}

result<> transaction_commands::set_by_name(std::string_view name, const std::string& value) {
    TRY(settings_.set_local(name, value));
    TRY_ASSIGN(const std::string valid, settings_.show(name));
    if (transaction_.current() == transaction::state::none) {
        return {};  // it ends with this statement
    }
    if (name == isolation_setting) {
        return transaction_.started() ? fail(too_late(isolation_too_late)) : result<>{};
    }
    return apply_modes({.read_only = valid == "on"});
}

result<> transaction_commands::apply_modes(const postgres::begin_command& modes) {
    if (modes.isolation) {
        TRY_ASSIGN(const std::string current, settings_.show(isolation_setting));
        if (transaction_.started() && current != *modes.isolation) {
            return fail(too_late(isolation_too_late));
        }
        TRY(settings_.set_local(isolation_setting, *modes.isolation));
    }
    if (modes.read_only) {
        if (transaction_.started() && transaction_.read_only() && !*modes.read_only) {
            return fail(too_late("transaction read-write mode must be set before any query"));
        }
        transaction_.set_read_only(*modes.read_only);
    }
    return settings_.set_local(read_only_setting, transaction_.read_only() ? "on" : "off");
}

result<std::string_view> transaction_commands::refuse_savepoint(const postgres::statement& statement) const {
    if (!transaction_.in_block()) {
        return fail(sqlstates::no_active_sql_transaction,
                    std::string(savepoint_words(statement)) + " can only be used in transaction blocks");
    }
    return fail(error{.code = sqlstates::feature_not_supported,
                      .message = "savepoints are not supported",
                      .hint = "The engine cannot undo a part of a transaction. Use a transaction for each "
                              "part that may fail."});
}

}  // namespace sluice::session
