#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/tagger/model/model_client_test_support.hpp"

namespace sluice::tagger {
namespace {

using base::answer_of;
using base::scripted_server;
using nlohmann::json;

struct asking {
    prompt asked = small_prompt();
    model_params params{.base_url = {}, .model = "gpt-4o-mini", .api_key = std::string(secret_key)};
    std::string path = "/v1";
};

reply_result ask(const scripted_server& server, asking how = {}) {
    how.params.base_url = server.url(how.path);
    const auto model = make_openai_client(how.params);
    const base::cancel_token stop;
    auto answer = model->complete(how.asked, stop);
    if (!answer) {
        auto& reason = answer.error().reason;
        EXPECT_FALSE(reason.contains(secret_key)) << reason;
        EXPECT_FALSE(answer.error().raw.contains(secret_key));
        if (const auto at = reason.find(server.place()); at != std::string::npos) {
            reason.replace(at, server.place().size(), "HOST");
        }
    }
    return answer;
}

std::string outcome_of(int status, const std::string& body, std::string_view headers = "") {
    return outcome(ask(scripted_server({answer_of(status, body, headers)})));
}

std::string choice_body(const std::string& message, const std::string& finish) {
    return R"({"id":"x","choices":[{"index":0,"message":)" + message + R"(,"finish_reason":")" + finish +
           R"("}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})";
}

TEST(openai_client, sends_what_the_manual_says) {
    const scripted_server server({answer_of(200, "{}")});
    asking how{.path = "/v1/"};
    how.asked.response_schema =
        R"({"type":"object","properties":{"songs":{"type":"array","minItems":1,"items":{"type":"object","properties":{
            "z":{"type":"string","enum":["b","a"]},"properties":{"type":"string"}},"required":["z"]}}}})";
    how.asked.tokens_out_max = 500;
    how.params.temperature = 0;
    (void)ask(server, how);
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.line(), "POST /v1/chat/completions HTTP/1.1");
    EXPECT_EQ(seen.header("Authorization"), "Bearer " + std::string(secret_key));
    EXPECT_EQ(seen.header("Content-Type"), "application/json");
    EXPECT_EQ(
        seen.body,
        R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"Tag songs."},)"
        R"({"role":"user","content":"one\n\ntwo"}],)"
        R"("response_format":{"type":"json_schema","json_schema":{"name":"tags","strict":true,"schema":)"
        R"({"type":"object","properties":{"songs":{"type":"array","minItems":1,"items":{"type":"object","properties":)"
        R"({"z":{"type":"string","enum":["b","a"]},"properties":{"type":"string"}},)"
        R"("required":["z","properties"],"additionalProperties":false}}},)"
        R"("required":["songs"],"additionalProperties":false}}},"temperature":0.0,"max_tokens":500})");
}

TEST(openai_client, sends_nothing_that_was_not_asked_for) {
    const scripted_server server({answer_of(200, "{}")});
    (void)ask(server, {.asked = {.parts = {"one"}}, .params = {.model = "llama/3.1 \"x\""}});
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.header("Authorization"), "(none)");
    EXPECT_EQ(seen.body, R"({"model":"llama/3.1 \"x\"","messages":[{"role":"user","content":"one"}]})");
}

// Through a proxy, since the name of the field depends on the host.
TEST(openai_client, limits_tokens_by_the_name_that_openai_s_own_service_wants) {
    const scripted_server proxy({answer_of(200, "{}")});
    ASSERT_EQ(::setenv("http_proxy", proxy.url("").c_str(), 1), 0);
    ASSERT_EQ(::unsetenv("no_proxy"), 0);
    auto asked = small_prompt();
    asked.tokens_out_max = 500;
    const base::cancel_token stop;
    (void)make_openai_client({.base_url = "http://api.openai.com/v1", .model = "gpt-5-mini"})->complete(asked, stop);
    ::unsetenv("http_proxy");
    ::setenv("no_proxy", "*", 1);
    ASSERT_EQ(proxy.requests().size(), 1U);
    const auto body = json::parse(proxy.requests().at(0).body);
    EXPECT_EQ(body["max_completion_tokens"], 500);
    EXPECT_FALSE(body.contains("max_tokens"));
}

TEST(openai_client, is_named_as_limits_are_counted) {
    EXPECT_EQ(make_openai_client({.model = "gpt-4o-mini"})->name(), "api.openai.com/gpt-4o-mini");
    EXPECT_EQ(make_openai_client({.base_url = "http://localhost:11434/v1/", .model = "m"})->name(),
              "localhost:11434/m");
}

TEST(openai_client, reads_the_text_and_what_it_cost) {
    EXPECT_EQ(outcome_of(200, choice_body(R"({"role":"assistant","content":"[1,2]","refusal":null})", "stop")),
              "text 1/10/5: [1,2]");
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":[{"type":"text","text":"[1,"},{"type":"text","text":"2]"}]})",
                                          "stop")),
              "text 1/10/5: [1,2]");
    EXPECT_EQ(outcome_of(200, R"({"choices":[{"message":{"content":"[1,2]"}}]})"), "text 1/0/0: [1,2]");
}

TEST(openai_client, tells_an_answer_that_was_cut) {
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":"[1,"})", "length")), "cut 1/10/5: [1,");
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":null})", "length")), "cut 1/10/5: ");
}

