// INSERT, UPDATE, DELETE and MERGE.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"
#include "base/text/ascii.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

query_ptr make_query(command what) {
    query_ptr made(new query);  // NOLINT(cppcoreguidelines-owning-memory): its deleter is not the usual one
    made->what = what;
    return made;
}

std::string_view table_name(const source& table) {
    return std::get<table_source>(table.what).table->name;
}

}  // namespace

// The value as INSERT and UPDATE store it.
analyser::made analyser::assigned(expression_ptr value, const source_column& column) {
    if (as<set_default>(value) != nullptr) {
        return value;
    }
    if (!coercible(*value, column.type, cast_context::assignment)) {
        error cause = fail_at(value->place, sqlstates::datatype_mismatch,
                              fmt::format("column \"{}\" is of type {} but expression is of type {}", column.name,
                                          type_text({.type = column.type.type}), type_text({.type = value->type.type})))
                          .error();
        cause.hint = "You will need to rewrite or cast the expression.";
        return fail(std::move(cause));
    }
    return coerce(std::move(value), column.type, cast_context::assignment, -1);
}

result<std::size_t> analyser::column_index(const source& table, const PgQuery__ResTarget& named) const {
    const std::string_view name = text_of(named.name);
    if (named.n_indirection > 0) {
        return not_analysed("a part of a column");
    }
    const auto found = std::ranges::find(table.columns, name, &source_column::name);
    if (found == table.columns.end()) {
        const auto alike = std::ranges::find_if(
            table.columns, [&](const source_column& each) { return base::equals_ignoring_case(each.name, name); });
        if (alike != table.columns.end()) {
            return static_cast<std::size_t>(alike - table.columns.begin());
        }
        return fail_at(named.location, sqlstates::undefined_column,
                       fmt::format("column \"{}\" of relation \"{}\" does not exist", name, table_name(table)));
    }
    return static_cast<std::size_t>(found - table.columns.begin());
}

result<std::vector<std::size_t>> analyser::insert_columns(node_list names, const source& table) {
    std::vector<std::size_t> columns;
    if (names.empty()) {
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            columns.push_back(i);
        }
        return columns;
    }
    for (const node* each : names) {
        TRY_ASSIGN(const std::size_t index, column_index(table, *each->res_target));
        if (std::ranges::find(columns, index) != columns.end()) {
            return fail_at(each->res_target->location, sqlstates::duplicate_column,
                           fmt::format("column \"{}\" specified more than once", table.columns[index].name));
        }
        columns.push_back(index);
    }
    return columns;
}

result<> analyser::insert_rows(const PgQuery__SelectStmt& select, query& into) {
    const at_place here(*this, expression_place::values);
    const bool all_columns = into.insert_columns.size() == into.into->columns.size();
    for (const node* each : list_of(select.values_lists, select.n_values_lists)) {
        const node_list items = list_of(each->list->items, each->list->n_items);
        if (!into.insert_rows.empty() && items.size() != into.insert_rows.front().size()) {
            return fail_at(-1, sqlstates::syntax_error, "VALUES lists must all be the same length");
        }
        expressions row;
        for (std::size_t i = 0; i < items.size(); ++i) {
            TRY_ASSIGN(expression_ptr value, expression_of(items[i]));
            if (i >= into.insert_columns.size()) {
                return fail_at(value->place, sqlstates::syntax_error,
                               "INSERT has more expressions than target columns");
            }
            TRY_ASSIGN(value, assigned(std::move(value), into.into->columns[into.insert_columns[i]]));
            row.push_back(std::move(value));
        }
        into.insert_rows.push_back(std::move(row));
    }
    const std::size_t given = into.insert_rows.front().size();
    if (given < into.insert_columns.size()) {
        if (!all_columns || into.columns_named) {
            return fail_at(-1, sqlstates::syntax_error, "INSERT has more target columns than expressions");
        }
        into.insert_columns.resize(given);
    }
    return {};
}

