// descriptor_reserve.hpp - file descriptors that listeners keep for the time when there are no others.
//
// Problem: without a free descriptor a client waits unheard in the backlog, and so does a request for /readyz.
// Use:     const auto mine = reserve.add();                   // one for each listener
//          if (!reserve.refill()) { if (reserve.give_up(mine)) { accept one connection, to refuse it } }
// Order:   what becomes free goes to the reserve before anything is accepted, and to the latest listener (HTTP) first:
//          none of them takes what another one has given up.
// Threads: the io thread of the listeners.
#pragma once

#include <cstddef>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::server {

class descriptor_reserve {
  public:
    descriptor_reserve() = default;
    descriptor_reserve(const descriptor_reserve&) = delete;
    descriptor_reserve& operator=(const descriptor_reserve&) = delete;
    ~descriptor_reserve() {
        for (std::size_t slot = 0; slot < kept_.size(); ++slot) {
            (void)give_up(slot);
        }
    }

    [[nodiscard]] std::size_t add() {
        kept_.push_back(-1);
        return kept_.size() - 1;
    }
    // False: there are no free descriptors.
    [[nodiscard]] bool refill() {
        for (std::size_t left = kept_.size(); left > 0; --left) {
            int& slot = kept_[left - 1];
            if (slot < 0) {
                slot = ::eventfd(0, EFD_CLOEXEC);
            }
            if (slot < 0) {
                return false;
            }
        }
        return true;
    }
    // False: it was given up before.
    [[nodiscard]] bool give_up(std::size_t slot) {
        const int kept = std::exchange(kept_[slot], -1);
        return kept >= 0 && ::close(kept) == 0;
    }

  private:
    std::vector<int> kept_;  // by slot; negative: given up
};

}  // namespace sluice::server
