// Operators, comparisons with lists and arrays, rows.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate ambiguous_function{"42725"};

std::string symbol_of(const PgQuery__AExpr& each) {
    return std::string(name_of(each.name[each.n_name - 1]));
}

std::optional<row_operator> row_operator_of(std::string_view symbol) {
    constexpr auto all = std::to_array<std::pair<std::string_view, row_operator>>({
        {"=", row_operator::equal},
        {"<>", row_operator::not_equal},
        {"<", row_operator::less},
        {"<=", row_operator::less_equal},
        {">", row_operator::greater},
        {">=", row_operator::greater_equal},
    });
    const auto* const found = std::ranges::find(all, symbol, &std::pair<std::string_view, row_operator>::first);
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

// IN, LIKE and the like name an operator.
expression_ptr negated(expression_ptr value, std::int32_t place) {
    logical made{.what = logical_operator::negation, .arguments = {}};
    made.arguments.push_back(std::move(value));
    return make_expression({.type = type_oids::boolean}, place, std::move(made));
}

}  // namespace

result<candidate> analyser::choose_operator(std::string_view symbol, const expression* left, const expression& right,
                                            std::int32_t place) {
    const auto rows = operators_named(symbol);
    if (rows.empty()) {
        return not_analysed("an operator of the engine");
    }
    std::vector<candidate> all;
    for (const operator_row& each : rows) {
        if ((each.kind == 'b') == (left != nullptr)) {
            candidate made{.function = find_function(each.function), .op = &each};
            if (left != nullptr) {
                made.arguments.push_back(each.left);
            }
            made.arguments.push_back(each.right);
            all.push_back(std::move(made));
        }
    }
    std::vector<oid> given;
    if (left != nullptr) {
        given.push_back(left->type.type);
    }
    given.push_back(right.type.type);
    // A literal beside a value is first taken for one of the same type.
    std::vector<oid> assumed = given;
    for (std::size_t i = 0; i < assumed.size(); ++i) {
        if (assumed.size() == 2 && assumed[i] == type_oids::unknown) {
            assumed[i] = without_domain(data_, {.type = assumed[1 - i]}).type;
        }
    }
    for (candidate& each : all) {
        if (each.arguments == assumed) {
            return std::move(each);
        }
    }
    bool ambiguous = false;
    if (const auto found = choose_candidate(data_, all, given, ambiguous)) {
        return std::move(all[*found]);
    }
    for (const oid each : given) {
        const type_row* const row = data_.find(each);
        if (row == nullptr || row->kind == 'x') {
            return not_analysed("an operator on a type of the engine");
        }
    }
    const std::string written = left == nullptr ? fmt::format("{} {}", symbol, type_text({.type = right.type.type}))
                                                : fmt::format("{} {} {}", type_text({.type = left->type.type}), symbol,
                                                              type_text({.type = right.type.type}));
    error cause = ambiguous
                      ? fail_at(place, ambiguous_function, "operator is not unique: " + written).error()
                      : fail_at(place, sqlstates::undefined_function, "operator does not exist: " + written).error();
    cause.hint =
        ambiguous ? "Could not choose a best candidate operator. You might need to add explicit type casts."
        : left != nullptr
            ? "No operator matches the given name and argument types. You might need to add explicit type casts."
            : "No operator matches the given name and argument type. You might need to add an explicit type "
              "cast.";
    return fail(std::move(cause));
}

analyser::made analyser::operation(std::string_view symbol, expression_ptr left, expression_ptr right,
                                   std::int32_t place) {
    TRY_ASSIGN(candidate chosen, choose_operator(symbol, left.get(), *right, place));
    expressions arguments;
    if (left) {
        arguments.push_back(std::move(left));
    }
    arguments.push_back(std::move(right));
    std::vector<oid> declared;
    oid type = chosen.op->result;
    TRY(convert_arguments(chosen, arguments, declared, type, place));
    return finish_function(*chosen.function, std::move(arguments), {.type = type}, false, symbol, place);
}

