// model_client.hpp - a language model behind HTTP: a prompt in, a text out, and failures by what can be done about them.
//
// Use:     const auto model = make_gemini_client({.base_url = "", .model = "gemini-2.5-flash", .api_key = key});
//          auto reply = model->complete(asked, stop);       // one HTTP request; no retries in here
// Rule:    an answer of 200 that holds no text (blocked, no candidates) is failure_class::unusable with the reason; one
//          that was cut off is a reply with is_cut.
// Secrets: the key goes into a header, and nowhere else: no message, no log, no URL.
// Threads: any; each calling thread uses a connection of its own out of a few that are kept.
// Errors:  jobs::work_failure: 408, 425 and 5xx transient, with Retry-After or RetryInfo as delay; no connection, a broken
//          or late one transient; 429 busy, or exhausted if it is the day's quota; 401, 403, 404 refused; a key that
//          is said to be invalid (400, API_KEY_INVALID) refused; other 4xx rejected; an unreadable 200 unusable.
// Source:  Gemini API: ai.google.dev/api/generate-content, google.rpc error details (QuotaFailure, RetryInfo, ErrorInfo);
//          OpenAI: platform.openai.com/docs/api-reference/chat.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/cancel.hpp"
#include "jobs/call_gate.hpp"
#include "jobs/work.hpp"

namespace sluice::tagger {

struct prompt {
    std::string instructions;         // system instruction
    std::vector<std::string> parts;   // the user's turn; texts
    std::string schema_name;          // a word; OpenAI's endpoints want one
    std::string response_schema;      // JSON Schema in the subset that both sorts of services take, as JSON:
                                      // type (lower case), properties, required, items, minItems, enum, description
    std::int64_t tokens_out_max = 0;  // 0: the model's own limit
};

struct model_reply {
    std::string text;     // all parts of the first candidate together, without thoughts
    bool is_cut = false;  // ended at the limit of tokens
};

struct model_params {
    std::string base_url;  // without a trailing slash; empty: the service's own
    std::string model;
    std::string api_key;  // empty: none is sent
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{180'000};
};

class model_client {
  public:
    model_client() = default;
    model_client(const model_client&) = delete;
    model_client& operator=(const model_client&) = delete;
    virtual ~model_client() = default;

    [[nodiscard]] virtual jobs::work_result<jobs::called<model_reply>> complete(const prompt& asked,
                                                                                const core::cancel_token& stop) = 0;
    // Host and model, as limits are counted: "generativelanguage.googleapis.com/gemini-2.5-flash".
    [[nodiscard]] virtual std::string name() const = 0;
};

inline constexpr const char* gemini_base_url = "https://generativelanguage.googleapis.com";
inline constexpr const char* openai_base_url = "https://api.openai.com/v1";

// POST {base_url}/v1beta/models/{model}:generateContent
[[nodiscard]] std::unique_ptr<model_client> make_gemini_client(const model_params& params);
// POST {base_url}/chat/completions, as llama.cpp, Ollama, vLLM and LM Studio serve it, too.
[[nodiscard]] std::unique_ptr<model_client> make_openai_client(const model_params& params);

// About how many tokens a text is: a token for every four bytes, rounded up.
[[nodiscard]] std::int64_t estimate_tokens(std::string_view text);

}  // namespace sluice::tagger
