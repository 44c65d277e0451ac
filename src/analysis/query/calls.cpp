// Calls of functions and aggregates.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <ranges>
#include <tuple>
#include <utility>

#include "analysis/query/analyser.hpp"
#include "analysis/resolve/signatures.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate ambiguous_function{"42725"};

}  // namespace

std::string analyser::signature(std::string_view name, const call_arguments& given) const {
    std::string text = fmt::format("{}(", name);
    for (std::size_t i = 0; i < given.values.size(); ++i) {
        text += i == 0 ? "" : ", ";
        if (!given.names[i].empty()) {
            text += given.names[i] + " => ";
        }
        text += type_text({.type = given.values[i]->type.type});
    }
    return text + ")";
}

result<analyser::call_arguments> analyser::arguments_of_call(node_list arguments, bool variadic) {
    call_arguments given{.values = {}, .names = {}, .variadic = variadic};
    for (const node* each : arguments) {
        const bool named = is(each, PG_QUERY__NODE__NODE_NAMED_ARG_EXPR);
        if (!named && has_names(given.names)) {
            return fail_at(-1, sqlstates::syntax_error, "positional argument cannot follow named argument");
        }
        TRY_ASSIGN(expression_ptr value, expression_of(named ? each->named_arg_expr->arg : each));
        given.values.push_back(std::move(value));
        given.names.emplace_back(named ? text_of(each->named_arg_expr->name) : std::string_view());
    }
    return given;
}

result<std::optional<candidate>> analyser::choose_function(std::string_view name, call_arguments& given,
                                                           std::int32_t place) {
    std::vector<candidate> all;
    for (const function_row& each : functions_named(name)) {
        if (each.kind != 'p') {
            if (auto made = fitted(each, given.names, given.variadic)) {
                all.push_back(std::move(*made));
            }
        }
    }
    // Of two with the same arguments the one without defaults and variadic arguments is meant.
    std::ranges::sort(
        all, {}, [](const candidate& each) { return std::tuple(each.spread, each.defaults, each.function->number); });
    std::vector<candidate> different;
    for (candidate& each : all) {
        if (std::ranges::none_of(different,
                                 [&](const candidate& other) { return other.arguments == each.arguments; })) {
            different.push_back(std::move(each));
        }
    }
    std::vector<oid> types;
    for (const auto& value : given.values) {
        types.push_back(value->type.type);
    }
    bool ambiguous = false;
    if (const auto found = choose_candidate(data_, different, types, ambiguous)) {
        return std::move(different[*found]);
    }
    if (ambiguous) {
        error cause =
            fail_at(place, ambiguous_function, fmt::format("function {} is not unique", signature(name, given)))
                .error();
        cause.hint = "Could not choose a best candidate function. You might need to add explicit type casts.";
        return fail(std::move(cause));
    }
    return std::optional<candidate>();
}

// date('2024-01-01'), text(1): a type's name with one argument is a cast, if no function fits exactly.
analyser::made analyser::cast_by_call(std::string_view name, expression_ptr& only, std::int32_t place) {
    const type_row* const wanted = find_type(name);
    if (wanted == nullptr || wanted->kind == 'p') {
        return expression_ptr();
    }
    const oid given = only->type.type;
    const bool literal = given == type_oids::unknown;
    const auto how =
        literal ? std::nullopt : find_conversion(data_, given, wanted->number, cast_context::explicit_cast);
    const bool usable = literal || (how && (how->method == cast_method::relabel || how->method == cast_method::text));
    if (!usable) {
        return expression_ptr();
    }
    return coerce(std::move(only), {.type = wanted->number}, cast_context::explicit_cast, place);
}

result<> analyser::convert_arguments(const candidate& chosen, expressions& arguments, std::vector<oid>& declared,
                                     oid& type, std::int32_t place) {
    std::vector<oid> given;
    for (const auto& each : arguments) {
        given.push_back(each->type.type);
    }
    declared = chosen.arguments;
    if (!resolve_polymorphic(data_, given, declared, type)) {
        return fail_at(place, sqlstates::datatype_mismatch, "arguments of a polymorphic function have no common type");
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (declared[i] == 0) {
            return fail_at(place, sqlstates::datatype_mismatch,
                           "could not determine polymorphic type because input has type unknown");
        }
        if (declared[i] == pseudo::any) {
            continue;  // a literal stays one of no type
        }
        TRY_ASSIGN(arguments[i], coerce(std::move(arguments[i]), {.type = declared[i]}, cast_context::implicit, -1));
    }
    return {};
}

