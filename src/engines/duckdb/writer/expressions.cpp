// Expressions: the forms that need no table.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

query_writer::text query_writer::expression(const analysis::expression& value) {
    return std::visit([&](const auto& form) { return form_text(value, form); }, value.form);
}

query_writer::text query_writer::as_form(const analysis::expression& value, number_form wanted) {
    TRY_ASSIGN(std::string written, expression(value));
    if (wanted.is == number_form::kind::other) {
        return written;
    }
    return change_form(std::move(written), forms_.of(value, loose_ > 0), wanted);
}

result<std::vector<std::string>> query_writer::all(const expressions& list) {
    std::vector<std::string> texts;
    for (const expression_ptr& each : list) {
        TRY_ASSIGN(std::string one, expression(*each));
        texts.push_back(std::move(one));
    }
    return texts;
}

query_writer::text query_writer::list(const expressions& values, std::string_view separator) {
    TRY_ASSIGN(const auto texts, all(values));
    return fmt::format("{}", fmt::join(texts, separator));
}

// Values of one type side by side; numbers get one form.
query_writer::text query_writer::united(const std::vector<const analysis::expression*>& values,
                                        std::vector<std::string>& out) {
    std::vector<number_form> forms;
    for (const analysis::expression* each : values) {
        forms.push_back(forms_.of(*each, loose_ > 0));
    }
    const number_form one =
        forms.front().is == number_form::kind::other ? forms.front() : number_forms::united(forms, loose_ > 0);
    for (const analysis::expression* each : values) {
        TRY_ASSIGN(std::string written, as_form(*each, one));
        out.push_back(std::move(written));
    }
    return std::string();
}

query_writer::text query_writer::form_text(const analysis::expression& value, const constant& form) {
    if (form.text) {
        return literal(value.type, *form.text, value.place);
    }
    return value.type.type == type_oids::unknown ? "NULL"
                                                 : fmt::format("CAST(NULL AS {})", engine_type_of(types_, value.type));
}

query_writer::text query_writer::form_text(const analysis::expression& value, const parameter& form) {
    return parameter_text(form, value.type);
}

query_writer::text query_writer::column(const column_reference& reference, bool bare) {
    const source& from = *reference.from;
    const std::string& name = engine_names(from)[reference.index];
    std::string written = postgres::quote_identifier(name);
    if (!unqualified_) {
        written = fmt::format("{}.{}", postgres::quote_identifier(from.alias), written);
    }
    const source_column& described = from.columns[reference.index];
    if (bare || described.stored.empty()) {
        return written;
    }
    if (described.type.type == type_oids::numeric) {
        const number_form form = form_of_stored(described.stored);
        if (described.stored.starts_with("DECIMAL")) {
            return written;
        }
        return form.is_decimal() ? fmt::format("CAST({} AS DECIMAL({},{}))", written, form.precision, form.scale)
                                 : fmt::format("CAST({} AS VARCHAR)", written);
    }
    return fmt::format("CAST({} AS {})", written, engine_type_of(types_, described.type));
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const column_reference& form) {
    return column(form, false);
}

