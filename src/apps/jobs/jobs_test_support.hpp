// jobs_test_support.hpp - for tests: a database with the tables of jobs, in memory or in a temporary folder.
#pragma once

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "apps/jobs/job_store.hpp"
#include "apps/jobs/run_locks.hpp"
#include "apps/jobs/schema.hpp"
#include "sqlite/database/migration.hpp"

namespace sluice::jobs {

template <typename T, typename E>
T must(std::expected<T, E> outcome) {
    if (!outcome) {
        if constexpr (std::is_same_v<E, work_failure>) {
            ADD_FAILURE() << outcome.error().reason;
        } else {
            ADD_FAILURE() << outcome.error().message;
        }
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*outcome);
    }
}

inline constexpr sqlite::migration job_steps[] = {
    {.version = 1, .name = "jobs", .sql = job_tables_1},
    {.version = 2, .name = "effects", .sql = "CREATE TABLE effects(key TEXT NOT NULL, result TEXT NOT NULL)"}};

class job_database {
  public:
    explicit job_database(const std::string& path = ":memory:")
        : held_(must(sqlite::database::open(path, {.upkeep_every = std::chrono::milliseconds{0}}))),
          locks_(must(run_locks::open(path))) {
        must(sqlite::migrate(*held_, {.steps = job_steps}));
    }
    sqlite::database& operator*() const { return *held_; }
    sqlite::database* operator->() const { return held_.get(); }
    [[nodiscard]] const run_locks& locks() const { return *locks_; }

  private:
    std::unique_ptr<sqlite::database> held_;
    std::unique_ptr<run_locks> locks_;
};

inline item_state enqueue(const job_database& db, job_store& jobs, std::int64_t job_id, const std::string& key,
                          bool retries_dead = false) {
    return must(db->transaction([&](sqlite::connection& connection) {
        return jobs.enqueue(connection,
                            {.job_id = job_id, .key = key, .payload = "p" + key, .retries_dead = retries_dead});
    }));
}

}  // namespace sluice::jobs
