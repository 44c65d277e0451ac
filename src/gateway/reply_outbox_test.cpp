#include "gateway/reply_outbox.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::gateway {
namespace {

class outbox_fixture : public ::testing::Test {
  protected:
    // What the channel holds, as one text.
    std::string queued() {
        std::string all;
        std::vector<core::byte_buffer> batch;
        while (channel.take(batch)) {
            for (const auto& each : batch) {
                all += each.view();
            }
            batch.clear();
        }
        return all;
    }

    core::channel channel{core::channel_params{}};
    core::buffer_pool pool;
    core::manual_clock clock;
    std::string sent;
    std::size_t takes_at_most = 1'000'000;
    bool more = false;
    reply_outbox out{{.output = &channel,
                      .buffers = &pool,
                      .clock = &clock,
                      .direct_bytes_max = 1000,
                      .send_now =
                          [this](std::string_view bytes) {
                              const auto taken = std::min(takes_at_most, bytes.size());
                              sent += bytes.substr(0, taken);
                              return taken;
                          },
                      .more_input = [this] { return more; }}};
};

TEST_F(outbox_fixture, a_small_reply_goes_straight_to_the_socket) {
    out.begin_run();
    out.buffer().append("hello");
    out.flush();
    EXPECT_EQ(sent, "hello");
    EXPECT_EQ(queued(), "");
    out.hand_over();
    EXPECT_EQ(pool.stats().kept, 1U);
}

TEST_F(outbox_fixture, what_the_socket_does_not_take_is_queued_and_the_next_reply_behind_it) {
    takes_at_most = 2;
    out.begin_run();
    out.buffer().append("hello");
    out.flush();
    takes_at_most = 100;
    out.buffer().append(" world");
    out.flush();
    EXPECT_EQ(sent, "he");
    EXPECT_EQ(queued(), "llo world");
}

TEST_F(outbox_fixture, a_large_reply_is_queued) {
    out.begin_run();
    out.buffer().append(std::string(1001, 'x'));
    out.flush();
    EXPECT_EQ(sent, "");
    EXPECT_EQ(queued().size(), 1001U);
}

TEST_F(outbox_fixture, first_rows_wait_for_the_end_of_a_fast_statement_only) {
    out.begin_run();
    out.buffer().append("row ");
    out.rows_written();
    EXPECT_EQ(sent, "");
    out.buffer().append("complete ");
    out.flush();
    EXPECT_EQ(sent, "row complete ");
    out.buffer().append("late row");
    clock.advance_ms(1);
    out.rows_written();
    EXPECT_EQ(sent, "row complete late row");
}

TEST_F(outbox_fixture, replies_of_a_pipeline_are_sent_together) {
    out.begin_run();
    more = true;
    for (int i = 0; i < 3; ++i) {
        out.buffer().append("reply ");
        out.flush();
    }
    EXPECT_EQ(sent, "");
    more = false;
    out.buffer().append("last");
    out.flush();
    EXPECT_EQ(sent, "reply reply reply last");
}

TEST_F(outbox_fixture, what_is_held_leaves_when_the_producer_takes_too_long) {
    out.begin_run();
    out.buffer().append("held");
    out.rows_written();
    out.release_held();
    EXPECT_EQ(queued(), "held");
    out.release_held();
    out.buffer().append("next");
    out.hand_over();
    EXPECT_EQ(queued(), "next");
    EXPECT_EQ(sent, "");
}

}  // namespace
}  // namespace sluice::gateway
