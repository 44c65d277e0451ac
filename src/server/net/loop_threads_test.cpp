#include "server/net/loop_threads.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/net/leader_watch.hpp"

namespace sluice::server {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A loop with its context, as io_loop has them.
struct loop_state {
    loop_state() : keep(io.get_executor()) {}
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> keep;
    std::unique_ptr<loop_threads> threads;
};

class loop_threads_of_a_server : public testing::Test {
  protected:
    enum class watched : std::uint8_t { no, yes };
    void start(std::size_t threads_max = 8, watched looked_at = watched::yes) {
        pool = base::executor::start({.name = "pool", .threads_base = 1, .threads_max = threads_max}).value();
        loop = std::make_shared<loop_state>();
        loop->threads = std::make_unique<loop_threads>(
            loop_threads_params{.io = &loop->io, .executor = pool.get(), .watch = &watch, .owner = loop});
        loop->threads->start();
        watch.start(looked_at == watched::yes ? std::vector{loop->threads.get()} : std::vector<loop_threads*>());
    }
    void stop() {
        loop->io.stop();
        loop->threads->wait();
        watch.stop();
    }
    // Has a handler of the loop hand `work` over; whether it was taken.
    bool hand_over(std::function<void()> work) {
        std::latch done(1);
        bool taken = false;
        asio::post(loop->io, [&] {
            base::task task = std::move(work);
            taken = loop_threads::run_here(task);
            done.count_down();
        });
        done.wait();
        return taken;
    }
    void wait_for_handler() {
        std::latch done(1);
        asio::post(loop->io, [&] { done.count_down(); });
        done.wait();
    }

    std::unique_ptr<base::executor> pool;
    leader_watch watch;
    std::shared_ptr<loop_state> loop;
};

TEST_F(loop_threads_of_a_server, work_runs_on_the_thread_of_its_handler) {
    start();
    std::thread::id handler;
    std::thread::id worker;
    std::latch done(1);
    asio::post(loop->io, [&] {
        handler = std::this_thread::get_id();
        base::task task = [&] {
            worker = std::this_thread::get_id();
            done.count_down();
        };
        ASSERT_TRUE(loop_threads::run_here(task));
    });
    done.wait();
    EXPECT_EQ(worker, handler);
    stop();
    EXPECT_EQ(pool->stats().running, 0U);
}

TEST_F(loop_threads_of_a_server, no_work_is_taken_outside_of_a_handler) {
    start();
    bool ran = false;
    base::task task = [&] { ran = true; };
    EXPECT_FALSE(loop_threads::run_here(task));
    ASSERT_TRUE(task);
    task();
    EXPECT_TRUE(ran);
    bool nested = true;
    std::latch done(1);
    ASSERT_TRUE(hand_over([&] {
        base::task inner = [] {};
        nested = loop_threads::run_here(inner);  // the handler has returned
        done.count_down();
    }));
    done.wait();
    EXPECT_FALSE(nested);
    stop();
}

TEST_F(loop_threads_of_a_server, handlers_go_on_while_work_lasts) {
    start();
    std::latch release(1);
    std::atomic<bool> ended = false;
    ASSERT_TRUE(hand_over([&] {
        release.wait();
        ended = true;
    }));
    for (int i = 0; i < 100; ++i) {
        wait_for_handler();
    }
    EXPECT_EQ(pool->stats().running, 1U) << "lasting work has its place";
    EXPECT_FALSE(ended);
    release.count_down();
    stop();
    EXPECT_TRUE(pool->stop(seconds(20)));
    EXPECT_TRUE(ended);
}

TEST_F(loop_threads_of_a_server, work_behind_work_that_lasts_is_run_by_the_next_leader) {
    start();
    std::latch second_ran(1);
    std::latch done(2);
    asio::post(loop->io, [&] {
        base::task first = [&] {
            second_ran.wait();
            done.count_down();
        };
        base::task second = [&] {
            second_ran.count_down();
            done.count_down();
        };
        EXPECT_TRUE(loop_threads::run_here(first));
        EXPECT_TRUE(loop_threads::run_here(second));
    });
    done.wait();
    stop();
}

TEST_F(loop_threads_of_a_server, work_makes_steps_of_a_handler_while_it_leads) {
    start(8, watched::no);
    int steps = 0;
    std::latch done(1);
    ASSERT_TRUE(hand_over([&] {
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(loop_threads::while_leading([&] {
                ++steps;
                EXPECT_FALSE(loop_threads::while_leading([&] { ++steps; }));
            }));
        }
        done.count_down();
    }));
    done.wait();
    EXPECT_EQ(steps, 3);
    EXPECT_FALSE(loop_threads::while_leading([&] { ++steps; })) << "no thread of the loop";
    std::latch handled(1);
    asio::post(loop->io, [&] {
        EXPECT_FALSE(loop_threads::while_leading([&] { ++steps; })) << "a handler needs no permission";
        handled.count_down();
    });
    handled.wait();
    EXPECT_EQ(steps, 3);
    stop();
}

