// Clients that read slowly or not at all: the memory that they hold, their effect on others, and their time limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/observe/log.hpp"
#include "server/test_certificate.hpp"
#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t many = 1'000'000'000'000;
constexpr std::chrono::milliseconds slow{5'000};       // slow_client_threshold
constexpr std::chrono::milliseconds timeout{300'000};  // flush_timeout
constexpr int small_window = 64 * 1024;

// The lines that the server logs during its lifetime.
class captured_log {
  public:
    captured_log() {
        base::configure_logs({.level = base::log_level::info, .write = [this](std::string_view line) {
                                  const std::scoped_lock lock(mutex_);
                                  lines_.emplace_back(line);
                              }});
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log() { base::configure_logs({}); }
    [[nodiscard]] std::vector<std::string> with(std::string_view words) const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> found;
        for (const auto& line : lines_) {
            if (line.contains(words)) {
                found.push_back(line);
            }
        }
        return found;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

class backpressure : public ::testing::Test {
  protected:
    void SetUp() override {
        server.engine.rows_per_chunk = 2048;
        server.script_count("count", many);
    }
    // A client that has asked for `sql` and reads nothing; its session waits.
    std::unique_ptr<wire_client> stalled(const std::string& sql = "Q count") {
        auto client = std::make_unique<wire_client>(server.port(), small_window);
        client->startup();
        const auto before = server.metric("sluice_streaming_backpressure_events");
        client->say(sql);
        EXPECT_TRUE(
            eventually([&] { return server.metric("sluice_streaming_backpressure_events") > before && quiet(); }));
        settle(*client);
        return client;
    }
    // Waits until the kernels have moved all that they can; no event tells that, so the client must receive nothing for
    // a while.
    static void settle(const wire_client& client) {
        int seen = -1;
        for (int same = 0; same < 10; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
            const int now = client.unread_bytes();
            same = now == seen ? same + 1 : 0;
            seen = now;
        }
    }
    // Advances the clock by `step`, which makes a stall of that length, and waits for the metric to show it. Repeats
    // the step if the sweep saw the last byte move too late.
    [[nodiscard]] bool after(std::chrono::milliseconds step, std::string_view name, double value) {
        for (int steps = 0; steps < 5; ++steps) {
            server.clock.advance(step);
            if (eventually([&] { return server.metric(name) == value; }, std::chrono::seconds(2))) {
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool quiet() const {
        return server.executor->stats().running == 0 && server.executor->stats().queued == 0;
    }
    // Reads rows that count from `next` up to `end`; returns the first number that did not come.
    static std::uint64_t read_count(wire_client& client, std::uint64_t next, std::uint64_t end) {
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

    captured_log log;
    test_server server;
};

// ---- one client

TEST_F(backpressure, a_client_that_stops_reading_is_told_of_once_for_each_stall) {
    server.start();
    const auto client = stalled();
    EXPECT_GT(server.metric("sluice_session_buffered_bytes"), 0);
    EXPECT_EQ(server.metric("sluice_session_buffered_bytes_max"), server.metric("sluice_session_buffered_bytes"));
    EXPECT_EQ(server.metric("sluice_slow_flush_count"), 0);
    ASSERT_TRUE(after(slow, "sluice_slow_flush_count", 1));
    const auto lines = log.with("client reads nothing");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr("session=" + std::to_string(client->process_id) + " "));
    EXPECT_THAT(lines[0], HasSubstr("buffered_bytes="));
    server.clock.advance(slow);
    EXPECT_EQ(read_count(*client, 1, 1'000'000), 1'000'000U);
    ASSERT_TRUE(eventually([&] { return quiet(); }));
    settle(*client);
    ASSERT_TRUE(after(slow, "sluice_slow_flush_count", 2));
    EXPECT_EQ(log.with("client reads nothing").size(), 2U);
    EXPECT_EQ(server.metric("sluice_flush_timeouts_total"), 0);
}

TEST_F(backpressure, a_client_that_reads_nothing_for_flush_timeout_is_closed) {
    server.start();
    const auto client = stalled();
    ASSERT_TRUE(after(slow, "sluice_slow_flush_count", 1));
    EXPECT_EQ(server.metric("sluice_sessions_active"), 1);
    ASSERT_TRUE(after(timeout, "sluice_flush_timeouts_total", 1));
    ASSERT_TRUE(server.reaches("sluice_connections_active", 0));
    EXPECT_EQ(server.metric("sluice_session_buffered_bytes"), 0);
    const auto lines = log.with("flush_timeout");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr("level=warn"));
    EXPECT_THAT(lines[0], HasSubstr("session=" + std::to_string(client->process_id) + " "));
}

TEST_F(backpressure, a_client_that_is_merely_slow_is_never_closed) {
    server.start();
    const auto client = stalled();
    std::uint64_t next = 1;
    for (int round = 0; round < 6; ++round) {
        next = read_count(*client, next, next + 100'000);
        ASSERT_TRUE(eventually([&] { return quiet(); }));
        settle(*client);
        ASSERT_TRUE(after(timeout / 2, "sluice_slow_flush_count", round + 1));
    }
    EXPECT_EQ(server.metric("sluice_flush_timeouts_total"), 0);
    EXPECT_EQ(read_count(*client, next, next + 100'000), next + 100'000);
}

TEST_F(backpressure, it_is_watched_when_the_statement_is_done_and_its_bytes_are_not) {
    server.params.limits.output_bytes_max = std::size_t{64} << 20U;
    server.script_count("enough", 600'000);
    server.start();
    wire_client client(server.port(), small_window);
    client.startup();
    client.say("Q enough");
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_session_buffered_bytes") > 0 && quiet(); }));
    EXPECT_EQ(server.metric("sluice_streaming_backpressure_events"), 0) << "all of it found room";
    settle(client);
    ASSERT_TRUE(after(slow, "sluice_slow_flush_count", 1));
    EXPECT_EQ(read_count(client, 1, 600'001), 600'001U);
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C SELECT 600000", "Z I"));
    client.say("Q enough");
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_session_buffered_bytes") > 0 && quiet(); }));
    settle(client);
    EXPECT_TRUE(after(timeout, "sluice_flush_timeouts_total", 1));
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
}

TEST_F(backpressure, what_an_ended_session_has_left_is_waited_for_as_long) {
    server.params.limits.output_bytes_max = std::size_t{64} << 20U;
    server.script_count("enough", 600'000);
    server.start();
    wire_client client(server.port(), small_window);
    client.startup();
    client.say("Q enough");
    client.say("X");
    ASSERT_TRUE(server.reaches("sluice_sessions_active", 0));
    settle(client);
    ASSERT_TRUE(after(timeout / 2, "sluice_slow_flush_count", 1));
    EXPECT_EQ(read_count(client, 1, 600'001), 600'001U);
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C SELECT 600000", "Z I"));
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(backpressure, an_idle_client_owes_nothing) {
    server.start();
    wire_client client(server.port());
    client.startup();
    EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
    server.clock.advance(std::chrono::milliseconds(10'000'000));
    EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
    EXPECT_EQ(server.metric("sluice_slow_flush_count"), 0);
    EXPECT_TRUE(server.reaches("sluice_session_buffered_bytes", 0));
}

TEST_F(backpressure, flush_timeout_works_through_tls) {
    const test_certificate certificate;
    server.params.tls = certificate.files;
    server.start();
    wire_client client(server.port(), small_window);
    ASSERT_TRUE(client.start_tls("\x0apostgresql"));
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(eventually([&] { return server.metric("sluice_streaming_backpressure_events") > 0 && quiet(); }));
    settle(client);
    EXPECT_TRUE(after(timeout, "sluice_flush_timeouts_total", 1));
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
    EXPECT_TRUE(server.reaches("sluice_session_buffered_bytes", 0));
}

TEST_F(backpressure, a_cancel_ends_a_statement_whose_client_does_not_read) {
    server.start();
    const auto client = stalled();
    wire_client canceller(server.port());
    canceller.send(cancel_packet(client->process_id, client->secret_key));
    EXPECT_TRUE(canceller.closed_by_server());
    // Its rows are in the channel, so the next message can only be the error.
    std::string last;
    for (auto message = client->read_message(); message.type == 'T' || message.type == 'D';) {
        message = client->read_message();
        last = message.type == 'E' ? message.body : "";
    }
    EXPECT_THAT(last, HasSubstr("canceling statement due to user request"));
    EXPECT_THAT(client->read_until('Z'), Contains("Z I"));
    EXPECT_THAT(client->ask("Q select 1"), Contains("D 1"));
}

// ---- all together

class budgeted : public backpressure {
  protected:
    static constexpr std::size_t buffer_bytes = std::size_t{16} * 1024;
    static constexpr std::size_t limit_bytes = 64 * buffer_bytes;

    void SetUp() override {
        backpressure::SetUp();
        auto& limits = server.params.limits;
        limits.write_buffer_bytes = buffer_bytes;
        limits.flush_bytes = buffer_bytes / 2;
        limits.buffered_bytes_max = limit_bytes;
        limits.output_bytes_max = 8 * buffer_bytes;
    }
    // A chunk of the fake engine makes a buffer grow to about 40 kB; two threads may each be about to have one.
    static constexpr double slack_bytes = 4 * 64 * 1024;
};

TEST_F(budgeted, stalled_clients_stay_below_the_limit_and_others_go_on) {
    server.script_count("enough", 200'000);
    server.start();
    std::vector<std::unique_ptr<wire_client>> slow_clients;
    for (int i = 0; i < 12; ++i) {
        slow_clients.push_back(stalled());
        EXPECT_LE(server.metric("sluice_session_buffered_bytes"), static_cast<double>(limit_bytes) + slack_bytes);
    }
    EXPECT_GT(server.metric("sluice_streaming_budget_waits_total"), 0);
    EXPECT_GT(server.metric("sluice_session_buffered_bytes"), static_cast<double>(limit_bytes) / 2);
    for (int i = 0; i < 3; ++i) {
        wire_client fast(server.port());
        fast.startup();
        fast.say("Q enough");
        EXPECT_EQ(read_count(fast, 1, 200'001), 200'001U);
        EXPECT_THAT(fast.read_until('Z'), ElementsAre("C SELECT 200000", "Z I"));
        EXPECT_THAT(fast.ask("Q select 1"), Contains("D 1"));
    }
    // The slow clients read on and have missed no row.
    std::vector<std::thread> readers;
    for (auto& client : slow_clients) {
        readers.emplace_back([&client] { EXPECT_EQ(read_count(*client, 1, 300'000), 300'000U); });
    }
    for (auto& each : readers) {
        each.join();
    }
    EXPECT_LE(server.metric("sluice_session_buffered_bytes"), static_cast<double>(limit_bytes) + slack_bytes);
    for (auto& client : slow_clients) {
        client->close();
    }
    EXPECT_TRUE(server.reaches("sluice_sessions_active", 0));
    EXPECT_TRUE(server.reaches("sluice_session_buffered_bytes", 0));
}

TEST_F(budgeted, one_that_waits_for_others_is_cancelled_times_out_and_vanishes_like_any) {
    server.params.session_defaults = {{"statement_timeout", "60000"}};
    server.start();
    // Sessions whose clients read nothing, until one with an empty queue has to wait for them.
    std::vector<std::unique_ptr<wire_client>> slow_clients;
    for (int i = 0; i < 12; ++i) {
        slow_clients.push_back(stalled());
    }
    slow_clients.front()->close();
    EXPECT_TRUE(server.reaches("sluice_sessions_active", 11));
    server.clock.advance(std::chrono::milliseconds(60'001));
    EXPECT_TRUE(eventually([&] { return quiet(); }));
    for (auto& client : slow_clients) {
        client->close();
    }
    EXPECT_TRUE(server.reaches("sluice_sessions_active", 0));
    EXPECT_TRUE(server.reaches("sluice_session_buffered_bytes", 0));
}

}  // namespace
}  // namespace sluice::server::test
