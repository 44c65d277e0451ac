// point_floor - reads rows by primary key through DuckDB's C API in this process, as an embedded application would.
//
// point_floor DATABASE THREADS SECONDS ROWS literal|parameter
// Each thread has a connection of its own and asks for one random key after the other from the table `points`: with a
// prepared statement whose key is bound, or with a text whose key is a literal.
// Output: {"per_second":…}
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <duckdb.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "point_floor: %s\n", what);
    std::exit(1);
}

void read_result(duckdb_result& result) {
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
}

struct task {
    duckdb_database database;
    bool with_parameter;
    int rows;
    const std::atomic<bool>& ended;
};

std::uint64_t read_points(const task& what, unsigned seed) {
    duckdb_connection connection = nullptr;
    duckdb_prepared_statement statement = nullptr;
    if (duckdb_connect(what.database, &connection) == DuckDBError ||
        duckdb_prepare(connection, "SELECT value FROM points WHERE id = $1", &statement) == DuckDBError) {
        die("cannot prepare");
    }
    std::minstd_rand random(seed);
    std::uniform_int_distribution<int> keys(1, what.rows);
    std::uint64_t done = 0;
    while (!what.ended.load(std::memory_order_relaxed)) {
        const int key = keys(random);
        duckdb_result result;
        duckdb_state state = DuckDBError;
        if (what.with_parameter) {
            duckdb_bind_int32(statement, 1, key);
            state = duckdb_execute_prepared(statement, &result);
        } else {
            state = duckdb_query(connection, ("SELECT value FROM points WHERE id = " + std::to_string(key)).c_str(),
                                 &result);
        }
        if (state == DuckDBError) {
            die(duckdb_result_error(&result));
        }
        read_result(result);
        ++done;
    }
    duckdb_destroy_prepare(&statement);
    duckdb_disconnect(&connection);
    return done;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        die("point_floor DATABASE THREADS SECONDS ROWS literal|parameter");
    }
    duckdb_database database = nullptr;
    if (duckdb_open(arguments[1], &database) == DuckDBError) {
        die("cannot open the database");
    }
    std::atomic<bool> ended = false;
    const task what{.database = database,
                    .with_parameter = std::strcmp(arguments[5], "parameter") == 0,
                    .rows = std::atoi(arguments[4]),
                    .ended = ended};
    std::atomic<std::uint64_t> done = 0;
    const auto started = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(arguments[2]); ++i) {
        threads.emplace_back([&, i] { done += read_points(what, static_cast<unsigned>(i) + 1); });
    }
    std::this_thread::sleep_for(std::chrono::seconds(std::atoi(arguments[3])));
    ended = true;
    for (std::thread& each : threads) {
        each.join();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    std::printf("{\"per_second\": %.0f}\n", static_cast<double>(done.load()) / seconds.count());
    duckdb_close(&database);
    return 0;
}
