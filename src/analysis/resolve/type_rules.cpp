#include "analysis/resolve/type_rules.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

constexpr oid int2vector = 22;
constexpr oid oidvector = 30;

constexpr int enough_rank(cast_context context) {
    return static_cast<int>(context);
}
constexpr int rank_of(char context) {
    return context == 'i' ? 0 : context == 'a' ? 1 : 2;
}

bool is_composite(const type_source& types, oid type) {
    const type_row* const found = types.find(type);
    return type == pseudo::record || (found != nullptr && found->kind == 'c');
}

std::string with_modifier(std::string_view name, oid type, std::int32_t modifier) {
    const std::int32_t size = modifier - 4;
    switch (type) {
        case type_oids::bpchar:
        case type_oids::varchar:
            return fmt::format("{}({})", name, size);
        case type_oids::numeric:
            return fmt::format("{}({},{})", name, (size >> 16) & 0xffff, ((size & 0x7ff) ^ 1024) - 1024);
        case type_oids::bit:
        case type_oids::varbit:
            return fmt::format("{}({})", name, modifier);
        case type_oids::time:
        case type_oids::timetz:
        case type_oids::timestamp:
        case type_oids::timestamptz: {
            const std::size_t blank = name.find(' ');
            return fmt::format("{}({}){}", name.substr(0, blank), modifier, name.substr(blank));
        }
        default:
            return std::string(name);
    }
}

std::string interval_name(std::int32_t modifier) {
    constexpr auto fields = std::to_array<std::pair<std::int32_t, std::string_view>>({
        {1 << 2, " year"},
        {1 << 1, " month"},
        {1 << 3, " day"},
        {1 << 10, " hour"},
        {1 << 11, " minute"},
        {1 << 12, " second"},
        {(1 << 2) | (1 << 1), " year to month"},
        {(1 << 3) | (1 << 10), " day to hour"},
        {(1 << 3) | (1 << 10) | (1 << 11), " day to minute"},
        {(1 << 3) | (1 << 10) | (1 << 11) | (1 << 12), " day to second"},
        {(1 << 10) | (1 << 11), " hour to minute"},
        {(1 << 10) | (1 << 11) | (1 << 12), " hour to second"},
        {(1 << 11) | (1 << 12), " minute to second"},
    });
    std::string name = "interval";
    const auto* const found =
        std::ranges::find(fields, (modifier >> 16) & 0x7fff, &std::pair<std::int32_t, std::string_view>::first);
    name += found == fields.end() ? "" : found->second;
    const std::int32_t precision = modifier & 0xffff;
    return precision == 0xffff ? name : fmt::format("{}({})", name, precision);
}

bool is_binary_coercible(const type_source& types, oid source, oid target) {
    source = without_domain(types, {.type = source}).type;
    if (source == target || target == pseudo::any || target == pseudo::anyelement || target == pseudo::anycompatible) {
        return true;
    }
    if (target == pseudo::anyarray || target == pseudo::anycompatiblearray) {
        return element_type(types, source) != 0;
    }
    if (target == pseudo::record) {
        return is_composite(types, source);
    }
    if (target == pseudo::record_array) {
        return is_composite(types, element_type(types, source));
    }
    const cast_row* const cast = find_cast(source, target);
    return cast != nullptr && cast->method == 'b' && cast->context == 'i';
}

}  // namespace

bool is_polymorphic(oid type) {
    constexpr auto all = std::to_array<oid>({pseudo::anyarray, pseudo::anyelement, pseudo::anynonarray, pseudo::anyenum,
                                             pseudo::anyrange, pseudo::anymultirange, pseudo::anycompatible,
                                             pseudo::anycompatiblearray, pseudo::anycompatiblenonarray,
                                             pseudo::anycompatiblerange, pseudo::anycompatiblemultirange});
    return std::ranges::find(all, type) != all.end();
}

bool is_string_type(const type_source& types, oid type) {
    const type_row* const found = types.find(type);
    return found != nullptr && found->category == 'S';
}

typed without_domain(const type_source& types, typed type) {
    const type_row* found = types.find(type.type);
    while (found != nullptr && found->base != 0) {
        type = {.type = found->base, .modifier = found->base_modifier};
        found = types.find(type.type);
    }
    return type;
}

