// Conversions that a place asks of an expression.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr sqlstate ambiguous_parameter{"42P08"};

bool takes_any(oid wanted) {
    return wanted == pseudo::any || is_polymorphic(wanted);
}

}  // namespace

bool analyser::coercible(const expression& value, typed wanted, cast_context context) const {
    const oid given = value.type.type;
    return can_convert(data_, std::span(&given, 1), std::span(&wanted.type, 1), context) &&
           (!takes_any(wanted.type) || given != 0);
}

analyser::made analyser::coerce(expression_ptr value, typed wanted, cast_context context, std::int32_t place) {
    if (!coercible(*value, wanted, context)) {
        if (context == cast_context::explicit_cast) {
            return fail_at(place >= 0 ? place : value->place, sqlstates::cannot_coerce,
                           fmt::format("cannot cast type {} to {}", type_text({.type = value->type.type}),
                                       type_text({.type = wanted.type})));
        }
        return fail_at(
            value->place, sqlstates::datatype_mismatch,
            fmt::format("expression is of type {} where {} is needed", type_text(value->type), type_text(wanted)));
    }
    TRY_ASSIGN(expression_ptr made, converted(std::move(value), wanted, context, place));
    return with_modifier(std::move(made), wanted, context, place);
}

// The value as one of the type, whatever its modifier.
analyser::made analyser::converted(expression_ptr value, typed wanted, cast_context context, std::int32_t place) {
    const oid given = value->type.type;
    if (given == wanted.type || takes_any(wanted.type)) {
        return value;
    }
    if (given == type_oids::unknown) {
        const typed base = without_domain(data_, {.type = wanted.type});
        if (auto* const literal = as<constant>(value)) {
            // An interval's text is read with the modifier: '1' as an interval day.
            value->type = {.type = base.type, .modifier = base.type == type_oids::interval ? wanted.modifier : -1};
            (void)literal;
            if (base.type != wanted.type) {
                const std::int32_t at = value->place;
                value = make_expression(
                    {.type = wanted.type}, at,
                    cast{.value = std::move(value), .method = cast_method::relabel, .context = context});
            }
            return value;
        }
        if (const auto* const asked = as<parameter>(value)) {
            typed& known = parameters_[static_cast<std::size_t>(asked->number) - 1];
            if (known.type == 0) {
                known = {.type = base.type};
            } else if (known.type != base.type) {
                error cause = fail_at(value->place, ambiguous_parameter,
                                      fmt::format("inconsistent types deduced for parameter ${}", asked->number))
                                  .error();
                cause.detail = fmt::format("{} versus {}", type_text(known), type_text(base));
                return fail(std::move(cause));
            }
            value->type = {.type = base.type};
            return value;
        }
        if (auto* const text = as<collated>(value)) {
            TRY_ASSIGN(text->value, converted(std::move(text->value), wanted, context, place));
            value->type = text->value->type;
            return value;
        }
        value->type = {.type = type_oids::text};
    }
    const auto how = find_conversion(data_, value->type.type, wanted.type, context);
    if (!how) {
        return fail_at(place, sqlstates::cannot_coerce,
                       fmt::format("cannot cast type {} to {}", type_text({.type = given}), type_text(wanted)));
    }
    const std::int32_t at = place >= 0 ? place : value->place;
    const std::int32_t kept = how->method == cast_method::relabel ? value->type.modifier : -1;
    return make_expression(
        {.type = wanted.type, .modifier = kept}, at,
        cast{.value = std::move(value), .method = how->method, .context = context, .function = how->function});
}

// varchar(3), numeric(10, 2): the value is cut, rounded, or refused.
analyser::made analyser::with_modifier(expression_ptr value, typed wanted, cast_context context, std::int32_t place) {
    const typed base = without_domain(data_, wanted);
    const std::int32_t modifier = wanted.modifier >= 0 ? wanted.modifier : base.modifier;
    if (modifier < 0 || value->type.modifier == modifier) {
        return value;
    }
    const std::int32_t at = place >= 0 ? place : value->place;
    const oid type = value->type.type;
    return make_expression({.type = type, .modifier = modifier}, at,
                           cast{.value = std::move(value), .method = cast_method::length, .context = context});
}

analyser::made analyser::to_boolean(expression_ptr value, std::string_view what) {
    if (!coercible(*value, {.type = type_oids::boolean}, cast_context::assignment)) {
        return fail_at(value->place, sqlstates::datatype_mismatch,
                       fmt::format("argument of {} must be type boolean, not type {}", what, type_text(value->type)));
    }
    return coerce(std::move(value), {.type = type_oids::boolean}, cast_context::assignment, -1);
}

void analyser::settle_unknown(expression_ptr& value) {
    if (value->type.type != type_oids::unknown) {
        return;
    }
    if (auto settled = converted(std::move(value), {.type = type_oids::text}, cast_context::implicit, -1)) {
        value = std::move(*settled);
    }
}

result<oid> analyser::common_type_of(std::span<expression_ptr* const> values, std::string_view what) {
    std::vector<oid> given;
    for (const expression_ptr* each : values) {
        given.push_back((*each)->type.type);
    }
    const common_type found = choose_common_type(data_, given);
    if (found.type == 0) {
        // The type so far is the one of the values in front of it.
        const common_type before = choose_common_type(data_, std::span(given).first(found.clash));
        return fail_at((*values[found.clash])->place, sqlstates::datatype_mismatch,
                       fmt::format("{} types {} and {} cannot be matched", what, type_text({.type = before.type}),
                                   type_text({.type = given[found.clash]})));
    }
    return found.type;
}

result<> analyser::to_common_type(std::span<expression_ptr* const> values, std::string_view what, typed& common) {
    TRY_ASSIGN(common.type, common_type_of(values, what));
    // A modifier stays if all have it.
    common.modifier = values.empty() ? -1 : (*values.front())->type.modifier;
    for (expression_ptr* const each : values) {
        if ((*each)->type.type != common.type || (*each)->type.modifier != common.modifier) {
            common.modifier = -1;
        }
    }
    for (expression_ptr* const each : values) {
        if (!coercible(**each, {.type = common.type}, cast_context::implicit)) {
            return fail_at((*each)->place, sqlstates::cannot_coerce,
                           fmt::format("{} could not convert type {} to {}", what, type_text((*each)->type),
                                       type_text({.type = common.type})));
        }
        TRY_ASSIGN(*each, converted(std::move(*each), {.type = common.type}, cast_context::implicit, -1));
    }
    return {};
}

}  // namespace sluice::analysis
