// Names of types in SQL: numeric(10, 2), timestamp(3) with time zone, text[], public.mood.
#include <algorithm>
#include <array>
#include <charconv>
#include <expected>
#include <fmt/format.h>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr std::int64_t second_digits_max = 6;
constexpr std::int32_t interval_full_range = 0x7fff;
constexpr std::int32_t interval_full_precision = 0xffff;

std::string written(const PgQuery__TypeName& name) {
    std::string text;
    for (const std::string& each : names_of(list_of(name.names, name.n_names))) {
        text += text.empty() ? "" : ".";
        text += each;
    }
    return text;
}

std::optional<std::int64_t> integer_of(const node* each) {
    if (!is(each, PG_QUERY__NODE__NODE_A_CONST)) {
        return std::nullopt;
    }
    const PgQuery__AConst& value = *each->a_const;
    if (value.val_case == PG_QUERY__A__CONST__VAL_IVAL) {
        return value.ival->ival;
    }
    if (value.val_case == PG_QUERY__A__CONST__VAL_SVAL) {
        const std::string_view text = text_of(value.sval->sval);
        std::int64_t number = 0;
        const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
        return status == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
    }
    return std::nullopt;
}

// A modifier, or what is wrong with its numbers; an empty text: the type has none.
using modifier = std::expected<std::int32_t, std::string>;

modifier length_modifier(std::string_view type, const std::vector<std::int64_t>& numbers, std::int64_t longest,
                         std::int32_t header) {
    if (numbers.size() != 1) {
        return std::unexpected("invalid type modifier");
    }
    if (numbers.front() < 1) {
        return std::unexpected(fmt::format("length for type {} must be at least 1", type));
    }
    if (numbers.front() > longest) {
        return std::unexpected(fmt::format("length for type {} cannot exceed {}", type, longest));
    }
    return static_cast<std::int32_t>(numbers.front()) + header;
}

modifier numeric_modifier(const std::vector<std::int64_t>& numbers) {
    if (numbers.size() > 2) {
        return std::unexpected("invalid NUMERIC type modifier");
    }
    const std::int64_t precision = numbers.front();
    const std::int64_t scale = numbers.size() == 2 ? numbers[1] : 0;
    if (precision < 1 || precision > 1000) {
        return std::unexpected(fmt::format("NUMERIC precision {} must be between 1 and 1000", precision));
    }
    if (scale < -1000 || scale > 1000) {
        return std::unexpected(fmt::format("NUMERIC scale {} must be between -1000 and 1000", scale));
    }
    return static_cast<std::int32_t>(((precision << 16) | (scale & 0x7ff)) + 4);
}

modifier precision_modifier(std::string_view type, const std::vector<std::int64_t>& numbers) {
    if (numbers.size() != 1) {
        return std::unexpected("invalid type modifier");
    }
    if (numbers.front() < 0) {
        return std::unexpected(fmt::format("{}({}) precision must not be negative", type, numbers.front()));
    }
    return static_cast<std::int32_t>(std::min(numbers.front(), second_digits_max));
}

modifier interval_modifier(const std::vector<std::int64_t>& numbers) {
    const std::int64_t fields = numbers.front();
    const std::int64_t precision = numbers.size() > 1 ? numbers[1] : interval_full_precision;
    if (precision < 0) {
        return std::unexpected(fmt::format("INTERVAL({}) precision must not be negative", precision));
    }
    if (fields == interval_full_range && precision == interval_full_precision) {
        return -1;
    }
    const std::int64_t kept = precision == interval_full_precision ? precision : std::min(precision, second_digits_max);
    return static_cast<std::int32_t>((fields & interval_full_range) << 16 | kept);
}

modifier modifier_from(oid type, const std::vector<std::int64_t>& numbers) {
    constexpr std::int64_t characters_max = 10485760;
    constexpr std::int64_t bits_max = 83886080;
    switch (type) {
        case type_oids::bpchar:
            return length_modifier("char", numbers, characters_max, 4);
        case type_oids::varchar:
            return length_modifier("varchar", numbers, characters_max, 4);
        case type_oids::bit:
            return length_modifier("bit", numbers, bits_max, 0);
        case type_oids::varbit:
            return length_modifier("varbit", numbers, bits_max, 0);
        case type_oids::numeric:
            return numeric_modifier(numbers);
        case type_oids::time:
        case type_oids::timetz:
            return precision_modifier("TIME", numbers);
        case type_oids::timestamp:
        case type_oids::timestamptz:
            return precision_modifier("TIMESTAMP", numbers);
        case type_oids::interval:
            return interval_modifier(numbers);
        default:
            return std::unexpected(std::string());
    }
}

}  // namespace

result<typed> analyser::named_type(const PgQuery__TypeName& name) {
    const std::vector<std::string> names = names_of(list_of(name.names, name.n_names));
    if (names.empty() || name.pct_type) {
        return not_analysed("the type of a column");
    }
    const bool builtin_schema = names.size() == 2 && names[0] == "pg_catalog";
    if (names.size() == 1 || builtin_schema) {
        const type_row* const found = find_type(names.back());
        if (found != nullptr && found->kind != 'c') {
            return typed{.type = found->number};
        }
    }
    TRY_ASSIGN(const type_row* found,
               data_.find_named_type(names.size() > 1 ? std::string_view(names[names.size() - 2]) : std::string_view(),
                                     names.back()));
    if (found == nullptr) {
        return fail_at(name.location, sqlstates::undefined_object,
                       fmt::format("type \"{}\" does not exist", written(name)));
    }
    return typed{.type = found->number};
}

result<std::int32_t> analyser::modifier_of(const PgQuery__TypeName& name, oid type) {
    const node_list given = list_of(name.typmods, name.n_typmods);
    if (given.empty()) {
        return -1;
    }
    std::vector<std::int64_t> numbers;
    for (const node* each : given) {
        const auto number = integer_of(each);
        if (!number) {
            return fail_at(name.location, sqlstates::syntax_error,
                           "type modifiers must be simple constants or identifiers");
        }
        numbers.push_back(*number);
    }
    const auto made = modifier_from(type, numbers);
    if (made) {
        return *made;
    }
    return made.error().empty() ? fail_at(name.location, sqlstates::syntax_error,
                                          fmt::format("type modifier is not allowed for type \"{}\"", written(name)))
                                : fail_at(name.location, sqlstates::invalid_parameter_value, made.error());
}

result<typed> analyser::type_of(const PgQuery__TypeName& name) {
    TRY_ASSIGN(typed type, named_type(name));
    if (type.modifier < 0) {
        TRY_ASSIGN(type.modifier, modifier_of(name, type.type));
    }
    if (name.n_array_bounds > 0) {
        const oid array = array_type(data_, type.type);
        if (array == 0) {
            return fail_at(name.location, sqlstates::undefined_object,
                           fmt::format("could not find array type for data type {}", type_text(type)));
        }
        type.type = array;
    }
    return type;
}

}  // namespace sluice::analysis
