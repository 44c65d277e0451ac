// A server's messages before a session begins: authentication requests and the negotiated protocol version.
#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/message_writer.hpp"

namespace sluice::postgres {

namespace {

enum class authentication_code : std::int32_t { ok = 0, sasl = 10, sasl_continue = 11, sasl_final = 12 };

void write_sasl_data(base::byte_buffer& out, authentication_code code, std::string_view data) {
    message_writer message(out, 'R');
    message.int32(static_cast<std::int32_t>(code));
    message.bytes(data);
}

}  // namespace

void write_authentication_ok(base::byte_buffer& out) {
    write_sasl_data(out, authentication_code::ok, {});
}

void write_authentication_sasl(base::byte_buffer& out, std::span<const std::string_view> mechanisms) {
    message_writer message(out, 'R');
    message.int32(static_cast<std::int32_t>(authentication_code::sasl));
    for (const std::string_view mechanism : mechanisms) {
        message.string(mechanism);
    }
    message.byte('\0');
}

void write_authentication_sasl_continue(base::byte_buffer& out, std::string_view data) {
    write_sasl_data(out, authentication_code::sasl_continue, data);
}

void write_authentication_sasl_final(base::byte_buffer& out, std::string_view data) {
    write_sasl_data(out, authentication_code::sasl_final, data);
}

void write_negotiate_protocol_version(base::byte_buffer& out, std::int32_t newest_minor,
                                      std::span<const std::string_view> unknown_options) {
    message_writer message(out, 'v');
    // PostgreSQL and libpq put the whole version here, major 3 included, although the manual says "minor".
    constexpr std::int32_t major = 3;
    message.int32((major << 16) | newest_minor);
    message.int32(static_cast<std::int32_t>(unknown_options.size()));
    for (const std::string_view option : unknown_options) {
        message.string(option);
    }
}

}  // namespace sluice::postgres
