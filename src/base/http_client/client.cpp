#include "base/http_client/client.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <limits>
#include <optional>
#include <utility>

#include "base/http_client/client_failure.hpp"
#include "base/http_client/url.hpp"
#include "base/text/ascii.hpp"

namespace sluice::base {

namespace {

constexpr int poll_ms = 10;         // longest delay until a cancel is seen
constexpr int poll_ms_max = 1'000;  // without a cancel token

struct easy_end {
    void operator()(CURL* held) const { curl_easy_cleanup(held); }
};
struct multi_end {
    void operator()(CURLM* held) const { curl_multi_cleanup(held); }
};
struct list_end {
    void operator()(curl_slist* held) const { curl_slist_free_all(held); }
};
using easy_handle = std::unique_ptr<CURL, easy_end>;
using multi_handle = std::unique_ptr<CURLM, multi_end>;
using header_list = std::unique_ptr<curl_slist, list_end>;

// Never undone: other clients may live until the process ends.
bool is_curl_ready() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// A line end inside a header would make two headers of it, or a second request (RFC 9112, 11.1).
bool is_sendable(const http_header& one) {
    const auto is_refused = [](char c) { return c != '\t' && is_control(c); };
    return !one.name.empty() && one.name.find_first_of(": \t") == std::string::npos &&
           std::ranges::none_of(one.name, is_refused) && std::ranges::none_of(one.value, is_refused);
}

bool is_token(std::string_view method) {
    return !method.empty() && std::ranges::all_of(method, is_upper);
}

std::optional<header_list> headers_of(const http_request& wanted) {
    header_list all(curl_slist_append(nullptr, "Expect:"));  // else curl waits a second before it sends a large body
    for (const http_header& one : wanted.headers) {
        if (!is_sendable(one)) {
            return std::nullopt;
        }
        const std::string line = one.value.empty() ? one.name + ";" : one.name + ": " + one.value;
        if (curl_slist* longer = curl_slist_append(all.get(), line.c_str()); longer != nullptr) {
            (void)all.release();
            all.reset(longer);
        } else {
            return std::nullopt;
        }
    }
    return all;
}

long whole_ms(std::chrono::milliseconds duration) {
    return static_cast<long>(std::clamp<std::int64_t>(duration.count(), 1, std::numeric_limits<int>::max()));
}

// The received part of one answer.
struct exchange {
    http_response answer;
    std::size_t bytes_max = 0;
    std::size_t bytes = 0;
    bool is_too_large = false;
    bool has_headers = false;    // all headers have arrived
    std::string_view body_left;  // not yet sent

    bool takes(std::size_t more) {
        is_too_large = is_too_large || more > bytes_max - bytes;
        bytes += is_too_large ? 0 : more;
        return !is_too_large;
    }
};

std::size_t on_body(const char* data, std::size_t unit, std::size_t count, void* user) {
    auto& into = *static_cast<exchange*>(user);
    const std::size_t size = unit * count;
    if (!into.takes(size)) {
        return 0;
    }
    into.answer.body.append(data, size);
    return size;
}

std::size_t on_header(const char* data, std::size_t unit, std::size_t count, void* user) {
    auto& into = *static_cast<exchange*>(user);
    const std::size_t size = unit * count;
    const std::string_view line(data, size);
    if (!into.takes(size)) {
        return 0;
    }
    if (line.starts_with("HTTP/")) {
        into.answer.headers.clear();  // the earlier headers were of an interim answer (RFC 9110, 15.2)
        into.has_headers = false;
    } else if (trimmed(line).empty()) {
        into.has_headers = true;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        into.answer.headers.push_back(
            {.name = std::string(line.substr(0, colon)), .value = std::string(trimmed(line.substr(colon + 1)))});
    }
    return size;
}

// curl reads the body through this callback and cannot rewind it, as it could a text of its own. So a request never
// goes out twice when the service silently closes a kept connection: it may have been counted, and paid for.
std::size_t on_read(char* to, std::size_t size, std::size_t count, void* from) {
    auto& left = *static_cast<std::string_view*>(from);
    const std::size_t length = std::min(left.size(), size * count);
    left.copy(to, length);
    left.remove_prefix(length);
    return length;
}

// `left` is the unsent part of the body.
void set_method(CURL* easy, const http_request& wanted, std::string_view& left) {
    if (wanted.method == "GET" && wanted.body.empty()) {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    if (wanted.method == "HEAD") {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, &left);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(wanted.body.size()));
    if (wanted.method != "POST") {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, wanted.method.c_str());
    }
}

void set_limits(CURL* easy, const http_request& wanted) {
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);  // a model may think for minutes behind a router
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    // Without this option a cancelled request would wait for the name server's answer.
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, whole_ms(wanted.connect_timeout));
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, whole_ms(wanted.timeout));
}

}  // namespace

