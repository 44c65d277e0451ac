// How a server ends: idle sessions at once, busy ones when they are done, all of them at the second request.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr const char* shutdown_line = "E FATAL 57P01 terminating connection due to administrator command";

TEST(stop, idle_sessions_leave_at_once_and_busy_ones_finish_first) {
    test_server server;
    server.script_long_statement("wait");
    server.start();
    wire_client idle(server.port());
    idle.startup();
    wire_client busy(server.port());
    busy.startup();
    busy.say("Q wait");
    ASSERT_TRUE(server.running.wait());
    server.front->request_stop();
    EXPECT_THAT(idle.read_until('Z'), ElementsAre(shutdown_line, "closed"));
    EXPECT_TRUE(eventually([&] { return !wire_client(server.port()).connected(); }));
    server.release.set();
    EXPECT_THAT(busy.read_until('Z'), ElementsAre(::testing::StartsWith("T"), "D 1", "C SELECT 1", "Z I"));
    EXPECT_THAT(busy.read_until('Z'), ElementsAre(shutdown_line, "closed"));
    idle.close();
    busy.close();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

TEST(stop, with_nobody_there_it_is_over_at_once) {
    test_server server;
    server.start();
    server.front->request_stop();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

TEST(stop, past_the_drain_timeout_statements_are_cancelled) {
    test_server server;
    server.params.drain_timeout = std::chrono::milliseconds(1);
    server.script_slow_count("count");
    server.start();
    wire_client busy(server.port());
    busy.startup();
    busy.say("Q count");
    ASSERT_TRUE(server.running.wait());
    server.front->request_stop();
    EXPECT_THAT(busy.read_until('Z'), Contains(shutdown_line));
    busy.close();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::cut_off);
}

TEST(stop, past_the_drain_timeout_a_client_that_does_not_read_is_dropped) {
    test_server server;
    server.params.drain_timeout = std::chrono::milliseconds(1);
    server.params.limits.linger = std::chrono::milliseconds(50);
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", 1'000'000'000'000);
    server.start();
    wire_client stalled(server.port(), 64 * 1024);
    stalled.startup();
    stalled.say("Q count");
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_streaming_backpressure_events") >= 1; }));
    server.front->request_stop();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::cut_off);
}

TEST(stop, a_second_stop_drops_everybody_at_once) {
    test_server server;
    server.script_slow_count("count");
    server.start();
    wire_client busy(server.port());
    busy.startup();
    busy.say("Q count");
    wire_client const shy(server.port());  // has sent nothing yet
    ASSERT_TRUE(server.running.wait());
    server.front->request_stop();
    server.front->request_stop();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::cut_off);
    EXPECT_EQ(server.metric("sluice_sessions_active"), 0);
}

TEST(stop, signals_are_the_same_as_request_stop) {
    test_server server;
    server.params.handle_signals = true;
    server.start();
    wire_client idle(server.port());
    idle.startup();
    ::kill(::getpid(), SIGTERM);
    EXPECT_THAT(idle.read_until('Z'), ElementsAre(shutdown_line, "closed"));
    idle.close();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

TEST(stop, a_client_that_is_authenticating_is_told) {
    test_server server;
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(server.reaches("sluice_connections_active", 1));
    server.front->request_stop();
    EXPECT_TRUE(client.closed_by_server());
    client.close();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

}  // namespace
}  // namespace sluice::server::test
