#include "engines/duckdb/statement/duckdb_statement.hpp"

#include <algorithm>
#include <utility>

#include "base/run/memory_wall.hpp"
#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/statement/duckdb_effects.hpp"
#include "engines/duckdb/statement/parameter_resolution.hpp"
#include "engines/duckdb/statement/statement_guard.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/parse/decode_number.hpp"
#include "postgres/sql/statement.hpp"

namespace sluice::duckdb {
namespace {

// EXPLAIN ANALYZE, PRAGMA enable_profiling, SET custom_profiling_settings and the like.
bool needs_metrics(std::string_view first_word, std::string_view sql) {
    constexpr std::string_view word = "profil";
    const auto same = [](char a, char b) { return base::to_lower(a) == b; };
    return first_word == "explain" || !std::ranges::search(sql, word, same).empty();
}

error prepare_failure(const planner& with, const char* message, const duckdb_statement& statement) {
    return with.link.to_error(message, {.sent = statement.sent, .original = statement.original});
}

// PIVOT becomes several statements: types that the last one needs, and the query.
result<owned_statement> prepare_last(const planner& with, const duckdb_statement& statement) {
    if (postgres::split_statements(statement.text).size() > 1) {
        return fail(sqlstates::syntax_error, "cannot insert multiple commands into a prepared statement");
    }
    const base::memory_wall::statement_scope counted(&with.link.cancel());
    owned_extracted extracted;
    const idx_t count = duckdb_extract_statements(with.link.connection(), statement.sent.c_str(), extracted.out());
    owned_statement plan;
    for (idx_t i = 0; i < count; ++i) {
        if (duckdb_prepare_extracted_statement(with.link.connection(), extracted.get(), i, plan.out()) == DuckDBError) {
            return fail(prepare_failure(with, duckdb_prepare_error(plan.get()), statement));
        }
        if (i + 1 < count) {
            TRY(check_part(duckdb_prepared_statement_type(plan.get())));
        }
        owned_result result;
        if (i + 1 < count && duckdb_execute_prepared(plan.get(), result.out()) == DuckDBError) {
            return fail(prepare_failure(with, duckdb_result_error(result.get()), statement));
        }
    }
    if (!plan) {
        return fail(prepare_failure(with, duckdb_extract_statements_error(extracted.get()), statement));
    }
    return plan;
}

// Constant expressions are computed here, so planning may need as much memory as a query.
bool prepare(const planner& with, const std::string& text, owned_statement& plan) {
    const base::memory_wall::statement_scope counted(&with.link.cancel());
    return duckdb_prepare(with.link.connection(), text.c_str(), plan.out()) == DuckDBSuccess;
}

result<owned_statement> make_plan(const planner& with, const duckdb_statement& statement) {
    TRY_ASSIGN(const auto placed, with.path.place(statement.sent));
    const std::string& text = placed ? *placed : statement.sent;
    owned_statement plan;
    if (prepare(with, text, plan)) {
        return plan;
    }
    const char* message = duckdb_prepare_error(plan.get());
    if (message != nullptr && std::string_view(message).contains("Cannot prepare multiple statements")) {
        return prepare_last(with, statement);
    }
    return fail(prepare_failure(with, message, statement));
}

bool is_single_column(const owned_statement& plan, std::string_view name, duckdb_type type) {
    if (duckdb_prepared_statement_column_count(plan.get()) != 1 ||
        duckdb_prepared_statement_column_type(plan.get(), 0) != type) {
        return false;
    }
    const char* found = duckdb_prepared_statement_column_name(plan.get(), 0);
    const bool same = found != nullptr && name == found;
    duckdb_free(
        const_cast<char*>(found));  // NOLINT(cppcoreguidelines-pro-type-const-cast): the caller's, says duckdb.h
    return same;
}

result_shape shape_of(const duckdb_statement& statement) {
    switch (statement.type) {
        case DUCKDB_STATEMENT_TYPE_SELECT:
        case DUCKDB_STATEMENT_TYPE_RELATION:
        case DUCKDB_STATEMENT_TYPE_LOGICAL_PLAN:
            return result_shape::rows;
        case DUCKDB_STATEMENT_TYPE_EXPLAIN:
            return result_shape::explain;
        case DUCKDB_STATEMENT_TYPE_INSERT:
        case DUCKDB_STATEMENT_TYPE_UPDATE:
        case DUCKDB_STATEMENT_TYPE_DELETE:
        case DUCKDB_STATEMENT_TYPE_MERGE_INTO:
            return statement.traits.returning ? result_shape::stored_rows : result_shape::count;
        case DUCKDB_STATEMENT_TYPE_CREATE:
            return result_shape::count;  // also for a parameter of a table function, when the columns are not known yet
        case DUCKDB_STATEMENT_TYPE_COPY:
            return is_single_column(statement.plan, "Count", DUCKDB_TYPE_BIGINT) ? result_shape::count
                                                                                 : result_shape::stored_rows;
        default:
            return duckdb_prepared_statement_column_count(statement.plan.get()) == 0 ||
                           is_single_column(statement.plan, "Success", DUCKDB_TYPE_BOOLEAN)
                       ? result_shape::nothing
                       : result_shape::stored_rows;
    }
}

std::vector<backend::column> read_columns(duckdb_statement& statement) {
    std::vector<backend::column> columns;
    std::vector<owned_type> types;
    if (statement.shape == result_shape::explain) {
        columns.push_back({.name = "QUERY PLAN", .type = type_oids::text});
    } else if (statement.shape == result_shape::rows || statement.shape == result_shape::stored_rows) {
        const idx_t count = duckdb_prepared_statement_column_count(statement.plan.get());
        for (idx_t i = 0; i < count; ++i) {
            owned_type type(duckdb_prepared_statement_column_logical_type(statement.plan.get(), i));
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): duckdb.h makes the caller free the name
            auto* name = const_cast<char*>(duckdb_prepared_statement_column_name(statement.plan.get(), i));
            columns.push_back(describe_column(take_text(name), type.get()));
            types.push_back(std::move(type));
        }
    }
    statement.encoders->set_columns(std::move(types));
    return columns;
}

// `read` is the text that statement.traits were read from.
result<> describe_plan(const planner& with, duckdb_statement& statement, const postgres::lexed_text& read) {
    TRY(resolve_parameters(with, statement, read));
    if (statement.sent != read.text()) {
        statement.traits = read_traits(statement.sent);
    }
    describe_result(with, statement);
    return {};
}

}  // namespace

