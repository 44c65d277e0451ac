// Aggregates and window functions.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

bool is_integer(oid type) {
    return type == type_oids::int2 || type == type_oids::int4 || type == type_oids::int8;
}

// Aggregates and window functions that DuckDB has with the same meaning, and the type of their result there.
struct plain_aggregate {
    std::string_view name;
    std::string_view engine;
    std::string_view result;  // a cast around it; empty: none
};
constexpr auto plain_aggregates = std::to_array<plain_aggregate>({
    {"count", "count", ""},
    {"min", "min", ""},
    {"max", "max", ""},
    {"bool_and", "bool_and", ""},
    {"bool_or", "bool_or", ""},
    {"every", "bool_and", ""},
    {"bit_and", "bit_and", ""},
    {"bit_or", "bit_or", ""},
    {"bit_xor", "bit_xor", ""},
    {"array_agg", "list", ""},
    {"string_agg", "string_agg", ""},
    {"corr", "corr", ""},
    {"covar_pop", "covar_pop", ""},
    {"covar_samp", "covar_samp", ""},
    {"regr_avgx", "regr_avgx", ""},
    {"regr_avgy", "regr_avgy", ""},
    {"regr_count", "regr_count", "BIGINT"},
    {"regr_intercept", "regr_intercept", ""},
    {"regr_r2", "regr_r2", ""},
    {"regr_slope", "regr_slope", ""},
    {"regr_sxx", "regr_sxx", ""},
    {"regr_sxy", "regr_sxy", ""},
    {"regr_syy", "regr_syy", ""},
    {"row_number", "row_number", ""},
    {"rank", "rank", ""},
    {"dense_rank", "dense_rank", ""},
    {"percent_rank", "percent_rank", ""},
    {"cume_dist", "cume_dist", ""},
    {"ntile", "ntile", "INTEGER"},
    {"lag", "lag", ""},
    {"lead", "lead", ""},
    {"first_value", "first_value", ""},
    {"last_value", "last_value", ""},
    {"nth_value", "nth_value", ""},
});

}  // namespace

query_writer::text query_writer::sort_key_text(const sort_key& key, const std::string& value) {
    return fmt::format("{}{} NULLS {}", value, key.descending ? " DESC" : "", key.nulls_first ? "FIRST" : "LAST");
}

