// ORDER BY, GROUP BY and DISTINCT.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate invalid_column_reference{"42P10"};

// The name if the node is nothing but one.
std::string_view bare_name(const node* each) {
    const bool bare = is(each, PG_QUERY__NODE__NODE_COLUMN_REF) && each->column_ref->n_fields == 1;
    return bare ? name_of(each->column_ref->fields[0]) : std::string_view();
}

}  // namespace

result<std::vector<sort_key>> analyser::sort_keys(node_list list, const std::function<made(const node*)>& value_of) {
    std::vector<sort_key> keys;
    for (const node* each : list) {
        const PgQuery__SortBy& by = *each->sort_by;
        sort_key key;
        if (by.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING) {
            const std::string_view symbol = name_of(by.use_op[by.n_use_op - 1]);
            if (symbol != "<" && symbol != ">") {
                return fail_at(by.location, sqlstates::wrong_object_type,
                               fmt::format("operator {} is not a valid ordering operator", symbol));
            }
            key.descending = symbol == ">";
        } else {
            key.descending = by.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
        }
        key.nulls_first = by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT
                              ? key.descending
                              : by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST;
        TRY_ASSIGN(key.value, value_of(by.node));
        settle_unknown(key.value);
        keys.push_back(std::move(key));
    }
    return keys;
}

// The index of a target, or an expression of its own.
result<group_key> analyser::target_reference(const node* each, query& into, bool prefers_input,
                                             std::string_view clause) {
    const auto column = [](std::size_t index) {
        return group_key{.value = nullptr, .column = static_cast<std::ptrdiff_t>(index)};
    };
    if (const std::string_view name = bare_name(each); !name.empty()) {
        bool use_output = true;
        if (prefers_input) {
            TRY_ASSIGN(const expression_ptr input, find_column_here(name));
            use_output = input == nullptr;
        }
        std::optional<std::size_t> found;
        for (std::size_t i = 0; use_output && i < into.targets.size(); ++i) {
            if (into.targets[i].hidden || into.targets[i].name != name) {
                continue;
            }
            if (found && !same(into.targets[i].value, into.targets[*found].value)) {
                return fail_at(each->column_ref->location, sqlstates::ambiguous_column,
                               fmt::format("{} \"{}\" is ambiguous", clause, name));
            }
            found = found ? found : i;
        }
        if (found) {
            return column(*found);
        }
    }
    if (is(each, PG_QUERY__NODE__NODE_A_CONST) && !each->a_const->isnull) {
        const PgQuery__AConst& value = *each->a_const;
        if (value.val_case != PG_QUERY__A__CONST__VAL_IVAL) {
            return fail_at(value.location, sqlstates::syntax_error, fmt::format("non-integer constant in {}", clause));
        }
        std::size_t visible = 0;
        for (std::size_t i = 0; i < into.targets.size(); ++i) {
            visible += into.targets[i].hidden ? 0 : 1;
            if (!into.targets[i].hidden && static_cast<std::int64_t>(visible) == value.ival->ival) {
                return column(i);
            }
        }
        return fail_at(value.location, invalid_column_reference,
                       fmt::format("{} position {} is not in select list", clause, value.ival->ival));
    }
    TRY_ASSIGN(expression_ptr made, expression_of(each));
    settle_unknown(made);
    for (std::size_t i = 0; i < into.targets.size(); ++i) {
        if (same(into.targets[i].value, made)) {
            return column(i);
        }
    }
    return group_key{.value = std::move(made)};
}