// The function of `left symbol right`; both sides are converted to what it takes.
result<const function_row*> analyser::comparison(std::string_view symbol, expression_ptr& left, expression_ptr& right,
                                                 std::int32_t place) {
    TRY_ASSIGN(candidate chosen, choose_operator(symbol, left.get(), *right, place));
    if (chosen.op->result != type_oids::boolean) {
        return fail_at(place, sqlstates::datatype_mismatch,
                       fmt::format("operator {} must return type boolean, not type {}", symbol,
                                   type_text({.type = chosen.op->result})));
    }
    expressions arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(std::move(right));
    std::vector<oid> declared;
    oid type = chosen.op->result;
    TRY(convert_arguments(chosen, arguments, declared, type, place));
    left = std::move(arguments[0]);
    right = std::move(arguments[1]);
    return chosen.function;
}

analyser::made analyser::row_comparison_of(std::string_view symbol, expression_ptr left, expression_ptr right,
                                           std::int32_t place) {
    const auto what = row_operator_of(symbol);
    if (!what) {
        return not_analysed("an operator on rows");
    }
    expressions& lefts = as<row_of>(left)->fields;
    expressions& rights = as<row_of>(right)->fields;
    if (lefts.size() != rights.size()) {
        return fail_at(place, sqlstates::syntax_error, "unequal number of entries in row expressions");
    }
    if (lefts.empty()) {
        return fail_at(place, sqlstates::feature_not_supported, "cannot compare rows of zero length");
    }
    row_comparison made{.what = *what, .left = {}, .right = {}, .compare = {}};
    for (std::size_t i = 0; i < lefts.size(); ++i) {
        TRY_ASSIGN(const function_row* compare, comparison(symbol, lefts[i], rights[i], place));
        made.compare.push_back(compare);
    }
    made.left = std::move(lefts);
    made.right = std::move(rights);
    return make_expression({.type = type_oids::boolean}, place, std::move(made));
}

analyser::made analyser::plain_operation(const PgQuery__AExpr& each) {
    const std::string symbol = symbol_of(each);
    if (each.n_name > 1 && name_of(each.name[0]) != "pg_catalog") {
        return not_analysed("an operator of a schema");
    }
    // A row compared with a sub-query's row: (a, b) = (SELECT ...).
    if (is(each.lexpr, PG_QUERY__NODE__NODE_ROW_EXPR) && is(each.rexpr, PG_QUERY__NODE__NODE_SUB_LINK) &&
        each.rexpr->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
        return not_analysed("a row compared with a sub-query");
    }
    expression_ptr left;
    if (each.lexpr != nullptr) {
        TRY_ASSIGN(left, expression_of(each.lexpr));
    }
    TRY_ASSIGN(expression_ptr right, expression_of(each.rexpr));
    if (left && as<row_of>(left) != nullptr && as<row_of>(right) != nullptr) {
        return row_comparison_of(symbol, std::move(left), std::move(right), each.location);
    }
    return operation(symbol, std::move(left), std::move(right), each.location);
}

