#include "apps/tagger/model/model_failure.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/tagger/model/model_json.hpp"
#include "apps/tagger/model/model_text.hpp"
#include "base/http_client/retry_after.hpp"

namespace sluice::tagger {

namespace {

using json = nlohmann::json;
using jobs::failure_class;

constexpr std::size_t message_bytes_max = 300;
constexpr std::size_t quota_bytes_max = 80;
constexpr std::size_t details_max = 32;

// The details that services add to the status, as far as they matter here.
struct error_details {
    std::string message;
    std::string status;  // name of google.rpc.Code
    std::string reason;  // of ErrorInfo
    std::string code;    // OpenAI's code, or its type if there is no code
    std::string quota;   // the exceeded quota; that of the day, if it is among them
    std::optional<std::chrono::milliseconds> delay;

    [[nodiscard]] bool is_of_the_day() const { return quota.contains("PerDay"); }
};

bool is_of_type(const json* detail, std::string_view name) {
    return string_of(member(detail, "@type")).ends_with(name);
}

void note_quota(error_details& into, std::string_view quota) {
    if (!quota.empty() && (into.quota.empty() || (!into.is_of_the_day() && quota.contains("PerDay")))) {
        into.quota = quota;
    }
}

void read_detail(error_details& into, const json* detail) {
    if (is_of_type(detail, "google.rpc.RetryInfo")) {
        into.delay = parse_duration(string_of(member(detail, "retryDelay")));
    } else if (is_of_type(detail, "google.rpc.ErrorInfo")) {
        into.reason = string_of(member(detail, "reason"));
        note_quota(into, string_of(member(member(detail, "metadata"), "quota_limit")));
    } else if (is_of_type(detail, "google.rpc.QuotaFailure")) {
        const json* violations = member(detail, "violations");
        for (std::size_t at = 0; at < details_max; ++at) {
            note_quota(into, string_of(member(element(violations, at), "quotaId")));
        }
    }
}

error_details details_of(std::string_view body) {
    error_details found;
    const auto parsed = parse_answer<json>(body);
    if (!parsed) {
        return found;
    }
    const json* root = parsed->is_array() ? element(&*parsed, 0) : &*parsed;
    const json* error = member(root, "error");
    if (error == nullptr || error->is_string()) {
        found.message = string_of(error == nullptr ? member(root, "message") : error);
        return found;
    }
    found.message = string_of(member(error, "message"));
    found.status = string_of(member(error, "status"));
    found.code = string_of(member(error, "code"));
    if (found.code.empty()) {
        found.code = string_of(member(error, "type"));
    }
    for (std::size_t at = 0; at < details_max; ++at) {
        read_detail(found, element(member(error, "details"), at));
    }
    return found;
}

// With "limit: 0, model: ..." Gemini says that a plan includes none of it; it leaves the field out if it is 0.
bool has_no_quota_at_all(std::string_view message) {
    constexpr std::string_view words = "limit: 0";
    const auto at = message.find(words);
    if (at == std::string_view::npos) {
        return false;
    }
    const auto next = at + words.size();
    return next == message.size() || (message[next] != '.' && (message[next] < '0' || message[next] > '9'));
}

failure_class class_of_too_many(const error_details& told) {
    if (has_no_quota_at_all(told.message)) {
        return failure_class::refused;
    }
    if (told.code == "insufficient_quota") {
        return failure_class::refused;  // a new day does not bring new money
    }
    return told.is_of_the_day() ? failure_class::exhausted : failure_class::busy;
}

failure_class class_of(int status, const error_details& told) {
    switch (status) {
        case 400:
            return told.reason == "API_KEY_INVALID" || told.status == "FAILED_PRECONDITION" ? failure_class::refused
                                                                                            : failure_class::rejected;
        case 408:
        case 425:
            return failure_class::transient;
        case 401:
        case 402:
        case 403:
        case 404:
        case 405:
        case 407:
        case 410:
            return failure_class::refused;
        case 429:
            return class_of_too_many(told);
        default:
            break;
    }
    if (status >= 500) {
        return failure_class::transient;
    }
    return status >= 400 ? failure_class::rejected : failure_class::refused;
}

std::string reason_of(int status, std::string_view host, const error_details& told) {
    std::string reason = fmt::format("{} from {}", status, host);
    if (!told.message.empty()) {
        reason += ": " + one_line(told.message, message_bytes_max);
    }
    if (!told.quota.empty()) {
        reason += " (" + one_line(told.quota, quota_bytes_max) + ")";
    }
    return reason;
}

failure_class class_of_exchange(base::http_failure_kind kind) {
    switch (kind) {
        case base::http_failure_kind::bad_url:
        case base::http_failure_kind::tls:
            return failure_class::refused;
        case base::http_failure_kind::too_large:
            return failure_class::unusable;
        case base::http_failure_kind::cancelled:
            return failure_class::interrupted;
        case base::http_failure_kind::resolve:
        case base::http_failure_kind::connect:
        case base::http_failure_kind::timed_out:
        case base::http_failure_kind::interrupted:
        case base::http_failure_kind::other:
            break;
    }
    return failure_class::transient;
}

}  // namespace

jobs::work_failure failure_of_status(const base::http_response& answer, std::string_view host) {
    const auto told = details_of(answer.body);
    jobs::work_failure made{.what = class_of(answer.status, told),
                            .reason = reason_of(answer.status, host, told),
                            .raw = answer.body,
                            .delay = std::max(base::retry_after(answer), told.delay),
                            .used = {.requests = 1}};
    if (made.what == failure_class::exhausted) {
        made.delay = std::nullopt;  // services add a short delay even to a day's quota
    }
    return made;
}

jobs::work_failure failure_inside(std::string_view body, std::string_view host) {
    constexpr int bad_gateway = 502;
    const auto parsed = parse_answer<json>(body);
    const auto code = parsed ? count_of(member(member(&*parsed, "error"), "code")) : 0;
    const bool is_status = code >= 400 && code < 600;
    return failure_of_status(
        {.status = is_status ? static_cast<int>(code) : bad_gateway, .headers = {}, .body = std::string(body)}, host);
}

jobs::work_failure failure_of_exchange(const base::http_failure& cause) {
    return {.what = class_of_exchange(cause.kind),
            .reason = cause.message,
            .used = {.requests = cause.kind == base::http_failure_kind::too_large ? 1 : 0}};
}

std::string error_message_of(std::string_view body) {
    return one_line(details_of(body).message, message_bytes_max);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (!text.ends_with('s')) {
        return std::nullopt;
    }
    double seconds = 0;
    const char* end = text.data() + text.size() - 1;
    const auto [stopped, code] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
    if (code != std::errc() || stopped != end || !std::isfinite(seconds) || seconds < 0) {
        return std::nullopt;
    }
    constexpr double seconds_max = std::chrono::duration<double>(base::retry_after_max).count();
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::min(seconds, seconds_max) * 1000)));
}

}  // namespace sluice::tagger
