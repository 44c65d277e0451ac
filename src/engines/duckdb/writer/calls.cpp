// Calls: by the tables of function_texts.hpp, and those that a pattern cannot express.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/function_texts.hpp"
#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

constexpr oid numeric_array = 1231;

bool is_comparison(std::string_view symbol) {
    constexpr auto all = std::to_array<std::string_view>({"=", "<>", "<", "<=", ">", ">="});
    return std::ranges::find(all, symbol) != all.end();
}

}  // namespace

query_writer::text query_writer::filled(std::string_view pattern, const std::vector<std::string>& arguments) const {
    std::string made;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '$' || i + 1 == pattern.size()) {
            made += pattern[i];
            continue;
        }
        const char which = pattern[++i];
        if (which == '*') {
            made += fmt::format("{}", fmt::join(arguments, ", "));
        } else {
            const auto index = static_cast<std::size_t>(which - '1');
            if (index >= arguments.size()) {
                return not_written("a call with other arguments");
            }
            made += arguments[index];
        }
    }
    return made;
}

// The arguments as patterns take them: numbers of type numeric as texts.
result<std::vector<std::string>> query_writer::pattern_arguments(const expressions& arguments) {
    std::vector<std::string> made;
    for (const expression_ptr& each : arguments) {
        const bool number = each->type.type == type_oids::numeric;
        TRY_ASSIGN(std::string one, number ? as_form(*each, text_form) : expression(*each));
        if (each->type.type == numeric_array && !forms_.of(*each).is_text()) {
            one = fmt::format("CAST({} AS VARCHAR[])", one);
        }
        made.push_back(std::move(one));
    }
    return made;
}

query_writer::text query_writer::call_by_table(const analysis::expression& /*value*/, const function_call& call) {
    const function_text* const found = find_function_text(call.function->number);
    if (found == nullptr || found->list) {
        return not_written(call.function->name);
    }
    TRY_ASSIGN(const auto arguments, pattern_arguments(call.arguments));
    return filled(found->pattern, arguments);
}

// A set-returning function's rows as a list.
query_writer::text query_writer::set_text(const function_call& call, typed /*type*/) {
    const function_text* const found = find_function_text(call.function->number);
    if (found == nullptr || !found->list) {
        return not_written(call.function->name);
    }
    TRY_ASSIGN(const auto arguments, pattern_arguments(call.arguments));
    return filled(found->pattern, arguments);
}

query_writer::text query_writer::form_text(const analysis::expression& value, const expansion& form) {
    const auto* const call = as<function_call>(form.call);
    if (call == nullptr) {
        return not_written("a set of the engine in the select list");
    }
    TRY_ASSIGN(const std::string rows, set_text(*call, value.type));
    return fmt::format("unnest({})", rows);
}

query_writer::text query_writer::operator_text(const function_row* function, const std::string& symbol,
                                               const analysis::expression& left, const analysis::expression& right) {
    if (is_comparison(symbol)) {
        return comparison(symbol, left, right);
    }
    const function_text* const found = find_function_text(function->number);
    if (found == nullptr) {
        return not_written(function->name);
    }
    TRY_ASSIGN(std::string one, left.type.type == type_oids::numeric ? as_form(left, text_form) : expression(left));
    TRY_ASSIGN(std::string other,
               right.type.type == type_oids::numeric ? as_form(right, text_form) : expression(right));
    return filled(found->pattern, {std::move(one), std::move(other)});
}

// A value as to_json() makes it.
query_writer::text query_writer::json_value(const analysis::expression& value) {
    TRY_ASSIGN(std::string one, expression(value));
    switch (value.type.type) {
        case type_oids::json:
        case type_oids::jsonb:
            return fmt::format("coalesce({}, CAST('null' AS JSON))", one);
        case type_oids::numeric:
            one = change_form(std::move(one), forms_.of(value), text_form);
            return fmt::format("coalesce(sluice_json_of_numeric({}), CAST('null' AS JSON))", one);
        default:
            break;
    }
    constexpr auto plain = std::to_array<oid>({type_oids::boolean, type_oids::int2, type_oids::int4, type_oids::int8});
    if (std::ranges::find(plain, value.type.type) != plain.end()) {
        return fmt::format("coalesce(CAST(CAST({} AS VARCHAR) AS JSON), CAST('null' AS JSON))", one);
    }
    if (const auto* const row = as<row_of>(value)) {
        std::vector<std::string> values;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < row->fields.size(); ++i) {
            TRY_ASSIGN(std::string field, json_value(*row->fields[i]));
            values.push_back(std::move(field));
            names.push_back(postgres::quote_literal(row->names[i]));
        }
        return fmt::format("sluice_json_of_pairs([{}], [{}], false)", fmt::join(names, ", "), fmt::join(values, ", "));
    }
    if (element_type(types_, value.type.type) != 0 || value.type.type == pseudo::record) {
        return not_written("a nested value as json");
    }
    TRY_ASSIGN(const std::string printed_text, printed(std::move(one), value.type));
    return fmt::format("coalesce(sluice_json_of_text({}), CAST('null' AS JSON))", printed_text);
}

