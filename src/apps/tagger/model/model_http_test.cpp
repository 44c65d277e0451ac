#include "apps/tagger/model/model_http.hpp"

#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "apps/tagger/model/model_client_test_support.hpp"

namespace sluice::tagger {
namespace {

using base::answer_of;
using base::ending;
using base::scripted_server;

TEST(model_http, a_run_that_ends_interrupts_the_call) {
    scripted_server server({{.bytes = "", .then = ending::hang}});
    const auto model = make_gemini_client({.base_url = server.url("/"), .model = "m"});
    base::cancel_token stop;
    const std::jthread other([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        (void)stop.request(base::cancel_reason::shutdown);
    });
    const auto answer = model->complete(small_prompt(), stop);
    EXPECT_EQ(outcome(answer), "interrupted 0/0/0: the request to " + server.place() + " was cancelled");
    EXPECT_EQ(server.requests().at(0).line(), "POST /v1beta/models/m:generateContent HTTP/1.1");
}

TEST(model_http, calls_one_after_another_share_a_connection) {
    const std::string body = R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]})";
    const scripted_server server({answer_of(200, body), answer_of(503, ""), answer_of(200, body)});
    const auto model = make_gemini_client({.base_url = server.url(""), .model = "m"});
    const base::cancel_token stop;
    EXPECT_TRUE(model->complete(small_prompt(), stop));
    EXPECT_FALSE(model->complete(small_prompt(), stop));
    EXPECT_TRUE(model->complete(small_prompt(), stop));
    EXPECT_EQ(server.connections(), 1);
}

TEST(model_http, escapes_names_for_a_url) {
    EXPECT_EQ(url_escaped("gemini-2.5_flash~x"), "gemini-2.5_flash~x");
    EXPECT_EQ(url_escaped("a b/c?d=%\xc3\xa9"), "a%20b%2Fc%3Fd%3D%25%C3%A9");
}

}  // namespace
}  // namespace sluice::tagger
