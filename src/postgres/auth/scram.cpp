#include "postgres/auth/scram.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/ascii.hpp"

namespace sluice::postgres {

namespace {

using base::view_of;

constexpr std::size_t server_nonce_bytes = 18;  // 144 bits, a multiple of three so that base64 needs no padding
constexpr std::string_view binding_type = "tls-server-end-point";

std::unexpected<error> refuse(sqlstate code, std::string message, std::string detail = {}) {
    return fail(error{.code = code, .message = std::move(message), .detail = std::move(detail), .fatal = true});
}

std::unexpected<error> malformed(std::string detail) {
    return refuse(sqlstates::protocol_violation, "malformed SCRAM message", std::move(detail));
}

// Takes one comma-separated item off `text`; nullopt when nothing is left.
std::optional<std::string_view> take_item(std::optional<std::string_view>& text) {
    if (!text) {
        return std::nullopt;
    }
    const std::size_t comma = text->find(',');
    const std::string_view item = text->substr(0, comma);
    text = comma == std::string_view::npos ? std::nullopt : std::optional(text->substr(comma + 1));
    return item;
}

result<std::string_view> take_attribute(std::optional<std::string_view>& text, char name) {
    const auto item = take_item(text);
    if (!item || item->size() < 2 || item->front() != name || (*item)[1] != '=') {
        return malformed(std::string("Attribute \"") + name + "\" is missing.");
    }
    return item->substr(2);
}

bool is_attribute(std::string_view item) {
    const char name = item.empty() ? '\0' : item.front();
    return item.size() >= 2 && item[1] == '=' && base::is_letter(name);
}

bool is_printable(std::string_view nonce) {
    return std::ranges::all_of(nonce, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

}  // namespace

result<scram_exchange> scram_exchange::create(scram_params params) {
    if (params.server_nonce.empty()) {
        TRY_ASSIGN(const std::string bytes, random_bytes(server_nonce_bytes));
        params.server_nonce = base64_encode(bytes);
    }
    SLUICE_ASSERT(is_printable(params.server_nonce));
    return scram_exchange(std::move(params));
}

scram_exchange::scram_exchange(scram_params params) : params_(std::move(params)) {}

std::vector<std::string_view> scram_exchange::mechanisms() const {
    if (params_.server_end_point.empty()) {
        return {scram_mechanism};
    }
    return {scram_plus_mechanism, scram_mechanism};
}

result<scram_reply> scram_exchange::start(std::string_view mechanism,
                                          std::optional<std::string_view> initial_response) {
    SLUICE_ASSERT(state_ == state::mechanism);
    const auto offered = mechanisms();
    if (std::ranges::find(offered, mechanism) == offered.end()) {
        state_ = state::over;
        return refuse(sqlstates::protocol_violation, "client selected an invalid SASL authentication mechanism");
    }
    plus_ = mechanism == scram_plus_mechanism;
    state_ = state::client_first;
    if (!initial_response) {
        return scram_reply{};  // an empty challenge asks for the first message
    }
    return respond(*initial_response);
}

result<scram_reply> scram_exchange::respond(std::string_view message) {
    const state now = std::exchange(state_, state::over);
    const bool expected = now == state::client_first || now == state::client_final;
    SLUICE_ASSERT(expected);
    if (message.empty() || message.contains('\0')) {
        return malformed(message.empty() ? "The message is empty." : "The message contains a zero byte.");
    }
    auto reply = now == state::client_first ? on_client_first(message) : on_client_final(message);
    if (reply && now == state::client_first) {
        state_ = state::client_final;
    }
    return reply;
}

// gs2-cbind-flag "," [authzid] "," [reserved-mext ","] "n=" username "," "r=" nonce ["," extensions]
result<scram_reply> scram_exchange::on_client_first(std::string_view message) {
    std::optional rest(message);
    TRY(check_gs2_flag(take_item(rest).value_or("")));
    const auto authorization_identity = take_item(rest);
    if (!authorization_identity || !rest) {
        return malformed("The GS2 header is incomplete.");
    }
    if (!authorization_identity->empty()) {
        return refuse(sqlstates::feature_not_supported, "client uses authorization identity, but it is not supported");
    }
    client_first_bare_ = *rest;
    gs2_header_ = message.substr(0, message.size() - rest->size());
    if (rest->starts_with("m=")) {
        return refuse(sqlstates::feature_not_supported, "client requires an unsupported SCRAM extension");
    }
    // The name is ignored, as in PostgreSQL: the startup packet named the user, and libpq leaves this name empty.
    TRY(take_attribute(rest, 'n'));
    TRY_ASSIGN(const std::string_view client_nonce, take_attribute(rest, 'r'));
    if (client_nonce.empty()) {
        return malformed("The nonce is empty.");
    }
    if (!is_printable(client_nonce)) {
        return refuse(sqlstates::protocol_violation, "non-printable characters in SCRAM nonce");
    }
    while (const auto extension = take_item(rest)) {
        if (!is_attribute(*extension)) {
            return malformed("An extension is not an attribute.");
        }
    }
    nonce_ = std::string(client_nonce) + params_.server_nonce;
    server_first_ = "r=" + nonce_ + ",s=" + base64_encode(params_.verifier.salt) +
                    ",i=" + std::to_string(params_.verifier.iterations);
    return scram_reply{.data = server_first_};
}

result<> scram_exchange::check_gs2_flag(std::string_view flag) const {
    if (flag.starts_with("p=")) {
        if (!plus_) {
            return malformed("The mechanism SCRAM-SHA-256 has no channel binding, but the message announces it.");
        }
        if (flag.substr(2) != binding_type) {
            std::string type(flag.substr(2));
            std::ranges::replace_if(type, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
            return refuse(sqlstates::protocol_violation, "unsupported SCRAM channel-binding type \"" + type + "\"");
        }
        return {};
    }
    if (flag != "n" && flag != "y") {
        return malformed(R"(The channel-binding flag is none of "n", "y" and "p".)");
    }
    if (plus_) {
        return malformed("The mechanism SCRAM-SHA-256-PLUS needs channel binding, but the message has none.");
    }
    // "The client can bind, but believes that the server cannot": a third party removed PLUS from the server's offer.
    if (flag == "y" && !params_.server_end_point.empty()) {
        return refuse(sqlstates::invalid_authorization_specification, "SCRAM channel binding negotiation error",
                      "The client believes that the server has no channel binding, but it was offered.");
    }
    return {};
}

// "c=" base64(gs2 header and binding data) "," "r=" nonce ["," extensions] "," "p=" base64(proof)
result<scram_reply> scram_exchange::on_client_final(std::string_view message) {
    std::optional rest(message);
    TRY_ASSIGN(const std::string_view binding, take_attribute(rest, 'c'));
    TRY(check_binding(binding));
    TRY_ASSIGN(const std::string_view nonce, take_attribute(rest, 'r'));
    if (!equal_in_constant_time(nonce, nonce_)) {
        return refuse(sqlstates::protocol_violation, "invalid SCRAM response", "Nonce does not match.");
    }
    std::string_view without_proof;
    std::string_view encoded_proof;
    while (encoded_proof.empty()) {
        const std::size_t taken_bytes = rest ? message.size() - rest->size() : 0;
        const auto item = take_item(rest);
        if (!item || !is_attribute(*item)) {
            return malformed("Attribute \"p\" is missing.");
        }
        if (item->front() == 'p') {
            without_proof = message.substr(0, taken_bytes - 1);
            encoded_proof = item->substr(2);
            break;
        }
    }
    if (rest) {
        return malformed("The message goes on behind the proof.");
    }
    const auto proof = base64_decode(encoded_proof);
    if (!proof || proof->size() != base::digest{}.size()) {
        return malformed("The proof is not 32 bytes in base64.");
    }
    const std::string auth_message = client_first_bare_ + "," + server_first_ + "," + std::string(without_proof);
    if (!proof_is_good(*proof, auth_message)) {
        return refuse(sqlstates::invalid_password, "password authentication failed for user \"" + params_.user + "\"");
    }
    const base::digest signature = base::hmac_sha256(view_of(params_.verifier.server_key), auth_message);
    return scram_reply{.data = "v=" + base64_encode(view_of(signature)), .done = true};
}

result<> scram_exchange::check_binding(std::string_view encoded) const {
    const std::string expected = base64_encode(gs2_header_ + (plus_ ? params_.server_end_point : std::string{}));
    if (equal_in_constant_time(encoded, expected)) {
        return {};
    }
    if (plus_) {
        return refuse(sqlstates::invalid_authorization_specification, "SCRAM channel binding check failed");
    }
    return refuse(sqlstates::protocol_violation, "unexpected SCRAM channel-binding attribute in client-final-message");
}

// The proof is the client's key, masked by a signature that only the holder of the stored key can compute.
bool scram_exchange::proof_is_good(std::string_view proof, std::string_view auth_message) const {
    const base::digest signature = base::hmac_sha256(view_of(params_.verifier.stored_key), auth_message);
    base::digest client_key{};
    std::ranges::transform(proof, signature, client_key.begin(),
                           [](char a, char b) { return static_cast<char>(a ^ b); });
    const bool equal =
        equal_in_constant_time(view_of(base::sha256_of(view_of(client_key))), view_of(params_.verifier.stored_key));
    return equal && params_.genuine;
}

}  // namespace sluice::postgres
