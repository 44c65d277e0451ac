// search_path.hpp - where a session looks for names without a schema: PostgreSQL's list as DuckDB's.
//
// Problem: PostgreSQL passes over schemas that do not exist (yet), and creates in the first one that does. DuckDB
//          refuses to set a path with a schema that it does not know, and cannot be told to create nowhere.
// Use:     if (path.set({"s", "public"})) ...; path.resolve(catalog, schemas of the catalog);
//          SET search_path = path.engine_value(); TRY_ASSIGN(auto text, path.place("CREATE TABLE z (i int)"))
// How:     `public` is the catalog's `main` where no schema has that name. pg_temp and pg_catalog are searched whether
//          they are in the list or not; they matter for CREATE when they come first: place() makes a temporary thing,
//          or refuses. Behind everything come functions of our own (engines/duckdb/dialect/catalog_views.hpp), and
//          behind that DuckDB always searches `main`.
// Threads: as the session.
// Errors:  3F000 no schema to create in; 42501 pg_catalog is it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::duckdb {

class search_path {
  public:
    // Names without quotes; a user's name stands for "$user". False: they are the same.
    bool set(std::vector<std::string> names);
    // True: something else is found now.
    bool resolve(const std::string& catalog, std::span<const std::string> existing);

    // For SET search_path.
    [[nodiscard]] const std::string& engine_value() const { return engine_value_; }
    // Schemas of the catalog in the order in which tables are looked for, `main` being the last; nullopt: others are
    // between them.
    [[nodiscard]] const std::optional<std::vector<std::string>>& schemas() const { return schemas_; }
    // The text to run instead of this one; nullopt: the same.
    result<std::optional<std::string>> place(std::string_view sql) const;

  private:
    enum class creation : std::uint8_t { schema, temporary, refused, nowhere };

    std::vector<std::string> names_{"public"};
    std::string engine_value_;
    std::optional<std::vector<std::string>> schemas_{std::vector<std::string>{"main"}};
    creation creates_ = creation::schema;
};

// Of a catalog and nothing else.
[[nodiscard]] std::string default_search_path(const std::string& catalog);

}  // namespace sluice::duckdb
