#include "engines/duckdb/writer/number_forms.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "postgres/parse/decode_numeric.hpp"

namespace sluice::duckdb {
namespace {

namespace type_oids = postgres::type_oids;
using namespace analysis;

using kind = number_form::kind;

constexpr oid numeric_array = 1231;

// The digits that an integer type may need.
std::optional<int> integer_digits(oid type) {
    switch (type) {
        case type_oids::int2:
            return 5;
        case type_oids::int4:
            return 10;
        case type_oids::int8:
            return 19;
        default:
            return std::nullopt;
    }
}

number_form capped(int precision, int scale) {
    return scale > decimal_digits_max ? text_form : decimal_form(std::min(precision, decimal_digits_max), scale);
}

}  // namespace

number_form decimal_form(int precision, int scale) {
    return {.is = kind::decimal, .precision = precision, .scale = scale};
}

number_form form_of_modifier(std::int32_t modifier) {
    if (modifier < 4) {
        return text_form;
    }
    const int precision = ((modifier - 4) >> 16) & 0xffff;
    const int scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
    return precision <= decimal_digits_max && scale >= 0 && scale <= precision ? decimal_form(precision, scale)
                                                                               : text_form;
}

number_form form_of_digits(std::string_view text) {
    const auto number = postgres::decode_numeric_text(text);
    if (!number || number->is != postgres::numeric_value::kind::finite) {
        return text_form;
    }
    const int scale = static_cast<int>(number->scale);
    const int precision = std::max({static_cast<int>(number->digits.size()), scale, 1});
    return precision <= decimal_digits_max ? decimal_form(precision, scale) : text_form;
}

number_form form_of_stored(std::string_view engine_type) {
    while (engine_type.ends_with("[]")) {
        engine_type.remove_suffix(2);
    }
    if (engine_type.starts_with("DECIMAL(")) {
        int precision = 0;
        int scale = 0;
        const std::size_t comma = engine_type.find(',');
        std::from_chars(engine_type.data() + 8, engine_type.data() + comma, precision);
        std::from_chars(engine_type.data() + comma + 1, engine_type.data() + engine_type.size() - 1, scale);
        return decimal_form(precision, scale);
    }
    if (engine_type == "UBIGINT") {
        return decimal_form(20, 0);
    }
    if (engine_type == "HUGEINT" || engine_type == "UHUGEINT") {
        return decimal_form(decimal_digits_max, 0);
    }
    return text_form;
}

number_form number_forms::united(const std::vector<number_form>& forms, bool loose) {
    number_form one{.is = kind::null};
    for (const number_form& each : forms) {
        if (each.is == kind::null || each == one) {
            continue;
        }
        if (one.is == kind::null) {
            one = each;
            continue;
        }
        // The same scale and more digits shows the same text.
        if (!one.is_decimal() || !each.is_decimal() || (!loose && one.scale != each.scale)) {
            return text_form;
        }
        const int scale = std::max(one.scale, each.scale);
        const int whole = std::max(one.precision - one.scale, each.precision - each.scale);
        if (whole + scale > decimal_digits_max) {
            return text_form;
        }
        one = decimal_form(whole + scale, scale);
    }
    return one;
}

number_form number_forms::of_call(const function_call& call, bool loose) {
    const std::string_view name = call.function->name;
    const auto argument = [&](std::size_t i) { return of(*call.arguments[i], loose); };
    if (name == "numeric_uplus" || name == "numeric_uminus" || name == "numeric_abs" || name == "abs" ||
        name == "numeric_larger" || name == "numeric_smaller") {
        return name.ends_with("er") ? united({argument(0), argument(1)}, loose) : argument(0);
    }
    if (call.arguments.size() != 2) {
        return text_form;
    }
    const bool sum = name == "numeric_add" || name == "numeric_sub";
    const bool product = name == "numeric_mul";
    if (!sum && !product) {
        return text_form;
    }
    const number_form left = argument(0);
    const number_form right = argument(1);
    if (left.is == kind::null || right.is == kind::null) {
        return {.is = kind::null};
    }
    if (!left.is_decimal() || !right.is_decimal()) {
        return text_form;
    }
    if (product) {
        return capped(left.precision + right.precision, left.scale + right.scale);
    }
    const int scale = std::max(left.scale, right.scale);
    return capped(std::max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale);
}

number_form number_forms::of_aggregate(const aggregate_call& call) {
    const std::string_view name = call.function == nullptr ? std::string_view() : call.function->name;
    if (name == "sum") {
        const expression& argument = *call.arguments.front();
        if (integer_digits(argument.type.type)) {
            return decimal_form(decimal_digits_max, 0);
        }
        const number_form form = of(argument, true);
        return form.is_decimal() ? decimal_form(decimal_digits_max, form.scale) : text_form;
    }
    const bool one_of_them = name == "min" || name == "max" || name == "first_value" || name == "last_value" ||
                             name == "nth_value" || name == "mode" || name == "array_agg" || name == "percentile_disc";
    const bool shifted = name == "lag" || name == "lead";
    if (shifted && call.arguments.size() == 3) {
        return united({of(*call.arguments[0]), of(*call.arguments[2])}, false);
    }
    return (one_of_them || shifted) && !call.arguments.empty() ? of(*call.arguments.front()) : text_form;
}

number_form number_forms::of_cast(const expression& value, const cast& cast, bool loose) {
    if (cast.method == cast_method::length) {
        return form_of_modifier(value.type.modifier);
    }
    const oid from = cast.value->type.type;
    if (const auto digits = integer_digits(from)) {
        const auto* const literal = as<constant>(cast.value);
        return literal != nullptr && literal->text ? form_of_digits(*literal->text) : decimal_form(*digits, 0);
    }
    return from == type_oids::numeric || from == numeric_array ? of(*cast.value, loose) : text_form;
}

number_form number_forms::of(const expression& value, bool loose) {
    if (value.type.type != type_oids::numeric && value.type.type != numeric_array) {
        return {};
    }
    const auto all = [&](const expressions& list) {
        std::vector<number_form> forms;
        for (const expression_ptr& each : list) {
            forms.push_back(of(*each, loose));
        }
        return forms;
    };
    if (const auto* const literal = as<constant>(value)) {
        if (!literal->text) {
            return {.is = kind::null};
        }
        return value.type.type == numeric_array ? text_form : form_of_digits(*literal->text);
    }
    if (const auto* const column = as<column_reference>(value)) {
        return of(*column->from)[column->index];
    }
    if (const auto* const call = as<function_call>(value)) {
        return of_call(*call, loose);
    }
    if (const auto* const call = as<aggregate_call>(value)) {
        return of_aggregate(*call);
    }
    if (const auto* const converted = as<cast>(value)) {
        return of_cast(value, *converted, loose);
    }
    if (const auto* const branches = as<case_of>(value)) {
        std::vector<number_form> forms;
        for (const case_branch& each : branches->branches) {
            forms.push_back(of(*each.value, loose));
        }
        forms.push_back(branches->otherwise ? of(*branches->otherwise, loose) : number_form{.is = kind::null});
        return united(forms, loose);
    }
    if (const auto* const first = as<coalesce>(value)) {
        return united(all(first->arguments), loose);
    }
    if (const auto* const best = as<extreme>(value)) {
        return united(all(best->arguments), loose);
    }
    if (const auto* const maybe = as<null_if>(value)) {
        return of(*maybe->left, loose);
    }
    if (const auto* const list = as<array_of>(value)) {
        return united(all(list->elements), loose);
    }
    if (const auto* const part = as<subscripted>(value)) {
        return of(*part->value, loose);
    }
    if (const auto* const inner = as<subquery>(value)) {
        return of(*inner->select).front();
    }
    if (const auto* const many = as<expansion>(value)) {
        const auto* const call = as<function_call>(*many->call);
        return call != nullptr && call->function->name == "unnest" ? of(*call->arguments.front()) : text_form;
    }
    return text_form;
}

const std::vector<number_form>& number_forms::of(const query& select) {
    if (const auto known = queries_.find(&select); known != queries_.end()) {
        return known->second;
    }
    std::vector<number_form> forms;
    if (select.operation) {
        const std::vector<number_form> left = of(*select.operation->left);
        const std::vector<number_form> right = of(*select.operation->right);
        for (std::size_t i = 0; i < left.size(); ++i) {
            forms.push_back(left[i].is == kind::other ? left[i] : united({left[i], right[i]}, false));
        }
    } else if (select.values) {
        for (std::size_t column = 0; column < select.values->front().size(); ++column) {
            std::vector<number_form> rows;
            for (const expressions& row : *select.values) {
                rows.push_back(of(*row[column]));
            }
            forms.push_back(rows.front().is == kind::other ? rows.front() : united(rows, false));
        }
    } else {
        for (const target& each : select.targets) {
            if (!each.hidden) {
                forms.push_back(of(*each.value));
            }
        }
    }
    // NULL alone is text.
    std::ranges::replace(forms, number_form{.is = kind::null}, text_form);
    for (const auto& each : select.sources) {
        if (std::holds_alternative<operation_source>(each->what)) {
            sources_.emplace(each.get(), forms);  // the result's columns, as ORDER BY sees them
        }
    }
    return queries_.emplace(&select, std::move(forms)).first->second;
}

const std::vector<number_form>& number_forms::of(const source& from) {
    if (const auto known = sources_.find(&from); known != sources_.end()) {
        return known->second;
    }
    std::vector<number_form> forms;
    if (const auto* const inner = std::get_if<query_source>(&from.what)) {
        forms = of(*inner->select);
    } else if (const auto* const common = std::get_if<common_source>(&from.what)) {
        if (common->table->recursive || !common->table->body) {
            forms.assign(from.columns.size(), text_form);
        } else {
            forms = of(*common->table->body);
        }
    } else {
        for (const source_column& each : from.columns) {
            forms.push_back(each.stored.empty() ? form_of_modifier(each.type.modifier) : form_of_stored(each.stored));
        }
    }
    return sources_.emplace(&from, std::move(forms)).first->second;
}

}  // namespace sluice::duckdb
