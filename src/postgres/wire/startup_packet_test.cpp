// Packets are spelled from the manual (55.7); the errors are PostgreSQL 15's answers to the same bytes, except where it
// closes without an error.
#include "postgres/wire/startup_packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "postgres/auth/sasl_messages.hpp"
#include "postgres/parse/test_bytes.hpp"
#include "postgres/wire/startup_options.hpp"

namespace sluice::postgres {
namespace {

using test_bytes::be32;
using test_bytes::z;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string version_3 = be32(196'608);

template <typename Result>
std::string outcome(const Result& result) {
    return result ? "ok" : std::string(result.error().code.view()) + " " + result.error().message;
}

TEST(startup_packet, tells_the_requests_apart) {
    EXPECT_TRUE(std::holds_alternative<ssl_request>(*parse_startup_packet(be32(80'877'103))));
    EXPECT_TRUE(std::holds_alternative<gssenc_request>(*parse_startup_packet(be32(80'877'104))));
    const std::string cancel_body = be32(80'877'102) + be32(4711) + be32(-2);
    const auto cancel = parse_startup_packet(cancel_body);
    EXPECT_EQ(std::get<cancel_packet>(*cancel).process_id, 4711);
    EXPECT_EQ(std::get<cancel_packet>(*cancel).secret_key, -2);
    const std::string old_body = be32(0x20001) + "anything";
    const auto old = parse_startup_packet(old_body);
    EXPECT_EQ(std::get<unknown_protocol>(*old).major, 2);
    EXPECT_EQ(std::get<unknown_protocol>(*old).minor, 1);
}

TEST(startup_packet, keeps_parameters_in_order) {
    const std::string packet_body =
        be32(0x30002) + z("user") + z("ann") + z("b") + z("") + z("user") + z("zo\u00eb") + z("");
    const auto packet = parse_startup_packet(packet_body);
    const auto& message = std::get<startup_message>(*packet);
    EXPECT_EQ(message.minor, 2);
    EXPECT_THAT(message.parameters, ElementsAre(Pair("user", "ann"), Pair("b", ""), Pair("user", "zo\u00eb")));
}

TEST(startup_packet, refuses_what_does_not_add_up) {
    const std::string layout = "08P01 invalid startup packet layout: expected terminator as last byte";
    const std::string user = version_3 + z("user") + z("ann");
    EXPECT_EQ(outcome(parse_startup_packet(user + z(""))), "ok");
    for (const std::string& bad : {version_3, user, user + z("") + z(""), user + z("") + "junk", user + "abc",
                                   version_3 + "user", version_3 + z("") + z("user")}) {
        const auto packet = parse_startup_packet(bad);
        EXPECT_EQ(outcome(packet), layout);
        EXPECT_TRUE(packet.error().fatal);
    }
    EXPECT_EQ(outcome(parse_startup_packet(user + z("name only"))), layout);
    EXPECT_EQ(outcome(parse_startup_packet(version_3 + z("user") + z("\xff") + z(""))),
              "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
    EXPECT_EQ(outcome(parse_startup_packet(be32(80'877'102) + be32(1))), "08P01 insufficient data left in message");
    EXPECT_EQ(outcome(parse_startup_packet(be32(80'877'103) + "x")), "08P01 invalid message format");
    EXPECT_EQ(outcome(parse_startup_packet("abc")), "08P01 insufficient data left in message");
}

TEST(sasl_messages, initial_response) {
    const std::string message_body = z("SCRAM-SHA-256") + be32(3) + "n,,";
    const auto message = parse_sasl_initial_response(message_body);
    EXPECT_EQ(message->mechanism, "SCRAM-SHA-256");
    EXPECT_EQ(message->data, "n,,");
    EXPECT_EQ(parse_sasl_initial_response(z("SCRAM-SHA-256") + be32(-1))->data, std::nullopt);
    EXPECT_EQ(parse_sasl_initial_response(z("SCRAM-SHA-256") + be32(0))->data, "");
    EXPECT_EQ(outcome(parse_sasl_initial_response(z("a") + be32(1) + "nx")), "08P01 invalid message format");
    EXPECT_EQ(outcome(parse_sasl_initial_response(z("a") + be32(3) + "nx")), "08P01 insufficient data left in message");
    EXPECT_EQ(outcome(parse_sasl_initial_response(z("a") + be32(-2) + "nx")),
              "08P01 insufficient data left in message");
}

TEST(startup_options, take_both_spellings_and_escapes) {
    EXPECT_THAT(*parse_startup_options(" \t-c search_path=a\\ b\\\\c  --statement-timeout=5 -cgeqo=off\n--x=-y=z "),
                ElementsAre(Pair("search_path", "a b\\c"), Pair("statement_timeout", "5"), Pair("geqo", "off"),
                            Pair("x", "-y=z")));
    EXPECT_THAT(*parse_startup_options(""), IsEmpty());
    EXPECT_THAT(*parse_startup_options("--a=b\\"), ElementsAre(Pair("a", "b")));
}

TEST(startup_options, refuse_other_switches_as_postgresql_does) {
    const std::string invalid = "42601 invalid command-line argument for server process: ";
    EXPECT_EQ(outcome(parse_startup_options("-c foo")), "42601 -c foo requires a value");
    EXPECT_EQ(outcome(parse_startup_options("--foo")), "42601 --foo requires a value");
    EXPECT_EQ(outcome(parse_startup_options("-c")), invalid + "-c");
    EXPECT_EQ(outcome(parse_startup_options("-Q")), invalid + "-Q");
    EXPECT_EQ(outcome(parse_startup_options("foo")), invalid + "foo");
    EXPECT_EQ(outcome(parse_startup_options("--")), invalid + "--");
}

}  // namespace
}  // namespace sluice::postgres