analyser::made analyser::finish_function(const function_row& function, expressions arguments, typed type,
                                         bool variadic_array, std::string_view symbol, std::int32_t place) {
    auto call = make_expression(type, place,
                                function_call{.function = &function,
                                              .arguments = std::move(arguments),
                                              .variadic_array = variadic_array,
                                              .symbol = std::string(symbol)});
    if (!function.returns_set) {
        return call;
    }
    switch (scope_->place) {
        case expression_place::function_in_from:
            return call;
        case expression_place::select_list:
        case expression_place::order_by:
        case expression_place::group_by:
            ++scope_->expansions;
            return make_expression(type, place, expansion{.call = std::move(call)});
        default:
            return misplaced("set-returning functions", place);
    }
}

analyser::made analyser::engine_function(const PgQuery__FuncCall& call, std::string_view name, call_arguments given) {
    if (has_names(given.names) && scope_->place != expression_place::function_in_from) {
        return not_analysed("named arguments of a function of the engine");
    }
    for (expression_ptr& each : given.values) {
        settle_unknown(each);
    }
    if (data_.is_engine_aggregate(name) || call.over != nullptr || call.agg_star || call.agg_distinct ||
        call.agg_filter != nullptr || call.n_agg_order > 0) {
        return not_analysed("an aggregate of the engine");
    }
    engine_call made{.name = std::string(name), .arguments = std::move(given.values), .names = {}};
    TRY_ASSIGN(const auto type, data_.find_engine_function(made));
    if (!type) {
        call_arguments again{.values = std::move(made.arguments), .names = std::move(given.names)};
        error cause = fail_at(call.location, sqlstates::undefined_function,
                              fmt::format("function {} does not exist", signature(name, again)))
                          .error();
        cause.hint =
            "No function matches the given name and argument types. You might need to add explicit type casts.";
        return fail(std::move(cause));
    }
    return make_expression(*type, call.location, std::move(made));
}

result<std::optional<analyser::engine_table_call>> analyser::engine_table(const PgQuery__FuncCall& call) {
    const std::vector<std::string> names = names_of(list_of(call.funcname, call.n_funcname));
    if (names.size() > 1 || !functions_named(names.back()).empty()) {
        return std::nullopt;
    }
    TRY_ASSIGN(call_arguments given,
               arguments_of_call(list_of(call.args, call.n_args), static_cast<bool>(call.func_variadic)));
    for (expression_ptr& each : given.values) {
        settle_unknown(each);
    }
    engine_call made{.name = names.back(), .arguments = std::move(given.values), .names = {}};
    if (has_names(given.names)) {
        made.names = std::move(given.names);
    }
    TRY_ASSIGN(auto columns, data_.find_engine_table(made));
    if (!columns) {
        return std::nullopt;
    }
    return engine_table_call{.call = make_expression({.type = pseudo::record}, call.location, std::move(made)),
                             .columns = std::move(*columns)};
}

analyser::made analyser::call_of(const PgQuery__FuncCall& call) {
    const std::vector<std::string> names = names_of(list_of(call.funcname, call.n_funcname));
    const std::string& name = names.back();
    const bool qualified = names.size() > 1 && names[names.size() - 2] != "pg_catalog";
    const node_list order = list_of(call.agg_order, call.n_agg_order);
    TRY_ASSIGN(call_arguments given,
               arguments_of_call(list_of(call.args, call.n_args), static_cast<bool>(call.func_variadic)));
    const std::size_t direct = given.values.size();
    if (call.agg_within_group) {
        for (const node* each : order) {
            TRY_ASSIGN(expression_ptr value, expression_of(each->sort_by->node));
            given.values.push_back(std::move(value));
            given.names.emplace_back();
        }
    }
    if (qualified || functions_named(name).empty()) {
        const bool plain = given.values.size() == 1 && !call.agg_star && order.empty() && !qualified;
        if (plain) {
            TRY_ASSIGN(expression_ptr converted, cast_by_call(name, given.values[0], call.location));
            if (converted) {
                return converted;
            }
        }
        if (qualified) {
            return not_analysed("a function of a schema");
        }
        return engine_function(call, name, std::move(given));
    }
    TRY_ASSIGN(auto chosen, choose_function(name, given, call.location));
    const bool exact = chosen && std::ranges::equal(chosen->arguments, given.values, {}, {},
                                                    [](const expression_ptr& each) { return each->type.type; });
    if (!exact && given.values.size() == 1 && !call.agg_star && order.empty() && call.over == nullptr) {
        TRY_ASSIGN(expression_ptr converted, cast_by_call(name, given.values[0], call.location));
        if (converted) {
            return converted;
        }
    }
    if (!chosen) {
        for (const auto& each : given.values) {
            const type_row* const row = data_.find(each->type.type);
            if (row == nullptr || row->kind == 'x') {
                return engine_function(call, name, std::move(given));
            }
        }
        error cause = fail_at(call.location, sqlstates::undefined_function,
                              fmt::format("function {} does not exist", signature(name, given)))
                          .error();
        cause.hint =
            "No function matches the given name and argument types. You might need to add explicit type casts.";
        return fail(std::move(cause));
    }
    if (chosen->function->aggregate_kind != '-' && chosen->function->aggregate_kind != 'n' && !call.agg_within_group) {
        if (call.over == nullptr) {
            return fail_at(call.location, sqlstates::wrong_object_type,
                           fmt::format("WITHIN GROUP is required for ordered-set aggregate {}", name));
        }
    }
    (void)direct;
    return finish_call(call, name, std::move(*chosen), std::move(given));
}

