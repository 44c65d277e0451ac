// Conversions between types.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

constexpr oid numeric_array = 1231;

bool is_text(oid type) {
    return type == type_oids::text || type == type_oids::varchar || type == type_oids::bpchar ||
           type == type_oids::name || type == type_oids::unknown;
}

struct cast_pattern {
    oid from;
    oid into;
    std::string_view pattern;
};
// Casts that CAST does in another way, or not at all.
constexpr auto patterns = std::to_array<cast_pattern>({
    {type_oids::int4, type_oids::boolean, "({} <> 0)"},
    {type_oids::boolean, type_oids::int4, "CAST({} AS INTEGER)"},
    {type_oids::json, type_oids::jsonb, "sluice_jsonb_in(CAST({} AS VARCHAR))"},
    {type_oids::jsonb, type_oids::json, "{}"},
    {type_oids::jsonb, type_oids::boolean, "sluice_bool_of_jsonb({})"},
    {type_oids::jsonb, type_oids::int2, "CAST(sluice_int8_of_numeric(sluice_numeric_of_jsonb({})) AS SMALLINT)"},
    {type_oids::jsonb, type_oids::int4, "CAST(sluice_int8_of_numeric(sluice_numeric_of_jsonb({})) AS INTEGER)"},
    {type_oids::jsonb, type_oids::int8, "sluice_int8_of_numeric(sluice_numeric_of_jsonb({}))"},
    {type_oids::jsonb, type_oids::float4, "CAST(sluice_numeric_of_jsonb({}) AS FLOAT)"},
    {type_oids::jsonb, type_oids::float8, "CAST(sluice_numeric_of_jsonb({}) AS DOUBLE)"},
    {type_oids::timestamp, type_oids::date, "CAST({} AS DATE)"},
    {type_oids::timestamptz, type_oids::date, "CAST({} AS DATE)"},
    {type_oids::timestamp, type_oids::time, "CAST({} AS TIME)"},
    {type_oids::timestamptz, type_oids::time, "CAST(CAST({} AS TIMESTAMP) AS TIME)"},
    {type_oids::interval, type_oids::time, "sluice_time_of_interval({})"},
    {type_oids::time, type_oids::interval, "CAST({} AS INTERVAL)"},
    {type_oids::float8, type_oids::int2, "sluice_int2_of_float8({})"},
    {type_oids::float8, type_oids::int4, "sluice_int4_of_float8({})"},
    {type_oids::float8, type_oids::int8, "sluice_int8_of_float8({})"},
    {type_oids::float4, type_oids::int2, "sluice_int2_of_float8(CAST({} AS DOUBLE))"},
    {type_oids::float4, type_oids::int4, "sluice_int4_of_float8(CAST({} AS DOUBLE))"},
    {type_oids::float4, type_oids::int8, "sluice_int8_of_float8(CAST({} AS DOUBLE))"},
    {type_oids::varbit, type_oids::bit, "{}"},
    {type_oids::bit, type_oids::varbit, "{}"},
    {type_oids::int4, type_oids::bit, "sluice_bit_of_int8(CAST({} AS BIGINT), 32)"},
    {type_oids::int8, type_oids::bit, "sluice_bit_of_int8({}, 64)"},
    {type_oids::bit, type_oids::int4, "sluice_int4_of_bit({})"},
    {type_oids::bit, type_oids::int8, "sluice_int8_of_bit({})"},
});

// The session's zone, for functions that need it.
constexpr std::string_view zone_argument = ", current_setting('TimeZone')";

bool reads_zone(oid type) {
    return type == type_oids::date || type == type_oids::time || type == type_oids::timetz ||
           type == type_oids::timestamp || type == type_oids::timestamptz;
}

// Types whose values DuckDB prints as PostgreSQL does.
bool prints_alike(oid type) {
    constexpr auto alike =
        std::to_array<oid>({type_oids::boolean, type_oids::int2, type_oids::int4, type_oids::int8, type_oids::object_id,
                            type_oids::uuid, type_oids::bit, type_oids::varbit, type_oids::json, type_oids::jsonb});
    return std::ranges::find(alike, type) != alike.end();
}

}  // namespace

// The value's text, as PostgreSQL prints it.
query_writer::text query_writer::printed(std::string written, typed type) const {
    const std::string engine = engine_type_of(types_, type);
    if (is_text(type.type) || engine == "VARCHAR") {
        return written;
    }
    if (prints_alike(type.type)) {
        return fmt::format("CAST({} AS VARCHAR)", written);
    }
    if (const oid element = element_type(types_, type.type); element != 0) {
        TRY_ASSIGN(const std::string one, output_text("sluice_element", {.type = element, .modifier = type.modifier}));
        return fmt::format("sluice_array_out(list_transform({}, lambda sluice_element: {}))", written, one);
    }
    return fmt::format("sluice_text_of({}{})", written, type.type == type_oids::timestamptz ? zone_argument : "");
}

