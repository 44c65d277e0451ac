// Rules for tables of PostgreSQL's catalog; see catalog_views.hpp.
#include "sql/catalog_views.hpp"
#include "sql/translator.hpp"

namespace sluice::sql {

// Would a name at the cursor be a table's?
bool translator::at_table() const {
    const bool behind_separator = previous_.is_symbol(",") || previous_.is_symbol("(");
    return previous_.is_word("from") || previous_.is_word("join") || (behind_separator && levels_.back().from);
}

// FROM pg_class, with or without pg_catalog in front.
bool translator::apply_catalog_view(std::string_view lower, const token& name, token_cursor behind) {
    const bool of_session = lower == "pg_cursors";  // a table function of the engine: engine/cursor_list.hpp
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

// nspname !~ '^pg_': a part of the name is enough for PostgreSQL, while DuckDB matches the whole. Only where the
// catalog is read; DuckDB's own meaning is kept elsewhere.
bool translator::apply_catalog_pattern() {
    token_cursor behind = cursor_;
    const token symbol = behind.take();
    return reads_catalog_ && behind.at_string() && apply_pattern(symbol.text, behind);
}

}  // namespace sluice::sql
