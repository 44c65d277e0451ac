#include "base/run/memory_wall.hpp"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <thread>
#include <utility>

#include "base/core/cancel.hpp"

namespace sluice::base {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

// The counts belong to the process: each test gives back its bytes, on the thread that counted them.
class memory_wall_test : public ::testing::Test {
  protected:
    ~memory_wall_test() override {
        memory_wall::set_bound(0);
        give_back();
    }

    // Leaves room for 100 MB before large allocations are refused. The process's own memory is counted first, so that no
    // sample of the resident memory changes the room.
    void build_wall() {
        memory_wall::sample();
        const auto resident = static_cast<std::int64_t>(memory_wall::look().resident_bytes + 32 * mebibyte);
        memory_wall::count(resident);
        held_ += resident;
        memory_wall::set_bound(memory_wall::look().counted_bytes + 164 * mebibyte);
    }
    bool allocate(std::size_t bytes) {
        if (!memory_wall::admit(bytes)) {
            return false;
        }
        memory_wall::count(bytes >= memory_wall::large_bytes ? 0 : static_cast<std::int64_t>(bytes));
        held_ += static_cast<std::int64_t>(bytes);
        return true;
    }
    void give_back() { memory_wall::count(-std::exchange(held_, 0)); }

    cancel_token token_;

  private:
    std::int64_t held_ = 0;
};

TEST_F(memory_wall_test, refuses_the_large_allocation_that_passes_the_bound) {
    build_wall();
    const auto before = memory_wall::look();
    const memory_wall::statement_scope here(&token_);
    EXPECT_TRUE(allocate(90 * mebibyte));
    EXPECT_FALSE(allocate(20 * mebibyte));
    EXPECT_TRUE(allocate(5 * mebibyte));
    EXPECT_EQ(memory_wall::look().refused_total, before.refused_total + 1);
    EXPECT_EQ(memory_wall::look().counted_bytes, before.counted_bytes + 95 * mebibyte);
    memory_wall::count(-std::int64_t{95 * mebibyte});
    EXPECT_TRUE(allocate(90 * mebibyte));
    memory_wall::count(std::int64_t{95 * mebibyte});
}

TEST_F(memory_wall_test, refuses_nothing_to_threads_that_work_for_no_statement) {
    build_wall();
    EXPECT_TRUE(allocate(300 * mebibyte));
    const memory_wall::statement_scope here(&token_);
    EXPECT_FALSE(allocate(mebibyte));
}

TEST_F(memory_wall_test, refuses_nothing_to_a_commit_and_to_those_that_help_it) {
    build_wall();
    const memory_wall::statement_scope here(&token_);
    EXPECT_FALSE(allocate(200 * mebibyte));
    const memory_wall::exempt_scope commit;
    EXPECT_TRUE(allocate(200 * mebibyte));
    std::thread([] {
        const memory_wall::helper_scope helper;
        EXPECT_TRUE(memory_wall::admit(2 * mebibyte));
        memory_wall::count(-std::int64_t{2 * mebibyte});
        EXPECT_FALSE(memory_wall::admit(100 * mebibyte));
    }).join();
}

// Stands for a query of the engine.
bool is_interrupted(const void* query) {
    return *static_cast<const bool*>(query);
}
void interrupt(const void* query) {
    *const_cast<bool*>(static_cast<const bool*>(query)) = true;
}

TEST_F(memory_wall_test, interrupts_a_statement_that_grows_in_small_steps_and_then_refuses) {
    build_wall();
    memory_wall::set_task_questions({.is_stopped = is_interrupted, .interrupt = interrupt});
    bool query = false;
    const memory_wall::statement_scope here(&token_);
    memory_wall::name_query(&query);
    std::size_t steps = 0;
    for (; !query && steps < 1000; ++steps) {
        ASSERT_TRUE(allocate(200'000));
        EXPECT_FALSE(memory_wall::refuses_small());
    }
    EXPECT_TRUE(query);
    EXPECT_EQ(memory_wall::out_of_memory_error().code, sqlstates::out_of_memory);
    for (; !memory_wall::refuses_small() && steps < 1000; ++steps) {
        ASSERT_TRUE(allocate(200'000));
    }
    EXPECT_LT(steps * 200'000, 165 * mebibyte);
}

TEST_F(memory_wall_test, lets_a_modest_statement_go_on_beside_one_that_stands_at_the_wall) {
    build_wall();
    memory_wall::set_task_questions({.is_stopped = is_interrupted, .interrupt = interrupt});
    std::thread([this] {
        bool query = false;
        const memory_wall::statement_scope here(&token_);
        memory_wall::name_query(&query);
        while (!query) {
            ASSERT_TRUE(allocate(200'000));
        }
    }).join();
    const cancel_token token;
    bool query = false;
    const memory_wall::statement_scope here(&token);
    memory_wall::name_query(&query);
    EXPECT_TRUE(allocate(2 * mebibyte));
    EXPECT_TRUE(allocate(900'000));
    EXPECT_FALSE(query);
    EXPECT_FALSE(memory_wall::refuses_small());
    EXPECT_FALSE(allocate(2 * mebibyte)) << "it is no longer modest";
}

TEST_F(memory_wall_test, gives_a_cancelled_statement_no_large_allocation_whatever_is_free) {
    const memory_wall::statement_scope here(&token_);
    EXPECT_TRUE(allocate(2 * mebibyte));
    const auto before = memory_wall::look().stopped_total;
    token_.request(cancel_reason::user);
    EXPECT_FALSE(allocate(2 * mebibyte));
    EXPECT_TRUE(allocate(2'000));
    EXPECT_EQ(memory_wall::look().stopped_total, before + 1);
    const memory_wall::exempt_scope rollback;
    EXPECT_TRUE(allocate(2 * mebibyte));
}

TEST_F(memory_wall_test, a_scope_ends_where_it_ends) {
    build_wall();
    {
        const memory_wall::statement_scope here(&token_);
        EXPECT_FALSE(allocate(200 * mebibyte));
    }
    EXPECT_TRUE(allocate(200 * mebibyte));
}

}  // namespace
}  // namespace sluice::base
