#include "engines/duckdb/capi/run_sql.hpp"

#include "engines/duckdb/capi/duckdb_errors.hpp"
#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {

namespace {

result<owned_result> query(duckdb_connection connection, const std::string& sql) {
    owned_result result;
    if (duckdb_query(connection, sql.c_str(), result.out()) == DuckDBError) {
        return fail(translate_error(duckdb_result_error(result.get())));
    }
    return result;
}

}  // namespace

result<> run_sql(duckdb_connection connection, const std::string& sql) {
    TRY(query(connection, sql));
    return {};
}

result<std::string> read_text(duckdb_connection connection, const std::string& sql) {
    TRY_ASSIGN(auto result, query(connection, sql));
    return take_text(duckdb_value_varchar(result.get(), 0, 0));
}

result<std::vector<std::string>> read_texts(duckdb_connection connection, const std::string& sql) {
    TRY_ASSIGN(auto result, query(connection, sql));
    std::vector<std::string> texts;
    const idx_t rows = duckdb_row_count(result.get());
    for (idx_t row = 0; row < rows; ++row) {
        texts.push_back(take_text(duckdb_value_varchar(result.get(), 0, row)));
    }
    return texts;
}

}  // namespace sluice::duckdb
