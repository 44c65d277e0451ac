#include "session/commands/statement_planner.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "postgres/types/types.hpp"

namespace sluice::session {

namespace {

// The wire has 16 bits for counts.
result<> check_wire_limits(const backend::prepared_statement& plan) {
    constexpr std::size_t count_max = std::numeric_limits<std::uint16_t>::max();
    if (plan.parameter_types().size() > count_max) {
        return fail(sqlstates::too_many_arguments, "a statement can have at most 65535 parameters");
    }
    if (plan.columns().size() > count_max) {
        return fail(sqlstate("54011"), "a result can have at most 65535 columns");
    }
    return {};
}

// PostgreSQL's PreparableStmt.
bool can_be_prepared(const postgres::statement& statement) {
    return statement.kind == postgres::statement_kind::dml ||
           (statement.kind == postgres::statement_kind::query && statement.tag == "SELECT");
}

error cannot_be_prepared(std::string_view text) {
    return {
        .code = sqlstates::syntax_error,
        .message = "syntax error at or near \"" + std::string(text.substr(0, text.find_first_of(" \t\r\n(;"))) + "\"",
        .position = 1};
}

error wrong_number_of_parameters(std::string_view name, std::size_t wanted, std::size_t given) {
    return {.code = sqlstates::syntax_error,
            .message = "wrong number of parameters for prepared statement \"" + std::string(name) + "\"",
            .detail = "Expected " + std::to_string(wanted) + " parameters but got " + std::to_string(given) + "."};
}

}  // namespace

bool statement_planner::is_of_session(const postgres::statement& statement) const {
    switch (statement.kind) {
        case postgres::statement_kind::query:
        case postgres::statement_kind::dml:
        case postgres::statement_kind::utility:
            return false;
        case postgres::statement_kind::show:
            return setting_commands_.answers(std::get<postgres::show_command>(statement.command).name);
        default:
            return true;
    }
}

result<std::shared_ptr<const prepared>> statement_planner::prepare(std::shared_ptr<const parsed_query> query,
                                                                   std::size_t index,
                                                                   std::span<const backend::oid> declared) {
    auto made = std::make_shared<prepared>();
    made->query = std::move(query);
    if (made->query->statements.empty()) {
        return made;
    }
    const postgres::analysed_statement& statement = made->query->statements[index];
    made->statement = &statement;
    if (statement.kind == postgres::statement_kind::declare_cursor) {
        TRY_ASSIGN(made->cursor, prepare_cursor(*made->query, statement, declared));
    } else if (!is_of_session(statement)) {
        TRY(transaction_.enter_engine());
        engine_.set_urgent(running_.profile_of(*made).priority == workload::query_priority::high);
        auto plan = engine_.prepare(statement.lexed, declared);
        if (!plan) {
            return fail(position_in_query(std::move(plan).error(), *made->query, statement.text));
        }
        TRY(check_wire_limits(**plan));
        made->plan = std::move(*plan);
    } else if (statement.kind == postgres::statement_kind::show) {
        made->answer_columns = setting_commands_.show_columns(std::get<postgres::show_command>(statement.command));
    }
    return made;
}

result<std::shared_ptr<const prepared>> statement_planner::prepare_cursor(const parsed_query& query,
                                                                          const postgres::statement& statement,
                                                                          std::span<const backend::oid> declared) {
    const std::string_view text = std::get<postgres::declare_cursor_command>(statement.command).query;
    auto inner = parse(text);
    if (!inner) {
        return fail(position_in_query(std::move(inner).error(), query, text));
    }
    const auto& statements = (*inner)->statements;
    if (statements.size() != 1 || statements.front().kind != postgres::statement_kind::query) {
        return fail(sqlstates::syntax_error, "a cursor can only be declared for a query");
    }
    auto made = prepare(std::move(*inner), 0, declared);
    if (!made) {
        return fail(position_in_query(std::move(made).error(), query, text));
    }
    return made;
}

result<std::vector<backend::oid>> statement_planner::find_types(const parsed_query& query,
                                                                std::span<const std::string_view> names) {
    std::vector<backend::oid> types;
    for (const std::string_view name : names) {
        if (const auto known = postgres::type_oid_of_name(name)) {
            types.push_back(*known);
            continue;
        }
        TRY(transaction_.enter_engine());
        auto found = backend::find_type(engine_, name);
        if (!found) {
            return fail(position_in_query(std::move(found).error().with_position(1), query, name));
        }
        types.push_back(*found);
    }
    return types;
}

result<> statement_planner::run_prepare(const prepared& source) {
    const auto& command = std::get<postgres::prepare_command>(source.statement->command);
    TRY(statements_.check_new(command.name));
    TRY_ASSIGN(const auto declared, find_types(*source.query, command.types));
    auto body = parse(command.body);
    if (body && ((*body)->statements.size() != 1 || !can_be_prepared((*body)->statements.front()))) {
        body = fail(cannot_be_prepared(command.body));
    }
    auto made = body ? prepare(std::move(*body), 0, declared)
                     : result<std::shared_ptr<const prepared>>(fail(std::move(body).error()));
    if (!made) {
        return fail(position_in_query(std::move(made).error(), *source.query, command.body));
    }
    statements_.put(command.name, *std::move(made));
    return {};
}

result<> statement_planner::run_deallocate(const postgres::deallocate_command& command) {
    if (!command.name) {
        statements_.clear_named();
        return {};
    }
    return statements_.erase(*command.name) ? result<>()
                                            : fail(sqlstates::invalid_sql_statement_name,
                                                   "prepared statement \"" + *command.name + "\" does not exist");
}

const prepared& statement_planner::executed(const prepared& source) const {
    if (source.kind() != postgres::statement_kind::execute) {
        return source;
    }
    const auto* found = statements_.find(std::get<postgres::execute_command>(source.statement->command).name);
    return found == nullptr ? source : **found;
}

result<> statement_planner::enter_executed(portal& entry) {
    const std::shared_ptr<const prepared> source = entry.source;
    const auto& command = std::get<postgres::execute_command>(source->statement->command);
    TRY_ASSIGN(auto found, statements_.get(command.name));
    if (!command.explain.empty()) {
        TRY_ASSIGN(auto text, parse(std::string(command.explain) + " " + std::string(found->statement->text)));
        TRY_ASSIGN(found, prepare(std::move(text), 0, found->parameter_types()));
    }
    TRY_ASSIGN(entry.parameters, evaluate(command, *found));
    entry.declared_as = source;
    entry.source = std::move(found);
    return {};
}

result<bound_parameters> statement_planner::evaluate(const postgres::execute_command& command,
                                                     const prepared& executed) {
    const auto types = executed.parameter_types();
    bound_parameters bound;
    if (types.empty()) {
        return bound;  // PostgreSQL ignores arguments then
    }
    if (command.arguments.size() != types.size()) {
        return fail(wrong_number_of_parameters(command.name, types.size(), command.arguments.size()));
    }
    std::vector<std::string> names;
    for (const backend::oid type : types) {
        names.push_back(postgres::type_name_of_oid(type).value_or("text"));
    }
    TRY(transaction_.enter_engine());
    TRY_ASSIGN(const auto values, backend::evaluate(engine_, command.arguments, names));
    const std::vector<std::optional<std::string_view>> views(values.begin(), values.end());
    bound.assign({}, views);
    return bound;
}

std::span<const backend::column> statement_planner::columns_of(const prepared& source) const {
    if (source.plan) {
        return source.plan->columns();
    }
    if (source.kind() == postgres::statement_kind::execute) {
        const prepared& found = executed(source);
        return found.plan ? found.plan->columns() : std::span<const backend::column>{};
    }
    if (source.kind() == postgres::statement_kind::fetch_cursor) {
        const auto& command = std::get<postgres::fetch_command>(source.statement->command);
        const auto cursor = command.move ? nullptr : portals_.find(command.cursor);
        // A cursor's query is never a FETCH, so this recursion ends here.
        if (cursor && cursor->source->kind() != postgres::statement_kind::fetch_cursor) {
            return columns_of(*cursor->source);
        }
    }
    return source.answer_columns;
}

}  // namespace sluice::session
