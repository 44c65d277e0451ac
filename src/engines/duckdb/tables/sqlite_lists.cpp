#include "engines/duckdb/tables/sqlite_lists.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {
namespace {

// DuckDB numbers from 0; these numbers stay below 2^32 with 300 files of ten million objects.
constexpr std::int64_t oid_first = 1'000'000'000;
constexpr std::int64_t oids_each = 10'000'000;
constexpr char separator = '\x1f';  // between names in one text

using text_row = std::vector<std::optional<std::string>>;
using text_rows = std::vector<text_row>;

std::int64_t number_of(const std::optional<std::string>& text) {
    std::int64_t number = 0;
    if (text) {
        std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number;
}

// Asks one SQLite file for its objects, and DuckDB for their types.
class reader {
  public:
    reader(duckdb_connection connection, const std::string& database) : connection_(connection), database_(database) {}

    [[nodiscard]] std::optional<text_rows> ask_duckdb(const std::string& sql) const {
        owned_result result;
        if (duckdb_query(connection_, sql.c_str(), result.out()) == DuckDBError) {
            return std::nullopt;
        }
        text_rows rows(duckdb_row_count(result.get()), text_row(duckdb_column_count(result.get())));
        for (idx_t row = 0; row < rows.size(); ++row) {
            for (idx_t column = 0; column < rows[row].size(); ++column) {
                if (!duckdb_value_is_null(result.get(), column, row)) {
                    rows[row][column] = take_text(duckdb_value_varchar(result.get(), column, row));
                }
            }
        }
        return rows;
    }
    [[nodiscard]] std::optional<text_rows> ask(const std::string& sql) const {
        return ask_duckdb("SELECT * FROM sqlite_query(" + postgres::quote_literal(database_) + ", " +
                          postgres::quote_literal(sql) + ")");
    }
    // Rows by the table's rowid in sqlite_master, which is each row's first column. `from` is the table's pragma.
    [[nodiscard]] std::map<std::int64_t, text_rows> ask_tables(const std::string& columns, const std::string& from,
                                                               const std::vector<std::int64_t>& tables) const {
        const std::string sql =
            "SELECT m.rowid, " + columns + " FROM main.sqlite_master AS m JOIN " + from + " WHERE m.type = 'table'";
        std::map<std::int64_t, text_rows> found;
        const auto keep = [&](const std::optional<text_rows>& rows) {
            for (const text_row& row : rows.value_or(text_rows())) {
                found[number_of(row[0])].push_back(row);
            }
            return rows.has_value();
        };
        if (!keep(ask(sql))) {
            for (const std::int64_t table : tables) {
                keep(ask(sql + " AND m.rowid = " + std::to_string(table)));
            }
        }
        return found;
    }

  private:
    duckdb_connection connection_;
    const std::string& database_;
};

std::string with_separator(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : std::string(1, separator)) + name;
    }
    return text;
}

// The text behind the table's name in CREATE INDEX: "(a COLLATE NOCASE) WHERE b > 0".
std::string index_body(std::string_view sql) {
    postgres::token_cursor cursor(sql);
    while (!cursor.at_end() && !cursor.accept_word("on")) {
        cursor.take();
    }
    while (!cursor.at_end() && !cursor.at_symbol("(")) {
        cursor.take();
    }
    return std::string(sql.substr(cursor.peek().offset_bytes));
}

}  // namespace

void sqlite_lists::add(database attached) {
    const std::scoped_lock lock(mutex_);
    const auto number = static_cast<std::int64_t>(entries_.size());
    entries_.push_back({.what = std::move(attached), .oid = oid_first + number * oids_each, .version = {}, .read = {}});
}

namespace {

struct relation {
    std::int64_t rowid = 0;
    std::string kind;
    std::string name;
    std::string sql;
};

struct table_facts {
    std::int64_t constraints = 0;
    std::int64_t indexes = 0;
    bool has_primary_key = false;
};

// All objects of one file, as rows of the four lists.
class listing {
  public:
    listing(const reader& from, std::string database, std::int64_t oid)
        : from_(from), database_(std::move(database)), oid_(oid) {}

