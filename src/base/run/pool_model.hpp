// pool_model.hpp - the rules of pool.hpp as plain lists, for pool_model_test.cpp to compare with.
//
// Use:     model expected(limits, shop); expected.take(who) ... before or after the same call of the pool
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/run/pool_test_support.hpp"

namespace sluice::base::pool_model {

inline constexpr std::size_t session_count = 12;
inline constexpr int place = 0;  // in place of an item's number: the borrower makes one
inline constexpr int nothing = -1;
inline constexpr int failed = -2;

enum class stage : std::uint8_t { away, queued, granted, holding, parked, robbed };

// Plain lists, no locks, no slots, and one rule a function.
class model {
  public:
    model(pool_limits limits, const workshop& shop) : limits_(limits), shop_(shop) {}

    struct session {
        stage now = stage::away;
        int item = nothing;
        int calls = 0;
    };
    struct idler {
        int item;
        std::int64_t since_ms;
    };
    struct parker {
        std::size_t who;
        std::int64_t since_ms;
    };

    std::array<session, session_count> sessions;
    std::deque<idler> idle;
    std::deque<parker> parked;
    std::deque<std::size_t> waiters;
    std::size_t size = 0;
    int made = 0;
    std::map<int, std::int64_t> live;  // item → when it was made

    // The item that session `who` gets; `nothing` if none is free.
    int take(std::size_t who) {
        int item = nothing;
        if (!idle.empty()) {
            item = idle.back().item;
            idle.pop_back();
        } else if (size < limits_.size_max) {
            ++size;
            item = place;
        } else if (!parked.empty()) {
            session& robbed = sessions.at(parked.front().who);
            parked.pop_front();
            robbed.now = stage::robbed;
            item = robbed.item;
        }
        return item == nothing ? nothing : use(who, item);
    }
    void queue(std::size_t who) {
        coarse_ms_ = now_ms();
        sessions.at(who).now = stage::queued;
        waiters.push_back(who);
    }
    void unqueue(std::size_t who) {
        std::erase(waiters, who);
        sessions.at(who).now = stage::away;
    }
    // Starts the loan; returns the item's number, or `failed`.
    int use(std::size_t who, int item) {
        if (item == place) {
            item = make();
        }
        sessions.at(who) = {
            .now = item == failed ? stage::away : stage::holding, .item = item, .calls = sessions.at(who).calls};
        return item;
    }
    void put(std::size_t who, bool fit) {
        const int item = sessions.at(who).item;
        sessions.at(who).now = stage::away;
        if (!fit || item == place || is_unwanted(item)) {
            close(item);
        } else {
            offer(item);
        }
    }
    void park(std::size_t who) {
        session& parking = sessions.at(who);
        if (!waiters.empty() || is_unwanted(parking.item)) {
            put(who, true);
            return;
        }
        parking.now = stage::parked;
        parked.push_back({.who = who, .since_ms = coarse_ms_});
    }
    void unpark(std::size_t who) {
        std::erase_if(parked, [&](const parker& each) { return each.who == who; });
        sessions.at(who).now = stage::holding;
    }
    void set_limits(pool_limits limits) {
        limits_ = limits;
        for (; !waiters.empty() && size < limits_.size_max; ++size) {
            grant(place);
        }
        for (; size > limits_.size_max && !idle.empty(); idle.pop_front()) {
            close(idle.front().item);
        }
        for (; size > limits_.size_max && !parked.empty(); parked.pop_front()) {
            session& loser = sessions.at(parked.front().who);
            loser.now = stage::robbed;
            close(loser.item);
        }
    }
    bool sweep() {
        coarse_ms_ = now_ms();
        std::vector<int> closing;
        auto stale = [&](int item, std::int64_t since_ms) {
            return is_old(item) ||
                   (coarse_ms_ - since_ms >= limits_.idle_timeout.count() && size - closing.size() > limits_.size_min);
        };
        std::erase_if(idle, [&](const idler& each) {
            const bool goes = stale(each.item, each.since_ms);
            goes ? closing.push_back(each.item) : void();
            return goes;
        });
        std::erase_if(parked, [&](const parker& each) {
            session& loser = sessions.at(each.who);
            const bool goes = stale(loser.item, each.since_ms);
            if (goes) {
                closing.push_back(loser.item);
                loser.now = stage::robbed;
            }
            return goes;
        });
        for (const int item : closing) {
            close(item);
        }
        while (size < limits_.size_min) {
            ++size;
            const int item = make();
            if (item == failed) {
                return false;
            }
            offer(item);
        }
        return true;
    }

  private:
    [[nodiscard]] std::int64_t now_ms() const { return shop_.time.unix_ms(); }
    [[nodiscard]] bool is_old(int item) const { return coarse_ms_ - live.at(item) >= limits_.lifetime_max.count(); }
    [[nodiscard]] bool is_unwanted(int item) const { return is_old(item) || size > limits_.size_max; }
    int make() {
        if (shop_.fails) {
            close(place);
            return failed;
        }
        coarse_ms_ = now_ms();
        live[++made] = coarse_ms_;
        return made;
    }
    void close(int item) {
        live.erase(item);
        --size;
        if (!waiters.empty() && size < limits_.size_max) {
            ++size;
            grant(place);
        }
    }
    void offer(int item) { waiters.empty() ? idle.push_back({.item = item, .since_ms = coarse_ms_}) : grant(item); }
    void grant(int item) {
        session& first = sessions.at(waiters.front());
        waiters.pop_front();
        first.now = stage::granted;
        first.item = item;
        ++first.calls;
    }

    pool_limits limits_;
    const workshop& shop_;
    std::int64_t coarse_ms_ = now_ms();
};

}  // namespace sluice::base::pool_model
