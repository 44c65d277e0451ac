// decode_copy_arena.hpp - memory for bytes that do not move until all of them are dropped at once.
//
// Use:     char* room = arena.reserve(n); ... write up to n bytes ...; arena.commit(written);  ... arena.clear();
// Memory:  clear() keeps the ordinary blocks for the next round, but frees those of single long values.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::postgres {

class copy_arena {
  public:
    [[nodiscard]] char* reserve(std::size_t count) {
        if (static_cast<std::size_t>(end_ - free_) < count) [[unlikely]] {
            make_room(count);
        }
        return free_;
    }
    void commit(std::size_t count) {
        free_ += count;
        bytes_ += count;
    }
    // Bytes committed since clear().
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    void clear() {
        large_.clear();
        used_ = 0;
        bytes_ = 0;
        free_ = nullptr;
        end_ = nullptr;
    }

  private:
    static constexpr std::size_t block_bytes = std::size_t{256} * 1024;

    void make_room(std::size_t count) {
        if (count > block_bytes) {
            large_.push_back(std::make_unique_for_overwrite<char[]>(count));
            free_ = large_.back().get();
            end_ = free_ + count;
            return;
        }
        if (used_ == blocks_.size()) {
            blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes));
        }
        free_ = blocks_[used_++].get();
        end_ = free_ + block_bytes;
    }

    std::vector<std::unique_ptr<char[]>> blocks_;
    std::vector<std::unique_ptr<char[]>> large_;
    std::size_t used_ = 0;  // of blocks_
    std::size_t bytes_ = 0;
    char* free_ = nullptr;
    char* end_ = nullptr;
};

}  // namespace sluice::postgres
