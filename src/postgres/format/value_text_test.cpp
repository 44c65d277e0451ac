// Intervals, floats, dates and decimals as text: against PostgreSQL's output and, for many values, against the C
// library and arithmetic.
#include "postgres/format/value_text.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>

#include "postgres/format/value_text_float.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::postgres {
namespace {

template <typename Writer, typename... Values>
std::string written(Writer writer, Values... values) {
    std::array<char, 128> text{};
    return {text.data(), static_cast<std::size_t>(writer(text.data(), values...) - text.data())};
}

struct interval_case {
    interval_parts interval;
    const char* postgres;
    const char* verbose;
    const char* sql_standard;
    const char* iso_8601;
};

// PostgreSQL 15.20: select make_interval(months => m) + make_interval(days => d) + ..., for each IntervalStyle.
constexpr auto intervals = std::to_array<interval_case>({
    {{0, 0, 0}, "00:00:00", "@ 0", "0", "PT0S"},
    {{14, 3, 14706000000},
     "1 year 2 mons 3 days 04:05:06",
     "@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs",
     "+1-2 +3 +4:05:06",
     "P1Y2M3DT4H5M6S"},
    {{14, -3, 14706000000},
     "1 year 2 mons -3 days +04:05:06",
     "@ 1 year 2 mons -3 days 4 hours 5 mins 6 secs",
     "+1-2 -3 +4:05:06",
     "P1Y2M-3DT4H5M6S"},
    {{-14, 3, -14706000000},
     "-1 years -2 mons +3 days -04:05:06",
     "@ 1 year 2 mons -3 days 4 hours 5 mins 6 secs ago",
     "-1-2 +3 -4:05:06",
     "P-1Y-2M3DT-4H-5M-6S"},
    {{-14, -3, -14706000000},
     "-1 years -2 mons -3 days -04:05:06",
     "@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs ago",
     "-1-2 -3 -4:05:06",
     "P-1Y-2M-3DT-4H-5M-6S"},
    {{1, 1, 1},
     "1 mon 1 day 00:00:00.000001",
     "@ 1 mon 1 day 0.000001 secs",
     "+0-1 +1 +0:00:00.000001",
     "P1M1DT0.000001S"},
    {{12, 0, 0}, "1 year", "@ 1 year", "1-0", "P1Y"},
    {{-12, 0, 0}, "-1 years", "@ 1 year ago", "-1-0", "P-1Y"},
    {{1, 0, 0}, "1 mon", "@ 1 mon", "0-1", "P1M"},
    {{-1, 0, 0}, "-1 mons", "@ 1 mon ago", "-0-1", "P-1M"},
    {{0, 1, 0}, "1 day", "@ 1 day", "1 0:00:00", "P1D"},
    {{0, -1, 0}, "-1 days", "@ 1 day ago", "-1 0:00:00", "P-1D"},
    {{0, 2, 0}, "2 days", "@ 2 days", "2 0:00:00", "P2D"},
    {{0, -2, 3600000000}, "-2 days +01:00:00", "@ 2 days -1 hours ago", "+0-0 -2 +1:00:00", "P-2DT1H"},
    {{0, 0, -1}, "-00:00:00.000001", "@ 0.000001 secs ago", "-0:00:00.000001", "PT-0.000001S"},
    {{0, 0, 1}, "00:00:00.000001", "@ 0.000001 secs", "0:00:00.000001", "PT0.000001S"},
    {{0, 0, 1000000}, "00:00:01", "@ 1 sec", "0:00:01", "PT1S"},
    {{0, 0, -1000000}, "-00:00:01", "@ 1 sec ago", "-0:00:01", "PT-1S"},
    {{0, 0, -3600000000}, "-01:00:00", "@ 1 hour ago", "-1:00:00", "PT-1H"},
    {{0, 0, 360000000000000}, "100000:00:00", "@ 100000 hours", "100000:00:00", "PT100000H"},
    {{-13, 0, 1},
     "-1 years -1 mons +00:00:00.000001",
     "@ 1 year 1 mon -0.000001 secs ago",
     "-1-1 +0 +0:00:00.000001",
     "P-1Y-1MT0.000001S"},
    {{13, 0, -1},
     "1 year 1 mon -00:00:00.000001",
     "@ 1 year 1 mon -0.000001 secs",
     "+1-1 +0 -0:00:00.000001",
     "P1Y1MT-0.000001S"},
    {{0, 0, -500000}, "-00:00:00.5", "@ 0.5 secs ago", "-0:00:00.5", "PT-0.5S"},
    {{0, 0, 61500000}, "00:01:01.5", "@ 1 min 1.5 secs", "0:01:01.5", "PT1M1.5S"},
    {{0, 3, -3723000001},
     "3 days -01:02:03.000001",
     "@ 3 days -1 hours -2 mins -3.000001 secs",
     "+0-0 +3 -1:02:03.000001",
     "P3DT-1H-2M-3.000001S"},
    {{-25, -1, -3723000001},
     "-2 years -1 mons -1 days -01:02:03.000001",
     "@ 2 years 1 mon 1 day 1 hour 2 mins 3.000001 secs ago",
     "-2-1 -1 -1:02:03.000001",
     "P-2Y-1M-1DT-1H-2M-3.000001S"},
    {{24, 0, 5000000}, "2 years 00:00:05", "@ 2 years 5 secs", "+2-0 +0 +0:00:05", "P2YT5S"},
    {{0, 1, -1000000}, "1 day -00:00:01", "@ 1 day -1 sec", "+0-0 +1 -0:00:01", "P1DT-1S"},
    {{1, 0, -1}, "1 mon -00:00:00.000001", "@ 1 mon -0.000001 secs", "+0-1 +0 -0:00:00.000001", "P1MT-0.000001S"},
    {{14, 3, 0}, "1 year 2 mons 3 days", "@ 1 year 2 mons 3 days", "+1-2 +3 +0:00:00", "P1Y2M3D"},
    {{-1, 1, 0}, "-1 mons +1 day", "@ 1 mon -1 days ago", "-0-1 +1 +0:00:00", "P-1M1D"},
    {{1, -1, 0}, "1 mon -1 days", "@ 1 mon -1 days", "+0-1 -1 +0:00:00", "P1M-1D"},
    {{0, -1, 1000000}, "-1 days +00:00:01", "@ 1 day -1 sec ago", "+0-0 -1 +0:00:01", "P-1DT1S"},
    {{0, 0, -61000000}, "-00:01:01", "@ 1 min 1 sec ago", "-0:01:01", "PT-1M-1S"},
    {{5, 0, 3600000000}, "5 mons 01:00:00", "@ 5 mons 1 hour", "+0-5 +0 +1:00:00", "P5MT1H"},
    {{0, -1, -1000000}, "-1 days -00:00:01", "@ 1 day 1 sec ago", "-1 0:00:01", "P-1DT-1S"},
    {{2147483647, 2147483647, 7000000000123456789},
     "178956970 years 7 mons 2147483647 days 1944444444:28:43.456789",
     "@ 178956970 years 7 mons 2147483647 days 1944444444 hours 28 mins 43.456789 secs",
     "+178956970-7 +2147483647 +1944444444:28:43.456789",
     "P178956970Y7M2147483647DT1944444444H28M43.456789S"},
    {{-2147483647 - 1, -2147483647, -7000000000123456789},
     "-178956970 years -8 mons -2147483647 days -1944444444:28:43.456789",
     "@ 178956970 years 8 mons 2147483647 days 1944444444 hours 28 mins 43.456789 secs ago",
     "-178956970-8 -2147483647 -1944444444:28:43.456789",
     "P-178956970Y-8M-2147483647DT-1944444444H-28M-43.456789S"},
});

TEST(interval_text, is_what_postgresql_prints) {
    for (const interval_case& expected : intervals) {
        EXPECT_EQ(written(write_interval_postgres, expected.interval), expected.postgres);
        EXPECT_EQ(written(write_interval_verbose, expected.interval), expected.verbose);
        EXPECT_EQ(written(write_interval_sql_standard, expected.interval), expected.sql_standard);
        EXPECT_EQ(written(write_interval_iso_8601, expected.interval), expected.iso_8601);
    }
}

TEST(interval_text, of_extremes_fits_its_room) {
    constexpr auto months = std::numeric_limits<std::int32_t>::min();
    constexpr auto microseconds = std::numeric_limits<std::int64_t>::min();
    const interval_parts least{.months = months, .days = months, .microseconds = microseconds};
    EXPECT_EQ(written(write_interval_postgres, least),
              "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808");
    EXPECT_LT(written(write_interval_verbose, least).size() + 9, time_text_bytes_max);
}

TEST(integer_text, matches_the_c_library_at_every_length) {
    std::mt19937_64 random(1);  // NOLINT: the same numbers every time
    for (int i = 0; i < 200'000; ++i) {
        const auto value = static_cast<std::int64_t>(random() >> (1 + random() % 63));
        EXPECT_EQ(written(write_signed, value), std::to_string(value));
        EXPECT_EQ(written(write_signed, -value), std::to_string(-value));
        const auto bits = static_cast<std::uint64_t>(value);
        EXPECT_EQ(written(write_unsigned, bits), std::to_string(bits));
    }
    for (std::uint64_t power = 1; power < 1'000'000'000'000'000'000; power *= 10) {
        EXPECT_EQ(written(write_unsigned, power), std::to_string(power));
        EXPECT_EQ(written(write_unsigned, power - 1), std::to_string(power - 1));
    }
    EXPECT_EQ(written(write_signed, std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(written(write_unsigned, std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

// The text of value / 10^scale, by moving the characters of the integer.
std::string shifted(std::int64_t value, std::size_t scale) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    digits.insert(0, scale < digits.size() ? 0 : scale + 1 - digits.size(), '0');
    if (scale != 0) {
        digits.insert(digits.size() - scale, ".");
    }
    return value < 0 ? "-" + digits : digits;
}

TEST(decimal_text, has_exactly_its_scale_of_places) {
    std::mt19937_64 random(2);  // NOLINT
    for (int i = 0; i < 200'000; ++i) {
        const auto magnitude = static_cast<std::int64_t>(random() >> (1 + random() % 63));
        const std::int64_t value = i % 2 == 0 ? magnitude : -magnitude;
        const auto scale = static_cast<std::uint32_t>(random() % 19);
        EXPECT_EQ(written(write_decimal, value, scale), shifted(value, scale));
        EXPECT_EQ(written(write_decimal_128, int128{value}, scale), shifted(value, scale));
    }
}

bool is_plain(const std::string& text) {
    return text.find('e') == std::string::npos;
}

// PostgreSQL's promise: reading the text gives the value; no shorter decimal does.
template <typename Float>
void expect_shortest(const std::string& text, Float value, int plain_exponent_end) {
    Float read = 0;
    if constexpr (sizeof(Float) == 4) {
        read = std::strtof(text.c_str(), nullptr);
    } else {
        read = std::strtod(text.c_str(), nullptr);
    }
    ASSERT_EQ(read, value) << text;
    const bool in_plain_range =
        std::fabs(value) >= Float{1e-4F} && std::fabs(value) < std::pow(10.0, plain_exponent_end);
    if (in_plain_range || value == 0) {
        EXPECT_TRUE(is_plain(text)) << text;
    }
    std::string digits;
    for (const char c : text.substr(0, text.find('e'))) {
        if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) {
            digits += c;
        }
    }
    digits.erase(digits.find_last_not_of('0') + 1);
    // Above that a shorter decimal may be half way to a neighbour, see never_is_half_way_to_a_neighbour.
    if (digits.size() < 2 || std::fabs(value) > std::ldexp(Float{1}, std::numeric_limits<Float>::digits)) {
        return;
    }
    std::array<char, 64> shorter{};
    std::snprintf(shorter.data(), shorter.size(), "%.*e", static_cast<int>(digits.size()) - 2,
                  static_cast<double>(value));
    if constexpr (sizeof(Float) == 4) {
        EXPECT_NE(std::strtof(shorter.data(), nullptr), value) << text;
    } else {
        EXPECT_NE(std::strtod(shorter.data(), nullptr), value) << text;
    }
}

TEST(double_text, reads_back_and_is_shortest) {
    std::mt19937_64 random(3);  // NOLINT
    for (int i = 0; i < 100'000; ++i) {
        const auto any = std::bit_cast<double>(random());
        if (std::isfinite(any)) {
            expect_shortest(written(write_double, any), any, 15);
        }
        const double price =
            static_cast<double>(random() % 10'000'000'000) / static_cast<double>(powers_of_ten[random() % 9]);
        expect_shortest(written(write_double, price), price, 15);
        const double uniform = static_cast<double>(random()) / 1e16;
        expect_shortest(written(write_double, -uniform), -uniform, 15);
    }
}

TEST(float_text, reads_back_and_is_shortest) {
    std::mt19937_64 random(4);  // NOLINT
    for (int i = 0; i < 100'000; ++i) {
        const auto any = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isfinite(any)) {
            expect_shortest(written(write_float, any), any, 6);
        }
    }
}

// select 1e23::float8, 9007199254740993::float8, ... in PostgreSQL 15.20: it does not print a decimal half way between
// two doubles, though reading it would give the value.
TEST(double_text, never_is_half_way_to_a_neighbour) {
    EXPECT_EQ(written(write_double, 1e23), "9.999999999999999e+22");
    EXPECT_EQ(written(write_double, 9007199254740993.0), "9.007199254740992e+15");
    EXPECT_EQ(written(write_double, 1.7976931348623157e308), "1.7976931348623157e+308");
    EXPECT_EQ(written(write_float, 8388608.0F), "8.388608e+06");
    EXPECT_EQ(written(write_float, 16777216.0F), "1.6777216e+07");
}

// set extra_float_digits = 0 | -3 | -15; select 1e23::float8, ...
TEST(double_text, rounds_when_asked_to) {
    EXPECT_EQ(written(write_double_rounded, 1e23, 15), "1e+23");
    EXPECT_EQ(written(write_double_rounded, 1.0 / 3, 15), "0.333333333333333");
    EXPECT_EQ(written(write_double_rounded, 1e15, 15), "1e+15");
    EXPECT_EQ(written(write_double_rounded, 1e14, 15), "100000000000000");
    EXPECT_EQ(written(write_double_rounded, -0.0, 15), "-0");
    EXPECT_EQ(written(write_double_rounded, 1.0 / 3, 12), "0.333333333333");
    EXPECT_EQ(written(write_double_rounded, 123.456, 0), "1e+02");
    EXPECT_EQ(written(write_double_rounded, double{123456.5F}, 6), "123456");
    EXPECT_EQ(written(write_double_rounded, std::numeric_limits<double>::infinity(), 15), "Infinity");
    EXPECT_EQ(written(write_double_rounded, -std::numeric_limits<double>::infinity(), 15), "-Infinity");
    EXPECT_EQ(written(write_double_rounded, std::numeric_limits<double>::quiet_NaN(), 15), "NaN");
}

TEST(date_text, matches_the_calendar_of_the_standard_library) {
    using namespace std::chrono;
    for (std::int32_t days = common_days_first; days <= common_days_last; days += 11) {
        const year_month_day date{sys_days{std::chrono::days{days}}};
        std::array<char, 16> expected{};
        std::snprintf(expected.data(), expected.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
        ASSERT_EQ(written(write_date, days), expected.data());
    }
}

// select date '1970-01-01' + DAYS
TEST(date_text, leaves_the_common_era) {
    EXPECT_EQ(written(write_date, common_days_first - 1), "0001-12-31 BC");
    EXPECT_EQ(written(write_date, common_days_first), "0001-01-01");
    EXPECT_EQ(written(write_date, common_days_last), "9999-12-31");
    EXPECT_EQ(written(write_date, common_days_last + 1), "10000-01-01");
    EXPECT_EQ(written(write_date, -719469), "0001-02-29 BC");
    EXPECT_EQ(written(write_date, -719468 - 146097), "0401-03-01 BC");
    EXPECT_EQ(written(write_date, std::numeric_limits<std::int32_t>::max() - 1), "5881580-07-10");
}

TEST(timestamp_text, is_the_date_and_the_time) {
    std::mt19937_64 random(5);  // NOLINT
    for (int i = 0; i < 100'000; ++i) {
        const auto days = static_cast<std::int32_t>(random() % 4'000'000) - 1'000'000;
        const std::uint64_t microseconds = random() % microseconds_per_day;
        const std::int64_t value = days * microseconds_per_day + static_cast<std::int64_t>(microseconds);
        std::string expected = written(write_date, days);
        const std::size_t era = std::min(expected.find(" BC"), expected.size());
        expected.insert(era, " " + written(write_time, microseconds));
        ASSERT_EQ(written(write_timestamp, value), expected);
    }
}

TEST(time_text, drops_zeros_at_the_end_of_the_fraction) {
    for (std::uint32_t fraction = 0; fraction < 1'000'000; fraction += 7) {
        std::array<char, 32> expected{};
        std::snprintf(expected.data(), expected.size(), "01:02:03.%06u", fraction);
        std::string text = expected.data();
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
        ASSERT_EQ(written(write_time, std::uint64_t{3'723'000'000} + fraction), text);
    }
}

// set timezone = ...; select timestamptz ...
TEST(timestamp_tz_text, shows_the_offset) {
    EXPECT_EQ(written(write_timestamp_tz, std::int64_t{0}, 0), "1970-01-01 00:00:00+00");
    EXPECT_EQ(written(write_timestamp_tz, std::int64_t{0}, 3208), "1970-01-01 00:53:28+00:53:28");
    EXPECT_EQ(written(write_timestamp_tz, std::int64_t{-1}, -12600), "1969-12-31 20:29:59.999999-03:30");
    EXPECT_EQ(written(write_timestamp_tz, (common_days_last + 1) * microseconds_per_day - 1, 3600),
              "10000-01-01 00:59:59.999999+01");
    EXPECT_EQ(written(write_timestamp_tz, common_days_first * microseconds_per_day, -3600),
              "0001-12-31 23:00:00-01 BC");
    EXPECT_EQ(written(write_timestamp_tz, timestamp_minus_infinity, 3600), "-infinity");
    EXPECT_EQ(written(write_timestamp_tz, std::int64_t{1704067200} * 1'000'000, 167 * 3600), "2024-01-07 23:00:00+167");
    EXPECT_EQ(written(write_timestamp_tz, std::int64_t{1704067200} * 1'000'000, -(150 * 3600 + 1800)),
              "2023-12-25 17:30:00-150:30");
}

// set bytea_output = escape; select '\x00015c7f80ff4120'::bytea
TEST(bytea_text, escapes_what_is_not_printable) {
    const std::string bytes("\0\1\\\x7f\x80\xff\x41\x20", 8);
    std::string text(bytea_escape_size(bytes), 0);
    write_bytea_escape(text.data(), bytes);
    EXPECT_EQ(text, R"(\000\001\\\177\200\377A )");
}

}  // namespace
}  // namespace sluice::postgres
