// Expected values: the PostgreSQL 15 manual, 20.1.1.
#include "base/config/units.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(units, reads_durations) {
    EXPECT_EQ(parse_duration_us("250us"), 250);
    EXPECT_EQ(parse_duration_us("250ms"), 250'000);
    EXPECT_EQ(parse_duration_us("5s"), 5'000'000);
    EXPECT_EQ(parse_duration_us("2min"), 120'000'000);
    EXPECT_EQ(parse_duration_us("1h"), 3'600'000'000);
    EXPECT_EQ(parse_duration_us("1d"), 86'400'000'000);
    EXPECT_EQ(parse_duration_us("1.5s"), 1'500'000);
    EXPECT_EQ(parse_duration_us("2 min"), 120'000'000);
    EXPECT_EQ(parse_duration_us("0"), 0);
    EXPECT_EQ(parse_duration_us("5000", "ms"), 5'000'000);
}

TEST(units, refuses_durations_that_are_none) {
    for (const auto* text :
         {"", "5", "s", "5S", "5 sec", "-5s", "5s5s", "nan", "inf", "1e3s", "1000000000000d", "5m"}) {
        EXPECT_FALSE(parse_duration_us(text)) << text;
    }
    EXPECT_EQ(parse_duration_us("5").error().code, sqlstates::invalid_parameter_value);
    EXPECT_EQ(parse_duration_us("5").error().message, "\"5\" needs a unit, e.g. 250ms, 5s, 2min, 1h");
}

TEST(units, reads_sizes) {
    EXPECT_EQ(parse_size_bytes("512B"), 512);
    EXPECT_EQ(parse_size_bytes("64kB"), 65'536);
    EXPECT_EQ(parse_size_bytes("16MB"), 16'777'216);
    EXPECT_EQ(parse_size_bytes("2GB"), 2'147'483'648);
    EXPECT_EQ(parse_size_bytes("1TB"), 1'099'511'627'776);
    EXPECT_EQ(parse_size_bytes("0"), 0);
    for (const auto* text : {"64", "64KB", "64k", "GB", "-1GB", "99999999TB"}) {
        EXPECT_FALSE(parse_size_bytes(text)) << text;
    }
}

TEST(units, reads_addresses) {
    EXPECT_EQ(parse_host_port("127.0.0.1:5433"), (host_port{.host = "127.0.0.1", .port = 5433}));
    EXPECT_EQ(parse_host_port("[::1]:0"), (host_port{.host = "::1", .port = 0}));
    EXPECT_EQ(parse_host_port("db.example.com:65535"), (host_port{.host = "db.example.com", .port = 65535}));
    for (const auto* text : {"", ":5433", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:5433",
                             "[]:5433", "a:b", "1.2.3.4:5433x"}) {
        EXPECT_FALSE(parse_host_port(text)) << text;
    }
}

TEST(units, reads_integers_and_booleans) {
    EXPECT_EQ(parse_integer("-12"), -12);
    EXPECT_FALSE(parse_integer("12 "));
    EXPECT_FALSE(parse_integer("99999999999999999999"));
    EXPECT_EQ(parse_boolean("on"), true);
    EXPECT_EQ(parse_boolean("0"), false);
    EXPECT_FALSE(parse_boolean("maybe"));
}

}  // namespace
}  // namespace sluice::base
