#include "engines/duckdb/values/time_zone.hpp"

#include <absl/time/time.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "engines/duckdb/encode/encode_test_support.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int64_t second = 1'000'000;

TEST(time_zone, is_utc_by_default) {
    time_zone zone;
    EXPECT_EQ(zone.name(), "UTC");
    EXPECT_EQ(zone.engine_name(), "UTC");
    EXPECT_EQ(zone.offset_seconds_at(0), 0);
}

// set timezone = NAME; show timezone; select extract(timezone from timestamptz '2020-01-01 00:00:00+00')
TEST(time_zone, takes_the_names_that_postgresql_takes) {
    struct zone_case {
        const char* name;
        const char* shown;
        const char* engine;
        std::int32_t offset;
    };
    for (const zone_case& expected : {
             zone_case{"UTC", "UTC", "UTC", 0},
             zone_case{"utc", "UTC", "UTC", 0},
             zone_case{"Europe/Berlin", "Europe/Berlin", "Europe/Berlin", 3600},
             zone_case{"europe/BERLIN", "Europe/Berlin", "Europe/Berlin", 3600},
             zone_case{"Asia/Kolkata", "Asia/Kolkata", "Asia/Kolkata", 19800},
             zone_case{"EST5EDT", "EST5EDT", "EST5EDT", -18000},
             zone_case{"2", "<+02>-02", "Etc/GMT-2", 7200},
             zone_case{"+02", "<+02>-02", "Etc/GMT-2", 7200},
             zone_case{"-8", "<-08>+08", "Etc/GMT+8", -28800},
             zone_case{"-3.5", "<-03:30>+03:30", "", -12600},
             zone_case{"+05:30", "+05:30", "", -19800},  // POSIX counts west
             zone_case{"FOO+3", "FOO+3", "Etc/GMT+3", -10800},
             zone_case{"<+05>-05", "<+05>-05", "Etc/GMT-5", 18000},
             zone_case{"GMT+5", "GMT+5", "Etc/GMT+5", -18000},
         }) {
        auto zone = time_zone::find(expected.name);
        ASSERT_TRUE(zone) << expected.name;
        EXPECT_EQ(zone->name(), expected.shown);
        EXPECT_EQ(zone->engine_name(), expected.engine);
        EXPECT_EQ(zone->offset_seconds_at(1577836800 * second), expected.offset) << expected.name;
    }
}

TEST(time_zone, refuses_what_is_none) {
    for (const char* name : {"",
                             "nowhere/x",
                             "CEST",
                             "Z",
                             "200",
                             "-200",
                             "../../etc/passwd",
                             "/etc/passwd",
                             "right/UTC",
                             "Europe",
                             "Europe/",
                             "libc:localtime",
                             "1e3",
                             "nan",
                             "+-2",
                             "<+02",
                             "+05:",
                             "+05:60",
                             "tzdata.zi",
                             "Europe/Berlin\n"}) {
        const auto zone = time_zone::find(name);
        ASSERT_FALSE(zone) << name;
        EXPECT_EQ(zone.error().code, sqlstates::invalid_parameter_value);
    }
}

TEST(time_zone, agrees_with_the_table_at_any_instant) {
    std::mt19937_64 random(6);  // NOLINT: the same numbers every time
    for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca", "Asia/Gaza",
                             "Australia/Lord_Howe", "Pacific/Apia", "Europe/London"}) {
        auto zone = time_zone::find(name);
        ASSERT_TRUE(zone);
        absl::TimeZone table;
        ASSERT_TRUE(absl::LoadTimeZone(name, &table));
        for (int i = 0; i < 20'000; ++i) {
            const std::int64_t instant =
                static_cast<std::int64_t>(random() % 9'000'000'000'000'000) - 4'000'000'000'000'000;
            ASSERT_EQ(zone->offset_seconds_at(instant), table.At(absl::FromUnixMicros(instant)).offset)
                << name << " " << instant;
        }
        // Around each transition of a century, by the microsecond.
        absl::TimeZone::CivilTransition transition;
        absl::Time at = absl::FromUnixSeconds(-631152000);
        while (table.NextTransition(at, &transition) && at < absl::FromUnixSeconds(2524608000)) {
            const absl::Time change =
                absl::FromCivil(transition.from, absl::UTCTimeZone()) - absl::Seconds(table.At(at).offset);
            for (const std::int64_t step : {-second, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, second}) {
                const std::int64_t instant = absl::ToUnixMicros(change) + step;
                ASSERT_EQ(zone->offset_seconds_at(instant), table.At(absl::FromUnixMicros(instant)).offset);
            }
            at = change;
        }
    }
}

// set timezone = 'Europe/Berlin'; select timestamptz ...
TEST(time_zone, shifts_timestamps_of_a_session) {
    test_engine engine;
    engine.zone = "Europe/Berlin";
    EXPECT_EQ(engine.text("select timestamptz '1850-01-01 00:00:00+00'"), "1850-01-01 00:53:28+00:53:28");
    EXPECT_EQ(engine.text("select timestamptz '2020-06-30 22:00:00+00'"), "2020-07-01 00:00:00+02");
    EXPECT_EQ(engine.text("select timestamptz '2020-03-29 00:59:59+00'"), "2020-03-29 01:59:59+01");
    EXPECT_EQ(engine.text("select timestamptz '2020-03-29 01:00:00+00'"), "2020-03-29 03:00:00+02");
    EXPECT_EQ(engine.text("select timestamptz '2100-06-30 22:00:00+00'"), "2100-07-01 00:00:00+02");
    EXPECT_EQ(engine.text("select timestamptz '12000-06-30 22:00:00+00'"), "12000-07-01 00:00:00+02");
    EXPECT_EQ(engine.text("select timestamptz '0044-03-14 (BC) 23:06:32+00'"), "0044-03-15 00:00:00+00:53:28 BC");
    EXPECT_EQ(engine.text("select timestamptz 'infinity'"), "infinity");
}

}  // namespace
}  // namespace sluice::duckdb