oid element_type(const type_source& types, oid array) {
    const type_row* const found = types.find(without_domain(types, {.type = array}).type);
    return found != nullptr && found->category == 'A' ? found->element : 0;
}

oid array_type(const type_source& types, oid element) {
    const type_row* const found = types.find(element);
    return found == nullptr ? 0 : found->array;
}

std::string type_name(const type_source& types, typed type) {
    const type_row* const found = types.find(type.type);
    if (found == nullptr) {
        return "???";
    }
    if (found->category == 'A' && found->size_bytes == -1 && found->name.starts_with('_')) {
        return type_name(types, {.type = found->element, .modifier = type.modifier}) + "[]";
    }
    if (type.type == type_oids::interval && type.modifier >= 0) {
        return interval_name(type.modifier);
    }
    if (type.type == type_oids::bpchar && type.modifier < 0) {
        return "character";
    }
    const postgres::type_facts* const known = postgres::find_type(type.type);
    const std::string_view name = known == nullptr ? found->name : known->sql_name;
    return type.modifier < 0 ? std::string(name) : with_modifier(name, type.type, type.modifier);
}

std::optional<conversion> find_conversion(const type_source& types, oid source, oid target, cast_context context) {
    source = without_domain(types, {.type = source}).type;
    target = without_domain(types, {.type = target}).type;
    if (source == target) {
        return conversion{};
    }
    if (const cast_row* const cast = find_cast(source, target)) {
        if (rank_of(cast->context) > enough_rank(context)) {
            return std::nullopt;
        }
        switch (cast->method) {
            case 'b':
                return conversion{};
            case 'f':
                return conversion{.method = cast_method::function, .function = find_function(cast->function)};
            default:
                return conversion{.method = cast_method::text};
        }
    }
    // The vectors of the catalog would take what real arrays are meant for.
    const bool vector = target == int2vector || target == oidvector;
    const oid from = element_type(types, source);
    const oid into = vector ? 0 : element_type(types, target);
    if (from != 0 && into != 0) {
        return find_conversion(types, from, into, context) ? std::optional(conversion{.method = cast_method::array})
                                                           : std::nullopt;
    }
    if (is_composite(types, source) && is_composite(types, target)) {
        return target == pseudo::record || context == cast_context::explicit_cast || source == pseudo::record
                   ? std::optional(conversion{})
                   : std::nullopt;
    }
    const bool prints = is_string_type(types, target) && context != cast_context::implicit;
    const bool reads = is_string_type(types, source) && context == cast_context::explicit_cast;
    return prints || reads ? std::optional(conversion{.method = cast_method::text}) : std::nullopt;
}

bool can_convert(const type_source& types, std::span<const oid> given, std::span<const oid> wanted,
                 cast_context context) {
    bool polymorphic = false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i] == wanted[i] || wanted[i] == pseudo::any) {
            continue;
        }
        if (is_polymorphic(wanted[i])) {
            polymorphic = true;
        } else if (given[i] != type_oids::unknown && !is_binary_coercible(types, given[i], wanted[i]) &&
                   !find_conversion(types, given[i], wanted[i], context)) {
            return false;
        }
    }
    if (!polymorphic) {
        return true;
    }
    std::vector<oid> declared(wanted.begin(), wanted.end());
    oid result = 0;
    return resolve_polymorphic(types, given, declared, result);
}

common_type choose_common_type(const type_source& types, std::span<const oid> given) {
    common_type best;
    bool same = true;
    for (const oid each : given) {
        same = same && each == given.front();
    }
    if (same && !given.empty() && given.front() != type_oids::unknown) {
        return {.type = given.front()};
    }
    const type_row* best_row = nullptr;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const oid next = without_domain(types, {.type = given[i]}).type;
        if (next == type_oids::unknown || next == best.type) {
            continue;
        }
        const type_row* const row = types.find(next);
        if (best.type == 0) {
            best.type = next;
            best_row = row;
        } else if (row == nullptr || best_row == nullptr || row->category != best_row->category) {
            return {.type = 0, .clash = i};
        } else if (!best_row->preferred && find_conversion(types, best.type, next, cast_context::implicit) &&
                   !find_conversion(types, next, best.type, cast_context::implicit)) {
            best.type = next;
            best_row = row;
        }
    }
    return best.type == 0 ? common_type{.type = type_oids::text} : best;
}

}  // namespace sluice::analysis