query_writer::text query_writer::form_text(const analysis::expression& value, const function_call& form) {
    if (auto special = number_call(value, form)) {
        return *std::move(special);
    }
    if (auto special = special_call(value, form)) {
        return *std::move(special);
    }
    return call_by_table(value, form);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const engine_call& form) {
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < form.arguments.size(); ++i) {
        TRY_ASSIGN(std::string one, expression(*form.arguments[i]));
        arguments.push_back(form.names.empty() || form.names[i].empty()
                                ? std::move(one)
                                : fmt::format("{} := {}", postgres::quote_identifier(form.names[i]), one));
    }
    return fmt::format("{}({})", postgres::quote_identifier(form.name), fmt::join(arguments, ", "));
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const logical& form) {
    if (form.what == logical_operator::negation) {
        TRY_ASSIGN(const std::string one, expression(*form.arguments.front()));
        return fmt::format("(NOT {})", one);
    }
    TRY_ASSIGN(const std::string parts,
               list(form.arguments, form.what == logical_operator::conjunction ? " AND " : " OR "));
    return fmt::format("({})", parts);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const null_test& form) {
    if (const auto* const row = as<row_of>(form.value); row != nullptr && form.row) {
        // A row is NULL if all its fields are, and not NULL if none is.
        std::vector<std::string> parts;
        for (const expression_ptr& each : row->fields) {
            TRY_ASSIGN(const std::string one, expression(*each));
            parts.push_back(fmt::format("({} IS {}NULL)", one, form.negated ? "NOT " : ""));
        }
        return parts.empty() ? "true" : fmt::format("({})", fmt::join(parts, " AND "));
    }
    TRY_ASSIGN(const std::string one, expression(*form.value));
    return fmt::format("({} IS {}NULL)", one, form.negated ? "NOT " : "");
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const boolean_test& form) {
    TRY_ASSIGN(const std::string one, expression(*form.value));
    const std::string_view no = form.negated ? "NOT " : "";
    switch (form.of) {
        case truth::yes:
            return fmt::format("({} IS {}DISTINCT FROM true)", one, form.negated ? "" : "NOT ");
        case truth::no:
            return fmt::format("({} IS {}DISTINCT FROM false)", one, form.negated ? "" : "NOT ");
        default:
            return fmt::format("({} IS {}NULL)", one, no);
    }
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const case_of& form) {
    std::vector<const analysis::expression*> values;
    for (const case_branch& each : form.branches) {
        values.push_back(each.value.get());
    }
    values.push_back(form.otherwise.get());
    std::vector<std::string> texts;
    TRY(united(values, texts));
    if (form.operand) {
        TRY_ASSIGN(std::string operand, expression(*form.operand));
        case_operands_.push_back(std::move(operand));
    }
    std::string made = "CASE";
    for (std::size_t i = 0; i < form.branches.size(); ++i) {
        TRY_ASSIGN(const std::string condition, expression(*form.branches[i].condition));
        made += fmt::format(" WHEN {} THEN {}", condition, texts[i]);
    }
    if (form.operand) {
        case_operands_.pop_back();
    }
    return made + fmt::format(" ELSE {} END", texts.back());
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const case_operand& /*form*/) {
    if (case_operands_.empty()) {
        return not_written("an operand outside of CASE");
    }
    return case_operands_.back();
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const coalesce& form) {
    std::vector<const analysis::expression*> values;
    for (const expression_ptr& each : form.arguments) {
        values.push_back(each.get());
    }
    std::vector<std::string> texts;
    TRY(united(values, texts));
    return fmt::format("coalesce({})", fmt::join(texts, ", "));
}

query_writer::text query_writer::form_text(const analysis::expression& value, const extreme& form) {
    if (needs_key(value.type, forms_.of(value, loose_ > 0))) {
        std::vector<std::string> texts;
        for (const expression_ptr& each : form.arguments) {
            TRY_ASSIGN(std::string one, as_form(*each, text_form));
            texts.push_back(std::move(one));
        }
        return fmt::format("sluice_numeric_{}([{}])", form.greatest ? "greatest" : "least", fmt::join(texts, ", "));
    }
    std::vector<const analysis::expression*> values;
    for (const expression_ptr& each : form.arguments) {
        values.push_back(each.get());
    }
    std::vector<std::string> texts;
    TRY(united(values, texts));
    return fmt::format("{}({})", form.greatest ? "greatest" : "least", fmt::join(texts, ", "));
}

query_writer::text query_writer::form_text(const analysis::expression& value, const array_of& form) {
    const oid element = element_type(types_, value.type.type);
    if (form.elements.empty()) {
        return fmt::format("CAST([] AS {})", engine_type_of(types_, value.type));
    }
    std::vector<const analysis::expression*> values;
    for (const expression_ptr& each : form.elements) {
        values.push_back(each.get());
    }
    std::vector<std::string> texts;
    TRY(united(values, texts));
    (void)element;
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const row_of& form) {
    TRY_ASSIGN(const std::string fields, list(form.fields));
    return fmt::format("row({})", fields);
}

