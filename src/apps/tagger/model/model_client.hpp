// model_client.hpp - a language model behind HTTP: a prompt in, a text out, and failures by what can be done about them.
//
// Use:     const auto model = make_gemini_client({.base_url = "", .model = "gemini-2.5-flash", .api_key = key});
//          auto reply = model->complete(asked, stop);       // one HTTP request; no retries in here
// Rule:    an answer of 200 that holds no text (blocked, no candidates) is failure_class::unusable with the reason; one
//          that was cut off is a reply with is_cut, even where the model's thoughts left no tokens for a text.
// Usage:   every answer counts as a request, failures too; tokens are those that the answer tells (0: none told).
// Secrets: the key goes into a header, and nowhere else: no message, no log, no URL. Where a service repeats it in an
//          answer, it is taken out of reason and raw. One that no header can hold is refused and never sent.
// Bounds:  answers of 8 MB, nested 64 deep; raw 16 kB, reason 400 bytes.
// Threads: any; each calling thread uses a connection of its own out of a few that are kept.
// Errors:  jobs::work_failure. No connection, a broken or late one transient; no trust in a certificate, a bad URL refused;
//          what statuses mean is in model_failure.hpp; an unreadable 200 unusable.
// Source:  Gemini API: ai.google.dev/api/generate-content, .../gemini-api/docs/structured-output;
//          OpenAI: platform.openai.com/docs/api-reference/chat, .../docs/guides/structured-outputs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/jobs/call_gate.hpp"
#include "apps/jobs/work.hpp"
#include "base/core/cancel.hpp"

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
    bool is_cut = false;  // ended before the model was done: at the limit of tokens, or by a filter with part of a text
};

struct model_params {
    std::string base_url;  // slashes at the end do not matter; empty: the service's own
    std::string model;
    std::string api_key;  // empty: none is sent
    // None: the model's own, and nothing is sent. OpenAI's reasoning models answer 400 to any other than theirs, and
    // Gemini 3 is said to loop below its 1.0 (ai.google.dev/gemini-api/docs/gemini-3).
    std::optional<double> temperature;
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
                                                                                const base::cancel_token& stop) = 0;
    // Host and model, as limits are counted: "generativelanguage.googleapis.com/gemini-2.5-flash".
    [[nodiscard]] virtual std::string name() const = 0;
};

inline constexpr const char* gemini_base_url = "https://generativelanguage.googleapis.com";
inline constexpr const char* openai_base_url = "https://api.openai.com/v1";

// POST {base_url}/v1beta/models/{model}:generateContent
[[nodiscard]] std::unique_ptr<model_client> make_gemini_client(const model_params& params);
// POST {base_url}/chat/completions, as llama.cpp, Ollama, vLLM and LM Studio serve it, too. In strict mode all properties
// are required and no others allowed; the schema is sent so, whatever `required` says.
[[nodiscard]] std::unique_ptr<model_client> make_openai_client(const model_params& params);

// About how many tokens a text is: a token for every four bytes, rounded up.
[[nodiscard]] std::int64_t estimate_tokens(std::string_view text);

}  // namespace sluice::tagger