    void read(std::vector<backend::system_row>& relations, std::vector<backend::system_row>& columns,
              std::vector<backend::system_row>& constraints, std::vector<backend::system_row>& indexes) {
        find_relations();
        read_columns(columns, constraints);
        read_indexes(constraints, indexes);
        read_references(constraints);
        for (const relation& each : relations_) {
            const table_facts& facts = facts_[each.rowid];
            relations.push_back({database_, oid_, each.kind, oid_ + each.rowid, each.name, column_counts_[each.rowid],
                                 facts.indexes, facts.has_primary_key, each.sql});
        }
    }

  private:
    void find_relations() {
        const auto rows = from_.ask(
            "SELECT m.rowid, m.type, m.name, m.sql, EXISTS (SELECT 1 FROM main.sqlite_master AS t WHERE "
            "t.type = 'trigger' AND lower(t.name) = lower(m.name)) FROM main.sqlite_master AS m "
            "WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1");
        for (const text_row& row : rows.value_or(text_rows())) {
            relations_.push_back({.rowid = number_of(row[0]),
                                  .kind = row[1].value_or(""),
                                  .name = row[2].value_or(""),
                                  .sql = row[3].value_or("")});
            if (relations_.back().kind == "table") {
                tables_.push_back(relations_.back().rowid);
            }
            if (number_of(row[4]) != 0) {
                unreadable_.push_back(relations_.back().rowid);  // an internal error of the extension
            }
        }
    }

    void read_columns(std::vector<backend::system_row>& columns, std::vector<backend::system_row>& constraints) {
        const auto facts =
            from_.ask_tables("c.name, c.\"notnull\", c.dflt_value, c.pk", "pragma_table_info(m.name) AS c", tables_);
        for (const relation& each : relations_) {
            const auto known = facts.find(each.rowid);
            const text_rows none;
            const text_rows& declared = known == facts.end() ? none : known->second;
            std::int64_t index = 0;
            const auto described =
                std::ranges::find(unreadable_, each.rowid) != unreadable_.end()
                    ? std::nullopt
                    : from_.ask_duckdb("DESCRIBE SELECT * FROM " + postgres::quote_identifier(database_) + ".main." +
                                       postgres::quote_identifier(each.name));
            for (const text_row& column : described.value_or(text_rows())) {
                const auto fact =
                    std::ranges::find_if(declared, [&](const text_row& row) { return row[1] == column[0]; });
                const bool found = fact != declared.end();
                columns.push_back({database_, oid_, oid_ + each.rowid, each.name, column[0].value_or(""), ++index,
                                   column[1].value_or(""), !found || number_of((*fact)[2]) == 0,
                                   found && (*fact)[3] ? backend::system_value(*(*fact)[3]) : backend::system_value()});
                positions_[each.rowid].push_back(column[0].value_or(""));
            }
            column_counts_[each.rowid] = index;
            note_primary_key(each, declared, constraints);
        }
    }

    void note_primary_key(const relation& table, const text_rows& declared,
                          std::vector<backend::system_row>& constraints) {
        std::map<std::int64_t, std::string> key;
        for (const text_row& row : declared) {
            if (number_of(row[4]) > 0) {
                key[number_of(row[4])] = row[1].value_or("");
            }
        }
        std::vector<std::string> names;
        for (const auto& [position, name] : key) {
            names.push_back(name);
        }
        if (!names.empty()) {
            facts_[table.rowid].has_primary_key = true;
            add_constraint(table, "PRIMARY KEY", names, "_pkey", {}, {}, constraints);
        }
        primary_keys_[base::lower_case(table.name)] = std::move(names);
    }

