// units.hpp - reads the values that people write into settings: 250ms, 16MB, on, 127.0.0.1:5433.
//
// Use:     TRY_ASSIGN(auto timeout_us, parse_duration_us("5s"));      parse_duration_us("5000", "ms")
// Source:  PostgreSQL 15 manual, 20.1.1: units of time are us ms s min h d, of memory B kB MB GB TB (powers of 1024),
//          spelled exactly so; fractions are allowed.
// Errors:  22023 with the reason.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::base {

struct host_port {
    std::string host;  // without brackets
    std::uint16_t port = 0;

    friend bool operator==(const host_port&, const host_port&) = default;
};

// A number without a unit is in `default_unit`; if that is empty, only 0 may have no unit.
result<std::int64_t> parse_duration_us(std::string_view text, std::string_view default_unit = {});
result<std::int64_t> parse_size_bytes(std::string_view text, std::string_view default_unit = {});
result<std::int64_t> parse_integer(std::string_view text);
// on off true false yes no 1 0
result<bool> parse_boolean(std::string_view text);
// 127.0.0.1:5433, localhost:5433, [::1]:5433
result<host_port> parse_host_port(std::string_view text);

}  // namespace sluice::base
