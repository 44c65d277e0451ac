#include "postgres/auth/scram_verifier.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "postgres/auth/saslprep.hpp"

namespace sluice::postgres {

namespace {

using base::view_of;

constexpr std::string_view prefix = "SCRAM-SHA-256$";

// The text before the separator; removes both from `text`.
std::optional<std::string_view> take_until(std::string_view& text, char separator) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

std::optional<int> parse_iterations(std::string_view text) {
    int iterations = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), iterations);
    if (code != std::errc{} || end != text.data() + text.size() || iterations < 1) {
        return std::nullopt;
    }
    return iterations;
}

std::optional<base::digest> parse_key(std::string_view text) {
    const auto bytes = base64_decode(text);
    base::digest key{};
    if (!bytes || bytes->size() != key.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*bytes, key.begin());
    return key;
}

}  // namespace

result<scram_verifier> make_scram_verifier(std::string_view password, int iterations) {
    TRY_ASSIGN(std::string salt, random_bytes(scram_salt_bytes));
    return derive_scram_verifier(password, std::move(salt), iterations);
}

scram_verifier derive_scram_verifier(std::string_view password, std::string salt, int iterations) {
    const base::digest salted = base::pbkdf2_sha256(saslprep(password), salt, iterations);
    scram_verifier verifier{.iterations = iterations, .salt = std::move(salt)};
    verifier.stored_key = base::sha256_of(view_of(base::hmac_sha256(view_of(salted), "Client Key")));
    verifier.server_key = base::hmac_sha256(view_of(salted), "Server Key");
    return verifier;
}

std::string to_text(const scram_verifier& verifier) {
    return std::string(prefix) + std::to_string(verifier.iterations) + ":" + base64_encode(verifier.salt) + "$" +
           base64_encode(view_of(verifier.stored_key)) + ":" + base64_encode(view_of(verifier.server_key));
}

result<scram_verifier> parse_scram_verifier(std::string_view text) {
    const auto malformed = [] { return fail(sqlstates::invalid_parameter_value, "not a SCRAM-SHA-256 verifier"); };
    if (!text.starts_with(prefix)) {
        return malformed();
    }
    text.remove_prefix(prefix.size());
    const auto iterations_text = take_until(text, ':');
    const auto salt_text = take_until(text, '$');
    const auto stored_text = take_until(text, ':');
    if (!iterations_text || !salt_text || !stored_text) {
        return malformed();
    }
    const auto iterations = parse_iterations(*iterations_text);
    auto salt = base64_decode(*salt_text);
    const auto stored_key = parse_key(*stored_text);
    const auto server_key = parse_key(text);
    if (!iterations || !salt || salt->empty() || !stored_key || !server_key) {
        return malformed();
    }
    return scram_verifier{
        .iterations = *iterations, .salt = std::move(*salt), .stored_key = *stored_key, .server_key = *server_key};
}

}  // namespace sluice::postgres
