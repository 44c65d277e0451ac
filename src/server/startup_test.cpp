// How connections begin: accepted and refused clients, and the messages (PostgreSQL 15's, observed from psql -v).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "postgres/auth/users.hpp"
#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(startup, trust_lets_anybody_in_and_answers) {
    test_server server;
    server.start();
    wire_client client(server.port());
    const auto greeting = client.startup();
    EXPECT_EQ(greeting.front(), "R \\x00\\x00\\x00\\x00");
    EXPECT_THAT(greeting, Contains("S client_encoding=UTF8"));
    EXPECT_EQ(greeting.back(), "Z I");
    EXPECT_GT(client.process_id, 0);
    EXPECT_THAT(client.ask("Q select 1"), ElementsAre("T ?column?:23:4:-1:0", "D 1", "C SELECT 1", "Z I"));
    EXPECT_THAT(client.ask("Q nonsense"), ElementsAre(StartsWith("E ERROR 42601"), "Z I"));
    EXPECT_EQ(server.metric("sluice_sessions_active"), 1);
    client.say("X");
    EXPECT_TRUE(client.closed_by_server());
    client.close();
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
    EXPECT_EQ(server.metric("sluice_sessions_active"), 0);
    EXPECT_EQ(server.metric("sluice_clients_vanished_total"), 0);
}

TEST(startup, bytes_may_arrive_one_at_a_time_and_all_at_once) {
    test_server server;
    server.start();
    const std::string conversation =
        startup_packet("ann", "main") + testing::frontend_message("Q select 1") + testing::frontend_message("X");
    wire_client hasty(server.port());
    hasty.send(conversation);
    EXPECT_EQ(hasty.read_until('Z').back(), "Z I");
    EXPECT_THAT(hasty.read_until('Z'), Contains("D 1"));
    EXPECT_TRUE(hasty.closed_by_server());
    wire_client slow(server.port());
    for (const char byte : conversation) {
        slow.send({&byte, 1});
    }
    EXPECT_EQ(slow.read_until('Z').back(), "Z I");
    EXPECT_THAT(slow.read_until('Z'), Contains("D 1"));
    EXPECT_TRUE(slow.closed_by_server());
}

TEST(startup, unknown_database_is_refused) {
    test_server server;
    server.start();
    wire_client client(server.port());
    EXPECT_THAT(client.startup("ann", "nosuch"), Contains("E FATAL 3D000 database \"nosuch\" does not exist"));
}

TEST(startup, without_a_certificate_tls_is_declined_and_direct_tls_closed) {
    test_server server;
    server.start();
    wire_client client(server.port());
    client.send(ssl_request());
    EXPECT_EQ(client.read_byte(), 'N');
    EXPECT_EQ(client.startup().back(), "Z I");
    wire_client direct(server.port());
    EXPECT_FALSE(direct.start_tls("\x0apostgresql"));
}

TEST(startup, garbage_and_impossible_lengths_end_in_an_error) {
    test_server server;
    server.start();
    for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"), be32(0x7FFFFFFF) + "x", be32(0) + be32(0),
                                     be32(4), std::string(20'000, '\xFF')}) {
        wire_client client(server.port());
        client.send(bytes);
        EXPECT_EQ(client.read_message().type, 'E') << bytes.substr(0, 8);
        EXPECT_TRUE(client.closed_by_server());
    }
    EXPECT_GE(server.metric("sluice_connections_rejected_total{reason=\"startup\"}"), 5);
    wire_client old(server.port());  // protocol 2.0, whose errors were plain text
    old.send(startup_frame(be32(2U << 16U)));
    EXPECT_EQ(old.read_byte(), 'E');
    wire_client broken(server.port());
    broken.startup();
    broken.send("\x01" + be32(4));
    EXPECT_THAT(broken.read_until('Z'), ElementsAre(StartsWith("E FATAL 08P01"), "closed"));
    wire_client huge(server.port());
    huge.startup();
    huge.send("Q" + be32(0x7FFFFFFF) + "select");
    EXPECT_THAT(huge.read_until('Z'), ElementsAre(StartsWith("E FATAL 08P01"), "closed"));
    old.close();
    broken.close();
    huge.close();
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
}

