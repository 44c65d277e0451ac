// test_bytes.hpp - wire messages for tests: their bytes in the order in which the manual lists the fields.
//
// Use:     typed('E', z("portal") + be32(10))   // a frame: type, length, body
// Only for *_test.cpp and *_fuzz.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::postgres::test_bytes {

inline std::string be(std::uint64_t value, int bytes) {
    std::string text;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        text += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xffU);
    }
    return text;
}
inline std::string be16(std::int64_t value) {
    return be(static_cast<std::uint64_t>(value), 2);
}
inline std::string be32(std::int64_t value) {
    return be(static_cast<std::uint64_t>(value), 4);
}
// A string and its terminator.
inline std::string z(std::string_view text) {
    return std::string(text) + '\0';
}
// A value of Bind or DataRow: length and bytes.
inline std::string value(std::string_view bytes) {
    return be32(static_cast<std::int64_t>(bytes.size())) + std::string(bytes);
}
inline std::string untyped(std::string_view body) {
    return be32(static_cast<std::int64_t>(body.size()) + 4) + std::string(body);
}
inline std::string typed(char type, std::string_view body = {}) {
    return type + untyped(body);
}

}  // namespace sluice::postgres::test_bytes
