#include "engines/duckdb/functions/strings/string_byte_texts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"
#include "postgres/parse/decode_bytes.hpp"

namespace sluice::duckdb {
namespace {

using text = result<std::string>;

constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t line_characters = 76;

std::unexpected<error> too_large(std::string_view what) {
    return fail(sqlstates::program_limit_exceeded, fmt::format("result of {} is too large", what));
}
bool fits(std::size_t bytes) {
    return bytes <= value_bytes_max - header_bytes;
}

text encode_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (!fits(2 * bytes.size())) {
        return too_large("encoding conversion");
    }
    std::string made;
    made.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        made += digits[byte >> 4U];
        made += digits[byte & 15U];
    }
    return made;
}

text encode_base64(std::string_view bytes) {
    const std::size_t letters = (bytes.size() + 2) / 3 * 4;
    if (!fits(letters + letters / line_characters)) {
        return too_large("encoding conversion");
    }
    std::string made;
    made.reserve(letters + letters / line_characters);
    std::size_t line = 0;
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = (group << 8U) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            made += i <= bytes.size() ? base64_letters[(group >> (18 - 6 * i)) & 63U] : '=';
        }
        line += 4;
        // Also behind the last group, unless it is a part.
        if (line == line_characters && bytes.size() >= 3) {
            made += '\n';
            line = 0;
        }
    }
    return made;
}

text decode_base64(std::string_view given) {
    std::string made;
    std::uint32_t group = 0;
    int letters = 0;
    int bytes = 3;  // of a group; fewer since the first =
    for (std::size_t at = 0; at < given.size(); ++at) {
        const char c = given[at];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            continue;
        }
        std::size_t value = 0;
        if (c == '=') {
            if (bytes == 3 && letters < 2) {
                return fail(sqlstates::invalid_parameter_value, "unexpected \"=\" while decoding base64 sequence");
            }
            bytes = bytes == 3 ? letters - 1 : bytes;
        } else {
            value = base64_letters.find(c);
            if (value == std::string_view::npos) {
                return fail(sqlstates::invalid_parameter_value,
                            fmt::format("invalid symbol \"{}\" found while decoding base64 sequence",
                                        front_character(given.substr(at))));
            }
        }
        group = (group << 6U) | static_cast<std::uint32_t>(value);
        if (++letters == 4) {
            for (int i = 0; i < bytes; ++i) {
                made += static_cast<char>(group >> (16 - 8 * i));
            }
            group = 0;
            letters = 0;
        }
    }
    if (letters != 0) {
        error cause{.code = sqlstates::invalid_parameter_value, .message = "invalid base64 end sequence"};
        cause.hint = "Input data is missing padding, is truncated, or is otherwise corrupted.";
        return fail(std::move(cause));
    }
    return made;
}

text encode_escape(std::string_view bytes) {
    std::string made;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0 || byte >= 0x80) {
            made += fmt::format("\\{:03o}", byte);
        } else {
            made += c == '\\' ? "\\\\" : std::string_view(&c, 1);
        }
        if (!fits(made.size())) {
            return too_large("encoding conversion");
        }
    }
    return made;
}
text decode_escape(std::string_view given) {
    if (given.starts_with("\\x")) {
        return fail(sqlstates::invalid_text_representation, "invalid input syntax for type bytea");
    }
    return postgres::decode_bytea_text(given);
}
text decode_hex(std::string_view given) {
    return postgres::decode_bytea_text(std::string("\\x").append(given));
}

struct byte_format {
    std::string_view name;
    text (*encode)(std::string_view);
    text (*decode)(std::string_view);
};
result<const byte_format*> named(std::string_view name) {
    static constexpr auto formats = std::to_array<byte_format>({
        {"hex", encode_hex, decode_hex},
        {"base64", encode_base64, decode_base64},
        {"escape", encode_escape, decode_escape},
    });
    for (const byte_format& each : formats) {
        if (base::equals_ignoring_case(each.name, name)) {
            return &each;
        }
    }
    return fail(sqlstates::invalid_parameter_value, fmt::format("unrecognized encoding: \"{}\"", name));
}

}  // namespace

result<std::string> encode_bytes(std::string_view bytes, std::string_view format) {
    TRY_ASSIGN(const byte_format* const form, named(format));
    return form->encode(bytes);
}

result<std::string> decode_bytes(std::string_view given, std::string_view format) {
    TRY_ASSIGN(const byte_format* const form, named(format));
    return form->decode(given);
}

}  // namespace sluice::duckdb
