// file_descriptor.hpp - a descriptor that closes itself, and a function that writes all bytes to one.
//
// Use:     const file_descriptor opened(::open(path, O_RDONLY | O_CLOEXEC));  if (!opened.is_open()) { errno ... }
//          if (const int code = write_all(opened.get(), bytes); code != 0) { ... }
// Threads: one at a time.
// Errors:  errno's codes; base/os/file_failure.hpp makes errors of them.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace sluice::base {

class file_descriptor {
  public:
    explicit file_descriptor(int held = -1) : held_(held) {}
    file_descriptor(file_descriptor&& other) noexcept : held_(std::exchange(other.held_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    ~file_descriptor();

    [[nodiscard]] int get() const { return held_; }
    [[nodiscard]] bool is_open() const { return held_ >= 0; }

  private:
    int held_;
};

// Writes all bytes, in as many calls as needed. Returns 0, or errno of the failed call.
[[nodiscard]] int write_all(int descriptor, std::span<const std::byte> bytes);

}  // namespace sluice::base
