// message_reader.hpp - reads the fields of one message from its body, in order, and checks each before using it.
//
// Use:     message_reader fields(body);
//          TRY_ASSIGN(const auto name, fields.string()); TRY_ASSIGN(const auto count, fields.uint16());
//          TRY(fields.end());
// Order:   strings and bytes are views into the body.
// Errors:  08P01 for a body that is too short, has no terminator or has bytes left over; 22021 for a string that is not
//          UTF-8. They do not end the connection: the frame around the message was sound.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::postgres {

class message_reader {
  public:
    explicit message_reader(std::string_view body) : rest_(body) {}

    result<char> byte();
    result<std::uint16_t> uint16() { return integer<std::uint16_t>(); }
    result<std::uint32_t> uint32() { return integer<std::uint32_t>(); }
    result<std::int16_t> int16() { return integer<std::int16_t>(); }
    result<std::int32_t> int32() { return integer<std::int32_t>(); }
    result<std::string_view> bytes(std::size_t count);
    // The bytes up to the next zero byte, which is taken too; checked to be UTF-8.
    result<std::string_view> string();
    // Fails if bytes are left.
    result<> end() const;
    [[nodiscard]] std::size_t left_bytes() const { return rest_.size(); }

    // How many of the `announced` entries of at least `entry_bytes` the message can hold: a bound for reserve().
    [[nodiscard]] std::size_t entries_max(std::size_t announced, std::size_t entry_bytes) const {
        return std::min(announced, rest_.size() / entry_bytes);
    }

  private:
    template <std::integral Integer>
    result<Integer> integer() {
        TRY_ASSIGN(const std::string_view raw, bytes(sizeof(Integer)));
        Integer value = 0;
        raw.copy(reinterpret_cast<char*>(&value), sizeof value);
        return std::byteswap(value);
    }

    std::string_view rest_;
};

}  // namespace sluice::postgres