    void add_constraint(const relation& table, const std::string& type, const std::vector<std::string>& names,
                        const std::string& suffix, const std::string& referenced,
                        const std::vector<std::string>& referenced_names,
                        std::vector<backend::system_row>& constraints) {
        std::vector<std::string> places;
        std::string middle;
        const auto& columns = positions_[table.rowid];
        for (const std::string& name : names) {
            const auto at = std::ranges::find_if(
                columns, [&](const std::string& column) { return base::lower_case(column) == base::lower_case(name); });
            places.push_back(std::to_string(at - columns.begin()));
            middle += "_" + name;
        }
        const auto text_or_null = [](const std::string& text) {
            return text.empty() ? backend::system_value() : backend::system_value(text);
        };
        constraints.push_back({database_, oid_, oid_ + table.rowid, table.name, facts_[table.rowid].constraints++, type,
                               with_separator(names), with_separator(places),
                               table.name + (type == "PRIMARY KEY" ? "" : middle) + suffix, text_or_null(referenced),
                               text_or_null(with_separator(referenced_names))});
    }

    // Indexes of UNIQUE and PRIMARY KEY have no text; the catalog makes them from the constraints.
    void read_indexes(std::vector<backend::system_row>& constraints, std::vector<backend::system_row>& indexes) {
        const auto found = from_.ask_tables(
            "i.name, i.\"unique\", i.origin, (SELECT group_concat(coalesce(c.name, ''), char(31)) FROM "
            "pragma_index_info(i.name) AS c), x.rowid AS index_rowid, x.sql",
            "pragma_index_list(m.name) AS i LEFT JOIN main.sqlite_master AS x ON x.type = 'index' AND x.name = i.name",
            tables_);
        for (const relation& table : relations_) {
            const auto rows = found.find(table.rowid);
            for (const text_row& row : rows == found.end() ? text_rows() : rows->second) {
                const std::string columns = row[4].value_or("");
                if (row[3] == "u") {
                    add_constraint(table, "UNIQUE", split(columns), "_key", {}, {}, constraints);
                } else if (row[3] == "c" && row[6]) {
                    ++facts_[table.rowid].indexes;
                    const bool unique = number_of(row[2]) != 0;
                    const std::string name = row[1].value_or("");
                    indexes.push_back({database_, oid_, oid_ + number_of(row[5]), name, oid_ + table.rowid, table.name,
                                       unique, columns, index_body(*row[6]), *row[6]});
                }
            }
        }
    }

    void read_references(std::vector<backend::system_row>& constraints) {
        const auto found = from_.ask_tables("f.id, f.seq, f.\"table\", f.\"from\", f.\"to\"",
                                            "pragma_foreign_key_list(m.name) AS f", tables_);
        for (const relation& table : relations_) {
            const auto rows = found.find(table.rowid);
            std::map<std::int64_t, std::map<std::int64_t, text_row>> keys;
            for (const text_row& row : rows == found.end() ? text_rows() : rows->second) {
                keys[number_of(row[1])][number_of(row[2])] = row;
            }
            for (const auto& [id, parts] : keys) {
                std::vector<std::string> names;
                std::vector<std::string> others;
                std::string referenced;
                for (const auto& [position, row] : parts) {
                    referenced = row[3].value_or("");
                    names.push_back(row[4].value_or(""));
                    if (row[5]) {
                        others.push_back(*row[5]);
                    }
                }
                const auto& key = primary_keys_[base::lower_case(referenced)];
                add_constraint(table, "FOREIGN KEY", names, "_fkey", referenced, others.empty() ? key : others,
                               constraints);
            }
        }
    }

    static std::vector<std::string> split(std::string_view names) {
        std::vector<std::string> parts;
        while (!names.empty()) {
            const std::string_view part = names.substr(0, names.find(separator));
            parts.emplace_back(part);
            names.remove_prefix(std::min(names.size(), part.size() + 1));
        }
        return parts;
    }

