// duckdb_statement.hpp - a session's statement: text, parameters, columns, and the current plan.
//
// Use:     TRY_ASSIGN(auto statement, describe_statement(planner, text, declared));
//          ...; TRY(plan_again(planner, *statement))
// How:     the statement is planned once to find its types; DuckDB's plan may be dropped and made again, the
//          description stays as the client knows it.
// Threads: as for the session.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_link.hpp"
#include "engines/duckdb/database/search_path.hpp"
#include "engines/duckdb/encode/stream_encoder.hpp"
#include "engines/duckdb/statement/plan_clock.hpp"
#include "engines/duckdb/statement/statement_traits.hpp"
#include "engines/duckdb/values/parameter_decoder.hpp"

namespace sluice::duckdb {

// The form of the result for the client.
enum class result_shape : std::uint8_t {
    rows,         // fetched while they are produced
    stored_rows,  // produced to the end before the first is fetched: RETURNING, utilities that report
    explain,      // stored, and turned into lines
    count,        // the number of rows affected
    nothing,
};

// A value that DuckDB binds for a client's parameter.
struct bound_slot {
    std::uint64_t index = 0;  // DuckDB's
    owned_type target;        // the type that DuckDB expects; null: any type
    value_use use = value_use::compared;
};

struct statement_parameter {
    backend::oid type = 0;
    std::vector<bound_slot> slots;  // several if columns of different types get its value; none: it is not used
};

class duckdb_statement final : public backend::prepared_statement {
  public:
    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return parameter_oids; }
    [[nodiscard]] std::span<const backend::column> columns() const override { return described; }
    [[nodiscard]] std::span<const backend::setting_change> setting_changes() const override { return changes; }
    // CHECKPOINT is repeated when it meets the end of another session's write.
    [[nodiscard]] bool may_have_effect() const override {
        return (effect != change::none || runs_as_text) && traits.first_word != "checkpoint";
    }

    std::string original;                // the client's text
    std::string text;                    // translated, and passed by statement_guard.hpp
    std::string sent;                    // for DuckDB: with casts for the parameters
    std::vector<backend::oid> declared;  // by Parse
    statement_traits traits;
    bool runs_as_text = false;                     // cannot be planned; sent to DuckDB whole
    bool is_script = false;                        // runs_as_text: several statements, in one transaction
    std::vector<backend::setting_change> changes;  // calls of set_config()
    bool changes_connection = false;               // may leave state on the connection, for any statement type

    std::vector<backend::oid> parameter_oids;
    std::vector<statement_parameter> parameters;
    std::vector<backend::column> described;  // as described to the client
    result_shape shape = result_shape::nothing;
    change effect = change::none;
    duckdb_statement_type type = DUCKDB_STATEMENT_TYPE_INVALID;

    owned_statement plan;
    plan_stamp stamp;
    std::uint64_t files_version = 0;  // of the served folder, when this plan was made
    std::chrono::steady_clock::time_point planned_at;
    bool executed = false;  // this plan
    plan_reuse reuse = plan_reuse::unknown;

    std::shared_ptr<encoder_cache> encoders = std::make_shared<encoder_cache>();  // with the types of the columns
};

// The parts of a session that planning needs.
struct planner {
    duckdb_link& link;
    plan_clock& clock;
    const search_path& path;
};

// A client's statement in DuckDB's dialect. It points into the client's text.
struct translated_text {
    std::string_view original;
    std::unique_ptr<const std::string> written;  // the translation; null: the client's text is it
    postgres::lexed_text lexed;                  // of the translation
    std::vector<backend::setting_change> changes;

    [[nodiscard]] std::string_view sql() const { return lexed.text(); }
};

result<std::shared_ptr<duckdb_statement>> describe_statement(const planner& with, translated_text text,
                                                             std::span<const backend::oid> declared);
// Makes statement.plan of statement.sent.
result<> replace_plan(const planner& with, duckdb_statement& statement);
// Type, shape, effect and columns of the plan.
void describe_result(const planner& with, duckdb_statement& statement);
// 0A000 if the columns differ from those described.
result<> plan_again(const planner& with, duckdb_statement& statement);

}  // namespace sluice::duckdb
