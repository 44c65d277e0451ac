// Any bytes from a stranger: no crash, no login without the password, and each reply is whole messages. The first byte
// chooses authentication and TLS, the rest is the client's stream, unencrypted or inside TLS.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/core/assert.hpp"
#include "postgres/auth/users.hpp"
#include "session/handshake/handshake.hpp"

namespace {

using namespace sluice;
using action = session::handshake_action;

const postgres::user_table& known_users() {
    static const postgres::user_table users = [] {
        postgres::user_table table;
        SLUICE_ASSERT(table.add("ann", postgres::derive_scram_verifier("correct horse", "0123456789abcdef", 1)));
        return table;
    }();
    return users;
}

session::handshake_params params(std::uint8_t choice) {
    session::handshake_params chosen{.users = &known_users(), .databases = {"main", "postgres"}};
    chosen.method =
        (choice & 1U) != 0 ? session::authentication_method::scram_sha_256 : session::authentication_method::trust;
    chosen.tls_available = (choice & 2U) != 0;
    chosen.tls_required = (choice & 6U) == 6U;
    return chosen;
}

// One-byte answers to requests for encryption, the error of protocol 2, or framed messages.
void check_reply(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.front() == 'N' || bytes.front() == 'S') {
            SLUICE_ASSERT(bytes.size() == 1);
            return;
        }
        if (bytes.starts_with("EFATAL:  ")) {
            SLUICE_ASSERT(bytes.find('\0') == bytes.size() - 1);
            return;
        }
        postgres::frame_reader reader(1'000'000, postgres::frame_reader::phase::messages);
        reader.append(bytes);
        const std::optional<postgres::frame> frame = reader.next().value_or(std::nullopt);
        SLUICE_ASSERT(frame.has_value());
        SLUICE_ASSERT(std::string_view("REv").contains(frame->type));
        bytes.remove_prefix(frame->body.size() + 5);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    session::handshake greet(params(data[0]));
    bool tls = (data[0] & 10U) == 10U;
    if (tls) {
        greet.tls_established("hash");
    }
    postgres::frame_reader reader(session::authentication_message_bytes_max);
    std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    base::byte_buffer out;
    while (true) {
        reader.enter(greet.expected_phase());
        const auto received = reader.next();
        if (!received) {
            return 0;
        }
        const std::optional<postgres::frame> frame = *received;
        if (!frame) {
            if (bytes.empty()) {
                return 0;
            }
            // Feeds one byte at a time; otherwise the bytes behind an SSLRequest would always arrive with it.
            reader.append(bytes.substr(0, 1));
            bytes.remove_prefix(1);
            continue;
        }
        out.clear();
        const action next = greet.on_frame(*frame, reader.pending_bytes(), out);
        check_reply(out.view());
        switch (next) {
            case action::need_input:
                break;
            case action::start_tls:
                SLUICE_ASSERT(!tls);
                SLUICE_ASSERT(reader.pending_bytes() == 0);
                tls = true;
                greet.tls_established("hash");
                break;
            case action::authenticated:
                SLUICE_ASSERT((data[0] & 1U) == 0);
                SLUICE_ASSERT(!greet.startup().user.empty());
                SLUICE_ASSERT(!greet.startup().database.empty());
                return 0;
            case action::cancel:
                SLUICE_ASSERT(out.empty());
                return 0;
            case action::close:
                SLUICE_ASSERT(!out.empty());
                SLUICE_ASSERT(greet.failure().has_value());
                return 0;
        }
    }
}
