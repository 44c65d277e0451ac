#include "engines/duckdb/writer/query_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/functions/native_function.hpp"
#include "engines/duckdb/values/parameter_decoder.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/parse/decode_array.hpp"
#include "postgres/parse/decode_bytes.hpp"
#include "postgres/parse/decode_numeric.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate form_not_written{"SL002"};  // never reaches a client

using analysis::oid;

struct engine_type {
    oid type;
    std::string_view name;
};
// Types whose values DuckDB holds in a type of its own; all others are text.
constexpr auto engine_types = std::to_array<engine_type>({
    {type_oids::boolean, "BOOLEAN"},
    {type_oids::bytea, "BLOB"},
    {type_oids::int8, "BIGINT"},
    {type_oids::int2, "SMALLINT"},
    {type_oids::int4, "INTEGER"},
    {type_oids::object_id, "BIGINT"},
    {type_oids::json, "JSON"},
    {type_oids::jsonb, "JSON"},
    {type_oids::float4, "FLOAT"},
    {type_oids::float8, "DOUBLE"},
    {type_oids::date, "DATE"},
    {type_oids::time, "TIME"},
    {type_oids::timestamp, "TIMESTAMP"},
    {type_oids::timestamptz, "TIMESTAMPTZ"},
    {type_oids::interval, "INTERVAL"},
    {type_oids::timetz, "TIMETZ"},
    {type_oids::bit, "BIT"},
    {type_oids::varbit, "BIT"},
    {type_oids::uuid, "UUID"},
});

bool is_text_like(oid type) {
    return type == type_oids::text || type == type_oids::varchar || type == type_oids::bpchar ||
           type == type_oids::name || type == type_oids::unknown || type == type_oids::single_char;
}

std::string trimmed(const std::string& value) {
    constexpr std::string_view blanks = " \t\n\r\f\v";
    const std::size_t begin = value.find_first_not_of(blanks);
    return value.substr(begin, value.find_last_not_of(blanks) + 1 - begin);
}

std::string take_string(char* text) {
    std::string taken = text == nullptr ? std::string() : std::string(text);
    duckdb_free(text);
    return taken;
}

}  // namespace

bool is_not_written(const error& cause) {
    return cause.code == form_not_written;
}

std::unexpected<error> query_writer::not_written(std::string_view what) {
    return fail(form_not_written, std::string(what));
}

std::string engine_type_of(const analysis::type_source& types, analysis::typed type) {
    type = analysis::without_domain(types, type);
    if (type.type == type_oids::numeric) {
        const number_form form = form_of_modifier(type.modifier);
        return form.is_decimal() ? fmt::format("DECIMAL({},{})", form.precision, form.scale) : "VARCHAR";
    }
    const auto* const found = std::ranges::find(engine_types, type.type, &engine_type::type);
    if (found != engine_types.end()) {
        return std::string(found->name);
    }
    if (const oid element = analysis::element_type(types, type.type); element != 0) {
        return engine_type_of(types, {.type = element, .modifier = type.modifier}) + "[]";
    }
    return "VARCHAR";
}

result<written_query> write_query(const analysis::query& statement, std::size_t parameters,
                                  const analysis::type_source& types, std::string_view sql,
                                  const writer_params& params) {
    return query_writer(types, sql, params).run(statement, parameters);
}

// A function of ours that is not there yet: the statement stays DuckDB's.
result<> query_writer::check_functions(std::string_view sql) {
    constexpr std::string_view prefix = "sluice_";
    for (std::size_t at = sql.find(prefix); at != std::string_view::npos; at = sql.find(prefix, at + 1)) {
        const std::size_t end = sql.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", at);
        const std::string_view name = sql.substr(at, end - at);
        if (end != std::string_view::npos && sql[end] == '(' && !is_native_function(name)) {
            return not_written(name);
        }
    }
    return {};
}

result<written_query> query_writer::run(const analysis::query& statement, std::size_t /*parameters*/) {
    written_query made;
    switch (statement.what) {
        case analysis::command::select: {
            TRY_ASSIGN(made.sql, select_text(statement));
            break;
        }
        case analysis::command::insert: {
            TRY_ASSIGN(made.sql, insert_text(statement));
            break;
        }
        case analysis::command::update: {
            TRY_ASSIGN(made.sql, update_text(statement));
            break;
        }
        case analysis::command::remove: {
            TRY_ASSIGN(made.sql, delete_text(statement));
            break;
        }
        case analysis::command::merge: {
            TRY_ASSIGN(made.sql, merge_text(statement));
            break;
        }
    }
    TRY(check_functions(made.sql));
    made.parameters = std::move(used_parameters_);
    return made;
}

