#include "base/flow/buffer_pool.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/observe/metrics.hpp"

namespace sluice::base {
namespace {

TEST(buffer_pool, gives_the_same_bytes_again) {
    buffer_pool pool({.buffer_size_bytes = 1024, .kept_max = 2});
    auto first = pool.take();
    EXPECT_EQ(first.capacity(), 1024U);
    first.append("hello");
    const auto* place = first.data();
    pool.give_back(std::move(first));
    const auto again = pool.take();
    EXPECT_EQ(again.data(), place);
    EXPECT_TRUE(again.empty());
    EXPECT_EQ(pool.stats().allocated_total, 1U);
    EXPECT_EQ(pool.stats().reused_total, 1U);
}

TEST(buffer_pool, keeps_a_bounded_number) {
    buffer_pool pool({.buffer_size_bytes = 1024, .kept_max = 2});
    std::vector<byte_buffer> out;
    out.reserve(5);
    for (int i = 0; i < 5; ++i) {
        out.push_back(pool.take());
    }
    for (auto& each : out) {
        pool.give_back(std::move(each));
    }
    EXPECT_EQ(pool.stats().kept, 2U);
    EXPECT_EQ(pool.stats().freed_total, 3U);
}

TEST(buffer_pool, frees_what_has_outgrown_it_or_is_too_small) {
    buffer_pool pool({.buffer_size_bytes = 1024, .kept_max = 8});
    auto grown = pool.take();
    grown.append(std::string(5000, 'x'));
    pool.give_back(std::move(grown));
    pool.give_back(byte_buffer(100));
    pool.give_back(byte_buffer{});
    EXPECT_EQ(pool.stats().kept, 0U);
    EXPECT_EQ(pool.stats().freed_total, 2U) << "a buffer without bytes is nothing to free";
}

TEST(buffer_pool, exposes_its_numbers) {
    metrics_registry registry;
    buffer_pool pool({.buffer_size_bytes = 4096, .kept_max = 1});
    pool.expose(registry);
    pool.give_back(pool.take());
    EXPECT_NE(registry.text().find("sluice_buffer_pool_kept 1\n"), std::string::npos) << registry.text();
}

TEST(buffer_pool, serves_many_threads) {
    buffer_pool pool({.buffer_size_bytes = 256, .kept_max = 3});
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&pool, seed] {
            std::mt19937 random(seed);
            std::vector<byte_buffer> held;
            for (int i = 0; i < 5000; ++i) {
                if (held.empty() || random() % 2 == 0) {
                    held.push_back(pool.take());
                    EXPECT_TRUE(held.back().empty());
                    held.back().append("mine");
                } else {
                    pool.give_back(std::move(held.back()));
                    held.pop_back();
                }
            }
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    EXPECT_LE(pool.stats().kept, 3U);
}

}  // namespace
}  // namespace sluice::base
