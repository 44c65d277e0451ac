// FROM: tables, sub-queries, functions and joins, and what each of them makes visible.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"
#include "analysis/resolve/signatures.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate duplicate_alias{"42712"};
constexpr sqlstate invalid_column_reference{"42P10"};

join_kind kind_of(PgQuery__JoinType type) {
    switch (type) {
        case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
            return join_kind::left;
        case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
            return join_kind::right;
        case PG_QUERY__JOIN_TYPE__JOIN_FULL:
            return join_kind::full;
        default:
            return join_kind::inner;
    }
}

std::string relation_text(const PgQuery__RangeVar& table) {
    const std::string_view schema = text_of(table.schemaname);
    return schema.empty() ? std::string(text_of(table.relname)) : fmt::format("{}.{}", schema, text_of(table.relname));
}

}  // namespace

source& analyser::add_source(std::string_view alias) {
    auto made = std::make_unique<source>();
    made->alias = unique_alias(alias);
    scope_->owner->sources.push_back(std::move(made));
    return *scope_->owner->sources.back();
}

visible_source analyser::show(source& made, std::string_view name) {
    visible_source shown{.alias = std::string(name), .relation = {}, .columns = {}, .whole = &made};
    for (std::size_t i = 0; i < made.columns.size(); ++i) {
        shown.columns.push_back({.name = made.columns[i].name, .make = [from = &made, i] {
                                     return make_expression(from->columns[i].type, -1,
                                                            column_reference{.from = from, .index = i});
                                 }});
    }
    return shown;
}

result<> analyser::rename_columns(const PgQuery__Alias* alias, source& made, std::string_view name) {
    if (alias == nullptr) {
        return {};
    }
    const std::vector<std::string> names = names_of(list_of(alias->colnames, alias->n_colnames));
    if (names.size() > made.columns.size()) {
        return fail_at(-1, invalid_column_reference,
                       fmt::format("table \"{}\" has {} columns available but {} columns specified", name,
                                   made.columns.size(), names.size()));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        made.columns[i].name = names[i];
    }
    return {};
}

result<> analyser::add_visible(std::vector<visible_source>& into, std::vector<visible_source> fresh) {
    for (visible_source& each : fresh) {
        const bool clash = !each.alias.empty() && std::ranges::any_of(into, [&](const visible_source& other) {
            return other.alias == each.alias &&
                   (each.relation.schema.empty() || each.relation.schema == other.relation.schema);
        });
        if (clash) {
            return fail_at(-1, duplicate_alias, fmt::format("table name \"{}\" specified more than once", each.alias));
        }
        into.push_back(std::move(each));
    }
    return {};
}

result<> analyser::from_clause(node_list items) {
    for (const node* each : items) {
        std::vector<visible_source> visible;
        TRY_ASSIGN(auto item, from_item_of(each, visible));
        scope_->owner->from.push_back(std::move(item));
        TRY(add_visible(scope_->sources, std::move(visible)));
    }
    return {};
}

result<std::unique_ptr<from_item>> analyser::from_item_of(const node* each, std::vector<visible_source>& visible) {
    switch (each->node_case) {
        case PG_QUERY__NODE__NODE_RANGE_VAR:
            return table_of(*each->range_var, visible);
        case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
            return sub_select_of(*each->range_subselect, visible);
        case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
            return function_of(*each->range_function, visible);
        case PG_QUERY__NODE__NODE_JOIN_EXPR:
            return join_of(*each->join_expr, visible);
        default:
            return not_analysed("a source of another kind");
    }
}