TEST_F(loop_threads_of_a_server, no_handler_runs_beside_a_step_and_work_that_lost_the_lead_makes_none) {
    start();
    std::atomic<bool> in_step = false;
    std::atomic<bool> handled = false;
    std::latch done(1);
    ASSERT_TRUE(hand_over([&] {
        // Longer than the watch needs to displace work that is not in a step.
        EXPECT_TRUE(loop_threads::while_leading([&] {
            in_step = true;
            std::this_thread::sleep_for(milliseconds(20));
            EXPECT_FALSE(handled);
            in_step = false;
        }));
        while (!handled) {
            std::this_thread::yield();
        }
        EXPECT_FALSE(loop_threads::while_leading([] {}));
        done.count_down();
    }));
    asio::post(loop->io, [&] {
        EXPECT_FALSE(in_step);
        handled = true;
    });
    done.wait();
    stop();
}

TEST_F(loop_threads_of_a_server, much_lasting_work_at_once_and_again) {
    start();
    for (int round = 0; round < 3; ++round) {
        std::latch release(1);
        std::latch ended(5);
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(hand_over([&] {
                release.wait();
                ended.count_down();
            }));
        }
        EXPECT_EQ(pool->stats().running, 5U);
        release.count_down();
        ended.wait();
    }
    stop();
}

TEST_F(loop_threads_of_a_server, work_beyond_threads_max_is_not_taken) {
    start(2);
    std::latch release(1);
    ASSERT_TRUE(hand_over([&] { release.wait(); }));
    ASSERT_TRUE(hand_over([&] { release.wait(); }));
    EXPECT_FALSE(hand_over([] {}));
    std::atomic<bool> ran = false;
    ASSERT_TRUE(pool->submit([&] { ran = true; }).has_value());
    EXPECT_FALSE(ran) << "guests hold all places";
    release.count_down();
    stop();
    EXPECT_TRUE(pool->stop(seconds(20)));
    EXPECT_TRUE(ran);
}

TEST_F(loop_threads_of_a_server, stops_while_work_lasts) {
    start();
    std::latch release(1);
    ASSERT_TRUE(hand_over([&] { release.wait(); }));
    stop();  // returns
    const std::weak_ptr<loop_state> alive = loop;
    loop.reset();
    EXPECT_FALSE(alive.expired()) << "the thread keeps what it uses";
    EXPECT_FALSE(pool->stop(milliseconds(1)));
    release.count_down();
    EXPECT_TRUE(pool->stop(seconds(20)));
}

TEST_F(loop_threads_of_a_server, short_work_runs_in_order_and_none_is_lost) {
    start();
    constexpr int count = 20'000;
    std::vector<int> order;
    std::latch done(1);
    for (int i = 0; i < count; ++i) {
        asio::post(loop->io, [&, i] {
            base::task task = [&, i] {
                order.push_back(i);
                if (i == count - 1) {
                    done.count_down();
                }
            };
            if (!loop_threads::run_here(task)) {
                task();
            }
        });
    }
    done.wait();
    stop();
    EXPECT_EQ(order.size(), static_cast<std::size_t>(count));
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

}  // namespace
}  // namespace sluice::server
