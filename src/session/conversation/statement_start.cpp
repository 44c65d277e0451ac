// Admits each portal, and hands it to the class for its kind of statement.
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

// The session's own commands, and those that end a transaction, need no permit.
bool needs_permit(const prepared& source) {
    switch (source.kind()) {
        case postgres::statement_kind::copy:
        case postgres::statement_kind::fetch_cursor:
        case postgres::statement_kind::declare_cursor:
            return true;
        default:
            return source.plan != nullptr;
    }
}

error within_block(std::string_view command) {
    return {.code = sqlstates::active_sql_transaction,
            .message = std::string(command) + " cannot run inside a transaction block"};
}

}  // namespace

result<> conversation::impl::start_portal(const std::shared_ptr<portal>& entry, std::uint64_t rows_max,
                                          base::outbox& out) {
    if (entry->source->kind() == postgres::statement_kind::execute) {
        TRY(planner_.enter_executed(*entry));
    }
    TRY_ASSIGN(const bool admitted, admit(*entry));
    if (!admitted) {
        start_waiting_ = start_waiting{.entry = entry, .rows_max = rows_max};
        return {};
    }
    auto started = start_admitted(entry, rows_max, out);
    if (started || !may_start_again(*entry)) {
        return started;
    }
    if (!running_.retry_after(started.error())) {
        return fail(running_.explain(std::move(started).error()));
    }
    start_waiting_ = start_waiting{.entry = entry, .rows_max = rows_max};
    return {};
}

result<bool> conversation::impl::admit(portal& entry) {
    if (running_.holds_permit() || !needs_permit(*entry.source)) {
        return true;
    }
    const portal* cursor = nullptr;
    if (const auto* fetch = std::get_if<postgres::fetch_command>(&entry.source->statement->command)) {
        cursor = portals_.find(fetch->cursor).get();
    }
    const portal& read = cursor != nullptr ? *cursor : entry;
    const bool resumes = read.profile != nullptr;
    const workload::query_profile* profile = resumes ? read.profile : entry.profile;
    if (profile == nullptr) {
        profile = &running_.profile_of(*entry.source);
        entry.profile = profile;
    }
    return running_.admit(*profile, resumes);
}

bool conversation::impl::may_start_again(const portal& entry) const {
    const auto& plan = entry.source->plan;
    return plan && entry.state == portal::phase::bound && !plan->may_have_effect() && plan->setting_changes().empty() &&
           transaction_.current() == transaction::state::none && !engine_.cancel().requested();
}

result<> conversation::impl::start_admitted(const std::shared_ptr<portal>& entry, std::uint64_t rows_max,
                                            base::outbox& out) {
    const prepared& source = *entry->source;
    switch (source.kind()) {
        case postgres::statement_kind::empty:
            postgres::write_empty_query_response(out.buffer());
            return {};
        case postgres::statement_kind::copy:
            return copy_.start(entry, out);
        case postgres::statement_kind::fetch_cursor:
            return cursor_commands_.fetch(entry, rows_max, out);
        case postgres::statement_kind::show:
            return runner_.start(entry, rows_max, out);
        default:
            return source.plan ? runner_.start(entry, rows_max, out) : run_command(entry, out);
    }
}

result<> conversation::impl::run_command(const std::shared_ptr<portal>& entry, base::outbox& out) {
    entry->state = portal::phase::done;
    TRY_ASSIGN(const std::string_view tag, dispatch_command(*entry, out));
    return end_.complete(tag, out);
}

result<std::string_view> conversation::impl::dispatch_command(const portal& entry, base::outbox& out) {
    const postgres::statement& statement = *entry.source->statement;
    switch (statement.kind) {
        case postgres::statement_kind::begin:
            return transactions_.begin(statement, out);
        case postgres::statement_kind::commit:
        case postgres::statement_kind::rollback:
            return transactions_.end(statement, out);
        case postgres::statement_kind::savepoint:
            return transactions_.refuse_savepoint(statement);
        case postgres::statement_kind::set:
            TRY(transactions_.set(std::get<postgres::set_command>(statement.command), out));
            break;
        case postgres::statement_kind::reset:
            TRY(setting_commands_.reset(std::get<postgres::reset_command>(statement.command)));
            break;
        case postgres::statement_kind::discard:
            TRY(run_discard(std::get<postgres::discard_command>(statement.command)));
            break;
        case postgres::statement_kind::prepare:
            TRY(planner_.run_prepare(*entry.source));
            break;
        case postgres::statement_kind::deallocate:
            TRY(planner_.run_deallocate(std::get<postgres::deallocate_command>(statement.command)));
            break;
        case postgres::statement_kind::declare_cursor:
            TRY(cursor_commands_.declare(entry));
            break;
        case postgres::statement_kind::close_cursor:
            TRY(cursor_commands_.close(entry, std::get<postgres::close_command>(statement.command)));
            break;
        default:
            // There is no LISTEN, so UNLISTEN has nothing to do; poolers send UNLISTEN *.
            if (statement.tag != "UNLISTEN") {
                return fail(sqlstates::feature_not_supported, statement.tag + " is not supported");
            }
            break;
    }
    return statement.tag;
}

result<> conversation::impl::run_discard(const postgres::discard_command& command) {
    using target = postgres::discard_command::target;
    switch (command.what) {
        case target::plans:
        case target::sequences:
            return {};  // the engine has no such state that a client could notice
        case target::temporary:
            TRY(transaction_.enter_engine());
            return engine_.discard(backend::discarded::temporary);
        case target::all:
            break;
    }
    if (transaction_.current() == transaction::state::implicit && !protocol_.simple) {
        return fail(error{.code = sqlstates::active_sql_transaction,
                          .message = "DISCARD ALL cannot be executed within a pipeline"});
    }
    if (transaction_.current() != transaction::state::none || protocol_.several) {
        return fail(within_block("DISCARD ALL"));
    }
    portals_.clear();
    statements_.clear();
    settings_.reset_all();
    TRY(engine_.discard(backend::discarded::all));
    return setting_commands_.apply();
}

}  // namespace sluice::session
