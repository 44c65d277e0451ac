#include "base/run/executor.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"
#include "base/observe/metrics.hpp"

namespace sluice::base {

namespace {

using steady = std::chrono::steady_clock;

// A FIFO queue in slots that are allocated once.
class task_ring {
  public:
    explicit task_ring(std::size_t capacity) : slots_(capacity) {}

    [[nodiscard]] bool full() const { return size_ == slots_.size(); }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    void push(task work) {
        slots_[(first_ + size_) % slots_.size()] = std::move(work);
        ++size_;
    }
    [[nodiscard]] task pop() {
        task work = std::move(slots_[first_]);
        first_ = (first_ + 1) % slots_.size();
        --size_;
        return work;
    }

  private:
    std::vector<task> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

// Kept until the executor ends, and reused for a later thread: a late notify_one() must find it.
struct worker {
    std::thread thread;
    std::condition_variable wake;
    bool woken = false;             // under the executor's mutex
    std::atomic<bool> free = true;  // its thread has ended and can be joined, or it never had one
};

}  // namespace

// One mutex guards the queue and the list of sleepers. A woken or spinning worker is "searching"; while there is one,
// submit() wakes no other, and the searcher that finds a task wakes the next one if there is more to do.
class executor::impl {
  public:
    explicit impl(executor_params params) : params_(std::move(params)), queue_(params_.queue_max) {}
    ~impl() {
        stop(std::chrono::milliseconds(0));
        if (supervisor_.joinable()) {
            supervisor_.join();
        }
        for (auto& each : workers_) {
            SLUICE_ASSERT(each->thread.get_id() != std::this_thread::get_id());
            join(*each);
        }
        std::unique_lock lock(mutex_);
        all_gone_.wait(lock, [this] { return guests_ == 0; });
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    result<> start() {
        try {
            for (std::size_t i = 0; i < params_.threads_base; ++i) {
                spawn();
            }
            supervisor_ = std::thread([this] { supervise(); });
        } catch (const std::system_error& failure) {
            return fail(sqlstates::configuration_limit_exceeded,
                        std::string("cannot start executor threads: ") + failure.what());
        }
        return {};
    }

    result<> submit(task work) {
        worker* woken = nullptr;
        bool watch = false;
        {
            const std::scoped_lock lock(mutex_);
            if (stopping_) {
                return fail(sqlstates::cannot_connect_now, "the server is shutting down");
            }
            if (queue_.full()) {
                ++rejected_;
                return fail(error{.code = sqlstates::too_many_connections,
                                  .message = "too many statements are waiting to run",
                                  .hint = "Try again later, or raise max_connections.",
                                  .retryable = true});
            }
            queue_.push(std::move(work));
            waiting_.store(queue_.size(), std::memory_order_release);
            woken = wake_one_locked();
            watch = must_watch_locked();
        }
        if (woken != nullptr) {
            woken->wake.notify_one();
        }
        if (watch) {
            supervise_.notify_one();
        }
        return {};
    }

    void adopt_thread() const {
        if (params_.on_thread_start) {
            params_.on_thread_start();
        }
    }

    bool enter() {
        const std::scoped_lock lock(mutex_);
        if (stopping_ || !queue_.empty() || running_ >= params_.threads_max) {
            return false;
        }
        ++running_;
        ++guests_;
        ++started_;
        return true;
    }

    void leave() {
        worker* woken = nullptr;
        const std::scoped_lock lock(mutex_);
        --running_;
        --guests_;
        if (!queue_.empty()) {
            woken = wake_one_locked();
        }
        if (woken != nullptr) {
            woken->wake.notify_one();
        }
        if (stopping_ && guests_ == 0) {
            all_gone_.notify_all();
        }
    }

    bool stop(std::chrono::milliseconds deadline) {
        std::vector<task> dropped;  // destroyed without the lock
        std::unique_lock lock(mutex_);
        stopping_ = true;
        for (auto* each : idle_) {
            each->woken = true;
            each->wake.notify_one();
        }
        idle_.clear();
        supervise_.notify_one();
        const bool drained = all_gone_.wait_for(lock, deadline, [this] { return alive_ == 0 && guests_ == 0; });
        while (!queue_.empty()) {
            dropped.push_back(queue_.pop());
        }
        waiting_.store(0, std::memory_order_release);
        return drained && dropped.empty();
    }

    [[nodiscard]] executor_stats stats() const {
        const std::scoped_lock lock(mutex_);
        return {.threads = alive_,
                .running = running_,
                .queued = queue_.size(),
                .tasks_total = started_,
                .rejected_total = rejected_,
                .grown_total = grown_};
    }

  private:
    // Picks a sleeper for the task just queued; nullptr if a searcher will find the task.
    worker* wake_one_locked() {
        if (searching_ != 0 || idle_.empty()) {
            return nullptr;
        }
        worker* sleeper = idle_.back();
        idle_.pop_back();
        sleeper->woken = true;
        ++searching_;
        return sleeper;
    }

    // True if a task waits and no worker is about to take it: the supervisor must wake and watch the queue.
    bool must_watch_locked() { return !queue_.empty() && searching_ == 0 && !std::exchange(watching_, true); }

    // Guests may hold the places of threads_max; their leave() wakes a worker. A stopping executor runs the rest anyhow.
    [[nodiscard]] bool has_place_locked() const { return running_ < params_.threads_max || stopping_; }

    static void join(worker& each) {
        if (each.thread.joinable()) {
            each.thread.join();
        }
    }

    worker& unused_worker() {
        for (auto& each : workers_) {
            if (each->free.load(std::memory_order_acquire)) {
                join(*each);
                return *each;
            }
        }
        return *workers_.emplace_back(std::make_unique<worker>());
    }

    // Called at start, later only by the supervisor's thread.
    void spawn() {
        worker& fresh = unused_worker();
        fresh.free.store(false, std::memory_order_relaxed);
        {
            const std::scoped_lock lock(mutex_);
            ++searching_;
            grown_ += ++alive_ > params_.threads_base ? 1 : 0;
        }
        try {
            const auto name = (params_.name + "-" + std::to_string(spawned_ + 1)).substr(0, 15);
            fresh.thread = std::thread([this, &fresh, name] {
                ::pthread_setname_np(::pthread_self(), name.c_str());
                adopt_thread();
                work(fresh);
            });
            ++spawned_;
        } catch (const std::system_error&) {
            const std::scoped_lock lock(mutex_);
            grown_ -= alive_-- > params_.threads_base ? 1 : 0;
            --searching_;
            fresh.free.store(true, std::memory_order_relaxed);
            throw;
        }
    }

    void work(worker& self) {
        std::unique_lock lock(mutex_);
        bool searching = true;
        for (;;) {
            if (!queue_.empty() && has_place_locked()) {
                run_one(lock, searching);
                searching = false;
                continue;
            }
            if (stopping_) {
                break;
            }
            if (!searching && searching_ == 0) {
                searching = true;
                ++searching_;
                lock.unlock();
                spin();
                lock.lock();
                continue;
            }
            if (searching) {
                searching = false;
                --searching_;
            }
            if (!sleep(lock, self)) {
                break;
            }
            searching = self.woken && !stopping_;
        }
        if (searching) {
            --searching_;
        }
        --alive_;
        self.free.store(true, std::memory_order_release);
        all_gone_.notify_all();
    }

    void run_one(std::unique_lock<std::mutex>& lock, bool searching) {
        task work = queue_.pop();
        waiting_.store(queue_.size(), std::memory_order_release);
        ++started_;
        ++running_;
        if (searching) {
            --searching_;
        }
        worker* next = queue_.empty() ? nullptr : wake_one_locked();
        const bool watch = must_watch_locked();
        lock.unlock();
        if (next != nullptr) {
            next->wake.notify_one();
        }
        if (watch) {
            supervise_.notify_one();
        }
        work();
        work = nullptr;  // destroys its captures before the lock is taken again
        lock.lock();
        --running_;
    }

    void spin() const {
        if (params_.spin.count() == 0) {
            return;
        }
        const auto until = steady::now() + params_.spin;
        while (waiting_.load(std::memory_order_acquire) == 0 && steady::now() < until) {
            ::sched_yield();
        }
    }

    // False: the thread was idle for too long and is not one of the base threads.
    bool sleep(std::unique_lock<std::mutex>& lock, worker& self) {
        self.woken = false;
        idle_.push_back(&self);
        while (!self.wake.wait_for(lock, params_.idle_max, [&] { return self.woken; })) {
            if (alive_ > params_.threads_base) {
                std::erase(idle_, &self);
                return false;
            }
        }
        return true;
    }

    // Sleeps until a task finds every worker busy; then checks every grow_after whether the queue moves.
    void supervise() {
        ::pthread_setname_np(::pthread_self(), (params_.name.substr(0, 11) + "-sup").c_str());
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            if (queue_.empty()) {
                watching_ = false;
                supervise_.wait(lock, [this] { return stopping_ || watching_; });
            }
            const auto started_before = started_;
            supervise_.wait_for(lock, params_.grow_after, [this] { return stopping_; });
            const bool stuck = !queue_.empty() && started_ == started_before && idle_.empty();
            if (stuck && !stopping_ && alive_ < params_.threads_max && has_place_locked()) {
                lock.unlock();
                grow();
                lock.lock();
            }
        }
    }

