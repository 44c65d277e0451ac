// An accepted users file means the same after it was written again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"
#include "postgres/auth/users.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using sluice::postgres::user_table;
    // Fuzzers do not guess base64 keys; V stands for a verifier.
    static const std::string verifier = to_text(sluice::postgres::derive_scram_verifier("x", "0123456789abcdef", 1));
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        if (data[i] == 'V') {
            text += verifier;
        } else {
            text += static_cast<char>(data[i]);
        }
    }
    static user_table table;
    if (const auto parsed = table.parse(text, "fuzz"); !parsed) {
        SLUICE_ASSERT(parsed.error().message.starts_with("users file \"fuzz\", line "));
        SLUICE_ASSERT(sluice::base::check_utf8(parsed.error().message).has_value());
        return 0;
    }
    static user_table again;
    SLUICE_ASSERT(again.parse(table.to_text(), "again").has_value());
    SLUICE_ASSERT(again.to_text() == table.to_text());
    SLUICE_ASSERT(again.names() == table.names());
    for (const std::string& name : table.names()) {
        SLUICE_ASSERT(again.credentials_for(name).genuine);
    }
    return 0;
}
