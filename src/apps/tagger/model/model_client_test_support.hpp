// model_client_test_support.hpp - for tests: a prompt, a key, and the outcome of a call in one line.
#pragma once

#include <string>
#include <string_view>

#include "apps/tagger/model/model_client.hpp"
#include "base/http_client/scripted_server_test_support.hpp"

namespace sluice::tagger {

inline constexpr std::string_view secret_key = "AIzaSy-this-is-secret";

using reply_result = jobs::work_result<jobs::called<model_reply>>;

inline prompt small_prompt() {
    return {.instructions = "Tag songs.", .parts = {"one", "two"}, .schema_name = "tags", .response_schema = {}};
}

inline std::string usage_text(const jobs::usage& used) {
    return std::to_string(used.requests) + "/" + std::to_string(used.tokens_in) + "/" + std::to_string(used.tokens_out);
}

// "transient 7000 ms 1/0/0: 503 from ...", or "text 1/10/5: ..." and "cut 1/10/5: ...".
inline std::string outcome(const reply_result& answer) {
    if (answer) {
        return (answer->value.is_cut ? "cut " : "text ") + usage_text(answer->used) + ": " + answer->value.text;
    }
    const auto& told = answer.error();
    const auto delay = told.delay ? std::to_string(told.delay->count()) + " ms " : "";
    return std::string(jobs::to_text(told.what)) + " " + delay + usage_text(told.used) + ": " + told.reason;
}

}  // namespace sluice::tagger
