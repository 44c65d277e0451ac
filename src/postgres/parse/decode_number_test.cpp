#include "postgres/parse/decode_number.hpp"

#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <string_view>

#include "postgres/parse/decode_numeric.hpp"
#include "postgres/parse/test_bytes.hpp"

// Expected values and messages: PostgreSQL 15, asked with psql; binary forms: its COPY ... WITH BINARY.
namespace sluice::postgres {
namespace {

using test_bytes::be16;
using test_bytes::be32;
using namespace std::string_view_literals;

template <typename T>
std::string outcome(const result<T>& result) {
    return result ? "ok" : std::string(result.error().code.view()) + " " + result.error().message;
}

TEST(decode_bool, takes_every_unique_prefix_in_any_case) {
    for (const std::string_view text : {"t", "tr", "true", "TRUE", "y", "yes", "on", "1", " on "}) {
        EXPECT_TRUE(decode_bool_text(text).value()) << text;
    }
    for (const std::string_view text : {"f", "false", "n", "no", "of", "off", "0"}) {
        EXPECT_FALSE(decode_bool_text(text).value()) << text;
    }
    EXPECT_EQ(outcome(decode_bool_text("o")), "22P02 invalid input syntax for type boolean: \"o\"");
    EXPECT_EQ(outcome(decode_bool_text("")), "22P02 invalid input syntax for type boolean: \"\"");
    EXPECT_EQ(outcome(decode_bool_text("truex")), "22P02 invalid input syntax for type boolean: \"truex\"");
    EXPECT_TRUE(decode_bool_binary("\1"sv).value());
    EXPECT_EQ(outcome(decode_bool_binary("")), "22P03 incorrect binary data format");
}

TEST(decode_integer, reads_blanks_and_signs) {
    EXPECT_EQ(decode_integer_text<std::int32_t>("  12 ").value(), 12);
    EXPECT_EQ(decode_integer_text<std::int16_t>("-32768").value(), -32768);
    EXPECT_EQ(decode_integer_text<std::int64_t>("+9223372036854775807").value(), 9223372036854775807);
    EXPECT_EQ(decode_integer_text<std::uint32_t>("4294967295").value(), 4294967295U);
}

TEST(decode_integer, says_what_postgresql_says) {
    EXPECT_EQ(outcome(decode_integer_text<std::int32_t>("abc")),
              "22P02 invalid input syntax for type integer: \"abc\"");
    EXPECT_EQ(outcome(decode_integer_text<std::int32_t>("1 2")),
              "22P02 invalid input syntax for type integer: \"1 2\"");
    EXPECT_EQ(outcome(decode_integer_text<std::int16_t>("")), "22P02 invalid input syntax for type smallint: \"\"");
    EXPECT_EQ(outcome(decode_integer_text<std::int64_t>("+-1")), "22P02 invalid input syntax for type bigint: \"+-1\"");
    EXPECT_EQ(outcome(decode_integer_text<std::int32_t>("99999999999")),
              "22003 value \"99999999999\" is out of range for type integer");
    EXPECT_EQ(outcome(decode_integer_text<std::int16_t>("99999")),
              "22003 value \"99999\" is out of range for type smallint");
    EXPECT_EQ(outcome(decode_integer_text<std::int32_t>("a\xff")),
              "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
}

TEST(decode_integer, binary_has_exactly_its_size) {
    EXPECT_EQ(decode_integer_binary<std::int32_t>(be32(-5)).value(), -5);
    EXPECT_EQ(decode_integer_binary<std::int16_t>(be16(258)).value(), 258);
    EXPECT_EQ(outcome(decode_integer_binary<std::int32_t>(be16(1))), "22P03 incorrect binary data format");
    EXPECT_EQ(outcome(decode_integer_binary<std::int64_t>("")), "22P03 incorrect binary data format");
}

TEST(decode_float, reads_decimals_hexadecimals_and_names) {
    EXPECT_EQ(decode_float_text<double>(" 1.5e3 ").value(), 1500.0);
    EXPECT_EQ(decode_float_text<double>("-.5").value(), -0.5);
    EXPECT_EQ(decode_float_text<double>("5.").value(), 5.0);
    EXPECT_EQ(decode_float_text<double>("0x1p3").value(), 8.0);
    EXPECT_EQ(decode_float_text<double>("5e-324").value(), 5e-324);
    EXPECT_EQ(decode_float_text<float>("0.1").value(), 0.1F);
    EXPECT_TRUE(std::isnan(decode_float_text<double>("nAn").value()));
    EXPECT_EQ(decode_float_text<double>("inf").value(), std::numeric_limits<double>::infinity());
    EXPECT_EQ(decode_float_text<float>("-Infinity").value(), -std::numeric_limits<float>::infinity());
}

TEST(decode_float, says_what_postgresql_says) {
    EXPECT_EQ(outcome(decode_float_text<double>("abc")),
              "22P02 invalid input syntax for type double precision: \"abc\"");
    EXPECT_EQ(outcome(decode_float_text<float>("")), "22P02 invalid input syntax for type real: \"\"");
    EXPECT_EQ(outcome(decode_float_text<double>("1e400")), "22003 \"1e400\" is out of range for type double precision");
    EXPECT_EQ(outcome(decode_float_text<double>("1e-400")),
              "22003 \"1e-400\" is out of range for type double precision");
    EXPECT_EQ(outcome(decode_float_text<float>("1e40")), "22003 \"1e40\" is out of range for type real");
    EXPECT_EQ(outcome(decode_float_text<double>("--1")),
              "22P02 invalid input syntax for type double precision: \"--1\"");
    EXPECT_EQ(outcome(decode_float_text<double>("1e")), "22P02 invalid input syntax for type double precision: \"1e\"");
}

std::string numeric_binary(std::int64_t weight, std::int64_t sign, std::int64_t scale,
                           std::initializer_list<std::int64_t> digits) {
    std::string bytes = be16(static_cast<std::int64_t>(digits.size())) + be16(weight) + be16(sign) + be16(scale);
    for (const std::int64_t digit : digits) {
        bytes += be16(digit);
    }
    return bytes;
}

TEST(decode_numeric, text_keeps_the_scale_that_was_written) {
    EXPECT_EQ(to_text(decode_numeric_text("1.").value()), "1");
    EXPECT_EQ(to_text(decode_numeric_text(".5").value()), "0.5");
    EXPECT_EQ(to_text(decode_numeric_text("1e-3").value()), "0.001");
    EXPECT_EQ(to_text(decode_numeric_text("1.50e1").value()), "15.0");
    EXPECT_EQ(to_text(decode_numeric_text("-0012.3400").value()), "-12.3400");
    EXPECT_EQ(to_text(decode_numeric_text("12e3").value()), "12000");
    EXPECT_EQ(to_text(decode_numeric_text("-0.00").value()), "0.00");
    EXPECT_EQ(to_text(decode_numeric_text("nan").value()), "NaN");
    EXPECT_EQ(to_text(decode_numeric_text("-inf").value()), "-Infinity");
    EXPECT_EQ(outcome(decode_numeric_text("x")), "22P02 invalid input syntax for type numeric: \"x\"");
    EXPECT_EQ(outcome(decode_numeric_text("1.2.3")), "22P02 invalid input syntax for type numeric: \"1.2.3\"");
    EXPECT_EQ(outcome(decode_numeric_text("1e")), "22P02 invalid input syntax for type numeric: \"1e\"");
    EXPECT_EQ(outcome(decode_numeric_text("1e200000")), "22003 value overflows numeric format");
    EXPECT_EQ(to_text(decode_numeric_text("0e200000").value()), "0");
}

TEST(decode_numeric, binary_is_base_ten_thousand) {
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(1, 0, 2, {1, 2345, 6700})).value()), "12345.67");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(-1, 0x4000, 4, {5})).value()), "-0.0005");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(-2, 0, 8, {1})).value()), "0.00000001");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(2, 0, 0, {1})).value()), "100000000");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(0, 0, 3, {})).value()), "0.000");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(0, 0xC000, 0, {})).value()), "NaN");
    EXPECT_EQ(to_text(decode_numeric_binary(numeric_binary(0, 0xD000, 0, {})).value()), "Infinity");
    EXPECT_EQ(outcome(decode_numeric_binary(numeric_binary(0, 0x1234, 0, {1}))),
              "22P03 invalid sign in external \"numeric\" value");
    EXPECT_EQ(outcome(decode_numeric_binary(numeric_binary(0, 0, 0, {10000}))),
              "22P03 invalid digit in external \"numeric\" value");
    EXPECT_EQ(outcome(decode_numeric_binary(be16(2) + be16(0) + be16(0) + be16(0) + be16(1))),
              "22P03 incorrect binary data format");
}

