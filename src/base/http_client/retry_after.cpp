#include "base/http_client/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <curl/curl.h>
#include <string>
#include <string_view>

namespace sluice::base {

namespace {

constexpr std::int64_t ms_max = retry_after_max.count();

std::chrono::milliseconds bounded(std::int64_t ms) {
    return std::chrono::milliseconds(std::clamp<std::int64_t>(ms, 0, ms_max));
}

// Some services send decimals, although the standard has whole seconds.
std::optional<std::chrono::milliseconds> number_of(std::string_view text, double unit_ms) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, code] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (code != std::errc() || stopped != end || !std::isfinite(value) || value < 0) {
        return std::nullopt;
    }
    return bounded(static_cast<std::int64_t>(std::min(value * unit_ms, static_cast<double>(ms_max))));
}

std::optional<std::int64_t> unix_seconds_of(std::string_view date) {
    const std::time_t seconds = curl_getdate(std::string(date).c_str(), nullptr);
    return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const http_response& answer, const clock& time) {
    if (const auto finer = number_of(answer.header_value("retry-after-ms"), 1)) {
        return finer;
    }
    const std::string_view asked = answer.header_value("retry-after");
    if (const auto seconds = number_of(asked, 1000)) {
        return seconds;
    }
    const auto until = unix_seconds_of(asked);
    if (!until) {
        return std::nullopt;
    }
    const auto now = unix_seconds_of(answer.header_value("date")).value_or(time.unix_ms() / 1000);
    return bounded((std::min(*until, now + ms_max / 1000) - now) * 1000);
}

}  // namespace sluice::base