result<query_ptr> analyser::insert_of(const PgQuery__InsertStmt& insert) {
    query_ptr made = make_query(command::insert);
    scope here{.owner = made.get(), .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    TRY(with_clause(insert.with_clause, *made));
    // The rows do not see the table.
    std::vector<visible_source> table_only;
    TRY_ASSIGN(made->into, target_table(*insert.relation));
    std::swap(table_only, here.sources);
    TRY_ASSIGN(made->insert_columns, insert_columns(list_of(insert.cols, insert.n_cols), *made->into));
    made->columns_named = insert.n_cols > 0;
    if (insert.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE ||
        insert.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE) {
        made->overriding_system_value = insert.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE;
    }
    const PgQuery__SelectStmt* const select =
        is(insert.select_stmt, PG_QUERY__NODE__NODE_SELECT_STMT) ? insert.select_stmt->select_stmt : nullptr;
    if (select == nullptr) {
        made->insert_defaults = true;
    } else if (select->n_values_lists > 0 && select->n_sort_clause == 0 && select->limit_count == nullptr &&
               select->limit_offset == nullptr && select->with_clause == nullptr) {
        TRY(insert_rows(*select, *made));
    } else {
        TRY_ASSIGN(query_ptr rows, select_of(*select));
        std::vector<target*> columns;
        for (target& each : rows->targets) {
            if (!each.hidden) {
                columns.push_back(&each);
            }
        }
        if (columns.size() > made->insert_columns.size()) {
            return fail_at(columns[made->insert_columns.size()]->value->place, sqlstates::syntax_error,
                           "INSERT has more expressions than target columns");
        }
        if (columns.size() < made->insert_columns.size()) {
            if (made->columns_named) {
                return fail_at(-1, sqlstates::syntax_error, "INSERT has more target columns than expressions");
            }
            made->insert_columns.resize(columns.size());
        }
        TRY(assign_arm(rows, *made));
        made->insert_select = std::move(rows);
    }
    std::swap(table_only, here.sources);
    if (insert.on_conflict_clause != nullptr) {
        TRY(conflict_of(*insert.on_conflict_clause, *made));
    }
    TRY(returning_of(list_of(insert.returning_list, insert.n_returning_list), *made));
    return made;
}

// INSERT ... SELECT: literals take the type of their column, other columns are converted by assignment.
result<> analyser::assign_arm(query_ptr& rows, query& into) {
    std::vector<target*> columns;
    for (target& each : rows->targets) {
        if (!each.hidden) {
            columns.push_back(&each);
        }
    }
    bool differs = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const source_column& wanted = into.into->columns[into.insert_columns[i]];
        if (columns[i]->value->type.type == type_oids::unknown) {
            TRY_ASSIGN(columns[i]->value, assigned(std::move(columns[i]->value), wanted));
        }
        differs = differs || columns[i]->value->type != wanted.type;
    }
    if (!differs) {
        return {};
    }
    query_ptr around = make_query(command::select);
    auto made = std::make_unique<source>();
    made->alias = unique_alias("*SELECT*");
    for (const target* each : columns) {
        made->columns.push_back({.name = each->name, .type = each->value->type, .stored = {}});
    }
    std::vector<std::int32_t> places;
    for (const target* each : columns) {
        places.push_back(each->value->place);
    }
    made->what = query_source{.select = std::move(rows)};
    for (std::size_t i = 0; i < made->columns.size(); ++i) {
        auto value =
            make_expression(made->columns[i].type, places[i], column_reference{.from = made.get(), .index = i});
        TRY_ASSIGN(value, assigned(std::move(value), into.into->columns[into.insert_columns[i]]));
        around->targets.push_back({.value = std::move(value), .name = made->columns[i].name});
    }
    auto item = std::make_unique<from_item>();
    item->leaf = made.get();
    around->from.push_back(std::move(item));
    around->sources.push_back(std::move(made));
    rows = std::move(around);
    return {};
}

