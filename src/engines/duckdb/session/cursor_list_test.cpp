// cursor_list_test.cpp - a session's list of cursors is removed with the connection that it was set for.
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

using namespace std::chrono_literals;

// The pool closes a connection that was parked for too long; its session learns of it with its next statement, or
// never.
TEST(cursor_lists, go_with_a_connection_that_the_pool_closes) {
    duckdb_params params;
    params.extension_directory = test_extension_directory();
    params.connections_min = 0;
    params.connection_idle_timeout = 1ms;
    const auto instance = open_instance(std::move(params));
    ASSERT_TRUE(instance) << instance.error().message;
    connection_pool& pool = (*instance)->connections();

    auto lease = pool.acquire({.session_id = 1}, 10s);
    ASSERT_TRUE(lease) << lease.error().message;
    (*instance)->lists().set((*lease)->client,
                             {.cursors = [] { return std::vector<backend::cursor_facts>(); }, .settings = {}});
    ASSERT_EQ((*instance)->lists().size(), 1U);
    lease->park();

    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (pool.stats().size > 0 && std::chrono::steady_clock::now() < deadline) {
        ASSERT_TRUE(pool.sweep());
        std::this_thread::yield();  // the pool uses the system's clock
    }
    EXPECT_FALSE(lease->resume());
    EXPECT_EQ((*instance)->lists().size(), 0U);
}

}  // namespace
}  // namespace sluice::duckdb
