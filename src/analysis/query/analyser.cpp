#include "analysis/query/analyser.hpp"

#include <fmt/format.h>
#include <utility>

#include "postgres/lex/lexer.hpp"

namespace sluice::analysis {
namespace {

constexpr sqlstate form_not_analysed{"SL001"};  // never reaches a client

}  // namespace

bool is_not_analysed(const error& cause) {
    return cause.code == form_not_analysed;
}

std::unexpected<error> not_analysed(std::string_view what) {
    return fail(form_not_analysed, std::string(what));
}

result<analysed> analyse(const PgQuery__RawStmt& statement, database& data, std::string_view sql,
                         std::span<const oid> declared) {
    return analyser(data, sql, declared).run(statement);
}

analyser::analyser(database& data, std::string_view sql, std::span<const oid> declared)
    : data_(data), sql_(sql), declared_(declared.size()) {
    for (const oid each : declared) {
        parameters_.push_back({.type = each == postgres::type_oids::unknown ? 0 : each});
    }
}

std::unexpected<error> analyser::fail_at(std::int32_t place, sqlstate code, std::string message) const {
    error made{.code = code, .message = std::move(message)};
    if (place >= 0) {
        made.position = postgres::character_position(sql_, static_cast<std::size_t>(place));
    }
    return fail(std::move(made));
}

std::unexpected<error> analyser::not_analysed(std::string_view what) const {
    return analysis::not_analysed(what);
}

std::string analyser::unique_alias(std::string_view wanted) {
    std::string alias(wanted);
    for (int i = 1; !aliases_.insert(alias).second; ++i) {
        alias = fmt::format("{}_{}", wanted, i);
    }
    return alias;
}

result<query_ptr> analyser::statement_of(const node* each) {
    if (each == nullptr) {
        return not_analysed("an empty statement");
    }
    switch (each->node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return select_of(*each->select_stmt, true);
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            return insert_of(*each->insert_stmt);
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            return update_of(*each->update_stmt);
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            return delete_of(*each->delete_stmt);
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return merge_of(*each->merge_stmt);
        default:
            return not_analysed("a statement of another kind");
    }
}

result<> analyser::check_parameters() {
    if (!untyped_.empty()) {
        const auto [number, place] = *untyped_.begin();
        return fail_at(place, sqlstates::indeterminate_datatype,
                       fmt::format("could not determine data type of parameter ${}", number));
    }
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (parameters_[i].type == 0) {
            const auto used = parameter_places_.find(static_cast<int>(i) + 1);
            return fail_at(used == parameter_places_.end() ? -1 : used->second, sqlstates::indeterminate_datatype,
                           fmt::format("could not determine data type of parameter ${}", i + 1));
        }
    }
    return {};
}

result<analysed> analyser::run(const PgQuery__RawStmt& statement) {
    analysed made;
    if (is(statement.stmt, PG_QUERY__NODE__NODE_CREATE_STMT)) {
        TRY_ASSIGN(made.table, table_of(*statement.stmt->create_stmt));
        return made;
    }
    TRY_ASSIGN(made.statement, statement_of(statement.stmt));
    settle_targets(made.statement->targets);
    TRY(check_parameters());
    made.parameters = parameters_;
    for (const target& each : made.statement->targets) {
        if (each.hidden) {
            continue;
        }
        result_column column{.name = each.name, .type = each.value->type};
        const auto* const reference = as<column_reference>(each.value);
        const auto* const table = reference == nullptr ? nullptr : std::get_if<table_source>(&reference->from->what);
        if (table != nullptr) {
            column.table = table->table->number;
            column.number = table->table->numbers.empty() ? static_cast<std::int16_t>(reference->index + 1)
                                                          : table->table->numbers[reference->index];
        }
        made.columns.push_back(std::move(column));
    }
    return made;
}

}  // namespace sluice::analysis
