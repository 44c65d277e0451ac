#include "server/net/io_loop.hpp"

#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/net/loop_threads.hpp"

namespace sluice::server {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::milliseconds sweep_interval{20};
}

struct io_loop::impl {
    explicit impl(const io_loop_params& params)
        : time(*params.clock),
          io(1),
          keep(io.get_executor()),
          timer(io),
          housekeeping(io),
          housekeeping_every(params.housekeeping_interval),
          given(params) {
        schedule_housekeeping();
    }

    void schedule_housekeeping() {
        housekeeping.expires_after(housekeeping_every);
        housekeeping.async_wait([this](const boost::system::error_code& failure) {
            if (!failure) {
                for (const auto& [key, each] : connections) {
                    each->housekeep(time.steady_ns());
                }
                schedule_housekeeping();
            }
        });
    }

    void schedule() {
        timer.expires_after(sweep_interval);
        timer.async_wait([this](const boost::system::error_code& failure) {
            if (!failure) {
                sweep();
            }
        });
    }

    void sweep() {
        auto due = std::exchange(watched, {});  // sweep() may add to watched
        const auto now_ns = time.steady_ns();
        for (auto& each : due) {
            if (each->sweep(now_ns)) {
                watched.push_back(std::move(each));
            }
        }
        sweeping = !watched.empty();
        if (sweeping) {
            schedule();
        }
    }

    base::clock& time;
    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> keep;
    asio::steady_timer timer;
    asio::steady_timer housekeeping;
    const std::chrono::milliseconds housekeeping_every;
    std::unordered_map<const connection*, std::shared_ptr<connection>> connections;
    std::atomic<std::size_t> count{0};
    std::vector<std::shared_ptr<connection>> watched;
    bool sweeping = false;
    std::array<char, std::size_t{64} * 1024> scratch{};
    const io_loop_params given;
    std::optional<loop_threads> threads;  // made when the loop is shared
};

io_loop::io_loop(const io_loop_params& params) : impl_(std::make_unique<impl>(params)) {}
io_loop::~io_loop() = default;

boost::asio::io_context& io_loop::io() {
    return impl_->io;
}

loop_threads& io_loop::threads() {
    if (!impl_->threads) {
        impl_->threads.emplace(loop_threads_params{.io = &impl_->io,
                                                   .executor = impl_->given.executor,
                                                   .watch = impl_->given.watch,
                                                   .owner = weak_from_this()});
    }
    return *impl_->threads;
}

void io_loop::stop() {
    impl_->io.stop();
}

void io_loop::post(std::function<void()> work) {
    asio::post(impl_->io, std::move(work));
}

void io_loop::adopt(std::shared_ptr<connection> fresh) {
    connection& added = *fresh;
    impl_->connections.emplace(&added, std::move(fresh));
    impl_->count.fetch_add(1, std::memory_order_relaxed);
    added.start();
}

void io_loop::forget(const connection& gone) {
    if (impl_->connections.erase(&gone) != 0) {
        impl_->count.fetch_sub(1, std::memory_order_relaxed);
    }
}

void io_loop::watch(std::shared_ptr<connection> active) {
    impl_->watched.push_back(std::move(active));
    if (!std::exchange(impl_->sweeping, true)) {
        impl_->schedule();
    }
}

void io_loop::for_each(const std::function<void(connection&)>& act) {
    std::vector<std::shared_ptr<connection>> all;  // act() may forget some
    all.reserve(impl_->connections.size());
    for (const auto& [key, each] : impl_->connections) {
        all.push_back(each);
    }
    for (const auto& each : all) {
        act(*each);
    }
}

std::array<char, std::size_t{64} * 1024>& io_loop::scratch() {
    return impl_->scratch;
}

std::size_t io_loop::connections() const {
    return impl_->count.load(std::memory_order_relaxed);
}

}  // namespace sluice::server
