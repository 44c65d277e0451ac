#include "base/http_client/client.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "base/http_client/scripted_server_test_support.hpp"

namespace sluice::base {
namespace {

using std::chrono::milliseconds;

// The failure of send(), as "kind: message".
std::string failure_text(const std::expected<http_response, http_failure>& answer) {
    return answer ? "status " + std::to_string(answer->status)
                  : std::string(to_text(answer.error().kind)) + ": " + answer.error().message;
}

// A port without a listener: the system had assigned it a moment ago.
std::string closed_place() {
    return scripted_server({}).place();
}

TEST(client, gives_status_headers_and_body_and_sends_what_it_is_told) {
    const scripted_server server({answer_of(200, "the answer", "X-Thing:  one two \r\nx-empty:\r\n")});
    http_client web;
    const auto answer = web.send({.url = server.url("/v1/ask?deep=1"),
                                  .headers = {{"x-api-key", "abc"}, {"x-nothing", ""}},
                                  .body = std::string("a\0b", 3)});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "the answer");
    EXPECT_EQ(answer->header_value("x-thing"), "one two");
    EXPECT_EQ(answer->header_value("X-EMPTY"), "");
    EXPECT_EQ(answer->header_value("x-missing"), "");
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.line(), "POST /v1/ask?deep=1 HTTP/1.1");
    EXPECT_EQ(seen.header("x-api-key"), "abc");
    EXPECT_TRUE(seen.head.contains("\r\nx-nothing:"));
    EXPECT_EQ(seen.body, std::string("a\0b", 3));
}

TEST(client, sends_other_methods) {
    const scripted_server server({answer_of(200, "got"), answer_of(200, "put"), answer_of(204, "")});
    http_client web;
    ASSERT_TRUE(web.send({.method = "GET", .url = server.url()}));
    ASSERT_TRUE(web.send({.method = "PUT", .url = server.url(), .body = "x"}));
    ASSERT_TRUE(web.send({.method = "DELETE", .url = server.url()}));
    const auto seen = server.requests();
    EXPECT_EQ(seen.at(0).line(), "GET / HTTP/1.1");
    EXPECT_EQ(seen.at(1).line(), "PUT / HTTP/1.1");
    EXPECT_EQ(seen.at(1).body, "x");
    EXPECT_EQ(seen.at(2).line(), "DELETE / HTTP/1.1");
}

TEST(client, reads_chunks_and_passes_over_interim_answers) {
    const scripted_server server(
        {{.bytes = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"}});
    http_client web;
    const auto answer = web.send({.url = server.url()});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "abcdefg");
    EXPECT_EQ(answer->header_value("link"), "");
}

TEST(client, keeps_the_connection_between_sends) {
    const scripted_server server({answer_of(200, "one"), answer_of(500, "two"), answer_of(200, "three")});
    http_client web;
    for (const std::string_view body : {"one", "two", "three"}) {
        const auto answer = web.send({.url = server.url()});
        ASSERT_TRUE(answer) << failure_text(answer);
        EXPECT_EQ(answer->body, body);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(client, makes_a_new_connection_when_the_kept_one_was_closed) {
    auto last_of_connection = answer_of(200, "one");
    last_of_connection.then = ending::close;
    const scripted_server server({last_of_connection, answer_of(200, "two")});
    http_client web;
    ASSERT_TRUE(web.send({.url = server.url()}));
    const auto answer = web.send({.url = server.url()});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->body, "two");
    EXPECT_EQ(server.connections(), 2);
}

// curl alone would send it again on a new connection, unseen; the service may have counted the first one.
TEST(client, never_sends_a_request_twice_by_itself) {
    const scripted_server server(
        {answer_of(200, "one"), {.bytes = "", .then = ending::close}, answer_of(200, "three")});
    http_client web;
    ASSERT_TRUE(web.send({.url = server.url(), .body = "a"}));
    const auto unanswered = web.send({.url = server.url(), .body = "b"});
    ASSERT_FALSE(unanswered);
    EXPECT_EQ(unanswered.error().kind, http_failure_kind::interrupted);
    EXPECT_EQ(server.requests().size(), 2U);
    const auto answer = web.send({.url = server.url(), .body = "c"});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->body, "three");
}

TEST(client, a_large_body_is_sent_without_asking_first) {
    const scripted_server server({answer_of(200, "")});
    http_client web;
    ASSERT_TRUE(web.send({.url = server.url(), .body = std::string(3'000'000, 'x')}));
    EXPECT_EQ(server.requests().at(0).header("Expect"), "(none)");
    EXPECT_EQ(server.requests().at(0).body.size(), 3'000'000U);
}

TEST(client, a_status_of_failure_is_an_answer) {
    const scripted_server server({answer_of(503, "overloaded", "Retry-After: 7\r\n")});
    http_client web;
    const auto answer = web.send({.url = server.url()});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->body, "overloaded");
    EXPECT_EQ(answer->header_value("retry-after"), "7");
}

TEST(client, does_not_follow_redirects) {
    const scripted_server server({answer_of(302, "", "Location: /elsewhere\r\n"), answer_of(200, "elsewhere")});
    http_client web;
    const auto answer = web.send({.url = server.url("/here")});
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(client, tells_an_answer_that_was_cut_off) {
    const scripted_server server({
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = ending::close},
        {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", .then = ending::close},
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .then = ending::reset},
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .then = ending::close},
        {.bytes = "HTTP/1.1 200 OK\r\nx: y\r\n", .then = ending::close},
        {.bytes = "", .then = ending::close},
        {.bytes = "", .then = ending::reset},
    });
    for (int step = 0; step < 7; ++step) {
        http_client web;
        const auto answer = web.send({.url = server.url()});
        ASSERT_FALSE(answer) << step;
        EXPECT_EQ(answer.error().kind, http_failure_kind::interrupted) << step << failure_text(answer);
        EXPECT_TRUE(answer.error().message.starts_with("the connection to " + server.place() + " ended")) << step;
    }
    EXPECT_EQ(server.connections(), 7);
}

