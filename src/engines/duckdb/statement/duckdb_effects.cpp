#include "engines/duckdb/statement/duckdb_effects.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engines/duckdb/capi/contains.hpp"

namespace sluice::duckdb {
namespace {

// Functions that write although a query calls them.
constexpr auto writing_functions = std::to_array<std::string_view>(
    {"dbgen", "dsdgen", "checkpoint", "force_checkpoint", "enable_logging", "disable_logging", "enable_profiling",
     "disable_profiling", "truncate_duckdb_logs", "load_aws_credentials", "enable_peg_parser", "disable_peg_parser"});
// Functions of extensions that only read, by the usual endings and beginnings of their names.
constexpr auto reading_prefixes = std::to_array<std::string_view>({"read_", "st_", "json_", "list_", "array_"});
constexpr auto reading_suffixes = std::to_array<std::string_view>({"_scan", "_query", "_metadata", "_snapshots"});

bool only_reads(const std::string& function, const function_catalog& known) {
    if (contains(writing_functions, function)) {
        return false;
    }
    return known.scalar.contains(function) || known.table.contains(function) ||
           std::ranges::any_of(reading_prefixes, [&](auto prefix) { return function.starts_with(prefix); }) ||
           std::ranges::any_of(reading_suffixes, [&](auto suffix) { return function.ends_with(suffix); });
}

change effect_of_query(const statement_traits& traits, const function_catalog& functions) {
    const bool reads =
        std::ranges::all_of(traits.functions, [&](const std::string& name) { return only_reads(name, functions); });
    return reads ? change::none : change::schema;
}

enum class table_kind : std::uint8_t { missing, native, other };

// The catalogs of one connection, inside a transaction.
class catalog_reader {
  public:
    explicit catalog_reader(duckdb_connection connection) {
        duckdb_connection_get_client_context(connection, context_.out());
    }

    [[nodiscard]] table_kind find(const std::string& catalog, const std::string& schema,
                                  const std::string& table) const {
        const owned_catalog found(duckdb_client_context_get_catalog(context_.get(), catalog.c_str()));
        if (!found) {
            return table_kind::missing;
        }
        const owned_catalog_entry entry(duckdb_catalog_get_entry(
            found.get(), context_.get(), DUCKDB_CATALOG_ENTRY_TYPE_TABLE, schema.c_str(), table.c_str()));
        if (!entry) {
            return table_kind::missing;
        }
        const char* type = duckdb_catalog_get_type_name(found.get());
        const bool native = type != nullptr && std::string_view(type) == "duckdb" &&
                            duckdb_catalog_entry_get_type(entry.get()) == DUCKDB_CATALOG_ENTRY_TYPE_TABLE;
        return native ? table_kind::native : table_kind::other;
    }

    [[nodiscard]] bool has_catalog(const std::string& name) const {
        return static_cast<bool>(owned_catalog(duckdb_client_context_get_catalog(context_.get(), name.c_str())));
    }

  private:
    owned_context context_;
};

bool is_native_in_path(const catalog_reader& catalogs, const std::string& name, const reuse_question& question) {
    if (question.path == nullptr || !question.path->schemas()) {
        return false;
    }
    table_kind found = catalogs.find("temp", "main", name);
    for (const std::string& schema : *question.path->schemas()) {
        if (found == table_kind::missing) {
            found = catalogs.find(question.instance.catalog(), schema, name);
        }
    }
    return found == table_kind::native;
}

bool is_native_table(const catalog_reader& catalogs, const std::vector<std::string>& name,
                     const reuse_question& question) {
    const std::string& here = question.instance.catalog();
    switch (name.size()) {
        case 1:
            return is_native_in_path(catalogs, name[0], question);
        case 2:
            // schema.table here, or table in a catalog's main schema: only if the name is unambiguous.
            if (catalogs.has_catalog(name[0])) {
                return catalogs.find(here, name[0], name[1]) == table_kind::missing &&
                       catalogs.find(name[0], "main", name[1]) == table_kind::native;
            }
            return question.path != nullptr && catalogs.find(here, name[0], name[1]) == table_kind::native;
        case 3:
            return catalogs.find(name[0], name[1], name[2]) == table_kind::native;
        default:
            return false;
    }
}

// The names of the tables that a query reads, as written; nullopt when DuckDB does not return them.
std::optional<std::vector<std::string>> table_names(const reuse_question& question) {
    const owned_value names(
        duckdb_get_table_names(question.connection, without_parameters(question.sent).c_str(), true));
    if (!names) {
        return std::nullopt;
    }
    std::vector<std::string> tables;
    const idx_t count = duckdb_get_list_size(names.get());
    for (idx_t i = 0; i < count; ++i) {
        const owned_value name(duckdb_get_list_child(names.get(), i));
        tables.push_back(take_text(duckdb_get_varchar(name.get())));
    }
    return tables;
}

}  // namespace

change effect_of(duckdb_statement_type type, const statement_traits& traits, const function_catalog& functions) {
    switch (type) {
        case DUCKDB_STATEMENT_TYPE_SELECT:
            return effect_of_query(traits, functions);
        case DUCKDB_STATEMENT_TYPE_EXPLAIN:
            return traits.writes_rows ? change::schema : effect_of_query(traits, functions);
        case DUCKDB_STATEMENT_TYPE_INSERT:
        case DUCKDB_STATEMENT_TYPE_UPDATE:
        case DUCKDB_STATEMENT_TYPE_DELETE:
        case DUCKDB_STATEMENT_TYPE_MERGE_INTO:
            return std::max(change::data, effect_of_query(traits, functions));
        case DUCKDB_STATEMENT_TYPE_COPY:
            return change::data;
        default:
            return change::schema;
    }
}

plan_reuse find_reuse(const reuse_question& question) {
    constexpr auto reusable_starts = std::to_array<std::string_view>({"select", "with", "values", "from", "insert"});
    const bool known_type =
        question.type == DUCKDB_STATEMENT_TYPE_SELECT || question.type == DUCKDB_STATEMENT_TYPE_INSERT;
    const bool known_functions = std::ranges::all_of(question.traits.functions, [&](const std::string& name) {
        return question.instance.functions().scalar.contains(name);
    });
    if (!known_type || !known_functions || !contains(reusable_starts, question.traits.first_word)) {
        return plan_reuse::never;
    }
    const catalog_reader catalogs(question.connection);
    if (question.type == DUCKDB_STATEMENT_TYPE_INSERT) {
        return !question.traits.reads && is_native_table(catalogs, question.traits.insert_into, question)
                   ? plan_reuse::until_schema_change
                   : plan_reuse::never;
    }
    const auto tables = table_names(question);
    if (!tables) {
        return plan_reuse::never;
    }
    for (const std::string& table : *tables) {
        if (!is_native_table(catalogs, split_name(table), question)) {
            return plan_reuse::never;
        }
    }
    return tables->empty() ? plan_reuse::until_schema_change : plan_reuse::until_write;
}

}  // namespace sluice::duckdb
