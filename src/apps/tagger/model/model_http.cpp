#include "apps/tagger/model/model_http.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/tagger/model/model_failure.hpp"
#include "base/http_client/url.hpp"
#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::tagger {

namespace {

// Visible ASCII, with spaces only inside: services issue no other keys, and such keys arrive unchanged.
bool is_sendable(std::string_view key) {
    return std::ranges::all_of(key, [](char byte) { return byte >= ' ' && byte <= '~'; }) &&
           (key.empty() || (key.front() != ' ' && key.back() != ' '));
}

}  // namespace

model_http::model_http(model_params params, service_shape shape)
    : params_(std::move(params)), shape_(std::move(shape)) {
    if (params_.base_url.empty()) {
        params_.base_url = shape_.base_url;
    }
    params_.base_url.erase(params_.base_url.find_last_not_of('/') + 1);
    host_ = base::host_of(params_.base_url);
}

jobs::work_result<std::string> model_http::post(std::string_view path, std::string body,
                                                const base::cancel_token& stop) {
    if (!is_sendable(params_.api_key)) {
        return std::unexpected(jobs::work_failure{
            .what = jobs::failure_class::refused,
            .reason = fmt::format("the key for {} holds bytes that no key has, perhaps a line end", host_)});
    }
    base::http_request wanted{.url = params_.base_url + std::string(path),
                              .headers = {{.name = "Content-Type", .value = "application/json"}},
                              .body = std::move(body),
                              .connect_timeout = params_.connect_timeout,
                              .timeout = params_.timeout,
                              .response_bytes_max = answer_bytes_max};
    if (!params_.api_key.empty()) {
        wanted.headers.push_back({.name = shape_.key_header, .value = shape_.key_prefix + params_.api_key});
    }
    auto web = take();
    auto answer = web->send(wanted, &stop);
    give_back(std::move(web));
    if (!answer) {
        return std::unexpected(without_key(failure_of_exchange(answer.error())));
    }
    take_key_out(answer->body);  // before the body is shortened: half a key is a secret, too
    if (answer->status != 200) {
        return std::unexpected(without_key(failure_of_status(*answer, host_)));
    }
    return std::move(answer->body);
}

jobs::work_failure model_http::unusable(std::string reason, std::string_view body, const jobs::usage& used) const {
    return without_key({.what = jobs::failure_class::unusable,
                        .reason = fmt::format("{}: {}", host_, reason),
                        .raw = std::string(body),
                        .delay = {},
                        .used = used});
}

jobs::work_failure model_http::failed_inside(std::string_view body) const {
    return without_key(failure_inside(body, host_));
}

std::unique_ptr<base::http_client> model_http::take() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) {
        return std::make_unique<base::http_client>();
    }
    auto last = std::move(idle_.back());
    idle_.pop_back();
    return last;
}

void model_http::give_back(std::unique_ptr<base::http_client> used) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < clients_kept) {
        idle_.push_back(std::move(used));
    }
}

void model_http::take_key_out(std::string& text) const {
    constexpr std::string_view instead = "[key]";
    const std::string_view key = params_.api_key;
    if (key.size() < key_bytes_min) {
        return;
    }
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + instead.size())) {
        text.replace(at, key.size(), instead);
    }
}

jobs::work_failure model_http::without_key(jobs::work_failure told) const {
    take_key_out(told.reason);
    take_key_out(told.raw);
    told.raw.resize(base::whole_characters(told.raw, raw_bytes_max).size());
    return told;
}

std::string url_escaped(std::string_view text) {
    std::string made;
    for (const char byte : text) {
        const bool is_plain = base::is_letter_or_digit(byte) || std::string_view("-._~").contains(byte);
        made += is_plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
    return made;
}

}  // namespace sluice::tagger
