// PostgreSQL's numeric: DECIMAL where the scale is known, our functions on text where it is not.
#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

std::string type_text(number_form form) {
    return fmt::format("DECIMAL({},{})", form.precision, form.scale);
}

// A number that is a constant of the text; nullopt: it is none.
std::optional<int> constant_integer(const analysis::expression& value) {
    const auto* const literal = as<constant>(value);
    const auto* const converted = as<cast>(value);
    if (literal == nullptr && converted != nullptr) {
        return constant_integer(*converted->value);
    }
    if (literal == nullptr || !literal->text) {
        return std::nullopt;
    }
    int number = 0;
    const auto [end, status] =
        std::from_chars(literal->text->data(), literal->text->data() + literal->text->size(), number);
    return status == std::errc{} && end == literal->text->data() + literal->text->size() ? std::optional(number)
                                                                                         : std::nullopt;
}

}  // namespace

bool query_writer::is_number(const analysis::expression& value) {
    return value.type.type == type_oids::numeric;
}

std::string query_writer::change_form(std::string text, number_form from, number_form to) {
    if (from == to || to.is == number_form::kind::null || to.is == number_form::kind::other ||
        from.is == number_form::kind::other) {
        return text;
    }
    if (to.is_text()) {
        return fmt::format("CAST({} AS VARCHAR)", text);
    }
    return fmt::format("CAST({} AS {})", text, type_text(to));
}

// + - * of two numbers.
query_writer::text query_writer::arithmetic(const analysis::expression& value, const function_call& call) {
    const std::string_view name = call.function->name;
    const char symbol = name == "numeric_add" ? '+' : name == "numeric_sub" ? '-' : '*';
    const bool loose = loose_ > 0;
    const number_form form = forms_.of(value, loose);
    const number_form left = forms_.of(*call.arguments[0], loose);
    const number_form right = forms_.of(*call.arguments[1], loose);
    TRY_ASSIGN(std::string left_text, expression(*call.arguments[0]));
    TRY_ASSIGN(std::string right_text, expression(*call.arguments[1]));
    if (!form.is_text()) {
        return fmt::format("({} {} {})", left_text, symbol, right_text);
    }
    return fmt::format("sluice_{}({}, {})", name, change_form(std::move(left_text), left, text_form),
                       change_form(std::move(right_text), right, text_form));
}

// Functions on numbers whose text depends on the forms; nullopt: the table has it, for texts.
std::optional<query_writer::text> query_writer::number_call(const analysis::expression& value,
                                                            const function_call& call) {
    const std::string_view name = call.function->name;
    if (name == "numeric_add" || name == "numeric_sub" || name == "numeric_mul") {
        return arithmetic(value, call);
    }
    constexpr auto comparisons = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"numeric_eq", "="},
        {"numeric_ne", "<>"},
        {"numeric_lt", "<"},
        {"numeric_le", "<="},
        {"numeric_gt", ">"},
        {"numeric_ge", ">="},
    });
    const auto* const compared =
        std::ranges::find(comparisons, name, &std::pair<std::string_view, std::string_view>::first);
    if (compared != comparisons.end()) {
        return comparison(compared->second, *call.arguments[0], *call.arguments[1]);
    }
    if (call.arguments.empty() || !is_number(*call.arguments[0])) {
        return std::nullopt;
    }
    const number_form form = forms_.of(*call.arguments[0], loose_ > 0);
    if (!form.is_decimal()) {
        return std::nullopt;
    }
    const auto wrap = [&](std::string_view pattern) -> text {
        TRY_ASSIGN(const std::string one, expression(*call.arguments[0]));
        return fmt::format(fmt::runtime(pattern), one);
    };
    if (name == "numeric_uminus") {
        return wrap("(-{})");
    }
    if (name == "numeric_uplus") {
        return wrap("{}");
    }
    if (name == "numeric_abs" || (name == "abs" && call.arguments.size() == 1)) {
        return wrap("abs({})");
    }
    if (name == "round" && form.precision < decimal_digits_max && call.arguments.size() == 2) {
        const auto digits = constant_integer(*call.arguments[1]);
        if (digits && *digits >= 0 && form.precision - form.scale + 1 + *digits <= decimal_digits_max) {
            return wrap(fmt::format("CAST(CAST({{}} AS DECIMAL({0},{1})) AS VARCHAR)",
                                    form.precision - form.scale + 1 + *digits, *digits));
        }
    }
    return std::nullopt;
}

query_writer::text query_writer::number_cast(const analysis::expression& value, const cast& form) {
    const analysis::expression& inner = *form.value;
    const oid from = inner.type.type;
    const number_form wanted = forms_.of(value, loose_ > 0);
    if (form.method == cast_method::length) {
        const number_form given = forms_.of(inner, loose_ > 0);
        TRY_ASSIGN(std::string one, expression(inner));
        if (wanted.is_decimal()) {
            return given.is_text() ? fmt::format("CAST(sluice_numeric_fit({}, {}, {}) AS {})", one, wanted.precision,
                                                 wanted.scale, type_text(wanted))
                                   : fmt::format("CAST({} AS {})", one, type_text(wanted));
        }
        const int precision = ((value.type.modifier - 4) >> 16) & 0xffff;
        const int scale = (((value.type.modifier - 4) & 0x7ff) ^ 1024) - 1024;
        return fmt::format("sluice_numeric_fit({}, {}, {})", change_form(std::move(one), given, text_form), precision,
                           scale);
    }
    if (value.type.type == type_oids::numeric) {
        TRY_ASSIGN(const std::string one, expression(inner));
        switch (from) {
            case type_oids::int2:
            case type_oids::int4:
            case type_oids::int8:
                return fmt::format("CAST({} AS {})", one, type_text(wanted));
            case type_oids::float4:
                return fmt::format("sluice_numeric_of_float4({})", one);
            case type_oids::float8:
                return fmt::format("sluice_numeric_of_float8({})", one);
            case type_oids::jsonb:
                return fmt::format("sluice_numeric_of_jsonb({})", one);
            default:
                return form.method == cast_method::text ? fmt::format("sluice_numeric_in({})", one) : text(one);
        }
    }
    // A number becomes something else.
    const number_form given = forms_.of(inner, loose_ > 0);
    TRY_ASSIGN(const std::string one, expression(inner));
    switch (value.type.type) {
        case type_oids::int2:
        case type_oids::int4:
        case type_oids::int8: {
            const std::string engine = engine_type_of(types_, {.type = value.type.type});
            return given.is_text() ? fmt::format("CAST(sluice_int8_of_numeric({}) AS {})", one, engine)
                                   : fmt::format("CAST({} AS {})", one, engine);
        }
        case type_oids::float4:
        case type_oids::float8:
            return fmt::format("CAST({} AS {})", one, engine_type_of(types_, {.type = value.type.type}));
        default:
            return fmt::format("CAST({} AS VARCHAR)", one);
    }
}

}  // namespace sluice::duckdb
