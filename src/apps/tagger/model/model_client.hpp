// model_client.hpp - a language model behind HTTP: takes a prompt, returns a text or a classified failure.
//
// Use:     const auto model = make_gemini_client({.base_url = "", .model = "gemini-2.5-flash", .api_key = key});
//          auto reply = model->complete(asked, stop);       // one HTTP request; no retries
// Rule:    a 200 without a text (blocked, no candidates) is failure_class::unusable with the reason; an answer that was
//          cut off is a reply with is_cut, even if the model's thoughts left no tokens for a text.
// Usage:   every answer counts as a request, failures too; tokens are those stated in the answer (0: none stated).
// Secrets: the key goes only into a header: into no message, no log, no URL. If a service repeats it in an
//          answer, it is removed from reason and raw. A key that no header can hold is refused and never sent.
// Bounds:  answers of 8 MB, nested 64 deep; raw 16 kB, reason 400 bytes.
// Threads: any; each calling thread uses a connection of its own; a few connections are kept.
// Errors:  jobs::work_failure. No connection, or a broken or late one: transient; an untrusted certificate or a bad
//          URL: refused; statuses: model_failure.hpp; an unreadable 200: unusable.
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
    std::vector<std::string> parts;   // texts of the user's turn
    std::string schema_name;          // a word; OpenAI's endpoints require one
    std::string response_schema;      // JSON Schema, as JSON, in the subset that both services accept:
                                      // type (lower case), properties, required, items, minItems, enum, description
    std::int64_t tokens_out_max = 0;  // 0: the model's own limit
};

struct model_reply {
    std::string text;     // all parts of the first candidate, without thoughts
    bool is_cut = false;  // cut off: at the limit of tokens, or by a filter with part of a text
};

struct model_params {
    std::string base_url;  // slashes at the end are ignored; empty: the service's own
    std::string model;
    std::string api_key;  // empty: no key is sent
    // None: nothing is sent, so the model's default holds. OpenAI's reasoning models answer 400 to other values, and
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
    // Host and model, by which limits are counted: "generativelanguage.googleapis.com/gemini-2.5-flash".
    [[nodiscard]] virtual std::string name() const = 0;
};

inline constexpr const char* gemini_base_url = "https://generativelanguage.googleapis.com";
inline constexpr const char* openai_base_url = "https://api.openai.com/v1";

// POST {base_url}/v1beta/models/{model}:generateContent
[[nodiscard]] std::unique_ptr<model_client> make_gemini_client(const model_params& params);
// POST {base_url}/chat/completions, which llama.cpp, Ollama, vLLM and LM Studio serve, too. In strict mode all
// properties are required and no others allowed; the schema is sent that way, whatever `required` says.
[[nodiscard]] std::unique_ptr<model_client> make_openai_client(const model_params& params);

// Estimated tokens of a text: one for every four bytes, rounded up.
[[nodiscard]] std::int64_t estimate_tokens(std::string_view text);

}  // namespace sluice::tagger
