// Rules for tables of PostgreSQL's catalog (catalog_views.hpp) and for Sluice's own (system_tables.hpp).
#include <algorithm>
#include <array>

#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/dialect/translator.hpp"
#include "postgres/query_text/system_tables.hpp"

namespace sluice::duckdb {

namespace {

// True if the table in front of this token has an alias here.
bool is_alias(const postgres::token& next) {
    // Words that may follow a table instead.
    constexpr auto others = std::to_array<std::string_view>(
        {"anti",      "asof",  "cross",  "except", "fetch",       "for",    "full",    "group", "having", "inner",
         "intersect", "join",  "left",   "limit",  "natural",     "offset", "on",      "order", "pivot",  "positional",
         "qualify",   "right", "select", "semi",   "tablesample", "union",  "unpivot", "using", "where",  "window"});
    if (next.kind == postgres::token_kind::quoted_name || next.kind == postgres::token_kind::unicode_name) {
        return true;
    }
    return next.kind == postgres::token_kind::word &&
           std::ranges::none_of(others, [&](auto word) { return next.is_word(word); });
}

}  // namespace

// True if a name at the cursor would be a table's.
bool translator::at_table() const {
    const bool behind_separator = previous_.is_symbol(",") || previous_.is_symbol("(");
    return previous_.is_word("from") || previous_.is_word("join") || (behind_separator && levels_.back().from);
}

// FROM pg_class, with or without pg_catalog in front.
bool translator::apply_catalog_view(std::string_view lower, const postgres::token& name,
                                    postgres::token_cursor behind) {
    const bool of_session =
        lower == "pg_cursors";  // a table function of the engine: engines/duckdb/tables/cursor_list.hpp
    if ((!of_session && !is_catalog_view(lower)) || !at_table() || behind.at_symbol(".") || behind.at_symbol("(")) {
        return false;
    }
    if (of_session) {
        replace("pg_cursors()", name.end_bytes(), behind);
        return true;
    }
    reads_catalog_ = true;
    replace(std::string(catalog_name) + "." + std::string(lower), name.end_bytes(), behind);
    return true;
}

// FROM sluice.query_log: a table function of the engine (backend/system_table.hpp) under the table's name. Other tables
// of a user's schema of that name stay unchanged.
bool translator::apply_system_table() {
    const std::optional<std::string> schema = postgres::decode_name(cursor_.peek());
    if (!schema || !base::equals_ignoring_case(*schema, postgres::system_schema) || previous_.is_symbol(".")) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    behind.take();
    if (!behind.accept_symbol(".") || !behind.at_name()) {
        return false;
    }
    const postgres::token name = behind.take();
    const std::string table = base::lower_case(postgres::decode_name(name).value_or(""));
    if (!postgres::is_system_table(table)) {
        return false;
    }
    if (behind.at_symbol(".")) {
        // sluice.query_log.query: the table's name is enough.
        replace(table, name.end_bytes(), behind);
        return true;
    }
    if (!at_table() || behind.at_symbol("(")) {
        return false;
    }
    const std::string function = postgres::system_function(table) + "()";
    replace(is_alias(behind.peek()) ? function : function + " AS " + table, name.end_bytes(), behind);
    return true;
}

// nspname !~ '^pg_': PostgreSQL matches a part of the name, DuckDB the whole. Only in queries of the catalog; elsewhere
// DuckDB's own meaning is kept.
bool translator::apply_catalog_pattern() {
    postgres::token_cursor behind = cursor_;
    const postgres::token symbol = behind.take();
    return reads_catalog_ && behind.at_string() && apply_pattern(symbol.text, behind);
}

}  // namespace sluice::duckdb
