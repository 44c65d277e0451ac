#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engines/duckdb/dialect/translator.hpp"
#include "engines/duckdb/session/duckdb_copy_table.hpp"
#include "engines/duckdb/session/duckdb_session.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

row_framing framing_of(postgres::copy_format format) {
    switch (format) {
        case postgres::copy_format::csv:
            return row_framing::copy_csv;
        case postgres::copy_format::binary:
            return row_framing::copy_binary;
        case postgres::copy_format::text:
            break;
    }
    return row_framing::copy_text;
}

std::string select_columns(const std::vector<copy_column>& columns, const std::vector<std::string>& table) {
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        sql += (i == 0 ? "" : ", ") + postgres::quote_identifier(columns[i].name);
    }
    return sql + " FROM " + quote_name(table);
}

}  // namespace

result<backend::copy_out_execution> duckdb_session::copy_out(const postgres::copy_command& command) {
    const interrupts::scope here(*interrupts_);
    TRY(ready());
    std::string query = command.query;
    if (query.empty()) {
        TRY_ASSIGN(const auto columns, find_copy_columns(*link_, command));
        query = select_columns(columns, command.table);
    }
    const postgres::lexed_text lexed(query);
    const bool binary_ctid = command.format == postgres::copy_format::binary && names_rows(lexed);
    TRY_ASSIGN(auto statement, describe_statement(plan_with(), translated(lexed, binary_ctid), {}));
    if (!statement->parameters.empty()) {
        return fail(sqlstates::undefined_parameter, "there is no parameter $1");
    }
    if (statement->shape != result_shape::rows && statement->shape != result_shape::stored_rows) {
        return fail(sqlstates::feature_not_supported, "COPY query must have a RETURNING clause");
    }
    TRY(check_read_only(*statement));
    auto started = start(*statement, {});
    note_done(*statement);
    if (!started) {
        return fail(std::move(started).error());
    }
    TRY(check_result(*statement, *started));

    std::vector<duckdb_logical_type> types;
    std::vector<std::string> names;
    const std::span<const owned_type> columns = statement->encoders->columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        types.push_back(columns[i].get());
        names.push_back(statement->described[i].name);
    }
    const bool binary = command.format == postgres::copy_format::binary;
    const bool streams = duckdb_result_is_streaming(*started->result.get());
    if (!streams) {
        TRY(end_own_transaction(*statement, *started));
    }
    auto encoder =
        std::make_unique<stream_encoder>(stream_encoder{.rows = row_encoder({.types = types,
                                                                             .formats = {},
                                                                             .settings = settings_,
                                                                             .zone = zone_,
                                                                             .framing = framing_of(command.format),
                                                                             .copy = copy_layout_of(command, names)})});
    backend::copy_out_execution done;
    done.column_formats.assign(types.size(), binary ? backend::wire_format::binary : backend::wire_format::text);
    done.rows = std::make_unique<duckdb_stream>(chunk_source_params{.link = link_,
                                                                    .result = std::move(started->result),
                                                                    .streams = streams,
                                                                    .ends_transaction = started->own_transaction,
                                                                    .has_effect = statement->effect != change::none,
                                                                    .writing = std::move(started->writing)},
                                                duckdb_stream_params{.encoder = std::move(encoder),
                                                                     .encoders = nullptr,
                                                                     .copy_frame = true,
                                                                     .names = std::move(names),
                                                                     .header = binary || command.header});
    return done;
}

}  // namespace sluice::duckdb
