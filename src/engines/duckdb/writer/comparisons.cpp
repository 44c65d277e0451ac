// Comparisons, and keys for values that DuckDB would order or group in another way.
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

bool query_writer::needs_key(typed type, number_form form) const {
    return type.type == type_oids::numeric && !form.is_decimal() && form.is != number_form::kind::null;
}

std::string query_writer::key_of(std::string text, oid /*type*/, number_form /*form*/) {
    return fmt::format("sluice_numeric_key({})", text);
}

query_writer::text query_writer::sorted(const analysis::expression& value) {
    TRY_ASSIGN(std::string written, expression(value));
    const number_form form = forms_.of(value);
    if (needs_key(value.type, form)) {
        return key_of(std::move(written), value.type.type, form);
    }
    if (value.type.type == type_oids::bpchar) {
        return fmt::format("rtrim({}, ' ')", written);
    }
    return written;
}

query_writer::text query_writer::comparison(std::string_view symbol, const analysis::expression& left,
                                            const analysis::expression& right) {
    if (is_number(left) && is_number(right)) {
        const number_form one = forms_.of(left);
        const number_form other = forms_.of(right);
        const number_form both = number_forms::united({one, other}, true);
        TRY_ASSIGN(std::string left_text, expression(left));
        TRY_ASSIGN(std::string right_text, expression(right));
        if (both.is_decimal() || both.is == number_form::kind::null) {
            return fmt::format("({} {} {})", left_text, symbol, right_text);
        }
        return fmt::format("(sluice_numeric_key({}) {} sluice_numeric_key({}))",
                           change_form(std::move(left_text), one, text_form), symbol,
                           change_form(std::move(right_text), other, text_form));
    }
    TRY_ASSIGN(const std::string left_text, sorted(left));
    TRY_ASSIGN(const std::string right_text, sorted(right));
    return fmt::format("({} {} {})", left_text, symbol, right_text);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const distinct_test& form) {
    return comparison(form.negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM", *form.left, *form.right);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const null_if& form) {
    TRY_ASSIGN(const std::string equal, comparison("=", *form.left, *form.right));
    TRY_ASSIGN(const std::string left, expression(*form.left));
    return fmt::format("(CASE WHEN {} THEN NULL ELSE {} END)", equal, left);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const row_comparison& form) {
    const auto pair = [&](std::size_t i, std::string_view symbol) {
        return comparison(symbol, *form.left[i], *form.right[i]);
    };
    if (form.what == row_operator::equal || form.what == row_operator::not_equal) {
        const bool equal = form.what == row_operator::equal;
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < form.left.size(); ++i) {
            TRY_ASSIGN(std::string one, pair(i, equal ? "=" : "<>"));
            parts.push_back(std::move(one));
        }
        return fmt::format("({})", fmt::join(parts, equal ? " AND " : " OR "));
    }
    // The first pair that differs decides: a < b OR (a = b AND ...).
    constexpr auto symbols = std::to_array<std::string_view>({"=", "<>", "<", "<=", ">", ">="});
    const std::string_view symbol = symbols[static_cast<std::size_t>(form.what)];
    const std::string_view strict = symbol.substr(0, 1);
    std::string made;
    for (std::size_t i = form.left.size(); i > 0; --i) {
        if (made.empty()) {
            TRY_ASSIGN(made, pair(i - 1, symbol));
            continue;
        }
        TRY_ASSIGN(const std::string before, pair(i - 1, strict));
        TRY_ASSIGN(const std::string equal, pair(i - 1, "="));
        made = fmt::format("({} OR ({} AND {}))", before, equal, made);
    }
    return made;
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const quantified& form) {
    if (!form.array) {
        bool decimals = true;
        std::vector<number_form> forms{forms_.of(*form.left)};
        for (const expression_ptr& each : form.list) {
            forms.push_back(forms_.of(*each));
        }
        decimals = forms.front().is == number_form::kind::other || number_forms::united(forms, true).is_decimal();
        if (decimals) {
            TRY_ASSIGN(const std::string left, sorted(*form.left));
            std::vector<std::string> values;
            for (const expression_ptr& each : form.list) {
                TRY_ASSIGN(std::string one, sorted(*each));
                values.push_back(std::move(one));
            }
            return fmt::format("({} {}IN ({}))", left, form.all ? "NOT " : "", fmt::join(values, ", "));
        }
        std::vector<std::string> parts;
        for (const expression_ptr& each : form.list) {
            TRY_ASSIGN(std::string one, comparison(form.symbol, *form.left, *each));
            parts.push_back(std::move(one));
        }
        return fmt::format("({})", fmt::join(parts, form.all ? " AND " : " OR "));
    }
    // An array that is written out is a list.
    if (const auto* const written = as<array_of>(form.array); written != nullptr && !written->elements.empty()) {
        std::vector<std::string> parts;
        for (const expression_ptr& each : written->elements) {
            TRY_ASSIGN(std::string one, operator_text(form.compare, form.symbol, *form.left, *each));
            parts.push_back(std::move(one));
        }
        return fmt::format("({})", fmt::join(parts, form.all ? " AND " : " OR "));
    }
    TRY_ASSIGN(const std::string array, expression(*form.array));
    const oid element = element_type(types_, form.array->type.type);
    if (is_number(*form.left)) {
        TRY_ASSIGN(const std::string left, as_form(*form.left, text_form));
        const std::string keys =
            fmt::format("list_transform({}, lambda x: sluice_numeric_key(CAST(x AS VARCHAR)))", array);
        if (form.symbol == "=" && !form.all) {
            return fmt::format("(sluice_numeric_key({}) IN (SELECT unnest({})))", left, keys);
        }
        return not_written("ALL of an array of numbers");
    }
    TRY_ASSIGN(const std::string left, sorted(*form.left));
    if (form.symbol == "=" && !form.all) {
        return fmt::format("({} IN (SELECT unnest({})))", left, array);
    }
    if (form.symbol == "<>" && form.all) {
        return fmt::format("({} NOT IN (SELECT unnest({})))", left, array);
    }
    // Any other operator, for each element: a NULL makes the result unknown unless another element decides.
    const auto element_value = make_expression({.type = element}, -1, case_operand{});
    case_operands_.emplace_back("sluice_element");
    auto one = operator_text(form.compare, form.symbol, *form.left, *element_value);
    case_operands_.pop_back();
    if (!one) {
        return one;
    }
    return fmt::format("sluice_{}(list_transform({}, lambda sluice_element: {}))", form.all ? "all" : "any", array,
                       *one);
}

}  // namespace sluice::duckdb
