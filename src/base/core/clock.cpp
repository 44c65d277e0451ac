#include "base/core/clock.hpp"

#include <chrono>

namespace sluice::base {

namespace {

class process_clock final : public clock {
  public:
    [[nodiscard]] std::int64_t steady_ns() const override {
        return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
    }
    [[nodiscard]] std::int64_t unix_ms() const override {
        return std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
    }
};

}  // namespace

clock& system_clock() {
    static process_clock instance;
    return instance;
}

}  // namespace sluice::base
