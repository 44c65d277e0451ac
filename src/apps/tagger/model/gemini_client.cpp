#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/tagger/model/model_client.hpp"
#include "apps/tagger/model/model_failure.hpp"
#include "apps/tagger/model/model_http.hpp"
#include "apps/tagger/model/model_json.hpp"
#include "apps/tagger/model/model_text.hpp"
#include "base/text/ascii.hpp"

namespace sluice::tagger {

namespace {

using json = nlohmann::json;
// JSON for requests: keeps the order of the manual, and of properties in the schema. Not for answers: it looks up names
// linearly, so that an object of a million names would take hours.
using ordered = nlohmann::ordered_json;
using jobs::failure_class;

constexpr std::size_t word_bytes_max = 60;

ordered text_part(const std::string& text) {
    return {{"text", text}};
}

// Gemini's Schema is OpenAPI's with types in upper case; it has no additionalProperties, and the 2.0 models keep the
// order of the properties only if told to (ai.google.dev/gemini-api/docs/structured-output).
ordered schema_of(const ordered& from) {
    if (!from.is_object()) {
        return from;
    }
    ordered made = ordered::object();
    for (const auto& [name, value] : from.items()) {
        if (name == "type" && value.is_string()) {
            made[name] = base::upper_case(value.get<std::string>());
        } else if (name == "items") {
            made[name] = schema_of(value);
        } else if (name == "properties" && value.is_object()) {
            ordered order = ordered::array();
            for (const auto& [property, schema] : value.items()) {
                made[name][property] = schema_of(schema);
                order.push_back(property);
            }
            made["propertyOrdering"] = std::move(order);
        } else if (name != "additionalProperties" && !name.starts_with('$')) {
            made[name] = value;
        }
    }
    return made;
}

ordered generation_config(const prompt& asked, const model_params& params, const ordered& schema) {
    ordered config = ordered::object();
    if (!asked.response_schema.empty()) {
        config["responseMimeType"] = "application/json";
        config["responseSchema"] = schema;
    }
    if (params.temperature) {
        config["temperature"] = *params.temperature;
    }
    if (asked.tokens_out_max > 0) {
        config["maxOutputTokens"] = asked.tokens_out_max;
    }
    return config;
}

jobs::work_result<std::string> request_text(const prompt& asked, const model_params& params) {
    std::optional<ordered> schema = ordered();
    if (!asked.response_schema.empty()) {
        schema = parse_answer<ordered>(asked.response_schema);
        if (!schema) {
            return std::unexpected(
                jobs::work_failure{.what = failure_class::rejected, .reason = "the schema of the answer is no JSON"});
        }
    }
    ordered request = ordered::object();
    if (!asked.instructions.empty()) {
        request["systemInstruction"] = {{"parts", ordered::array({text_part(asked.instructions)})}};
    }
    ordered parts = ordered::array();
    for (const auto& part : asked.parts) {
        parts.push_back(text_part(part));
    }
    ordered turn = {{"role", "user"}};
    turn["parts"] = std::move(parts);
    request["contents"] = ordered::array({std::move(turn)});
    request["generationConfig"] = generation_config(asked, params, schema_of(*schema));
    return request.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

jobs::usage usage_of(const json* root) {
    const json* told = member(root, "usageMetadata");
    return {
        .requests = 1,
        .tokens_in = count_of(member(told, "promptTokenCount")),
        .tokens_out = count_of(member(told, "candidatesTokenCount")) + count_of(member(told, "thoughtsTokenCount"))};
}

std::string text_of(const json* candidate) {
    std::string text;
    const json* parts = member(member(candidate, "content"), "parts");
    for (std::size_t at = 0; const json* part = element(parts, at); ++at) {
        if (!is_true(member(part, "thought"))) {
            text += string_of(member(part, "text"));
        }
    }
    return text;
}

// The reason why an answer has no text.
std::string reason_of(const json* root, const json* candidate) {
    const auto word = [](const json* value) { return one_line(string_of(value), word_bytes_max); };
    if (const auto blocked = word(member(member(root, "promptFeedback"), "blockReason")); !blocked.empty()) {
        return "the question was blocked: " + blocked;
    }
    if (const auto finish = word(member(candidate, "finishReason")); !finish.empty()) {
        return "no text in the answer: " + finish;
    }
    return candidate == nullptr ? "an answer without candidates" : "no text in the answer";
}

class gemini_client final : public model_client {
  public:
    explicit gemini_client(const model_params& params)
        : http_(params, {.base_url = gemini_base_url, .key_header = "x-goog-api-key", .key_prefix = ""}) {
        // The service itself lists names as "models/gemini-2.5-flash".
        const std::string_view model = http_.params().model;
        const std::string_view prefix = model.starts_with("models/") ? "models/" : "";
        path_ = "/v1beta/models/" + url_escaped(model.substr(prefix.size())) + ":generateContent";
    }

    [[nodiscard]] jobs::work_result<jobs::called<model_reply>> complete(const prompt& asked,
                                                                        const base::cancel_token& stop) override {
        TRY_ASSIGN(std::string request, request_text(asked, http_.params()));
        TRY_ASSIGN(const std::string body, http_.post(path_, std::move(request), stop));
        return read(body);
    }

    [[nodiscard]] std::string name() const override { return http_.name(); }

  private:
    [[nodiscard]] jobs::work_result<jobs::called<model_reply>> read(const std::string& body) const {
        const auto parsed = parse_answer<json>(body);
        if (!parsed) {
            return std::unexpected(http_.unusable("an answer that is no JSON", body, {.requests = 1}));
        }
        const json* root = &*parsed;
        const json* candidate = element(member(root, "candidates"), 0);
        const auto used = usage_of(root);
        auto text = text_of(candidate);
        const auto finish = string_of(member(candidate, "finishReason"));
        if (text.empty() && finish != "MAX_TOKENS") {
            return std::unexpected(http_.unusable(reason_of(root, candidate), body, used));
        }
        // Any other reason means that a filter ended the answer, or that the model failed.
        const bool is_whole = finish.empty() || finish == "STOP" || finish == "FINISH_REASON_UNSPECIFIED";
        return jobs::called<model_reply>{.value = {.text = std::move(text), .is_cut = !is_whole}, .used = used};
    }

    model_http http_;
    std::string path_;
};

}  // namespace

std::unique_ptr<model_client> make_gemini_client(const model_params& params) {
    return std::make_unique<gemini_client>(params);
}

}  // namespace sluice::tagger
