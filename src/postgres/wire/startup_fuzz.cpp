// Start-up packets, the options inside them, and SASL messages. An accepted one can be written again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/core/assert.hpp"
#include "postgres/auth/sasl_messages.hpp"
#include "postgres/parse/test_bytes.hpp"
#include "postgres/wire/startup_options.hpp"
#include "postgres/wire/startup_packet.hpp"

namespace {

using namespace sluice::postgres;
using test_bytes::be16;
using test_bytes::be32;
using test_bytes::z;

void check_packet(std::string_view body) {
    const auto packet = parse_startup_packet(body);
    if (!packet) {
        SLUICE_ASSERT(packet.error().fatal);
        return;
    }
    if (const auto* message = std::get_if<startup_message>(&*packet)) {
        std::string again = be16(message->major) + be16(message->minor);
        for (const auto& [name, value] : message->parameters) {
            again += z(name) + z(value);
        }
        SLUICE_ASSERT(again + z("") == body);
    } else if (const auto* cancel = std::get_if<cancel_packet>(&*packet)) {
        SLUICE_ASSERT(body.substr(4) == be32(cancel->process_id) + be32(cancel->secret_key));
    }
}

void check_sasl(std::string_view body) {
    if (const auto message = parse_sasl_initial_response(body)) {
        const std::optional<std::string_view> data = message->data;
        SLUICE_ASSERT(z(message->mechanism) + (data ? test_bytes::value(*data) : be32(-1)) == body);
    }
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        result += '\\';
        result += c;
    }
    return result;
}

void check_options(std::string_view text) {
    const auto settings = parse_startup_options(text);
    if (!settings) {
        SLUICE_ASSERT(settings.error().fatal);
        SLUICE_ASSERT(settings.error().code.view() == "42601");
        return;
    }
    std::string again;
    for (const auto& [name, value] : *settings) {
        again += " -c " + escaped(name) + "=" + escaped(value);
    }
    const auto reread = parse_startup_options(again);
    SLUICE_ASSERT(reread && *reread == *settings);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_packet(bytes);
    check_sasl(bytes);
    check_options(bytes);
    return 0;
}
