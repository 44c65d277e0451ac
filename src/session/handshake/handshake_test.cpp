// Scripts of bytes in and bytes out. Expected replies are what PostgreSQL 15 sent for the same bytes (without the
// source file, line and routine that it adds to errors), except where a comment says otherwise.
#include "session/handshake/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "base/os/sha256.hpp"
#include "postgres/auth/crypto.hpp"
#include "postgres/auth/scram.hpp"
#include "postgres/auth/users.hpp"
#include "postgres/parse/test_bytes.hpp"

namespace sluice::session {
namespace {

using namespace std::string_literals;
using base::view_of;
using postgres::test_bytes::be32;
using postgres::test_bytes::typed;
using postgres::test_bytes::untyped;
using postgres::test_bytes::z;
using testing::ElementsAre;
using testing::Pair;
using action = handshake_action;

const std::string ssl_request = untyped(be32(80'877'103));
const std::string gssenc_request = untyped(be32(80'877'104));
const std::string authentication_ok = "R\0\0\0\x08\0\0\0\0"s;
const std::string offer = "R\0\0\0\x17\0\0\0\nSCRAM-SHA-256\0\0"s;
const std::string offer_with_plus = "R\0\0\0*\0\0\0\nSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"s;

std::string startup(const std::vector<std::pair<std::string, std::string>>& parameters,
                    std::int64_t version = 196'608) {
    std::string body = be32(version);
    for (const auto& [name, value] : parameters) {
        body += z(name) + z(value);
    }
    return untyped(body + z(""));
}

std::string fatal(const std::string& code, const std::string& message, const std::string& more = "") {
    return typed('E', "SFATAL\0VFATAL\0C"s + z(code) + "M" + z(message) + more + z(""));
}

// Feeds bytes as a server would and keeps the replies.
class client {
  public:
    explicit client(handshake_params params) : greet_(std::move(params)) {}

    action send(const std::string& bytes) {
        reader_.append(bytes);
        action last = action::need_input;
        while (last == action::need_input) {
            reader_.enter(greet_.expected_phase());
            const auto next = reader_.next();
            EXPECT_TRUE(next.has_value());
            const std::optional<postgres::frame> frame = next.value_or(std::nullopt);
            if (!frame) {
                return last;
            }
            last = greet_.on_frame(*frame, reader_.pending_bytes(), out_);
        }
        return last;
    }
    std::string received() {
        std::string bytes(out_.view());
        out_.clear();
        return bytes;
    }
    // The reply to `bytes`, which must end the connection.
    std::string refusal(const std::string& bytes) {
        EXPECT_EQ(send(bytes), action::close);
        const auto& failure = greet_.failure();
        EXPECT_TRUE(failure && failure->fatal);
        return received();
    }
    handshake& server() { return greet_; }

