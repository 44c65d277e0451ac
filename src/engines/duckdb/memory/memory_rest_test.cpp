// memory_rest_test.cpp - small requests are served when large ones have used up memory_limit; growing ones are not.
#include <duckdb.h>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "base/core/cancel.hpp"
#include "base/run/memory_wall.hpp"
#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {
namespace {

// Without a temporary directory no block can be evicted.
class full_database : public ::testing::Test {
  protected:
    full_database() {
        owned_config config;
        EXPECT_EQ(duckdb_create_config(config.out()), DuckDBSuccess);
        EXPECT_EQ(duckdb_set_config(config.get(), "memory_limit", "160MiB"), DuckDBSuccess);
        EXPECT_EQ(duckdb_set_config(config.get(), "temp_directory", ""), DuckDBSuccess);
        EXPECT_EQ(duckdb_set_config(config.get(), "threads", "1"), DuckDBSuccess);
        EXPECT_EQ(duckdb_open_ext(nullptr, database_.out(), config.get(), nullptr), DuckDBSuccess);
        EXPECT_EQ(duckdb_connect(database_.get(), connection_.out()), DuckDBSuccess);
        EXPECT_EQ(ask("CREATE TABLE filler (h UBIGINT)"), "");
        // The last ones fit until they are committed.
        for (const char* rows : {"1000000", "100000", "10000", "100", "1"}) {
            while (ask(std::string("INSERT INTO filler SELECT hash(i) FROM range(") + rows + ") t(i)").empty()) {
            }
        }
    }

    // The error; empty: none.
    std::string ask(const std::string& sql) {
        const base::memory_wall::statement_scope here(&token_);
        owned_result result;
        const bool failed = duckdb_query(connection_.get(), sql.c_str(), result.out()) == DuckDBError;
        return failed ? duckdb_result_error(result.get()) : "";
    }

  private:
    base::cancel_token token_;
    owned_database database_;
    owned_connection connection_;
};

TEST_F(full_database, serves_small_requests) {
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(ask("SELECT len(list(i)) FROM range(1000) t(i)"), "");
    }
}

TEST_F(full_database, refuses_a_statement_that_grows) {
    EXPECT_NE(ask("SELECT len(list(i)) FROM range(10000000) t(i)").find("Out of Memory"), std::string::npos);
    EXPECT_EQ(ask("SELECT len(list(i)) FROM range(1000) t(i)"), "");
}

}  // namespace
}  // namespace sluice::duckdb
