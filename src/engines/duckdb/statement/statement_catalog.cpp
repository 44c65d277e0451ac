#include "engines/duckdb/statement/statement_catalog.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyse.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/values/named_type.hpp"
#include "engines/duckdb/values/storage_type.hpp"
#include "engines/duckdb/values/types.hpp"
#include "engines/duckdb/writer/write_query.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/query_text/system_tables.hpp"

namespace sluice::duckdb {
namespace {

std::string take_name(const char* name) {
    std::string taken = name == nullptr ? std::string() : std::string(name);
    duckdb_free(const_cast<char*>(name));  // NOLINT(cppcoreguidelines-pro-type-const-cast): the caller's, says duckdb.h
    return taken;
}

// True if the type, or that of its elements, has a name of PostgreSQL's.
bool is_named(duckdb_logical_type type) {
    if (duckdb_get_type_id(type) == DUCKDB_TYPE_LIST) {
        const owned_type child(duckdb_list_type_child_type(type));
        return is_named(child.get());
    }
    const std::string alias = take_text(duckdb_logical_type_get_alias(type));
    return !alias.empty() && alias != "JSON" && parse_alias(alias);
}

bool is_enum_or_nested(duckdb_logical_type type) {
    switch (duckdb_get_type_id(type)) {
        case DUCKDB_TYPE_ENUM:
        case DUCKDB_TYPE_STRUCT:
        case DUCKDB_TYPE_MAP:
        case DUCKDB_TYPE_UNION:
        case DUCKDB_TYPE_VARIANT:
        case DUCKDB_TYPE_ARRAY:
        case DUCKDB_TYPE_GEOMETRY:
        case DUCKDB_TYPE_BIGNUM:
        case DUCKDB_TYPE_SQLNULL:
            return true;
        case DUCKDB_TYPE_LIST: {
            const owned_type child(duckdb_list_type_child_type(type));
            return is_enum_or_nested(child.get()) || duckdb_get_type_id(child.get()) == DUCKDB_TYPE_LIST;
        }
        default:
            return false;
    }
}

}  // namespace

const analysis::type_row* statement_catalog::find(analysis::oid number) const {
    if (number < first_engine_type) {
        return analysis::find_type(number);
    }
    const auto found =
        std::ranges::find_if(engine_types_, [&](const auto& each) { return each.second.number == number; });
    return found == engine_types_.end() ? nullptr : &found->second;
}

analysis::source_column statement_catalog::describe(std::string name, duckdb_logical_type type) {
    analysis::source_column column{.name = std::move(name), .type = {}, .stored = {}};
    const auto stored = storage_type(type);
    const std::string engine = stored ? *stored : std::string("?");
    if (is_enum_or_nested(type)) {
        auto [found, fresh] = engine_types_.try_emplace(engine);
        if (fresh) {
            names_.push_back(engine);
            found->second = {.number = static_cast<analysis::oid>(first_engine_type + engine_types_.size()),
                             .name = names_.back(),
                             .size_bytes = -1,
                             .kind = 'x',
                             .category = 'U',
                             .preferred = false,
                             .delimiter = ',',
                             .element = 0,
                             .array = 0,
                             .collation = 0};
        }
        column.type.type = found->second.number;
        return column;
    }
    const type_description described = describe_type(type);
    column.type = {.type = described.type, .modifier = described.modifier};
    const bool json = described.type == type_oids::json && engine == "VARCHAR";
    if (is_named(type)) {
        column.stored = type_alias(column.type);
    } else if (!json && engine_type_of(*this, column.type) != engine) {
        column.stored = engine;
    }
    return column;
}

std::optional<std::vector<analysis::source_column>> statement_catalog::columns_of(const std::string& sql) {
    const auto placed = with_.path.place(sql);
    owned_statement plan;
    const std::string& text = placed && *placed ? **placed : sql;
    if (duckdb_prepare(with_.link.connection(), text.c_str(), plan.out()) != DuckDBSuccess) {
        return std::nullopt;
    }
    std::vector<analysis::source_column> columns;
    const idx_t count = duckdb_prepared_statement_column_count(plan.get());
    for (idx_t i = 0; i < count; ++i) {
        const owned_type type(duckdb_prepared_statement_column_logical_type(plan.get(), i));
        columns.push_back(describe(take_name(duckdb_prepared_statement_column_name(plan.get(), i)), type.get()));
    }
    return columns;
}

result<std::shared_ptr<const analysis::relation>> statement_catalog::find_relation(
    const analysis::relation_name& name) {
    const bool catalog = name.schema == "pg_catalog" || name.schema == "information_schema" ||
                         name.schema == postgres::system_schema || name.name.starts_with("pg_") ||
                         name.name.starts_with("sqlite_") || name.name.starts_with("duckdb_");
    if (catalog) {
        return analysis::not_analysed("a table of the catalog");
    }
    auto made = std::make_shared<analysis::relation>();
    made->catalog = name.catalog;
    made->schema = name.schema;
    made->name = name.name;
    const auto written = [&] {
        std::string text;
        for (const std::string* part : {&made->catalog, &made->schema, &made->name}) {
            text += part->empty() ? "" : (text.empty() ? "" : ".") + postgres::quote_identifier(*part);
        }
        return text;
    };
    auto columns = columns_of("SELECT * FROM " + written());
    if (!columns && name.schema == "public") {
        made->schema = "main";
        columns = columns_of("SELECT * FROM " + written());
    }
    if (!columns) {
        return nullptr;
    }
    made->columns = std::move(*columns);
    return made;
}

result<const analysis::type_row*> statement_catalog::find_named_type(std::string_view schema, std::string_view name) {
    const std::string qualified =
        (schema.empty() ? "" : postgres::quote_identifier(schema) + ".") + postgres::quote_identifier(name);
    const auto columns = columns_of(fmt::format("SELECT CAST(NULL AS {})", qualified));
    if (!columns || columns->size() != 1) {
        return nullptr;
    }
    return find(columns->front().type.type);
}

result<std::optional<analysis::typed>> statement_catalog::find_engine_function(const analysis::engine_call& call) {
    std::vector<std::string> arguments;
    for (const auto& each : call.arguments) {
        const analysis::type_row* const type = find(each->type.type);
        arguments.push_back(fmt::format("CAST(NULL AS {})", type != nullptr && type->kind == 'x'
                                                                ? std::string(type->name)
                                                                : engine_type_of(*this, each->type)));
    }
    const auto columns =
        columns_of(fmt::format("SELECT {}({})", postgres::quote_identifier(call.name), fmt::join(arguments, ", ")));
    if (!columns || columns->size() != 1) {
        return std::nullopt;
    }
    if (!columns->front().stored.empty()) {
        return analysis::not_analysed("a function with a type of the engine");
    }
    return columns->front().type;
}

result<std::optional<std::vector<analysis::source_column>>> statement_catalog::find_engine_table(
    const analysis::engine_call& /*call*/) {
    return analysis::not_analysed("a table function of the engine");
}

bool statement_catalog::is_engine_aggregate(std::string_view /*name*/) {
    return false;
}

}  // namespace sluice::duckdb
