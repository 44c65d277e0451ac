// TLS in both its forms, and the features that need it: ALPN, channel binding, SCRAM.
#include "server/net/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include "postgres/auth/users.hpp"
#include "server/test_certificate.hpp"
#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::frame_bytes;
using ::testing::StartsWith;

constexpr std::string_view postgresql_alpn = "\x0apostgresql";

// ---- SCRAM-SHA-256 as RFC 5802 and 7677 describe the client's side, on OpenSSL alone.

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string from_base64(std::string_view text) {
    std::string bytes(text.size(), '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const auto padding = text.size() - text.find_last_not_of('=') - 1;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

std::string hmac(std::string_view key, std::string_view text) {
    std::string digest(32, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
    return digest;
}

std::string digest_of(std::string_view bytes, const EVP_MD* hash) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, hash, nullptr);
    digest.resize(size);
    return digest;
}

std::string field(std::string_view message, std::string_view name) {
    const auto start = message.find(name) + name.size();
    return std::string(message.substr(start, message.find(',', start) - start));
}

// Logs in; returns the server's last line. `binding`: certificate hash for -PLUS, empty for none.
std::string scram_login(wire_client& client, std::string_view password, const std::string& binding = {}) {
    client.send(startup_packet("ann", "main"));
    const auto offer = client.read_message();
    if (offer.type != 'R') {
        return "refused";
    }
    const bool plus_offered = offer.body.contains("SCRAM-SHA-256-PLUS");
    if (plus_offered != (client.ssl() != nullptr)) {
        return "wrong mechanisms";
    }
    const std::string mechanism = binding.empty() ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS";
    const std::string header = binding.empty() ? "n,," : "p=tls-server-end-point,,";
    const std::string first = "n=,r=abcdefghijklmnop";
    client.send(frame_bytes(
        'p', mechanism + '\0' + be32(static_cast<std::uint32_t>(header.size() + first.size())) + header + first));
    const auto challenge = client.read_message();
    if (challenge.type != 'R') {
        return testing::backend_lines(frame_bytes(challenge.type, challenge.body)).back();
    }
    const std::string server_first = challenge.body.substr(4);
    std::string salted(32, '\0');
    const std::string salt = from_base64(field(server_first, "s="));
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                      std::stoi(field(server_first, "i=")), EVP_sha256(), 32,
                      reinterpret_cast<unsigned char*>(salted.data()));
    const std::string client_key = hmac(salted, "Client Key");
    const std::string without_proof = "c=" + base64(header + binding) + ",r=" + field(server_first, "r=");
    const std::string auth_message = first + "," + server_first + "," + without_proof;
    std::string proof = hmac(digest_of(client_key, EVP_sha256()), auth_message);
    for (std::size_t i = 0; i < proof.size(); ++i) {
        proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    }
    client.send(frame_bytes('p', without_proof + ",p=" + base64(proof)));
    const auto final = client.read_message();
    if (final.type != 'R') {
        return testing::backend_lines(frame_bytes(final.type, final.body)).back();
    }
    if (final.body.substr(4) != "v=" + base64(hmac(hmac(salted, "Server Key"), auth_message))) {
        return "the server does not know the password";
    }
    return client.read_until('Z').back();
}

std::string certificate_hash(const wire_client& client, const EVP_MD* hash) {
    X509* certificate = SSL_get1_peer_certificate(client.ssl());
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    X509_free(certificate);
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return digest_of(bytes, hash);
}

class tls_server : public ::testing::Test {
  protected:
    void SetUp() override { server.params.tls = certificate.files; }
    void require_passwords() {
        ASSERT_TRUE(users.add("ann", postgres::make_scram_verifier("secret").value()).has_value());
        server.params.authentication.method = session::authentication_method::scram_sha_256;
        server.params.authentication.users = &users;
    }
    [[nodiscard]] static bool ask_for_tls(wire_client& client) {
        client.send(ssl_request());
        return client.read_byte() == 'S';
    }

    test_certificate certificate;
    postgres::user_table users;
    test_server server;
};

TEST_F(tls_server, after_an_ssl_request) {
    server.start();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        wire_client client(server.port());
        ASSERT_TRUE(ask_for_tls(client));
        ASSERT_TRUE(client.start_tls({}, version));
        EXPECT_EQ(SSL_version(client.ssl()), version);
        EXPECT_EQ(client.startup().back(), "Z I");
        EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
        client.say("X");
        EXPECT_TRUE(client.closed_by_server());  // by a close_notify, not by a cut
    }
    wire_client plain(server.port());
    EXPECT_EQ(plain.startup().back(), "Z I");
}

TEST_F(tls_server, tls_1_1_is_refused) {
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(ask_for_tls(client));
    EXPECT_FALSE(client.start_tls({}, TLS1_1_VERSION));
    EXPECT_TRUE(server.reaches("sluice_tls_failures_total", 1));
}

TEST_F(tls_server, direct_tls_needs_alpn) {
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(client.start_tls(postgresql_alpn));
    EXPECT_EQ(client.startup().back(), "Z I");
    EXPECT_THAT(client.ask("Q select 1"), Contains("D 1"));
    wire_client without(server.port());
    (void)without.start_tls();
    without.send(startup_packet("ann", "main"));
    EXPECT_EQ(without.read_message().type, '\0');
    wire_client other(server.port());
    EXPECT_FALSE(other.start_tls("\x02h2"));
    EXPECT_TRUE(server.reaches("sluice_tls_failures_total", 2));
}

