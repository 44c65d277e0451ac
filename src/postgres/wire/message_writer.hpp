// message_writer.hpp - frames one server message: the type, a length filled in at the end, the fields between.
//
// Use:     { message_writer message(out, 'C'); message.string(tag); }   // complete when it goes out of scope
// Order:   one at a time per buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/byte_buffer.hpp"

namespace sluice::postgres {

class message_writer {
  public:
    message_writer(base::byte_buffer& out, char type) : out_(out) {
        out_.append_byte(type);
        length_at_ = out_.size();
        out_.append_be32(0);
    }
    ~message_writer() { out_.put_be32(length_at_, static_cast<std::uint32_t>(out_.size() - length_at_)); }
    message_writer(const message_writer&) = delete;
    message_writer& operator=(const message_writer&) = delete;

    void byte(char value) { out_.append_byte(value); }
    void bytes(std::string_view value) { out_.append(value); }
    // Appends a zero byte; text behind a zero byte inside `value` would break the message and is left out.
    void string(std::string_view value) {
        out_.append(value.substr(0, value.find('\0')));
        out_.append_byte('\0');
    }
    void int16(std::int16_t value) { out_.append_be16(static_cast<std::uint16_t>(value)); }
    void int32(std::int32_t value) { out_.append_be32(static_cast<std::uint32_t>(value)); }
    // A number of entries; the protocol has 16 bits for it.
    void count16(std::size_t value) { out_.append_be16(static_cast<std::uint16_t>(value)); }
    void uint32(std::uint32_t value) { out_.append_be32(value); }

  private:
    base::byte_buffer& out_;
    std::size_t length_at_ = 0;
};

}  // namespace sluice::postgres
