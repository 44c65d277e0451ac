// decode_copy_arena.hpp - room for bytes that stay where they are until all of them are dropped at once.
//
// Use:     char* room = arena.reserve(n); ... write up to n bytes ...; arena.commit(written);  ... arena.clear();
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::pgwire {

class copy_arena {
  public:
    [[nodiscard]] char* reserve(std::size_t count) {
        if (static_cast<std::size_t>(end_ - free_) < count) [[unlikely]] {
            grow(count);
        }
        return free_;
    }
    void commit(std::size_t count) { free_ += count; }

    // Keeps one block of the usual size for the next round.
    void clear() {
        if (blocks_.size() > 1 || first_bytes_ > block_bytes) {
            blocks_.clear();
            first_bytes_ = 0;
            free_ = nullptr;
            end_ = nullptr;
        } else if (!blocks_.empty()) {
            free_ = blocks_[0].get();
        }
    }

  private:
    static constexpr std::size_t block_bytes = std::size_t{256} * 1024;

    void grow(std::size_t count) {
        const std::size_t bytes = std::max(count, block_bytes);
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
        first_bytes_ = blocks_.size() == 1 ? bytes : first_bytes_;
        free_ = blocks_.back().get();
        end_ = free_ + bytes;
    }

    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t first_bytes_ = 0;
    char* free_ = nullptr;
    char* end_ = nullptr;
};

}  // namespace sluice::pgwire
