// query_test_support.hpp - a workload with an engine for queries of the C++ API, fake or DuckDB.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/observe/metrics.hpp"
#include "embed/query.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "workload/workload.hpp"

namespace sluice::embed {

inline workload::profile_table test_profiles(std::vector<std::string> definitions) {
    auto made = workload::profile_table::make({.profiles = std::move(definitions),
                                               .users = {"etl=background"},
                                               .applications = {"editor=catalog"},
                                               .user_limits = {}});
    EXPECT_TRUE(made) << made.error().message;
    return made ? *std::move(made) : workload::profile_table();
}

// A gigabyte for all priorities, of which 128 MB are for high priority.
struct test_workload {
    explicit test_workload(workload::workload_params params = {}) : load(std::move(params), metrics) {}

    [[nodiscard]] query_engine engine(backend::engine& served, std::string user = "test",
                                      std::string application = "") {
        return query_engine({.engine = served,
                             .load = load,
                             .user = std::move(user),
                             .application = std::move(application),
                             .session_id = 7});
    }
    [[nodiscard]] std::uint64_t reserved() const { return load.admission().stats().reserved_bytes; }
    [[nodiscard]] workload::query_facts last() const {
        const auto all = load.log().finished();
        EXPECT_FALSE(all.empty());
        return all.empty() ? workload::query_facts() : all.back();
    }

    base::metrics_registry metrics;
    mutable workload::governor load;
};

template <typename T>
std::string code_of(const result<T>& value) {
    return value ? "00000" : std::string(value.error().code.view());
}

// Waits until another thread has made the condition true.
template <typename Condition>
bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// Runs for longer than any test, unless it is stopped.
inline constexpr auto* endless = "SELECT count(*) FROM range(10000000000) WHERE range % 3 = 1";

class query_test : public ::testing::Test {
  protected:
    [[nodiscard]] query_result run(const query_builder& query) {
        auto done = query.execute();
        if (!done) {
            ADD_FAILURE() << done.error().message;
            std::abort();
        }
        return *std::move(done);
    }
    static std::vector<std::string> first_column(const std::vector<row>& rows) {
        std::vector<std::string> texts;
        for (const row& each : rows) {
            texts.emplace_back(each.text(0));
        }
        return texts;
    }
    static std::uint64_t count_rows(query_stream stream) {
        std::uint64_t rows = 0;
        for (auto each = stream.next();; each = stream.next()) {
            if (!each || !*each) {
                EXPECT_TRUE(each) << each.error().message;
                return rows;
            }
            ++rows;
        }
    }

    duckdb::test_database database;
    test_workload work{{.profiles = test_profiles({"quick timeout=50ms", "three rows=3 memory=10MB"})}};
    query_engine engine = work.engine(database.engine());
};

}  // namespace sluice::embed
