// eviction_queue_test.cpp - statements leave no bytes on the heap; DuckDB still finds memory to evict when it needs it.
#include <duckdb.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <string>
#include <thread>
#include <vector>

#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {
namespace {

struct open_duckdb_file {
    owned_database database;

    explicit open_duckdb_file(const char* memory_limit = "1GB") {
        owned_config config;
        EXPECT_EQ(duckdb_create_config(config.out()), DuckDBSuccess);
        EXPECT_EQ(duckdb_set_config(config.get(), "memory_limit", memory_limit), DuckDBSuccess);
        EXPECT_EQ(duckdb_set_config(config.get(), "threads", "2"), DuckDBSuccess);
        EXPECT_EQ(duckdb_open_ext(nullptr, database.out(), config.get(), nullptr), DuckDBSuccess);
    }
    [[nodiscard]] owned_connection connect() const {
        owned_connection connection;
        EXPECT_EQ(duckdb_connect(database.get(), connection.out()), DuckDBSuccess);
        return connection;
    }
};

// The first value.
std::string ask(const owned_connection& connection, const std::string& sql) {
    owned_result result;
    if (duckdb_query(connection.get(), sql.c_str(), result.out()) == DuckDBError) {
        ADD_FAILURE() << sql << ": " << duckdb_result_error(result.get());
        return {};
    }
    char* text = duckdb_row_count(result.get()) > 0 ? duckdb_value_varchar(result.get(), 0, 0) : nullptr;
    std::string value = text != nullptr ? text : "";
    duckdb_free(text);
    return value;
}

// Bytes of malloc's heap, where DuckDB keeps the records of its blocks; 0 with a sanitizer.
std::size_t heap_bytes() {
    return ::mallinfo2().uordblks;
}

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

// Its 200 keys are hashed into all sixteen partitions of a hash table, each of which takes a block.
constexpr const char* join = "SELECT count(*) FROM range(200) a(k) JOIN range(200) b(k) USING (k)";

TEST(eviction_queue, joins_leave_nothing_on_the_heap) {
    if (heap_bytes() == 0) {
        GTEST_SKIP() << "malloc is the sanitizer's";
    }
    const open_duckdb_file file;
    const owned_connection connection = file.connect();
    const auto run = [&](int times) {
        for (int i = 0; i < times; ++i) {
            ASSERT_EQ(ask(connection, join), "200");
        }
    };
    run(500);
    const std::size_t before = heap_bytes();
    run(1500);
    // DuckDB alone leaves 4 kB a statement, 6 MB in all.
    EXPECT_LT(heap_bytes(), before + 2 * mebibyte);
}

// A statement that needs memory at this moment finds the nodes that a purge holds.
TEST(eviction_queue, blocks_are_found_when_memory_is_short_and_others_purge) {
    const open_duckdb_file file("64MB");
    const owned_connection writer = file.connect();
    (void)ask(writer, "SET temp_directory = '" + testing::TempDir() + "eviction_queue'");
    // Twice the memory: some of it is always on disk.
    (void)ask(writer, "CREATE TABLE t AS SELECT i, hash(i) AS h FROM range(8000000) r(i)");
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            const owned_connection connection = file.connect();
            for (int round = 0; round < 100; ++round) {
                EXPECT_EQ(ask(connection, join), "200");
            }
        });
    }
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(ask(writer, "SELECT sum(i)::VARCHAR FROM t WHERE h IS NOT NULL"), "31999996000000");
    }
    for (std::thread& each : threads) {
        each.join();
    }
}

}  // namespace
}  // namespace sluice::duckdb
