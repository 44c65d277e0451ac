// CREATE TABLE.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/values/named_type.hpp"
#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

// The type that PostgreSQL's clients see for a column of DuckDB's own type.
typed natural_type(std::string_view engine) {
    constexpr auto others = std::to_array<std::pair<std::string_view, oid>>({
        {"BIT", type_oids::varbit},
        {"JSON", type_oids::json},
        {"VARCHAR", type_oids::text},
        {"BIGINT", type_oids::int8},
    });
    const auto* const found = std::ranges::find(others, engine, &std::pair<std::string_view, oid>::first);
    return found == others.end() ? typed{} : typed{.type = found->second};
}

std::string qualified(const relation_name& name) {
    std::string made;
    for (const std::string* part : {&name.catalog, &name.schema, &name.name}) {
        if (!part->empty()) {
            made += (made.empty() ? "" : ".") + postgres::quote_identifier(*part);
        }
    }
    return made;
}

std::string options_text(const sequence_options& options) {
    std::string made;
    const auto add = [&](std::string_view word, const std::optional<std::int64_t>& value) {
        if (value) {
            made += fmt::format(" {} {}", word, *value);
        }
    };
    add("INCREMENT BY", options.increment);
    add("MINVALUE", options.minimum);
    add("MAXVALUE", options.maximum);
    add("START WITH", options.start);
    return made + (options.cycle ? " CYCLE" : "");
}

}  // namespace

// The type of a table's column; types that DuckDB lacks have PostgreSQL's name.
std::string query_writer::column_type_text(typed type) {
    if (const oid element = element_type(types_, type.type); element != 0) {
        return column_type_text({.type = element, .modifier = type.modifier}) + "[]";
    }
    const std::string engine = engine_type_of(types_, type);
    const bool decimal = engine.starts_with("DECIMAL");
    const bool plain =
        decimal || natural_type(engine) == typed{} ? decimal || type.modifier < 0 : natural_type(engine) == type;
    if (plain) {
        return engine;
    }
    std::string alias = type_alias(type);
    const std::string base = engine == "JSON" ? "VARCHAR" : engine;
    if (std::ranges::find(made_types_, alias, &written_type_name::alias) == made_types_.end()) {
        made_types_.push_back({.alias = alias, .base = base});
    }
    return postgres::quote_identifier(alias);
}

query_writer::text query_writer::column_text(const column_definition& column, const table_definition& table,
                                             std::vector<std::string>& before) {
    std::string made = fmt::format("{} {}", postgres::quote_identifier(column.name), column_type_text(column.type));
    if (column.generated) {
        TRY_ASSIGN(const std::string value, expression(*column.generated));
        return fmt::format("{} GENERATED ALWAYS AS ({})", made, value);
    }
    if (column.sequence) {
        relation_name sequence = table.name;
        sequence.name = fmt::format("{}_{}_seq", table.name.name, column.name);
        before.push_back(fmt::format("CREATE {}SEQUENCE {}{}{}", table.temporary ? "TEMP " : "",
                                     table.if_not_exists ? "IF NOT EXISTS " : "", qualified(sequence),
                                     options_text(*column.sequence)));
        made += fmt::format(" DEFAULT nextval({})", postgres::quote_literal(qualified(sequence)));
    } else if (column.default_value) {
        TRY_ASSIGN(const std::string value, expression(*column.default_value));
        made += fmt::format(" DEFAULT ({})", value);
    }
    return made + (column.not_null ? " NOT NULL" : "");
}

query_writer::text query_writer::constraint_text(const constraint_definition& constraint) {
    const auto list_names = [](const std::vector<std::string>& names) {
        std::vector<std::string> quoted;
        for (const std::string& each : names) {
            quoted.push_back(postgres::quote_identifier(each));
        }
        return fmt::format("({})", fmt::join(quoted, ", "));
    };
    const std::string name =
        constraint.name.empty() ? "" : fmt::format("CONSTRAINT {} ", postgres::quote_identifier(constraint.name));
    switch (constraint.what) {
        case constraint_definition::kind::primary_key:
            return name + "PRIMARY KEY " + list_names(constraint.columns);
        case constraint_definition::kind::unique:
            return name + "UNIQUE " + list_names(constraint.columns);
        case constraint_definition::kind::foreign_key:
            return fmt::format("{}FOREIGN KEY {} REFERENCES {}{}", name, list_names(constraint.columns),
                               qualified(constraint.target),
                               constraint.target_columns.empty() ? "" : " " + list_names(constraint.target_columns));
        default: {
            TRY_ASSIGN(const std::string condition, expression(*constraint.condition));
            return fmt::format("{}CHECK ({})", name, condition);
        }
    }
}

result<written_definition> query_writer::define(const table_definition& table) {
    unqualified_ = true;
    written_definition made;
    std::vector<std::string> parts;
    for (const column_definition& each : table.columns) {
        TRY_ASSIGN(std::string one, column_text(each, table, made.statements));
        parts.push_back(std::move(one));
    }
    for (const constraint_definition& each : table.constraints) {
        TRY_ASSIGN(std::string one, constraint_text(each));
        parts.push_back(std::move(one));
    }
    if (parts.empty()) {
        return not_written("a table without columns");
    }
    made.statements.push_back(fmt::format("CREATE {}TABLE {}{} ({})", table.temporary ? "TEMP " : "",
                                          table.if_not_exists ? "IF NOT EXISTS " : "", qualified(table.name),
                                          fmt::join(parts, ", ")));
    made.types = std::move(made_types_);
    return made;
}

result<written_definition> write_definition(const table_definition& table, const type_source& types,
                                            std::string_view sql, const writer_params& params) {
    return query_writer(types, sql, params).define(table);
}

}  // namespace sluice::duckdb