result<> analyser::order_clause(node_list list, query& into) {
    const at_place here(*this, expression_place::order_by);
    settle_targets_for_sorting(into, list.empty());
    for (const node* each : list) {
        const PgQuery__SortBy& by = *each->sort_by;
        TRY_ASSIGN(auto keys, sort_keys(node_list(const_cast<PgQuery__Node* const*>(&each), 1), [](const node*) {
                       return made(make_expression({.type = type_oids::text}, -1, case_operand{}));
                   }));
        TRY_ASSIGN(group_key key, target_reference(by.node, into, false, "ORDER BY"));
        sort_key made = std::move(keys.front());
        made.value = std::move(key.value);
        made.column = key.column;
        if ((into.operation || into.values) && made.value) {
            error cause = fail_at(made.value->place, sqlstates::feature_not_supported,
                                  "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                              .error();
            cause.detail = "Only result column names can be used, not expressions or functions.";
            cause.hint = "Add the expression/function to every SELECT, or move the UNION into a FROM clause.";
            if (into.operation) {
                return fail(std::move(cause));
            }
        }
        into.order_by.push_back(std::move(made));
    }
    return {};
}

// Sorted and distinct columns have a type; others of a UNION's part may get theirs from the other part.
void analyser::settle_targets_for_sorting(query& into, bool unsorted) {
    if (!unsorted) {
        settle_targets(into.targets);
    }
}

result<grouping_set> analyser::grouping_set_of(const node* each, query& into) {
    grouping_set made;
    const auto key_of = [&](const node* one) -> result<> {
        TRY_ASSIGN(group_key key, target_reference(one, into, true, "GROUP BY"));
        if (key.column >= 0) {
            settle_unknown(into.targets[static_cast<std::size_t>(key.column)].value);
        }
        made.values.push_back(std::move(key));
        return {};
    };
    if (is(each, PG_QUERY__NODE__NODE_GROUPING_SET)) {
        const PgQuery__GroupingSet& set = *each->grouping_set;
        switch (set.kind) {
            case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_EMPTY:
                made.what = grouping_set::kind::empty;
                return made;
            case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_ROLLUP:
                made.what = grouping_set::kind::rollup;
                break;
            case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE:
                made.what = grouping_set::kind::cube;
                break;
            default:
                made.what = grouping_set::kind::sets;
                break;
        }
        for (const node* part : list_of(set.content, set.n_content)) {
            TRY_ASSIGN(grouping_set inner, grouping_set_of(part, into));
            made.parts.push_back(std::move(inner));
        }
        return made;
    }
    // (a, b) is a pair of keys, not a row.
    if (is(each, PG_QUERY__NODE__NODE_ROW_EXPR) &&
        each->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST) {
        for (const node* one : list_of(each->row_expr->args, each->row_expr->n_args)) {
            TRY(key_of(one));
        }
        return made;
    }
    TRY(key_of(each));
    return made;
}

result<> analyser::group_clause(node_list list, query& into) {
    const at_place here(*this, expression_place::group_by);
    for (const node* each : list) {
        TRY_ASSIGN(grouping_set set, grouping_set_of(each, into));
        into.group_by.push_back(std::move(set));
    }
    return {};
}

result<> analyser::distinct_clause(const PgQuery__SelectStmt& select, query& into) {
    const node_list list = list_of(select.distinct_clause, select.n_distinct_clause);
    if (list.empty()) {
        return {};
    }
    const at_place here(*this, expression_place::order_by);
    settle_targets(into.targets);
    const bool plain = list.size() == 1 && (list[0] == nullptr || list[0]->node_case == PG_QUERY__NODE__NODE__NOT_SET);
    if (plain) {
        into.distinct = true;
        for (const sort_key& each : into.order_by) {
            if (each.value) {
                return fail_at(each.value->place, invalid_column_reference,
                               "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
            }
        }
        return {};
    }
    for (const node* each : list) {
        TRY_ASSIGN(group_key key, target_reference(each, into, false, "DISTINCT ON"));
        into.distinct_on.push_back(std::move(key));
    }
    // The first keys of ORDER BY are those of DISTINCT ON, in any order.
    const std::size_t sorted = std::min(into.order_by.size(), into.distinct_on.size());
    for (std::size_t i = 0; i < sorted; ++i) {
        const sort_key& by = into.order_by[i];
        const bool known = std::ranges::any_of(into.distinct_on, [&](const group_key& key) {
            return key.column == by.column && same(key.value, by.value);
        });
        if (!known) {
            return fail_at(-1, invalid_column_reference,
                           "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
        }
    }
    return {};
}

}  // namespace sluice::analysis