query_writer::text query_writer::order_text(const std::vector<sort_key>& keys) {
    std::vector<std::string> parts;
    for (const sort_key& each : keys) {
        TRY_ASSIGN(const std::string value, sorted(*each.value));
        TRY_ASSIGN(std::string one, sort_key_text(each, value));
        parts.push_back(std::move(one));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

query_writer::text query_writer::window_text(const window& over) {
    std::string made;
    if (!over.partition.empty()) {
        std::vector<std::string> keys;
        for (const expression_ptr& each : over.partition) {
            TRY_ASSIGN(std::string one, sorted(*each));
            keys.push_back(std::move(one));
        }
        made += fmt::format("PARTITION BY {}", fmt::join(keys, ", "));
    }
    if (!over.order.empty()) {
        TRY_ASSIGN(const std::string keys, order_text(over.order));
        made += fmt::format("{}ORDER BY {}", made.empty() ? "" : " ", keys);
    }
    if (over.framed) {
        constexpr auto units = std::to_array<std::string_view>({"RANGE", "ROWS", "GROUPS"});
        const auto bound = [&](const frame_bound& at) -> text {
            std::string offset;
            if (at.offset) {
                TRY_ASSIGN(offset, expression(*at.offset));
            }
            switch (at.at) {
                case frame_bound::kind::unbounded_preceding:
                    return "UNBOUNDED PRECEDING";
                case frame_bound::kind::unbounded_following:
                    return "UNBOUNDED FOLLOWING";
                case frame_bound::kind::preceding:
                    return offset + " PRECEDING";
                case frame_bound::kind::following:
                    return offset + " FOLLOWING";
                default:
                    return "CURRENT ROW";
            }
        };
        constexpr auto exclusions =
            std::to_array<std::string_view>({"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"});
        TRY_ASSIGN(const std::string begin, bound(over.begin));
        TRY_ASSIGN(const std::string end, bound(over.end));
        made += fmt::format("{}{} BETWEEN {} AND {}{}", made.empty() ? "" : " ",
                            units[static_cast<std::size_t>(over.frame_unit)], begin, end,
                            exclusions[static_cast<std::size_t>(over.excluded)]);
    }
    return fmt::format("OVER ({})", made);
}

// FILTER and OVER, behind a call.
query_writer::text query_writer::call_tail(const aggregate_call& call) {
    std::string tail;
    if (call.filter) {
        TRY_ASSIGN(const std::string condition, expression(*call.filter));
        tail += fmt::format(" FILTER (WHERE {})", condition);
    }
    if (call.over) {
        TRY_ASSIGN(const std::string over, window_text(*call.over));
        tail += " " + over;
    }
    return tail;
}

// An argument whose scale does not show.
query_writer::text query_writer::loose_text(const analysis::expression& argument) {
    ++loose_;
    auto one = expression(argument);
    --loose_;
    return one;
}

query_writer::text query_writer::sum_text(const aggregate_call& call, const std::string& distinct,
                                          const std::string& tail) {
    const analysis::expression& argument = *call.arguments.front();
    const oid type = argument.type.type;
    TRY_ASSIGN(const std::string one, loose_text(argument));
    const bool text_number = type == type_oids::numeric && !forms_.of(argument, true).is_decimal();
    const bool sum = call.function->name == "sum";
    if (text_number) {
        return fmt::format("sluice_numeric_{}({}{}){}", sum ? "sum" : "avg", distinct, one, tail);
    }
    const std::string made = fmt::format("{}({}{}){}", sum ? "sum" : "avg", distinct, one, tail);
    if (!sum) {
        return type == type_oids::numeric || is_integer(type)
                   ? fmt::format(
                         "sluice_numeric_div(CAST(sum({0}{1}){2} AS VARCHAR), "
                         "CAST(nullif(count({0}{1}){2}, 0) AS VARCHAR))",
                         distinct, one, tail)
                   : made;
    }
    switch (type) {
        case type_oids::int2:
        case type_oids::int4:
            return fmt::format("CAST({} AS BIGINT)", made);
        case type_oids::int8:
            return fmt::format("CAST({} AS DECIMAL(38,0))", made);
        case type_oids::float4:
            return fmt::format("CAST({} AS FLOAT)", made);
        default:
            return made;
    }
}

// Variances and deviations; nullopt: it is none.
std::optional<query_writer::text> query_writer::deviation_text(const analysis::expression& value,
                                                               const aggregate_call& call, const std::string& distinct,
                                                               const std::string& tail) {
    constexpr auto deviations = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"stddev", "stddev_samp"},
        {"stddev_samp", "stddev_samp"},
        {"stddev_pop", "stddev_pop"},
        {"variance", "var_samp"},
        {"var_samp", "var_samp"},
        {"var_pop", "var_pop"},
    });
    const auto* const found =
        std::ranges::find(deviations, call.function->name, &std::pair<std::string_view, std::string_view>::first);
    if (found == deviations.end()) {
        return std::nullopt;
    }
    const auto one = loose_text(*call.arguments.front());
    if (!one) {
        return one;
    }
    return value.type.type == type_oids::numeric
               ? fmt::format("sluice_numeric_{}({}CAST({} AS VARCHAR)){}", found->second, distinct, *one, tail)
               : fmt::format("{}({}{}){}", found->second, distinct, *one, tail);
}

