// tls.hpp - TLS as a filter from bytes to bytes, without sockets.
//
// Problem: one write call for each 16 kB record is what makes TLS slow for large results; here the records of a whole
//          batch of replies are collected and leave together.
// Use:     tls_context context = TRY(tls_context::load(files));
//          tls_stream stream(context);
//          stream.feed(bytes from the socket); stream.handshake(); send stream.outgoing();
//          stream.encrypt(reply); send stream.outgoing();   stream.decrypt(room)
// Bounds:  TLS 1.2 and 1.3 only; no renegotiation, no resumption (as PostgreSQL).
// Threads: a stream lives on its connection's io thread; a context is constant and shared.
// Errors:  F0000 for files that cannot be used. A broken stream says `failed` and its reason is in reason().
// Source:  RFC 5929 section 4 (tls-server-end-point), RFC 7301 (ALPN), PostgreSQL 17 manual, 54.2.10 (direct TLS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/core/byte_buffer.hpp"
#include "base/core/result.hpp"

namespace sluice::server {

// Files in PEM format. The certificate file may hold its chain behind it.
struct tls_params {
    std::string certificate_path;
    std::string key_path;
};

class tls_context {
  public:
    static result<tls_context> load(const tls_params& files);
    tls_context(tls_context&&) noexcept;
    tls_context& operator=(tls_context&&) noexcept;
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;
    ~tls_context();

    // Hash of the certificate for channel binding; empty if its signature names no hash (Ed25519).
    [[nodiscard]] const std::string& server_end_point() const;

  private:
    friend class tls_stream;
    class impl;
    explicit tls_context(std::unique_ptr<impl> impl);
    std::unique_ptr<impl> impl_;
};

class tls_stream {
  public:
    enum class progress : std::uint8_t { done, need_input, closed, failed };
    struct decrypted {
        progress state = progress::done;  // done: `bytes` more than 0
        std::size_t bytes = 0;
    };

    // The context outlives the stream.
    explicit tls_stream(const tls_context& context);
    ~tls_stream();
    tls_stream(const tls_stream&) = delete;
    tls_stream& operator=(const tls_stream&) = delete;

    void feed(std::string_view ciphertext);
    // Call it again after each feed(). Its bytes for the client are in outgoing(), the alert of a failure too.
    [[nodiscard]] progress handshake();
    // The client chose "postgresql" by ALPN.
    [[nodiscard]] bool speaks_postgresql() const;
    [[nodiscard]] const std::string& server_end_point() const;  // see tls_context

    [[nodiscard]] decrypted decrypt(std::span<char> room);
    // False: broken.
    [[nodiscard]] bool encrypt(std::string_view plaintext);
    void close_notify();

    // Ciphertext to send; clear it when it has left.
    [[nodiscard]] base::byte_buffer& outgoing();
    [[nodiscard]] const std::string& reason() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::server
