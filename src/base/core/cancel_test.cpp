#include "base/core/cancel.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace sluice::base {
namespace {

TEST(cancel, the_first_reason_wins_until_reset) {
    cancel_token token;
    EXPECT_FALSE(token.requested());
    EXPECT_TRUE(token.request(cancel_reason::statement_timeout));
    EXPECT_FALSE(token.request(cancel_reason::user));
    EXPECT_EQ(token.to_error().code, sqlstates::query_canceled);
    EXPECT_EQ(token.to_error().message, "canceling statement due to statement timeout");
    token.reset();
    EXPECT_FALSE(token.requested());
    EXPECT_TRUE(token.request(cancel_reason::user));
    EXPECT_EQ(token.to_error().message, "canceling statement due to user request");
}

TEST(cancel, the_end_of_the_session_is_never_forgotten) {
    cancel_token token;
    EXPECT_TRUE(token.request(cancel_reason::user));
    EXPECT_FALSE(token.request(cancel_reason::shutdown));
    token.reset();
    EXPECT_EQ(token.reason(), cancel_reason::shutdown);
    EXPECT_EQ(token.to_error().code, sqlstates::admin_shutdown);
    EXPECT_TRUE(token.to_error().fatal);
}

TEST(cancel, a_lost_engine_names_who_lost_it) {
    cancel_token token;
    EXPECT_TRUE(token.request(cancel_reason::engine_lost));
    EXPECT_EQ(token.to_error().message, "the connection to the engine is lost");
    token.name_session(12);
    EXPECT_EQ(token.to_error().message, "the connection to the engine is lost (session 12)");
    token.name_query(34);
    EXPECT_EQ(token.to_error().message, "the connection to the engine is lost (session 12, query 34)");
    EXPECT_EQ(token.to_error().code, sqlstates::connection_failure);
    EXPECT_FALSE(token.to_error().fatal);
    token.reset();
    EXPECT_FALSE(token.requested());
}

TEST(cancel, the_hook_does_not_run_after_disarm) {
    for (int round = 0; round < 200; ++round) {
        cancel_token token;
        std::atomic<bool> armed = true;
        std::atomic<bool> late = false;
        token.arm([&] { late = late || !armed; });
        std::thread other([&] {
            static_cast<void>(token.request(cancel_reason::user));
            static_cast<void>(token.request(cancel_reason::client_gone));
        });
        token.disarm();
        armed = false;
        other.join();
        EXPECT_FALSE(late);
    }
}

}  // namespace
}  // namespace sluice::base
