// PREPARE, EXECUTE and DEALLOCATE: SQL's way to the statements that Parse makes. Both share their names.
//
// Source:  PostgreSQL 15 manual, PREPARE, EXECUTE, DEALLOCATE; errors as its prepare.c has them.
#include <algorithm>
#include <utility>

#include "postgres/types/types.hpp"
#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

// What PostgreSQL calls a PreparableStmt.
bool can_be_prepared(const postgres::statement& statement) {
    return statement.kind == postgres::statement_kind::dml ||
           (statement.kind == postgres::statement_kind::query && statement.tag == "SELECT");
}

error cannot_be_prepared(const parsed_query& query) {
    const std::string_view text = query.text;
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

result<> session::impl::run_prepare(const portal& entry) {
    const parsed_query& query = *entry.source->query;
    const auto& command = std::get<postgres::prepare_command>(entry.source->statement->command);
    TRY(statements_.check_new(command.name));
    std::vector<backend::oid> declared;
    for (const std::string_view type : command.types) {
        auto known = postgres::type_oid_of_name(type);
        if (!known) {
            TRY(transaction_.enter_engine());
            auto found = backend::find_type(engine_, type);
            if (!found) {
                return fail(position_in_query(std::move(found).error().with_position(1), query, type));
            }
            known = *found;
        }
        declared.push_back(*known);
    }
    auto inner = texts_.parse(command.body);
    if (!inner) {
        return fail(position_in_query(std::move(inner).error(), query, command.body));
    }
    if ((*inner)->statements.size() != 1 || !can_be_prepared((*inner)->statements.front())) {
        return fail(position_in_query(cannot_be_prepared(**inner), query, command.body));
    }
    auto made = prepare_statement(std::move(*inner), 0, declared);
    if (!made) {
        return fail(position_in_query(std::move(made).error(), query, command.body));
    }
    statements_.put(command.name, *std::move(made));
    return {};
}

result<> session::impl::run_deallocate(const postgres::deallocate_command& command) {
    if (!command.name) {
        statements_.clear_named();
        return {};
    }
    return statements_.erase(*command.name) ? result<>()
                                            : fail(sqlstates::invalid_sql_statement_name,
                                                   "prepared statement \"" + *command.name + "\" does not exist");
}

std::shared_ptr<const prepared> session::impl::executed_by(const prepared& source) const {
    const auto& command = std::get<postgres::execute_command>(source.statement->command);
    const auto* found = statements_.find(command.name);
    return found == nullptr ? nullptr : *found;
}

result<> session::impl::enter_prepared(portal& entry) {
    const std::shared_ptr<const prepared> source = entry.source;
    const auto& command = std::get<postgres::execute_command>(source->statement->command);
    TRY_ASSIGN(auto inner, statements_.get(command.name));
    if (!command.explain.empty()) {
        TRY_ASSIGN(auto explained,
                   texts_.parse(std::string(command.explain) + " " + std::string(inner->statement->text)));
        TRY_ASSIGN(inner, prepare_statement(std::move(explained), 0, inner->parameter_types()));
    }
    auto arguments = evaluate_arguments(command, *inner);
    if (!arguments) {
        return fail(std::move(arguments).error());
    }
    entry.parameters = *std::move(arguments);
    entry.declared_as = source;
    entry.source = std::move(inner);
    return {};
}

result<bound_parameters> session::impl::evaluate_arguments(const postgres::execute_command& command,
                                                           const prepared& inner) {
    const auto types = inner.parameter_types();
    const auto& arguments = command.arguments;
    if (arguments.size() != types.size()) {
        return fail(wrong_number_of_parameters(command.name, types.size(), arguments.size()));
    }
    bound_parameters bound;
    if (arguments.empty()) {
        return bound;
    }
    std::vector<std::string> names;
    for (const backend::oid type : types) {
        names.push_back(postgres::type_name_of_oid(type).value_or("text"));
    }
    TRY(transaction_.enter_engine());
    TRY_ASSIGN(const auto values, backend::evaluate(engine_, arguments, names));
    const std::vector<std::optional<std::string_view>> views(values.begin(), values.end());
    bound.assign({}, views);
    return bound;
}

}  // namespace sluice::session