    const reader& from_;
    std::string database_;
    std::int64_t oid_;
    std::vector<relation> relations_;
    std::vector<std::int64_t> tables_;
    std::vector<std::int64_t> unreadable_;
    std::map<std::int64_t, table_facts> facts_;
    std::map<std::int64_t, std::int64_t> column_counts_;
    std::map<std::int64_t, std::vector<std::string>> positions_;    // names of columns in their order
    std::map<std::string, std::vector<std::string>> primary_keys_;  // by the table's name in lower case
};

constexpr backend::system_type text = backend::system_type::varchar;
constexpr backend::system_type number = backend::system_type::bigint;
constexpr backend::system_type truth = backend::system_type::boolean;

}  // namespace

void sqlite_lists::refresh(entry& each, duckdb_connection connection) {
    const reader from(connection, each.what.name);
    const auto version = from.ask("PRAGMA main.schema_version");
    if (version && !version->empty() && version->front()[0] == each.version) {
        return;
    }
    each.read = {};
    listing(from, each.what.name, each.oid)
        .read(each.read.relations, each.read.columns, each.read.constraints, each.read.indexes);
    each.version = version && !version->empty() ? version->front()[0].value_or("") : "";
}

std::vector<backend::system_row> sqlite_lists::rows(std::vector<backend::system_row> contents::* list) {
    const std::scoped_lock lock(mutex_);
    std::vector<backend::system_row> all;
    if (entries_.empty()) {
        return all;
    }
    const auto connection = connect_();
    for (entry& each : entries_) {
        if (connection) {
            refresh(each, connection->get());
        }
        const auto& rows = each.read.*list;
        all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
}

std::vector<backend::system_row> sqlite_lists::databases() {
    const std::scoped_lock lock(mutex_);
    std::vector<backend::system_row> all;
    for (const entry& each : entries_) {
        all.push_back({each.what.name, each.oid, each.what.path, each.what.read_only});
    }
    return all;
}

std::vector<backend::system_table> sqlite_lists::tables(const std::shared_ptr<sqlite_lists>& lists) {
    const auto list = [&lists](std::vector<backend::system_row> contents::* which) {
        return [lists, which](backend::system_caller) { return lists->rows(which); };
    };
    return {{.name = "sluice_sqlite_databases",
             .columns = {{"database_name", text}, {"database_oid", number}, {"path", text}, {"readonly", truth}},
             .rows = [lists](backend::system_caller) { return lists->databases(); }},
            {.name = "sluice_sqlite_relations",
             .columns = {{"database_name", text},
                         {"database_oid", number},
                         {"kind", text},
                         {"oid", number},
                         {"name", text},
                         {"column_count", number},
                         {"index_count", number},
                         {"has_primary_key", truth},
                         {"sql", text}},
             .rows = list(&contents::relations)},
            {.name = "sluice_sqlite_columns",
             .columns = {{"database_name", text},
                         {"database_oid", number},
                         {"table_oid", number},
                         {"table_name", text},
                         {"column_name", text},
                         {"column_index", number},
                         {"data_type", text},
                         {"is_nullable", truth},
                         {"column_default", text}},
             .rows = list(&contents::columns)},
            {.name = "sluice_sqlite_constraints",
             .columns = {{"database_name", text},
                         {"database_oid", number},
                         {"table_oid", number},
                         {"table_name", text},
                         {"constraint_index", number},
                         {"constraint_type", text},
                         {"columns", text},
                         {"places", text},
                         {"constraint_name", text},
                         {"referenced_table", text},
                         {"referenced_columns", text}},
             .rows = list(&contents::constraints)},
            {.name = "sluice_sqlite_indexes",
             .columns = {{"database_name", text},
                         {"database_oid", number},
                         {"index_oid", number},
                         {"index_name", text},
                         {"table_oid", number},
                         {"table_name", text},
                         {"is_unique", truth},
                         {"columns", text},
                         {"body", text},
                         {"sql", text}},
             .rows = list(&contents::indexes)}};
}

}  // namespace sluice::duckdb
