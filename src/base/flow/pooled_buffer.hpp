// pooled_buffer.hpp - a byte buffer on loan from a pool, counted on the account of the session that holds it.
//
// Use:     pooled_buffer out(pool, account);  out.bytes().append(...);  out.recount();  channel.push(std::move(out));
// Counts:  its capacity, growth by large rows included, as of the last recount().
// Ends:    its destructor returns it to the pool and takes it off the account, which may call a waiting session.
// Threads: one at a time; pool and account may be used by others. Both outlive it.
#pragma once

#include <cstddef>
#include <utility>

#include "base/core/byte_buffer.hpp"
#include "base/flow/buffer_pool.hpp"
#include "base/flow/byte_budget.hpp"

namespace sluice::base {

class pooled_buffer {
  public:
    pooled_buffer() = default;
    // A buffer without a pool or account: its destructor frees it.
    explicit pooled_buffer(byte_buffer bytes) : bytes_(std::move(bytes)) {}
    pooled_buffer(buffer_pool& pool, byte_budget::account& owner) : bytes_(pool.take()), pool_(&pool), owner_(&owner) {
        recount();
    }
    pooled_buffer(pooled_buffer&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          counted_(std::exchange(other.counted_, 0)),
          pool_(std::exchange(other.pool_, nullptr)),
          owner_(std::exchange(other.owner_, nullptr)) {}
    pooled_buffer& operator=(pooled_buffer&& other) noexcept {
        if (this != &other) {
            reset();
            bytes_ = std::move(other.bytes_);
            counted_ = std::exchange(other.counted_, 0);
            pool_ = std::exchange(other.pool_, nullptr);
            owner_ = std::exchange(other.owner_, nullptr);
        }
        return *this;
    }
    pooled_buffer(const pooled_buffer&) = delete;
    pooled_buffer& operator=(const pooled_buffer&) = delete;
    ~pooled_buffer() { reset(); }

    [[nodiscard]] byte_buffer& bytes() { return bytes_; }
    [[nodiscard]] const byte_buffer& bytes() const { return bytes_; }
    // True if it came from a pool and has not been returned.
    [[nodiscard]] bool lent() const { return pool_ != nullptr; }

    // Call it when the buffer may have grown.
    void recount() {
        if (owner_ != nullptr && bytes_.capacity() > counted_) {
            owner_->add(bytes_.capacity() - std::exchange(counted_, bytes_.capacity()));
        }
    }
    void reset() {
        if (pool_ != nullptr) {
            pool_->give_back(std::exchange(bytes_, byte_buffer{}));
            pool_ = nullptr;
            std::exchange(owner_, nullptr)->subtract(std::exchange(counted_, 0));
        } else {
            bytes_ = byte_buffer{};
        }
    }

  private:
    byte_buffer bytes_;
    std::size_t counted_ = 0;
    buffer_pool* pool_ = nullptr;
    byte_budget::account* owner_ = nullptr;
};

}  // namespace sluice::base
