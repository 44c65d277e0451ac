// Messages are spelled from the manual (55.7); the errors are PostgreSQL 15's answers to the same bytes.
#include "postgres/wire/frontend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "postgres/parse/test_bytes.hpp"

namespace sluice::postgres {
namespace {

using test_bytes::be16;
using test_bytes::be32;
using test_bytes::value;
using test_bytes::z;
using testing::ElementsAre;
using testing::IsEmpty;

template <typename Result>
std::string outcome(const Result& result) {
    if (result) {
        return "ok";
    }
    EXPECT_FALSE(result.error().fatal) << "the frame was sound, the session goes on";
    const auto& cause = result.error();
    return std::string(cause.code.view()) + " " + cause.message + (cause.context.empty() ? "" : " @ " + cause.context);
}

const std::string insufficient = "08P01 insufficient data left in message";
const std::string trailing = "08P01 invalid message format";
const std::string unterminated = "08P01 invalid string in message";
const std::string bad_utf8 = "22021 invalid byte sequence for encoding \"UTF8\": 0xff";

TEST(frontend, query) {
    EXPECT_EQ(parse_query(z("select 1; select '\u00e9'"))->sql, "select 1; select '\u00e9'");
    EXPECT_EQ(parse_query(z(""))->sql, "");
    EXPECT_EQ(outcome(parse_query(z("select 1") + "x")), trailing);
    EXPECT_EQ(outcome(parse_query(z("select 1") + z(""))), trailing);
    EXPECT_EQ(outcome(parse_query("select 1")), unterminated);
    EXPECT_EQ(outcome(parse_query("")), unterminated);
    EXPECT_EQ(outcome(parse_query(z("select '\xff'"))), bad_utf8);
}

TEST(frontend, messages_without_fields) {
    EXPECT_EQ(outcome(parse_empty("")), "ok");
    EXPECT_EQ(outcome(parse_empty("x")), trailing);
}

TEST(frontend, parse) {
    const auto body = z("s1") + z("select $1, $2") + be16(2) + be32(23) + be32(0xfffffffe);
    const auto message = parse_parse(body);
    EXPECT_EQ(message->statement, "s1");
    EXPECT_EQ(message->sql, "select $1, $2");
    EXPECT_THAT(message->parameter_types, ElementsAre(23, 0xfffffffe));
    EXPECT_THAT(parse_parse(z("") + z("") + be16(0))->parameter_types, IsEmpty());
}

TEST(frontend, parse_takes_as_many_types_as_the_count_can_say) {
    std::string body = z("") + z("select 1") + be16(65'535);
    for (int i = 0; i < 65'535; ++i) {
        body += be32(23);
    }
    EXPECT_EQ(parse_parse(body)->parameter_types.size(), 65'535U);
    // 70,000 types do not fit: the count wraps to 4,464 and the rest is left over.
    EXPECT_EQ(outcome(parse_parse(z("") + z("select 1") + be16(70'000) + std::string(280'000, '\0'))), trailing);
}

TEST(frontend, parse_refuses_what_does_not_add_up) {
    EXPECT_EQ(outcome(parse_parse(z("a") + z("select 1") + be16(2) + be32(23))), insufficient);
    EXPECT_EQ(outcome(parse_parse(z("a") + z("select 1") + be16(0) + be32(23))), trailing);
    EXPECT_EQ(outcome(parse_parse(z("a") + z("select 1"))), insufficient);
    EXPECT_EQ(outcome(parse_parse(z("a") + "select 1")), unterminated);
    EXPECT_EQ(outcome(parse_parse(z("\xff") + z("select 1") + be16(0))), bad_utf8);
    EXPECT_EQ(outcome(parse_parse(z("a") + z("select \xff") + be16(0))), bad_utf8);
}

TEST(frontend, bind) {
    const auto body = z("p") + z("s") + be16(2) + be16(0) + be16(1) + be16(2) + value("text \u20ac") + value("\xff") +
                      be16(1) + be16(1);
    const auto message = parse_bind(body);
    EXPECT_EQ(message->portal, "p");
    EXPECT_EQ(message->statement, "s");
    EXPECT_THAT(message->parameter_formats, ElementsAre(0, 1));
    EXPECT_THAT(message->parameters, ElementsAre("text \u20ac", "\xff"));
    EXPECT_THAT(message->result_formats, ElementsAre(1));
}

TEST(frontend, bind_tells_null_from_empty) {
    const std::string message_body = z("") + z("") + be16(0) + be16(2) + be32(-1) + value("") + be16(0);
    const auto message = parse_bind(message_body);
    EXPECT_THAT(message->parameters, ElementsAre(std::nullopt, ""));
}

TEST(frontend, bind_refuses_counts_and_lengths_that_do_not_add_up) {
    const std::string start = z("") + z("");
    const std::string two = be16(2) + value("x") + value("7");
    const std::string first = " @ unnamed portal parameter $1";
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + two + be16(0))), "ok");
    EXPECT_EQ(outcome(parse_bind(start + be16(3) + be16(0) + be16(0) + be16(0) + two + be16(0))),
              "08P01 bind message has 3 parameter formats but 2 parameters");
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(1) + be32(-2) + be16(0))), insufficient + first);
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(1) + be32(99) + "x" + be16(0))), insufficient + first);
    EXPECT_EQ(outcome(parse_bind(z("c") + z("") + be16(0) + be16(2) + value("x") + be32(99))),
              insufficient + " @ portal \"c\" parameter $2");
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(65'535))), insufficient + first);
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + two + be16(0) + "z")), trailing);
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + two + be16(2) + be16(0))), insufficient);
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + two)), insufficient);
    EXPECT_EQ(outcome(parse_bind(start)), insufficient);
    EXPECT_EQ(outcome(parse_bind(z(""))), unterminated);
}