TEST(client, tells_a_service_that_is_late) {
    const scripted_server server(
        {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = ending::hang}});
    http_client web;
    const auto answer = web.send({.url = server.url(), .timeout = milliseconds(100)});
    EXPECT_EQ(failure_text(answer), "timed_out: " + server.place() + " did not answer in time");
}

TEST(client, tells_that_nobody_is_there) {
    http_client web;
    const auto place = closed_place();
    EXPECT_EQ(failure_text(web.send({.url = "http://" + place + "/"})),
              "connect: no connection to " + place + ": Connection refused");
    // The resolver itself refuses a label of more than 63 bytes: no name server is asked (RFC 1035, 2.3.4).
    const std::string name = std::string(70, 'a') + ".invalid";
    EXPECT_EQ(failure_text(web.send({.url = "http://" + name + "/"})),
              "resolve: " + name + ":80 is not found by its name");
}

TEST(client, refuses_what_is_no_url_of_its_own) {
    http_client web;
    for (const std::string url : {"", "no url", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "127.0.0.1/x",
                                  "http://127.0.0.1:99999/", "http://a b/", "http://127.0.0.1/a\nb"}) {
        EXPECT_EQ(failure_text(web.send({.url = url})), "bad_url: this is no URL of http or https") << url;
    }
}

TEST(client, an_answer_has_a_limit) {
    const scripted_server server(
        {answer_of(200, std::string(100, 'x')),
         {.bytes = "HTTP/1.1 200 OK\r\nx: " + std::string(3000, 'x') + "\r\n", .then = ending::hang},
         answer_of(200, std::string(1900, 'x'))});
    http_client web;
    const http_request small{.url = server.url(), .response_bytes_max = 99};
    EXPECT_EQ(failure_text(web.send(small)), "too_large: the answer of " + server.place() + " is larger than 99 bytes");
    const http_request enough{.url = server.url(), .response_bytes_max = 2000};
    EXPECT_EQ(failure_text(web.send(enough)).substr(0, 9), "too_large");
    EXPECT_EQ(failure_text(web.send(enough)), "status 200");
}

TEST(client, ends_at_once_when_it_is_cancelled) {
    scripted_server server(
        {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .then = ending::hang}, answer_of(200, "again")});
    http_client web;
    cancel_token stop;
    std::jthread other([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        (void)stop.request(cancel_reason::user);
    });
    const auto answer = web.send({.url = server.url("/?key=abc")}, &stop);
    EXPECT_EQ(failure_text(answer), "cancelled: the request to " + server.place() + " was cancelled");
    other.join();
    EXPECT_EQ(failure_text(web.send({.url = server.url()}, &stop)).substr(0, 9), "cancelled");
    EXPECT_EQ(server.requests().size(), 1U);
    stop.reset();
    EXPECT_EQ(failure_text(web.send({.url = server.url()}, &stop)), "status 200");
}