query_writer::text query_writer::aggregate_body(const analysis::expression& value, const aggregate_call& call) {
    if (call.function == nullptr) {
        return not_written("an aggregate of the engine");
    }
    const std::string_view name = call.function->name;
    TRY_ASSIGN(const std::string tail, call_tail(call));
    if (call.star) {
        return fmt::format("count(*){}", tail);
    }
    const std::string distinct = call.distinct ? "DISTINCT " : "";
    const bool ordered_set = call.function->aggregate_kind == 'o';
    if (name == "sum" || name == "avg") {
        return sum_text(call, distinct, tail);
    }
    if (auto deviation = deviation_text(value, call, distinct, tail)) {
        return *std::move(deviation);
    }
    if (name == "min" || name == "max") {
        const analysis::expression& argument = *call.arguments.front();
        if (needs_key(argument.type, forms_.of(argument))) {
            TRY_ASSIGN(const std::string one, expression(argument));
            return fmt::format("arg_{0}({1}, sluice_numeric_key({1})){2}", name, one, tail);
        }
    }
    if (ordered_set) {
        return ordered_set_text(call, tail);
    }
    std::string order;
    if (!call.order.empty()) {
        TRY_ASSIGN(const std::string keys, order_text(call.order));
        order = " ORDER BY " + keys;
    } else if (call.distinct && name != "count") {
        // Distinct values come sorted, as from PostgreSQL.
        TRY_ASSIGN(const std::string key, sorted(*call.arguments.front()));
        order = fmt::format(" ORDER BY {} NULLS LAST", key);
    }
    if (name == "json_agg" || name == "jsonb_agg" || name == "json_object_agg" || name == "jsonb_object_agg") {
        return json_aggregate_text(call, distinct, order, tail);
    }
    const auto* const found = std::ranges::find(plain_aggregates, name, &plain_aggregate::name);
    if (found == plain_aggregates.end()) {
        return not_written("another aggregate");
    }
    TRY_ASSIGN(const std::string arguments, list(call.arguments));
    const std::string made = fmt::format("{}({}{}{}){}", found->engine, distinct, arguments, order, tail);
    return found->result.empty() ? made : fmt::format("CAST({} AS {})", made, found->result);
}

query_writer::text query_writer::json_aggregate_text(const aggregate_call& call, const std::string& distinct,
                                                     const std::string& order, const std::string& tail) {
    const bool binary = call.function->name.starts_with("jsonb");
    std::vector<std::string> values;
    for (const expression_ptr& each : call.arguments) {
        TRY_ASSIGN(std::string one, json_value(*each));
        values.push_back(std::move(one));
    }
    if (call.arguments.size() == 1) {
        return fmt::format("sluice_json_of_list(list({}{}{}){}, {})", distinct, values[0], order, tail, binary);
    }
    TRY_ASSIGN(const std::string key, expression(*call.arguments[0]));
    TRY_ASSIGN(const std::string key_text, printed(key, call.arguments[0]->type));
    return fmt::format("sluice_json_of_pairs(list({0}){3}, list({1}{2}){3}, {4})", key_text, values[1], order, tail,
                       binary);
}

query_writer::text query_writer::ordered_set_text(const aggregate_call& call, const std::string& tail) {
    const std::string_view name = call.function->name;
    if (call.arguments.size() != 1 || call.order.size() != 1) {
        return not_written("an ordered set of several columns");
    }
    const analysis::expression& argument = *call.arguments.front();
    TRY_ASSIGN(const std::string one, expression(argument));
    if (name == "mode") {
        return fmt::format("mode({} ORDER BY {}){}", one, one, tail);
    }
    TRY_ASSIGN(const std::string fraction, expression(*call.direct.front()));
    const std::string direction = call.order.front().descending ? " DESC" : "";
    if (name == "percentile_cont" || name == "percentile_disc") {
        if (needs_key(argument.type, forms_.of(argument))) {
            return not_written("a percentile of numbers without a scale");
        }
        return fmt::format("quantile_{}({}, {} ORDER BY {}{}){}", name.substr(11), one, fraction, one, direction, tail);
    }
    return not_written("another ordered set");
}

query_writer::text query_writer::form_text(const analysis::expression& value, const aggregate_call& form) {
    return aggregate_body(value, form);
}

}  // namespace sluice::duckdb
