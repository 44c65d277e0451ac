// mock_database.hpp - a database in memory that fails on request, for tests of code that uses a database.
//
// Use:     mock_database database;                       // or create_test_database() without faults
//          ASSERT_TRUE(database->run("create table t(x)"));
//          database.fail_next({.kind = error_kind::full, .message = "disk full"});
//          EXPECT_FALSE(code_under_test(*database));               // takes a database&
//          EXPECT_EQ(database.calls(access::write), 2);
// Rule:    an outermost call gets a fault instead of a connection, once for each fail_next(), in their order.
// Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/core/assert.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

// One database in memory for all connections of the manager, without a thread of its own.
[[nodiscard]] inline std::unique_ptr<database> create_test_database(open_params params = {}) {
    params.upkeep_every = std::chrono::milliseconds{0};
    auto made = database::open(":memory:", params);
    SLUICE_ASSERT(made.has_value());
    return std::move(*made);
}

class mock_database {
  public:
    explicit mock_database(open_params params = {}) {
        params.before_lending = [this](access mode) { return next_fault(mode); };
        manager_ = create_test_database(std::move(params));
    }

    [[nodiscard]] database& operator*() { return *manager_; }
    [[nodiscard]] database* operator->() { return manager_.get(); }

    void fail_next(error fault) {
        const std::scoped_lock lock(mutex_);
        faults_.push_back(std::move(fault));
    }
    [[nodiscard]] std::size_t calls(access mode) const {
        const std::scoped_lock lock(mutex_);
        return calls_[static_cast<std::size_t>(mode)];
    }

  private:
    [[nodiscard]] std::optional<error> next_fault(access mode) {
        const std::scoped_lock lock(mutex_);
        ++calls_[static_cast<std::size_t>(mode)];
        if (faults_.empty()) {
            return std::nullopt;
        }
        auto fault = std::move(faults_.front());
        faults_.pop_front();
        return fault;
    }

    mutable std::mutex mutex_;
    std::deque<error> faults_;
    std::array<std::size_t, 2> calls_{};
    std::unique_ptr<database> manager_;
};

}  // namespace sluice::sqlite