analyser::made analyser::finish_call(const PgQuery__FuncCall& call, std::string_view name, candidate chosen,
                                     call_arguments given) {
    const function_row& function = *chosen.function;
    std::vector<oid> declared;
    oid type = function.result;
    expressions arguments = std::move(given.values);
    TRY(convert_arguments(chosen, arguments, declared, type, call.location));
    if (is_polymorphic(type) || type == 0) {
        return fail_at(call.location, sqlstates::datatype_mismatch,
                       "could not determine polymorphic type because input has type unknown");
    }
    if (!chosen.order.empty()) {  // named arguments, in the function's order
        expressions ordered(chosen.order.size());
        for (std::size_t i = 0; i < chosen.order.size(); ++i) {
            if (chosen.order[i] < arguments.size()) {
                ordered[i] = std::move(arguments[chosen.order[i]]);
            }
        }
        arguments = std::move(ordered);
    }
    if (chosen.defaults > 0) {
        const std::span<const oid> wanted = arguments_of(function);
        const std::vector<std::string> values = defaults_of(function);
        arguments.resize(wanted.size());
        for (std::size_t i = wanted.size() - values.size(); i < wanted.size(); ++i) {
            if (!arguments[i]) {
                arguments[i] = make_expression({.type = wanted[i]}, -1,
                                               constant{.text = values[i + values.size() - wanted.size()]});
            }
        }
    }
    if (chosen.spread && function.variadic != pseudo::any) {
        const std::size_t fixed = function.argument_count - 1U;
        array_of rest;
        std::vector<expression_ptr*> elements;
        for (std::size_t i = fixed; i < arguments.size(); ++i) {
            rest.elements.push_back(std::move(arguments[i]));
        }
        const oid element = rest.elements.front()->type.type;
        arguments.resize(fixed);
        arguments.push_back(make_expression({.type = array_type(data_, element)}, -1, std::move(rest)));
    }
    const bool aggregate = function.kind == 'a' || function.kind == 'w';
    if (!aggregate) {
        if (call.agg_star || call.agg_distinct || call.agg_within_group || call.n_agg_order > 0 ||
            call.agg_filter != nullptr) {
            const std::string_view what =
                call.agg_star           ? "(*) specified, but {} is not an aggregate function"
                : call.agg_distinct     ? "DISTINCT specified, but {} is not an aggregate function"
                : call.agg_within_group ? "WITHIN GROUP specified, but {} is not an aggregate function"
                : call.n_agg_order > 0  ? "ORDER BY specified, but {} is not an aggregate function"
                                        : "FILTER specified, but {} is not an aggregate function";
            return fail_at(call.location, sqlstates::wrong_object_type, fmt::format(fmt::runtime(what), name));
        }
        if (call.over != nullptr) {
            return fail_at(
                call.location, sqlstates::wrong_object_type,
                fmt::format("OVER specified, but {} is not a window function nor an aggregate function", name));
        }
        return finish_function(function, std::move(arguments), {.type = type}, given.variadic, {}, call.location);
    }
    const bool ordered_set = function.aggregate_kind == 'o' || function.aggregate_kind == 'h';
    const std::size_t direct = ordered_set && call.agg_within_group ? arguments.size() - call.n_agg_order : 0;
    return finish_aggregate(call, &function, {}, {.type = type}, std::move(arguments), direct);
}

}  // namespace sluice::analysis
