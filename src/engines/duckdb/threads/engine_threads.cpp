#include "engines/duckdb/threads/engine_threads.hpp"

#include <algorithm>
#include <chrono>
#include <pthread.h>
#include <string>
#include <utility>

#include "base/run/memory_wall.hpp"
#include "engines/duckdb/fence/thread_fence.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::chrono::milliseconds tick_interval{1};
constexpr int idle_ticks_max = 100;
// DuckDB has no call that waits for a task without spinning.
constexpr std::chrono::microseconds poll_first{20};
constexpr std::chrono::microseconds poll_last{500};
constexpr int idle_tries_max = 100;

// A task is the work of one query; the scope drops its reference before the query can be gone.
idx_t run_task(duckdb_task_state state) {
    const base::memory_wall::helper_scope counted;
    return duckdb_execute_n_tasks_state(state, 1);
}

void name_thread(const std::string& name) {
    ::pthread_setname_np(::pthread_self(), name.c_str());
}

}  // namespace

engine_threads::engine_threads(duckdb_database database, std::size_t count, std::shared_ptr<const thread_fence> fence)
    : fence_(std::move(fence)) {
    if (count == 0) {
        return;
    }
    state_ = duckdb_create_task_state(database);
    threads_.reserve(count + 1);
    threads_.emplace_back([this] {
        name_thread("engine-ticker");
        run_ticker();
    });
    for (std::size_t i = 0; i < count; ++i) {
        threads_.emplace_back([this, i] {
            name_thread("engine-" + std::to_string(i + 1));
            if (fence_) {
                fence_->enter();
            }
            run_helper();
        });
    }
}

engine_threads::~engine_threads() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    if (state_ == nullptr) {
        return;
    }
    duckdb_finish_execution(state_);
    ticker_wake_.notify_all();
    helpers_wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    duckdb_destroy_task_state(state_);
}

void engine_threads::add_demand() {
    if (demands_.fetch_add(1) == 0 && !threads_.empty()) {
        const std::scoped_lock lock(mutex_);
        helpers_wake_.notify_all();
    }
}

void engine_threads::wake_ticker() {
    const std::scoped_lock lock(mutex_);
    ticker_sleeps_.store(false);
    ticker_wake_.notify_one();
}

void engine_threads::tick() {
    const std::size_t young = young_.load();
    const std::size_t old = 1 - young;
    const bool lasting = calls_[old].load() > 0;
    if (lasting && !long_call_.exchange(true)) {
        const std::scoped_lock lock(mutex_);
        helpers_wake_.notify_all();
    }
    if (!lasting) {
        long_call_.store(false);
        young_.store(old);
    }
}

void engine_threads::run_ticker() {
    int idle_ticks = 0;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        ticker_wake_.wait_for(lock, tick_interval, [this] { return stopping_; });
        lock.unlock();
        tick();
        lock.lock();
        const auto nothing = [this] { return calls_[0].load() == 0 && calls_[1].load() == 0; };
        idle_ticks = nothing() ? idle_ticks + 1 : 0;
        if (idle_ticks < idle_ticks_max) {
            continue;
        }
        // A thread that enters from here on sees the flag, or nothing() sees its call.
        ticker_sleeps_.store(true);
        if (nothing()) {
            ticker_wake_.wait(lock, [this] { return stopping_ || !ticker_sleeps_.load(); });
        }
        ticker_sleeps_.store(false);
        idle_ticks = 0;
    }
}

void engine_threads::run_helper() {
    std::unique_lock lock(mutex_);
    for (;;) {
        helpers_wake_.wait(lock, [this] { return stopping_ || wanted(); });
        if (stopping_) {
            return;
        }
        lock.unlock();
        wakings_.fetch_add(1, std::memory_order_relaxed);
        for (auto pause = poll_first; wanted() && !duckdb_task_state_is_finished(state_);) {
            if (run_task(state_) > 0) {
                pause = poll_first;
                continue;
            }
            std::this_thread::sleep_for(pause);
            pause = std::min(pause * 2, poll_last);
        }
        lock.lock();
    }
}

const char* run_pending(engine_threads& threads, const owned_pending& pending, owned_result& result,
                        const interrupts* stops) {
    const engine_threads::call lasting(threads);
    for (int idle = 0;;) {
        if (stops != nullptr) {
            stops->let_urgent_pass();
        }
        const duckdb_pending_state state = duckdb_pending_execute_task(pending.get());
        if (state == DUCKDB_PENDING_ERROR) {
            return duckdb_pending_error(pending.get());
        }
        if (duckdb_pending_execution_is_finished(state)) {
            break;
        }
        idle = state == DUCKDB_PENDING_NO_TASKS_AVAILABLE ? idle + 1 : 0;
        if (idle > idle_tries_max) {
            std::this_thread::sleep_for(poll_first);
        }
    }
    return duckdb_execute_pending(pending.get(), result.out()) == DuckDBError ? duckdb_result_error(result.get())
                                                                              : nullptr;
}

}  // namespace sluice::duckdb
