#include "embed/query_row.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "postgres/wire/backend_messages.hpp"

namespace sluice::embed {
namespace {

using namespace std::string_literals;

constexpr std::size_t header_bytes = 5;  // of the message around the body

std::string body_of(const std::vector<std::string_view>& values) {
    base::byte_buffer out;
    postgres::write_data_row(out, values);
    return std::string(out.view().substr(header_bytes));
}

row row_of(const std::vector<std::string_view>& values) {
    auto made = row::parse(body_of(values));
    EXPECT_TRUE(made);
    return made ? *std::move(made) : row();
}

template <typename T>
std::string code(const result<T>& value) {
    return value ? "" : std::string(value.error().code.view());
}

TEST(query_row, has_its_values_by_number) {
    const row one = row_of({"7", {}, "", "a\"b"});
    ASSERT_EQ(one.size(), 4U);
    EXPECT_EQ(one.text(0), "7");
    EXPECT_TRUE(one.is_null(1));
    EXPECT_EQ(one.text(1), "");
    EXPECT_FALSE(one.is_null(2));
    EXPECT_EQ(one.text(3), "a\"b");
    EXPECT_EQ(one.get<int>(0).value(), 7);
    EXPECT_EQ(one.get<std::string>(3).value(), "a\"b");
    EXPECT_EQ(row_of({}).size(), 0U);
}

TEST(query_row, keeps_its_values_when_it_moves) {
    row one = row_of({"x", "y"});
    const row other = std::move(one);
    EXPECT_EQ(other.text(0), "x");
    EXPECT_EQ(other.text(1), "y");
}

TEST(query_row, null_is_no_value_but_an_empty_optional) {
    const row one = row_of({{}, "5"});
    EXPECT_EQ(code(one.get<int>(0)), "22004");
    EXPECT_EQ(one.get<std::optional<int>>(0).value(), std::nullopt);
    EXPECT_EQ(one.get<std::optional<int>>(1).value(), 5);
    EXPECT_EQ(code(one.get<std::optional<int>>(2)), "42703");
    EXPECT_EQ(code(one.get<int>(2)), "42703");
}

TEST(query_row, integers_fit_or_are_refused) {
    const row one = row_of({"255", "256", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
                            "170141183460469231731687303715884105727", "1.5", "", "-0"});
    EXPECT_EQ(one.get<std::uint8_t>(0).value(), 255);
    EXPECT_EQ(code(one.get<std::int8_t>(0)), "22003");
    EXPECT_EQ(code(one.get<std::uint8_t>(1)), "22003");
    EXPECT_EQ(one.get<std::int16_t>(2).value(), -1);
    EXPECT_EQ(code(one.get<std::uint32_t>(2)), "22003");
    EXPECT_EQ(one.get<std::int64_t>(3).value(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(one.get<std::int64_t>(4).value(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(code(one.get<std::int64_t>(5)), "22003");
    EXPECT_EQ(one.get<std::uint64_t>(5).value(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(code(one.get<std::uint64_t>(6)), "22003");
    EXPECT_EQ(code(one.get<int>(7)), "22P02");
    EXPECT_EQ(code(one.get<int>(8)), "22P02");
    EXPECT_EQ(one.get<unsigned>(9).value(), 0U);
}

TEST(query_row, doubles_and_bools_are_read_as_postgresql_writes_them) {
    const row one = row_of({"1e-07", "NaN", "-Infinity", "t", "f", "true", "1e999"});
    EXPECT_EQ(one.get<double>(0).value(), 1e-7);
    EXPECT_TRUE(std::isnan(one.get<double>(1).value()));
    EXPECT_EQ(one.get<double>(2).value(), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(one.get<bool>(3).value());
    EXPECT_FALSE(one.get<bool>(4).value());
    EXPECT_EQ(code(one.get<bool>(5)), "22P02");
    EXPECT_EQ(code(one.get<double>(5)), "22P02");
    EXPECT_EQ(code(one.get<double>(6)), "22003");
}

TEST(query_row, errors_name_the_column) {
    EXPECT_EQ(row_of({"1", "x"}).get<int>(1).error().message, "column 1: invalid value for integer: \"x\"");
}

TEST(query_row, what_is_no_row_is_refused) {
    const std::string good = body_of({"abc", "d"});
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
        EXPECT_EQ(code(row::parse(good.substr(0, bytes))), "08P01") << bytes;
    }
    EXPECT_EQ(code(row::parse(good + "x")), "08P01");
}

TEST(query_value, parameters_are_texts) {
    EXPECT_EQ(to_parameter(-3), "-3");
    EXPECT_EQ(to_parameter(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(to_parameter(true), "true");
    EXPECT_EQ(to_parameter(0.1), "0.1");
    EXPECT_EQ(to_parameter(-std::numeric_limits<double>::infinity()), "-Infinity");
    EXPECT_EQ(to_parameter(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(to_parameter("text"), "text");
    EXPECT_EQ(to_parameter(std::optional("text"s)), "text");
    EXPECT_EQ(to_parameter(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace sluice::embed
