// startup_packet.hpp - the untyped packets that may open a connection.
//
// Use:     TRY_ASSIGN(const auto packet, parse_startup_packet(frame.body));
//          std::get_if<startup_message>(&packet) ...
// Order:   views point into the body; they die with it.
// Errors:  08P01 for a packet that does not add up, 22021 for names and values that are not UTF-8. All are fatal.
// Source:  PostgreSQL 15 manual, 55.7 (StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::postgres {

struct ssl_request {};
struct gssenc_request {};
struct cancel_packet {
    std::int32_t process_id = 0;
    std::int32_t secret_key = 0;
};
struct startup_message {
    std::uint16_t major = 3;
    std::uint16_t minor = 0;
    std::vector<std::pair<std::string_view, std::string_view>> parameters;  // in the packet's order
};
// Another major version: the rest of the packet has an unknown form.
struct unknown_protocol {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
};

using startup_packet = std::variant<ssl_request, gssenc_request, cancel_packet, startup_message, unknown_protocol>;

result<startup_packet> parse_startup_packet(std::string_view body);

}  // namespace sluice::postgres