result<std::unique_ptr<from_item>> analyser::table_of(const PgQuery__RangeVar& table,
                                                      std::vector<visible_source>& visible) {
    const std::string_view alias = table.alias != nullptr ? text_of(table.alias->aliasname) : text_of(table.relname);
    auto item = std::make_unique<from_item>();
    if (text_of(table.schemaname).empty()) {
        for (const scope* at = scope_; at != nullptr; at = at->outer) {
            const auto found =
                std::ranges::find_if(at->common_tables.rbegin(), at->common_tables.rend(),
                                     [&](const common_table* each) { return each->written == text_of(table.relname); });
            if (found != at->common_tables.rend()) {
                source& made = add_source(alias);
                made.columns = (*found)->columns;
                made.what = common_source{.table = *found};
                TRY(rename_columns(table.alias, made, alias));
                visible.push_back(show(made, alias));
                item->leaf = &made;
                return item;
            }
        }
    }
    const relation_name name{.catalog = std::string(text_of(table.catalogname)),
                             .schema = std::string(text_of(table.schemaname)),
                             .name = std::string(text_of(table.relname))};
    TRY_ASSIGN(auto found, data_.find_relation(name));
    if (!found) {
        return fail_at(table.location, sqlstates::undefined_table,
                       fmt::format("relation \"{}\" does not exist", relation_text(table)));
    }
    source& made = add_source(alias);
    made.columns = found->columns;
    made.what = table_source{.table = std::move(found), .sample = {}};
    TRY(rename_columns(table.alias, made, alias));
    visible.push_back(show(made, alias));
    if (table.alias == nullptr) {
        visible.back().relation = name;
    }
    item->leaf = &made;
    return item;
}

result<std::unique_ptr<from_item>> analyser::sub_select_of(const PgQuery__RangeSubselect& each,
                                                           std::vector<visible_source>& visible) {
    const std::string_view alias =
        each.alias == nullptr ? std::string_view("unnamed_subquery") : text_of(each.alias->aliasname);
    // Only LATERAL sees the sources in front of it.
    std::vector<visible_source> hidden;
    if (!each.lateral) {
        std::swap(hidden, scope_->sources);
    }
    auto select = sub_select(each.subquery);
    if (!each.lateral) {
        std::swap(hidden, scope_->sources);
    }
    if (!select) {
        return std::unexpected(std::move(select).error());
    }
    source& made = add_source(alias);
    made.lateral = each.lateral;
    made.columns = result_columns(**select);
    made.what = query_source{.select = std::move(*select)};
    TRY(rename_columns(each.alias, made, alias));
    visible.push_back(show(made, alias));
    auto item = std::make_unique<from_item>();
    item->leaf = &made;
    return item;
}

// The columns of one function in FROM.
result<std::vector<source_column>> analyser::function_columns(const expression& call, std::string_view name,
                                                              node_list definitions, bool& row) {
    std::vector<source_column> columns;
    const auto* const builtin = as<function_call>(call);
    if (!definitions.empty()) {
        for (const node* each : definitions) {
            TRY_ASSIGN(const typed type, type_of(*each->column_def->type_name));
            columns.push_back({.name = std::string(text_of(each->column_def->colname)), .type = type, .stored = {}});
        }
        return columns;
    }
    if (builtin != nullptr && builtin->symbol.empty()) {
        columns = output_columns(*builtin->function);
        if (!columns.empty()) {
            for (source_column& each : columns) {
                if (is_polymorphic(each.type.type)) {
                    return not_analysed("a polymorphic column of a function");
                }
            }
            return columns;
        }
        if (call.type.type == pseudo::record) {
            return fail_at(call.place, sqlstates::syntax_error,
                           "a column definition list is required for functions returning \"record\"");
        }
    }
    const type_row* const type = data_.find(call.type.type);
    if (type != nullptr && (type->kind == 'c' || type->kind == 'x')) {
        return not_analysed("a function that returns rows of a type");
    }
    row = true;
    columns.push_back({.name = std::string(name), .type = call.type, .stored = {}});
    return columns;
}

