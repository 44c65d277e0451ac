// test_server.hpp - a server on loopback over the fake engine, with a clock that tests can move.
//
// Use:     test_server server;  server.engine.on("select 1") = ...;  server.params.limits...;  server.start();
//          wire_client client(server.port());
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/core/clock.hpp"
#include "base/observe/metrics.hpp"
#include "base/run/executor.hpp"
#include "server/server.hpp"
#include "testing/fake_engine.hpp"

namespace sluice::server::test {

inline constexpr std::chrono::seconds patience{20};

// An event that happens once, on any thread.
class event {
  public:
    void set() {
        const std::scoped_lock lock(mutex_);
        happened_ = true;
        changed_.notify_all();
    }
    [[nodiscard]] bool wait(std::chrono::milliseconds deadline = patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, deadline, [this] { return happened_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool happened_ = false;
};

// Polls a condition that cannot be waited for, such as a number that another thread changes.
inline bool eventually(const std::function<bool()>& is_so, std::chrono::milliseconds limit = patience) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

// Real time plus what a test adds; any thread.
class shifted_clock final : public base::clock {
  public:
    [[nodiscard]] std::int64_t steady_ns() const override { return base::system_clock().steady_ns() + shift_ns_; }
    [[nodiscard]] std::int64_t unix_ms() const override { return base::system_clock().unix_ms(); }
    void advance(std::chrono::milliseconds time) { shift_ns_ += time.count() * 1'000'000; }

  private:
    std::atomic<std::int64_t> shift_ns_{0};
};

class test_server {
  public:
    test_server() : backend(engine) {
        executor = base::executor::start({.name = "test", .threads_base = 2, .threads_max = 64}).value();
        params.listen = {{"127.0.0.1", 0}};
        params.authentication.databases = {"main"};
        params.executor = executor.get();
        params.backend = &backend;
        params.clock = &clock;
        params.metrics = &metrics;
        params.drain_timeout = patience;
        engine.on("select 1") = {.columns = {testing::int_column("?column?")}, .rows = {{"1"}}};
    }
    test_server(const test_server&) = delete;
    test_server& operator=(const test_server&) = delete;
    ~test_server() {
        release.set();
        if (thread_.joinable()) {
            front->request_stop();
            front->request_stop();
            thread_.join();
        }
    }

    void start() {
        front.emplace(params);
        const auto bound = front->bind();
        ASSERT_TRUE(bound.has_value()) << bound.error().message;
        thread_ = std::thread([this] { outcome = front->run(); });
    }
    // Call it after request_stop().
    [[nodiscard]] stop_outcome wait_until_stopped() {
        thread_.join();
        return outcome;
    }
    [[nodiscard]] std::uint16_t port() const { return front->ports().at(0); }

    // A statement that runs (inside the engine, without rows) until it is cancelled or `release` is set.
    void script_long_statement(const std::string& sql) {
        engine.on(sql) = {
            .columns = {testing::int_column("n")}, .counted_rows = 1, .before_row = [this](std::uint64_t) {
                running.set();
                (void)release.wait(patience);
            }};
    }
    // Counts slowly without end: a row each millisecond, so that a cancel is noticed and output hardly grows.
    void script_slow_count(const std::string& sql) {
        engine.on(sql) = {
            .columns = {testing::int_column("n")}, .counted_rows = 1'000'000'000, .before_row = [this](std::uint64_t) {
                running.set();
                (void)release.wait(std::chrono::milliseconds(1));
            }};
    }
    void script_count(const std::string& sql, std::uint64_t rows) {
        engine.on(sql) = {.columns = {testing::int_column("n")}, .counted_rows = rows};
    }

    // The value of a line of /metrics, e.g. "sluice_sessions_active".
    [[nodiscard]] double metric(std::string_view name) const {
        const std::string text = "\n" + metrics.text();
        const auto at = text.find("\n" + std::string(name) + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + 2 + name.size()));
    }
    [[nodiscard]] bool reaches(std::string_view name, double value) const {
        return eventually([&] { return metric(name) == value; });
    }

    testing::fake_engine engine;
    testing::fake_backend backend;
    std::unique_ptr<base::executor> executor;
    base::metrics_registry metrics;
    shifted_clock clock;
    server_params params;
    std::optional<server> front;
    stop_outcome outcome = stop_outcome::abandoned;
    event running;
    event release;

  private:
    std::thread thread_;
};

}  // namespace sluice::server::test
