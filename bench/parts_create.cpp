// Creates parts with many threads, through the store's writer or through a mutex around one connection in
// rollback-journal mode; reads meanwhile. Prints JSON.
//
// parts_create DIR init sluice|mutex | sluice THREADS COUNT | mutex THREADS COUNT
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <sqlite3.h>
#include <string>
#include <thread>
#include <vector>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/model/schema.hpp"
#include "apps/parts/people/user_records.hpp"

namespace {

namespace parts = sluice::parts;
namespace sqlite = sluice::sqlite;
using clock_type = std::chrono::steady_clock;

template <typename Result>
auto must(Result made) {
    if (!made) {
        std::fprintf(stderr, "%s\n", made.error().message.c_str());
        std::_Exit(1);
    }
    if constexpr (!std::is_void_v<typename Result::value_type>) {
        return std::move(*made);
    }
}

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

void init(const std::string& path, bool for_mutex) {
    const auto database = must(sqlite::database::open(path));
    must(sqlite::migrate(*database, parts::parts_schema()));
    must(parts::user_records(*database).add(
        {.username = "ada", .full_name = "Ada", .email = "ada@example.org", .rights = parts::role::admin}, 0));
    must(database->close());
    if (for_mutex) {  // the file keeps the mode; it could not be changed while others have it open
        sqlite3* handle = nullptr;
        if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK ||
            sqlite3_exec(handle, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr) != SQLITE_OK) {
            std::_Exit(1);
        }
        sqlite3_close(handle);
    }
}

std::unique_ptr<sqlite::database> one_connection(const std::string& path) {
    sqlite3* handle = nullptr;
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) {
        std::_Exit(1);
    }
    sqlite3_busy_timeout(handle, 60'000);
    sqlite3_exec(handle, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=1", nullptr, nullptr, nullptr);
    sqlite::open_params params;
    params.options.busy_timeout = std::chrono::minutes(10);
    params.options.acquire_timeout = std::chrono::minutes(10);
    return sqlite::database::from_connection(sqlite::connection::adopt(handle, params.options), params);
}

// The times in ms, until it is told to stop.
std::vector<double> read(sqlite::database& database, const std::atomic<bool>& goes_on) {
    std::vector<double> waits;
    while (goes_on) {
        const auto start = clock_type::now();
        must(database.find<std::string>("select name from Parts where part_id = ?1",
                                        10'000 + std::int64_t(waits.size() % 1000)));
        waits.push_back(seconds_since(start) * 1e3);
        std::this_thread::sleep_for(std::chrono::microseconds(500));  // a reader with pauses, not one that spins
    }
    return waits;
}

void create(sqlite::database& database, bool under_mutex, int threads_count, int count) {
    std::mutex mutex;
    std::atomic<int> left{count};
    std::atomic<bool> goes_on{true};
    std::vector<double> waits;
    std::thread reader;
    if (!under_mutex) {
        reader = std::thread([&] { waits = read(database, goes_on); });
    }
    std::vector<std::thread> threads;
    const auto start = clock_type::now();
    for (int i = 0; i < threads_count; ++i) {
        threads.emplace_back([&] {
            parts::part_service manager(database, "ada");
            while (left.fetch_sub(1) > 0) {
                std::unique_lock lock(mutex, std::defer_lock);
                if (under_mutex) {
                    lock.lock();
                }
                must(manager.create_part({.category = {"EL", "RES"}, .name = "a part of the benchmark"}));
            }
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    const double seconds = seconds_since(start);
    goes_on = false;
    if (reader.joinable()) {
        reader.join();
    }
    std::ranges::sort(waits);
    const double p99 = waits.empty() ? 0 : waits[waits.size() * 99 / 100];
    std::printf(R"({"seconds": %.3f, "reads": %zu, "read_p99_ms": %.3f, "busy_waits": %llu})"
                "\n",
                seconds, waits.size(), p99,
                static_cast<unsigned long long>(database.statistics().counters->busy_waits_total.value()));
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> given(argv + 1, argv + argc);
    const auto is_mode = [](const std::string& word) { return word == "sluice" || word == "mutex"; };
    const bool is_init = given.size() == 3 && given[1] == "init" && is_mode(given[2]);
    if (!is_init && !(given.size() == 4 && is_mode(given[1]))) {
        std::fprintf(stderr, "usage: bench_parts_create DIR init sluice|mutex | DIR sluice|mutex THREADS COUNT\n");
        return 2;
    }
    const std::string path = std::filesystem::path(given[0]) / "parts.db";
    if (is_init) {
        init(path, given[2] == "mutex");
        return 0;
    }
    const bool under_mutex = given[1] == "mutex";
    const auto database = under_mutex ? one_connection(path) : must(sqlite::database::open(path));
    create(*database, under_mutex, std::stoi(given[2]), std::stoi(given[3]));
    return 0;
}