std::unexpected<error> query_writer::fail_at(std::int32_t place, sqlstate code, std::string message) const {
    error made{.code = code, .message = std::move(message)};
    if (place >= 0) {
        made.position = postgres::character_position(sql_, static_cast<std::size_t>(place));
    }
    return fail(std::move(made));
}

query_writer::text query_writer::array_literal(analysis::typed type, const std::string& value, std::int32_t place) {
    const oid element = analysis::element_type(types_, type.type);
    const analysis::typed each{.type = element, .modifier = type.modifier};
    const auto decoded = postgres::decode_array_text(value);
    if (!decoded) {
        error cause = decoded.error();
        return fail_at(place, cause.code, cause.message);
    }
    std::string made;
    std::size_t at = 0;
    const auto write = [&](const auto& self, std::size_t dimension) -> result<> {
        made += '[';
        const std::size_t count = decoded->dimensions.empty() ? 0 : decoded->dimensions[dimension];
        for (std::size_t i = 0; i < count; ++i) {
            made += i == 0 ? "" : ", ";
            if (dimension + 1 < decoded->dimensions.size()) {
                TRY(self(self, dimension + 1));
                continue;
            }
            const auto& one = decoded->elements[at++];
            if (!one) {
                made += "NULL";
            } else if (element == type_oids::numeric) {
                TRY_ASSIGN(const auto number, postgres::decode_numeric_text(*one));
                made += postgres::quote_literal(postgres::to_text(number));
            } else {
                TRY_ASSIGN(const std::string text, literal(each, std::string(*one), place));
                made += text;
            }
        }
        made += ']';
        return {};
    };
    TRY(write(write, 0));
    std::string brackets = "[]";
    for (std::size_t i = 1; i < decoded->dimensions.size(); ++i) {
        brackets += "[]";
    }
    return fmt::format("CAST({} AS {}{})", made, engine_type_of(types_, {.type = element}), brackets);
}

query_writer::text query_writer::literal(analysis::typed type, const std::string& value, std::int32_t place) {
    if (is_text_like(type.type)) {
        return postgres::quote_literal(value);
    }
    const auto at_place = [&](error cause) -> std::unexpected<error> {
        if (place >= 0 && cause.position == 0) {
            cause.position = postgres::character_position(sql_, static_cast<std::size_t>(place));
        }
        return fail(std::move(cause));
    };
    if (type.type == type_oids::numeric) {
        auto number = postgres::decode_numeric_text(value);
        if (!number) {
            return at_place(std::move(number).error());
        }
        const number_form form = form_of_digits(value);
        const std::string digits = postgres::to_text(*number);
        return form.is_decimal() ? fmt::format("CAST('{}' AS DECIMAL({},{}))", digits, form.precision, form.scale)
                                 : postgres::quote_literal(digits);
    }
    if (analysis::element_type(types_, type.type) != 0) {
        return array_literal(type, value, place);
    }
    const std::string engine = engine_type_of(types_, type);
    if (engine == "VARCHAR") {
        return not_written("a literal of another type");
    }
    auto decoded =
        decode_parameter(type.type, {.format = backend::wire_format::text, .value = value}, nullptr, params_.zone);
    if (!decoded) {
        return at_place(std::move(decoded).error());
    }
    if (type.type == type_oids::float4 || type.type == type_oids::float8) {
        const double number = duckdb_get_double(decoded->get());
        std::string digits = std::isnan(number)   ? "nan"
                             : std::isinf(number) ? (number < 0 ? "-inf" : "inf")
                                                  : trimmed(value);
        return fmt::format("CAST('{}' AS {})", digits, engine);
    }
    if (engine == "BIT") {
        TRY_ASSIGN(const std::string digits, postgres::decode_bits_text(value));
        return fmt::format("CAST('{}' AS BIT)", digits);
    }
    std::string written = take_string(duckdb_value_to_string(decoded->get()));
    if (type.type == type_oids::int4) {
        return written.starts_with('-') ? "(" + written + ")" : written;
    }
    return type.type == type_oids::boolean ? written : fmt::format("CAST({} AS {})", written, engine);
}

query_writer::text query_writer::parameter_text(const analysis::parameter& parameter, analysis::typed type) {
    const auto [slot, fresh] = parameter_slots_.try_emplace(parameter.number, used_parameters_.size() + 1);
    const std::string engine = engine_type_of(types_, {.type = type.type});
    if (fresh) {
        used_parameters_.push_back({.number = parameter.number, .engine_type = engine});
    }
    return fmt::format("CAST(${} AS {})", slot->second, engine);
}

}  // namespace sluice::duckdb
