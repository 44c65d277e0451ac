// The extended protocol: Parse, Bind, Describe, Execute, Close and Sync.
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

result<> check_parameter_count(const postgres::bind_message& message, const prepared& source) {
    const std::size_t required = source.parameter_types().size();
    if (message.parameters.size() == required) {
        return {};
    }
    return fail(sqlstates::protocol_violation, "bind message supplies " + std::to_string(message.parameters.size()) +
                                                   " parameters, but prepared statement \"" +
                                                   std::string(message.statement) + "\" requires " +
                                                   std::to_string(required));
}

result<> check_result_formats(const postgres::bind_message& message, std::size_t columns) {
    const std::size_t formats = message.result_formats.size();
    if (formats <= 1 || columns == 0 || formats == columns) {
        return {};
    }
    return fail(sqlstates::protocol_violation, "bind message has " + std::to_string(formats) +
                                                   " result formats but query has " + std::to_string(columns) +
                                                   " columns");
}

// A portal whose changes must not be final before Sync: it may be read only in part, or more of its data may come.
bool outlives_execute(const prepared& source, std::uint64_t rows_max) {
    if (source.kind() == postgres::statement_kind::dml) {
        return rows_max != all_rows && source.plan && !source.plan->columns().empty();
    }
    return source.kind() == postgres::statement_kind::copy;
}

}  // namespace

result<> conversation::impl::on_parse(std::string_view body, base::outbox& out) {
    running_.start_timer();
    TRY_ASSIGN(const auto message, postgres::parse_parse(body));
    if (message.statement.empty()) {
        statements_.erase({});
    }
    auto parsed = planner_.parse(message.sql);
    if (!parsed) {
        running_.begin_refused(message.sql);
        return fail(std::move(parsed).error());
    }
    auto query = *std::move(parsed);
    running_.begin(query, query->text);
    if (query->statements.size() > 1) {
        return fail(sqlstates::syntax_error, "cannot insert multiple commands into a prepared statement");
    }
    if (!query->statements.empty()) {
        TRY(transactions_.check_not_failed(query->statements.front()));
    }
    TRY(statements_.check_new(message.statement));
    TRY_ASSIGN(auto statement, planner_.prepare(std::move(query), 0, message.parameter_types));
    statements_.put(message.statement, std::move(statement));
    running_.end_parse();
    postgres::write_parse_complete(out.buffer());
    return {};
}

result<> conversation::impl::on_bind(std::string_view body, base::outbox& out) {
    running_.start_timer();
    TRY_ASSIGN(auto message, postgres::parse_bind(body));
    TRY_ASSIGN(const auto source, statements_.get(message.statement));
    auto bound = bind_portal(std::move(message), source);
    if (!bound) {
        if (source->statement != nullptr) {
            running_.begin(source->query, source->statement->text);  // its Execute will not come
        }
        return bound;
    }
    postgres::write_bind_complete(out.buffer());
    return {};
}

result<> conversation::impl::bind_portal(postgres::bind_message message,
                                         const std::shared_ptr<const prepared>& source) {
    TRY(check_parameter_count(message, *source));
    if (transaction_.failed() &&
        (source->statement == nullptr || !ends_transaction(*source->statement) || !message.parameters.empty())) {
        return fail(failed_transaction());
    }
    TRY(check_result_formats(message, planner_.columns_of(*source).size()));
    TRY_ASSIGN(const auto entry, portals_.make(message.portal));
    entry->source = source;
    entry->parameters.assign(message.parameter_formats, message.parameters);
    entry->requested_formats = std::move(message.result_formats);
    return {};
}

result<> conversation::impl::on_describe(std::string_view body, base::outbox& out) {
    running_.start_timer();
    TRY_ASSIGN(const auto message, postgres::parse_describe(body));
    const bool of_statement = message.target == 'S';
    std::shared_ptr<const prepared> source;
    std::shared_ptr<portal> entry;
    if (of_statement) {
        TRY_ASSIGN(source, statements_.get(message.name));
    } else {
        TRY_ASSIGN(entry, portals_.get(message.name));
        source = entry->source;
    }
    const auto columns = planner_.columns_of(*source);
    if (transaction_.failed() && !columns.empty()) {
        return fail(failed_transaction());
    }
    if (of_statement) {
        postgres::write_parameter_description(out.buffer(), source->parameter_types());
    }
    if (columns.empty()) {
        postgres::write_no_data(out.buffer());
    } else {
        runner_.write_columns(columns, of_statement ? std::span<const std::int16_t>{} : entry->requested_formats, out);
    }
    return {};
}

result<> conversation::impl::on_execute(std::string_view body, bool sync_follows, base::outbox& out) {
    running_.start_timer();
    TRY_ASSIGN(const auto message, postgres::parse_execute(body));
    TRY_ASSIGN(const auto entry, portals_.get(message.portal));
    const std::uint64_t rows_max = message.rows_max > 0 ? static_cast<std::uint64_t>(message.rows_max) : all_rows;
    if (const auto* statement = entry->source->statement; statement != nullptr) {
        running_.begin(entry->source->query, statement->text);
        TRY(transactions_.check_not_failed(*statement));
        if (entry->state == portal::phase::done) {
            return fail(sqlstates::object_not_in_prerequisite_state, "portal \"" + entry->name + "\" cannot be run");
        }
        transactions_.enter(*statement, !sync_follows || outlives_execute(planner_.executed(*entry->source), rows_max));
    }
    return start_portal(entry, rows_max, out);
}

result<> conversation::impl::on_close(std::string_view body, base::outbox& out) {
    TRY_ASSIGN(const auto message, postgres::parse_close(body));
    if (message.target == 'S') {
        statements_.erase(message.name);
    } else {
        portals_.erase(message.name);
    }
    postgres::write_close_complete(out.buffer());
    return {};
}

result<> conversation::impl::on_sync(std::string_view body, base::outbox& out) {
    skip_to_sync_ = false;
    TRY(postgres::parse_empty(body));
    if (transaction_.current() == transaction::state::implicit) {
        if (auto committed = transactions_.commit(); !committed) {
            running_.begin_refused("COMMIT");  // the COMMIT of a pipeline whose statements have all succeeded
            return committed;
        }
    } else if (!transaction_.in_block()) {
        portals_.end_transaction();
    }
    ready(out);
    return {};
}

}  // namespace sluice::session
