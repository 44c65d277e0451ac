#include <utility>

#include <nlohmann/json.hpp>

#include "apps/tagger/model/model_client.hpp"
#include "apps/tagger/model/model_failure.hpp"
#include "apps/tagger/model/model_http.hpp"
#include "apps/tagger/model/model_json.hpp"
#include "apps/tagger/model/model_text.hpp"
#include "base/http_client/url.hpp"

namespace sluice::tagger {

namespace {

using json = nlohmann::json;
// JSON for requests: keeps the order of the manual, and of properties in the schema. Not for answers: it looks up names
// linearly, so that an object of a million names would take hours.
using ordered = nlohmann::ordered_json;
using jobs::failure_class;

constexpr std::size_t refusal_bytes_max = 200;

// Strict mode requires every object to be closed and every property to be required (docs/guides/structured-outputs).
ordered strict_schema(const ordered& from) {
    if (!from.is_object()) {
        return from;
    }
    ordered made = from;
    if (const auto items = made.find("items"); items != made.end()) {
        *items = strict_schema(*items);
    }
    if (const auto properties = made.find("properties"); properties != made.end() && properties->is_object()) {
        ordered required = ordered::array();
        for (auto& [name, schema] : properties->items()) {
            schema = strict_schema(schema);
            required.push_back(name);
        }
        made["required"] = std::move(required);
        made["additionalProperties"] = false;
    }
    return made;
}

ordered message(const char* role, const std::string& text) {
    return {{"role", role}, {"content", text}};
}

// Each text of a turn is a part; but not all servers of this API accept lists.
ordered user_content(const prompt& asked) {
    std::string text;
    for (const auto& part : asked.parts) {
        text += text.empty() ? part : "\n\n" + part;
    }
    return message("user", text);
}

jobs::work_result<ordered> response_format(const prompt& asked) {
    const auto schema = parse_answer<ordered>(asked.response_schema);
    if (!schema) {
        return std::unexpected(
            jobs::work_failure{.what = failure_class::rejected, .reason = "the schema of the answer is no JSON"});
    }
    const std::string name = asked.schema_name.empty() ? "answer" : asked.schema_name;
    ordered described = {{"name", name}, {"strict", true}};
    described["schema"] = strict_schema(*schema);
    ordered format = {{"type", "json_schema"}};
    format["json_schema"] = std::move(described);
    return format;
}

jobs::work_result<std::string> request_text(const prompt& asked, const model_http& service) {
    ordered request = {{"model", service.params().model}};
    ordered messages = ordered::array();
    if (!asked.instructions.empty()) {
        messages.push_back(message("system", asked.instructions));
    }
    messages.push_back(user_content(asked));
    request["messages"] = std::move(messages);
    if (!asked.response_schema.empty()) {
        TRY_ASSIGN(request["response_format"], response_format(asked));
    }
    if (service.params().temperature) {
        request["temperature"] = *service.params().temperature;
    }
    if (asked.tokens_out_max > 0) {
        // OpenAI's reasoning models refuse the deprecated max_tokens; many other servers know only that.
        const bool is_openai = service.host() == base::host_of(openai_base_url);
        request[is_openai ? "max_completion_tokens" : "max_tokens"] = asked.tokens_out_max;
    }
    return request.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

jobs::usage usage_of(const json* root) {
    const json* told = member(root, "usage");
    return {.requests = 1,
            .tokens_in = count_of(member(told, "prompt_tokens")),
            .tokens_out = count_of(member(told, "completion_tokens"))};
}

// Reads a string; some servers send a list of parts.
std::string text_of(const json* content) {
    std::string text(string_of(content));
    for (std::size_t at = 0; const json* part = element(content, at); ++at) {
        text += string_of(member(part, "text"));
    }
    return text;
}

// The reason why the answer is unusable; empty if it is usable.
std::string fault_of(const json* root, std::string_view text, std::string_view finish) {
    const json* choice = element(member(root, "choices"), 0);
    const auto refusal = one_line(string_of(member(member(choice, "message"), "refusal")), refusal_bytes_max);
    if (!refusal.empty()) {
        return "the model refused: " + refusal;
    }
    if (finish == "content_filter") {
        return "the answer was blocked: content_filter";
    }
    if (!text.empty() || finish == "length") {
        return {};
    }
    if (choice != nullptr) {
        return "no text in the answer" + (finish.empty() ? "" : ": " + one_line(finish, refusal_bytes_max));
    }
    return "an answer without choices";
}

class openai_client final : public model_client {
  public:
    explicit openai_client(const model_params& params)
        : http_(params, {.base_url = openai_base_url, .key_header = "Authorization", .key_prefix = "Bearer "}) {}

    [[nodiscard]] jobs::work_result<jobs::called<model_reply>> complete(const prompt& asked,
                                                                        const base::cancel_token& stop) override {
        TRY_ASSIGN(std::string request, request_text(asked, http_));
        TRY_ASSIGN(const std::string body, http_.post("/chat/completions", std::move(request), stop));
        const auto parsed = parse_answer<json>(body);
        if (!parsed) {
            return std::unexpected(http_.unusable("an answer that is no JSON", body, {.requests = 1}));
        }
        const json* choice = element(member(&*parsed, "choices"), 0);
        if (choice == nullptr && !error_message_of(body).empty()) {
            return std::unexpected(http_.failed_inside(body));
        }
        const auto used = usage_of(&*parsed);
        auto text = text_of(member(member(choice, "message"), "content"));
        const auto finish = string_of(member(choice, "finish_reason"));
        if (auto fault = fault_of(&*parsed, text, finish); !fault.empty()) {
            return std::unexpected(http_.unusable(std::move(fault), body, used));
        }
        return jobs::called<model_reply>{.value = {.text = std::move(text), .is_cut = finish == "length"},
                                         .used = used};
    }

    [[nodiscard]] std::string name() const override { return http_.name(); }

  private:
    model_http http_;
};

}  // namespace

std::unique_ptr<model_client> make_openai_client(const model_params& params) {
    return std::make_unique<openai_client>(params);
}

}  // namespace sluice::tagger
