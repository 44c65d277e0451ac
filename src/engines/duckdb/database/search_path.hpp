// search_path.hpp - a session's search path for names without a schema: PostgreSQL's list in DuckDB's form.
//
// Problem: PostgreSQL skips schemas that do not exist (yet), and creates in the first one that does. DuckDB refuses to
//          set a path with a schema that it does not know, and has no path without a schema for CREATE.
// Use:     if (path.set({"s", "public"})) ...; path.resolve(catalog, schemas of the catalog);
//          SET search_path = path.engine_value(); TRY_ASSIGN(auto text, path.place("CREATE TABLE z (i int)"))
// How:     `public` is the catalog's `main` if no schema has that name. pg_temp and pg_catalog are always searched;
//          their place in the list matters for CREATE only, when they come first: place() makes the object temporary,
//          or refuses. Sluice's own functions (engines/duckdb/dialect/catalog_views.hpp) come after all entries, and
//          after them DuckDB always searches `main`.
// Threads: as for the session.
// Errors:  3F000 no schema to create in; 42501 it would be pg_catalog.
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
    // Names without quotes; "$user" is replaced already. False: the list is the same.
    bool set(std::vector<std::string> names);
    // True: names may refer to other objects now.
    bool resolve(const std::string& catalog, std::span<const std::string> existing);

    // The value for SET search_path.
    [[nodiscard]] const std::string& engine_value() const { return engine_value_; }
    // The catalog's schemas in the order of the search for tables, `main` being the last; nullopt: schemas of other
    // catalogs are between them.
    [[nodiscard]] const std::optional<std::vector<std::string>>& schemas() const { return schemas_; }
    // The text to run instead of `sql`; nullopt: `sql` itself.
    result<std::optional<std::string>> place(std::string_view sql) const;

  private:
    enum class creation : std::uint8_t { schema, temporary, refused, nowhere };

    std::vector<std::string> names_{"public"};
    std::string engine_value_;
    std::optional<std::vector<std::string>> schemas_{std::vector<std::string>{"main"}};
    creation creates_ = creation::schema;
};

// The search path for a catalog alone.
[[nodiscard]] std::string default_search_path(const std::string& catalog);

}  // namespace sluice::duckdb
