// spooled_rows.hpp - the rest of a result, kept as encoded messages until somebody fetches it.
//
// Problem: DuckDB ends an open stream when its connection runs another statement, but a portal must stay readable with
//          the rows of its own snapshot.
// Use:     TRY(spool.append(messages)); ...; auto got = spool.next(out, limit) until finished
// How:     the first part stays in memory, what follows goes to a temporary file that has no name; both are read once,
//          from front to back.
// Bounds:  memory_bytes_max, then file up to bytes_max in all; beyond that 53400.
// Threads: one at a time.
// Errors:  53400 full; 53100 disk full; 58030 other failures of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/byte_buffer.hpp"
#include "core/result.hpp"
#include "engine/backend.hpp"

namespace sluice::engine {

struct spool_params {
    std::string directory;  // for the file; empty: the system's
    std::size_t memory_bytes_max = std::size_t{1} << 20;
    std::uint64_t bytes_max = std::uint64_t{1} << 30;
};

class spooled_rows {
  public:
    explicit spooled_rows(spool_params params) : params_(std::move(params)) {}
    spooled_rows(const spooled_rows&) = delete;
    spooled_rows& operator=(const spooled_rows&) = delete;
    ~spooled_rows();

    // Whole messages, one row each: a type byte and a length that counts itself but not the type.
    [[nodiscard]] core::result<> append(std::string_view messages);
    [[nodiscard]] core::result<fetched> next(core::byte_buffer& out, fetch_limit limit);

    [[nodiscard]] std::uint64_t size_bytes() const { return memory_.size() + file_bytes_; }
    [[nodiscard]] bool uses_file() const { return file_ >= 0; }

  private:
    [[nodiscard]] core::result<> open_file();
    [[nodiscard]] core::result<> append_to_file(std::string_view messages);
    [[nodiscard]] core::result<> refill();
    [[nodiscard]] bool exhausted() const { return window_.size() == window_read_ && file_read_ == file_bytes_; }

    spool_params params_;
    core::byte_buffer memory_;  // written first, and then becomes the first window
    int file_ = -1;
    std::uint64_t file_bytes_ = 0;
    std::uint64_t file_read_ = 0;
    core::byte_buffer window_;  // what is being read; a row may continue behind its end
    std::size_t window_read_ = 0;
    bool reading_ = false;
};

}  // namespace sluice::engine
