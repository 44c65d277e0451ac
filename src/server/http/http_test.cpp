#include "server/http/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_client.hpp"
#include "server/test_server.hpp"

namespace sluice::server::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class http_server : public ::testing::Test {
  protected:
    void start() {
        server.params.http = base::host_port{"127.0.0.1", 0};
        server.start();
    }
    // Everything until the server closes.
    std::string answer_to(std::string_view bytes) const {
        wire_client client(server.front->http_port());
        client.send(bytes);
        return client.read_all();
    }
    std::string get(std::string_view path) const {
        return answer_to("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    test_server server;
};

TEST_F(http_server, health_readiness_and_metrics) {
    start();
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
    wire_client client(server.port());
    client.startup();
    const std::string metrics = get("/metrics?x=1");
    EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4"));
    EXPECT_THAT(metrics, HasSubstr("\nsluice_sessions_active 1\n"));
}

TEST_F(http_server, an_engine_that_fails_makes_it_not_ready) {
    start();
    server.engine.fail_next("check_ready", error{.code = sqlstates::io_error, .message = "disk is gone"});
    const std::string answer = get("/readyz");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_THAT(answer, HasSubstr("disk is gone"));
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(http_server, while_draining_it_is_healthy_but_not_ready) {
    server.script_long_statement("wait");
    start();
    wire_client busy(server.port());
    busy.startup();
    busy.say("Q wait");
    ASSERT_TRUE(server.running.wait());
    wire_client idle(server.port());
    idle.startup();
    server.front->request_stop();
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
    server.release.set();
    EXPECT_TRUE(busy.closed_by_server());
    busy.close();
    idle.close();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

TEST_F(http_server, other_paths_and_methods) {
    start();
    EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_THAT(get("/healthz/x"), StartsWith("HTTP/1.1 404"));
    const std::string put =
        answer_to("PUT /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(put, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
    EXPECT_THAT(put, HasSubstr("Allow: GET, HEAD\r\n"));
    const std::string head = answer_to("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(http_server, several_requests_on_one_connection) {
    start();
    const std::string answers = answer_to(
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answers, HasSubstr("ready\n"));
    EXPECT_THAT(answers, ::testing::EndsWith("ok\n"));
}

TEST_F(http_server, what_is_too_large_or_no_http_is_refused) {
    start();
    EXPECT_THAT(answer_to("GET /healthz HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    EXPECT_THAT(answer_to("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
                ::testing::AnyOf(StartsWith("HTTP/1.1 413"), StartsWith("HTTP/1.1 400")));
    EXPECT_THAT(answer_to(startup_packet("ann", "main")), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(http_server, an_idle_connection_does_not_delay_the_end) {
    start();
    wire_client idle(server.front->http_port());
    idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(idle.read_byte(), 'H');
    server.front->request_stop();
    EXPECT_EQ(server.wait_until_stopped(), stop_outcome::drained);
}

}  // namespace
}  // namespace sluice::server::test