TEST(openai_client, an_answer_without_text_is_unusable_for_a_reason) {
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":null,"refusal":"I am sorry,\n no."})", "stop")),
              "unusable 1/10/5: HOST: the model refused: I am sorry, no.");
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":"[1,"})", "content_filter")),
              "unusable 1/10/5: HOST: the answer was blocked: content_filter");
    EXPECT_EQ(outcome_of(200, choice_body(R"({"content":""})", "stop")),
              "unusable 1/10/5: HOST: no text in the answer: stop");
    EXPECT_EQ(outcome_of(200, choice_body(R"({"tool_calls":[]})", "tool_calls")),
              "unusable 1/10/5: HOST: no text in the answer: tool_calls");
    EXPECT_EQ(outcome_of(200, R"({"choices":[],"usage":{"prompt_tokens":3}})"),
              "unusable 1/3/0: HOST: an answer without choices");
    EXPECT_EQ(outcome_of(200, R"({"error":{"code":503,"message":"the provider is down"}})"),
              "transient 1/0/0: 503 from HOST: the provider is down");
    EXPECT_EQ(outcome_of(200, R"({"error":{"code":"down","message":"the provider is down"}})"),
              "transient 1/0/0: 502 from HOST: the provider is down");
    EXPECT_EQ(outcome_of(200, R"({"error":{"code":402,"message":"no money"}})"),
              "refused 1/0/0: 402 from HOST: no money");
    EXPECT_EQ(outcome_of(200, "data: {}"), "unusable 1/0/0: HOST: an answer that is no JSON");
}

TEST(openai_client, reads_hostile_answers_to_their_end) {
    for (const std::string body :
         {R"(null)", R"([[]])", R"({"choices":7})", R"({"choices":[7]})", R"({"choices":[{"message":[]}]})",
          R"({"choices":[{"message":{"content":{},"refusal":[]},"finish_reason":7}]})",
          R"({"choices":[{"message":{"content":[7,[],{"text":{}}]}}]})",
          R"({"usage":{"prompt_tokens":-7,"completion_tokens":99999999999999999999}})", R"({"error":[[]]})"}) {
        EXPECT_EQ(outcome_of(200, body).substr(0, 15), "unusable 1/0/0:") << body;
    }
    EXPECT_EQ(outcome_of(200, std::string(100'000, '{')).substr(0, 15), "unusable 1/0/0:");
}

// The shapes are those of platform.openai.com/docs/guides/error-codes.
TEST(openai_client, a_rate_is_busy_and_without_money_all_is_refused) {
    EXPECT_EQ(outcome_of(429, R"({"error":{"message":"Rate limit reached for requests","type":"requests","param":null,
                                 "code":"rate_limit_exceeded"}})",
                         "Retry-After: 20\r\nx-ratelimit-reset-requests: 1h\r\n"),
              "busy 20000 ms 1/0/0: 429 from HOST: Rate limit reached for requests");
    EXPECT_EQ(outcome_of(429, R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota",
                                 "param":null,"code":"insufficient_quota"}})",
                         "retry-after-ms: 100\r\n"),
              "refused 100 ms 1/0/0: 429 from HOST: You exceeded your current quota");
    EXPECT_EQ(outcome_of(429, R"({"error":{"message":"m","type":"insufficient_quota","code":null}})").substr(0, 14),
              "refused 1/0/0:");
}

TEST(openai_client, a_bad_key_is_refused_and_a_bad_question_rejected) {
    EXPECT_EQ(outcome_of(401, R"({"error":{"message":"Incorrect API key provided: )" + std::string(secret_key) +
                                  R"(.","type":"invalid_request_error","code":"invalid_api_key"}})"),
              "refused 1/0/0: 401 from HOST: Incorrect API key provided: [key].");
    EXPECT_EQ(outcome_of(404, R"({"error":{"message":"The model does not exist","code":"model_not_found"}})"),
              "refused 1/0/0: 404 from HOST: The model does not exist");
    EXPECT_EQ(outcome_of(400, R"({"error":{"message":"too long","code":"context_length_exceeded"}})"),
              "rejected 1/0/0: 400 from HOST: too long");
}

TEST(openai_client, reads_the_errors_of_other_servers) {
    EXPECT_EQ(outcome_of(404, R"({"error":"model \"m\" not found"})"),
              "refused 1/0/0: 404 from HOST: model \"m\" not found");
    EXPECT_EQ(outcome_of(400, R"({"object":"error","message":"too long","code":40303})"),
              "rejected 1/0/0: 400 from HOST: too long");
    EXPECT_EQ(outcome_of(429, R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[
                                 {"@type":"type.googleapis.com/google.rpc.QuotaFailure",
                                  "violations":[{"quotaId":"GenerateRequestsPerDay"}]}]}}])"),
              "exhausted 1/0/0: 429 from HOST: m (GenerateRequestsPerDay)");
}

TEST(openai_client, threads_call_at_once) {
    constexpr std::size_t calls = 20;
    const auto body = choice_body(R"({"content":"x"})", "stop");
    // The server takes one connection after another: a second thread waits for the first to finish.
    std::vector<base::scripted_step> steps(2 * calls, answer_of(200, body, "Connection: close\r\n"));
    for (auto& step : steps) {
        step.then = base::ending::close;
    }
    const scripted_server server(std::move(steps));
    const auto model = make_openai_client({.base_url = server.url("/v1"), .model = "m"});
    const auto call_often = [&] {
        const base::cancel_token stop;
        for (std::size_t at = 0; at < calls; ++at) {
            EXPECT_EQ(outcome(model->complete(small_prompt(), stop)), "text 1/10/5: x");
        }
    };
    {
        const std::jthread one(call_often);
        const std::jthread other(call_often);
    }
    EXPECT_EQ(server.requests().size(), 2 * calls);
}

TEST(openai_client, tokens_are_estimated_by_four_bytes_each) {
    EXPECT_EQ(estimate_tokens(""), 0);
    EXPECT_EQ(estimate_tokens("a"), 1);
    EXPECT_EQ(estimate_tokens("abcd"), 1);
    EXPECT_EQ(estimate_tokens("abcde"), 2);
}

}  // namespace
}  // namespace sluice::tagger
