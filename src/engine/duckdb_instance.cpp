#include "engine/duckdb_instance.hpp"

#include <string>

namespace sluice::engine {

core::result<> run_sql(duckdb_connection connection, const std::string& sql) {
    owned_result result;
    if (duckdb_query(connection, sql.c_str(), result.out()) == DuckDBError) {
        return core::fail(translate_error(duckdb_result_error(result.get())));
    }
    return {};
}

core::result<owned_connection> duckdb_instance::connect() const {
    owned_connection connection;
    if (duckdb_connect(database_.get(), connection.out()) == DuckDBError) {
        return core::fail(core::sqlstates::internal_error, "DuckDB gave no connection");
    }
    // The buffer is a setting of the connection; it cannot be given when the database is opened.
    std::string sql = "SET streaming_buffer_size = '" + std::to_string(params_.streaming_buffer_size_bytes) + "B'";
    if (uses_catalog_) {
        sql += "; USE " + quote_identifier(catalog_);
    }
    TRY(run_sql(connection.get(), sql));
    return connection;
}

core::result<> duckdb_instance::load_functions() {
    TRY_ASSIGN(const auto connection, connect());
    owned_result result;
    if (duckdb_query(connection.get(),
                     "SELECT DISTINCT lower(function_name), function_type IN ('table', 'table_macro') "
                     "FROM duckdb_functions() WHERE internal AND function_type <> 'pragma'",
                     result.out()) == DuckDBError) {
        return core::fail(translate_error(duckdb_result_error(result.get())));
    }
    for (;;) {
        const owned_chunk chunk(duckdb_fetch_chunk(*result.get()));
        const idx_t rows = chunk ? duckdb_data_chunk_get_size(chunk.get()) : 0;
        if (rows == 0) {
            return {};
        }
        auto* names =
            static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
        const auto* is_table =
            static_cast<const bool*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 1)));
        for (idx_t row = 0; row < rows; ++row) {
            (is_table[row] ? functions_.table : functions_.scalar)
                .emplace(duckdb_string_t_data(&names[row]), duckdb_string_t_length(names[row]));
        }
    }
}

}  // namespace sluice::engine