TEST_F(tls_server, bytes_behind_the_ssl_request_are_refused) {
    server.start();
    wire_client client(server.port());
    client.send(ssl_request() + startup_packet("ann", "main"));
    EXPECT_THAT(client.read_until('Z'), ElementsAre(StartsWith("E FATAL 08P01"), "closed"));
}

TEST_F(tls_server, garbage_instead_of_a_handshake_ends_it) {
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(ask_for_tls(client));
    client.send(std::string(1000, 'x'));
    EXPECT_EQ(client.read_message().type, '\0');
    EXPECT_EQ(server.metric("sluice_tls_failures_total"), 1);
}

TEST_F(tls_server, large_results_and_large_input_cross_it_whole) {
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", 200'000);
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(client.start_tls(postgresql_alpn));
    client.startup();
    client.say("Q count");
    EXPECT_EQ(client.read_message().type, 'T');
    for (std::uint64_t i = 1; i <= 200'000; ++i) {
        const auto row = client.read_message();
        ASSERT_EQ(row.body.substr(6), std::to_string(i));
    }
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C SELECT 200000", "Z I"));
    client.say("Q copy t from stdin");
    EXPECT_EQ(client.read_message().type, 'G');
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(client.send(frame_bytes('d', std::string(40'000, '1') + "\n")));
    }
    client.say("c");
    EXPECT_THAT(client.read_until('Z'), ElementsAre("C COPY 100", "Z I"));
}

TEST_F(tls_server, a_client_that_stops_reading_blocks_and_vanishes) {
    server.engine.rows_per_chunk = 2048;
    server.script_count("count", 1'000'000'000'000);
    server.start();
    wire_client client(server.port(), 64 * 1024);
    ASSERT_TRUE(client.start_tls(postgresql_alpn));
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(eventually([&] {
        return server.metric("sluice_streaming_backpressure_events") >= 1 && server.executor->stats().running == 0;
    }));
    client.close();
    EXPECT_TRUE(server.reaches("sluice_connections_active", 0));
}

TEST_F(tls_server, cancel_requests_may_come_through_tls) {
    server.script_slow_count("count");
    server.start();
    wire_client client(server.port());
    ASSERT_TRUE(client.start_tls(postgresql_alpn));
    client.startup();
    client.say("Q count");
    ASSERT_TRUE(server.running.wait());
    wire_client canceller(server.port());
    ASSERT_TRUE(ask_for_tls(canceller));
    ASSERT_TRUE(canceller.start_tls());
    canceller.send(cancel_packet(client.process_id, client.secret_key));
    EXPECT_THAT(client.read_until('Z'), Contains("E ERROR 57014 canceling statement due to user request"));
}

TEST_F(tls_server, scram_with_and_without_tls) {
    require_passwords();
    server.start();
    wire_client right(server.port());
    EXPECT_EQ(scram_login(right, "secret"), "Z I");
    wire_client wrong(server.port());
    EXPECT_EQ(scram_login(wrong, "guess"), "E FATAL 28P01 password authentication failed for user \"ann\"");
    EXPECT_EQ(server.metric("sluice_authentication_failures_total"), 1);
    EXPECT_EQ(server.metric("sluice_sessions_active"), 1);
    wire_client encrypted(server.port());
    ASSERT_TRUE(encrypted.start_tls(postgresql_alpn));
    EXPECT_EQ(scram_login(encrypted, "secret"), "Z I");
}

TEST_F(tls_server, channel_binding_holds_the_certificate_of_this_connection) {
    require_passwords();
    server.start();
    wire_client bound(server.port());
    ASSERT_TRUE(bound.start_tls(postgresql_alpn));
    EXPECT_EQ(scram_login(bound, "secret", certificate_hash(bound, EVP_sha256())), "Z I");
    wire_client elsewhere(server.port());
    ASSERT_TRUE(elsewhere.start_tls(postgresql_alpn));
    EXPECT_THAT(scram_login(elsewhere, "secret", std::string(32, 'x')), StartsWith("E FATAL"));
}

TEST(tls_context, hashes_its_certificate_as_rfc_5929_says) {
    for (const auto& [signed_with, bound_with] :
         {std::pair{EVP_sha256(), EVP_sha256()}, std::pair{EVP_sha384(), EVP_sha384()},
          std::pair{EVP_sha1(), EVP_sha256()}}) {
        const test_certificate certificate(signed_with);
        const auto context = tls_context::load(certificate.files);
        ASSERT_TRUE(context.has_value()) << context.error().message;
        std::FILE* file = std::fopen(certificate.files.certificate_path.c_str(), "r");
        X509* x509 = PEM_read_X509(file, nullptr, nullptr, nullptr);
        std::fclose(file);
        unsigned char* der = nullptr;
        const int size = i2d_X509(x509, &der);
        X509_free(x509);
        EXPECT_EQ(context->server_end_point(),
                  digest_of({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}, bound_with));
        OPENSSL_free(der);
    }
    const test_certificate ed25519(nullptr);
    EXPECT_EQ(tls_context::load(ed25519.files).value().server_end_point(), "");
}

TEST(tls_context, a_key_of_another_certificate_is_one_clear_line) {
    const test_certificate one;
    const test_certificate another;
    const auto mixed =
        tls_context::load({.certificate_path = one.files.certificate_path, .key_path = another.files.key_path});
    ASSERT_FALSE(mixed.has_value());
    EXPECT_THAT(mixed.error().message, StartsWith("cannot use TLS key \"" + another.files.key_path + "\": "));
}

}  // namespace
}  // namespace sluice::server::test
