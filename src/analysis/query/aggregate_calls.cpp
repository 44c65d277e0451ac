// Aggregates and window functions in their places.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

constexpr sqlstate windowing_error{"42P20"};

}  // namespace

std::unexpected<error> analyser::misplaced(std::string_view what, std::int32_t place) const {
    std::string_view where;
    switch (scope_->place) {
        case expression_place::where:
            where = "WHERE";
            break;
        case expression_place::join_condition:
            where = "JOIN conditions";
            break;
        case expression_place::group_by:
            where = "GROUP BY";
            break;
        case expression_place::having:
            where = "HAVING";
            break;
        case expression_place::limit:
            where = "LIMIT";
            break;
        case expression_place::offset:
            where = "OFFSET";
            break;
        case expression_place::window:
            where = "window definitions";
            break;
        case expression_place::function_in_from:
            where = "functions in FROM";
            break;
        case expression_place::values:
            where = "VALUES";
            break;
        case expression_place::update_source:
            where = "UPDATE";
            break;
        case expression_place::returning:
            where = "RETURNING";
            break;
        case expression_place::filter:
            where = "FILTER";
            break;
        default:
            where = "this expression";
            break;
    }
    const bool sets = what.starts_with("set");
    const sqlstate code = sets                         ? sqlstates::feature_not_supported
                          : what.starts_with("window") ? windowing_error
                                                       : sqlstates::grouping_error;
    return fail_at(place, code, fmt::format("{} are not allowed in {}", what, where));
}

analyser::made analyser::finish_aggregate(const PgQuery__FuncCall& call, const function_row* function,
                                          std::string_view engine_name, typed type, expressions arguments,
                                          std::size_t direct) {
    aggregate_call made{.function = function, .engine_name = std::string(engine_name), .direct = {}, .arguments = {}};
    const bool windowed = call.over != nullptr;
    const bool window_only = function != nullptr && function->kind == 'w';
    if (window_only && !windowed) {
        return fail_at(call.location, sqlstates::wrong_object_type,
                       fmt::format("window function {} requires an OVER clause", function->name));
    }
    const bool allowed =
        scope_->place == expression_place::select_list || scope_->place == expression_place::order_by ||
        (!windowed && (scope_->place == expression_place::having || scope_->place == expression_place::window ||
                       scope_->place == expression_place::other));
    if (!allowed) {
        return misplaced(windowed ? "window functions" : "aggregate functions", call.location);
    }
    if (!windowed) {
        ++scope_->aggregates;
    }
    made.star = call.agg_star;
    made.distinct = call.agg_distinct;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        (i < direct ? made.direct : made.arguments).push_back(std::move(arguments[i]));
    }
    if (direct > 0 || call.agg_within_group) {
        for (std::size_t i = 0; i < call.n_agg_order && i < made.arguments.size(); ++i) {
            const PgQuery__SortBy& by = *call.agg_order[i]->sort_by;
            const bool descending = by.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
            const bool first = by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT
                                   ? descending
                                   : by.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST;
            made.order.push_back({.value = nullptr, .descending = descending, .nulls_first = first});
        }
    } else {
        TRY_ASSIGN(made.order, sort_keys(list_of(call.agg_order, call.n_agg_order),
                                         [this](const node* each) { return expression_of(each); }));
    }
    if (call.agg_filter != nullptr) {
        const at_place here(*this, expression_place::filter);
        TRY_ASSIGN(expression_ptr condition, expression_of(call.agg_filter));
        TRY_ASSIGN(made.filter, to_boolean(std::move(condition), "FILTER"));
    }
    if (windowed) {
        TRY_ASSIGN(made.over, window_of(*call.over));
    }
    return make_expression(type, call.location, std::move(made));
}

}  // namespace sluice::analysis
