#include "server/clients/cancel_registry.hpp"

#include <limits>
#include <openssl/crypto.h>
#include <sys/random.h>
#include <utility>

#include "base/core/assert.hpp"

namespace sluice::server {

namespace {

std::int32_t random_key() {
    std::int32_t key = 0;
    // A call for at most 256 bytes is never interrupted (random(7)).
    SLUICE_ASSERT(::getrandom(&key, sizeof key, 0) == static_cast<ssize_t>(sizeof key));
    return key;
}

}  // namespace

void cancel_handle::bind(base::cancel_token& token) {
    const std::scoped_lock lock(mutex_);
    token_ = &token;
    if (early_ != base::cancel_reason::none) {
        token_->request(early_);
    }
}

void cancel_handle::unbind() {
    const std::scoped_lock lock(mutex_);
    token_ = nullptr;
}

void cancel_handle::request(base::cancel_reason reason) {
    const std::scoped_lock lock(mutex_);
    if (token_ != nullptr) {
        token_->request(reason);
    } else if (reason == base::cancel_reason::client_gone || reason == base::cancel_reason::shutdown) {
        early_ = reason;
    }
}

bool cancel_handle::requested() {
    const std::scoped_lock lock(mutex_);
    return token_ != nullptr && token_->requested();
}

std::optional<cancel_handle::request_view> cancel_handle::pending() {
    const std::scoped_lock lock(mutex_);
    if (token_ == nullptr || !token_->requested()) {
        return std::nullopt;
    }
    return request_view{.query_id = token_->query_id(), .error = token_->to_error()};
}

cancel_registration::cancel_registration(cancel_registration&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)),
      process_id_(other.process_id_),
      secret_key_(std::exchange(other.secret_key_, 0)) {}

cancel_registration& cancel_registration::operator=(cancel_registration&& other) noexcept {
    std::swap(registry_, other.registry_);
    std::swap(process_id_, other.process_id_);
    std::swap(secret_key_, other.secret_key_);
    return *this;
}

cancel_registration::~cancel_registration() {
    if (registry_ != nullptr) {
        registry_->remove(process_id_);
    }
}

cancel_registration cancel_registry::add(std::weak_ptr<cancel_handle> target) {
    cancel_registration made;
    made.registry_ = this;
    made.secret_key_ = random_key();
    const std::scoped_lock lock(mutex_);
    do {
        made.process_id_ = next_process_id_;
        next_process_id_ = next_process_id_ == std::numeric_limits<std::int32_t>::max() ? 1 : next_process_id_ + 1;
    } while (entries_.contains(made.process_id_));
    entries_.emplace(made.process_id_, entry{.secret_key = made.secret_key_, .target = std::move(target)});
    return made;
}

bool cancel_registry::request(std::int32_t process_id, std::int32_t secret_key) {
    std::shared_ptr<cancel_handle> target;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = entries_.find(process_id);
        const entry absent;
        const entry& candidate = found == entries_.end() ? absent : found->second;
        const bool same = CRYPTO_memcmp(&candidate.secret_key, &secret_key, sizeof secret_key) == 0;
        if (!same || found == entries_.end()) {
            return false;
        }
        target = candidate.target.lock();
    }
    if (!target) {
        return false;
    }
    target->request(base::cancel_reason::user);
    return true;
}

void cancel_registry::remove(std::int32_t process_id) {
    const std::scoped_lock lock(mutex_);
    entries_.erase(process_id);
}

}  // namespace sluice::server