result<std::unique_ptr<from_item>> analyser::function_of(const PgQuery__RangeFunction& each,
                                                         std::vector<visible_source>& visible) {
    function_source made;
    std::vector<source_column> columns;
    std::string first_name;
    for (const node* part : list_of(each.functions, each.n_functions)) {
        const node_list items = items_of(const_cast<PgQuery__Node* const&>(part));
        const node* const function = items[0];
        const std::string name = name_for(function);
        first_name = first_name.empty() ? name : first_name;
        node_list definitions = list_of(each.coldeflist, each.n_coldeflist);
        if (items.size() > 1 && is(items[1], PG_QUERY__NODE__NODE_LIST)) {
            definitions = list_of(items[1]->list->items, items[1]->list->n_items);
        }
        const at_place here(*this, expression_place::function_in_from);
        if (is(function, PG_QUERY__NODE__NODE_FUNC_CALL)) {
            TRY_ASSIGN(auto table, engine_table(*function->func_call));
            if (table) {
                made.column_counts.push_back(table->columns.size());
                std::ranges::move(table->columns, std::back_inserter(columns));
                made.calls.push_back(std::move(table->call));
                continue;
            }
        }
        TRY_ASSIGN(expression_ptr call, expression_of(function));
        settle_unknown(call);
        bool row = false;
        TRY_ASSIGN(auto more, function_columns(*call, name, definitions, row));
        made.row = row && each.n_functions == 1 && !each.ordinality;
        made.column_counts.push_back(more.size());
        std::ranges::move(more, std::back_inserter(columns));
        made.calls.push_back(std::move(call));
    }
    made.ordinality = each.ordinality;
    if (made.ordinality) {
        columns.push_back({.name = "ordinality", .type = {.type = type_oids::int8}, .stored = {}});
    }
    const std::string alias = each.alias == nullptr ? first_name : std::string(text_of(each.alias->aliasname));
    source& from = add_source(alias);
    from.lateral = true;
    from.columns = std::move(columns);
    // A function with one value: its alias names the column, too.
    const bool single = made.column_counts.size() == 1 && made.column_counts[0] == 1;
    const auto* const builtin = single ? as<function_call>(made.calls[0]) : nullptr;
    const bool has_outputs = builtin != nullptr && !output_columns(*builtin->function).empty();
    if (single && !has_outputs && each.alias != nullptr && as<engine_call>(made.calls[0]) == nullptr) {
        from.columns[0].name = alias;
    }
    from.what = std::move(made);
    TRY(rename_columns(each.alias, from, alias));
    visible.push_back(show(from, alias));
    auto item = std::make_unique<from_item>();
    item->leaf = &from;
    return item;
}

// USING and NATURAL: one column for each pair of the same name.
result<> analyser::merge_columns(const PgQuery__JoinExpr& join, from_item& made, std::vector<visible_source>& left,
                                 std::vector<visible_source>& right, std::vector<visible_column>& columns) {
    const auto all_of = [](const std::vector<visible_source>& sources) {
        std::vector<visible_column> all;
        for (const visible_source& each : sources) {
            if (each.names_columns) {
                all.insert(all.end(), each.columns.begin(), each.columns.end());
            }
        }
        return all;
    };
    std::vector<visible_column> lefts = all_of(left);
    std::vector<visible_column> rights = all_of(right);
    std::vector<std::string> names = names_of(list_of(join.using_clause, join.n_using_clause));
    if (join.is_natural) {
        for (const visible_column& each : lefts) {
            if (std::ranges::find(rights, each.name, &visible_column::name) != rights.end()) {
                names.push_back(each.name);
            }
        }
    }
    logical condition;
    std::vector<visible_column> merged;
    for (const std::string& name : names) {
        const auto take = [&](std::vector<visible_column>& from, std::string_view side) -> result<visible_column> {
            const auto count = std::ranges::count(from, name, &visible_column::name);
            if (count == 0) {
                return fail_at(
                    -1, sqlstates::undefined_column,
                    fmt::format("column \"{}\" specified in USING clause does not exist in {} table", name, side));
            }
            if (count > 1) {
                return fail_at(-1, sqlstates::ambiguous_column,
                               fmt::format("common column name \"{}\" appears more than once in {} table", name, side));
            }
            const auto found = std::ranges::find(from, name, &visible_column::name);
            visible_column taken = std::move(*found);
            from.erase(found);
            return taken;
        };
        TRY_ASSIGN(visible_column one, take(lefts, "left"));
        TRY_ASSIGN(visible_column other, take(rights, "right"));
        TRY_ASSIGN(expression_ptr equal, operation("=", one.make(), other.make(), -1));
        condition.arguments.push_back(std::move(equal));
        expression_ptr first = one.make();
        expression_ptr second = other.make();
        const std::array<expression_ptr*, 2> both = {&first, &second};
        TRY_ASSIGN(const oid common, common_type_of(both, "JOIN/USING"));
        merged.push_back({.name = name, .make = [this, one, other, common, kind = made.join]() -> expression_ptr {
                              const auto as_common = [&](const visible_column& column) {
                                  auto value = converted(column.make(), {.type = common}, cast_context::implicit, -1);
                                  return std::move(*value);  // common_type_of() says that it converts
                              };
                              if (kind == join_kind::right) {
                                  return as_common(other);
                              }
                              if (kind != join_kind::full) {
                                  return as_common(one);
                              }
                              coalesce both_sides;
                              both_sides.arguments.push_back(as_common(one));
                              both_sides.arguments.push_back(as_common(other));
                              return make_expression({.type = common}, -1, std::move(both_sides));
                          }});
    }
    if (condition.arguments.size() == 1) {
        made.condition = std::move(condition.arguments.front());
    } else if (!condition.arguments.empty()) {
        made.condition = make_expression({.type = type_oids::boolean}, -1, std::move(condition));
    }
    columns = std::move(merged);
    std::ranges::move(lefts, std::back_inserter(columns));
    std::ranges::move(rights, std::back_inserter(columns));
    return {};
}

