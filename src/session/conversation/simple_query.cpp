// The simple protocol: one message, any number of statements, which are one transaction unless they say otherwise.
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

result<> conversation::impl::on_query(std::string_view body, base::outbox& out) {
    running_.start_timer();
    statements_.erase({});
    portals_.erase({});
    TRY_ASSIGN(const auto message, postgres::parse_query(body));
    auto parsed = planner_.parse(message.sql);
    if (!parsed) {
        running_.begin_refused(message.sql);
        return fail(std::move(parsed).error());
    }
    auto text = *std::move(parsed);
    if (text->statements.empty()) {
        postgres::write_empty_query_response(out.buffer());
    }
    protocol_ = {.simple = true, .several = text->statements.size() > 1};
    simple_query_.emplace(simple_query{.text = std::move(text)});
    return {};
}

result<> conversation::impl::run_next_statement(base::outbox& out) {
    if (simple_query_->done()) {
        return finish_simple_query(out);
    }
    running_.start_timer();
    const std::size_t index = simple_query_->next++;
    protocol_.last = simple_query_->done();
    const postgres::statement& statement = simple_query_->text->statements[index];
    running_.begin(simple_query_->text, statement.text);
    running_.publish(workload::query_phase::planning);
    TRY(transactions_.check_not_failed(statement));
    transactions_.enter(statement, protocol_.several);
    TRY_ASSIGN(auto source, planner_.prepare(simple_query_->text, index, {}));
    running_.note_planned();
    TRY_ASSIGN(const auto entry, portals_.make({}));
    entry->source = std::move(source);
    return start_portal(entry, all_rows, out);
}

result<> conversation::impl::finish_simple_query(base::outbox& out) {
    if (transaction_.current() == transaction::state::implicit) {
        if (auto committed = transactions_.commit(); !committed) {
            running_.begin_refused("COMMIT");
            return committed;
        }
    }
    if (transaction_.in_block()) {
        portals_.erase({});
    } else {
        portals_.end_transaction();
    }
    end_simple_query();
    ready(out);
    return {};
}

}  // namespace sluice::session