analyser::made analyser::quantified_of(const PgQuery__AExpr& each, bool all) {
    const std::string symbol = symbol_of(each);
    TRY_ASSIGN(expression_ptr left, expression_of(each.lexpr));
    TRY_ASSIGN(expression_ptr array, expression_of(each.rexpr));
    // The operator is chosen for the elements. An array without a type gets one of the left side's.
    const bool untyped = array->type.type == type_oids::unknown;
    const oid element = untyped ? type_oids::unknown : element_type(data_, array->type.type);
    if (element == 0) {
        const type_row* const row = data_.find(array->type.type);
        if (row != nullptr && row->kind == 'x') {
            return not_analysed("ANY of a type of the engine");
        }
        return fail_at(each.location, sqlstates::wrong_object_type, "op ANY/ALL (array) requires array on right side");
    }
    const expression stand_in{.type = {.type = element}, .place = array->place, .form = constant{}};
    TRY_ASSIGN(const candidate chosen, choose_operator(symbol, left.get(), stand_in, each.location));
    if (chosen.op->result != type_oids::boolean) {
        return fail_at(each.location, sqlstates::wrong_object_type,
                       "op ANY/ALL (array) requires operator to yield boolean");
    }
    const std::array<oid, 2> given = {left->type.type, element};
    std::vector<oid> declared(chosen.arguments);
    oid type = chosen.op->result;
    if (!resolve_polymorphic(data_, given, declared, type)) {
        return not_analysed("ANY with a polymorphic operator");
    }
    const oid wanted = array_type(data_, declared[1]);
    if (wanted == 0) {
        return fail_at(each.location, sqlstates::undefined_object,
                       fmt::format("could not find array type for data type {}", type_text({.type = declared[1]})));
    }
    TRY_ASSIGN(left, coerce(std::move(left), {.type = declared[0]}, cast_context::implicit, -1));
    TRY_ASSIGN(array, coerce(std::move(array), {.type = wanted}, cast_context::implicit, -1));
    return make_expression({.type = type_oids::boolean}, each.location,
                           quantified{.left = std::move(left),
                                      .array = std::move(array),
                                      .list = {},
                                      .compare = chosen.function,
                                      .symbol = symbol,
                                      .all = all});
}

analyser::made analyser::distinct_of(const PgQuery__AExpr& each, bool is_negated) {
    TRY_ASSIGN(expression_ptr left, expression_of(each.lexpr));
    TRY_ASSIGN(expression_ptr right, expression_of(each.rexpr));
    // x IS DISTINCT FROM NULL
    const auto* const left_literal = as<constant>(left);
    const auto* const right_literal = as<constant>(right);
    const bool right_null = right_literal != nullptr && !right_literal->text;
    const bool left_null = left_literal != nullptr && !left_literal->text;
    if (right_null || left_null) {
        return make_expression({.type = type_oids::boolean}, each.location,
                               null_test{.value = std::move(right_null ? left : right), .negated = !is_negated});
    }
    auto* const left_row = as<row_of>(left);
    auto* const right_row = as<row_of>(right);
    if (left_row != nullptr && right_row != nullptr) {
        if (left_row->fields.size() != right_row->fields.size()) {
            return fail_at(each.location, sqlstates::syntax_error, "unequal number of entries in row expressions");
        }
        logical parts{.what = logical_operator::disjunction, .arguments = {}};
        for (std::size_t i = 0; i < left_row->fields.size(); ++i) {
            TRY_ASSIGN(const function_row* equal,
                       comparison("=", left_row->fields[i], right_row->fields[i], each.location));
            parts.arguments.push_back(make_expression(
                {.type = type_oids::boolean}, each.location,
                distinct_test{
                    .left = std::move(left_row->fields[i]), .right = std::move(right_row->fields[i]), .equal = equal}));
        }
        auto whole = make_expression({.type = type_oids::boolean}, each.location, std::move(parts));
        return is_negated ? negated(std::move(whole), each.location) : std::move(whole);
    }
    TRY_ASSIGN(const function_row* equal, comparison("=", left, right, each.location));
    return make_expression(
        {.type = type_oids::boolean}, each.location,
        distinct_test{.left = std::move(left), .right = std::move(right), .equal = equal, .negated = is_negated});
}

analyser::made analyser::null_if_of(const PgQuery__AExpr& each) {
    TRY_ASSIGN(expression_ptr left, expression_of(each.lexpr));
    TRY_ASSIGN(expression_ptr right, expression_of(each.rexpr));
    TRY_ASSIGN(const function_row* equal, comparison("=", left, right, each.location));
    const typed type = left->type;
    return make_expression(type, each.location,
                           null_if{.left = std::move(left), .right = std::move(right), .equal = equal});
}

