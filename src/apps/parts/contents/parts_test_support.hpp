// parts_test_support.hpp - for tests: a project's database with users, and access to values in results.
//
// Use:     test_database db;  user_records(*db).get("ada")   // Admin; bob and dan are Designers, eve is a Viewer
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <utility>

#include "apps/parts/model/schema.hpp"
#include "apps/parts/people/user_records.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts::testing {

template <typename T>
T must(result<T> outcome) {
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    if constexpr (!std::is_void_v<T>) {
        return std::move(outcome).value();
    }
}

// The error's message, or "ok".
template <typename T>
std::string message_of(const result<T>& outcome) {
    return outcome ? "ok" : outcome.error().message;
}

template <typename T>
std::optional<error_kind> kind_of(const result<T>& outcome) {
    return outcome ? std::nullopt : std::optional(outcome.error().kind);
}

inline void add_user(sqlite::database& database, const std::string& name, role rights) {
    must(user_records(database).add(
        {.username = name, .full_name = name, .email = name + "@example.org", .rights = rights}, 1'000));
}

inline void add_users(sqlite::database& database) {
    add_user(database, "ada", role::admin);
    add_user(database, "bob", role::designer);
    add_user(database, "dan", role::designer);
    add_user(database, "eve", role::viewer);
}

class test_database {
  public:
    test_database()
        : held_(sqlite::database::open(":memory:", {.upkeep_every = std::chrono::milliseconds{0}}).value()) {
        EXPECT_TRUE(sqlite::migrate(*held_, parts_schema()).has_value());
        add_users(*held_);
    }
    sqlite::database& operator*() { return *held_; }
    sqlite::database* operator->() { return held_.get(); }

  private:
    std::unique_ptr<sqlite::database> held_;
};

}  // namespace sluice::parts::testing
