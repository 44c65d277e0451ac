#include <gtest/gtest.h>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/tagger/model/model_client_test_support.hpp"

namespace sluice::tagger {
namespace {

using base::answer_of;
using base::ending;
using base::scripted_server;
using base::scripted_step;
using nlohmann::json;

struct asking {
    prompt asked = small_prompt();
    model_params params{.base_url = {}, .model = "gemini-2.5-flash", .api_key = std::string(secret_key)};
};

// The outcome without the server's address, which changes with each test.
reply_result ask(const scripted_server& server, asking how = {}) {
    how.params.base_url = server.url("");
    const auto model = make_gemini_client(how.params);
    const base::cancel_token stop;
    auto answer = model->complete(how.asked, stop);
    if (!answer) {
        auto& reason = answer.error().reason;
        EXPECT_FALSE(reason.contains(secret_key)) << reason;
        EXPECT_FALSE(answer.error().raw.contains(secret_key));
        EXPECT_FALSE(reason.contains('\n'));
        if (const auto at = reason.find(server.place()); at != std::string::npos) {
            reason.replace(at, server.place().size(), "HOST");
        }
    }
    return answer;
}

std::string outcome_of(scripted_step step) {
    return outcome(ask(scripted_server({std::move(step)})));
}

std::string outcome_of(int status, const std::string& body, std::string_view headers = "") {
    return outcome_of(answer_of(status, body, headers));
}

// An error like google.rpc.Status, as ai.google.dev/gemini-api/docs/troubleshooting shows it.
std::string error_body(int code, const std::string& status, const std::string& message, const std::string& details) {
    return R"({"error": {"code": )" + std::to_string(code) + R"(, "message": ")" + message + R"(", "status": ")" +
           status + R"(", "details": [)" + details + "]}}";
}

constexpr const char* retry_info = R"({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"})";

std::string quota_failure(const std::string& quota_ids) {
    std::string violations;
    for (std::size_t at = 0; at < quota_ids.size();) {
        const auto end = std::min(quota_ids.find(' ', at), quota_ids.size());
        violations += (at == 0 ? "" : ",") + (R"({"quotaMetric": "m", "quotaId": ")" + quota_ids.substr(at, end - at)) +
                      R"(", "quotaValue": "15"})";
        at = end + 1;
    }
    return R"({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [)" + violations + "]}";
}

TEST(gemini_client, sends_what_the_manual_says) {
    const scripted_server server({answer_of(200, "{}")});
    asking how;
    how.asked.response_schema =
        R"({"type":"array","minItems":1,"items":{"type":"object","properties":{
            "z":{"type":"string","enum":["b","a"],"description":"d"},
            "type":{"type":"array","items":{"type":"integer"}},
            "a":{"type":"boolean"}},"required":["z"],"additionalProperties":false}})";
    how.asked.tokens_out_max = 500;
    how.params.temperature = 0.5;
    (void)ask(server, how);
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.line(), "POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1");
    EXPECT_EQ(seen.header("x-goog-api-key"), secret_key);
    EXPECT_EQ(seen.header("Content-Type"), "application/json");
    EXPECT_EQ(seen.body, R"({"systemInstruction":{"parts":[{"text":"Tag songs."}]},)"
                         R"("contents":[{"role":"user","parts":[{"text":"one"},{"text":"two"}]}],)"
                         R"("generationConfig":{"responseMimeType":"application/json",)"
                         R"("responseSchema":{"type":"ARRAY","minItems":1,"items":{"type":"OBJECT","properties":{)"
                         R"("z":{"type":"STRING","enum":["b","a"],"description":"d"},)"
                         R"("type":{"type":"ARRAY","items":{"type":"INTEGER"}},)"
                         R"("a":{"type":"BOOLEAN"}},"propertyOrdering":["z","type","a"],"required":["z"]}},)"
                         R"("temperature":0.5,"maxOutputTokens":500}})");
}

TEST(gemini_client, sends_nothing_that_was_not_asked_for) {
    const scripted_server server({answer_of(200, "{}"), answer_of(200, "{}")});
    const asking how{.asked = {.parts = {"a\xff\x01z"}}, .params = {.model = "models/a b/c"}};
    (void)ask(server, how);
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.line(), "POST /v1beta/models/a%20b%2Fc:generateContent HTTP/1.1");
    EXPECT_EQ(seen.header("x-goog-api-key"), "(none)");
    const auto body = json::parse(seen.body);
    EXPECT_EQ(body["contents"][0]["parts"][0]["text"], "a\xef\xbf\xbd\x01z");
    EXPECT_EQ(body["generationConfig"], json::object());
    EXPECT_FALSE(body.contains("systemInstruction"));
}