analyser::made analyser::in_list(const PgQuery__AExpr& each) {
    const bool excluded = symbol_of(each) == "<>";
    const node_list items = items_of(each.rexpr);
    TRY_ASSIGN(expression_ptr left, expression_of(each.lexpr));
    TRY_ASSIGN(expressions list, expressions_of(items));
    // One comparison for all if the values have a common type.
    const bool rows = as<row_of>(left) != nullptr;
    std::vector<oid> given{left->type.type};
    for (const auto& value : list) {
        given.push_back(value->type.type);
    }
    const common_type common = rows ? common_type{} : choose_common_type(data_, given);
    if (common.type != 0 && list.size() > 1) {
        quantified made{
            .left = {}, .array = {}, .list = {}, .compare = nullptr, .symbol = symbol_of(each), .all = excluded};
        for (expression_ptr& value : list) {
            TRY_ASSIGN(value, converted(std::move(value), {.type = common.type}, cast_context::implicit, -1));
        }
        TRY_ASSIGN(made.compare, comparison(made.symbol, left, list.front(), each.location));
        const typed compared = list.front()->type;
        for (expression_ptr& value : list) {
            TRY_ASSIGN(value, converted(std::move(value), compared, cast_context::implicit, -1));
        }
        made.left = std::move(left);
        made.list = std::move(list);
        return make_expression({.type = type_oids::boolean}, each.location, std::move(made));
    }
    logical made{.what = excluded ? logical_operator::conjunction : logical_operator::disjunction, .arguments = {}};
    for (std::size_t i = 0; i < list.size(); ++i) {
        expression_ptr again = std::move(left);
        if (!again) {
            TRY_ASSIGN(again, expression_of(each.lexpr));
        }
        const bool row = rows && as<row_of>(list[i]) != nullptr;
        TRY_ASSIGN(expression_ptr one,
                   row ? row_comparison_of(symbol_of(each), std::move(again), std::move(list[i]), each.location)
                       : operation(symbol_of(each), std::move(again), std::move(list[i]), each.location));
        made.arguments.push_back(std::move(one));
    }
    if (made.arguments.size() == 1) {
        return std::move(made.arguments.front());
    }
    return make_expression({.type = type_oids::boolean}, each.location, std::move(made));
}

// a BETWEEN b AND c: a >= b AND a <= c.
analyser::made analyser::between_of(const PgQuery__AExpr& each) {
    const node_list bounds = items_of(each.rexpr);
    const auto range = [&](std::size_t low, std::size_t high, bool outside) -> made {
        logical parts{.what = outside ? logical_operator::disjunction : logical_operator::conjunction, .arguments = {}};
        for (const bool lower : {true, false}) {
            TRY_ASSIGN(expression_ptr value, expression_of(each.lexpr));
            TRY_ASSIGN(expression_ptr bound, expression_of(bounds[lower ? low : high]));
            const std::string_view symbol = lower ? (outside ? "<" : ">=") : (outside ? ">" : "<=");
            const bool row = as<row_of>(value) != nullptr && as<row_of>(bound) != nullptr;
            TRY_ASSIGN(expression_ptr one,
                       row ? row_comparison_of(symbol, std::move(value), std::move(bound), each.location)
                           : operation(symbol, std::move(value), std::move(bound), each.location));
            parts.arguments.push_back(std::move(one));
        }
        return make_expression({.type = type_oids::boolean}, each.location, std::move(parts));
    };
    const bool outside = each.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                         each.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    const bool symmetric = each.kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                           each.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    TRY_ASSIGN(expression_ptr first, range(0, 1, outside));
    if (!symmetric) {
        return first;
    }
    TRY_ASSIGN(expression_ptr second, range(1, 0, outside));
    logical both{.what = outside ? logical_operator::conjunction : logical_operator::disjunction, .arguments = {}};
    both.arguments.push_back(std::move(first));
    both.arguments.push_back(std::move(second));
    return make_expression({.type = type_oids::boolean}, each.location, std::move(both));
}

analyser::made analyser::operation_of(const PgQuery__AExpr& each) {
    switch (each.kind) {
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
        case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
            return plain_operation(each);
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
            return quantified_of(each, false);
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
            return quantified_of(each, true);
        case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
            return distinct_of(each, false);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
            return distinct_of(each, true);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
            return null_if_of(each);
        case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
            return in_list(each);
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
            return between_of(each);
        default:
            return not_analysed("an operator of another kind");
    }
}

}  // namespace sluice::analysis
