// outbox.hpp - takes a session's bytes for its client, and tells the session when to stop producing.
//
// Problem: the session and the row encoders must not know sockets, but must neither outrun a slow client nor hold
//          finished rows back from a fast one.
// Use:     out.buffer().append(...);          // complete wire messages only
//          out.rows_written(rows);            // after each slice of rows: hands over enough bytes to be worth sending
//          if (out.full()) return;            // come back when the client has read
// Order:   bytes leave in the order in which they were written.
// Threads: one producer at a time; the other side of an implementation may be another thread.
#pragma once

#include <cstdint>

#include "base/core/byte_buffer.hpp"

namespace sluice::base {

class outbox {
  public:
    outbox() = default;
    outbox(const outbox&) = delete;
    outbox& operator=(const outbox&) = delete;
    virtual ~outbox() = default;

    // The buffer being filled. Stays the same object until flush() or rows_written() hands it over.
    [[nodiscard]] virtual byte_buffer& buffer() = 0;
    // Hands over all written bytes, however few.
    virtual void flush() = 0;
    // Call it after a slice of rows: hands over when enough was written, or when the other side has nothing to send.
    virtual void rows_written(std::uint64_t rows) = 0;
    // True: write no more rows. Control messages may still be written: they are small and bounded.
    [[nodiscard]] virtual bool full() const = 0;
};

}  // namespace sluice::base