// Calls whose text depends on more than the arguments' texts; nullopt: see the tables.
std::optional<query_writer::text> query_writer::special_call(const analysis::expression& value,
                                                             const function_call& call) {
    const std::string_view name = call.function->name;
    if (call.arguments.size() == 2 && is_comparison(call.symbol) && value.type.type == type_oids::boolean) {
        return comparison(call.symbol, *call.arguments[0], *call.arguments[1]);
    }
    const auto texts_of = [&](std::size_t from) -> result<std::vector<std::string>> {
        std::vector<std::string> made;
        for (std::size_t i = from; i < call.arguments.size(); ++i) {
            TRY_ASSIGN(std::string one, expression(*call.arguments[i]));
            one = change_form(std::move(one), forms_.of(*call.arguments[i]), text_form);
            TRY_ASSIGN(one, output_text(std::move(one), call.arguments[i]->type));
            made.push_back(std::move(one));
        }
        return made;
    };
    if (call.variadic_array) {
        return not_written("VARIADIC");
    }
    if (name == "concat" || name == "concat_ws") {
        return [&]() -> text {
            TRY_ASSIGN(const auto texts, texts_of(0));
            return fmt::format("{}({})", name, fmt::join(texts, ", "));
        }();
    }
    if (name == "format" && call.function->variadic == pseudo::any) {
        return [&]() -> text {
            TRY_ASSIGN(const auto texts, texts_of(0));
            const std::vector<std::string> rest(texts.begin() + 1, texts.end());
            return fmt::format("sluice_format({}, CAST([{}] AS VARCHAR[]))", texts.front(), fmt::join(rest, ", "));
        }();
    }
    if (name == "textanycat" || name == "anytextcat") {
        return [&]() -> text {
            TRY_ASSIGN(const auto texts, texts_of(0));
            return fmt::format("({} || {})", texts[0], texts[1]);
        }();
    }
    if (name == "pg_typeof") {
        return text(postgres::quote_literal(type_name(types_, {.type = call.arguments[0]->type.type})));
    }
    if (name == "to_json" || name == "to_jsonb" || name == "row_to_json") {
        const bool null_stays = as<row_of>(call.arguments[0]) == nullptr;
        return [&]() -> text {
            TRY_ASSIGN(std::string one, json_value(*call.arguments[0]));
            if (name == "to_jsonb") {
                one = fmt::format("sluice_jsonb_in(CAST({} AS VARCHAR))", one);
            }
            if (!null_stays) {
                return one;
            }
            TRY_ASSIGN(const std::string given, expression(*call.arguments[0]));
            return fmt::format("(CASE WHEN {} IS NOT NULL THEN {} END)", given, one);
        }();
    }
    const bool array = name == "json_build_array" || name == "jsonb_build_array";
    const bool object = name == "json_build_object" || name == "jsonb_build_object";
    if (array || object) {
        return [&]() -> text {
            const bool binary = name.starts_with("jsonb");
            std::vector<std::string> keys;
            std::vector<std::string> values;
            for (std::size_t i = 0; i < call.arguments.size(); ++i) {
                if (object && i % 2 == 0) {
                    TRY_ASSIGN(std::string key, expression(*call.arguments[i]));
                    key = change_form(std::move(key), forms_.of(*call.arguments[i]), text_form);
                    TRY_ASSIGN(key, printed(std::move(key), call.arguments[i]->type));
                    keys.push_back(std::move(key));
                } else {
                    TRY_ASSIGN(std::string one, json_value(*call.arguments[i]));
                    values.push_back(std::move(one));
                }
            }
            if (array) {
                return fmt::format("sluice_json_of_list(CAST([{}] AS JSON[]), {})", fmt::join(values, ", "), binary);
            }
            if (keys.size() != values.size()) {
                return fail(sqlstates::invalid_parameter_value, "argument list must have even number of elements");
            }
            return fmt::format("sluice_json_of_pairs(CAST([{}] AS VARCHAR[]), CAST([{}] AS JSON[]), {})",
                               fmt::join(keys, ", "), fmt::join(values, ", "), binary);
        }();
    }
    if (name == "array_to_string") {
        return [&]() -> text {
            TRY_ASSIGN(const std::string list, expression(*call.arguments[0]));
            const oid element = element_type(types_, call.arguments[0]->type.type);
            TRY_ASSIGN(const std::string one, output_text("sluice_element", {.type = element}));
            TRY_ASSIGN(const auto rest, texts_of(1));
            return fmt::format("sluice_array_to_string(list_transform({}, lambda sluice_element: {}), {}, {})", list,
                               one, rest[0], rest.size() > 1 ? rest[1] : "CAST(NULL AS VARCHAR)");
        }();
    }
    return std::nullopt;
}

}  // namespace sluice::duckdb
