#include "engines/duckdb/statement/analysed_plan.hpp"

#include <algorithm>
#include <utility>

#include "analysis/grammar/nodes.hpp"
#include "analysis/grammar/parse_tree.hpp"
#include "analysis/query/analyse.hpp"
#include "engines/duckdb/statement/duckdb_effects.hpp"
#include "engines/duckdb/statement/statement_catalog.hpp"
#include "engines/duckdb/statement/statement_guard.hpp"
#include "engines/duckdb/values/types.hpp"
#include "engines/duckdb/writer/write_query.hpp"

namespace sluice::duckdb {
namespace {

// A type of its own; the C API has no copy.
duckdb_logical_type copy_type(duckdb_logical_type type) {
    const owned_type list(duckdb_create_list_type(type));
    return duckdb_list_type_child_type(list.get());
}

bool is_analysed_kind(const analysis::parse_tree& tree) {
    if (tree.statements().size() != 1) {
        return false;
    }
    switch (tree.statements()[0]->stmt->node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
        case PG_QUERY__NODE__NODE_INSERT_STMT:
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            return true;
        default:
            return false;
    }
}

// The type with PostgreSQL's name if its values are text.
owned_type named_type(duckdb_logical_type type, const analysis::type_row& row) {
    if (duckdb_get_type_id(type) == DUCKDB_TYPE_LIST && row.category == 'A') {
        const owned_type child(duckdb_list_type_child_type(type));
        const bool nested = duckdb_get_type_id(child.get()) == DUCKDB_TYPE_LIST;
        const owned_type element = named_type(child.get(), nested ? row : *analysis::find_type(row.element));
        return owned_type(duckdb_create_list_type(element.get()));
    }
    owned_type named(copy_type(type));
    if (duckdb_get_type_id(type) == DUCKDB_TYPE_VARCHAR && row.number != type_oids::text) {
        duckdb_logical_type_set_alias(named.get(), std::string(row.name).c_str());
    }
    return named;
}

// Names and types as PostgreSQL describes them.
void name_columns(const std::vector<analysis::result_column>& columns, duckdb_statement& statement) {
    const std::span<const owned_type> planned = statement.encoders->columns();
    std::vector<owned_type> types;
    for (std::size_t i = 0; i < planned.size(); ++i) {
        backend::column& column = statement.described[i];
        const analysis::type_row* const row = i < columns.size() ? analysis::find_type(columns[i].type.type) : nullptr;
        column.name = i < columns.size() ? columns[i].name : column.name;
        if (row == nullptr) {
            types.emplace_back(copy_type(planned[i].get()));
            continue;
        }
        column.type = row->number;
        column.type_modifier = columns[i].type.modifier;
        column.type_size_bytes = row->size_bytes;
        types.push_back(named_type(planned[i].get(), *row));
    }
    statement.encoders->set_columns(std::move(types));
}

// Names stay for the life of the database; the registration has a transaction of its own.
result<> register_names(const planner& with, const std::vector<written_type_name>& names) {
    if (names.empty()) {
        return {};
    }
    TRY_ASSIGN(const owned_connection other, with.link.instance().connect());
    for (const written_type_name& each : names) {
        owned_statement probe;
        const std::string sql = "SELECT CAST(NULL AS " + each.base + ")";
        if (duckdb_prepare(other.get(), sql.c_str(), probe.out()) != DuckDBSuccess) {
            return fail(sqlstates::internal_error, "the engine has no type " + each.base);
        }
        const owned_type type(duckdb_prepared_statement_column_logical_type(probe.get(), 0));
        duckdb_logical_type_set_alias(type.get(), each.alias.c_str());
        (void)duckdb_register_logical_type(other.get(), type.get(), nullptr);  // fails if the name is known already
    }
    return {};
}

result<std::shared_ptr<duckdb_statement>> plan_definition(const planner& with, const analysis::table_definition& table,
                                                          const statement_catalog& catalog,
                                                          const postgres::lexed_text& sql,
                                                          const writer_params& params) {
    auto written = write_definition(table, catalog, sql.text(), params);
    if (!written) {
        if (is_not_written(written.error())) {
            return nullptr;
        }
        return std::unexpected(std::move(written).error());
    }
    TRY(register_names(with, written->types));
    auto statement = std::make_shared<duckdb_statement>();
    statement->original = sql.text();
    statement->text = sql.text();
    for (const std::string& each : written->statements) {
        TRY_ASSIGN(const auto placed, with.path.place(each));
        statement->sent += (placed ? *placed : each) + ";";
    }
    statement->traits = read_traits(sql);
    statement->runs_as_text = true;
    statement->is_script = true;
    statement->effect = change::schema;
    statement->shape = result_shape::nothing;
    return statement;
}

}  // namespace

result<std::shared_ptr<duckdb_statement>> plan_analysed(const planner& with, const postgres::lexed_text& sql,
                                                        std::span<const backend::oid> declared,
                                                        const analysis_facts& facts) {
    const auto tree = analysis::parse(sql);
    if (!tree) {
        return nullptr;
    }
    if (!is_analysed_kind(*tree)) {
        return nullptr;
    }
    statement_catalog catalog(with);
    auto found = analysis::analyse(*tree->statements()[0], catalog, sql.text(), declared);
    if (!found) {
        if (analysis::is_not_analysed(found.error())) {
            return nullptr;
        }
        return std::unexpected(std::move(found).error());
    }
    const writer_params params{.zone = facts.zone, .user = facts.user, .database = facts.database};
    if (found->table) {
        return plan_definition(with, *found->table, catalog, sql, params);
    }
    auto written = write_query(*found->statement, found->parameters.size(), catalog, sql.text(), params);
    if (!written) {
        if (is_not_written(written.error())) {
            return nullptr;
        }
        return std::unexpected(std::move(written).error());
    }
    auto statement = std::make_shared<duckdb_statement>();
    statement->original = sql.text();
    statement->declared.assign(declared.begin(), declared.end());
    statement->sent = std::move(written->sql);
    statement->text = sql.text();
    statement->traits = read_traits(statement->sent);
    TRY_ASSIGN(const guarded_statement guarded,
               guard_statement(statement->sent, statement->traits, with.link.instance().protected_databases()));
    statement->changes_connection = guarded.changes_connection;
    if (auto planned = replace_plan(with, *statement); !planned) {
        return std::unexpected(std::move(planned).error());
    }
    for (std::size_t i = 0; i < found->parameters.size(); ++i) {
        statement_parameter parameter{.type = found->parameters[i].type, .slots = {}};
        for (std::size_t slot = 0; slot < written->parameters.size(); ++slot) {
            if (written->parameters[slot].number == static_cast<int>(i) + 1) {
                parameter.slots.push_back(
                    {.index = slot + 1,
                     .target = owned_type(duckdb_param_logical_type(statement->plan.get(), slot + 1)),
                     .use = value_use::assigned});
            }
        }
        statement->parameter_oids.push_back(parameter.type);
        statement->parameters.push_back(std::move(parameter));
    }
    describe_result(with, *statement);
    name_columns(found->columns, *statement);
    return statement;
}

}  // namespace sluice::duckdb
