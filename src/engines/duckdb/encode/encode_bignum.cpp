// BIGNUM, DuckDB's integers of any length, as numeric.
//
// A BIGNUM is stored as three bytes with the number of the others, highest bit set, and the magnitude, most significant
// byte first; all bits of a negative one are flipped, so that bytes compare like the numbers.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engines/duckdb/encode/encode_column.hpp"
#include "postgres/format/value_text.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::size_t header_bytes = 3;
constexpr std::size_t magnitude_bytes_max = 54432;  // above 131072 digits, numeric's maximum; conversion is quadratic
constexpr std::uint64_t limb_base = 1'000'000'000'000'000'000;
constexpr std::uint32_t limb_digits = 18;

struct magnitude {
    bool negative;
    std::string digits;  // "0" or no leading zero
};

magnitude read_magnitude(std::string_view stored) {
    const bool negative = (static_cast<unsigned char>(stored[0]) & 0x80) == 0;
    const std::string_view bytes = stored.substr(header_bytes);
    std::vector<std::uint64_t> limbs;  // the lowest first
    for (std::size_t at = 0; at < bytes.size();) {
        // Words of eight bytes, except the first one.
        const std::size_t count = (bytes.size() - at) % 8 == 0 ? 8 : (bytes.size() - at) % 8;
        std::uint64_t carry = 0;
        const std::size_t end = at + count;
        for (; at < end; ++at) {
            const auto byte = static_cast<unsigned char>(bytes[at]);
            carry = (carry << 8) | (negative ? static_cast<unsigned char>(~byte) : byte);
        }
        for (std::uint64_t& limb : limbs) {
            const postgres::uint128 shifted = (static_cast<postgres::uint128>(limb) << 64) | carry;
            carry = static_cast<std::uint64_t>(shifted / limb_base);
            limb = static_cast<std::uint64_t>(shifted % limb_base);
        }
        for (; carry != 0; carry /= limb_base) {
            limbs.push_back(carry % limb_base);
        }
    }
    if (limbs.empty()) {
        return {.negative = false, .digits = "0"};
    }
    std::string digits((limbs.size() + 2) * limb_digits, '0');
    char* end = postgres::write_unsigned(digits.data(), limbs.back());
    for (std::size_t i = limbs.size() - 1; i-- > 0;) {
        end = postgres::write_padded(end, limbs[i], limb_digits);
    }
    digits.resize(static_cast<std::size_t>(end - digits.data()));
    return {.negative = negative, .digits = std::move(digits)};
}

bool check_size(std::string_view stored, encode_context& context) {
    if (stored.size() - header_bytes <= magnitude_bytes_max) {
        return true;
    }
    context.fail({.code = sqlstates::numeric_value_out_of_range, .message = "value overflows numeric format"});
    return false;
}

}  // namespace

void append_bignum_text(std::string_view stored, encode_context& context, base::byte_buffer& out) {
    if (!check_size(stored, context)) {
        return;
    }
    const magnitude value = read_magnitude(stored);
    if (value.negative) {
        out.append_byte('-');
    }
    out.append(value.digits);
}

void append_bignum_binary(std::string_view stored, encode_context& context, base::byte_buffer& out) {
    if (!check_size(stored, context)) {
        return;
    }
    magnitude value = read_magnitude(stored);
    value.digits.insert(0, (4 - value.digits.size() % 4) % 4, '0');
    const auto group = [&](std::size_t i) {
        const char* digit = value.digits.data() + 4 * i;
        return static_cast<std::uint16_t>((digit[0] - '0') * 1000 + (digit[1] - '0') * 100 + (digit[2] - '0') * 10 +
                                          (digit[3] - '0'));
    };
    const std::size_t groups = value.digits.size() / 4;
    std::size_t count = groups;
    while (count > 0 && group(count - 1) == 0) {
        --count;
    }
    constexpr std::uint16_t sign_negative = 0x4000;
    out.append_be16(static_cast<std::uint16_t>(count));
    out.append_be16(static_cast<std::uint16_t>(count == 0 ? 0 : groups - 1));
    out.append_be16(value.negative ? sign_negative : 0);
    out.append_be16(0);
    for (std::size_t i = 0; i < count; ++i) {
        out.append_be16(group(i));
    }
}

}  // namespace sluice::duckdb
