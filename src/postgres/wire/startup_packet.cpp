#include "postgres/wire/startup_packet.hpp"

#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

namespace {

// Request codes stand in the place of a version; no version will ever have these numbers.
constexpr std::uint32_t cancel_code = (1234U << 16U) | 5678U;
constexpr std::uint32_t ssl_code = (1234U << 16U) | 5679U;
constexpr std::uint32_t gssenc_code = (1234U << 16U) | 5680U;
constexpr std::uint16_t supported_major = 3;

std::unexpected<error> bad_layout() {
    return fail(sqlstates::protocol_violation, "invalid startup packet layout: expected terminator as last byte");
}

result<startup_packet> parse_cancel(message_reader& fields) {
    cancel_packet packet;
    TRY_ASSIGN(packet.process_id, fields.int32());
    TRY_ASSIGN(packet.secret_key, fields.int32());
    TRY(fields.end());
    return packet;
}

// Pairs of strings up to an empty name, which must be the last byte.
result<startup_packet> parse_parameters(message_reader& fields, startup_message message) {
    while (fields.left_bytes() > 0) {
        TRY_ASSIGN(const std::string_view name, fields.string());
        if (name.empty()) {
            if (fields.left_bytes() > 0) {
                break;
            }
            return message;
        }
        if (fields.left_bytes() == 0) {
            break;
        }
        TRY_ASSIGN(const std::string_view value, fields.string());
        message.parameters.emplace_back(name, value);
    }
    return bad_layout();
}

result<startup_packet> parse(std::string_view body) {
    message_reader fields(body);
    TRY_ASSIGN(const std::uint32_t code, fields.uint32());
    switch (code) {
        case ssl_code:
            TRY(fields.end());
            return ssl_request{};
        case gssenc_code:
            TRY(fields.end());
            return gssenc_request{};
        case cancel_code:
            return parse_cancel(fields);
        default:
            break;
    }
    const auto major = static_cast<std::uint16_t>(code >> 16U);
    const auto minor = static_cast<std::uint16_t>(code & 0xffffU);
    if (major != supported_major) {
        return unknown_protocol{.major = major, .minor = minor};
    }
    if (!body.ends_with('\0')) {
        return bad_layout();
    }
    return parse_parameters(fields, startup_message{.major = major, .minor = minor});
}

}  // namespace

result<startup_packet> parse_startup_packet(std::string_view body) {
    auto packet = parse(body);
    if (!packet) {
        return fail(std::move(packet).error().as_fatal());
    }
    return packet;
}

}  // namespace sluice::postgres
