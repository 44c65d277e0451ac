// frame.hpp - cuts a stream of bytes into protocol messages, and checks every length before using it.
//
// Use:     frame_reader reader(limit); reader.append(bytes) (or write into reader.room(n), then reader.received(n));
//          while (auto frame = TRY(reader.next())) ...
// Bounds:  a message over its limit is refused as soon as its length is read; memory grows with the bytes received,
//          never with the bytes announced.
// Order:   a frame's body stays valid until the next call of room() or append().
// Threads: one at a time. The server fills one reader while the session empties it, but never both at once.
// Errors:  08P01, fatal, for lengths that are impossible or over the limit.
// Source:  PostgreSQL 15 manual, 55.2 (message flow) and 55.7 (message formats).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/core/byte_buffer.hpp"
#include "base/core/result.hpp"

namespace sluice::postgres {

struct frame {
    char type = '\0';       // '\0' for the untyped messages of the start-up phase
    std::string_view body;  // without type and length
};

class frame_reader {
  public:
    enum class phase : unsigned char { startup, messages };  // startup: untyped frames of at most 10,000 bytes

    explicit frame_reader(std::size_t message_size_bytes_max, phase first = phase::startup);

    void enter(phase next);
    // Limits typed messages to `bytes` as well (before authentication: 10 kB), until the limit is raised.
    void set_message_size_max(std::size_t bytes);

    // At least `count` writable bytes; invalidates frames.
    [[nodiscard]] char* room(std::size_t count);
    void received(std::size_t count);
    void append(std::string_view bytes);

    // The next complete message, or nullopt when more bytes are needed.
    result<std::optional<frame>> next();
    // The type of the next message, if it has arrived completely. For look-ahead to Sync.
    [[nodiscard]] std::optional<char> peek_type() const;
    // The next message itself; next() returns it again.
    [[nodiscard]] std::optional<frame> peek() const;

    // Bytes received and not yet taken as frames.
    [[nodiscard]] std::size_t pending_bytes() const;
    // True if next() will return a frame or an error.
    [[nodiscard]] bool has_complete_frame() const;
    // For a reader that may idle for long: frees the memory that a large message or many small ones have left. Also
    // invalidates frames.
    void trim();
    // Moves everything not yet taken to the end of `other`. The server reads into one reader while the session empties
    // another.
    void move_pending_to(frame_reader& other);

  private:
    struct extent {
        std::size_t header_bytes = 0;
        std::size_t total_bytes = 0;
    };

    [[nodiscard]] std::string_view pending() const;
    [[nodiscard]] frame cut(std::string_view bytes, const extent& found) const;
    // Reads and checks the header at the front of `bytes`; nullopt while it is incomplete.
    result<std::optional<extent>> measure(std::string_view bytes) const;

    base::byte_buffer bytes_;
    std::size_t taken_ = 0;  // bytes of bytes_ that were handed out as frames
    std::size_t message_size_bytes_max_;
    phase phase_;
};

}  // namespace sluice::postgres
