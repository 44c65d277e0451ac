#include "base/core/byte_buffer.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace sluice::base {
namespace {

using namespace std::string_literals;

TEST(byte_buffer, writes_integers_in_network_order) {
    byte_buffer buffer;
    buffer.append_byte('Z');
    buffer.append_be16(0x0102);
    buffer.append_be32(0x03040506);
    buffer.append_be64(0x0708090a0b0c0d0e);
    EXPECT_EQ(buffer.view(), "Z\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
    buffer.put_be32(3, 0xfffefdfc);
    EXPECT_EQ(buffer.view().substr(3, 4), "\xff\xfe\xfd\xfc");
}

TEST(byte_buffer, grows_and_keeps_what_it_has) {
    byte_buffer buffer;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const auto piece = std::to_string(i);
        buffer.append(piece);
        expected += piece;
    }
    EXPECT_EQ(buffer.view(), expected);
    buffer.consume(1000);
    EXPECT_EQ(buffer.view(), expected.substr(1000));
    auto moved = std::move(buffer);
    EXPECT_EQ(moved.view(), expected.substr(1000));
    moved.truncate(3);
    EXPECT_EQ(moved.view(), expected.substr(1000, 3));
    moved.clear();
    EXPECT_TRUE(moved.empty());
}

}  // namespace
}  // namespace sluice::base
