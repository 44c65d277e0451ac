#include "engines/duckdb/database/search_path.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::string_view main_schema = "main";

std::string quoted(std::string_view catalog, std::string_view schema) {
    return postgres::quote_identifier(catalog) + "." + postgres::quote_identifier(schema);
}

std::string joined(const std::vector<std::string>& entries) {
    std::string path;
    for (const std::string& entry : entries) {
        path += (path.empty() ? "" : ",") + entry;
    }
    return path;
}

// A name with capitals was quoted and is exact; other names were folded, and DuckDB keeps a schema's name as written.
std::optional<std::string> find_schema(std::span<const std::string> existing, const std::string& name) {
    const bool folded = base::lower_case(name) == name;
    for (const std::string& schema : existing) {
        if (schema == name || (folded && base::lower_case(schema) == name)) {
            return schema;
        }
    }
    return name == "public" ? std::optional(std::string(main_schema)) : std::nullopt;
}

// The parts of CREATE [OR REPLACE] kind [IF NOT EXISTS] name, if the name has no schema.
struct creation_words {
    std::size_t kind_at_bytes = 0;  // place for TEMPORARY
    std::string name;
};

std::optional<creation_words> find_creation(std::string_view sql) {
    constexpr auto kinds =
        std::to_array<std::string_view>({"table", "view", "sequence", "type", "macro", "function", "recursive"});
    postgres::token_cursor cursor(sql);
    if (!cursor.accept_word("create")) {
        return std::nullopt;
    }
    cursor.accept_words("or", "replace");
    creation_words found{.kind_at_bytes = cursor.peek().offset_bytes, .name = {}};
    cursor.accept_word("unlogged");
    if (std::ranges::none_of(kinds, [&](auto kind) { return cursor.at_word(kind); })) {
        return std::nullopt;
    }
    if (cursor.take().is_word("recursive")) {
        cursor.accept_word("view");
    } else {
        cursor.accept_word("table");  // MACRO TABLE
    }
    if (cursor.accept_words("if", "not")) {
        cursor.accept_word("exists");
    }
    auto name = cursor.expect_name();
    if (!name || cursor.at_symbol(".")) {
        return std::nullopt;
    }
    found.name = *std::move(name);
    return found;
}

}  // namespace

std::string default_search_path(const std::string& catalog) {
    return joined({quoted(catalog, main_schema), quoted(functions_catalog, functions_catalog)});
}

bool search_path::set(std::vector<std::string> names) {
    if (names == names_) {
        return false;
    }
    names_ = std::move(names);
    return true;
}

bool search_path::resolve(const std::string& catalog, std::span<const std::string> existing) {
    std::vector<std::string> schemas;
    std::vector<std::string> entries;  // for DuckDB, in the client's order
    std::optional<creation> creates;
    const std::string functions = quoted(functions_catalog, functions_catalog);
    for (const std::string& name : names_) {
        if (name == "pg_catalog" || name == "information_schema") {
            creates = creates.value_or(creation::refused);
            if (!contains(entries, functions)) {
                entries.push_back(functions);  // in front of the functions that they replace
            }
            entries.push_back(quoted("system", name));
        } else if (name == "pg_temp") {
            creates = creates.value_or(creation::temporary);
        } else if (const auto schema = find_schema(existing, name)) {
            creates = creates.value_or(creation::schema);
            if (!contains(schemas, *schema)) {
                schemas.push_back(*schema);
                entries.push_back(quoted(catalog, *schema));
            }
        }
    }
    if (!contains(entries, functions)) {
        entries.push_back(functions);
    }
    if (entries.front() == functions) {
        // The first entry decides the current database.
        const std::string first(schemas.empty() ? main_schema : schemas.front());
        entries.insert(entries.begin(), {quoted(catalog, first), quoted(functions_catalog, no_schema)});
    }
    if (!contains(schemas, main_schema)) {
        schemas.emplace_back(main_schema);
    }
    const std::string value = joined(entries);
    const creation created_before = std::exchange(creates_, creates.value_or(creation::nowhere));
    schemas_ = contains(names_, "information_schema") ? std::nullopt : std::optional(std::move(schemas));
    return std::exchange(engine_value_, value) != value || creates_ != created_before;
}

result<std::optional<std::string>> search_path::place(std::string_view sql) const {
    if (creates_ == creation::schema) [[likely]] {
        return std::nullopt;
    }
    const auto words = find_creation(sql);
    if (!words) {
        return std::nullopt;
    }
    switch (creates_) {
        case creation::temporary: {
            std::string text(sql);
            text.insert(words->kind_at_bytes, "TEMPORARY ");
            return text;
        }
        case creation::refused:
            return fail(error{.code = sqlstates::insufficient_privilege,
                              .message = "permission denied to create \"pg_catalog." + words->name + "\"",
                              .detail = "System catalog modifications are currently disallowed."});
        default:
            return fail(sqlstates::invalid_schema_name, "no schema has been selected to create in");
    }
}

}  // namespace sluice::duckdb
