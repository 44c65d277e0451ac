// Expressions with a syntax of their own: AND, CASE, COALESCE, ARRAY, ROW, sub-queries, CURRENT_DATE, GROUPING.
#include <array>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

std::vector<expression_ptr*> places_of(expressions& values) {
    std::vector<expression_ptr*> places;
    for (expression_ptr& each : values) {
        places.push_back(&each);
    }
    return places;
}

}  // namespace

analyser::made analyser::logical_of(const PgQuery__BoolExpr& each) {
    logical made;
    std::string_view name;
    switch (each.boolop) {
        case PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR:
            made.what = logical_operator::conjunction;
            name = "AND";
            break;
        case PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR:
            made.what = logical_operator::disjunction;
            name = "OR";
            break;
        default:
            made.what = logical_operator::negation;
            name = "NOT";
            break;
    }
    for (const node* argument : list_of(each.args, each.n_args)) {
        TRY_ASSIGN(expression_ptr value, expression_of(argument));
        TRY_ASSIGN(value, to_boolean(std::move(value), name));
        made.arguments.push_back(std::move(value));
    }
    return make_expression({.type = type_oids::boolean}, each.location, std::move(made));
}

analyser::made analyser::case_expression(const PgQuery__CaseExpr& each) {
    case_of made;
    if (each.arg != nullptr) {
        TRY_ASSIGN(made.operand, expression_of(each.arg));
        settle_unknown(made.operand);
    }
    for (const node* branch : list_of(each.args, each.n_args)) {
        const PgQuery__CaseWhen& when = *branch->case_when;
        case_branch one;
        TRY_ASSIGN(expression_ptr condition, expression_of(when.expr));
        if (made.operand) {
            TRY_ASSIGN(condition,
                       operation("=", make_expression(made.operand->type, made.operand->place, case_operand{}),
                                 std::move(condition), when.location));
        }
        TRY_ASSIGN(one.condition, to_boolean(std::move(condition), "CASE/WHEN"));
        TRY_ASSIGN(one.value, expression_of(when.result));
        made.branches.push_back(std::move(one));
    }
    if (each.defresult != nullptr) {
        TRY_ASSIGN(made.otherwise, expression_of(each.defresult));
    } else {
        made.otherwise = make_expression({.type = type_oids::unknown}, -1, constant{});
    }
    // The default decides first, as in PostgreSQL.
    std::vector<expression_ptr*> values{&made.otherwise};
    for (case_branch& one : made.branches) {
        values.push_back(&one.value);
    }
    typed type;
    TRY(to_common_type(values, "CASE", type));
    return make_expression(type, each.location, std::move(made));
}

analyser::made analyser::coalesce_of(const PgQuery__CoalesceExpr& each) {
    coalesce made;
    TRY_ASSIGN(made.arguments, expressions_of(list_of(each.args, each.n_args)));
    typed type;
    TRY(to_common_type(places_of(made.arguments), "COALESCE", type));
    return make_expression(type, each.location, std::move(made));
}

analyser::made analyser::extreme_of(const PgQuery__MinMaxExpr& each) {
    extreme made{.greatest = each.op == PG_QUERY__MIN_MAX_OP__IS_GREATEST, .arguments = {}};
    TRY_ASSIGN(made.arguments, expressions_of(list_of(each.args, each.n_args)));
    typed type;
    TRY(to_common_type(places_of(made.arguments), made.greatest ? "GREATEST" : "LEAST", type));
    return make_expression(type, each.location, std::move(made));
}

analyser::made analyser::array_expression(const PgQuery__AArrayExpr& each, oid wanted_array, std::int32_t place) {
    array_of made;
    const oid wanted_element = wanted_array == 0 ? 0 : element_type(data_, wanted_array);
    bool nested = false;
    for (const node* element : list_of(each.elements, each.n_elements)) {
        expression_ptr value;
        if (is(element, PG_QUERY__NODE__NODE_A_ARRAY_EXPR)) {
            TRY_ASSIGN(value, array_expression(*element->a_array_expr, wanted_array, element->a_array_expr->location));
            nested = true;
        } else {
            TRY_ASSIGN(value, expression_of(element));
            nested = nested || element_type(data_, value->type.type) != 0;
        }
        made.elements.push_back(std::move(value));
    }
    if (wanted_array != 0) {
        for (expression_ptr& value : made.elements) {
            const oid wanted = nested ? wanted_array : wanted_element;
            TRY_ASSIGN(value, coerce(std::move(value), {.type = wanted}, cast_context::explicit_cast, place));
        }
        return make_expression({.type = wanted_array}, place, std::move(made));
    }
    if (made.elements.empty()) {
        error cause =
            fail_at(each.location, sqlstates::indeterminate_datatype, "cannot determine type of empty array").error();
        cause.hint = "Explicitly cast to the desired type, for example ARRAY[]::integer[].";
        return fail(std::move(cause));
    }
    typed common;
    TRY(to_common_type(places_of(made.elements), "ARRAY", common));
    const oid array = nested ? common.type : array_type(data_, common.type);
    if (array == 0) {
        const type_row* const row = data_.find(common.type);
        if (row == nullptr || row->kind == 'x') {
            return not_analysed("an array of a type of the engine");
        }
        return fail_at(each.location, sqlstates::undefined_object,
                       fmt::format("could not find array type for data type {}", type_text(common)));
    }
    return make_expression({.type = array, .modifier = common.modifier}, place, std::move(made));
}

