// reply_writer.hpp - moves queued replies into a non-blocking socket, many buffers at a time, encrypted if need be.
//
// Use:     switch (writer.pump(fd, {.channel = &channel, .account = &account}, tls)) {
//          drained: wait for output_ready();  would_block: wait for the socket;
//          more: let others have a turn, then pump again;  failed: the client is gone }
// Order:   raw bytes (the greeting, TLS alerts) are sent before bytes that are taken from the channel later.
// Threads: the connection's io thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "base/flow/buffer_pool.hpp"
#include "base/flow/byte_budget.hpp"
#include "base/flow/channel.hpp"
#include "base/flow/pooled_buffer.hpp"
#include "base/observe/metrics.hpp"
#include "server/net/tls.hpp"

namespace sluice::server {

class reply_writer {
  public:
    enum class progress : std::uint8_t { drained, would_block, more, failed };

    // A session's output, once there is a session. The account is for buffers of encrypted bytes.
    struct source {
        base::channel* channel = nullptr;
        base::byte_budget::account* account = nullptr;
    };

    reply_writer(base::buffer_pool& buffers, base::counter& bytes_sent_total);

    void append_raw(std::string_view bytes) { raw_.bytes().append(bytes); }
    [[nodiscard]] bool raw_pending() const { return !raw_.bytes().empty(); }
    // Removes and returns the raw bytes that have not been sent.
    [[nodiscard]] base::byte_buffer take_raw();
    // Without a source it sends only raw bytes. `tls` null: plain.
    [[nodiscard]] progress pump(int socket, source output, tls_stream* tls);
    // Bytes given to the socket by all pump() calls; only grows.
    [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

  private:
    [[nodiscard]] progress send_raw(int socket, base::channel* output);
    [[nodiscard]] progress send_batch(int socket, base::channel& output);
    [[nodiscard]] bool encrypt_batch(tls_stream& tls, base::byte_budget::account& account);
    void advance(std::size_t bytes);

    base::buffer_pool& buffers_;
    base::counter& bytes_sent_total_;
    base::pooled_buffer raw_;
    std::size_t raw_sent_ = 0;
    std::size_t raw_credit_ = 0;  // plain bytes of the channel that raw_ carries, encrypted
    std::vector<base::pooled_buffer> batch_;
    std::size_t first_ = 0;   // first buffer of batch_ that is not done
    std::size_t offset_ = 0;  // into batch_[first_]
    std::uint64_t sent_bytes_ = 0;
};

}  // namespace sluice::server
