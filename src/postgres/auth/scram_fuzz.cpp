// Messages of a client that does not know the password: it never gets in, and every refusal is fatal. The first byte
// chooses mechanism and channel binding; the messages are separated by zero bytes, which none may contain. An "N" in
// the second one stands for the nonce that the client could not guess.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/core/assert.hpp"
#include "postgres/auth/scram.hpp"

namespace {

using namespace sluice::postgres;

const scram_verifier& known_verifier() {
    static const scram_verifier verifier = derive_scram_verifier("correct horse", "0123456789abcdef", 1);
    return verifier;
}

void check_exchange(std::uint8_t choice, std::string_view first, std::string_view second) {
    auto exchange = scram_exchange::create({.user = "ann",
                                            .verifier = known_verifier(),
                                            .server_end_point = (choice & 1U) != 0 ? "hash" : "",
                                            .server_nonce = "SERVER"});
    const auto challenge = exchange->start((choice & 2U) != 0 ? scram_plus_mechanism : scram_mechanism, first);
    if (!challenge) {
        SLUICE_ASSERT(challenge.error().fatal);
        return;
    }
    SLUICE_ASSERT(!challenge->done);
    SLUICE_ASSERT(challenge->data.starts_with("r="));
    const std::string nonce = challenge->data.substr(2, challenge->data.find(',') - 2);
    SLUICE_ASSERT(nonce.ends_with("SERVER"));
    std::string message(second);
    if (const std::size_t at = message.find('N'); at != std::string::npos) {
        message.replace(at, 1, nonce);
    }
    const auto last = exchange->respond(message);
    SLUICE_ASSERT(!last.has_value());
    SLUICE_ASSERT(last.error().fatal);
}

void check_verifier(std::string_view text) {
    if (const auto verifier = parse_scram_verifier(text)) {
        const std::string again = to_text(*verifier);
        SLUICE_ASSERT(to_text(parse_scram_verifier(again).value()) == again);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    check_verifier(text);
    const std::size_t cut = std::min(text.find('\0'), text.size());
    check_exchange(data[0], text.substr(0, cut), text.substr(std::min(cut + 1, text.size())));
    return 0;
}
