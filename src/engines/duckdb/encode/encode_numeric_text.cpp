// Numbers of type numeric that are held as text, in PostgreSQL's binary form: groups of four decimal digits.
#include <algorithm>
#include <cstdint>
#include <string>

#include "engines/duckdb/encode/encode_column.hpp"
#include "postgres/parse/decode_numeric.hpp"

namespace sluice::duckdb {
namespace {

using kind = postgres::numeric_value::kind;

constexpr std::uint16_t sign_negative = 0x4000;
constexpr std::uint16_t sign_nan = 0xc000;
constexpr std::uint16_t sign_infinity = 0xd000;
constexpr std::uint16_t sign_minus_infinity = 0xf000;

std::uint16_t sign_of(const postgres::numeric_value& value) {
    switch (value.is) {
        case kind::nan:
            return sign_nan;
        case kind::infinity:
            return sign_infinity;
        case kind::minus_infinity:
            return sign_minus_infinity;
        default:
            return value.negative && !value.digits.empty() ? sign_negative : 0;
    }
}

}  // namespace

void append_numeric_binary(std::string_view text, encode_context& context, base::byte_buffer& out) {
    const auto value = postgres::decode_numeric_text(text);
    if (!value) {
        return context.fail(value.error());
    }
    // The digits, so that groups begin at the point.
    std::string digits = value->digits;
    if (digits.size() < value->scale) {
        digits.insert(0, value->scale - digits.size(), '0');
    }
    const std::size_t whole = digits.size() - value->scale;
    const std::size_t in_front = (4 - whole % 4) % 4;
    digits.insert(0, in_front, '0');
    digits.append((4 - digits.size() % 4) % 4, '0');
    auto weight = static_cast<std::int32_t>((whole + in_front) / 4) - 1;
    const auto group = [&](std::size_t i) {
        const char* const digit = digits.data() + 4 * i;
        return static_cast<std::uint16_t>((digit[0] - '0') * 1000 + (digit[1] - '0') * 100 + (digit[2] - '0') * 10 +
                                          (digit[3] - '0'));
    };
    std::size_t first = 0;
    std::size_t end = digits.size() / 4;
    while (first < end && group(first) == 0) {
        ++first;
        --weight;
    }
    while (end > first && group(end - 1) == 0) {
        --end;
    }
    out.append_be16(static_cast<std::uint16_t>(end - first));
    out.append_be16(static_cast<std::uint16_t>(end == first ? 0 : weight));
    out.append_be16(sign_of(*value));
    out.append_be16(value->is == kind::finite ? static_cast<std::uint16_t>(value->scale) : 0);
    for (std::size_t i = first; i < end; ++i) {
        out.append_be16(group(i));
    }
}

}  // namespace sluice::duckdb
