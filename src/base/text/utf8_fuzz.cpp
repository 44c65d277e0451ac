// The fast check agrees with a slow decoder that knows only the definition of UTF-8.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"

namespace {

// Number of bytes of the character at the front, 0 if it is not one.
std::size_t decode(std::string_view text) {
    const auto at = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = at(0);
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    const std::size_t length = first >= 0xf8 || first < 0xc0 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (length == 0 || length > text.size()) {
        return 0;
    }
    std::uint32_t point = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (at(i) < 0x80 || at(i) > 0xbf) {
            return 0;
        }
        point = (point << 6U) | (at(i) & 0x3fU);
    }
    const std::uint32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    return point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : length;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::size_t expected = 0;
    while (expected < size) {
        const std::size_t length = decode(text.substr(expected));
        const auto next = sluice::base::first_character(text.substr(expected));
        SLUICE_ASSERT(next.is_broken() ? length == 0 : next.bytes.size() == std::max<std::size_t>(length, 1));
        if (length == 0) {
            break;
        }
        expected += length;
    }
    SLUICE_ASSERT(sluice::base::valid_utf8_prefix_bytes(text) == expected);
    SLUICE_ASSERT(sluice::base::check_utf8(text).has_value() == (expected == size));
    sluice::base::utf8_watch watch;
    const bool is_taken = std::ranges::all_of(text, [&](char byte) { return watch.take(byte); });
    SLUICE_ASSERT((is_taken && watch.bytes_open() == 0) == sluice::base::is_utf8(text));
    return 0;
}
