#include "base/config/units.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <span>

namespace sluice::base {

namespace {

// The units of memory and time of the PostgreSQL 15 manual, 20.1.1, in the same spelling.
using unit = std::pair<std::string_view, double>;  // name and factor
constexpr unit duration_units[] = {{"us", 1},         {"ms", 1e3},       {"s", 1e6},
                                   {"min", 60 * 1e6}, {"h", 3600 * 1e6}, {"d", 86400 * 1e6}};
constexpr unit size_units[] = {
    {"B", 1}, {"kB", 1024.0}, {"MB", 1048576.0}, {"GB", 1073741824.0}, {"TB", 1099511627776.0}};

result<std::int64_t> parse_with_unit(std::string_view text, std::span<const unit> units, std::string_view default_unit,
                                     std::string_view example) {
    double number = 0;
    const char* begin = text.data();
    const char* end = begin + text.size();
    const auto parsed = std::from_chars(begin, end, number, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || !std::isfinite(number) || number < 0) {
        return fail(sqlstates::invalid_parameter_value,
                    fmt::format("\"{}\" is not a number with a unit, {}", text, example));
    }
    std::string_view suffix(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
    suffix.remove_prefix(std::min(suffix.find_first_not_of(' '), suffix.size()));
    if (suffix.empty()) {
        if (number == 0) {
            return 0;
        }
        suffix = default_unit;
    }
    const auto found = std::ranges::find(units, suffix, &unit::first);
    if (found == units.end()) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" needs a unit, {}", text, example));
    }
    const double scaled = std::round(number * found->second);
    if (scaled >= 9.2e18) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is too large", text));
    }
    return static_cast<std::int64_t>(scaled);
}

}  // namespace

result<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const char* begin = text.data();
    const char* end = begin + text.size();
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is not a whole number", text));
    }
    return number;
}

result<bool> parse_boolean(std::string_view text) {
    constexpr std::string_view yes[] = {"on", "true", "yes", "1"};
    constexpr std::string_view no[] = {"off", "false", "no", "0"};
    if (std::ranges::find(yes, text) != std::end(yes)) {
        return true;
    }
    if (std::ranges::find(no, text) != std::end(no)) {
        return false;
    }
    return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is neither on nor off", text));
}

result<std::int64_t> parse_duration_us(std::string_view text, std::string_view default_unit) {
    return parse_with_unit(text, duration_units, default_unit, "e.g. 250ms, 5s, 2min, 1h");
}

result<std::int64_t> parse_size_bytes(std::string_view text, std::string_view default_unit) {
    return parse_with_unit(text, size_units, default_unit, "e.g. 64kB, 16MB, 2GB");
}

result<host_port> parse_host_port(std::string_view text) {
    const auto wrong = [&] {
        return fail(sqlstates::invalid_parameter_value,
                    fmt::format("\"{}\" is not HOST:PORT, e.g. 127.0.0.1:5433 or [::1]:5433", text));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return wrong();
    }
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return wrong();
    }
    const auto port = parse_integer(text.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535) {
        return wrong();
    }
    return host_port{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

}  // namespace sluice::base