class http_client::impl {
  public:
    impl() : multi_(is_curl_ready() ? curl_multi_init() : nullptr), easy_(multi_ ? curl_easy_init() : nullptr) {}

    std::expected<http_response, http_failure> send(const http_request& wanted, const cancel_token* cancel);

  private:
    bool prepare(const http_request& wanted, curl_slist* headers, exchange& into);
    std::optional<CURLcode> run(const cancel_token* cancel);
    [[nodiscard]] http_failure why(CURLcode code, const http_request& wanted, const std::string& place) const;
    [[nodiscard]] std::int64_t time_us(CURLINFO which) const;

    // The order matters: the easy handle is destroyed first.
    multi_handle multi_;
    easy_handle easy_;
    std::array<char, CURL_ERROR_SIZE> detail_{};
};

bool http_client::impl::prepare(const http_request& wanted, curl_slist* headers, exchange& into) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);
    detail_.front() = '\0';
    set_limits(easy, wanted);
    into.body_left = wanted.body;
    set_method(easy, wanted, into.body_left);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail_.data());
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &into);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, &into);
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_URL, wanted.url.c_str()) == CURLE_OK &&
           curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
}

// nullopt: cancelled.
std::optional<CURLcode> http_client::impl::run(const cancel_token* cancel) {
    for (int running = 1;;) {
        if (cancel != nullptr && cancel->requested()) {
            return std::nullopt;
        }
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
        if (running == 0) {
            break;
        }
        const int patience_ms = cancel != nullptr ? poll_ms : poll_ms_max;
        if (curl_multi_poll(multi_.get(), nullptr, 0, patience_ms, nullptr) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
    }
    int left = 0;
    const CURLMsg* told = curl_multi_info_read(multi_.get(), &left);
    return told != nullptr && told->msg == CURLMSG_DONE ? told->data.result : CURLE_FAILED_INIT;
}

std::int64_t http_client::impl::time_us(CURLINFO which) const {
    curl_off_t us = 0;
    (void)curl_easy_getinfo(easy_.get(), which, &us);
    return us;
}

http_failure http_client::impl::why(CURLcode code, const http_request& wanted, const std::string& place) const {
    long system_code = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &system_code);
    return failure_of({.code = code,
                       .place = place,
                       .detail = detail_.data(),
                       .system_code = code == CURLE_COULDNT_CONNECT ? static_cast<int>(system_code) : 0,
                       .was_named = time_us(CURLINFO_NAMELOOKUP_TIME_T) > 0,
                       .was_ready = time_us(CURLINFO_PRETRANSFER_TIME_T) > 0,
                       .was_late = time_us(CURLINFO_TOTAL_TIME_T) >= 1000 * std::int64_t{whole_ms(wanted.timeout)}});
}

std::expected<http_response, http_failure> http_client::impl::send(const http_request& wanted,
                                                                   const cancel_token* cancel) {
    const std::string place = host_and_port_of(wanted.url);
    if (place.empty()) {
        return std::unexpected(bad_url_failure());
    }
    const auto headers = headers_of(wanted);
    if (!headers || !is_token(wanted.method)) {
        return std::unexpected(
            http_failure{.kind = http_failure_kind::other,
                         .message = "the request to " + place + " holds bytes that no header may hold"});
    }
    exchange into{.answer = {}, .bytes_max = wanted.response_bytes_max};
    if (!easy_ || !prepare(wanted, headers->get(), into)) {
        return std::unexpected(http_failure{.kind = http_failure_kind::other,
                                            .message = "the request to " + place + " could not be made"});
    }
    const auto code = run(cancel);
    std::expected<http_response, http_failure> ended = std::unexpected(cancelled_failure(place));
    if (into.is_too_large) {
        ended = std::unexpected(too_large_failure(place, wanted.response_bytes_max));
    } else if (code == CURLE_OK && !into.has_headers) {
        // curl reports a connection that is closed within the headers as the end of an empty body.
        ended =
            std::unexpected(failure_of({.code = CURLE_PARTIAL_FILE, .place = place, .detail = "within its headers"}));
    } else if (code == CURLE_OK) {
        long status = 0;
        (void)curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        into.answer.status = static_cast<int>(status);
        ended = std::move(into.answer);
    } else if (code) {
        ended = std::unexpected(why(*code, wanted, place));
    }
    (void)curl_multi_remove_handle(multi_.get(), easy_.get());
    return ended;
}

http_client::http_client() : impl_(std::make_unique<impl>()) {}
http_client::~http_client() = default;

std::expected<http_response, http_failure> http_client::send(const http_request& wanted, const cancel_token* cancel) {
    return impl_->send(wanted, cancel);
}

std::string_view http_response::header_value(std::string_view name) const {
    const auto found =
        std::ranges::find_if(headers, [&](const http_header& one) { return equals_ignoring_case(one.name, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace sluice::base
