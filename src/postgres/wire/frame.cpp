#include "postgres/wire/frame.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/core/assert.hpp"

namespace sluice::postgres {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t startup_packet_bytes_max = 10'000;  // MAX_STARTUP_PACKET_LENGTH of PostgreSQL
// A reader that once held a big message gives the memory back as soon as it is empty.
constexpr std::size_t idle_capacity_bytes_max = std::size_t{256} * 1024;
// Capacity that trim() leaves for messages of ordinary size.
constexpr std::size_t trimmed_capacity_bytes_max = std::size_t{2} * 1024;

std::uint32_t read_be32(const char* bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return std::byteswap(value);
}

}  // namespace

frame_reader::frame_reader(std::size_t message_size_bytes_max, phase first)
    : message_size_bytes_max_(message_size_bytes_max), phase_(first) {}

void frame_reader::enter(phase next) {
    phase_ = next;
}

void frame_reader::set_message_size_max(std::size_t bytes) {
    message_size_bytes_max_ = bytes;
}

char* frame_reader::room(std::size_t count) {
    if (pending_bytes() == 0) {
        bytes_.clear();
        if (bytes_.capacity() > idle_capacity_bytes_max) {
            bytes_ = base::byte_buffer{};
        }
    } else if (taken_ > 0) {
        bytes_.consume(taken_);
    }
    taken_ = 0;
    return bytes_.reserve(count);
}

void frame_reader::received(std::size_t count) {
    bytes_.commit(count);
}

void frame_reader::append(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    received(bytes.size());
}

std::string_view frame_reader::pending() const {
    return bytes_.view().substr(taken_);
}

result<std::optional<frame_reader::extent>> frame_reader::measure(std::string_view bytes) const {
    const bool startup = phase_ == phase::startup;
    const std::size_t type_bytes = startup ? 0 : 1;
    if (bytes.size() < type_bytes + length_bytes) {
        return std::nullopt;
    }
    const std::size_t length = read_be32(bytes.data() + type_bytes);  // counts itself, not the type
    if (startup) {
        // Four bytes of length and four of protocol version or request code.
        if (length < length_bytes + 4 || length > startup_packet_bytes_max) {
            return fail(
                error{.code = sqlstates::protocol_violation, .message = "invalid length of startup packet"}.as_fatal());
        }
    } else if (length < length_bytes || length - length_bytes > message_size_bytes_max_) {
        auto cause = error{.code = sqlstates::protocol_violation, .message = "invalid message length"};
        if (length > length_bytes && length <= INT32_MAX) {
            cause.detail = "The message has " + std::to_string(length - length_bytes) + " bytes; at most " +
                           std::to_string(message_size_bytes_max_) + " are accepted.";
        }
        return fail(std::move(cause).as_fatal());
    }
    return extent{.header_bytes = type_bytes + length_bytes, .total_bytes = type_bytes + length};
}

frame frame_reader::cut(std::string_view bytes, const extent& found) const {
    frame whole;
    if (phase_ == phase::messages) {
        whole.type = bytes.front();
    }
    whole.body = bytes.substr(found.header_bytes, found.total_bytes - found.header_bytes);
    return whole;
}

result<std::optional<frame>> frame_reader::next() {
    const std::string_view bytes = pending();
    TRY_ASSIGN(const auto found, measure(bytes));
    if (!found || bytes.size() < found->total_bytes) {
        return std::nullopt;
    }
    taken_ += found->total_bytes;
    return cut(bytes, *found);
}

std::optional<frame> frame_reader::peek() const {
    const std::string_view bytes = pending();
    const std::optional<extent> found = measure(bytes).value_or(std::nullopt);
    if (phase_ == phase::startup || !found || bytes.size() < found->total_bytes) {
        return std::nullopt;
    }
    return cut(bytes, *found);
}

std::optional<char> frame_reader::peek_type() const {
    const auto found = peek();
    return found ? std::optional(found->type) : std::nullopt;
}

std::size_t frame_reader::pending_bytes() const {
    return bytes_.size() - taken_;
}

bool frame_reader::has_complete_frame() const {
    const std::string_view bytes = pending();
    const auto measured = measure(bytes);
    if (!measured) {
        return true;
    }
    const std::optional<extent> found = *measured;
    return found && bytes.size() >= found->total_bytes;
}

void frame_reader::trim() {
    if (pending_bytes() == 0 && bytes_.capacity() > trimmed_capacity_bytes_max) {
        bytes_ = base::byte_buffer{};
        taken_ = 0;
    }
}

void frame_reader::move_pending_to(frame_reader& other) {
    SLUICE_ASSERT(&other != this);
    if (other.pending_bytes() == 0) {
        std::swap(bytes_, other.bytes_);
        std::swap(taken_, other.taken_);
    } else {
        other.append(pending());
    }
    bytes_.clear();
    taken_ = 0;
}

}  // namespace sluice::postgres