TEST(gemini_client, is_named_as_limits_are_counted) {
    EXPECT_EQ(make_gemini_client({.model = "gemini-2.5-flash"})->name(),
              "generativelanguage.googleapis.com/gemini-2.5-flash");
    EXPECT_EQ(make_gemini_client({.base_url = "http://u:p@localhost:80//", .model = "m"})->name(), "localhost:80/m");
}

TEST(gemini_client, puts_the_parts_together_and_leaves_thoughts_out) {
    EXPECT_EQ(outcome_of(200, R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},
                                 {"text":"[1,"},{"functionCall":{}},{"text":"2]","thought":false}]},
                                 "finishReason":"STOP"},{"content":{"parts":[{"text":"other"}]}}],
                                 "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,
                                 "thoughtsTokenCount":7,"totalTokenCount":22}})"),
              "text 1/10/12: [1,2]");
}

TEST(gemini_client, tells_an_answer_that_was_cut) {
    const std::string used = R"("usageMetadata":{"promptTokenCount":10,"thoughtsTokenCount":7})";
    EXPECT_EQ(outcome_of(200, R"({"candidates":[{"content":{"parts":[{"text":"[1,"}]},"finishReason":"MAX_TOKENS"}],)" +
                                  used + "}"),
              "cut 1/10/7: [1,");
    EXPECT_EQ(outcome_of(200, R"({"candidates":[{"content":{},"finishReason":"MAX_TOKENS"}],)" + used + "}"),
              "cut 1/10/7: ");
    EXPECT_EQ(outcome_of(200, R"({"candidates":[{"content":{"parts":[{"text":"[1,"}]},"finishReason":"SAFETY"}],)" +
                                  used + "}"),
              "cut 1/10/7: [1,");
}

TEST(gemini_client, an_answer_without_text_is_unusable_for_a_reason) {
    for (const std::string why : {"SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "LANGUAGE",
                                  "OTHER", "STOP", "SOMETHING_NEW"}) {
        const auto body =
            R"({"candidates":[{"finishReason":")" + why + R"("}],"usageMetadata":{"promptTokenCount":3}})";
        EXPECT_EQ(outcome_of(200, body), "unusable 1/3/0: HOST: no text in the answer: " + why);
    }
    EXPECT_EQ(outcome_of(200, R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},
                                 "usageMetadata":{"promptTokenCount":3}})"),
              "unusable 1/3/0: HOST: the question was blocked: PROHIBITED_CONTENT");
    EXPECT_EQ(outcome_of(200, "{}"), "unusable 1/0/0: HOST: an answer without candidates");
    EXPECT_EQ(outcome_of(200, R"({"candidates":[{}]})"), "unusable 1/0/0: HOST: no text in the answer");
    EXPECT_EQ(outcome_of(200, "<html>"), "unusable 1/0/0: HOST: an answer that is no JSON");
    EXPECT_EQ(outcome_of(200, ""), "unusable 1/0/0: HOST: an answer that is no JSON");
}