TEST(frontend, bind_refuses_unknown_formats) {
    const std::string start = z("") + z("");
    EXPECT_EQ(outcome(parse_bind(start + be16(1) + be16(7) + be16(1) + value("x") + be16(0))),
              "22023 unsupported format code: 7 @ unnamed portal parameter $1");
    EXPECT_EQ(outcome(parse_bind(start + be16(1) + be16(-1) + be16(1) + value("x") + be16(0))),
              "22023 unsupported format code: -1 @ unnamed portal parameter $1");
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(0) + be16(1) + be16(7))), "22023 unsupported format code: 7");
    EXPECT_EQ(outcome(parse_bind(start + be16(1) + be16(7) + be16(0) + be16(0))), "22023 unsupported format code: 7");
}

TEST(frontend, bind_checks_text_parameters_only) {
    const std::string start = z("") + z("");
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(1) + value("\xff") + be16(0))),
              bad_utf8 + " @ unnamed portal parameter $1");
    EXPECT_EQ(outcome(parse_bind(start + be16(0) + be16(1) + value(z("a")) + be16(0))),
              "22021 invalid byte sequence for encoding \"UTF8\": 0x00 @ unnamed portal parameter $1");
    EXPECT_EQ(outcome(parse_bind(start + be16(1) + be16(1) + be16(2) + value("\xff") + value(z("")) + be16(0))), "ok");
    EXPECT_EQ(outcome(parse_bind(start + be16(2) + be16(1) + be16(0) + be16(2) + value("\xff") + value("\xff"))),
              bad_utf8 + " @ unnamed portal parameter $2");
}

TEST(frontend, describe_and_close) {
    EXPECT_EQ(parse_describe("S" + z("s1"))->target, 'S');
    EXPECT_EQ(parse_describe("P" + z("p1"))->name, "p1");
    EXPECT_EQ(parse_close("P" + z(""))->target, 'P');
    EXPECT_EQ(outcome(parse_describe("X" + z("a"))), "08P01 invalid DESCRIBE message subtype 88");
    EXPECT_EQ(outcome(parse_close("\xf0" + z("a"))), "08P01 invalid CLOSE message subtype 240");
    EXPECT_EQ(outcome(parse_close("")), "08P01 no data left in message");
    EXPECT_EQ(outcome(parse_close("S")), unterminated);
    EXPECT_EQ(outcome(parse_describe("S" + z("a") + "b")), trailing);
    EXPECT_EQ(outcome(parse_describe("S" + z("\xff"))), bad_utf8);
}

TEST(frontend, execute) {
    const std::string message_body = z("c1") + be32(-5);
    const auto message = parse_execute(message_body);
    EXPECT_EQ(message->portal, "c1");
    EXPECT_EQ(message->rows_max, -5);
    EXPECT_EQ(parse_execute(z("") + be32(100))->rows_max, 100);
    EXPECT_EQ(outcome(parse_execute(z("") + be16(0))), insufficient);
    EXPECT_EQ(outcome(parse_execute(z("") + be32(0) + "x")), trailing);
}

TEST(frontend, copy_fail) {
    EXPECT_EQ(parse_copy_fail(z("no more"))->reason, "no more");
    EXPECT_EQ(outcome(parse_copy_fail("no more")), unterminated);
}

}  // namespace
}  // namespace sluice::postgres
