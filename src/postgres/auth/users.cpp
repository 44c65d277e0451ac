#include "postgres/auth/users.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::postgres {

namespace {

constexpr std::size_t mock_secret_bytes = 32;

}  // namespace

user_table::user_table() {
    auto secret = random_bytes(mock_secret_bytes);
    SLUICE_ASSERT(secret.has_value());  // without it no name can be hidden from an attacker
    mock_secret_ = std::move(*secret);
}

result<> user_table::check_name(std::string_view name) {
    const auto invalid = [](std::string message) {
        return fail(sqlstates::invalid_parameter_value, std::move(message));
    };
    if (name.empty()) {
        return invalid("the user name is empty");
    }
    if (!base::check_utf8(name)) {
        return invalid("the user name is not UTF-8");
    }
    if (std::ranges::any_of(name, base::is_control)) {
        return invalid("the user name has control characters");
    }
    return {};
}

result<> user_table::add(std::string_view name, scram_verifier verifier) {
    TRY(check_name(name));
    const auto [place, added] = users_.insert_or_assign(std::string(name), std::move(verifier));
    if (added) {
        lines_.push_back({.user = place->first});
    }
    collect_shapes();
    return {};
}

bool user_table::remove(std::string_view name) {
    const auto found = users_.find(name);
    if (found == users_.end()) {
        return false;
    }
    users_.erase(found);
    std::erase_if(lines_, [name](const line& each) { return each.user == name; });
    collect_shapes();
    return true;
}

const scram_verifier* user_table::find(std::string_view name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second;
}

std::vector<std::string> user_table::names() const {
    std::vector<std::string> names;
    for (const line& each : lines_) {
        if (!each.user.empty()) {
            names.push_back(each.user);
        }
    }
    return names;
}

user_table::credentials user_table::credentials_for(std::string_view name) const {
    // Computed for every name, so that the time does not tell which names exist.
    scram_verifier mock = mock_verifier(name);
    if (const scram_verifier* known = find(name)) {
        return {.verifier = *known, .genuine = true};
    }
    return {.verifier = std::move(mock), .genuine = false};
}

void user_table::collect_shapes() {
    shapes_.clear();
    for (const auto& [name, verifier] : users_) {
        shapes_.push_back({.iterations = verifier.iterations, .salt_bytes = verifier.salt.size()});
    }
}

scram_verifier user_table::mock_verifier(std::string_view name) const {
    const auto derive = [&](std::string purpose) {
        return base::hmac_sha256(mock_secret_, std::move(purpose.append(name)));
    };
    shape like;
    if (!shapes_.empty()) {
        const base::digest choice = derive("shape:");
        std::uint32_t number = 0;
        std::memcpy(&number, choice.data(), sizeof number);
        like = shapes_[number % shapes_.size()];
    }
    scram_verifier verifier{.iterations = like.iterations};
    while (verifier.salt.size() < like.salt_bytes) {
        verifier.salt += base::view_of(derive("salt " + std::to_string(verifier.salt.size()) + ":"));
    }
    verifier.salt.resize(like.salt_bytes);
    verifier.stored_key = derive("stored key:");
    verifier.server_key = derive("server key:");
    return verifier;
}

}  // namespace sluice::postgres