TEST(gemini_client, reads_hostile_answers_to_their_end) {
    for (const std::string body :
         {R"(null)", R"(7)", R"([])", R"({"candidates":7})", R"({"candidates":[7]})", R"({"candidates":{}})",
          R"({"candidates":[{"content":[],"finishReason":{}}]})",
          R"({"candidates":[{"content":{"parts":[7,{"text":7}]}}]})", R"({"promptFeedback":[],"usageMetadata":[]})",
          R"({"promptFeedback":{"blockReason":7}})",
          R"({"usageMetadata":{"promptTokenCount":-1,"candidatesTokenCount":18446744073709551615}})",
          R"({"usageMetadata":{"promptTokenCount":"7","candidatesTokenCount":1.5}})"}) {
        EXPECT_EQ(outcome_of(200, body).substr(0, 15), "unusable 1/0/0:") << body;
    }
    for (const auto& body :
         {std::string(100'000, '['), R"({"candidates":)" + std::string(70, '[') + std::string(70, ']') + "}",
          std::string(R"({"a":1e999})"), std::string("{\"a\":\"\xff\"}")}) {
        EXPECT_EQ(outcome_of(200, body), "unusable 1/0/0: HOST: an answer that is no JSON") << body.substr(0, 40);
    }
    std::string many = "{";
    for (int at = 0; at < 200'000; ++at) {
        many += "\"" + std::to_string(at) + "\":0,";
    }
    EXPECT_EQ(outcome_of(200, many + "\"a\":0}"), "unusable 1/0/0: HOST: an answer without candidates");
}

TEST(gemini_client, a_minute_s_quota_is_busy_and_a_day_s_exhausted) {
    const auto body = [](const std::string& quotas) {
        return error_body(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.",
                          quota_failure(quotas) + "," + retry_info);
    };
    EXPECT_EQ(outcome_of(429, body("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")),
              "busy 34500 ms 1/0/0: 429 from HOST: You exceeded your current quota. "
              "(GenerateRequestsPerMinutePerProjectPerModel-FreeTier)");
    EXPECT_EQ(outcome_of(429, body("GenerateRequestsPerMinutePerProject GenerateRequestsPerDayPerProject-FreeTier")),
              "exhausted 1/0/0: 429 from HOST: You exceeded your current quota. "
              "(GenerateRequestsPerDayPerProject-FreeTier)");
    EXPECT_EQ(outcome_of(429, error_body(429, "RESOURCE_EXHAUSTED", "Quota exceeded.",
                                         R"({"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                             "reason": "RATE_LIMIT_EXCEEDED",
                                             "metadata": {"quota_limit": "GenerateRequestsPerDay"}})")),
              "exhausted 1/0/0: 429 from HOST: Quota exceeded. (GenerateRequestsPerDay)");
    EXPECT_EQ(outcome_of(429, error_body(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", "")),
              "busy 1/0/0: 429 from HOST: Resource has been exhausted.");
    EXPECT_EQ(outcome_of(429, "too many", "Retry-After: 3\r\n"), "busy 3000 ms 1/0/0: 429 from HOST");
    EXPECT_EQ(outcome_of(429, body("GenerateRequestsPerMinute"), "Retry-After: 40\r\n").substr(0, 13), "busy 40000 ms");
}

TEST(gemini_client, a_quota_of_nothing_is_a_refusal) {
    const auto told = [](const std::string& limit) {
        return outcome_of(429, error_body(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: m, limit: " + limit,
                                          quota_failure("RequestsPerDay")));
    };
    EXPECT_EQ(told("0, model: gemini-2.5-pro").substr(0, 14), "refused 1/0/0:");
    EXPECT_EQ(told("0").substr(0, 14), "refused 1/0/0:");
    EXPECT_EQ(told("05").substr(0, 16), "exhausted 1/0/0:");
}

TEST(gemini_client, a_bad_key_is_refused_and_a_bad_question_rejected) {
    EXPECT_EQ(outcome_of(400, error_body(400, "INVALID_ARGUMENT", "API key not valid.",
                                         R"({"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                             "reason": "API_KEY_INVALID", "domain": "googleapis.com"})")),
              "refused 1/0/0: 400 from HOST: API key not valid.");
    EXPECT_EQ(outcome_of(400, error_body(400, "FAILED_PRECONDITION", "User location is not supported.", "")),
              "refused 1/0/0: 400 from HOST: User location is not supported.");
    EXPECT_EQ(outcome_of(400, error_body(400, "INVALID_ARGUMENT", "Unknown name.", "")),
              "rejected 1/0/0: 400 from HOST: Unknown name.");
    for (const int status : {302, 401, 403, 404, 405, 407, 410}) {
        EXPECT_EQ(outcome_of(status, "no"), "refused 1/0/0: " + std::to_string(status) + " from HOST");
    }
    for (const int status : {409, 413, 422}) {
        EXPECT_EQ(outcome_of(status, "no"), "rejected 1/0/0: " + std::to_string(status) + " from HOST");
    }
    EXPECT_EQ(outcome_of(402, "pay"), "refused 1/0/0: 402 from HOST");
}

TEST(gemini_client, what_may_pass_is_transient) {
    EXPECT_EQ(outcome_of(503, error_body(503, "UNAVAILABLE", "The model is\\n overloaded.", retry_info)),
              "transient 34500 ms 1/0/0: 503 from HOST: The model is overloaded.");
    EXPECT_EQ(outcome_of(500, "", "Retry-After: 7\r\n"), "transient 7000 ms 1/0/0: 500 from HOST");
    for (const int status : {408, 425, 502, 504, 529}) {
        EXPECT_EQ(outcome_of(status, "[]"), "transient 1/0/0: " + std::to_string(status) + " from HOST");
    }
    EXPECT_EQ(
        outcome_of({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .then = ending::close}).substr(0, 16),
        "transient 0/0/0:");
}

TEST(gemini_client, nonsense_in_details_is_passed_over) {
    for (const std::string details :
         {"7", "{}", R"({"@type":7})", R"({"@type":"x/google.rpc.RetryInfo","retryDelay":{}})",
          R"({"@type":"x/google.rpc.RetryInfo","retryDelay":"-5s"})",
          R"({"@type":"x/google.rpc.RetryInfo","retryDelay":"nans"})",
          R"({"@type":"x/google.rpc.RetryInfo","retryDelay":"s"})",
          R"({"@type":"x/google.rpc.QuotaFailure","violations":{}})",
          R"({"@type":"x/google.rpc.QuotaFailure","violations":[7,{"quotaId":[]}]})"}) {
        EXPECT_EQ(outcome_of(429, error_body(429, "", "m", details)), "busy 1/0/0: 429 from HOST: m") << details;
    }
    EXPECT_EQ(outcome_of(429, R"({"error":{"message":[],"status":{},"code":{},"details":"x"}})"),
              "busy 1/0/0: 429 from HOST");
    EXPECT_EQ(outcome_of(429, error_body(429, "", "m", R"({"@type":"x/google.rpc.RetryInfo","retryDelay":"1e99s"},
                         {"@type":"x/google.rpc.RetryInfo","retryDelay":"9999999999999s"})")),
              "busy 86400000 ms 1/0/0: 429 from HOST: m");
}

TEST(gemini_client, nothing_of_a_failure_steers_a_terminal_or_has_no_end) {
    const auto told =
        outcome_of(500, R"({"error":{"message":"a\u001b[2Jb\u009bc\u0000d )" + std::string(500, 'x') + "\"}}");
    EXPECT_TRUE(told.starts_with("transient 1/0/0: 500 from HOST: a [2Jb c d xxx")) << told;
    EXPECT_TRUE(told.ends_with("x..."));
    EXPECT_LT(told.size(), 400U);
    const scripted_server server({answer_of(500, std::string(16'383, 'x') + "\xc3\xa9 and more")});
    EXPECT_EQ(ask(server).error().raw, std::string(16'383, 'x'));
}

TEST(gemini_client, the_key_is_in_no_message) {
    const std::string echo = error_body(403, "PERMISSION_DENIED", std::string(290, 'x') + std::string(secret_key), "");
    const auto told = ask(scripted_server({answer_of(403, echo)}));  // ask() checks the secrets
    ASSERT_FALSE(told);
    EXPECT_TRUE(told.error().reason.contains("x[key]")) << told.error().reason;
    EXPECT_TRUE(told.error().raw.contains("x[key]"));
}

TEST(gemini_client, a_key_that_no_header_can_hold_is_never_sent) {
    const scripted_server server({answer_of(200, "{}")});
    for (const std::string key : {"AIzaSy\n", "AIza\r\nx: y", " AIzaSy", "AIza\x7f", "AIza\xe2\x80\x93Sy"}) {
        asking how;
        how.params.api_key = key;
        const auto answer = ask(server, how);
        EXPECT_EQ(outcome(answer), "refused 0/0/0: the key for HOST holds bytes that no key has, perhaps a line end");
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST(gemini_client, what_cannot_be_sent_is_told) {
    const scripted_server server({});
    asking how;
    how.asked.response_schema = "{no";
    EXPECT_EQ(outcome(ask(server, how)), "rejected 0/0/0: the schema of the answer is no JSON");
    const base::cancel_token stop;
    EXPECT_EQ(outcome(make_gemini_client({.base_url = "ftp://x", .model = "m"})->complete(small_prompt(), stop)),
              "refused 0/0/0: this is no URL of http or https");
}

}  // namespace
}  // namespace sluice::tagger
