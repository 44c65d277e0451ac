#include "postgres/auth/saslprep.hpp"

#include <cstdlib>
#include <memory>
#include <stringprep.h>

#include "base/text/utf8.hpp"

namespace sluice::postgres {

std::string saslprep(std::string_view password) {
    std::string raw(password);
    if (!base::check_utf8(raw)) {
        return raw;
    }
    char* prepared = nullptr;
    // Unassigned characters are refused, as RFC 4013 demands for stored passwords and PostgreSQL does for all.
    if (stringprep_profile(raw.c_str(), &prepared, "SASLprep", STRINGPREP_NO_UNASSIGNED) != STRINGPREP_OK) {
        return raw;
    }
    const std::unique_ptr<char, decltype(&std::free)> owner(prepared, &std::free);
    return *prepared == '\0' ? raw : std::string(prepared);
}

}  // namespace sluice::postgres
