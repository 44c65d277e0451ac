#include "base/http_client/client_failure.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <fmt/format.h>
#include <system_error>

#include "base/text/ascii.hpp"

namespace sluice::base {

namespace {

http_failure_kind kind_of_timeout(const ended_exchange& how) {
    if (how.was_ready || how.was_late) {
        return http_failure_kind::timed_out;
    }
    return how.was_named ? http_failure_kind::connect : http_failure_kind::resolve;
}

// curl reports a handshake that the other side ended as a failure of TLS, but the connection failed.
http_failure_kind kind_of_handshake(const ended_exchange& how) {
    const bool is_lost = how.detail.contains("reset by peer") || how.detail.contains("SSL_ERROR_SYSCALL") ||
                         how.detail.contains("Broken pipe") || how.detail.contains("unexpected eof");
    return is_lost ? http_failure_kind::interrupted : http_failure_kind::tls;
}

http_failure_kind kind_of(const ended_exchange& how) {
    switch (how.code) {
        case CURLE_URL_MALFORMAT:
            return http_failure_kind::bad_url;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return http_failure_kind::resolve;
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
        case CURLE_INTERFACE_FAILED:
            return http_failure_kind::connect;
        case CURLE_OPERATION_TIMEDOUT:
            return kind_of_timeout(how);
        case CURLE_SSL_CONNECT_ERROR:
            return kind_of_handshake(how);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_CLIENTCERT:
        case CURLE_USE_SSL_FAILED:
            return http_failure_kind::tls;
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_SEND_FAIL_REWIND:
        case CURLE_SSL_SHUTDOWN_FAILED:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return http_failure_kind::interrupted;
        default:
            return http_failure_kind::other;
    }
}

std::string one_line(std::string text) {
    std::ranges::replace_if(text, is_control, ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::string reason_of(const ended_exchange& how) {
    if (how.system_code != 0) {
        return std::generic_category().message(how.system_code);
    }
    if (!how.detail.empty()) {
        return one_line(how.detail);
    }
    return curl_easy_strerror(static_cast<CURLcode>(how.code));
}

std::string message_of(http_failure_kind kind, const ended_exchange& how) {
    const bool is_proxy = how.code == CURLE_COULDNT_RESOLVE_PROXY || how.code == CURLE_PROXY;
    switch (kind) {
        case http_failure_kind::bad_url:
            return bad_url_failure().message;
        case http_failure_kind::resolve:
            return fmt::format("{} is not found by its name{}", how.place, is_proxy ? ": that of the proxy" : "");
        case http_failure_kind::connect:
            return fmt::format("no connection to {}{}: {}", how.place, is_proxy ? " by the proxy" : "", reason_of(how));
        case http_failure_kind::tls:
            return fmt::format("no trusted connection to {}: {}", how.place, one_line(how.detail));
        case http_failure_kind::timed_out:
            return fmt::format("{} did not answer in time", how.place);
        case http_failure_kind::interrupted:
            return fmt::format("the connection to {} ended before the answer was complete: {}", how.place,
                               one_line(how.detail));
        case http_failure_kind::too_large:
        case http_failure_kind::cancelled:
        case http_failure_kind::other:
            break;
    }
    return fmt::format("the request to {} failed: {}", how.place, reason_of(how));
}

}  // namespace

http_failure failure_of(const ended_exchange& how) {
    const auto kind = kind_of(how);
    return {.kind = kind, .message = message_of(kind, how)};
}

http_failure bad_url_failure() {
    // The URL is not repeated: it may hold a password or a key.
    return {.kind = http_failure_kind::bad_url, .message = "this is no URL of http or https"};
}

http_failure cancelled_failure(const std::string& place) {
    return {.kind = http_failure_kind::cancelled, .message = fmt::format("the request to {} was cancelled", place)};
}

http_failure too_large_failure(const std::string& place, std::size_t bytes_max) {
    return {.kind = http_failure_kind::too_large,
            .message = fmt::format("the answer of {} is larger than {} bytes", place, bytes_max)};
}

std::string_view to_text(http_failure_kind kind) {
    switch (kind) {
        case http_failure_kind::bad_url:
            return "bad_url";
        case http_failure_kind::resolve:
            return "resolve";
        case http_failure_kind::connect:
            return "connect";
        case http_failure_kind::tls:
            return "tls";
        case http_failure_kind::timed_out:
            return "timed_out";
        case http_failure_kind::interrupted:
            return "interrupted";
        case http_failure_kind::too_large:
            return "too_large";
        case http_failure_kind::cancelled:
            return "cancelled";
        case http_failure_kind::other:
            return "other";
    }
    return "unknown";
}

}  // namespace sluice::base
