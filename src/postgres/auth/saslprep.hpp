// saslprep.hpp - gives all spellings of one password a single form.
//
// Use:     const std::string normal = saslprep(password);
// Errors:  none: where the profile does not allow the text (not UTF-8, unassigned or forbidden characters), the raw
//          bytes are the password, as in libpq and PostgreSQL.
// Source:  RFC 4013, Unicode 3.2.
#pragma once

#include <string>
#include <string_view>

namespace sluice::postgres {

[[nodiscard]] std::string saslprep(std::string_view password);

}  // namespace sluice::postgres
