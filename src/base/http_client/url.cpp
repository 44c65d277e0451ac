#include "base/http_client/url.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string_view>

#include "base/text/ascii.hpp"

namespace sluice::base {

namespace {

struct url_end {
    void operator()(CURLU* held) const { curl_url_cleanup(held); }
};
using url_handle = std::unique_ptr<CURLU, url_end>;

struct text_end {
    void operator()(char* held) const { curl_free(held); }
};

std::optional<std::string> part_of(const url_handle& from, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(from.get(), part, &text, flags) != CURLUE_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<char, text_end> held(text);
    return std::string(text);
}

std::string shown(const std::string& url, unsigned port_flags) {
    const url_handle parsed(curl_url());
    if (parsed == nullptr || url.find('\0') != std::string::npos ||
        curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return {};
    }
    const auto scheme = part_of(parsed, CURLUPART_SCHEME);
    auto host = part_of(parsed, CURLUPART_HOST);
    if ((scheme != "http" && scheme != "https") || !host || host->empty()) {
        return {};
    }
    *host = lower_case(*host);
    if (const auto port = part_of(parsed, CURLUPART_PORT, port_flags)) {
        *host += ":" + *port;
    }
    return *host;
}

}  // namespace

std::string host_of(const std::string& url) {
    return shown(url, 0);
}

std::string host_and_port_of(const std::string& url) {
    return shown(url, CURLU_DEFAULT_PORT);
}

}  // namespace sluice::base
