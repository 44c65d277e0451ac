// notices.hpp - warnings to the client, unless client_min_messages suppresses them.
#pragma once

#include <string>
#include <string_view>

#include "base/core/error.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "session/settings/settings.hpp"

namespace sluice::session {

inline void warn(const settings& of_session, sqlstate code, std::string_view message, base::outbox& out) {
    if (of_session.show("client_min_messages").value_or("") != "error") {
        postgres::write_notice(out.buffer(), "WARNING", error{.code = code, .message = std::string(message)});
    }
}

}  // namespace sluice::session
