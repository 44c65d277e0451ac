#include "postgres/types/types.hpp"

#include <algorithm>
#include <array>

#include "base/text/ascii.hpp"

namespace sluice::postgres {

namespace {

constexpr type_facts type(oid number, oid array, std::string_view name, std::string_view sql_name,
                          std::int16_t size_bytes, char category) {
    return {.number = number,
            .array = array,
            .name = name,
            .sql_name = sql_name,
            .size_bytes = size_bytes,
            .category = category};
}

constexpr auto types = std::to_array<type_facts>({
    type(type_oids::boolean, 1000, "bool", "boolean", 1, 'B'),
    type(type_oids::bytea, 1001, "bytea", "bytea", -1, 'U'),
    type(type_oids::single_char, 1002, "char", "\"char\"", 1, 'Z'),
    type(type_oids::name, 1003, "name", "name", 64, 'S'),
    type(type_oids::int8, 1016, "int8", "bigint", 8, 'N'),
    type(type_oids::int2, 1005, "int2", "smallint", 2, 'N'),
    type(type_oids::int4, 1007, "int4", "integer", 4, 'N'),
    type(type_oids::regproc, 1008, "regproc", "regproc", 4, 'N'),
    type(type_oids::text, 1009, "text", "text", -1, 'S'),
    type(type_oids::object_id, 1028, "oid", "oid", 4, 'N'),
    type(type_oids::tid, 1010, "tid", "tid", 6, 'U'),
    type(type_oids::json, 199, "json", "json", -1, 'U'),
    type(type_oids::float4, 1021, "float4", "real", 4, 'N'),
    type(type_oids::float8, 1022, "float8", "double precision", 8, 'N'),
    type(type_oids::unknown, 0, "unknown", "unknown", -2, 'X'),
    type(type_oids::bpchar, 1014, "bpchar", "character", -1, 'S'),
    type(type_oids::varchar, 1015, "varchar", "character varying", -1, 'S'),
    type(type_oids::date, 1182, "date", "date", 4, 'D'),
    type(type_oids::time, 1183, "time", "time without time zone", 8, 'D'),
    type(type_oids::timestamp, 1115, "timestamp", "timestamp without time zone", 8, 'D'),
    type(type_oids::timestamptz, 1185, "timestamptz", "timestamp with time zone", 8, 'D'),
    type(type_oids::interval, 1187, "interval", "interval", 16, 'T'),
    type(type_oids::timetz, 1270, "timetz", "time with time zone", 12, 'D'),
    type(type_oids::bit, 1561, "bit", "bit", -1, 'V'),
    type(type_oids::varbit, 1563, "varbit", "bit varying", -1, 'V'),
    type(type_oids::numeric, 1231, "numeric", "numeric", -1, 'N'),
    type(type_oids::regclass, 2210, "regclass", "regclass", 4, 'N'),
    type(type_oids::regtype, 2211, "regtype", "regtype", 4, 'N'),
    type(type_oids::uuid, 2951, "uuid", "uuid", 16, 'U'),
    type(type_oids::jsonb, 3807, "jsonb", "jsonb", -1, 'U'),
});
static_assert(std::ranges::is_sorted(types, {}, &type_facts::number));

struct spelling {
    std::string_view name;
    std::string_view meant;
};
// Other spellings in PostgreSQL's grammar.
constexpr auto spellings = std::to_array<spelling>({
    {.name = "char", .meant = "bpchar"},
    {.name = "decimal", .meant = "numeric"},
    {.name = "float", .meant = "float8"},
    {.name = "int", .meant = "int4"},
});

}  // namespace

std::span<const type_facts> all_types() {
    return types;
}

const type_facts* find_type(oid number) {
    const auto* const found = std::ranges::lower_bound(types, number, {}, &type_facts::number);
    return found == types.end() || found->number != number ? nullptr : found;
}

const type_facts* find_type(std::string_view lower) {
    const auto* const spelled = std::ranges::find(spellings, lower, &spelling::name);
    const std::string_view name = spelled == spellings.end() ? lower : spelled->meant;
    const auto* const found = std::ranges::find_if(
        types, [name](const type_facts& each) { return each.name == name || each.sql_name == name; });
    return found == types.end() ? nullptr : found;
}

const type_facts* find_element_type(oid array) {
    const auto* const found = array == 0 ? types.end() : std::ranges::find(types, array, &type_facts::array);
    return found == types.end() ? nullptr : found;
}

oid array_type_of(oid element) {
    const type_facts* const found = find_type(element);
    return found == nullptr ? 0 : found->array;
}

std::optional<oid> type_oid_of_name(std::string_view name) {
    std::string lower = base::lower_case(name);
    constexpr std::string_view catalog = "pg_catalog.";
    if (lower.starts_with(catalog)) {
        lower.erase(0, catalog.size());
    }
    const bool quoted_char = lower == "\"char\"";
    std::erase(lower, '"');
    std::string_view element = lower;
    const bool brackets = element.ends_with("[]");
    const bool array = brackets || element.starts_with('_');
    element = brackets ? element.substr(0, element.size() - 2) : element.substr(array ? 1 : 0);
    const type_facts* found = quoted_char ? find_type(type_oids::single_char) : find_type(element);
    if (found == nullptr || (array && found->array == 0)) {
        return std::nullopt;
    }
    return array ? found->array : found->number;
}

std::optional<std::string> type_name_of_oid(oid number) {
    if (const type_facts* const found = find_type(number)) {
        return std::string(found->sql_name);
    }
    if (const type_facts* const element = find_element_type(number)) {
        return std::string(element->sql_name) + "[]";
    }
    return std::nullopt;
}

}  // namespace sluice::postgres