  private:
    handshake greet_;
    postgres::frame_reader reader_{authentication_message_bytes_max};
    base::byte_buffer out_;
};

handshake_params trusting() {
    return {.databases = {"sample", "main", "postgres"}};
}

handshake_params with_tls() {
    auto params = trusting();
    params.tls_available = true;
    return params;
}

TEST(handshake, lets_in_whoever_is_trusted) {
    client psql(trusting());
    EXPECT_EQ(psql.send(startup({{"user", "ann"}, {"database", "main"}, {"application_name", "psql"}})),
              action::authenticated);
    EXPECT_EQ(psql.received(), authentication_ok);
    EXPECT_EQ(psql.server().startup().user, "ann");
    EXPECT_EQ(psql.server().startup().database, "main");
    EXPECT_THAT(psql.server().startup().options, ElementsAre(Pair("application_name", "psql")));
    EXPECT_EQ(psql.server().expected_phase(), postgres::frame_reader::phase::messages);
}

TEST(handshake, says_no_to_tls_and_gss_without_them_and_goes_on) {
    client psql(trusting());
    EXPECT_EQ(psql.send(gssenc_request), action::need_input);
    EXPECT_EQ(psql.received(), "N");
    EXPECT_EQ(psql.send(ssl_request), action::need_input);
    EXPECT_EQ(psql.received(), "N");
    EXPECT_EQ(psql.send(startup({{"user", "ann"}, {"database", "main"}})), action::authenticated);
}

TEST(handshake, answers_each_kind_of_request_once) {
    const std::string refused = "unsupported frontend protocol 1234.";
    client twice(trusting());
    EXPECT_EQ(twice.send(ssl_request), action::need_input);
    twice.received();
    EXPECT_EQ(twice.refusal(ssl_request), fatal("0A000", refused + "5679: server supports 3.0 to 3.0"));
    client gss(trusting());
    EXPECT_EQ(gss.send(gssenc_request), action::need_input);
    gss.received();
    EXPECT_EQ(gss.refusal(gssenc_request), fatal("0A000", refused + "5680: server supports 3.0 to 3.0"));
    client inside(with_tls());
    EXPECT_EQ(inside.send(ssl_request), action::start_tls);
    EXPECT_EQ(inside.received(), "S");
    inside.server().tls_established("hash");
    EXPECT_EQ(inside.refusal(gssenc_request), fatal("0A000", refused + "5680: server supports 3.0 to 3.0"));
}

TEST(handshake, goes_on_inside_tls) {
    client psql(with_tls());
    EXPECT_EQ(psql.send(ssl_request), action::start_tls);
    EXPECT_EQ(psql.received(), "S");
    psql.server().tls_established("hash");
    EXPECT_EQ(psql.send(startup({{"user", "ann"}, {"database", "main"}})), action::authenticated);
    EXPECT_EQ(psql.received(), authentication_ok);
}

TEST(handshake, starts_inside_tls_for_clients_that_speak_it_at_once) {
    client direct(with_tls());
    direct.server().tls_established("hash");
    EXPECT_EQ(direct.send(startup({{"user", "ann"}, {"database", "main"}})), action::authenticated);
    client twice(with_tls());
    twice.server().tls_established("hash");
    EXPECT_THAT(twice.refusal(ssl_request), testing::HasSubstr("unsupported frontend protocol 1234.5679"));
}

// PostgreSQL reports this after the TLS handshake; here the handshake never begins.
TEST(handshake, refuses_bytes_slipped_in_before_tls) {
    for (auto params : {with_tls(), trusting()}) {
        client psql(std::move(params));
        const std::string reply = psql.refusal(ssl_request + startup({{"user", "ann"}, {"database", "main"}}));
        EXPECT_THAT(reply, testing::HasSubstr("C08P01\0Mreceived unencrypted data after SSL request\0"s));
    }
    client half(with_tls());
    EXPECT_THAT(half.refusal(ssl_request + "\0"s), testing::HasSubstr("C08P01"));
    client gss(with_tls());
    EXPECT_THAT(gss.refusal(gssenc_request + "x"), testing::HasSubstr("C08P01"));
}

TEST(handshake, does_not_take_a_packet_in_the_clear_where_tls_was_promised) {
    client psql(with_tls());
    EXPECT_EQ(psql.send(ssl_request), action::start_tls);
    psql.received();
    EXPECT_THAT(psql.refusal(startup({{"user", "ann"}})), testing::HasSubstr("C08P01\0Mexpected a TLS handshake"s));
}

TEST(handshake, can_insist_on_tls) {
    auto params = with_tls();
    params.tls_required = true;
    client plain(params);
    EXPECT_EQ(plain.refusal(startup({{"user", "ann"}, {"database", "main"}})),
              fatal("28000", "this server accepts only connections with TLS",
                    "H" + z("Connect with sslmode=require or stronger.")));
    client secure(params);
    EXPECT_EQ(secure.send(ssl_request), action::start_tls);
    secure.server().tls_established("hash");
    EXPECT_EQ(secure.send(startup({{"user", "ann"}, {"database", "main"}})), action::authenticated);
    client cancel(params);
    EXPECT_EQ(cancel.send(untyped(be32(80'877'102) + be32(1) + be32(2))), action::cancel);
}

TEST(handshake, hands_over_a_cancel_request_without_an_answer) {
    client psql(trusting());
    EXPECT_EQ(psql.send(untyped(be32(80'877'102) + be32(4711) + be32(-5))), action::cancel);
    EXPECT_EQ(psql.received(), "");
    EXPECT_EQ(psql.server().cancel_target().process_id, 4711);
    EXPECT_EQ(psql.server().cancel_target().secret_key, -5);
}

TEST(handshake, negotiates_newer_minor_versions_and_unknown_options_down) {
    const std::vector<std::pair<std::string, std::string>> known{{"user", "ann"}, {"database", "main"}};
    auto options = known;
    options.emplace_back("_pq_.a", "1");
    options.emplace_back("_pq_.bee", "2");
    client newer(trusting());
    EXPECT_EQ(newer.send(startup(options, 0x30002)), action::authenticated);
    EXPECT_EQ(newer.received(), "v\0\0\0\x1c\0\3\0\0\0\0\0\2_pq_.a\0_pq_.bee\0"s + authentication_ok);
    EXPECT_TRUE(newer.server().startup().options.empty());
    client minor(trusting());
    EXPECT_EQ(minor.send(startup(known, 0x30009)), action::authenticated);
    EXPECT_EQ(minor.received(), "v\0\0\0\x0c\0\3\0\0\0\0\0\0"s + authentication_ok);
}

TEST(handshake, refuses_other_major_versions) {
    const std::string text = "unsupported frontend protocol ";
    const std::vector<std::pair<std::string, std::string>> known{{"user", "ann"}, {"database", "main"}};
    EXPECT_EQ(client(trusting()).refusal(startup(known, 0x40000)),
              fatal("0A000", text + "4.0: server supports 3.0 to 3.0"));
    EXPECT_EQ(client(trusting()).refusal(startup(known, 0x20000)),
              "EFATAL:  " + text + "2.0: server supports 3.0 to 3.0\n\0"s);
    EXPECT_EQ(client(trusting()).refusal(startup(known, 0x10000)),
              "EFATAL:  " + text + "1.0: server supports 3.0 to 3.0\n\0"s);
}

TEST(handshake, needs_a_user) {
    const std::string refused = fatal("28000", "no PostgreSQL user name specified in startup packet");
    EXPECT_EQ(client(trusting()).refusal(startup({})), refused);
    EXPECT_EQ(client(trusting()).refusal(startup({{"user", ""}, {"database", "main"}})), refused);
}

TEST(handshake, refuses_a_broken_startup_packet) {
    EXPECT_EQ(client(trusting()).refusal(untyped(be32(196'608) + z("user") + z("ann"))),
              fatal("08P01", "invalid startup packet layout: expected terminator as last byte"));
}

std::string database_chosen(const std::vector<std::pair<std::string, std::string>>& parameters) {
    client psql(trusting());
    EXPECT_EQ(psql.send(startup(parameters)), action::authenticated);
    return psql.server().startup().database;
}

// PostgreSQL knows only the first of these defaults.
TEST(handshake, chooses_a_database_when_none_is_named) {
    EXPECT_EQ(database_chosen({{"user", "postgres"}}), "postgres");
    EXPECT_EQ(database_chosen({{"user", "ann"}}), "sample");
    EXPECT_EQ(database_chosen({{"user", "ann"}, {"database", ""}}), "sample");
}

TEST(handshake, names_an_unknown_database_after_authentication) {
    EXPECT_EQ(client(trusting()).refusal(startup({{"user", "ann"}, {"database", "nope"}})),
              authentication_ok + fatal("3D000", "database \"nope\" does not exist"));
}

TEST(handshake, flattens_command_line_options_under_the_parameters) {
    client psql(trusting());
    EXPECT_EQ(psql.send(startup({{"user", "ann"},
                                 {"DateStyle", "ISO"},
                                 {"options", "-c search_path=a\\ b --statement-timeout=5"},
                                 {"database", "main"},
                                 {"search_path", "c"}})),
              action::authenticated);
    EXPECT_THAT(psql.server().startup().options, ElementsAre(Pair("search_path", "a b"), Pair("statement_timeout", "5"),
                                                             Pair("DateStyle", "ISO"), Pair("search_path", "c")));
    EXPECT_EQ(client(trusting()).refusal(startup({{"user", "a"}, {"database", "main"}, {"options", "-c foo"}})),
              authentication_ok + fatal("42601", "-c foo requires a value"));
}

TEST(handshake, has_no_replication) {
    const auto with = [](const std::string& value) {
        return startup({{"user", "ann"}, {"database", "main"}, {"replication", value}});
    };
    EXPECT_EQ(client(trusting()).refusal(with("database")),
              fatal("0A000", "replication connections are not supported"));
    EXPECT_EQ(client(trusting()).refusal(with("true")), fatal("0A000", "replication connections are not supported"));
    EXPECT_EQ(client(trusting()).refusal(with("bogus")),
              fatal("22023", "invalid value for parameter \"replication\": \"bogus\""));
    EXPECT_EQ(client(trusting()).send(with("false")), action::authenticated);
}

// A SCRAM client after RFC 5802, without the server's help.
struct scram_client {
    std::string password;
    std::string gs2 = "n,,";
    std::string end_point;

    [[nodiscard]] std::string first(const std::string& mechanism = "SCRAM-SHA-256") const {
        const std::string data = gs2 + "n=,r=abc";
        return typed('p', z(mechanism) + be32(static_cast<std::int64_t>(data.size())) + data);
    }
    // `challenge`: the whole AuthenticationSASLContinue message.
    [[nodiscard]] std::string final(const std::string& challenge) const {
        EXPECT_EQ(challenge.substr(0, 1), "R");
        EXPECT_EQ(challenge.substr(5, 4), be32(11));
        const std::string data = challenge.substr(9);
        const std::size_t salt_at = data.find(",s=") + 3;
        const std::size_t count_at = data.find(",i=") + 3;
        const auto salt = postgres::base64_decode(data.substr(salt_at, count_at - 3 - salt_at)).value();
        const std::string without_proof =
            "c=" + postgres::base64_encode(gs2 + end_point) + "," + data.substr(0, salt_at - 3);
        const auto salted = base::pbkdf2_sha256(password, salt, std::stoi(data.substr(count_at)));
        const auto key = base::hmac_sha256(view_of(salted), "Client Key");
        auto proof =
            base::hmac_sha256(view_of(base::sha256_of(view_of(key))), "n=,r=abc," + data + "," + without_proof);
        for (std::size_t i = 0; i < proof.size(); ++i) {
            proof[i] = static_cast<char>(proof[i] ^ key[i]);
        }
        return typed('p', without_proof + ",p=" + postgres::base64_encode(view_of(proof)));
    }
};

class scram_handshake : public testing::Test {
  protected:
    scram_handshake() { EXPECT_TRUE(users_.add("ann", postgres::make_scram_verifier("pencil").value()).has_value()); }
    [[nodiscard]] handshake_params params(bool tls = false) const {
        auto result = trusting();
        result.method = authentication_method::scram_sha_256;
        result.users = &users_;
        result.tls_available = tls;
        return result;
    }
    static std::string ask(const std::string& user, const std::string& database = "main") {
        return startup({{"user", user}, {"database", database}});
    }
    // The server's answer to the final message.
    static std::pair<action, std::string> log_in(client& connection, const std::string& user, const scram_client& with,
                                                 const std::string& database = "main") {
        EXPECT_EQ(connection.send(ask(user, database)), action::need_input);
        EXPECT_EQ(connection.received(), offer);
        EXPECT_EQ(connection.send(with.first()), action::need_input);
        const action result = connection.send(with.final(connection.received()));
        return {result, connection.received()};
    }

    postgres::user_table users_;
};

TEST_F(scram_handshake, lets_in_who_knows_the_password) {
    client psql(params());
    const auto [result, reply] = log_in(psql, "ann", {.password = "pencil"});
    EXPECT_EQ(result, action::authenticated);
    EXPECT_EQ(reply.substr(5, 6), be32(12) + "v=");
    EXPECT_TRUE(reply.ends_with(authentication_ok));
    EXPECT_EQ(psql.server().startup().user, "ann");
}

TEST_F(scram_handshake, gives_a_wrong_password_and_an_unknown_user_the_same_answer) {
    client wrong(params());
    EXPECT_EQ(log_in(wrong, "ann", {.password = "pen"}),
              std::pair(action::close, fatal("28P01", "password authentication failed for user \"ann\"")));
    client unknown(params());
    EXPECT_EQ(log_in(unknown, "eve", {.password = "pencil"}),
              std::pair(action::close, fatal("28P01", "password authentication failed for user \"eve\"")));
}

TEST_F(scram_handshake, gives_an_unknown_user_the_same_salt_each_time) {
    const auto salt = [this](const std::string& user) {
        client psql(params());
        EXPECT_EQ(psql.send(ask(user)), action::need_input);
        psql.received();
        EXPECT_EQ(psql.send(scram_client{}.first()), action::need_input);
        const std::string challenge = psql.received();
        return challenge.substr(challenge.find(",s="));
    };
    EXPECT_EQ(salt("eve"), salt("eve"));
    EXPECT_NE(salt("eve"), salt("mallory"));
    EXPECT_EQ(salt("ann"), salt("ann"));
    EXPECT_EQ(salt("ann").size(), salt("eve").size());
}

TEST_F(scram_handshake, hides_the_databases_from_who_is_not_let_in) {
    client wrong(params());
    EXPECT_EQ(log_in(wrong, "ann", {.password = "pen"}, "nope").second,
              fatal("28P01", "password authentication failed for user \"ann\""));
    client right(params());
    const auto [result, reply] = log_in(right, "ann", {.password = "pencil"}, "nope");
    EXPECT_EQ(result, action::close);
    EXPECT_TRUE(reply.ends_with(authentication_ok + fatal("3D000", "database \"nope\" does not exist")));
}

TEST_F(scram_handshake, binds_to_the_certificate_over_tls) {
    const auto log_in_bound = [this](const std::string& end_point) {
        client psql(params(true));
        psql.server().tls_established("hash of the certificate");
        EXPECT_EQ(psql.send(ask("ann")), action::need_input);
        EXPECT_EQ(psql.received(), offer_with_plus);
        const scram_client bound{.password = "pencil", .gs2 = "p=tls-server-end-point,,", .end_point = end_point};
        EXPECT_EQ(psql.send(bound.first("SCRAM-SHA-256-PLUS")), action::need_input);
        const action result = psql.send(bound.final(psql.received()));
        return std::pair(result, psql.received());
    };
    EXPECT_EQ(log_in_bound("hash of the certificate").first, action::authenticated);
    EXPECT_EQ(log_in_bound("hash of another"),
              std::pair(action::close, fatal("28000", "SCRAM channel binding check failed")));
}

TEST_F(scram_handshake, offers_no_binding_without_a_hash) {
    client psql(params(true));
    psql.server().tls_established("");
    EXPECT_EQ(psql.send(ask("ann")), action::need_input);
    EXPECT_EQ(psql.received(), offer);
}

TEST_F(scram_handshake, notices_that_the_offer_of_binding_was_removed) {
    client psql(params(true));
    psql.server().tls_established("hash");
    EXPECT_EQ(psql.send(ask("ann")), action::need_input);
    psql.received();
    EXPECT_THAT(psql.refusal(scram_client{.gs2 = "y,,"}.first()),
                testing::HasSubstr("C28000\0MSCRAM channel binding negotiation error\0"s));
}

TEST_F(scram_handshake, asks_for_a_first_message_that_was_not_sent_along) {
    client psql(params());
    EXPECT_EQ(psql.send(ask("ann")), action::need_input);
    psql.received();
    EXPECT_EQ(psql.send(typed('p', z("SCRAM-SHA-256") + be32(-1))), action::need_input);
    EXPECT_EQ(psql.received(), "R\0\0\0\x08\0\0\0\x0b"s);
    EXPECT_EQ(psql.send(typed('p', "n,,n=,r=abc")), action::need_input);
    EXPECT_EQ(psql.send(scram_client{.password = "pencil"}.final(psql.received())), action::authenticated);
}

TEST_F(scram_handshake, refuses_other_messages_meanwhile) {
    const auto after_offer = [this](const std::string& bytes) {
        client psql(params());
        EXPECT_EQ(psql.send(ask("ann")), action::need_input);
        psql.received();
        return psql.refusal(bytes);
    };
    EXPECT_EQ(after_offer(typed('Q', z("select 1"))), fatal("08P01", "expected SASL response, got message type 81"));
    EXPECT_EQ(after_offer(typed('p', z("NOPE") + be32(-1))),
              fatal("08P01", "client selected an invalid SASL authentication mechanism"));
    EXPECT_EQ(after_offer(typed('p', z("SCRAM-SHA-256") + be32(1) + "nx")), fatal("08P01", "invalid message format"));
}

TEST_F(scram_handshake, stays_over_once_it_is_over) {
    client psql(params());
    psql.refusal(startup({}));
    EXPECT_EQ(psql.send(typed('p', "x")), action::close);
    EXPECT_EQ(psql.received(), "");
}

}  // namespace
}  // namespace sluice::session