result<std::unique_ptr<from_item>> analyser::join_of(const PgQuery__JoinExpr& join,
                                                     std::vector<visible_source>& visible) {
    auto item = std::make_unique<from_item>();
    item->join = kind_of(join.jointype);
    std::vector<visible_source> left;
    std::vector<visible_source> right;
    TRY_ASSIGN(item->left, from_item_of(join.larg, left));
    // LATERAL on the right side sees the left side.
    const std::size_t before = scope_->sources.size();
    scope_->sources.insert(scope_->sources.end(), left.begin(), left.end());
    auto right_item = from_item_of(join.rarg, right);
    scope_->sources.resize(before);
    if (!right_item) {
        return std::unexpected(std::move(right_item).error());
    }
    item->right = std::move(*right_item);
    std::vector<visible_column> columns;
    TRY(merge_columns(join, *item, left, right, columns));
    if (join.quals != nullptr) {
        std::vector<visible_source> sides = left;
        TRY(add_visible(sides, right));
        std::swap(sides, scope_->sources);
        auto condition = expression_at(join.quals, expression_place::join_condition);
        std::swap(sides, scope_->sources);
        if (!condition) {
            return std::unexpected(std::move(condition).error());
        }
        TRY_ASSIGN(item->condition, to_boolean(std::move(*condition), "JOIN/ON"));
    } else if (!item->condition) {
        item->join = item->join == join_kind::inner ? join_kind::cross : item->join;
    }
    visible_source whole{.alias = {}, .relation = {}, .columns = std::move(columns)};
    if (join.alias != nullptr) {
        whole.alias = text_of(join.alias->aliasname);
        const std::vector<std::string> names = names_of(list_of(join.alias->colnames, join.alias->n_colnames));
        if (names.size() > whole.columns.size()) {
            return fail_at(-1, sqlstates::syntax_error,
                           fmt::format("column alias list for \"{}\" has too many entries", whole.alias));
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            whole.columns[i].name = names[i];
        }
        visible.push_back(std::move(whole));
        return item;
    }
    if (join.join_using_alias != nullptr) {
        visible_source only{
            .alias = std::string(text_of(join.join_using_alias->aliasname)), .relation = {}, .columns = {}};
        only.columns.assign(whole.columns.begin(),
                            whole.columns.begin() + static_cast<std::ptrdiff_t>(join.n_using_clause));
        only.names_columns = false;
        visible.push_back(std::move(only));
    }
    for (std::vector<visible_source>* side : {&left, &right}) {
        for (visible_source& each : *side) {
            each.names_columns = false;
        }
        TRY(add_visible(visible, std::move(*side)));
    }
    visible.push_back(std::move(whole));
    return item;
}

result<source*> analyser::target_table(const PgQuery__RangeVar& table) {
    std::vector<visible_source> visible;
    TRY_ASSIGN(auto item, table_of(table, visible));
    if (!std::holds_alternative<table_source>(item->leaf->what)) {
        return fail_at(
            table.location, sqlstates::undefined_table,
            fmt::format("relation \"{}\" cannot be the target of a modifying statement", relation_text(table)));
    }
    TRY(add_visible(scope_->sources, std::move(visible)));
    return item->leaf;
}

}  // namespace sluice::analysis
