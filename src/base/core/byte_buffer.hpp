// byte_buffer.hpp - a growable run of bytes that is written once, from left to right.
//
// Problem: std::string zeroes new bytes; row encoders write hundreds of megabytes a second and need raw space.
// Use:     char* room = buffer.reserve(n); ... write at most n bytes ...; buffer.commit(written);
//          buffer.append(text); buffer.append_be32(length);
// Order:   reserve() and append() may move the bytes and invalidate earlier pointers.
// Threads: one at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::base {

class byte_buffer {
  public:
    byte_buffer() = default;
    explicit byte_buffer(std::size_t capacity_bytes) { grow(capacity_bytes); }
    byte_buffer(byte_buffer&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    byte_buffer& operator=(byte_buffer&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    byte_buffer(const byte_buffer&) = delete;
    byte_buffer& operator=(const byte_buffer&) = delete;
    ~byte_buffer() = default;

    [[nodiscard]] const char* data() const { return bytes_.get(); }
    [[nodiscard]] char* data() { return bytes_.get(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

    // Room for `count` more bytes behind the committed ones; uninitialised.
    [[nodiscard]] char* reserve(std::size_t count) {
        if (capacity_ - size_ < count) [[unlikely]] {
            grow(size_ + count);
        }
        return bytes_.get() + size_;
    }
    // Makes `count` bytes of the reserved room part of the buffer.
    void commit(std::size_t count) { size_ += count; }
    void truncate(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }

    void append(std::string_view text) {
        if (!text.empty()) {
            std::memcpy(reserve(text.size()), text.data(), text.size());
            size_ += text.size();
        }
    }
    void append_byte(char byte) {
        *reserve(1) = byte;
        ++size_;
    }
    void append_be16(std::uint16_t value) { append_integer(value); }
    void append_be32(std::uint32_t value) { append_integer(value); }
    void append_be64(std::uint64_t value) { append_integer(value); }
    // Overwrites four bytes at `offset`, e.g. a message length known only at its end.
    void put_be32(std::size_t offset, std::uint32_t value) {
        value = std::byteswap(value);
        std::memcpy(bytes_.get() + offset, &value, sizeof value);
    }
    // Removes the first `count` bytes by moving the rest to the front.
    void consume(std::size_t count) {
        std::memmove(bytes_.get(), bytes_.get() + count, size_ - count);
        size_ -= count;
    }

  private:
    template <typename Integer>
    void append_integer(Integer value) {
        value = std::byteswap(value);
        std::memcpy(reserve(sizeof value), &value, sizeof value);
        size_ += sizeof value;
    }
    void grow(std::size_t needed);

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

static_assert(std::endian::native == std::endian::little, "the wire is big-endian; encoders swap");

}  // namespace sluice::base
