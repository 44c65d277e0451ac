// audio_source.hpp - reads bytes of a file at any offset through a small window, and hashes some of them.
//
// Problem: a parser of hostile files must not read beyond the end, not allocate memory by a size in the file,
//          and not wait for a FIFO with a song's name.
// Use:     TRY_ASSIGN(auto file, open_regular(path));  TRY_ASSIGN(auto from, audio_source::create(file.get()));
//          TRY_ASSIGN(const auto head, from.view(offset, 12));  if (head.text(0, 4) == "RIFF" && head.size() == 12) ...
//          payload_hash into;  TRY(into.add(from, {.offset = 44, .size_bytes = 1000}));
// Bounds:  a window of 256 kB, less for small files. The size is fixed when the file is opened.
// Errors:  those of the system without the path; invalid: no regular file; io: it has become shorter.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "base/os/file_descriptor.hpp"
#include "base/os/sha256.hpp"

namespace sluice::tagger {

// An error with the system's message, without the file's name.
[[nodiscard]] std::unexpected<error> audio_failure(std::string_view doing, int code);

// An error of kind invalid with this message.
[[nodiscard]] std::unexpected<error> bad_audio(std::string message);
// The same: "cut off: N bytes are missing".
[[nodiscard]] std::unexpected<error> cut_off(std::uint64_t missing_bytes);

// Opens it for reading, or for reading and writing; never waits.
result<base::file_descriptor> open_regular(const std::filesystem::path& path, bool is_writable = false);

// A view of bytes. Valid until the source's next call; beyond the end numbers read as 0 and texts are shorter.
class byte_view {
  public:
    explicit byte_view(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    [[nodiscard]] std::uint8_t at(std::size_t i) const {
        return i < bytes_.size() ? std::to_integer<std::uint8_t>(bytes_[i]) : std::uint8_t{0};
    }
    [[nodiscard]] std::string_view text(std::size_t from, std::size_t count) const;
    // big(): most significant byte first; little(): last.
    [[nodiscard]] std::uint64_t big(std::size_t from, std::size_t count) const;
    [[nodiscard]] std::uint64_t little(std::size_t from, std::size_t count) const;

  private:
    std::span<const std::byte> bytes_;
};

struct byte_range {
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
};

class audio_source {
  public:
    // The caller keeps the descriptor, and keeps it open.
    static result<audio_source> create(int descriptor);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    // `count` bytes, or fewer if the file or the window ends before.
    result<byte_view> view(std::uint64_t offset, std::size_t count);
    // At least one byte, unless the offset is at the end; as many as are cheap to read.
    result<byte_view> view_some(std::uint64_t offset, std::uint64_t count_max);

  private:
    audio_source(int descriptor, std::uint64_t size);

    result<> fill(std::uint64_t offset);
    [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t count) const {
        return offset >= window_offset_ && offset - window_offset_ <= filled_ &&
               count <= filled_ - (offset - window_offset_);
    }

    int descriptor_;
    std::uint64_t size_;
    std::vector<std::byte> window_;
    std::uint64_t window_offset_ = 0;
    std::size_t filled_ = 0;
};

class payload_hash {
  public:
    // The range must lie within the source.
    result<> add(audio_source& from, byte_range range);
    [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
    // Call it once.
    [[nodiscard]] std::string finish() { return hash_.finish(); }

  private:
    base::sha256 hash_;
    std::uint64_t size_bytes_ = 0;
};

}  // namespace sluice::tagger
