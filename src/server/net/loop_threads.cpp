#include "server/net/loop_threads.hpp"

#include <chrono>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "base/observe/log.hpp"
#include "server/net/leader_watch.hpp"

namespace sluice::server {

namespace {

constexpr base::logger log{"server"};
constexpr std::chrono::seconds reserve_time{5};

// The loop whose handler this thread is in.
thread_local loop_threads* in_handler_of = nullptr;
// The loop whose work this thread runs, and the number of the work.
thread_local loop_threads* works_for = nullptr;
thread_local std::uint64_t work_number = 0;

}  // namespace

void loop_threads::start() {
    {
        const std::scoped_lock lock(mutex_);
        vacant_ = true;
    }
    appoint();
}

void loop_threads::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ && idle_ == 0; });
}

bool loop_threads::run_here(base::task& work) {
    loop_threads* const loop = in_handler_of;
    if (loop == nullptr || loop->params_.executor == nullptr || !loop->params_.executor->enter()) {
        return false;
    }
    loop->handed_over_.push_back(std::move(work));
    return true;
}

void loop_threads::start_thread() {
    std::thread([this, owner = params_.owner.lock()] {
        ::pthread_setname_np(::pthread_self(), params_.name.c_str());
        serve();
    }).detach();  // it may run a statement that outlasts wait(); `owner` keeps what it uses
}

void loop_threads::serve() {
    {
        const std::scoped_lock lock(mutex_);
        if (!std::exchange(vacant_, false)) {
            return;  // another thread was faster; the executor may be gone
        }
        ++idle_;
    }
    if (params_.executor != nullptr) {
        params_.executor->adopt_thread();
    }
    do {
        if (lead()) {
            const std::scoped_lock lock(mutex_);
            stopped_ = true;
            --idle_;
            changed_.notify_all();
            return;
        }
    } while (wait_as_reserve());
}

// True: the context has stopped. False: another thread leads.
bool loop_threads::lead() {
    // A leader that was displaced may have left work behind.
    while (run_handed_over()) {
        if (params_.io->stopped()) {
            return true;
        }
        in_handler_of = this;
        (void)params_.io->run_one();
        in_handler_of = nullptr;
    }
    return false;
}

bool loop_threads::run_handed_over() {
    while (!handed_over_.empty()) {
        base::task work = std::move(handed_over_.front());
        handed_over_.pop_front();
        std::uint64_t number = ++work_count_;
        work_running_.store(number, std::memory_order_seq_cst);
        params_.watch->wake();
        works_for = this;
        work_number = number;
        work();
        works_for = nullptr;
        work = nullptr;  // destroys its captures before the place is given back
        params_.executor->leave();
        if (!work_running_.compare_exchange_strong(number, 0, std::memory_order_acq_rel)) {
            return false;
        }
    }
    return true;
}

bool loop_threads::wait_as_reserve() {
    std::unique_lock lock(mutex_);
    if (stopped_ || (reserve_ > 0 && !vacant_)) {
        return false;
    }
    ++reserve_;
    ++idle_;
    (void)changed_.wait_for(lock, reserve_time, [this] { return vacant_ || stopped_; });
    --reserve_;
    if (!stopped_ && std::exchange(vacant_, false)) {
        return true;
    }
    --idle_;
    changed_.notify_all();
    return false;
}

bool loop_threads::look() {
    const std::uint64_t running = work_running_.load(std::memory_order_acquire) & ~pinned;
    const bool lasts = running != 0 && running == seen_;
    seen_ = lasts && displace(running) ? 0 : running;
    appoint();
    return running != 0;
}

bool loop_threads::displace(std::uint64_t work) {
    if (!work_running_.compare_exchange_strong(work, 0, std::memory_order_acq_rel)) {
        return false;
    }
    const std::scoped_lock lock(mutex_);
    --idle_;
    vacant_ = true;
    return true;
}

bool loop_threads::while_leading(const std::function<void()>& step) {
    loop_threads* const loop = works_for;
    std::uint64_t number = work_number;
    if (loop == nullptr ||
        !loop->work_running_.compare_exchange_strong(number, number | pinned, std::memory_order_acq_rel)) {
        return false;
    }
    works_for = nullptr;  // steps do not nest
    step();
    works_for = loop;
    loop->work_running_.store(work_number, std::memory_order_release);
    return true;
}

bool loop_threads::needs_watch() {
    const std::scoped_lock lock(mutex_);
    return vacant_ || work_running_.load(std::memory_order_seq_cst) != 0;
}

void loop_threads::appoint() {
    {
        const std::scoped_lock lock(mutex_);
        if (!vacant_) {
            return;
        }
        if (reserve_ > 0) {
            changed_.notify_all();
            return;
        }
    }
    std::string reason;
    try {
        start_thread();
    } catch (const std::system_error& failure) {
        reason = failure.what();
    }
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(start_failed_, !reason.empty()) && !reason.empty()) {
        // Tried again at the next look; the displaced thread takes the lead, too, as soon as its work is done.
        log.warn("no thread for the sockets while a statement runs", {{"reason", reason}});
    }
}

}  // namespace sluice::server
