#include "engines/duckdb/threads/engine_threads.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

class engine_threads_test : public testing::Test {
  protected:
    engine_threads_test() {
        EXPECT_EQ(duckdb_open(nullptr, database_.out()), DuckDBSuccess);
        EXPECT_EQ(duckdb_connect(database_.get(), connection_.out()), DuckDBSuccess);
        run("SET GLOBAL threads = 3");
        run("SET GLOBAL external_threads = 3");
    }

    void run(const std::string& sql) {
        owned_result result;
        ASSERT_EQ(duckdb_query(connection_.get(), sql.c_str(), result.out()), DuckDBSuccess)
            << duckdb_result_error(result.get());
    }
    std::string answer(engine_threads& threads, const std::string& sql) {
        owned_statement statement;
        owned_pending pending;
        owned_result result;
        EXPECT_EQ(duckdb_prepare(connection_.get(), sql.c_str(), statement.out()), DuckDBSuccess);
        EXPECT_EQ(duckdb_pending_prepared(statement.get(), pending.out()), DuckDBSuccess);
        const char* const failure = run_pending(threads, pending, result);
        return failure == nullptr ? take_text(duckdb_value_varchar(result.get(), 0, 0)) : failure;
    }

    owned_database database_;
    owned_connection connection_;
};

TEST_F(engine_threads_test, short_calls_wake_nobody) {
    engine_threads threads(database_.get(), 2);
    for (int i = 0; i < 1000; ++i) {
        const engine_threads::call here(threads);
    }
    EXPECT_EQ(threads.wakings(), 0U);
}

TEST_F(engine_threads_test, a_call_that_lasts_wakes_them) {
    engine_threads threads(database_.get(), 2);
    const engine_threads::call here(threads);
    while (threads.wakings() < 2) {
        std::this_thread::yield();
    }
}

TEST_F(engine_threads_test, so_does_one_after_a_long_silence) {
    engine_threads threads(database_.get(), 2);
    while (!threads.ticker_sleeps()) {
        std::this_thread::yield();
    }
    const engine_threads::call here(threads);
    while (threads.wakings() < 2) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(threads.ticker_sleeps());
}

TEST_F(engine_threads_test, demand_wakes_them_at_once) {
    engine_threads threads(database_.get(), 2);
    const engine_threads::demand now(threads);
    while (threads.wakings() < 2) {
        std::this_thread::yield();
    }
}

TEST_F(engine_threads_test, a_long_statement_is_answered_with_and_without_help) {
    constexpr auto sql = "SELECT count(*) FROM (SELECT i % 1000 AS k, sum(i) FROM range(3000000) t(i) GROUP BY k)";
    engine_threads none(nullptr, 0);
    EXPECT_EQ(answer(none, sql), "1000");
    engine_threads threads(database_.get(), 2);
    EXPECT_EQ(answer(threads, sql), "1000");
    EXPECT_EQ(answer(threads, "SELECT error('late') FROM range(1000000)"), answer(none, "SELECT error('late')"));
}

// A thread holds the only task, while the caller has none.
TEST_F(engine_threads_test, they_take_tasks_of_a_statement_that_nobody_runs) {
    engine_threads threads(database_.get(), 2);
    run("CREATE TABLE t (i BIGINT)");
    owned_statement statement;
    owned_pending pending;
    ASSERT_EQ(duckdb_prepare(connection_.get(), "INSERT INTO t FROM range(100000)", statement.out()), DuckDBSuccess);
    ASSERT_EQ(duckdb_pending_prepared(statement.get(), pending.out()), DuckDBSuccess);
    {
        const engine_threads::demand now(threads);
        while (duckdb_pending_execute_check_state(pending.get()) == DUCKDB_PENDING_RESULT_NOT_READY) {
            std::this_thread::yield();
        }
    }
    owned_result result;
    EXPECT_EQ(run_pending(threads, pending, result), nullptr);
    EXPECT_EQ(answer(threads, "SELECT count(*) FROM t"), "100000");
}

TEST_F(engine_threads_test, sessions_use_them) {
    test_database database({.threads = 3});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT current_setting('threads'), current_setting('external_threads')"),
              (text_rows{{"3", "3"}}));
}

}  // namespace
}  // namespace sluice::duckdb
