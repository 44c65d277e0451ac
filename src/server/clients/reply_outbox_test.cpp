#include "server/clients/reply_outbox.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::server {
namespace {

constexpr std::size_t step = std::size_t{128} * 1024;  // the size of the pool's buffers

class outbox_fixture : public ::testing::Test {
  protected:
    // The bytes in the channel, as one text.
    std::string queued() {
        std::string all;
        std::vector<base::pooled_buffer> batch;
        while (channel.take(batch)) {
            for (const auto& each : batch) {
                all += each.bytes().view();
            }
            batch.clear();
        }
        return all;
    }

    base::buffer_pool pool{{.buffer_size_bytes = std::size_t{128} * 1024, .kept_max = 64}};
    base::byte_budget budget{{.bytes_max = 80 * step, .step_bytes = step}};
    base::byte_budget::account account{budget, [this] { ++room; }};
    base::byte_budget::account others{budget, [] {}};
    int room = 0;
    base::channel channel{base::channel_params{}};
    base::manual_clock clock;
    std::string sent;
    std::size_t takes_at_most = 1'000'000;
    bool more = false;
    reply_outbox out{{.output = &channel,
                      .buffers = &pool,
                      .account = &account,
                      .clock = &clock,
                      .direct_bytes_max = 1000,
                      .flush_bytes = 5000,
                      .flush_rows = 100,
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
    out.rows_written(1);
    EXPECT_EQ(sent, "");
    out.buffer().append("complete ");
    out.flush();
    EXPECT_EQ(sent, "row complete ");
    out.buffer().append("late row");
    clock.advance_ms(1);
    out.rows_written(1);
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
    out.rows_written(1);
    out.release_held();
    EXPECT_EQ(queued(), "held");
    out.release_held();
    out.buffer().append("next");
    out.hand_over();
    EXPECT_EQ(queued(), "next");
    EXPECT_EQ(sent, "");
}

TEST_F(outbox_fixture, the_first_rows_leave_when_they_are_enough_and_later_ones_by_size) {
    out.begin_run();
    const auto write = [&](std::string_view text, std::uint64_t rows) {
        out.buffer().append(text);
        out.rows_written(rows);
    };
    write("a", 99);
    EXPECT_EQ(sent, "");
    write("b", 1);
    EXPECT_EQ(sent, "ab");
    write("c", 500);
    EXPECT_EQ(sent, "ab") << "young and small";
    write(std::string(4999, 'd'), 1);
    EXPECT_EQ(queued(), "c" + std::string(4999, 'd'));
    channel.written(5000);
    out.buffer().append("end");
    out.flush();
    sent.clear();
    write("next", 100);
    EXPECT_EQ(sent, "next");
}

TEST_F(outbox_fixture, is_full_while_something_is_queued_and_others_hold_what_is_free) {
    takes_at_most = 1;
    out.begin_run();
    out.buffer().append("row");
    out.flush();
    EXPECT_FALSE(out.full());
    others.add(69 * step);
    EXPECT_TRUE(out.full());
    out.buffer().append("control");
    out.hand_over();
    EXPECT_EQ(account.held(), 2 * step) << "control messages are never refused";
    EXPECT_EQ(room, 0);
    EXPECT_EQ(queued(), "owcontrol");
    EXPECT_EQ(room, 1) << "it has become empty";
    channel.written(9);
    EXPECT_FALSE(out.full());
    others.subtract(69 * step);
}

TEST_F(outbox_fixture, one_whose_client_reads_goes_on_until_all_is_taken) {
    out.begin_run();
    others.add(79 * step);
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(out.full());
        out.buffer().append("reply");
        out.flush();
        EXPECT_FALSE(out.full()) << "it has a buffer to write into";
        out.hand_over();
    }
    others.add(step);
    EXPECT_TRUE(out.full());
    out.hand_over();
    others.subtract(step);
    EXPECT_EQ(room, 1);
    EXPECT_FALSE(out.full());
    others.subtract(79 * step);
}

TEST_F(outbox_fixture, room_that_is_not_used_is_given_back) {
    out.begin_run();
    out.buffer().append("row");
    out.rows_written(1);
    out.hand_over();
    others.add(80 * step);
    EXPECT_TRUE(out.full());
    others.subtract(3 * step);
    EXPECT_EQ(room, 1);
    EXPECT_EQ(budget.used(), 78 * step);
    EXPECT_FALSE(out.full());
    out.hand_over();
    EXPECT_EQ(budget.used(), 77 * step);
    others.subtract(77 * step);
}

TEST_F(outbox_fixture, a_buffer_that_grew_is_counted_as_it_is) {
    out.begin_run();
    out.buffer().append(std::string(3 * step, 'x'));
    out.flush();
    EXPECT_GE(account.held(), 3 * step);
    EXPECT_EQ(queued().size(), 3 * step);
    EXPECT_EQ(account.held(), 0U);
}

}  // namespace
}  // namespace sluice::server
