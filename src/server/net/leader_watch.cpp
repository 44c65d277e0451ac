#include "server/net/leader_watch.hpp"

#include <algorithm>
#include <chrono>
#include <pthread.h>
#include <utility>

#include "server/net/loop_threads.hpp"

namespace sluice::server {

namespace {

constexpr std::chrono::microseconds look_interval{1000};
constexpr int quiet_looks_max = 5;

}  // namespace

void leader_watch::start(std::vector<loop_threads*> loops) {
    loops_ = std::move(loops);
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "io-watch");
        run();
    });
}

void leader_watch::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        woken_.notify_one();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
}

void leader_watch::run() {
    int quiet_looks = 0;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (quiet_looks >= quiet_looks_max) {
            // The order matters: a leader announces its work, then looks at asleep_.
            asleep_.store(true, std::memory_order_seq_cst);
            if (!must_look()) {
                woken_.wait(lock, [this] { return stopping_ || !asleep_.load(std::memory_order_relaxed); });
            }
            asleep_.store(false, std::memory_order_seq_cst);
            quiet_looks = 0;
        }
        woken_.wait_for(lock, look_interval, [this] { return stopping_; });
        bool quiet = true;
        for (loop_threads* each : loops_) {
            quiet &= !each->look();
        }
        quiet_looks = quiet ? quiet_looks + 1 : 0;
    }
}

void leader_watch::wake_sleeper() {
    const std::scoped_lock lock(mutex_);
    asleep_.store(false, std::memory_order_relaxed);
    woken_.notify_one();
}

bool leader_watch::must_look() const {
    return std::ranges::any_of(loops_, [](loop_threads* each) { return each->needs_watch(); });
}

}  // namespace sluice::server
