#include "postgres/parse/decode_fast.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <string_view>

#include "postgres/parse/decode_number.hpp"
#include "postgres/parse/decode_numeric.hpp"

// The slow functions, which were checked against PostgreSQL, are the reference: where a fast function answers at all,
// it gives the same answer.
namespace sluice::postgres {
namespace {

constexpr std::uint64_t below_18_digits = 1'000'000'000'000'000'000;

void agree(const std::string& text) {
    std::int64_t integer = 0;
    if (read_fast_integer(text.data(), text.size(), integer)) {
        EXPECT_EQ(decode_integer_text<std::int64_t>(text).value(), integer) << text;
    }
    if (read_fast_scaled(text.data(), text.size(), 2, below_18_digits, integer)) {
        EXPECT_EQ(static_cast<std::int64_t>(to_scaled(decode_numeric_text(text).value(), 18, 2).value()), integer)
            << text;
    }
    double number = 0;
    if (read_fast_double(text.data(), text.size(), number)) {
        EXPECT_EQ(decode_float_text<double>(text).value(), number) << text;
    }
    std::int32_t days = 0;
    if (read_fast_date(text.data(), text.size(), days)) {
        EXPECT_EQ(to_days(read_datetime_text(text, datetime_type::date).value(), text).value(), days) << text;
    }
    if (read_fast_time(text.data(), text.size(), integer)) {
        EXPECT_EQ(to_time(read_datetime_text(text, datetime_type::time).value()).microseconds, integer) << text;
    }
    if (read_fast_timestamp(text.data(), text.size(), integer)) {
        EXPECT_EQ(to_local_time(read_datetime_text(text, datetime_type::timestamp).value(), text).value().microseconds,
                  integer)
            << text;
    }
}

// The fast functions accept the spellings that they are made for.
TEST(decode_fast, reads_the_usual_spellings) {
    std::int64_t integer = 0;
    std::int32_t days = 0;
    double number = 0;
    EXPECT_TRUE(read_fast_integer("-123456789012345678", 19, integer));
    EXPECT_EQ(integer, -123456789012345678);
    EXPECT_TRUE(read_fast_scaled("-1.5", 4, 2, below_18_digits, integer));
    EXPECT_EQ(integer, -150);
    EXPECT_TRUE(read_fast_scaled("7", 1, 2, below_18_digits, integer));
    EXPECT_FALSE(read_fast_scaled("1.005", 5, 2, below_18_digits, integer));
    EXPECT_FALSE(read_fast_scaled("100", 3, 2, 10000, integer));
    EXPECT_TRUE(read_fast_double("0.1", 3, number));
    EXPECT_EQ(number, 0.1);
    EXPECT_TRUE(read_fast_date("2024-02-29", 10, days));
    EXPECT_EQ(days, 19782);
    EXPECT_FALSE(read_fast_date("2023-02-29", 10, days));
    EXPECT_TRUE(read_fast_time("23:59:59.25", 11, integer));
    EXPECT_EQ(integer, 86'399'250'000);
    EXPECT_TRUE(read_fast_timestamp("2024-02-29T00:00:01", 19, integer));
    EXPECT_EQ(integer, 1'709'164'801'000'000);
}

TEST(decode_fast, agrees_with_the_slow_way_on_all_kinds_of_text) {
    for (const std::string_view text : {"",
                                        "-",
                                        ".",
                                        "-.",
                                        "1.",
                                        ".5",
                                        "-.5",
                                        "00",
                                        "-0",
                                        "+1",
                                        "1-",
                                        "1..2",
                                        "1.2.3",
                                        "999999999999999999",
                                        "9999999999999999999",
                                        "123456789.123456789",
                                        "1234567890.123456789",
                                        "9007199254740993",
                                        "0.30000000000000004",
                                        "0000-01-01",
                                        "0001-01-01",
                                        "9999-12-31",
                                        "2024-1-01 ",
                                        "2024-13-01",
                                        "2024-00-10",
                                        "2024-01-00",
                                        "2024-04-31",
                                        "2024/01/01",
                                        "24:00:00",
                                        "23:60:00",
                                        "23:59:60",
                                        "00:00:00.",
                                        "00:00:00.1234567",
                                        "2024-01-01 00:00:00.",
                                        "2024-01-01x00:00:00"}) {
        agree(std::string(text));
    }
    std::mt19937 random(20241121);
    const std::string_view alphabet = "0123456789-:. T/x\xff";
    const std::string_view seeds[] = {"2024-01-31", "12:34:56.789", "2024-01-31 12:34:56.789", "-1234.56"};
    for (int round = 0; round < 200'000; ++round) {
        std::string text(seeds[random() % 4]);
        for (std::size_t changes = random() % 4; changes > 0; --changes) {
            const char c = alphabet[random() % alphabet.size()];
            const std::size_t at = random() % (text.size() + 1);
            if (at == text.size()) {
                text += c;
            } else if (random() % 3 == 0) {
                text.erase(at, 1);
            } else {
                text[at] = c;
            }
        }
        agree(text);
    }
}

}  // namespace
}  // namespace sluice::postgres
