#include "cli/tag/progress_bar.hpp"

#include <array>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text/display_width.hpp"

namespace sluice::cli {
namespace {

jobs::progress sample() {
    return {.event = jobs::progress_event::committed,
            .now_ms = 1000,
            .done = 310,
            .failed = 2,
            .left = 312,
            .items_per_minute = 604.4,
            .eta_ms = 964'000,
            .used = {.requests = 7, .tokens_in = 1'234'567, .tokens_out = 31'400},
            .cost = 0.484,
            .reason = {},
            .item_key = {}};
}

TEST(progress_line, says_how_far_it_is) {
    EXPECT_EQ(progress_line(sample(), {.width = 100}),
              "██████████            312/624  2 failed  604/min  16:04 left  1.2M+31.4k tokens  $0.48");
    auto begun = jobs::progress{.left = 5, .is_left_final = false, .reason = {}, .item_key = {}};
    EXPECT_EQ(progress_line(begun, {.width = 100, .is_utf8 = false}), "                      0/5+");
}

TEST(progress_line, leaves_out_what_does_not_fit) {
    EXPECT_EQ(progress_line(sample(), {.width = 60}), "██████████            312/624  2 failed  604/min  16:04 left");
    EXPECT_EQ(progress_line(sample(), {.width = 30}), "312/624  2 failed  604/min");
    EXPECT_EQ(progress_line(sample(), {.width = 3}), "");
    for (std::size_t width = 1; width < 120; ++width) {
        auto waits = sample();
        waits.event = jobs::progress_event::waiting;
        waits.reason = "a reason that is quite long, so that it has to be cut somewhere";
        EXPECT_LE(base::display_width(progress_line(sample(), {.width = width})), width);
        EXPECT_LE(base::display_width(progress_line(waits, {.width = width})), width);
    }
}

TEST(progress_line, counts_a_wait_down) {
    auto waits = sample();
    waits.event = jobs::progress_event::waiting;
    waits.until_ms = 43'000;
    waits.reason = "10 requests\na minute";
    EXPECT_EQ(progress_line(waits, {.width = 100}),
              "██████████            312/624  2 failed  waits 0:42: 10 requests\\na minute");
    EXPECT_EQ(progress_line(waits, {.width = 52}), "██████████            312/624  2 failed  waits 0:42…");
}

TEST(progress_line, shows_times_and_amounts) {
    EXPECT_EQ(shown_duration(0), "0:00");
    EXPECT_EQ(shown_duration(1), "0:01");
    EXPECT_EQ(shown_duration(3'723'000), "1:02:03");
    EXPECT_EQ(shown_amount(999), "999");
    EXPECT_EQ(shown_amount(31'400), "31.4k");
}

TEST(progress_json, is_one_line) {
    auto failed = sample();
    failed.event = jobs::progress_event::item_failed;
    failed.reason = "no \"mood\"\n";
    failed.item_key = "k";
    EXPECT_EQ(
        progress_json(failed),
        "{\"event\":\"item_failed\",\"time\":1000,\"done\":310,\"reused\":0,\"failed\":2,\"left\":312,"
        "\"is_left_final\":true,\"items_per_minute\":604.4,\"requests\":7,\"tokens_in\":1234567,\"tokens_out\":31400,"
        "\"eta_ms\":964000,\"cost\":0.484000,\"item\":\"k\",\"reason\":\"no \\\"mood\\\"\\n\"}\n");
}

class progress_bar_test : public testing::Test {
  protected:
    progress_bar_test() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~progress_bar_test() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    // The output since the last call.
    std::string drawn() const {
        std::array<char, 4096> text{};
        EXPECT_EQ(::write(ends_[1], "|", 1), 1);
        const auto size = ::read(ends_[0], text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(size - 1)};
    }

    std::array<int, 2> ends_{};
    base::manual_clock time_;
};

TEST_F(progress_bar_test, is_drawn_seldom_and_erased_at_the_end) {
    const jobs::progress one{.done = 1, .reason = {}, .item_key = {}};
    const jobs::progress two{.done = 2, .reason = {}, .item_key = {}};
    {
        progress_bar bar({.descriptor = ends_[1], .style = {.width = 20}, .time = &time_});
        bar.show(one);
        EXPECT_EQ(drawn(), "\r\x1b[K1/1");
        bar.show(two);
        EXPECT_EQ(drawn(), "") << "too soon";
        time_.advance_ms(100);
        bar.show(two);
        EXPECT_EQ(drawn(), "\r\x1b[K2/2");
        bar.clear();
        EXPECT_EQ(drawn(), "\r\x1b[K");
        bar.clear();
        EXPECT_EQ(drawn(), "");
        bar.show(one);
        EXPECT_EQ(drawn(), "\r\x1b[K1/1") << "after other lines";
    }
    EXPECT_EQ(drawn(), "\r\x1b[K");
}

TEST_F(progress_bar_test, keeps_showing_a_wait_while_it_lasts) {
    progress_bar bar({.descriptor = ends_[1], .style = {.width = 40}, .time = &time_});
    jobs::progress now{
        .event = jobs::progress_event::waiting, .now_ms = 1000, .reason = "busy", .item_key = {}, .until_ms = 3000};
    bar.show(now);
    EXPECT_EQ(drawn(), "\r\x1b[K0/0  waits 0:02: busy");
    now = {.event = jobs::progress_event::working, .now_ms = 2000, .reason = {}, .item_key = {}};
    time_.advance_ms(1000);
    bar.show(now);
    EXPECT_EQ(drawn(), "\r\x1b[K0/0  waits 0:01: busy");
    now.now_ms = 3000;
    time_.advance_ms(1000);
    bar.show(now);
    EXPECT_EQ(drawn(), "\r\x1b[K0/0");
}

}  // namespace
}  // namespace sluice::cli
