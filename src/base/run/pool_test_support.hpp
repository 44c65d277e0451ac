// pool_test_support.hpp - items for the tests of pool.hpp to lend, counted while they live.
//
// Use:     workshop shop;  pool<thing> spare(shop.params({.size_max = 2}));  ... shop.live, shop.made ...
// Threads: any; set `fails` and `ill` while no other thread uses the pool.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/run/pool.hpp"

namespace sluice::base {

struct workshop;

class crafted {
  public:
    crafted(workshop& owner, int number);
    ~crafted();
    crafted(const crafted&) = delete;
    crafted& operator=(const crafted&) = delete;

    const int number;
    std::atomic<int> users = 0;

  private:
    workshop& owner_;
};

using thing = std::unique_ptr<crafted>;
using things = pool<thing>;

struct workshop {
    std::atomic<int> made = 0;
    std::atomic<int> live = 0;
    std::atomic<int> live_max = 0;
    std::atomic<bool> fails = false;
    std::set<int> ill;  // numbers of items that check() finds broken
    std::vector<std::pair<pool_holder, std::chrono::milliseconds>> leaks;
    manual_clock time;

    [[nodiscard]] pool_params<thing> params(pool_limits limits) {
        return {.limits = limits,
                .make = [this]() -> result<thing> {
                    if (fails) {
                        return fail(sqlstates::io_error, "the workshop is closed");
                    }
                    return std::make_unique<crafted>(*this, ++made);
                },
                .check = [this](thing& each) { return !ill.contains(each->number); },
                .on_leak = [this](const pool_holder& holder,
                                  std::chrono::milliseconds held) { leaks.emplace_back(holder, held); },
                .time = &time};
    }
};

inline crafted::crafted(workshop& owner, int number) : number(number), owner_(owner) {
    const int now = ++owner_.live;
    for (int most = owner_.live_max; most < now && !owner_.live_max.compare_exchange_weak(most, now);) {
    }
}
inline crafted::~crafted() {
    --owner_.live;
}

// A lease that must be available: as `*spare.try_acquire(...)`, but empty if none is.
inline things::lease taken(things& spare, const pool_holder& holder = {}) {
    auto lease = spare.try_acquire(holder);
    return lease && lease->has_value() ? **std::move(lease) : things::lease();
}

inline int number_of(things::lease& lease) {
    return lease ? (*lease)->number : 0;
}

}  // namespace sluice::base
