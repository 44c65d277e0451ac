// Expressions: which analysis belongs to which node, constants, parameters, casts, subscripts and fields.
#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

// A number without point and exponent is the smallest of int4, int8 and numeric that holds it.
oid type_of_number(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return status == std::errc{} && end == digits.data() + digits.size() ? type_oids::int8 : type_oids::numeric;
}

}  // namespace

analyser::made analyser::constant_of(const PgQuery__AConst& each) {
    const auto made = [&](oid type, std::int32_t modifier, std::optional<std::string> text) {
        return make_expression({.type = type, .modifier = modifier}, each.location, constant{.text = std::move(text)});
    };
    if (each.isnull) {
        return made(type_oids::unknown, -1, std::nullopt);
    }
    switch (each.val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL:
            return made(type_oids::int4, -1, std::to_string(each.ival->ival));
        case PG_QUERY__A__CONST__VAL_FVAL: {
            const std::string_view digits = text_of(each.fval->fval);
            return made(type_of_number(digits), -1, std::string(digits));
        }
        case PG_QUERY__A__CONST__VAL_BOOLVAL:
            return made(type_oids::boolean, -1, each.boolval->boolval ? "true" : "false");
        case PG_QUERY__A__CONST__VAL_SVAL:
            return made(type_oids::unknown, -1, std::string(text_of(each.sval->sval)));
        case PG_QUERY__A__CONST__VAL_BSVAL:
            return made(type_oids::bit, -1, std::string(text_of(each.bsval->bsval)));
        default:
            return not_analysed("a constant of another kind");
    }
}

analyser::made analyser::parameter_of(const PgQuery__ParamRef& each) {
    if (each.number < 1 || each.number > 65535) {
        return fail_at(each.location, sqlstates::undefined_parameter,
                       fmt::format("there is no parameter ${}", each.number));
    }
    const auto index = static_cast<std::size_t>(each.number) - 1;
    if (index >= parameters_.size()) {
        parameters_.resize(index + 1);
    }
    parameter_places_.try_emplace(each.number, each.location);
    const typed known = parameters_[index];
    return make_expression(known.type == 0 ? typed{.type = type_oids::unknown} : known, each.location,
                           parameter{.number = each.number});
}

analyser::made analyser::cast_of(const PgQuery__TypeCast& each) {
    TRY_ASSIGN(const typed wanted, type_of(*each.type_name));
    expression_ptr value;
    if (is(each.arg, PG_QUERY__NODE__NODE_A_ARRAY_EXPR) && element_type(data_, wanted.type) != 0) {
        TRY_ASSIGN(value, array_expression(*each.arg->a_array_expr, wanted.type, each.location));
    } else {
        TRY_ASSIGN(value, expression_of(each.arg));
    }
    const std::int32_t place = each.location >= 0 ? each.location : value->place;
    return coerce(std::move(value), wanted, cast_context::explicit_cast, place);
}

analyser::made analyser::field_in(expression_ptr value, std::string_view name, std::int32_t place) {
    if (auto* const row = as<row_of>(value)) {
        for (std::size_t i = 0; i < row->names.size(); ++i) {
            if (row->names[i] == name) {
                return std::move(row->fields[i]);
            }
        }
    }
    const type_row* const type = data_.find(value->type.type);
    if (type == nullptr || type->kind == 'x' || type->kind == 'c') {
        return not_analysed("a field of a composite value");
    }
    return fail_at(place, sqlstates::undefined_column,
                   fmt::format("column notation .{} applied to type {}, which is not a composite type", name,
                               type_text(value->type)));
}

analyser::made analyser::subscripts_of(expression_ptr value, node_list indices, std::int32_t place) {
    const oid array = without_domain(data_, value->type).type;
    const bool json = array == type_oids::jsonb;
    const oid element = json ? type_oids::jsonb : element_type(data_, array);
    if (element == 0) {
        const type_row* const type = data_.find(array);
        if (type == nullptr || type->kind == 'x' || array == type_oids::json || array == type_oids::text) {
            return not_analysed("subscripts of a type of the engine");
        }
        return fail_at(
            place, sqlstates::datatype_mismatch,
            fmt::format("cannot subscript type {} because it does not support subscripting", type_text(value->type)));
    }
    subscripted made{.value = std::move(value), .subscripts = {}};
    bool slice = false;
    for (const node* each : indices) {
        const PgQuery__AIndices& index = *each->a_indices;
        subscript one{.lower = nullptr, .upper = nullptr, .slice = static_cast<bool>(index.is_slice)};
        slice = slice || one.slice;
        for (const bool lower : {true, false}) {
            const node* const written = lower ? index.lidx : index.uidx;
            if (written == nullptr) {
                continue;
            }
            TRY_ASSIGN(expression_ptr number, expression_of(written));
            if (json && coercible(*number, {.type = type_oids::text}, cast_context::implicit) &&
                number->type.type != type_oids::int4) {
                TRY_ASSIGN(number, coerce(std::move(number), {.type = type_oids::text}, cast_context::implicit, -1));
            } else {
                if (!coercible(*number, {.type = type_oids::int4}, cast_context::assignment)) {
                    return fail_at(number->place, sqlstates::datatype_mismatch,
                                   "array subscript must have type integer");
                }
                TRY_ASSIGN(number, coerce(std::move(number), {.type = type_oids::int4}, cast_context::assignment, -1));
            }
            (lower ? one.lower : one.upper) = std::move(number);
        }
        made.subscripts.push_back(std::move(one));
    }
    const typed type{.type = slice ? array : element};
    return make_expression(type, place, std::move(made));
}