analyser::made analyser::row_expression(const PgQuery__RowExpr& each) {
    row_of made;
    for (const node* field : list_of(each.args, each.n_args)) {
        if (is(field, PG_QUERY__NODE__NODE_COLUMN_REF) &&
            is(field->column_ref->fields[field->column_ref->n_fields - 1], PG_QUERY__NODE__NODE_A_STAR)) {
            TRY_ASSIGN(auto columns, star_targets(*field->column_ref));
            for (target& column : columns) {
                made.fields.push_back(std::move(column.value));
            }
            continue;
        }
        TRY_ASSIGN(expression_ptr value, expression_of(field));
        made.fields.push_back(std::move(value));
    }
    for (std::size_t i = 0; i < made.fields.size(); ++i) {
        made.names.push_back(fmt::format("f{}", i + 1));
    }
    return make_expression({.type = pseudo::record}, each.location, std::move(made));
}

analyser::made analyser::compared_sub_query(const PgQuery__SubLink& each, query_ptr select) {
    const bool all = each.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK;
    const std::string_view symbol =
        each.n_oper_name == 0 ? std::string_view("=") : name_of(each.oper_name[each.n_oper_name - 1]);
    TRY_ASSIGN(expression_ptr left, expression_of(each.testexpr));
    subquery made{.kind = all ? subquery_kind::all : subquery_kind::any,
                  .select = {},
                  .left = {},
                  .compare = {},
                  .symbol = std::string(symbol)};
    if (auto* const row = as<row_of>(left)) {
        made.left = std::move(row->fields);
    } else {
        made.left.push_back(std::move(left));
    }
    std::vector<target*> columns;
    for (target& column : select->targets) {
        if (!column.hidden) {
            columns.push_back(&column);
        }
    }
    if (made.left.size() != columns.size()) {
        return fail_at(
            each.location, sqlstates::syntax_error,
            made.left.size() < columns.size() ? "subquery has too many columns" : "subquery has too few columns");
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        expression_ptr stand_in = make_expression(columns[i]->value->type, columns[i]->value->place, case_operand{});
        TRY_ASSIGN(const function_row* compare, comparison(symbol, made.left[i], stand_in, each.location));
        made.compare.push_back(compare);
        if (as<case_operand>(stand_in) == nullptr) {
            // The sub-query's column needs a conversion; in a set operation it stands around the whole.
            if (select->operation || select->values || select->distinct || select->aggregated) {
                return not_analysed("a conversion of a combined sub-query's column");
            }
            TRY_ASSIGN(columns[i]->value,
                       converted(std::move(columns[i]->value), stand_in->type, cast_context::implicit, -1));
        }
    }
    made.select = std::move(select);
    return make_expression({.type = type_oids::boolean}, each.location, std::move(made));
}

analyser::made analyser::sub_link(const PgQuery__SubLink& each) {
    TRY_ASSIGN(query_ptr select, sub_select(each.subselect));
    subquery made{.kind = subquery_kind::scalar, .select = {}, .left = {}, .compare = {}, .symbol = {}};
    typed type{.type = type_oids::boolean};
    switch (each.sub_link_type) {
        case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
            made.kind = subquery_kind::exists;
            break;
        case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
        case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: {
            const std::vector<source_column> columns = result_columns(*select);
            if (columns.size() != 1) {
                return fail_at(each.location, sqlstates::syntax_error, "subquery must return only one column");
            }
            type = columns.front().type;
            if (each.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) {
                made.kind = subquery_kind::array;
                const oid array = element_type(data_, type.type) != 0 ? type.type : array_type(data_, type.type);
                if (array == 0) {
                    return not_analysed("an array of a type of the engine");
                }
                type = {.type = array, .modifier = type.modifier};
            }
            break;
        }
        case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
        case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK:
            return compared_sub_query(each, std::move(select));
        default:
            return not_analysed("a sub-query of another kind");
    }
    made.select = std::move(select);
    return make_expression(type, each.location, std::move(made));
}

analyser::made analyser::session_value_of(const PgQuery__SQLValueFunction& each) {
    struct form {
        session_value_kind what;
        oid type;
    };
    using kind = session_value_kind;
    constexpr auto forms = std::to_array<form>({
        {kind::current_date, 0},
        {kind::current_date, type_oids::date},
        {kind::current_time, type_oids::timetz},
        {kind::current_time, type_oids::timetz},
        {kind::current_timestamp, type_oids::timestamptz},
        {kind::current_timestamp, type_oids::timestamptz},
        {kind::local_time, type_oids::time},
        {kind::local_time, type_oids::time},
        {kind::local_timestamp, type_oids::timestamp},
        {kind::local_timestamp, type_oids::timestamp},
        {kind::current_role, type_oids::name},
        {kind::current_user, type_oids::name},
        {kind::user, type_oids::name},
        {kind::session_user, type_oids::name},
        {kind::current_catalog, type_oids::name},
        {kind::current_schema, type_oids::name},
    });
    const form& found = forms[static_cast<std::size_t>(each.op)];
    const bool precise = each.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N ||
                         each.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N ||
                         each.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N ||
                         each.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N;
    auto made = make_expression({.type = found.type}, each.location, session_value{.what = found.what});
    return precise ? with_modifier(std::move(made), {.type = found.type, .modifier = std::min(each.typmod, 6)},
                                   cast_context::implicit, each.location)
                   : analyser::made(std::move(made));
}

analyser::made analyser::grouping_of(const PgQuery__GroupingFunc& each) {
    grouping made;
    TRY_ASSIGN(made.arguments, expressions_of(list_of(each.args, each.n_args)));
    return make_expression({.type = type_oids::int4}, each.location, std::move(made));
}

}  // namespace sluice::analysis
