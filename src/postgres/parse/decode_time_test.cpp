#include "postgres/parse/decode_time.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "postgres/parse/decode_interval.hpp"
#include "postgres/parse/test_bytes.hpp"

// Expected values and messages: PostgreSQL 15 with DateStyle ISO, MDY, asked with psql.
namespace sluice::postgres {
namespace {

std::string failure(const error& error) {
    return std::string(error.code.view()) + " " + error.message;
}

std::string read_date(std::string_view text) {
    const auto when = read_datetime_text(text, datetime_type::date);
    const auto days = when ? to_days(*when, text) : fail(when.error());
    if (!days) {
        return failure(days.error());
    }
    char out[time_text_bytes_max];
    return {out, write_date(out, *days)};
}

std::string read_time(std::string_view text) {
    const auto when = read_datetime_text(text, datetime_type::time);
    if (!when) {
        return failure(when.error());
    }
    char out[time_text_bytes_max];
    return {out, write_time(out, static_cast<std::uint64_t>(round_to_microseconds(to_time(*when))))};
}

std::string read_timestamp(std::string_view text, datetime_type type = datetime_type::timestamp) {
    const auto when = read_datetime_text(text, type);
    const auto time = when ? to_local_time(*when, text) : fail(when.error());
    if (!time) {
        return failure(time.error());
    }
    char out[time_text_bytes_max];
    std::string written(out, write_timestamp(out, round_to_microseconds(*time)));
    if (type == datetime_type::timestamptz) {
        if (when->zone == zone_kind::named) {
            return written + " in " + std::string(when->zone_name);
        }
        written +=
            when->zone == zone_kind::none ? " local" : std::string(out, write_zone_offset(out, when->offset_seconds));
    }
    return written;
}

TEST(decode_time, dates_in_the_usual_spellings) {
    EXPECT_EQ(read_date("2024-02-29"), "2024-02-29");
    EXPECT_EQ(read_date("  1999-1-8 "), "1999-01-08");
    EXPECT_EQ(read_date("1/8/1999"), "1999-01-08");
    EXPECT_EQ(read_date("20240131"), "2024-01-31");
    EXPECT_EQ(read_date("240131"), "2024-01-31");
    EXPECT_EQ(read_date("Jan 8, 1999"), "1999-01-08");
    EXPECT_EQ(read_date("8 Jan 99"), "1999-01-08");
    EXPECT_EQ(read_date("1999-Jan-08"), "1999-01-08");
    EXPECT_EQ(read_date("08-Jan-1999"), "1999-01-08");
    EXPECT_EQ(read_date("Jan-08-1999"), "1999-01-08");
    EXPECT_EQ(read_date("1999.008"), "1999-01-08");
    EXPECT_EQ(read_date("2024-01-31 12:00"), "2024-01-31");
    EXPECT_EQ(read_date("0001-01-01 BC"), "0001-01-01 BC");
    EXPECT_EQ(read_date("12345-06-07"), "12345-06-07");
    EXPECT_EQ(read_date("epoch"), "1970-01-01");
    EXPECT_EQ(read_date("Infinity"), "infinity");
    EXPECT_EQ(read_date("-infinity"), "-infinity");
    EXPECT_EQ(read_date("5874897-12-31"), "5874897-12-31");
    EXPECT_EQ(read_date("4714-11-24 BC"), "4714-11-24 BC");
}

TEST(decode_time, bad_dates_fail_as_in_postgresql) {
    EXPECT_EQ(read_date("abc"), "22007 invalid input syntax for type date: \"abc\"");
    EXPECT_EQ(read_date(""), "22007 invalid input syntax for type date: \"\"");
    EXPECT_EQ(read_date("2024-01-01x"), "22007 invalid input syntax for type date: \"2024-01-01x\"");
    EXPECT_EQ(read_date("+infinity"), "22007 invalid input syntax for type date: \"+infinity\"");
    EXPECT_EQ(read_date("8"), "22007 invalid input syntax for type date: \"8\"");
    EXPECT_EQ(read_date("8 9"), "22007 invalid input syntax for type date: \"8 9\"");
    EXPECT_EQ(read_date("2024-02-30"), "22008 date/time field value out of range: \"2024-02-30\"");
    EXPECT_EQ(read_date("2023-02-29"), "22008 date/time field value out of range: \"2023-02-29\"");
    EXPECT_EQ(read_date("0000-01-01"), "22008 date/time field value out of range: \"0000-01-01\"");
    EXPECT_EQ(read_date("5874898-01-01"), "22008 date out of range: \"5874898-01-01\"");
    EXPECT_EQ(read_date("99999999-01-01"), "22008 date out of range: \"99999999-01-01\"");
    EXPECT_EQ(read_date("13/13/2024"), "22008 date/time field value out of range: \"13/13/2024\"");
    EXPECT_EQ(read_datetime_text("2024-13-01", datetime_type::date).error().hint,
              "Perhaps you need a different \"datestyle\" setting.");
    EXPECT_EQ(read_datetime_text("2024-02-30", datetime_type::date).error().hint, "");
}

TEST(decode_time, times_of_day) {
    EXPECT_EQ(read_time("04:05"), "04:05:00");
    EXPECT_EQ(read_time("040506"), "04:05:06");
    EXPECT_EQ(read_time("0405"), "04:05:00");
    EXPECT_EQ(read_time("4:5:6"), "04:05:06");
    EXPECT_EQ(read_time("04:05 PM"), "16:05:00");
    EXPECT_EQ(read_time("24:00:00"), "24:00:00");
    EXPECT_EQ(read_time("12:00:60"), "12:01:00");
    EXPECT_EQ(read_time("12:34:56.1234567"), "12:34:56.123457");
    EXPECT_EQ(read_time("23:59:59.9999999"), "24:00:00");
    EXPECT_EQ(read_time("2024-01-01 10:20"), "10:20:00");
    EXPECT_EQ(read_time("04:05:06+02"), "04:05:06");
    EXPECT_EQ(read_time("25:00"), "22008 date/time field value out of range: \"25:00\"");
    EXPECT_EQ(read_time("24:00:01"), "22008 date/time field value out of range: \"24:00:01\"");
    EXPECT_EQ(read_time("12:60"), "22008 date/time field value out of range: \"12:60\"");
    EXPECT_EQ(read_time("12:00:61"), "22008 date/time field value out of range: \"12:00:61\"");
    EXPECT_EQ(read_time("4"), "22007 invalid input syntax for type time: \"4\"");
    EXPECT_EQ(read_time("abc"), "22007 invalid input syntax for type time: \"abc\"");
    EXPECT_EQ(read_time("04:05:06 America/New_York"),
              "22007 invalid input syntax for type time: \"04:05:06 America/New_York\"");
}

TEST(decode_time, timestamps) {
    EXPECT_EQ(read_timestamp("2024-01-01 00:00:00+05"), "2024-01-01 00:00:00");
    EXPECT_EQ(read_timestamp("2024-01-01T10:20:30.5Z"), "2024-01-01 10:20:30.5");
    EXPECT_EQ(read_timestamp("20240101T102030"), "2024-01-01 10:20:30");
    EXPECT_EQ(read_timestamp("20240101 102030.25"), "2024-01-01 10:20:30.25");
    EXPECT_EQ(read_timestamp("2024-01-01 10:20:30 BC"), "2024-01-01 10:20:30 BC");
    EXPECT_EQ(read_timestamp("2024-01-01 BC 10:20"), "2024-01-01 10:20:00 BC");
    EXPECT_EQ(read_timestamp("Mon Jan 8 04:05:06 1999 PST"), "1999-01-08 04:05:06");
    EXPECT_EQ(read_timestamp("2024-01-01 12:34:56.5 AM"), "2024-01-01 00:34:56.5");
    EXPECT_EQ(read_timestamp("2024-12-31 24:00"), "2025-01-01 00:00:00");
    EXPECT_EQ(read_timestamp("infinity"), "infinity");
    EXPECT_EQ(read_timestamp("4714-11-24 BC"), "4714-11-24 00:00:00 BC");
    EXPECT_EQ(read_timestamp("4714-11-23 BC"), "22008 timestamp out of range: \"4714-11-23 BC\"");
    EXPECT_EQ(read_timestamp("294277-01-01"), "22008 timestamp out of range: \"294277-01-01\"");
    EXPECT_EQ(read_timestamp("abc"), "22007 invalid input syntax for type timestamp: \"abc\"");
    EXPECT_EQ(read_timestamp("inf"), "22007 invalid input syntax for type timestamp: \"inf\"");
    EXPECT_EQ(read_timestamp("2024-01-01 10"), "22007 invalid input syntax for type timestamp: \"2024-01-01 10\"");
    EXPECT_EQ(read_timestamp("2024-01-01 25:00"), "22008 date/time field value out of range: \"2024-01-01 25:00\"");
    EXPECT_EQ(read_timestamp("2024-01-01 13:34:56.5 AM"),
              "22008 date/time field value out of range: \"2024-01-01 13:34:56.5 AM\"");
}

TEST(decode_time, zones_are_read_not_looked_up) {
    constexpr auto tz = datetime_type::timestamptz;
    EXPECT_EQ(read_timestamp("2024-01-01 10:00", tz), "2024-01-01 10:00:00 local");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00+02", tz), "2024-01-01 10:00:00+02");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00 -08:30:15", tz), "2024-01-01 10:00:00-08:30:15");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00-0330", tz), "2024-01-01 10:00:00-03:30");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00 pst", tz), "2024-01-01 10:00:00-08");
    EXPECT_EQ(read_timestamp("2024-01-01T10:00Z", tz), "2024-01-01 10:00:00+00");
    EXPECT_EQ(read_timestamp("epoch", tz), "1970-01-01 00:00:00+00");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00 Europe/Berlin", tz), "2024-01-01 10:00:00 in Europe/Berlin");
    EXPECT_EQ(read_timestamp("2024-01-01 10:00+16", tz),
              "22009 time zone displacement out of range: \"2024-01-01 10:00+16\"");
}