TEST(decode_numeric, scaling_rounds_half_away_from_zero) {
    const auto scaled = [](std::string_view text, std::uint32_t precision, std::uint32_t scale) {
        return static_cast<std::int64_t>(to_scaled(decode_numeric_text(text).value(), precision, scale).value());
    };
    EXPECT_EQ(scaled("1.005", 18, 2), 101);
    EXPECT_EQ(scaled("-1.005", 18, 2), -101);
    EXPECT_EQ(scaled("999.994", 5, 2), 99999);
    EXPECT_EQ(scaled("0.004", 18, 2), 0);
    EXPECT_EQ(scaled("7", 18, 2), 700);
    const auto overflow = to_scaled(decode_numeric_text("12345.678").value(), 5, 2);
    EXPECT_EQ(outcome(overflow), "22003 numeric field overflow");
    EXPECT_EQ(overflow.error().detail,
              "A field with precision 5, scale 2 must round to an absolute value less than 10^3.");
    EXPECT_EQ(to_scaled(decode_numeric_text("999.995").value(), 5, 2).error().message, "numeric field overflow");
    EXPECT_EQ(to_scaled(decode_numeric_text("inf").value(), 5, 2).error().detail,
              "A field with precision 5, scale 2 cannot hold an infinite value.");
    EXPECT_FALSE(to_scaled_exactly(decode_numeric_text("1.005").value(), 18, 2));
    EXPECT_EQ(static_cast<int>(to_scaled_exactly(decode_numeric_text("1.500").value(), 18, 1).value()), 15);
    EXPECT_EQ(static_cast<int>(to_scaled_exactly(decode_numeric_text("0.000").value(), 18, 1).value()), 0);
    EXPECT_FALSE(to_scaled_exactly(decode_numeric_text("0.004").value(), 18, 1));
}

