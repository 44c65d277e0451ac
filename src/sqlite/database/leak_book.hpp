// leak_book.hpp - records where connections were borrowed, so that a leaked one can be explained.
//
// Use:     const auto stack = book.note();  ... book.forget(stack);  book.describe(stack)
// Cost:    nothing until enable(true); then some microseconds a loan (glibc's backtrace).
// Bounds:  the innermost frames_max frames of each open loan.
// Shapes:  describe() gives one frame a line, module(+offset) as `addr2line -Cfe module offset` takes it.
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::sqlite {

class leak_book {
  public:
    static constexpr std::size_t frames_max = 24;

    void enable(bool enabled) { is_enabled_.store(enabled, std::memory_order_relaxed); }
    // 0: not enabled.
    [[nodiscard]] std::uint64_t note() { return is_enabled_.load(std::memory_order_relaxed) ? record() : 0; }
    void forget(std::uint64_t stack) {
        if (stack != 0) {
            erase(stack);
        }
    }
    // Empty: the loan was forgotten.
    [[nodiscard]] std::string describe(std::uint64_t stack) const;

  private:
    [[nodiscard]] std::uint64_t record();
    void erase(std::uint64_t stack);

    std::atomic<bool> is_enabled_{false};
    mutable std::mutex mutex_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::vector<void*>> stacks_;
};

}  // namespace sluice::sqlite
