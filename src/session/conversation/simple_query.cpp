// The simple protocol: one message, any number of statements, which are one transaction unless they say otherwise.
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

result<> session::impl::on_query(std::string_view body, base::outbox& out) {
    start_statement_timer();
    statements_.erase({});
    portals_.erase({});
    TRY_ASSIGN(const auto message, postgres::parse_query(body));
    auto parsed = texts_.parse(message.sql);
    if (!parsed) {
        record_refused(message.sql);
        return fail(std::move(parsed).error());
    }
    auto text = *std::move(parsed);
    if (text->statements.empty()) {
        postgres::write_empty_query_response(out.buffer());
    }
    simple_query_.emplace(simple_query{.text = std::move(text)});
    return {};
}

result<> session::impl::run_next_statement(base::outbox& out) {
    if (simple_query_->done()) {
        return finish_simple_query(out);
    }
    start_statement_timer();
    const std::size_t index = simple_query_->next++;
    const postgres::statement& statement = simple_query_->text->statements[index];
    begin_record(simple_query_->text, statement.text);
    activity_.publish(workload::query_phase::planning);
    TRY(check_not_failed(statement));
    enter_transaction(statement, simple_query_->several());
    TRY_ASSIGN(auto source, prepare_statement(simple_query_->text, index, {}));
    note_planned();
    TRY_ASSIGN(const auto entry, portals_.make({}));
    entry->source = std::move(source);
    return start_portal(entry, all_rows, out);
}

result<> session::impl::finish_simple_query(base::outbox& out) {
    if (transaction_.current() == transaction::state::implicit) {
        if (auto committed = commit_transaction(); !committed) {
            record_refused("COMMIT");
            return committed;
        }
    }
    if (transaction_.in_block()) {
        portals_.erase({});
    } else {
        portals_.end_transaction();
    }
    simple_query_.reset();
    ready(out);
    return {};
}

}  // namespace sluice::session
