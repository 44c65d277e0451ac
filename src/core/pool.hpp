// pool.hpp - lends things that are dear to make (connections), and keeps some of them for the next who asks.
//
// Problem: making one costs more than using it, and whoever borrows one must not be able to forget to give it back.
// Use:     pool<engine_connection> spare({.idle_max = 64, .make = [&] { return open_one(); }});
//          TRY_ASSIGN(auto lease, spare.take());  lease->use();      // given back by its destructor
//          lease.spoil();                                            // destroyed instead of kept
// Bounds:  idle_max are kept; the number on loan is its borrowers' to bound.
// Order:   last in, first out: what was used last is still in the caches.
// Threads: any; a lease belongs to one thread at a time. The pool outlives its leases.
// Errors:  those of make().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace sluice::core {

struct pool_stats {
    std::size_t on_loan = 0;
    std::size_t idle = 0;
    std::uint64_t made_total = 0;
};

template <typename Item>
struct pool_params {
    std::size_t idle_max = 64;
    std::function<result<Item>()> make;
};

template <typename Item>
class pool {
  public:
    class lease {
      public:
        lease() = default;
        lease(lease&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)), item_(std::exchange(other.item_, std::nullopt)) {}
        lease& operator=(lease&& other) noexcept {
            if (this != &other) {
                give_back();
                owner_ = std::exchange(other.owner_, nullptr);
                item_ = std::exchange(other.item_, std::nullopt);
            }
            return *this;
        }
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease() { give_back(); }

        [[nodiscard]] explicit operator bool() const { return owner_ != nullptr; }
        [[nodiscard]] Item& operator*() { return *item_; }
        [[nodiscard]] Item* operator->() { return &*item_; }
        [[nodiscard]] const Item* operator->() const { return &*item_; }

        void give_back() {
            if (auto* owner = std::exchange(owner_, nullptr)) {
                owner->accept(std::exchange(item_, std::nullopt));
            }
        }
        // Gives nothing back: the item is destroyed here.
        void spoil() {
            if (auto* owner = std::exchange(owner_, nullptr)) {
                item_.reset();
                owner->accept(std::nullopt);
            }
        }

      private:
        friend pool;
        lease(pool* owner, Item item) : owner_(owner), item_(std::move(item)) {}

        pool* owner_ = nullptr;
        std::optional<Item> item_;
    };

    explicit pool(pool_params<Item> params) : params_(std::move(params)) {}
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;
    ~pool() = default;

    [[nodiscard]] result<lease> take() {
        std::optional<Item> kept;
        {
            const std::scoped_lock lock(mutex_);
            ++stats_.on_loan;
            if (!idle_.empty()) {
                kept = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        if (kept) {
            return lease(this, *std::move(kept));
        }
        auto made = params_.make();
        const std::scoped_lock lock(mutex_);
        if (!made) {
            --stats_.on_loan;
            return fail(std::move(made).error());
        }
        ++stats_.made_total;
        return lease(this, *std::move(made));
    }

    [[nodiscard]] pool_stats stats() const {
        const std::scoped_lock lock(mutex_);
        pool_stats now = stats_;
        now.idle = idle_.size();
        return now;
    }

  private:
    void accept(std::optional<Item> item) {
        const std::scoped_lock lock(mutex_);
        --stats_.on_loan;
        if (item && idle_.size() < params_.idle_max) {
            idle_.push_back(*std::move(item));
        }
    }

    const pool_params<Item> params_;
    mutable std::mutex mutex_;
    std::vector<Item> idle_;
    pool_stats stats_;
};

}  // namespace sluice::core