analyser::made analyser::indirection_of(const PgQuery__AIndirection& each) {
    TRY_ASSIGN(expression_ptr value, expression_of(each.arg));
    const node_list steps = list_of(each.indirection, each.n_indirection);
    for (std::size_t i = 0; i < steps.size();) {
        const std::int32_t place = value->place;
        if (is(steps[i], PG_QUERY__NODE__NODE_A_INDICES)) {
            std::size_t end = i;
            while (end < steps.size() && is(steps[end], PG_QUERY__NODE__NODE_A_INDICES)) {
                ++end;
            }
            TRY_ASSIGN(value, subscripts_of(std::move(value), steps.subspan(i, end - i), place));
            i = end;
        } else if (is(steps[i], PG_QUERY__NODE__NODE_STRING)) {
            TRY_ASSIGN(value, field_in(std::move(value), name_of(steps[i]), place));
            ++i;
        } else {
            return not_analysed("all fields of a value");
        }
    }
    return value;
}

result<expressions> analyser::expressions_of(node_list list) {
    expressions values;
    for (const node* each : list) {
        TRY_ASSIGN(expression_ptr value, expression_of(each));
        values.push_back(std::move(value));
    }
    return values;
}

analyser::made analyser::expression_at(const node* each, expression_place place) {
    const at_place here(*this, place);
    return expression_of(each);
}

analyser::made analyser::null_test_of(const PgQuery__NullTest& test) {
    TRY_ASSIGN(expression_ptr value, expression_of(test.arg));
    if (const auto* const untyped = as<parameter>(value);
        untyped != nullptr && value->type.type == type_oids::unknown) {
        untyped_.try_emplace(untyped->number, value->place);
    } else {
        settle_unknown(value);
    }
    const bool row = as<row_of>(value) != nullptr;
    const bool negated = test.nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
    return make_expression({.type = type_oids::boolean}, test.location,
                           null_test{.value = std::move(value), .negated = negated, .row = row});
}

analyser::made analyser::boolean_test_of(const PgQuery__BooleanTest& test) {
    constexpr auto names = std::to_array<std::string_view>(
        {"", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"});
    const auto kind = static_cast<std::size_t>(test.booltesttype);
    TRY_ASSIGN(expression_ptr value, expression_of(test.arg));
    TRY_ASSIGN(value, to_boolean(std::move(value), names[kind]));
    return make_expression(
        {.type = type_oids::boolean}, test.location,
        boolean_test{.value = std::move(value), .of = static_cast<truth>((kind - 1) / 2), .negated = kind % 2 == 0});
}

analyser::made analyser::expression_of(const node* each) {
    switch (each == nullptr ? PG_QUERY__NODE__NODE__NOT_SET : each->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
            return constant_of(*each->a_const);
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return parameter_of(*each->param_ref);
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return column_of(*each->column_ref);
        case PG_QUERY__NODE__NODE_A_EXPR:
            return operation_of(*each->a_expr);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return logical_of(*each->bool_expr);
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return cast_of(*each->type_cast);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return call_of(*each->func_call);
        case PG_QUERY__NODE__NODE_NULL_TEST:
            return null_test_of(*each->null_test);
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
            return boolean_test_of(*each->boolean_test);
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return case_expression(*each->case_expr);
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return coalesce_of(*each->coalesce_expr);
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return extreme_of(*each->min_max_expr);
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return array_expression(*each->a_array_expr, 0, each->a_array_expr->location);
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return row_expression(*each->row_expr);
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return indirection_of(*each->a_indirection);
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return sub_link(*each->sub_link);
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return session_value_of(*each->sqlvalue_function);
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            return grouping_of(*each->grouping_func);
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: {
            const PgQuery__CollateClause& clause = *each->collate_clause;
            TRY_ASSIGN(expression_ptr value, expression_of(clause.arg));
            const typed type = value->type;
            return make_expression(type, clause.location,
                                   collated{.value = std::move(value),
                                            .collation = std::string(name_of(clause.collname[clause.n_collname - 1]))});
        }
        case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
            return make_expression({.type = type_oids::unknown}, each->set_to_default->location, set_default{});
        default:
            return not_analysed("an expression of another kind");
    }
}

}  // namespace sluice::analysis
