#include "base/flow/channel.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/core/test_event.hpp"

namespace sluice::base {
namespace {

pooled_buffer bytes_of(std::string_view text) {
    pooled_buffer buffer;
    buffer.bytes().append(text);
    return buffer;
}

std::string text_of(const std::vector<pooled_buffer>& batch) {
    std::string text;
    for (const auto& each : batch) {
        text += each.bytes().view();
    }
    return text;
}

struct fixture {
    int readable = 0;
    int writable = 0;
    channel pipe{{.bytes_max = 10,
                  .bytes_low = 4,
                  .on_readable = [this] { ++readable; },
                  .on_writable = [this] { ++writable; }}};

    std::string take() {
        std::vector<pooled_buffer> batch;
        return pipe.take(batch) ? text_of(batch) : "";
    }
};

TEST(channel, hands_over_in_order_and_calls_the_consumer_once) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(bytes_of("ab")));
    EXPECT_EQ(f.readable, 1);
    EXPECT_TRUE(f.pipe.push(bytes_of("cd")));
    EXPECT_EQ(f.readable, 1) << "the consumer has not found it empty since";
    EXPECT_EQ(f.take(), "abcd");
    EXPECT_TRUE(f.pipe.push(bytes_of("ef")));
    EXPECT_EQ(f.readable, 1) << "it will look again when it has written";
    EXPECT_EQ(f.take(), "ef");
    EXPECT_EQ(f.take(), "");
    EXPECT_TRUE(f.pipe.push(bytes_of("gh")));
    EXPECT_EQ(f.readable, 2);
}

TEST(channel, counts_bytes_until_they_are_written) {
    fixture f;
    EXPECT_TRUE(f.pipe.idle());
    EXPECT_TRUE(f.pipe.push(bytes_of("12345")));
    EXPECT_EQ(f.take(), "12345");
    EXPECT_EQ(f.pipe.bytes(), 5U);
    EXPECT_FALSE(f.pipe.idle());
    f.pipe.written(5);
    EXPECT_TRUE(f.pipe.idle());
}

TEST(channel, calls_the_producer_once_below_low_water_and_only_after_full) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(bytes_of("12345")));
    EXPECT_FALSE(f.pipe.full());
    EXPECT_TRUE(f.pipe.push(bytes_of("67890abc")));
    EXPECT_EQ(f.take(), "1234567890abc");
    f.pipe.written(5);
    EXPECT_EQ(f.writable, 0) << "nobody has asked whether it is full";
    EXPECT_TRUE(f.pipe.push(bytes_of("defgh")));
    EXPECT_TRUE(f.pipe.full());
    f.pipe.written(8);
    EXPECT_EQ(f.writable, 0) << "five bytes are left, four is low water";
    EXPECT_EQ(f.take(), "defgh");
    f.pipe.written(1);
    EXPECT_EQ(f.writable, 1);
    f.pipe.written(4);
    EXPECT_EQ(f.writable, 1);
}

TEST(channel, takes_control_messages_beyond_the_bound) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(bytes_of(std::string(100, 'x'))));
    EXPECT_TRUE(f.pipe.full());
    EXPECT_TRUE(f.pipe.push(bytes_of("error")));
    EXPECT_EQ(f.take().size(), 105U);
}

TEST(channel, an_empty_buffer_is_nothing) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(pooled_buffer(byte_buffer(100))));
    EXPECT_EQ(f.readable, 0);
    EXPECT_EQ(f.take(), "");
}

TEST(channel, the_producer_closes_behind_what_it_pushed) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(bytes_of("last")));
    f.pipe.close_producer();
    EXPECT_FALSE(f.pipe.finished());
    EXPECT_EQ(f.take(), "last");
    EXPECT_TRUE(f.pipe.finished());
    EXPECT_EQ(f.take(), "");
    EXPECT_EQ(f.readable, 1);
}

TEST(channel, closing_an_empty_channel_calls_the_waiting_consumer) {
    fixture f;
    EXPECT_EQ(f.take(), "");
    f.pipe.close_producer();
    f.pipe.close_producer();
    EXPECT_EQ(f.readable, 1);
    EXPECT_TRUE(f.pipe.finished());
}

TEST(channel, the_consumer_closes_and_the_producer_learns_it) {
    fixture f;
    EXPECT_TRUE(f.pipe.push(bytes_of("0123456789")));
    EXPECT_TRUE(f.pipe.full());
    std::vector<pooled_buffer> batch;
    EXPECT_TRUE(f.pipe.take(batch));
    f.pipe.close_consumer();
    EXPECT_EQ(f.writable, 1) << "a producer that waits must not wait for ever";
    EXPECT_FALSE(f.pipe.full());
    EXPECT_FALSE(f.pipe.push(bytes_of("x")));
    f.pipe.written(10);  // completes the write that was under way
    EXPECT_EQ(f.pipe.bytes(), 0U);
    EXPECT_TRUE(f.pipe.finished());
    f.pipe.close_producer();
    EXPECT_EQ(f.readable, 1);
}

// A producer and a consumer that sleep whenever the channel allows it: no wake-up may be lost, the bound must hold.
TEST(channel, loses_no_byte_and_no_wake_up_under_stress) {
    for (const unsigned seed : {11U, 12U, 13U}) {
        constexpr std::size_t total_bytes = 400'000;
        constexpr std::size_t piece_bytes_max = 64;
        event readable;
        event writable;
        channel pipe({.bytes_max = 300,
                      .bytes_low = 100,
                      .on_readable = [&] { readable.set(); },
                      .on_writable = [&] { writable.set(); }});
        bool producer_woken = true;
        std::thread producer([&] {
            std::mt19937 random(seed);
            std::size_t sent = 0;
            while (sent < total_bytes) {
                while (pipe.full()) {
                    producer_woken = producer_woken && writable.wait();
                }
                const auto size = std::min<std::size_t>(1 + random() % piece_bytes_max, total_bytes - sent);
                pooled_buffer piece;
                for (std::size_t i = 0; i < size; ++i) {
                    piece.bytes().append_byte(static_cast<char>((sent + i) % 251));
                }
                ASSERT_TRUE(pipe.push(std::move(piece)));
                sent += size;
            }
            pipe.close_producer();
        });
        std::mt19937 random(seed + 1000);
        std::size_t received = 0;
        while (!pipe.finished()) {
            std::vector<pooled_buffer> batch;
            if (!pipe.take(batch)) {
                if (!pipe.finished()) {
                    ASSERT_TRUE(readable.wait());
                }
                continue;
            }
            EXPECT_LE(pipe.bytes(), 300U + piece_bytes_max);
            for (const auto& piece : batch) {
                for (const char c : piece.bytes().view()) {
                    ASSERT_EQ(static_cast<unsigned char>(c), received % 251);
                    ++received;
                }
                if (random() % 50 == 0) {
                    std::this_thread::yield();
                }
                pipe.written(piece.bytes().size());
            }
        }
        producer.join();
        EXPECT_TRUE(producer_woken);
        EXPECT_EQ(received, total_bytes);
        EXPECT_TRUE(pipe.idle());
    }
}

}  // namespace
}  // namespace sluice::base
