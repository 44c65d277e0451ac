// cancel_registry.hpp - finds the session of a CancelRequest, if the request knows the session's secret.
//
// Problem: a cancel request comes on a connection of its own, unauthenticated, with nothing but a process id and a
//          secret, while its session may be ending on another thread.
// Use:     cancel_registration entry = registry.add(handle);  ... entry.process_id(), entry.secret_key() to the client
//          registry.request(id, key);     // wrong id or key: no effect, and no hint which of them was wrong
//          handle->bind(&token); ... handle->unbind();   // before the token dies
// Bounds:  one entry a session; process ids are positive and unique among live sessions.
// Threads: any.
// Safety:  secrets come from getrandom(2), are compared in constant time and are never logged.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/core/cancel.hpp"

namespace sluice::server {

// Reaches a session's token as long as the session lives; has no effect afterwards.
class cancel_handle {
  public:
    void bind(base::cancel_token& token);
    // When this returns, the token is no longer used.
    void unbind();
    void request(base::cancel_reason reason);
    // True if the session has been asked to stop its statement.
    [[nodiscard]] bool requested();
    // The statement that has been asked to stop, and the error for its client; nullopt: none has been asked.
    struct request_view {
        std::uint64_t query_id = 0;
        sluice::error error;
    };
    [[nodiscard]] std::optional<request_view> pending();

  private:
    std::mutex mutex_;
    base::cancel_token* token_ = nullptr;
    base::cancel_reason early_ = base::cancel_reason::none;  // requested before bind(): the client has vanished
};

class cancel_registry;

// Its destructor removes its entry from the registry.
class cancel_registration {
  public:
    cancel_registration() = default;
    cancel_registration(cancel_registration&& other) noexcept;
    cancel_registration& operator=(cancel_registration&& other) noexcept;
    cancel_registration(const cancel_registration&) = delete;
    cancel_registration& operator=(const cancel_registration&) = delete;
    ~cancel_registration();

    [[nodiscard]] std::int32_t process_id() const { return process_id_; }
    [[nodiscard]] std::int32_t secret_key() const { return secret_key_; }

  private:
    friend class cancel_registry;
    cancel_registry* registry_ = nullptr;
    std::int32_t process_id_ = 0;
    std::int32_t secret_key_ = 0;
};

class cancel_registry {
  public:
    // The registry outlives the registration.
    [[nodiscard]] cancel_registration add(std::weak_ptr<cancel_handle> target);
    // True if the session was found; for tests and metrics, never for the client.
    bool request(std::int32_t process_id, std::int32_t secret_key);

  private:
    friend class cancel_registration;
    struct entry {
        std::int32_t secret_key = 0;
        std::weak_ptr<cancel_handle> target;
    };
    void remove(std::int32_t process_id);

    std::mutex mutex_;
    std::int32_t next_process_id_ = 1;
    std::unordered_map<std::int32_t, entry> entries_;
};

}  // namespace sluice::server