TEST(decode_time, nanoseconds_are_kept_for_types_that_have_them) {
    const auto when = read_datetime_text("2024-01-01 00:00:00.123456789", datetime_type::timestamp).value();
    EXPECT_EQ(to_time(when).microseconds, 123456);
    EXPECT_EQ(to_time(when).nanoseconds, 789);
}

TEST(decode_time, binary_counts_from_2000) {
    using test_bytes::be;
    using test_bytes::be32;
    EXPECT_EQ(decode_date_binary(be32(0)).value(), 10957);
    EXPECT_EQ(decode_date_binary(be32(2147483647)).value(), date_infinity);
    EXPECT_EQ(decode_date_binary(be32(-2147483648LL)).value(), date_minus_infinity);
    EXPECT_EQ(failure(decode_date_binary(be32(2147483646)).error()), "22008 date out of range");
    EXPECT_EQ(failure(decode_date_binary("abc").error()), "22P03 incorrect binary data format");
    EXPECT_EQ(decode_time_binary(be(1, 8)).value(), 1);
    EXPECT_EQ(failure(decode_time_binary(be(86'400'000'001, 8)).error()), "22008 time out of range");
    EXPECT_EQ(decode_timestamp_binary(be(0, 8)).value(), 946'684'800'000'000);
    EXPECT_EQ(decode_timestamp_binary(be(0x7fffffffffffffff, 8)).value(), timestamp_infinity);
    EXPECT_EQ(decode_timestamp_binary(be(0x8000000000000000, 8)).value(), timestamp_minus_infinity);
    EXPECT_EQ(failure(decode_timestamp_binary(be(0x7ffffffffffffffe, 8)).error()), "22008 timestamp out of range");
    const auto timetz = decode_timetz_binary(be(3'600'000'000, 8) + be32(-7200)).value();
    EXPECT_EQ(timetz.microseconds, 3'600'000'000);
    EXPECT_EQ(timetz.offset_seconds, 7200);
    EXPECT_EQ(failure(decode_timetz_binary(be(0, 8) + be32(60000)).error()),
              "22009 time zone displacement out of range");
}

std::string read_interval(std::string_view text) {
    const auto parts = decode_interval_text(text);
    if (!parts) {
        return failure(parts.error());
    }
    char out[time_text_bytes_max];
    return {out, write_interval_postgres(out, *parts)};
}

TEST(decode_interval, every_style) {
    EXPECT_EQ(read_interval("1 year 2 mons -3 days 04:05:06.789"), "1 year 2 mons -3 days +04:05:06.789");
    EXPECT_EQ(read_interval("@ 1 year 2 mons ago"), "-1 years -2 mons");
    EXPECT_EQ(read_interval("P1Y2M3DT4H5M6.5S"), "1 year 2 mons 3 days 04:05:06.5");
    EXPECT_EQ(read_interval("P0001-02-03T04:05:06"), "1 year 2 mons 3 days 04:05:06");
    EXPECT_EQ(read_interval("P00021015T103020"), "2 years 10 mons 15 days 10:30:20");
    EXPECT_EQ(read_interval("P-1Y-2M"), "-1 years -2 mons");
    EXPECT_EQ(read_interval("P1W"), "7 days");
    EXPECT_EQ(read_interval("PT-5M"), "-00:05:00");
    EXPECT_EQ(read_interval("PT"), "00:00:00");
    EXPECT_EQ(read_interval("1-2 3 4:05:06"), "1 year 2 mons 3 days 04:05:06");
    EXPECT_EQ(read_interval("-1-2 +3 -4:05:06"), "-1 years -2 mons +3 days -04:05:06");
    EXPECT_EQ(read_interval("10"), "00:00:10");
    EXPECT_EQ(read_interval("1 day 10"), "1 day 00:00:10");
    EXPECT_EQ(read_interval("-04:05"), "-04:05:00");
    EXPECT_EQ(read_interval("100:00:00"), "100:00:00");
    EXPECT_EQ(read_interval("15:30.5"), "00:15:30.5");
    EXPECT_EQ(read_interval("1:2:3.5 ago"), "-01:02:03.5");
    EXPECT_EQ(read_interval("4:05:06 3 days"), "3 days 04:05:06");
    EXPECT_EQ(read_interval("1d 2h 3m 4s"), "1 day 02:03:04");
    EXPECT_EQ(read_interval("5 ms 6 us"), "00:00:00.005006");
    EXPECT_EQ(read_interval("1 decade 2 c 1 mil"), "1210 years");
    EXPECT_EQ(read_interval("- 1 day"), "-1 days");
    EXPECT_EQ(read_interval("1 day ago 2 h"), "-1 days -02:00:00");
    EXPECT_EQ(read_interval("178956970 years 7 mons"), "178956970 years 7 mons");
}

TEST(decode_interval, fractions_spill_into_smaller_units) {
    EXPECT_EQ(read_interval("1.5 days"), "1 day 12:00:00");
    EXPECT_EQ(read_interval("1.5 months"), "1 mon 15 days");
    EXPECT_EQ(read_interval("1.5 years"), "1 year 6 mons");
    EXPECT_EQ(read_interval("0.5 week"), "3 days 12:00:00");
    EXPECT_EQ(read_interval("P1.5D"), "1 day 12:00:00");
    EXPECT_EQ(read_interval("1.123456789 s"), "00:00:01.123457");
}

TEST(decode_interval, says_what_postgresql_says) {
    for (const std::string_view text : {"foo", "", "P", "P1Y2M3D4H", "1 2 3", "infinity", "1,2 days", "1 day 2 day",
                                        "10:20 5", "1.5:30", "ago", "@", "1 fortnight"}) {
        EXPECT_EQ(read_interval(text), "22007 invalid input syntax for type interval: \"" + std::string(text) + "\"");
    }
    for (const std::string_view text : {"999999999999 days", "2147483648 months", "25:61:00"}) {
        EXPECT_EQ(read_interval(text), "22015 interval field value out of range: \"" + std::string(text) + "\"");
    }
}

TEST(decode_interval, binary) {
    using test_bytes::be;
    using test_bytes::be32;
    const auto parts = decode_interval_binary(be(1'000'000, 8) + be32(-3) + be32(14)).value();
    EXPECT_EQ(parts.microseconds, 1'000'000);
    EXPECT_EQ(parts.days, -3);
    EXPECT_EQ(parts.months, 14);
    EXPECT_FALSE(decode_interval_binary(be(0, 8)));
}

}  // namespace
}  // namespace sluice::postgres
