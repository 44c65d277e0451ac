#include "postgres/parse/decode_bytes.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "postgres/parse/decode_array.hpp"
#include "postgres/parse/decode_json.hpp"
#include "postgres/parse/test_bytes.hpp"

// Expected values and messages: PostgreSQL 15, asked with psql.
namespace sluice::postgres {
namespace {

using namespace std::string_literals;
using test_bytes::be32;

template <typename T>
std::string failure(const result<T>& result) {
    return result ? "ok" : std::string(result.error().code.view()) + " " + result.error().message;
}

TEST(decode_bytea, both_formats) {
    EXPECT_EQ(decode_bytea_text("\\xDEad").value(), "\xde\xad");
    EXPECT_EQ(decode_bytea_text("\\x ab cd").value(), "\xab\xcd");
    EXPECT_EQ(decode_bytea_text("a\\\\b\\001").value(), "a\\b\1"s);
    EXPECT_EQ(decode_bytea_text("").value(), "");
    EXPECT_EQ(failure(decode_bytea_text("\\xabg0")), "22023 invalid hexadecimal digit: \"g\"");
    EXPECT_EQ(failure(decode_bytea_text("\\xabc")), "22023 invalid hexadecimal data: odd number of digits");
    EXPECT_EQ(failure(decode_bytea_text("ab\\1")), "22P02 invalid input syntax for type bytea");
    EXPECT_EQ(failure(decode_bytea_text("\\400")), "22P02 invalid input syntax for type bytea");
}

TEST(decode_uuid, every_spelling) {
    const uint128 expected = (uint128{0xa0eebc999c0b4ef8} << 64U) | 0xbb6d6bb9bd380a11;
    for (const std::string_view text :
         {"{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
          "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"}) {
        EXPECT_TRUE(decode_uuid_text(text).value() == expected) << text;
    }
    for (const std::string_view text :
         {"a0e-ebc99", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A1", "", " a0eebc999c0b4ef8bb6d6bb9bd380a11",
          "{a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc999c0b4ef8bb6d6bb9bd380a11-"}) {
        EXPECT_EQ(failure(decode_uuid_text(text)),
                  "22P02 invalid input syntax for type uuid: \"" + std::string(text) + "\"");
    }
    EXPECT_TRUE(decode_uuid_binary("\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11").value() ==
                expected);
    EXPECT_EQ(failure(decode_uuid_binary("short")), "22P03 incorrect binary data format");
}

TEST(decode_bits, text_and_binary) {
    EXPECT_EQ(decode_bits_text("0101").value(), "0101");
    EXPECT_EQ(decode_bits_text("B01").value(), "01");
    EXPECT_EQ(decode_bits_text("X1F").value(), "00011111");
    EXPECT_EQ(decode_bits_text("").value(), "");
    EXPECT_EQ(failure(decode_bits_text("012")), "22P02 \"2\" is not a valid binary digit");
    EXPECT_EQ(failure(decode_bits_text("x1g")), "22P02 \"g\" is not a valid hexadecimal digit");
    EXPECT_EQ(decode_bits_binary(be32(10) + "\xa5\x80").value(), "1010010110");
    EXPECT_EQ(failure(decode_bits_binary(be32(10) + "\xa5")), "22P03 invalid length in external bit string");
    EXPECT_EQ(failure(decode_bits_binary(be32(-1))), "22P03 invalid length in external bit string");
}

TEST(check_json, takes_what_the_rfc_allows) {
    for (const std::string_view text : {"1", "-0.5e+10", "\"a\\u00e9\\n\"", "null", " [1, {\"a\": [true, false]}, {}] ",
                                        "{}", "[]", "\"\\ud800\"", "1e5", "[[]]"}) {
        EXPECT_EQ(failure(check_json(text)), "ok") << text;
    }
}

TEST(check_json, says_what_is_wrong) {
    const auto detail = [](std::string_view text) { return check_json(text).error().detail; };
    EXPECT_EQ(failure(check_json("x")), "22P02 invalid input syntax for type json");
    EXPECT_EQ(detail("x"), "Token \"x\" is invalid.");
    EXPECT_EQ(detail("tru"), "Token \"tru\" is invalid.");
    EXPECT_EQ(detail("01"), "Token \"01\" is invalid.");
    EXPECT_EQ(detail("1."), "Token \"1.\" is invalid.");
    EXPECT_EQ(detail("-"), "Token \"-\" is invalid.");
    EXPECT_EQ(detail("{\"a\":1} x"), "Token \"x\" is invalid.");
    EXPECT_EQ(detail(""), "The input string ended unexpectedly.");
    EXPECT_EQ(detail("[1,2"), "The input string ended unexpectedly.");
    EXPECT_EQ(detail("\"\\x\""), "Escape sequence \"\\x\" is invalid.");
    EXPECT_EQ(detail("\"\t\""), "Character with value 0x09 must be escaped.");
    for (const std::string_view text : {"{\"a\":1,}", "[1,]", "{1:2}", "{\"a\"}", "[1 2]", "{\"a\":1]", "]", "\"a"}) {
        EXPECT_FALSE(check_json(text)) << text;
    }
    EXPECT_FALSE(check_json(std::string(json_depth_max + 1, '[') + std::string(json_depth_max + 1, ']')));
    EXPECT_TRUE(check_json(std::string(json_depth_max, '[') + std::string(json_depth_max, ']')));
}

// "3x2: a b NULL ..." of an array.
std::string shape(std::string_view text) {
    const auto array = decode_array_text(text);
    if (!array) {
        return array.error().detail.empty() ? failure(array) : array.error().detail;
    }
    std::string out;
    for (const std::uint32_t length : array->dimensions) {
        out += std::to_string(length) + " ";
    }
    out += ":";
    for (const auto& element : array->elements) {
        out += element ? " <" + std::string(*element) + ">" : " NULL";
    }
    return out;
}

TEST(decode_array, text) {
    EXPECT_EQ(shape("{}"), ":");
    EXPECT_EQ(shape(" { 1 , 2 } "), "2 : <1> <2>");
    EXPECT_EQ(shape(R"({"a b",c d,"e\"f",NULL,"NULL",\N,null})"), "7 : <a b> <c d> <e\"f> NULL <NULL> <N> NULL");
    EXPECT_EQ(shape("{{1,2},{3,4},{5,6}}"), "3 2 : <1> <2> <3> <4> <5> <6>");
    EXPECT_EQ(shape("[1:2]={1,2}"), "2 : <1> <2>");
    EXPECT_EQ(shape("[2:3][0:1]={{1,2},{3,4}}"), "2 2 : <1> <2> <3> <4>");
    EXPECT_EQ(shape(R"({a\,b})"), "1 : <a,b>");
    EXPECT_EQ(shape(R"({" a "," b ", c ,"",a\ })"), "5 : < a > < b > <c> <> <a >");
}

TEST(decode_array, malformed_text) {
    EXPECT_EQ(failure(decode_array_text("{")), "22P02 malformed array literal: \"{\"");
    EXPECT_EQ(shape("{"), "Unexpected end of input.");
    EXPECT_EQ(shape("{1,2"), "Unexpected end of input.");
    EXPECT_EQ(shape("{\"a"), "Unexpected end of input.");
    EXPECT_EQ(shape("{\"a\\"), "Unexpected end of input.");
    EXPECT_EQ(shape("{a\\"), "Unexpected end of input.");
    EXPECT_EQ(shape("{1,{2}}"), "Unexpected \"{\" character.");
    EXPECT_EQ(shape("{{1},{2,3}}"), "Multidimensional arrays must have sub-arrays with matching dimensions.");
    EXPECT_EQ(shape("[1:2]={1,2,3}"), "Specified array dimensions do not match array contents.");
    EXPECT_EQ(shape("{1,2}x"), "Junk after closing right brace.");
    EXPECT_EQ(shape("{1}}"), "Junk after closing right brace.");
    EXPECT_EQ(shape("{1,,2}"), "Unexpected \",\" character.");
    EXPECT_EQ(shape("{1,}"), "Unexpected \"}\" character.");
    EXPECT_EQ(shape("{,}"), "Unexpected \",\" character.");
    EXPECT_EQ(shape("{{}}"), "Unexpected \"}\" character.");
    EXPECT_EQ(shape("{{},{}}"), "Unexpected \"}\" character.");
    EXPECT_EQ(shape("{{1,2},3}"), "Unexpected array element.");
    EXPECT_EQ(shape("{a\"b\"}"), "Unexpected array element.");
    EXPECT_EQ(shape("{\"a\"b}"), "Unexpected array element.");
    EXPECT_EQ(shape("{a{b}"), "Unexpected \"{\" character.");
    EXPECT_EQ(shape("abc"), "Array value must start with \"{\" or dimension information.");
    EXPECT_EQ(shape(""), "Array value must start with \"{\" or dimension information.");
    EXPECT_EQ(shape("[1:0]={}"), "2202E upper bound cannot be less than lower bound");
    EXPECT_EQ(shape("{{{{{{{1}}}}}}}"), "54000 number of array dimensions (7) exceeds the maximum allowed (6)");
}

TEST(decode_array, binary) {
    using test_bytes::value;
    const std::string bytes = be32(1) + be32(1) + be32(23) + be32(3) + be32(1) + value(be32(7)) + be32(-1) + value("x");
    const auto array = decode_array_binary(bytes).value();
    EXPECT_EQ(array.element_type, 23U);
    EXPECT_EQ(array.dimensions, std::vector<std::uint32_t>{3});
    ASSERT_EQ(array.elements.size(), 3U);
    EXPECT_EQ(array.elements[0], be32(7));
    EXPECT_EQ(array.elements[1], std::nullopt);
    EXPECT_TRUE(decode_array_binary(be32(0) + be32(0) + be32(23)).value().elements.empty());
    EXPECT_FALSE(decode_array_binary(bytes + "x"));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_array_binary(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(
        decode_array_binary(be32(2) + be32(0) + be32(23) + be32(2147483647) + be32(0) + be32(2147483647) + be32(0)));
    EXPECT_EQ(failure(decode_array_binary(be32(7) + be32(0) + be32(23))),
              "54000 number of array dimensions (7) exceeds the maximum allowed (6)");
}

}  // namespace
}  // namespace sluice::postgres
