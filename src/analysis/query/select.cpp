// SELECT, VALUES and WITH.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate invalid_row_count{"2201W"};

bool is_star_target(const node* each) {
    const node* const value = each->res_target->val;
    return is(value, PG_QUERY__NODE__NODE_COLUMN_REF) &&
           is(value->column_ref->fields[value->column_ref->n_fields - 1], PG_QUERY__NODE__NODE_A_STAR);
}

}  // namespace

std::vector<source_column> analyser::result_columns(const query& select) {
    std::vector<source_column> columns;
    for (const target& each : select.targets) {
        if (!each.hidden) {
            columns.push_back({.name = each.name, .type = each.value->type, .stored = {}});
        }
    }
    return columns;
}

void analyser::settle_targets(std::vector<target>& targets) {
    for (target& each : targets) {
        settle_unknown(each.value);
    }
}

result<query_ptr> analyser::sub_select(const node* each) {
    if (!is(each, PG_QUERY__NODE__NODE_SELECT_STMT)) {
        return not_analysed("a sub-query of another kind");
    }
    TRY_ASSIGN(query_ptr made, select_of(*each->select_stmt));
    settle_targets(made->targets);
    return made;
}

result<query_ptr> analyser::select_of(const PgQuery__SelectStmt& select, bool /*top*/) {
    if (select.into_clause != nullptr) {
        return not_analysed("SELECT INTO");
    }
    query_ptr made(new query);  // NOLINT(cppcoreguidelines-owning-memory): its deleter is not the usual one
    scope here{.owner = made.get(), .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    TRY(with_clause(select.with_clause, *made));
    if (select.op != PG_QUERY__SET_OPERATION__SETOP_NONE) {
        TRY(set_operation_of(select, *made));
    } else if (select.n_values_lists > 0) {
        TRY(values_select(select, *made));
    } else {
        TRY(plain_select(select, *made));
    }
    TRY(limits_of(select, *made));
    return made;
}

result<std::vector<target>> analyser::targets_of(node_list list, expression_place place) {
    const at_place here(*this, place);
    std::vector<target> targets;
    for (const node* each : list) {
        if (is_star_target(each)) {
            TRY_ASSIGN(auto columns, star_targets(*each->res_target->val->column_ref));
            for (target& column : columns) {
                targets.push_back(std::move(column));
            }
            continue;
        }
        target made;
        TRY_ASSIGN(made.value, expression_of(each->res_target->val));
        made.name = name_for(each);
        targets.push_back(std::move(made));
    }
    return targets;
}

result<> analyser::plain_select(const PgQuery__SelectStmt& select, query& into) {
    TRY(from_clause(list_of(select.from_clause, select.n_from_clause)));
    for (const node* each : list_of(select.window_clause, select.n_window_clause)) {
        const PgQuery__WindowDef& definition = *each->window_def;
        if (!scope_->windows.emplace(std::string(text_of(definition.name)), &definition).second) {
            return fail_at(definition.location, sqlstate{"42P20"},
                           fmt::format("window \"{}\" is already defined", text_of(definition.name)));
        }
    }
    TRY_ASSIGN(into.targets,
               targets_of(list_of(select.target_list, select.n_target_list), expression_place::select_list));
    if (select.where_clause != nullptr) {
        TRY_ASSIGN(expression_ptr condition, expression_at(select.where_clause, expression_place::where));
        TRY_ASSIGN(into.where, to_boolean(std::move(condition), "WHERE"));
    }
    if (select.having_clause != nullptr) {
        TRY_ASSIGN(expression_ptr condition, expression_at(select.having_clause, expression_place::having));
        TRY_ASSIGN(into.having, to_boolean(std::move(condition), "HAVING"));
    }
    TRY(order_clause(list_of(select.sort_clause, select.n_sort_clause), into));
    TRY(group_clause(list_of(select.group_clause, select.n_group_clause), into));
    into.group_distinct = select.group_distinct;
    TRY(distinct_clause(select, into));
    into.aggregated = scope_->aggregates > 0 || !into.group_by.empty() || into.having != nullptr;
    if (into.aggregated) {
        TRY(check_grouping(into));
    }
    return {};
}

result<> analyser::values_select(const PgQuery__SelectStmt& select, query& into) {
    const at_place here(*this, expression_place::values);
    std::vector<expressions> rows;
    for (const node* each : list_of(select.values_lists, select.n_values_lists)) {
        TRY_ASSIGN(expressions row, expressions_of(list_of(each->list->items, each->list->n_items)));
        if (!rows.empty() && row.size() != rows.front().size()) {
            return fail_at(row.empty() ? -1 : row.front()->place, sqlstates::syntax_error,
                           "VALUES lists must all be the same length");
        }
        for (const expression_ptr& value : row) {
            if (as<set_default>(value) != nullptr) {
                return fail_at(value->place, sqlstates::syntax_error, "DEFAULT is not allowed in this context");
            }
        }
        rows.push_back(std::move(row));
    }
    source& made = add_source("*VALUES*");
    made.what = operation_source{};
    for (std::size_t column = 0; column < rows.front().size(); ++column) {
        std::vector<expression_ptr*> values;
        for (expressions& row : rows) {
            values.push_back(&row[column]);
        }
        typed type;
        TRY(to_common_type(values, "VALUES", type));
        made.columns.push_back({.name = fmt::format("column{}", column + 1), .type = type, .stored = {}});
    }
    scope_->sources.push_back(show(made, "*VALUES*"));
    into.values = std::move(rows);
    into.targets = columns_as_targets(scope_->sources.back(), -1);
    return order_clause(list_of(select.sort_clause, select.n_sort_clause), into);
}

result<> analyser::with_clause(const PgQuery__WithClause* with, query& into) {
    if (with == nullptr) {
        return {};
    }
    into.recursive = with->recursive;
    for (const node* each : list_of(with->ctes, with->n_ctes)) {
        const PgQuery__CommonTableExpr& table = *each->common_table_expr;
        for (const common_table* other : scope_->common_tables) {
            if (other->written == text_of(table.ctename)) {
                return fail_at(table.location, sqlstate{"42712"},
                               fmt::format("WITH query name \"{}\" specified more than once", text_of(table.ctename)));
            }
        }
        TRY(common_table_of(table, into, with->recursive));
    }
    return {};
}

result<> analyser::common_table_of(const PgQuery__CommonTableExpr& each, query& into, bool recursive) {
    if (each.search_clause != nullptr || each.cycle_clause != nullptr) {
        return not_analysed("SEARCH and CYCLE");
    }
    auto owned = std::make_unique<common_table>();
    common_table& made = *owned;
    made.written = text_of(each.ctename);
    made.name = unique_alias(made.written);
    if (each.ctematerialized != PG_QUERY__CTEMATERIALIZE__CTEMaterializeDefault) {
        made.materialized = each.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways;
    }
    const std::vector<std::string> names = names_of(list_of(each.aliascolnames, each.n_aliascolnames));
    const auto name_columns = [&](std::vector<source_column> columns) -> result<> {
        if (names.size() > columns.size()) {
            return fail_at(each.location, sqlstate{"42P10"},
                           fmt::format("WITH query \"{}\" has {} columns available but {} columns specified",
                                       made.written, columns.size(), names.size()));
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            columns[i].name = names[i];
        }
        made.columns = std::move(columns);
        return {};
    };
    into.common_tables.push_back(std::move(owned));
    if (!is(each.ctequery, PG_QUERY__NODE__NODE_SELECT_STMT)) {
        return not_analysed("a common table that modifies data");
    }
    const PgQuery__SelectStmt& select = *each.ctequery->select_stmt;
    if (recursive && select.op == PG_QUERY__SET_OPERATION__SETOP_UNION && select.with_clause == nullptr &&
        select.n_sort_clause == 0) {
        // The columns are those of the first part, which does not see the table.
        query_ptr body(new query);  // NOLINT(cppcoreguidelines-owning-memory): its deleter is not the usual one
        scope here{.owner = body.get(), .sources = {}, .common_tables = {}, .windows = {}};
        const inside now(*this, here);
        set_operation parts{
            .what = set_operation::kind::set_union, .all = static_cast<bool>(select.all), .left = {}, .right = {}};
        TRY_ASSIGN(parts.left, select_of(*select.larg));
        settle_targets(parts.left->targets);
        TRY(name_columns(result_columns(*parts.left)));
        here.common_tables.push_back(&made);
        TRY_ASSIGN(parts.right, select_of(*select.rarg));
        made.recursive = true;
        TRY(match_arm(parts.right, result_columns(*parts.left), made.written));
        source& columns = add_source("*RECURSION*");
        columns.what = operation_source{};
        columns.columns = result_columns(*parts.left);
        body->targets = columns_as_targets(show(columns, "*RECURSION*"), -1);
        body->operation = std::move(parts);
        TRY(limits_of(select, *body));
        made.body = std::move(body);
    } else {
        TRY_ASSIGN(made.body, select_of(select));
        settle_targets(made.body->targets);
        TRY(name_columns(result_columns(*made.body)));
    }
    scope_->common_tables.push_back(&made);
    return {};
}

analyser::made analyser::limit_of(const node* each, expression_place place, std::string_view name) {
    TRY_ASSIGN(expression_ptr value, expression_at(each, place));
    if (!coercible(*value, {.type = type_oids::int8}, cast_context::assignment)) {
        return fail_at(value->place, sqlstates::datatype_mismatch,
                       fmt::format("argument of {} must be type bigint, not type {}", name, type_text(value->type)));
    }
    const auto* const number = as<constant>(value);
    if (number != nullptr && number->text && number->text->starts_with('-')) {
        return fail_at(-1, name == "LIMIT" ? invalid_row_count : sqlstate{"2201X"},
                       fmt::format("{} must not be negative", name));
    }
    return coerce(std::move(value), {.type = type_oids::int8}, cast_context::assignment, -1);
}

result<> analyser::limits_of(const PgQuery__SelectStmt& select, query& into) {
    if (select.limit_count != nullptr) {
        TRY_ASSIGN(into.limit, limit_of(select.limit_count, expression_place::limit, "LIMIT"));
    }
    if (select.limit_offset != nullptr) {
        TRY_ASSIGN(into.offset, limit_of(select.limit_offset, expression_place::offset, "OFFSET"));
    }
    into.with_ties = select.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
    return {};
}

}  // namespace sluice::analysis
