#include "backend/backend.hpp"

#include <memory>

#include "postgres/wire/message_reader.hpp"

namespace sluice::backend {

namespace {

// The rows of a statement without parameters, as DataRow messages with text values.
result<> read_rows(session& engine, const std::shared_ptr<prepared_statement>& statement, base::byte_buffer& rows) {
    const std::vector<wire_format> formats(statement->columns().size(), wire_format::text);
    TRY_ASSIGN(const auto done, engine.execute(statement, {}, formats, {}));
    bool finished = done.rows == nullptr;
    while (!finished) {
        TRY_ASSIGN(const fetched got, done.rows->next(rows, {}));
        finished = got.finished;
    }
    return {};
}

// Reads the values of the first DataRow.
result<std::vector<std::optional<std::string>>> read_values(std::string_view messages) {
    postgres::message_reader message(messages);
    TRY(message.byte());
    TRY(message.uint32());
    TRY_ASSIGN(const std::uint16_t count, message.uint16());
    std::vector<std::optional<std::string>> values;
    for (std::size_t i = 0; i < count; ++i) {
        TRY_ASSIGN(const std::int32_t size_bytes, message.int32());
        if (size_bytes < 0) {
            values.emplace_back(std::nullopt);
            continue;
        }
        TRY_ASSIGN(const std::string_view value, message.bytes(static_cast<std::size_t>(size_bytes)));
        values.emplace_back(value);
    }
    return values;
}

}  // namespace

result<fetched> row_stream::skip(std::uint64_t rows_max) {
    base::byte_buffer passed;
    return next(passed, {.rows_max = rows_max});
}

result<std::vector<std::optional<std::string>>> evaluate(session& engine, std::span<const std::string_view> expressions,
                                                         std::span<const std::string> types) {
    std::string sql;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        sql += sql.empty() ? "SELECT CAST(" : ", CAST(";
        sql.append(expressions[i]).append(" AS ").append(types[i]).append(")");
    }
    TRY_ASSIGN(const auto statement, engine.prepare(sql, {}));
    if (!statement->parameter_types().empty()) {
        return fail(sqlstates::undefined_parameter, "there is no parameter $1");
    }
    base::byte_buffer rows;
    TRY(read_rows(engine, statement, rows));
    return read_values(rows.view());
}

result<oid> find_type(session& engine, std::string_view name) {
    const auto statement = engine.prepare("SELECT CAST(NULL AS " + std::string(name) + ")", {});
    if (!statement || (*statement)->columns().size() != 1) {
        return fail(sqlstates::undefined_object, "type \"" + std::string(name) + "\" does not exist");
    }
    return (*statement)->columns().front().type;
}

}  // namespace sluice::backend
