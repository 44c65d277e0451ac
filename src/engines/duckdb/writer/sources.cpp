// FROM: tables, sub-queries, functions, joins.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "base/text/ascii.hpp"
#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

// The names of a source's columns in DuckDB: those of a table, else unique ones. DuckDB ignores case.
const std::vector<std::string>& query_writer::engine_names(const source& from) {
    const auto known = names_.find(&from);
    if (known != names_.end()) {
        return known->second;
    }
    std::vector<std::string> names;
    if (const auto* const table = std::get_if<table_source>(&from.what)) {
        for (const source_column& each : table->table->columns) {
            names.push_back(each.name);
        }
        return names_.emplace(&from, std::move(names)).first->second;
    }
    std::set<std::string> taken;
    for (const source_column& each : from.columns) {
        std::string name = each.name;
        for (int i = 1; !taken.insert(base::lower_case(name)).second; ++i) {
            name = fmt::format("{}_{}", each.name, i);
        }
        names.push_back(std::move(name));
    }
    return names_.emplace(&from, std::move(names)).first->second;
}

std::string query_writer::table_text(const relation& table) const {
    std::string made;
    for (const std::string* part : {&table.catalog, &table.schema, &table.name}) {
        if (!part->empty()) {
            made += made.empty() ? "" : ".";
            made += postgres::quote_identifier(*part);
        }
    }
    return made;
}

query_writer::text query_writer::function_source_text(const source& from, const function_source& functions) {
    if (functions.calls.size() != 1) {
        return not_written("ROWS FROM several functions");
    }
    const analysis::expression& call = *functions.calls.front();
    const std::string alias = postgres::quote_identifier(from.alias);
    std::vector<std::string> names;
    for (const std::string& each : engine_names(from)) {
        names.push_back(postgres::quote_identifier(each));
    }
    const std::string columns = fmt::format("{}", fmt::join(names, ", "));
    if (as<engine_call>(call) != nullptr && call.type.type == pseudo::record) {
        TRY_ASSIGN(const std::string made, expression(call));
        if (functions.ordinality) {
            return not_written("ordinality of a function of the engine");
        }
        return fmt::format("{} AS {}({})", made, alias, columns);
    }
    const auto* const function = as<function_call>(call);
    if (function == nullptr || !function->function->returns_set) {
        TRY_ASSIGN(const std::string one, expression(call));
        if (functions.column_counts.front() != 1) {
            return not_written("a function with several columns");
        }
        return functions.ordinality ? fmt::format("(SELECT {}, CAST(1 AS BIGINT)) AS {}({})", one, alias, columns)
                                    : fmt::format("(SELECT {}) AS {}({})", one, alias, columns);
    }
    // A series of numbers is produced while it is read.
    if (function->function->name == "generate_series" && !functions.ordinality &&
        (call.type.type == type_oids::int4 || call.type.type == type_oids::int8) && constant_arguments(*function)) {
        TRY_ASSIGN(const std::string arguments, list(function->arguments));
        return fmt::format("(SELECT CAST(generate_series AS {}) FROM generate_series({})) AS {}({})",
                           engine_type_of(types_, call.type), arguments, alias, columns);
    }
    TRY_ASSIGN(const std::string rows, set_text(*function, call.type));
    if (functions.column_counts.front() == 1) {
        return functions.ordinality
                   ? fmt::format("(SELECT unnest(s), unnest(range(1, len(s) + 1)) FROM (SELECT {} AS s)) AS {}({})",
                                 rows, alias, columns)
                   : fmt::format("(SELECT unnest({})) AS {}({})", rows, alias, columns);
    }
    std::string fields;
    for (std::size_t i = 0; i < functions.column_counts.front(); ++i) {
        fields += fmt::format("{}struct_extract(r, {})", i == 0 ? "" : ", ", i + 1);
    }
    return functions.ordinality
               ? fmt::format(
                     "(SELECT {}, n FROM (SELECT unnest(s) AS r, unnest(range(1, len(s) + 1)) AS n FROM (SELECT {} AS "
                     "s))) "
                     "AS {}({})",
                     fields, rows, alias, columns)
               : fmt::format("(SELECT {} FROM (SELECT unnest({}) AS r)) AS {}({})", fields, rows, alias, columns);
}

query_writer::text query_writer::source_text(const source& from) {
    const std::string alias = postgres::quote_identifier(from.alias);
    const auto with_columns = [&] {
        std::vector<std::string> names;
        for (const std::string& each : engine_names(from)) {
            names.push_back(postgres::quote_identifier(each));
        }
        return fmt::format("{}({})", alias, fmt::join(names, ", "));
    };
    if (const auto* const table = std::get_if<table_source>(&from.what)) {
        return fmt::format("{} AS {}", table_text(*table->table), alias);
    }
    if (const auto* const inner = std::get_if<query_source>(&from.what)) {
        TRY_ASSIGN(const std::string select, select_text(*inner->select));
        if (from.columns.empty()) {
            return fmt::format("({}) AS {}", select, alias);
        }
        return fmt::format("{}({}) AS {}", from.lateral ? "LATERAL " : "", select, with_columns());
    }
    if (const auto* const common = std::get_if<common_source>(&from.what)) {
        return fmt::format("{} AS {}", postgres::quote_identifier(common->table->name), with_columns());
    }
    if (const auto* const functions = std::get_if<function_source>(&from.what)) {
        TRY_ASSIGN(const std::string made, function_source_text(from, *functions));
        return made.starts_with("(SELECT") && !constant_call(*functions) ? "LATERAL " + made : made;
    }
    return not_written("a source of another kind");
}

query_writer::text query_writer::from_text(const from_item& item) {
    if (item.leaf != nullptr) {
        return source_text(*item.leaf);
    }
    constexpr auto joins =
        std::to_array<std::string_view>({"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"});
    TRY_ASSIGN(const std::string left, from_text(*item.left));
    TRY_ASSIGN(const std::string right, from_text(*item.right));
    std::string condition;
    if (item.condition) {
        TRY_ASSIGN(condition, expression(*item.condition));
        condition = " ON " + condition;
    } else if (item.join != join_kind::cross) {
        condition = " ON true";
    }
    const std::string_view join = joins[static_cast<std::size_t>(item.join)];
    return item.right->leaf == nullptr ? fmt::format("{} {} ({}){}", left, join, right, condition)
                                       : fmt::format("{} {} {}{}", left, join, right, condition);
}

// True if no argument names a column.
bool query_writer::constant_call(const function_source& functions) {
    bool constant_only = true;
    const std::function<void(const analysis::expression&)> look = [&](const analysis::expression& each) {
        constant_only = constant_only && as<column_reference>(each) == nullptr && as<subquery>(each) == nullptr;
        visit_children(each, look);
    };
    for (const expression_ptr& each : functions.calls) {
        look(*each);
    }
    return constant_only;
}
bool query_writer::constant_arguments(const function_call& call) {
    bool constant_only = true;
    const std::function<void(const analysis::expression&)> look = [&](const analysis::expression& each) {
        constant_only = constant_only && as<column_reference>(each) == nullptr && as<subquery>(each) == nullptr;
        visit_children(each, look);
    };
    for (const expression_ptr& each : call.arguments) {
        look(*each);
    }
    return constant_only;
}

}  // namespace sluice::duckdb