void describe_result(const planner& with, duckdb_statement& statement) {
    statement.type = duckdb_prepared_statement_type(statement.plan.get());
    statement.shape = shape_of(statement);
    statement.effect = effect_of(statement.type, statement.traits, with.link.instance().functions());
    statement.described = read_columns(statement);
}

result<> replace_plan(const planner& with, duckdb_statement& statement) {
    const plan_stamp stamp = with.clock.now(with.link.id());
    statement.files_version = with.link.instance().files_version();
    statement.plan.reset();
    TRY_ASSIGN(statement.plan, make_plan(with, statement));
    const bool same_names = stamp.epoch.schema == statement.stamp.epoch.schema &&
                            stamp.own_schema == statement.stamp.own_schema &&
                            stamp.connection == statement.stamp.connection;
    if (!same_names) {
        statement.reuse = plan_reuse::unknown;
    }
    if (!same_names || statement.reuse == plan_reuse::never || statement.reuse == plan_reuse::unknown) {
        statement.encoders->forget();
    }
    statement.stamp = stamp;
    statement.planned_at = std::chrono::steady_clock::now();
    statement.executed = false;
    return {};
}

result<std::shared_ptr<duckdb_statement>> describe_statement(const planner& with, translated_text text,
                                                             std::span<const backend::oid> declared) {
    auto statement = std::make_shared<duckdb_statement>();
    statement->original = text.original;
    statement->changes = std::move(text.changes);
    statement->declared.assign(declared.begin(), declared.end());
    statement->traits = read_traits(text.lexed);
    TRY_ASSIGN(guarded_statement guarded,
               guard_statement(text.lexed, statement->traits, with.link.instance().protected_databases()));
    statement->text = std::move(guarded.text);
    statement->changes_connection = guarded.changes_connection;
    if (needs_metrics(statement->traits.first_word, text.sql())) {
        TRY(with.link.collect_metrics());
    }
    if (statement->traits.first_word == "import") {
        // Becomes one statement for each in the folder's scripts; they run at execution.
        statement->runs_as_text = true;
        statement->sent = text.sql();
        statement->effect = change::schema;
        return statement;
    }
    TRY(describe_plan(with, *statement, text.lexed));
    TRY(check_kind(guarded, statement->type));
    return statement;
}

result<> plan_again(const planner& with, duckdb_statement& statement) {
    TRY(replace_plan(with, statement));
    const auto columns = read_columns(statement);
    const auto same = [](const backend::column& a, const backend::column& b) {
        return a.name == b.name && a.type == b.type && a.type_modifier == b.type_modifier;
    };
    if (!std::ranges::equal(columns, statement.described, same)) {
        statement.plan.reset();
        return fail(sqlstates::feature_not_supported, "cached plan must not change result type");
    }
    return {};
}

}  // namespace sluice::duckdb
