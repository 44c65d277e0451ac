// run_sql DATABASE EXTENSION_DIRECTORY < script.sql - runs SQL in DuckDB; the set-up uses it to make the sample
// database.
#include <cstdio>
#include <duckdb.h>
#include <iostream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: run_sql DATABASE EXTENSION_DIRECTORY < script.sql\n");
        return 2;
    }
    const std::string script{std::istreambuf_iterator<char>(std::cin), {}};
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    duckdb_set_config(config, "extension_directory", argv[2]);
    duckdb_set_config(config, "autoinstall_known_extensions", "false");
    duckdb_database database = nullptr;
    char* open_error = nullptr;
    if (duckdb_open_ext(argv[1], &database, config, &open_error) == DuckDBError) {
        std::fprintf(stderr, "run_sql: %s\n", open_error);
        duckdb_free(open_error);
        duckdb_destroy_config(&config);
        return 1;
    }
    duckdb_destroy_config(&config);
    duckdb_connection connection = nullptr;
    duckdb_connect(database, &connection);
    duckdb_result result;
    int status = 0;
    if (duckdb_query(connection, script.c_str(), &result) == DuckDBError) {
        std::fprintf(stderr, "run_sql: %s\n", duckdb_result_error(&result));
        status = 1;
    }
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    return status;
}