query_writer::text query_writer::form_text(const analysis::expression& value, const subscripted& form) {
    TRY_ASSIGN(std::string made, expression(*form.value));
    if (form.value->type.type == type_oids::jsonb) {
        for (const subscript& each : form.subscripts) {
            TRY_ASSIGN(const std::string index, expression(*each.upper));
            made = fmt::format("sluice_json_subscript({}, CAST({} AS VARCHAR))", made, index);
        }
        return made;
    }
    const bool slice = std::ranges::any_of(form.subscripts, &subscript::slice);
    for (const subscript& each : form.subscripts) {
        if (slice) {
            std::string lower = "1";
            std::string upper = "2147483647";
            if (each.lower) {
                TRY_ASSIGN(lower, expression(*each.lower));
            }
            if (each.upper) {
                TRY_ASSIGN(upper, expression(*each.upper));
            }
            // DuckDB counts negative bounds from the end.
            made = fmt::format("list_slice({}, greatest({}, 1), greatest({}, 0))", made, lower, upper);
            continue;
        }
        TRY_ASSIGN(const std::string index, expression(*each.upper));
        const auto* const number = as<constant>(each.upper);
        const bool positive =
            number != nullptr && number->text && !number->text->starts_with('-') && *number->text != "0";
        made = positive ? fmt::format("list_extract({}, {})", made, index)
                        : fmt::format("(CASE WHEN {} > 0 THEN list_extract({}, {}) END)", index, made, index);
    }
    (void)value;
    return made;
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const field_of& form) {
    TRY_ASSIGN(const std::string one, expression(*form.value));
    return fmt::format("struct_extract({}, {})", one, form.index + 1);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const session_value& form) {
    switch (form.what) {
        case session_value_kind::current_date:
            return "CAST(now() AS DATE)";
        case session_value_kind::current_time:
            return "CAST(now() AS TIME WITH TIME ZONE)";
        case session_value_kind::current_timestamp:
            return "now()";
        case session_value_kind::local_time:
            return "CAST(CAST(now() AS TIMESTAMP) AS TIME)";
        case session_value_kind::local_timestamp:
            return "CAST(now() AS TIMESTAMP)";
        case session_value_kind::current_catalog:
            return postgres::quote_literal(params_.database);
        case session_value_kind::current_schema:
            return "current_schema()";
        default:
            return postgres::quote_literal(params_.user);
    }
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const grouping& form) {
    TRY_ASSIGN(const std::string arguments, list(form.arguments));
    return fmt::format("CAST(grouping({}) AS INTEGER)", arguments);
}

// All collations order by bytes.
query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const collated& form) {
    constexpr auto known = std::to_array<std::string_view>({"C", "POSIX", "default", "ucs_basic", "C.UTF-8", "C.utf8"});
    if (std::ranges::find(known, form.collation) == known.end()) {
        return not_written("another collation");
    }
    return expression(*form.value);
}

query_writer::text query_writer::form_text(const analysis::expression& /*value*/, const set_default& /*form*/) {
    return "DEFAULT";
}

query_writer::text query_writer::form_text(const analysis::expression& value, const subquery& form) {
    if (form.kind == subquery_kind::any || form.kind == subquery_kind::all) {
        std::vector<number_form> wanted;
        std::vector<std::string> lefts;
        const std::vector<number_form>& columns = forms_.of(*form.select);
        bool keyed = false;
        for (std::size_t i = 0; i < form.left.size(); ++i) {
            const number_form left = forms_.of(*form.left[i]);
            number_form both = left;
            if (left.is != number_form::kind::other) {
                both = number_forms::united({left, columns[i]}, true);
                keyed = keyed || !both.is_decimal();
            }
            wanted.push_back(both);
            TRY_ASSIGN(std::string one, as_form(*form.left[i], both));
            lefts.push_back(std::move(one));
        }
        if (keyed) {
            return not_written("a comparison of numbers without a scale with a sub-query");
        }
        TRY_ASSIGN(const std::string inner, select_text(*form.select, &wanted));
        const std::string left = lefts.size() == 1 ? lefts.front() : fmt::format("row({})", fmt::join(lefts, ", "));
        const bool all_of_them = form.kind == subquery_kind::all;
        if (lefts.size() > 1 && !(form.symbol == "=" && !all_of_them) && !(form.symbol == "<>" && all_of_them)) {
            return not_written("a comparison of rows with a sub-query");
        }
        const std::string left_list = lefts.size() == 1 ? left : fmt::format("({})", fmt::join(lefts, ", "));
        if (form.symbol == "=" && !all_of_them) {
            return fmt::format("({} IN ({}))", left_list, inner);
        }
        if (form.symbol == "<>" && all_of_them) {
            return fmt::format("({} NOT IN ({}))", left_list, inner);
        }
        constexpr auto plain = std::to_array<std::string_view>({"=", "<>", "<", "<=", ">", ">="});
        if (std::ranges::find(plain, form.symbol) == plain.end()) {
            return not_written("an operator on a sub-query");
        }
        return fmt::format("({} {} {} ({}))", left, form.symbol, all_of_them ? "ALL" : "ANY", inner);
    }
    TRY_ASSIGN(const std::string inner, select_text(*form.select));
    switch (form.kind) {
        case subquery_kind::exists:
            return fmt::format("EXISTS ({})", inner);
        case subquery_kind::array:
            return fmt::format("coalesce(ARRAY({}), CAST([] AS {}))", inner, engine_type_of(types_, value.type));
        default:
            return fmt::format("({})", inner);
    }
}

}  // namespace sluice::duckdb
