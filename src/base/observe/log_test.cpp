#include "base/observe/log.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace sluice::base {
namespace {

class log_test : public testing::Test {
  protected:
    ~log_test() override { configure_logs({}); }

    void configure(log_level level, log_format format) {
        configure_logs(
            {.level = level, .format = format, .write = [this](std::string_view line) { lines_.emplace_back(line); }});
    }
    // The last line without its time.
    std::string last() {
        EXPECT_FALSE(lines_.empty());
        const auto& line = lines_.back();
        return line.substr(line.find("level"));
    }

    std::vector<std::string> lines_;
    const logger log_{"server"};
};

TEST_F(log_test, writes_key_value_lines) {
    configure(log_level::info, log_format::text);
    log_.info("session opened", {{"session", 7}, {"user", "alice"}, {"seconds", 0.5}, {"tls", true}});
    EXPECT_EQ(last(), "level=info module=server event=\"session opened\" session=7 user=alice seconds=0.5 tls=true\n");
    EXPECT_TRUE(lines_.back().starts_with("time=2"));
    EXPECT_EQ(lines_.back().find("Z level="), 28U) << lines_.back();
}

TEST_F(log_test, writes_json_lines) {
    configure(log_level::info, log_format::json);
    log_.warn("slow", {{"user", "a\"b"}, {"seconds", std::numeric_limits<double>::infinity()}, {"n", 3U}});
    EXPECT_EQ(last(),
              "level\":\"warning\",\"module\":\"server\",\"event\":\"slow\",\"user\":\"a\\\"b\",\"seconds\":null,"
              "\"n\":3}\n");
}

TEST_F(log_test, a_value_cannot_forge_a_line_or_a_field) {
    configure(log_level::info, log_format::text);
    log_.info("x", {{"user", "a\nlevel=error b=c \x1b[2J"}});
    EXPECT_EQ(last(), "level=info module=server event=\"x\" user=\"a\\nlevel=error b=c \\u001b[2J\"\n");
    log_.info("x", {{"user", ""}});
    EXPECT_EQ(last(), "level=info module=server event=\"x\" user=\"\"\n");
}

TEST_F(log_test, replaces_what_is_not_utf8) {
    configure(log_level::info, log_format::json);
    log_.info("x", {{"v", "gr\xc3\xbc\xc3\x9f \xff\xe2\x82 \xed\xa0\x80 \xf0\x9f\x8c\x8a"}});
    EXPECT_NE(last().find("\"gr\xc3\xbc\xc3\x9f \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd \xf0\x9f\x8c\x8a\""),
              std::string::npos)
        << last();
}

TEST_F(log_test, drops_what_is_below_the_level) {
    configure(log_level::warn, log_format::text);
    log_.info("no");
    EXPECT_TRUE(lines_.empty());
    log_.error("yes");
    EXPECT_EQ(lines_.size(), 1U);
    configure(log_level::off, log_format::text);
    log_.error("no");
    EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(log_test, bounds_the_length_of_a_line) {
    configure(log_level::info, log_format::text);
    log_.info("x", {{"a", 1}, {"sql", std::string(100'000, 'x')}, {"b", 2}});
    EXPECT_EQ(last(), "level=info module=server event=\"x\" a=1 truncated=true\n");
}

TEST_F(log_test, lines_of_many_threads_stay_whole) {
    configure(log_level::info, log_format::text);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([this, t] {
            for (int i = 0; i < 500; ++i) {
                log_.info("line", {{"thread", t}});
            }
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    EXPECT_EQ(lines_.size(), 2000U);
}

TEST(log, knows_its_levels) {
    EXPECT_EQ(parse_log_level("trace"), log_level::trace);
    EXPECT_EQ(parse_log_level("off"), log_level::off);
    EXPECT_FALSE(parse_log_level("loud"));
}

}  // namespace
}  // namespace sluice::base