TEST(startup, a_client_over_max_connections_gets_53300_and_cancel_works_still) {
    test_server server;
    server.params.limits.connections_max = 2;
    server.script_slow_count("count");
    server.start();
    wire_client first(server.port());
    first.startup();
    wire_client second(server.port());
    second.startup();
    second.say("Q count");
    ASSERT_TRUE(server.running.wait());
    wire_client third(server.port());
    third.send(ssl_request());
    EXPECT_EQ(third.read_byte(), 'N');
    EXPECT_THAT(third.startup(), ElementsAre("E FATAL 53300 sorry, too many clients already", "closed"));
    wire_client canceller(server.port());
    canceller.send(cancel_packet(second.process_id, second.secret_key));
    EXPECT_TRUE(canceller.closed_by_server());
    EXPECT_THAT(second.read_until('Z'), Contains("E ERROR 57014 canceling statement due to user request"));
    first.say("X");
    EXPECT_TRUE(first.closed_by_server());
    wire_client fourth(server.port());
    EXPECT_EQ(fourth.startup().back(), "Z I");
    EXPECT_EQ(server.metric("sluice_connections_rejected_total{reason=\"too_many_connections\"}"), 1);
}

TEST(startup, connections_without_a_startup_packet_are_bounded) {
    test_server server;
    server.params.limits.handshakes_max = 2;
    server.start();
    wire_client first(server.port());
    wire_client const second(server.port());
    ASSERT_TRUE(server.reaches("sluice_connections_active", 2));
    wire_client waiting(server.port());  // in the kernel's backlog
    waiting.send(startup_packet("ann", "main"));
    first.close();
    EXPECT_EQ(waiting.read_until('Z').back(), "Z I");
    EXPECT_EQ(server.metric("sluice_connections_total"), 3);
}

TEST(startup, a_client_that_does_not_authenticate_in_time_is_dropped) {
    postgres::user_table const users;
    test_server server;
    server.params.authentication.method = session::authentication_method::scram_sha_256;
    server.params.authentication.users = &users;
    server.start();
    wire_client silent(server.port());
    wire_client half(server.port());
    half.send(startup_packet("ann", "main"));
    EXPECT_EQ(half.read_message().type, 'R');
    server.clock.advance(server.params.limits.authentication_timeout);
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_THAT(half.read_until('Z'), ElementsAre("E FATAL 57014 canceling authentication due to timeout", "closed"));
    EXPECT_EQ(server.metric("sluice_connections_rejected_total{reason=\"timeout\"}"), 2);
}

TEST(startup, before_authentication_messages_are_at_most_10_kb) {
    postgres::user_table const users;
    test_server server;
    server.params.authentication.method = session::authentication_method::scram_sha_256;
    server.params.authentication.users = &users;
    server.start();
    wire_client client(server.port());
    client.send(startup_packet("ann", "main"));
    EXPECT_EQ(client.read_message().type, 'R');
    client.send("p" + be32(100'000));
    EXPECT_THAT(client.read_until('Z'), ElementsAre(StartsWith("E FATAL 08P01"), "closed"));
}

TEST(startup, a_port_that_is_taken_is_one_clear_line) {
    test_server server;
    server.start();
    server_params params = server.params;
    params.listen = {{"127.0.0.1", server.port()}};
    class server second(params);
    const auto bound = second.bind();
    ASSERT_FALSE(bound.has_value());
    EXPECT_EQ(bound.error().message,
              "cannot listen on 127.0.0.1:" + std::to_string(server.port()) + ": Address already in use");
}

TEST(startup, a_certificate_that_is_none_is_one_clear_line) {
    test_server server;
    server.params.tls = tls_params{.certificate_path = "/dev/null", .key_path = "/dev/null"};
    class server broken(server.params);
    const auto bound = broken.bind();
    ASSERT_FALSE(bound.has_value());
    EXPECT_THAT(bound.error().message, StartsWith("cannot use TLS certificate \"/dev/null\": "));
    server.params.tls = std::nullopt;
}

}  // namespace
}  // namespace sluice::server::test