result<> analyser::conflict_of(const PgQuery__OnConflictClause& clause, query& into) {
    auto made = std::make_unique<conflict_action>();
    if (clause.infer != nullptr) {
        made->constraint = text_of(clause.infer->conname);
        for (const node* each : list_of(clause.infer->index_elems, clause.infer->n_index_elems)) {
            const PgQuery__IndexElem& element = *each->index_elem;
            if (element.expr != nullptr) {
                TRY_ASSIGN(expression_ptr value, expression_of(element.expr));
                made->inferred.push_back(std::move(value));
                continue;
            }
            TRY_ASSIGN(expression_ptr column, column_in(scope_->sources.front(), text_of(element.name), -1));
            if (!column) {
                return fail_at(-1, sqlstates::undefined_column,
                               fmt::format("column \"{}\" does not exist", text_of(element.name)));
            }
            made->inferred.push_back(std::move(column));
        }
        if (clause.infer->where_clause != nullptr) {
            TRY_ASSIGN(expression_ptr condition, expression_at(clause.infer->where_clause, expression_place::where));
            TRY_ASSIGN(made->inferred_where, to_boolean(std::move(condition), "WHERE"));
        }
    }
    made->update = clause.action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    if (made->update) {
        if (clause.infer == nullptr) {
            error cause = fail_at(clause.location, sqlstates::syntax_error,
                                  "ON CONFLICT DO UPDATE requires inference specification or constraint name")
                              .error();
            cause.hint = "For example, ON CONFLICT (column_name).";
            return fail(std::move(cause));
        }
        source& excluded = add_source("excluded");
        excluded.columns = into.into->columns;
        excluded.what = operation_source{};
        made->excluded = &excluded;
        scope_->sources.push_back(show(excluded, "excluded"));
        scope_->sources.back().names_columns = false;
        TRY_ASSIGN(made->set, assignments_of(list_of(clause.target_list, clause.n_target_list), *into.into));
        if (clause.where_clause != nullptr) {
            TRY_ASSIGN(expression_ptr condition, expression_at(clause.where_clause, expression_place::where));
            TRY_ASSIGN(made->where, to_boolean(std::move(condition), "WHERE"));
        }
        scope_->sources.pop_back();
    }
    into.conflict = std::move(made);
    return {};
}

result<std::vector<assignment>> analyser::assignments_of(node_list list, const source& table) {
    const at_place here(*this, expression_place::update_source);
    std::vector<assignment> all;
    for (const node* each : list) {
        const PgQuery__ResTarget& named = *each->res_target;
        TRY_ASSIGN(const std::size_t index, column_index(table, named));
        if (std::ranges::find(all, index, &assignment::column) != all.end()) {
            return fail_at(named.location, sqlstates::syntax_error,
                           fmt::format("multiple assignments to same column \"{}\"", table.columns[index].name));
        }
        const node* value = named.val;
        if (is(value, PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF)) {
            const PgQuery__MultiAssignRef& multiple = *value->multi_assign_ref;
            if (!is(multiple.source, PG_QUERY__NODE__NODE_ROW_EXPR)) {
                return not_analysed("columns set from a sub-query");
            }
            const node_list fields = list_of(multiple.source->row_expr->args, multiple.source->row_expr->n_args);
            if (fields.size() != static_cast<std::size_t>(multiple.ncolumns)) {
                return fail_at(multiple.source->row_expr->location, sqlstates::syntax_error,
                               "number of columns does not match number of values");
            }
            value = fields[static_cast<std::size_t>(multiple.colno) - 1];
        }
        TRY_ASSIGN(expression_ptr made, expression_of(value));
        TRY_ASSIGN(made, assigned(std::move(made), table.columns[index]));
        all.push_back({.column = index, .value = std::move(made)});
    }
    return all;
}

result<> analyser::returning_of(node_list list, query& into) {
    TRY_ASSIGN(into.targets, targets_of(list, expression_place::returning));
    settle_targets(into.targets);
    return {};
}

