#include "engines/duckdb/session/duckdb_copy_table.hpp"

#include <algorithm>

#include "base/run/memory_wall.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate duplicate_column{"42701"};
constexpr sqlstate invalid_column_reference{"42P10"};

struct table_column {
    std::string name;
    owned_type type;
    bool generated = false;
};

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return base::to_lower(x) == base::to_lower(y); });
}

// All columns with their types, as described for a query that reads no rows.
result<std::vector<table_column>> read_columns(const duckdb_link& link, const std::string& table) {
    const std::string sql = "SELECT * FROM " + table;
    owned_statement statement;
    const auto prepare = [&] {
        const base::memory_wall::statement_scope counted(&link.cancel());  // a view may compute its constants here
        return duckdb_prepare(link.connection(), sql.c_str(), statement.out());
    };
    if (prepare() == DuckDBError) {
        return fail(link.to_error(duckdb_prepare_error(statement.get())));
    }
    std::vector<table_column> columns;
    const idx_t count = duckdb_prepared_statement_column_count(statement.get());
    for (idx_t i = 0; i < count; ++i) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): duckdb.h makes the caller free the name
        auto* name = const_cast<char*>(duckdb_prepared_statement_column_name(statement.get(), i));
        columns.push_back({.name = take_text(name),
                           .type = owned_type(duckdb_prepared_statement_column_logical_type(statement.get(), i))});
    }
    return columns;
}

// DuckDB has no list of generated columns, but refuses to plan a write to one.
bool is_generated(const duckdb_link& link, const std::string& table, const std::string& column) {
    const std::string sql = "INSERT INTO " + table + " (" + postgres::quote_identifier(column) + ") VALUES (DEFAULT)";
    owned_statement statement;
    if (duckdb_prepare(link.connection(), sql.c_str(), statement.out()) == DuckDBSuccess) {
        return false;
    }
    const char* message = duckdb_prepare_error(statement.get());
    return message != nullptr && std::string_view(message).contains("generated column");
}

}  // namespace

std::string quote_name(const std::vector<std::string>& parts) {
    std::string name;
    for (const std::string& part : parts) {
        name += (name.empty() ? "" : ".") + postgres::quote_identifier(part);
    }
    return name;
}

result<std::vector<copy_column>> find_copy_columns(const duckdb_link& link, const postgres::copy_command& command) {
    const std::string table = quote_name(command.table);
    TRY_ASSIGN(auto all, read_columns(link, table));
    std::vector<std::size_t> stored_index(all.size());
    std::size_t stored = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].generated = is_generated(link, table, all[i].name);
        stored_index[i] = stored;
        stored += all[i].generated ? 0 : 1;
    }
    std::vector<copy_column> found;
    const auto take = [&](std::size_t i) {
        found.push_back({.name = all[i].name, .type = std::move(all[i].type), .index = stored_index[i]});
    };
    if (command.columns.empty()) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!all[i].generated) {
                take(i);
            }
        }
        return found;
    }
    for (const std::string& wanted : command.columns) {
        const auto column = std::ranges::find_if(all, [&](const auto& c) { return same_name(c.name, wanted); });
        if (column == all.end()) {
            return fail(sqlstates::undefined_column,
                        "column \"" + wanted + "\" of relation \"" + command.table.back() + "\" does not exist");
        }
        if (column->generated) {
            return fail(error{.code = invalid_column_reference,
                              .message = "column \"" + wanted + "\" is a generated column",
                              .detail = "Generated columns cannot be used in COPY."});
        }
        if (!column->type) {
            return fail(duplicate_column, "column \"" + wanted + "\" specified more than once");
        }
        take(static_cast<std::size_t>(column - all.begin()));
    }
    return found;
}

}  // namespace sluice::duckdb
