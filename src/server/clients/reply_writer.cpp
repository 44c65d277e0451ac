#include "server/clients/reply_writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace sluice::server {

namespace {

constexpr std::size_t gathered_max = 16;
constexpr std::size_t turn_bytes_max = std::size_t{2} * 1024 * 1024;
constexpr std::size_t record_bytes = std::size_t{16} * 1024;
constexpr std::size_t record_overhead_bytes_max = 64;  // header, nonce and tag of any TLS 1.2 or 1.3 cipher suite

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

reply_writer::reply_writer(base::buffer_pool& buffers, base::counter& bytes_sent_total)
    : buffers_(buffers), bytes_sent_total_(bytes_sent_total) {}

base::byte_buffer reply_writer::take_raw() {
    raw_.bytes().consume(std::exchange(raw_sent_, 0));
    return std::exchange(raw_.bytes(), base::byte_buffer{});
}

reply_writer::progress reply_writer::pump(int socket, source output, tls_stream* tls) {
    const std::uint64_t turn_end = sent_bytes_ + turn_bytes_max;
    for (;;) {
        if (raw_pending()) {
            if (const auto state = send_raw(socket, output.channel); state != progress::drained) {
                return state;
            }
        }
        if (output.channel == nullptr) {
            return progress::drained;
        }
        if (first_ == batch_.size()) {
            batch_.clear();
            first_ = 0;
            if (!output.channel->take(batch_)) {
                return progress::drained;
            }
        }
        if (sent_bytes_ >= turn_end) {
            return progress::more;
        }
        if (tls != nullptr) {
            if (!encrypt_batch(*tls, *output.account)) {
                return progress::failed;
            }
        } else if (const auto state = send_batch(socket, *output.channel); state != progress::drained) {
            return state;
        }
    }
}

reply_writer::progress reply_writer::send_raw(int socket, base::channel* output) {
    const auto raw = raw_.bytes().view();
    while (raw_sent_ < raw.size()) {
        const auto sent = ::send(socket, raw.data() + raw_sent_, raw.size() - raw_sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return would_block() ? progress::would_block : progress::failed;
        }
        raw_sent_ += static_cast<std::size_t>(sent);
        sent_bytes_ += static_cast<std::uint64_t>(sent);
    }
    raw_sent_ = 0;
    raw_.reset();
    if (const auto credit = std::exchange(raw_credit_, 0); credit > 0) {
        bytes_sent_total_.add(credit);
        output->written(credit);
    }
    return progress::drained;
}

reply_writer::progress reply_writer::send_batch(int socket, base::channel& output) {
    while (first_ < batch_.size()) {
        std::array<iovec, gathered_max> pieces{};
        const std::size_t count = std::min(gathered_max, batch_.size() - first_);
        std::size_t skipped = offset_;
        std::size_t total = 0;
        for (std::size_t i = 0; i < count; ++i) {
            base::byte_buffer& each = batch_[first_ + i].bytes();
            pieces[i] = {.iov_base = each.data() + skipped, .iov_len = each.size() - skipped};
            total += each.size() - std::exchange(skipped, 0);
        }
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = count;
        const auto sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return would_block() ? progress::would_block : progress::failed;
        }
        const auto bytes = static_cast<std::size_t>(sent);
        sent_bytes_ += bytes;
        bytes_sent_total_.add(bytes);
        advance(bytes);
        output.written(bytes);
        if (bytes < total) {
            return progress::would_block;
        }
    }
    return progress::drained;
}

// Fills one pooled buffer with records, so that they are sent in one call.
bool reply_writer::encrypt_batch(tls_stream& tls, base::byte_budget::account& account) {
    base::byte_buffer& records = tls.outgoing();
    if (records.empty()) {
        raw_ = base::pooled_buffer(buffers_, account);
        records = std::exchange(raw_.bytes(), base::byte_buffer{});
        (void)records.reserve(record_bytes + record_overhead_bytes_max);
    }
    while (first_ < batch_.size() && records.capacity() - records.size() >= record_bytes + record_overhead_bytes_max) {
        const auto piece = batch_[first_].bytes().view().substr(offset_, record_bytes);
        if (!tls.encrypt(piece)) {
            return false;
        }
        raw_credit_ += piece.size();
        advance(piece.size());
    }
    raw_.bytes() = std::exchange(records, base::byte_buffer{});
    raw_.recount();
    return true;
}

void reply_writer::advance(std::size_t bytes) {
    offset_ += bytes;
    while (first_ < batch_.size() && offset_ >= batch_[first_].bytes().size()) {
        offset_ -= batch_[first_].bytes().size();
        batch_[first_].reset();
        ++first_;
    }
}

}  // namespace sluice::server