TEST(client, tells_that_tls_is_not_spoken) {
    const scripted_server server(
        {{.bytes = "HTTP/1.1 400 Bad Request\r\n\r\n", .then = ending::close, .reads_first = false},
         {.bytes = "", .then = ending::reset, .reads_first = false}});
    http_client web;
    const auto answer = web.send({.url = "https://" + server.place() + "/"});
    EXPECT_TRUE(failure_text(answer).starts_with("tls: no trusted connection to " + server.place() + ": "))
        << failure_text(answer);
    const auto lost = web.send({.url = "https://" + server.place() + "/"});
    EXPECT_EQ(failure_text(lost).substr(0, 12), "interrupted:") << failure_text(lost);
}

TEST(client, tells_an_answer_that_is_no_http) {
    const scripted_server server({{.bytes = "220 ready\r\n", .then = ending::close}});
    http_client web;
    EXPECT_TRUE(failure_text(web.send({.url = server.url()})).starts_with("other: the request to " + server.place()));
}

TEST(client, never_sends_a_header_that_would_be_two) {
    const scripted_server server({answer_of(200, "")});
    http_client web;
    for (const http_header& bad : {http_header{"x-key", "a\r\nHost: b"}, http_header{"x-key", std::string("a\0b", 3)},
                                   http_header{"x key", "a"}, http_header{"x:", "a"}, http_header{"", "a"}}) {
        const auto answer = web.send({.url = server.url(), .headers = {bad}});
        EXPECT_EQ(failure_text(answer),
                  "other: the request to " + server.place() + " holds bytes that no header may hold");
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST(client, says_nothing_of_what_was_sent) {
    const scripted_server server({{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", .then = ending::close}});
    http_client web;
    const auto answer = web.send({.url = "http://user:secret1@" + server.place() + "/secret2?key=secret3#secret4",
                                  .headers = {{"x-api-key", "secret5"}},
                                  .body = "secret6"});
    ASSERT_FALSE(answer);
    EXPECT_FALSE(answer.error().message.contains("secret")) << answer.error().message;
    EXPECT_FALSE(answer.error().message.contains('\n'));
}

TEST(client, goes_by_the_proxy_of_the_environment) {
    const scripted_server proxy({answer_of(200, "by proxy"), answer_of(200, "")});
    ASSERT_EQ(::setenv("http_proxy", proxy.url("").c_str(), 1), 0);
    ASSERT_EQ(::unsetenv("no_proxy"), 0);
    http_client web;
    const auto answer = web.send({.url = "http://service.invalid/v1"});
    ASSERT_EQ(::setenv("no_proxy", "127.0.0.1,service.invalid", 1), 0);
    const scripted_server server({answer_of(200, "without")});
    const auto passed_over = web.send({.url = server.url()});
    ::unsetenv("http_proxy");
    ::setenv("no_proxy", "*", 1);
    ASSERT_TRUE(answer) << failure_text(answer);
    EXPECT_EQ(answer->body, "by proxy");
    EXPECT_EQ(proxy.requests().at(0).line(), "POST http://service.invalid/v1 HTTP/1.1");
    ASSERT_TRUE(passed_over) << failure_text(passed_over);
    EXPECT_EQ(passed_over->body, "without");
}

TEST(client, many_threads_have_one_each) {
    scripted_server first(std::vector<scripted_step>(50, answer_of(200, "1")));
    scripted_server second(std::vector<scripted_step>(50, answer_of(200, "2")));
    const auto ask_all = [](const scripted_server& server, std::string_view body) {
        http_client web;
        for (int round = 0; round < 50; ++round) {
            const auto answer = web.send({.url = server.url()});
            EXPECT_TRUE(answer && answer->body == body);
        }
    };
    const std::jthread one([&] { ask_all(first, "1"); });
    const std::jthread other([&] { ask_all(second, "2"); });
}

}  // namespace
}  // namespace sluice::base
