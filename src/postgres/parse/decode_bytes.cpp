#include "postgres/parse/decode_bytes.hpp"

#include <utility>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

error bad_hex(std::string_view at) {
    return invalid_value(sqlstates::invalid_parameter_value, "invalid hexadecimal digit",
                         base::first_character(at).bytes);
}

result<std::string> decode_hex(std::string_view digits) {
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    std::size_t at = 0;
    while (at < digits.size()) {
        if (digits[at] == ' ' || digits[at] == '\n' || digits[at] == '\t' || digits[at] == '\r') {
            ++at;
            continue;
        }
        const int high = base::hex_digit(digits[at]);
        if (high < 0) {
            return fail(bad_hex(digits.substr(at)));
        }
        if (at + 1 == digits.size()) {
            return fail(sqlstates::invalid_parameter_value, "invalid hexadecimal data: odd number of digits");
        }
        const int low = base::hex_digit(digits[at + 1]);
        if (low < 0) {
            return fail(bad_hex(digits.substr(at + 1)));
        }
        bytes += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return bytes;
}

constexpr bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

result<std::string> decode_escaped(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (rest[0] != '\\') {
            bytes += rest[0];
            ++at;
        } else if (rest.size() >= 2 && rest[1] == '\\') {
            bytes += '\\';
            at += 2;
        } else if (rest.size() >= 4 && rest[1] >= '0' && rest[1] <= '3' && is_octal(rest[2]) && is_octal(rest[3])) {
            bytes += static_cast<char>((rest[1] - '0') * 64 + (rest[2] - '0') * 8 + (rest[3] - '0'));
            at += 4;
        } else {
            return fail(sqlstates::invalid_text_representation, "invalid input syntax for type bytea");
        }
    }
    return bytes;
}

std::string bits_of(std::string_view bytes, std::size_t count) {
    std::string bits(count, '0');
    for (std::size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i / 8]);
        bits[i] = ((byte >> (7 - i % 8)) & 1U) != 0 ? '1' : '0';
    }
    return bits;
}

}  // namespace

result<std::string> decode_bytea_text(std::string_view text) {
    return text.starts_with("\\x") ? decode_hex(text.substr(2)) : decode_escaped(text);
}

result<uint128> decode_uuid_text(std::string_view text) {
    std::string_view rest = text;
    const bool braces = rest.starts_with('{');
    if (braces) {
        if (!rest.ends_with('}')) {
            return fail(invalid_syntax("uuid", text));
        }
        rest = rest.substr(1, rest.size() - 2);
    }
    uint128 value = 0;
    std::size_t digits = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        // A hyphen may follow any group of four digits but the last.
        if (rest[at] == '-' && digits % 4 == 0 && digits > 0 && digits < 32 && rest[at - 1] != '-') {
            continue;
        }
        const int digit = base::hex_digit(rest[at]);
        if (digit < 0 || digits == 32) {
            return fail(invalid_syntax("uuid", text));
        }
        value = (value << 4U) | static_cast<unsigned>(digit);
        ++digits;
    }
    if (digits != 32) {
        return fail(invalid_syntax("uuid", text));
    }
    return value;
}

result<uint128> decode_uuid_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(uint128)) {
        return fail(invalid_binary());
    }
    const uint128 high = read_be<std::uint64_t>(bytes);
    return (high << 64U) | read_be<std::uint64_t>(bytes, 8);
}

result<std::string> decode_bits_text(std::string_view text) {
    std::string_view digits = text;
    const bool hex = digits.starts_with('x') || digits.starts_with('X');
    if (hex || digits.starts_with('b') || digits.starts_with('B')) {
        digits.remove_prefix(1);
    }
    std::string bits;
    bits.reserve(digits.size() * (hex ? 4 : 1));
    for (std::size_t at = 0; at < digits.size(); ++at) {
        const int digit = hex ? base::hex_digit(digits[at]) : digits[at] - '0';
        if (digit < 0 || digit > (hex ? 15 : 1)) {
            const std::string_view character = base::first_character(digits.substr(at)).bytes;
            auto error = invalid_value(sqlstates::invalid_text_representation, {}, character);
            if (error.code == sqlstates::invalid_text_representation) {
                error.message =
                    "\"" + std::string(character) + "\" is not a valid " + (hex ? "hexadecimal" : "binary") + " digit";
            }
            return fail(std::move(error));
        }
        for (int bit = hex ? 3 : 0; bit >= 0; --bit) {
            bits += ((digit >> bit) & 1) != 0 ? '1' : '0';
        }
    }
    return bits;
}

result<std::string> decode_bits_binary(std::string_view bytes) {
    if (bytes.size() < sizeof(std::int32_t)) {
        return fail(invalid_binary());
    }
    const auto count = read_be<std::int32_t>(bytes);
    bytes.remove_prefix(sizeof count);
    if (count < 0 || bytes.size() != (static_cast<std::size_t>(count) + 7) / 8) {
        return fail(invalid_binary("invalid length in external bit string"));
    }
    return bits_of(bytes, static_cast<std::size_t>(count));
}

}  // namespace sluice::postgres
