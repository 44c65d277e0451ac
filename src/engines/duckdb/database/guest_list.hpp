// guest_list.hpp - the sessions that may hold objects of one opened engine.
//
// Problem: an engine that has failed must be closed completely before its file is opened again, but connections, plans
//          and streams belong to sessions, most of which are idle and run on no thread.
// Use:     session: guest_list::entry me = guests.add({...});       // leaves with its destructor
//          engine:  guests.ask_to_leave();                          // repeated until size() == 0
// Order:   each guest's running statement is cancelled with engine_lost, and `recall` is called; the guest's owner then
//          lets the session leave between two statements. recall may be called once more after the entry is gone.
// Threads: any; recall runs on the thread that asks, without the lock.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/core/cancel.hpp"

namespace sluice::duckdb {

class guest_list : public std::enable_shared_from_this<guest_list> {
  public:
    struct guest {
        base::cancel_token* cancel = nullptr;
        std::function<void()> recall;  // may be empty
    };

    class entry {
      public:
        entry() = default;
        entry(entry&& other) noexcept = default;
        entry& operator=(entry&& other) noexcept {
            if (this != &other) {
                leave();
                owner_ = std::move(other.owner_);
                where_ = other.where_;
            }
            return *this;
        }
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;
        ~entry() { leave(); }

        void leave() {
            if (const auto owner = std::exchange(owner_, nullptr)) {
                const std::scoped_lock lock(owner->mutex_);
                owner->guests_.erase(where_);
            }
        }

      private:
        friend guest_list;
        entry(std::shared_ptr<guest_list> owner, std::list<guest>::iterator where)
            : owner_(std::move(owner)), where_(where) {}

        std::shared_ptr<guest_list> owner_;  // shared: the engine may be gone before its last guest
        std::list<guest>::iterator where_;
    };

    [[nodiscard]] entry add(guest fresh) {
        const std::scoped_lock lock(mutex_);
        return {shared_from_this(), guests_.insert(guests_.end(), std::move(fresh))};
    }

    void ask_to_leave() {
        std::vector<std::function<void()>> recalls;
        {
            const std::scoped_lock lock(mutex_);
            for (const guest& each : guests_) {
                (void)each.cancel->request(base::cancel_reason::engine_lost);
                recalls.push_back(each.recall);
            }
        }
        for (const auto& recall : recalls) {
            if (recall) {
                recall();
            }
        }
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return guests_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::list<guest> guests_;
};

}  // namespace sluice::duckdb