// The value that PostgreSQL reads from a text.
query_writer::text query_writer::read_from_text(const std::string& written, typed type) const {
    if (type.type == type_oids::jsonb) {
        return fmt::format("sluice_jsonb_in({})", written);
    }
    if (const oid element = element_type(types_, type.type); element != 0) {
        TRY_ASSIGN(const std::string one, read_from_text("sluice_element", {.type = element, .modifier = -1}));
        return fmt::format("list_transform(sluice_array_in({}), lambda sluice_element: {})", written, one);
    }
    const type_row* const row = types_.find(type.type);
    if (row == nullptr || engine_type_of(types_, type) == "VARCHAR") {
        return type.type == type_oids::numeric ? text(fmt::format("sluice_numeric_in({})", written))
                                               : text(not_written("reading this type from a text"));
    }
    return fmt::format("sluice_{}_in({}{})", row->name, written, reads_zone(type.type) ? zone_argument : "");
}

// As a value's output function prints it: true is t, where a cast to text gives true.
query_writer::text query_writer::output_text(std::string written, typed type) const {
    return type.type == type_oids::boolean
               ? text(fmt::format("(CASE {} WHEN true THEN 't' WHEN false THEN 'f' END)", written))
               : printed(std::move(written), type);
}

query_writer::text query_writer::length_cast(const analysis::expression& value, const cast& form) {
    // A number as bits: the last ones.
    if (const auto* const inner = as<cast>(form.value); inner != nullptr && value.type.type == type_oids::bit) {
        const oid from = inner->value->type.type;
        if (from == type_oids::int4 || from == type_oids::int8) {
            TRY_ASSIGN(const std::string number, expression(*inner->value));
            return fmt::format("sluice_bit_of_int8(CAST({} AS BIGINT), {})", number, value.type.modifier);
        }
    }
    TRY_ASSIGN(const std::string one, expression(*form.value));
    const std::int32_t modifier = value.type.modifier;
    const bool is_explicit = form.context == cast_context::explicit_cast;
    switch (value.type.type) {
        case type_oids::varchar:
            return is_explicit ? fmt::format("left({}, {})", one, modifier - 4)
                               : fmt::format("sluice_varchar_fit({}, {})", one, modifier - 4);
        case type_oids::bpchar:
            return fmt::format("sluice_bpchar_{}({}, {})", is_explicit ? "cut" : "fit", one, modifier - 4);
        case type_oids::bit:
            return fmt::format("sluice_bit_{}({}, {})", is_explicit ? "cut" : "fit", one, modifier);
        case type_oids::varbit:
            return fmt::format("sluice_varbit_{}({}, {})", is_explicit ? "cut" : "fit", one, modifier);
        case type_oids::time:
            return fmt::format("sluice_time_round({}, {})", one, modifier);
        case type_oids::timetz:
            return fmt::format("sluice_timetz_round({}, {})", one, modifier);
        case type_oids::timestamp:
            return fmt::format("sluice_timestamp_round({}, {})", one, modifier);
        case type_oids::timestamptz:
            return fmt::format("sluice_timestamptz_round({}, {})", one, modifier);
        case type_oids::interval:
            return fmt::format("sluice_interval_fit({}, {})", one, modifier);
        default:
            return not_written("a length of another type");
    }
}

query_writer::text query_writer::form_text(const analysis::expression& value, const cast& form) {
    const analysis::expression& inner = *form.value;
    const typed from = without_domain(types_, inner.type);
    const typed into = without_domain(types_, value.type);
    if (into.type == type_oids::numeric || from.type == type_oids::numeric) {
        if (form.method != cast_method::array) {
            return number_cast(value, form);
        }
    }
    switch (form.method) {
        case cast_method::length: {
            if (const oid element = element_type(types_, into.type); element != 0) {
                if (into.type == numeric_array) {
                    TRY_ASSIGN(const std::string one, expression(inner));
                    return fmt::format("CAST({} AS {})", one, engine_type_of(types_, into));
                }
                return not_written("lengths of an array's elements");
            }
            return length_cast(value, form);
        }
        case cast_method::relabel:
            return expression(inner);
        case cast_method::array: {
            TRY_ASSIGN(const std::string one, expression(inner));
            return fmt::format("CAST({} AS {})", one, engine_type_of(types_, {.type = into.type}));
        }
        case cast_method::text: {
            TRY_ASSIGN(std::string one, expression(inner));
            return is_text(from.type) && !is_text(into.type) ? read_from_text(one, into)
                                                             : printed(std::move(one), from);
        }
        default:
            break;
    }
    TRY_ASSIGN(std::string one, expression(inner));
    const auto* const special = std::ranges::find_if(
        patterns, [&](const cast_pattern& each) { return each.from == from.type && each.into == into.type; });
    if (special != patterns.end()) {
        return fmt::format(fmt::runtime(special->pattern), one);
    }
    if (is_text(into.type)) {
        return from.type == type_oids::bpchar ? text(fmt::format("rtrim({}, ' ')", one))
                                              : printed(std::move(one), from);
    }
    if (engine_type_of(types_, into) == "VARCHAR" || engine_type_of(types_, from) == "VARCHAR") {
        return not_written("a conversion between other types");
    }
    return fmt::format("CAST({} AS {})", one, engine_type_of(types_, {.type = into.type}));
}

}  // namespace sluice::duckdb
