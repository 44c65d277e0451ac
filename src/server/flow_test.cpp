// Running statements: large results, slow and vanished clients, cancels and timeouts.
#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr std::uint64_t many = 1'000'000'000'000;

// Reads rows that count from `next` on; returns the first number that was not read.
std::uint64_t read_count(wire_client& client, std::uint64_t next, std::uint64_t end) {
    while (next < end) {
        const auto message = client.read_message();
        if (message.type == 'T') {
            continue;
        }
        if (message.type != 'D' || message.body.substr(6) != std::to_string(next)) {
            ADD_FAILURE() << "row " << next << " came as " << message.type << " " << message.body;
            return next;
        }
        ++next;
    }
    return next;
}

TEST(flow, a_large_result_arrives_whole_and_in_order) {
    test_server server;
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", 200'000);
    server.start();
    wire_client client(server.port());
    client.startup();
    for (int i = 0; i < 2; ++i) {
        client.say("Q count");
        EXPECT_EQ(read_count(client, 1, 200'001), 200'001U);
        EXPECT_THAT(client.read_until('Z'), ElementsAre("C SELECT 200000", "Z I"));
    }
}

TEST(flow, results_larger_than_a_direct_send_leave_in_order) {
    test_server server;
    server.engine.rows_per_chunk = 100'000;
    server.params.limits.direct_send_bytes_max = 1;
    server.script_count("count", 100'000);
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q count");
    client.say("Q select 1");
    EXPECT_EQ(read_count(client, 1, 100'001), 100'001U);
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C SELECT 100000", "Z I"));
    EXPECT_THAT(client.read_until('Z'), ElementsAre(StartsWith("T"), "D 1", "C SELECT 1", "Z I"));
}

TEST(flow, a_client_that_stops_reading_holds_no_thread_and_little_memory) {
    test_server server;
    std::atomic<std::uint64_t> encoded_bytes{0};
    server.engine.rows_per_chunk = 2048;
    server.engine.on("count") = {
        .columns = {testing::int_column("n")}, .counted_rows = many, .before_row = [&](std::uint64_t row) {
            encoded_bytes += 11 + std::to_string(row).size();  // DataRow of one text value
        }};
    server.start();
    wire_client client(server.port(), 64 * 1024);
    client.startup();
    client.say("Q count");
    std::uint64_t next = 1;
    for (int round = 1; round <= 3; ++round) {
        next = read_count(client, next, next + 100'000);
        ASSERT_TRUE(eventually([&] {
            return server.metric("sluice_streaming_backpressure_events") >= round &&
                   server.executor->stats().running == 0 && server.executor->stats().queued == 0;
        }));
        // Bytes that are encoded and not yet given to the kernel.
        const auto waiting = static_cast<double>(encoded_bytes) - server.metric("sluice_bytes_sent_total");
        EXPECT_LT(waiting, static_cast<double>(server.params.limits.output_bytes_max + std::size_t{256} * 1024));
    }
    // Another client is served meanwhile.
    wire_client other(server.port());
    other.startup();
    EXPECT_THAT(other.ask("Q select 1"), Contains("D 1"));
}

TEST(flow, a_blocked_session_ends_when_its_client_vanishes) {
    test_server server;
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", many);
    server.start();
    for (const bool by_reset : {false, true}) {
        wire_client client(server.port(), 64 * 1024);
        client.startup();
        const auto blocked = server.metric("sluice_streaming_backpressure_events");
        client.say("Q count");
        ASSERT_TRUE(eventually([&] {
            return server.metric("sluice_streaming_backpressure_events") > blocked &&
                   server.executor->stats().running == 0;
        }));
        by_reset ? client.reset() : client.close();
        EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
        EXPECT_EQ(server.metric("sluice_sessions_active"), 0);
    }
    EXPECT_EQ(server.metric("sluice_clients_vanished_total"), 2);
}

TEST(flow, a_client_that_says_goodbye_before_the_end_has_not_vanished) {
    test_server server;
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", many);
    server.start();
    wire_client client(server.port(), 64 * 1024);
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_streaming_backpressure_events") >= 1; }));
    const auto received = server.metric("sluice_bytes_received_total");
    client.say("X");
    // Bytes that the client has not read turn its close into a reset, which may overtake the message.
    ASSERT_TRUE(server.reaches("sluice_bytes_received_total", received + 5));
    client.close();
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
    EXPECT_EQ(server.metric("sluice_clients_vanished_total"), 0);
}

TEST(flow, a_running_statement_is_cancelled_when_its_client_vanishes) {
    for (const bool by_reset : {false, true}) {
        test_server server;
        server.script_slow_count("count");
        server.start();
        wire_client client(server.port());
        client.startup();
        client.say("Q count");
        ASSERT_TRUE(server.running.wait());
        const auto start = std::chrono::steady_clock::now();
        by_reset ? client.reset() : client.close();
        EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
        EXPECT_EQ(server.metric("sluice_clients_vanished_total"), 1);
    }
}

TEST(flow, a_client_that_vanishes_behind_a_full_pipeline_is_noticed) {
    test_server server;
    server.params.limits.input_bytes_max = std::size_t{64} * 1024;
    server.script_slow_count("count");
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(server.running.wait());
    const std::string filler = testing::frontend_message("Q " + std::string(100'000, ' '));
    client.send(filler);
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_bytes_received_total") >= std::size_t{64} * 1024; }));
    client.close();
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
}

TEST(flow, a_long_pipeline_pauses_reading_and_goes_on) {
    test_server server;
    server.params.limits.input_bytes_max = std::size_t{16} * 1024;
    server.script_long_statement("wait");
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q wait");
    ASSERT_TRUE(server.running.wait());
    constexpr int queries = 20'000;
    std::string pipeline;
    for (int i = 0; i < queries; ++i) {
        pipeline += testing::frontend_message("Q select 1");
    }
    std::thread sender([&] { client.send(pipeline); });
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_bytes_received_total") >= std::size_t{16} * 1024; }));
    server.release.set();
    EXPECT_THAT(client.read_until('Z'), Contains("C SELECT 1"));
    for (int i = 0; i < queries; ++i) {
        const auto lines = client.read_until('Z');
        ASSERT_EQ(lines.size(), 4U) << i;
        ASSERT_EQ(lines[1], "D 1") << i;
    }
    sender.join();
    // The replies of a pipeline are sent together, not one by one.
    EXPECT_LT(server.metric("sluice_session_runs_total"), queries / 2);
}

TEST(flow, a_message_larger_than_the_input_bound_arrives) {
    test_server server;
    server.params.limits.input_bytes_max = std::size_t{16} * 1024;
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("P one | select 1 |");
    client.say("P two | " + std::string(5'000'000, 'x') + " |");
    client.say("S");
    EXPECT_THAT(client.read_until('Z'), ElementsAre("1", StartsWith("E ERROR 42601"), "Z I"));
    EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
}

TEST(flow, copy_in_takes_more_than_fits_into_memory_bounds) {
    test_server server;
    server.params.limits.input_bytes_max = std::size_t{64} * 1024;
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q copy t from stdin");
    EXPECT_EQ(client.read_message().type, 'G');
    const std::string piece = testing::frame_bytes('d', std::string(30'000, '1') + "\n");
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(client.send(piece));
    }
    client.say("c");
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C COPY 100", "Z I"));
    EXPECT_EQ(server.engine.copied("t").size(), 100U * 30'001U);
}

TEST(flow, cancel_needs_the_right_key_and_the_session_works_on) {
    test_server server;
    server.script_slow_count("count");
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(server.running.wait());
    for (const auto& [id, key] : {std::pair{client.process_id, client.secret_key ^ 1},
                                  std::pair{client.process_id + 1, client.secret_key}, std::pair{0, 0}}) {
        wire_client wrong(server.port());
        wrong.send(cancel_packet(id, key));
        EXPECT_EQ(wrong.read_message().type, '\0');
    }
    EXPECT_EQ(server.executor->stats().running, 1U);
    for (int i = 0; i < 2; ++i) {
        wire_client right(server.port());
        right.send(cancel_packet(client.process_id, client.secret_key));
        EXPECT_TRUE(right.closed_by_server());
        EXPECT_THAT(client.read_until('Z'), Contains("E ERROR 57014 canceling statement due to user request"));
        EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
        if (i == 0) {
            client.say("Q count");
            EXPECT_EQ(client.read_message().type, 'T');
        }
    }
    EXPECT_EQ(server.metric("sluice_cancel_requests_total"), 5);
}

TEST(flow, statement_timeout_cancels) {
    test_server server;
    server.params.session_defaults = {{"statement_timeout", "60000"}};
    server.script_slow_count("count");
    server.start();
    wire_client client(server.port());
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(server.running.wait());
    server.clock.advance(std::chrono::milliseconds(60'001));
    EXPECT_THAT(client.read_until('Z'), Contains("E ERROR 57014 canceling statement due to statement timeout"));
    EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
}

TEST(flow, idle_in_transaction_timeout_ends_the_session) {
    test_server server;
    server.params.session_defaults = {{"idle_in_transaction_session_timeout", "60000"}};
    server.start();
    wire_client client(server.port());
    client.startup();
    EXPECT_THAT(client.ask("Q begin"), ElementsAre("C BEGIN", "Z T"));
    ASSERT_TRUE(eventually([&] { return server.executor->stats().running == 0; }));
    server.clock.advance(std::chrono::milliseconds(60'001));
    EXPECT_THAT(client.read_until('Z'),
                ElementsAre("E FATAL 25P03 terminating connection due to idle-in-transaction timeout", "closed"));
    wire_client idle(server.port());
    idle.startup();
    server.clock.advance(std::chrono::milliseconds(60'001));
    EXPECT_THAT(idle.ask("Q select 1"), Contains("D 1"));
}

TEST(flow, many_clients_at_once_on_several_io_threads) {
    test_server server;
    server.params.io_threads = 3;
    server.start();
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            for (int connection = 0; connection < 5; ++connection) {
                wire_client client(server.port());
                ASSERT_EQ(client.startup().back(), "Z I");
                for (int query = 0; query < 20; ++query) {
                    ASSERT_THAT(client.ask("Q select 1"), Contains("D 1"));
                }
            }
        });
    }
    for (auto& each : clients) {
        each.join();
    }
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
    EXPECT_EQ(server.metric("sluice_connections_total"), 40);
}

}  // namespace
}  // namespace sluice::server::test