result<query_ptr> analyser::update_of(const PgQuery__UpdateStmt& update) {
    query_ptr made = make_query(command::update);
    scope here{.owner = made.get(), .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    TRY(with_clause(update.with_clause, *made));
    TRY_ASSIGN(made->into, target_table(*update.relation));
    TRY(from_clause(list_of(update.from_clause, update.n_from_clause)));
    TRY_ASSIGN(made->set, assignments_of(list_of(update.target_list, update.n_target_list), *made->into));
    if (is(update.where_clause, PG_QUERY__NODE__NODE_CURRENT_OF_EXPR)) {
        return not_analysed("WHERE CURRENT OF");
    }
    if (update.where_clause != nullptr) {
        TRY_ASSIGN(expression_ptr condition, expression_at(update.where_clause, expression_place::where));
        TRY_ASSIGN(made->where, to_boolean(std::move(condition), "WHERE"));
    }
    TRY(returning_of(list_of(update.returning_list, update.n_returning_list), *made));
    return made;
}

result<query_ptr> analyser::delete_of(const PgQuery__DeleteStmt& remove) {
    query_ptr made = make_query(command::remove);
    scope here{.owner = made.get(), .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    TRY(with_clause(remove.with_clause, *made));
    TRY_ASSIGN(made->into, target_table(*remove.relation));
    TRY(from_clause(list_of(remove.using_clause, remove.n_using_clause)));
    if (is(remove.where_clause, PG_QUERY__NODE__NODE_CURRENT_OF_EXPR)) {
        return not_analysed("WHERE CURRENT OF");
    }
    if (remove.where_clause != nullptr) {
        TRY_ASSIGN(expression_ptr condition, expression_at(remove.where_clause, expression_place::where));
        TRY_ASSIGN(made->where, to_boolean(std::move(condition), "WHERE"));
    }
    TRY(returning_of(list_of(remove.returning_list, remove.n_returning_list), *made));
    return made;
}

result<query_ptr> analyser::merge_of(const PgQuery__MergeStmt& merge) {
    query_ptr made = make_query(command::merge);
    scope here{.owner = made.get(), .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    TRY(with_clause(merge.with_clause, *made));
    TRY_ASSIGN(made->into, target_table(*merge.relation));
    std::vector<visible_source> rows;
    TRY_ASSIGN(made->merge_source, from_item_of(merge.source_relation, rows));
    TRY(add_visible(here.sources, rows));
    TRY_ASSIGN(expression_ptr condition, expression_at(merge.join_condition, expression_place::join_condition));
    TRY_ASSIGN(made->where, to_boolean(std::move(condition), "ON"));
    for (const node* each : list_of(merge.merge_when_clauses, merge.n_merge_when_clauses)) {
        const PgQuery__MergeWhenClause& when = *each->merge_when_clause;
        merge_action action{.matched = static_cast<bool>(when.matched), .condition = {}, .set = {}};
        // A row without a match has no row of the table.
        std::vector<visible_source> all = here.sources;
        if (!when.matched) {
            here.sources.erase(here.sources.begin());
        }
        if (when.condition != nullptr) {
            TRY_ASSIGN(expression_ptr only, expression_at(when.condition, expression_place::where));
            TRY_ASSIGN(action.condition, to_boolean(std::move(only), "WHEN"));
        }
        const node_list targets = list_of(when.target_list, when.n_target_list);
        switch (when.command_type) {
            case PG_QUERY__CMD_TYPE__CMD_INSERT: {
                action.what = merge_action::kind::insert;
                TRY_ASSIGN(const auto columns, insert_columns(targets, *made->into));
                const node_list values = list_of(when.values, when.n_values);
                action.defaults = values.empty();
                if (values.size() > columns.size()) {
                    return fail_at(-1, sqlstates::syntax_error, "INSERT has more expressions than target columns");
                }
                if (!values.empty() && !targets.empty() && values.size() < columns.size()) {
                    return fail_at(-1, sqlstates::syntax_error, "INSERT has more target columns than expressions");
                }
                for (std::size_t i = 0; i < values.size(); ++i) {
                    TRY_ASSIGN(expression_ptr value, expression_at(values[i], expression_place::values));
                    TRY_ASSIGN(value, assigned(std::move(value), made->into->columns[columns[i]]));
                    action.set.push_back({.column = columns[i], .value = std::move(value)});
                }
                break;
            }
            case PG_QUERY__CMD_TYPE__CMD_UPDATE: {
                action.what = merge_action::kind::update;
                TRY_ASSIGN(action.set, assignments_of(targets, *made->into));
                break;
            }
            case PG_QUERY__CMD_TYPE__CMD_DELETE:
                action.what = merge_action::kind::remove;
                break;
            default:
                break;
        }
        here.sources = std::move(all);
        made->merge_actions.push_back(std::move(action));
    }
    return made;
}

}  // namespace sluice::analysis
