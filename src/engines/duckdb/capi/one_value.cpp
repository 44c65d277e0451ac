#include "engines/duckdb/capi/one_value.hpp"

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

}  // namespace sluice::duckdb