    void grow() {
        try {
            spawn();
            grow_failed_ = false;
        } catch (const std::system_error& failure) {
            // The supervisor retries while the queue stands still; one line in the log is enough.
            if (!std::exchange(grow_failed_, true)) {
                logger("executor").warn("no more threads", {{"pool", params_.name}, {"reason", failure.what()}});
            }
        }
    }

    const executor_params params_;
    mutable std::mutex mutex_;
    task_ring queue_;
    std::atomic<std::size_t> waiting_{0};  // queue_.size() for spinners, which do not hold the mutex
    std::vector<worker*> idle_;            // sleepers; the last one was busy most recently
    std::size_t searching_ = 0;            // awake and without a task
    std::size_t alive_ = 0;
    std::size_t running_ = 0;  // workers and guests
    std::size_t guests_ = 0;   // threads between enter() and leave()
    std::uint64_t started_ = 0;
    std::uint64_t rejected_ = 0;
    std::uint64_t grown_ = 0;
    bool watching_ = false;  // the supervisor is awake or about to be
    bool stopping_ = false;
    std::condition_variable supervise_;
    std::condition_variable all_gone_;

    // Used by start(), then by the supervisor, then by the destructor.
    std::vector<std::unique_ptr<worker>> workers_;
    std::size_t spawned_ = 0;
    bool grow_failed_ = false;
    std::thread supervisor_;
};

executor::executor(std::unique_ptr<impl> impl) : impl_(std::move(impl)) {}
executor::~executor() = default;

result<std::unique_ptr<executor>> executor::start(executor_params params) {
    if (params.threads_base == 0) {
        params.threads_base = std::max(1U, std::thread::hardware_concurrency());
    }
    params.threads_max = std::max(params.threads_max, params.threads_base);
    params.queue_max = std::max<std::size_t>(params.queue_max, 1);
    auto inner = std::make_unique<impl>(std::move(params));
    TRY(inner->start());
    return std::unique_ptr<executor>(new executor(std::move(inner)));
}

result<> executor::submit(task work) {
    return impl_->submit(std::move(work));
}

void executor::adopt_thread() const {
    impl_->adopt_thread();
}

bool executor::enter() {
    return impl_->enter();
}

void executor::leave() {
    impl_->leave();
}

bool executor::stop(std::chrono::milliseconds deadline) {
    return impl_->stop(deadline);
}

executor_stats executor::stats() const {
    return impl_->stats();
}

void executor::expose(metrics_registry& registry) const {
    const sampled_metrics from(registry, [this] { return stats(); });
    from.gauge({"executor_threads", "threads", "Threads that run engine work"}, &executor_stats::threads);
    from.gauge({"executor_running", "tasks", "Tasks that run now"}, &executor_stats::running);
    from.gauge({"executor_queued", "tasks", "Tasks that wait for a thread"}, &executor_stats::queued);
    from.counter({"executor_tasks_total", "tasks", "Tasks started"}, &executor_stats::tasks_total);
    from.counter({"executor_rejected_total", "tasks", "Tasks refused because the queue was full"},
                 &executor_stats::rejected_total);
    from.counter({"executor_grown_total", "threads", "Threads added because the queue stood still"},
                 &executor_stats::grown_total);
}

}  // namespace sluice::base
