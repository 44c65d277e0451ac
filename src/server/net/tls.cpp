#include "server/net/tls.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <utility>

#include "base/core/assert.hpp"

namespace sluice::server {

namespace {

template <auto Free>
struct releaser {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using context_ptr = std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, releaser<SSL_free>>;
using bio_method_ptr = std::unique_ptr<BIO_METHOD, releaser<BIO_meth_free>>;

constexpr std::string_view alpn_name = "\x0apostgresql";  // length and name, as on the wire

// Capacity of the input buffer that a connection keeps after a large burst.
constexpr std::size_t idle_capacity_bytes_max = std::size_t{32} * 1024;

// Both directions of a connection as seen by OpenSSL.
struct memory_wire {
    base::byte_buffer incoming;
    std::size_t taken = 0;  // bytes of incoming that OpenSSL has read
    base::byte_buffer outgoing;
};

memory_wire& wire_of(BIO* bio) {
    return *static_cast<memory_wire*>(BIO_get_data(bio));
}

int wire_write(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    wire_of(bio).outgoing.append({bytes, static_cast<std::size_t>(count)});
    return count;
}

int wire_read(BIO* bio, char* room, int count) {
    BIO_clear_retry_flags(bio);
    memory_wire& wire = wire_of(bio);
    const std::size_t available = wire.incoming.size() - wire.taken;
    if (available == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t copied = std::min(available, static_cast<std::size_t>(count));
    std::memcpy(room, wire.incoming.data() + wire.taken, copied);
    wire.taken += copied;
    return static_cast<int>(copied);
}

long wire_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* wire_method() {
    static const bio_method_ptr method = [] {
        bio_method_ptr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice wire"));
        SLUICE_ASSERT(made != nullptr);
        BIO_meth_set_write(made.get(), wire_write);
        BIO_meth_set_read(made.get(), wire_read);
        BIO_meth_set_ctrl(made.get(), wire_control);
        return made;
    }();
    return method.get();
}

std::string openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return text == nullptr ? "unknown reason" : text;
}

error unusable(std::string_view what, const std::string& path) {
    return {.code = sqlstates::config_file_error,
            .message = "cannot use TLS " + std::string(what) + " \"" + path + "\": " + openssl_reason()};
}

int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                unsigned int offered_bytes, void* /*unused*/) {
    const std::string_view list(reinterpret_cast<const char*>(offered), offered_bytes);
    for (std::size_t at = 0; at < list.size(); at += static_cast<unsigned char>(list[at]) + 1U) {
        if (list.substr(at).starts_with(alpn_name)) {
            *chosen = offered + at + 1;
            *chosen_bytes = static_cast<unsigned char>(alpn_name.size() - 1);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// RFC 5929 4.1: the hash of the certificate's signature, SHA-256 in place of MD5 and SHA-1.
std::string hash_for_binding(X509* certificate) {
    int hash_nid = NID_undef;
    if (X509_get_signature_info(certificate, &hash_nid, nullptr, nullptr, nullptr) != 1 || hash_nid == NID_undef) {
        ERR_clear_error();
        return {};
    }
    if (hash_nid == NID_md5 || hash_nid == NID_sha1) {
        hash_nid = NID_sha256;
    }
    const EVP_MD* hash = EVP_get_digestbynid(hash_nid);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int digest_bytes = 0;
    if (hash == nullptr || X509_digest(certificate, hash, digest.data(), &digest_bytes) != 1) {
        ERR_clear_error();
        return {};
    }
    return {reinterpret_cast<const char*>(digest.data()), digest_bytes};
}

}  // namespace

class tls_context::impl {
  public:
    context_ptr context{SSL_CTX_new(TLS_server_method())};
    std::string server_end_point;
};

tls_context::tls_context(std::unique_ptr<impl> impl) : impl_(std::move(impl)) {}
tls_context::tls_context(tls_context&&) noexcept = default;
tls_context& tls_context::operator=(tls_context&&) noexcept = default;
tls_context::~tls_context() = default;

result<tls_context> tls_context::load(const tls_params& files) {
    auto made = std::make_unique<impl>();
    SSL_CTX* context = made->context.get();
    if (context == nullptr) {
        return fail(sqlstates::internal_error, "cannot start TLS: " + openssl_reason());
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // AES-128-GCM first: as strong as anyone needs, and a third cheaper a byte than AES-256-GCM.
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // An idle connection keeps no record buffers.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate_path.c_str()) != 1) {
        return fail(unusable("certificate", files.certificate_path));
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key_path.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return fail(unusable("key", files.key_path));
    }
    made->server_end_point = hash_for_binding(SSL_CTX_get0_certificate(context));
    return tls_context(std::move(made));
}

const std::string& tls_context::server_end_point() const {
    return impl_->server_end_point;
}

class tls_stream::impl {
  public:
    explicit impl(const tls_context::impl& context) : server(context), ssl_(SSL_new(context.context.get())) {
        SLUICE_ASSERT(ssl_ != nullptr);
        BIO* bio = BIO_new(wire_method());
        SLUICE_ASSERT(bio != nullptr);
        BIO_set_data(bio, &wire);
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl_.get(), bio, bio);
        SSL_set_accept_state(ssl_.get());
    }

    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

    progress outcome(int returned) {
        switch (SSL_get_error(ssl_.get(), returned)) {
            case SSL_ERROR_WANT_READ:
            case SSL_ERROR_WANT_WRITE:
                return progress::need_input;
            case SSL_ERROR_ZERO_RETURN:
                return progress::closed;
            default:
                reason = openssl_reason();
                return progress::failed;
        }
    }

    const tls_context::impl& server;
    memory_wire wire;
    std::string reason;

  private:
    ssl_ptr ssl_;
};

tls_stream::tls_stream(const tls_context& context) : impl_(std::make_unique<impl>(*context.impl_)) {}
tls_stream::~tls_stream() = default;

void tls_stream::feed(std::string_view ciphertext) {
    memory_wire& wire = impl_->wire;
    if (wire.taken == wire.incoming.size()) {
        wire.incoming.clear();
        if (wire.incoming.capacity() > idle_capacity_bytes_max) {
            wire.incoming = base::byte_buffer{};
        }
    } else if (wire.taken > 0) {
        wire.incoming.consume(wire.taken);
    }
    wire.taken = 0;
    wire.incoming.append(ciphertext);
}

tls_stream::progress tls_stream::handshake() {
    ERR_clear_error();
    const int returned = SSL_do_handshake(impl_->ssl());
    return returned == 1 ? progress::done : impl_->outcome(returned);
}

bool tls_stream::speaks_postgresql() const {
    const unsigned char* name = nullptr;
    unsigned int name_bytes = 0;
    SSL_get0_alpn_selected(impl_->ssl(), &name, &name_bytes);
    return name_bytes == alpn_name.size() - 1;  // choose_alpn() accepts no other
}

const std::string& tls_stream::server_end_point() const {
    return impl_->server.server_end_point;
}

tls_stream::decrypted tls_stream::decrypt(std::span<char> room) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int returned = SSL_read_ex(impl_->ssl(), room.data(), room.size(), &bytes);
    if (returned == 1) {
        return {.state = progress::done, .bytes = bytes};
    }
    return {.state = impl_->outcome(returned), .bytes = 0};
}

bool tls_stream::encrypt(std::string_view plaintext) {
    if (plaintext.empty()) {
        return true;
    }
    ERR_clear_error();
    std::size_t written = 0;
    const int returned = SSL_write_ex(impl_->ssl(), plaintext.data(), plaintext.size(), &written);
    if (returned != 1) {
        (void)impl_->outcome(returned);
        return false;
    }
    SLUICE_ASSERT(written == plaintext.size());
    return true;
}

void tls_stream::close_notify() {
    ERR_clear_error();
    (void)SSL_shutdown(impl_->ssl());
    ERR_clear_error();
}

base::byte_buffer& tls_stream::outgoing() {
    return impl_->wire.outgoing;
}

const std::string& tls_stream::reason() const {
    return impl_->reason;
}

}  // namespace sluice::server
