// clock.hpp - an injected clock, so that tests control the time.
//
// Use:     clock& time = system_clock();  std::int64_t start = time.steady_ns();
// Threads: any.
#pragma once

#include <cstdint>

namespace sluice::base {

class clock {
  public:
    clock() = default;
    clock(const clock&) = delete;
    clock& operator=(const clock&) = delete;
    virtual ~clock() = default;

    [[nodiscard]] virtual std::int64_t steady_ns() const = 0;  // never goes back; for deadlines and durations
    [[nodiscard]] virtual std::int64_t unix_ms() const = 0;    // wall time, for people
};

[[nodiscard]] clock& system_clock();

// Stands still until a test moves it.
class manual_clock final : public clock {
  public:
    [[nodiscard]] std::int64_t steady_ns() const override { return now_ns_; }
    [[nodiscard]] std::int64_t unix_ms() const override { return now_ns_ / 1'000'000; }
    void advance_ms(std::int64_t milliseconds) { now_ns_ += milliseconds * 1'000'000; }

  private:
    std::int64_t now_ns_ = 1'000'000'000;
};

}  // namespace sluice::base