TEST(decode_numeric, magnitude_is_exact_or_nothing) {
    EXPECT_TRUE(to_magnitude_exactly(decode_numeric_text("340282366920938463463374607431768211455").value()) ==
                ~uint128{0});
    EXPECT_FALSE(to_magnitude_exactly(decode_numeric_text("340282366920938463463374607431768211456").value()));
    EXPECT_TRUE(to_magnitude_exactly(decode_numeric_text("12.00").value()) == uint128{12});
    EXPECT_FALSE(to_magnitude_exactly(decode_numeric_text("12.01").value()));
    EXPECT_TRUE(to_magnitude_exactly(decode_numeric_text("0.00").value()) == uint128{0});
}

TEST(decode_numeric, the_short_way_agrees_with_the_long_one) {
    const auto short_way = [](const std::string& bytes, std::uint32_t scale) -> std::string {
        std::int64_t scaled = 0;
        return read_short_numeric(bytes, scale, scaled) ? std::to_string(scaled) : "no";
    };
    EXPECT_EQ(short_way(numeric_binary(1, 0, 2, {1, 2345, 6700}), 2), "1234567");
    EXPECT_EQ(short_way(numeric_binary(-1, 0x4000, 2, {500}), 2), "-5");
    EXPECT_EQ(short_way(numeric_binary(1, 0, 0, {1}), 2), "1000000");
    EXPECT_EQ(short_way(numeric_binary(0, 0, 1, {1, 2345}), 2), "120");
    EXPECT_EQ(short_way(numeric_binary(0, 0, 3, {1, 2340}), 2), "no");
    EXPECT_EQ(short_way(numeric_binary(3, 0, 0, {1}), 2), "no");
    EXPECT_EQ(short_way(numeric_binary(0, 0xC000, 0, {}), 2), "no");
}

}  // namespace
}  // namespace sluice::postgres
