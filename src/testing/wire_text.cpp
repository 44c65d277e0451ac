#include "testing/wire_text.hpp"

#include <charconv>
#include <cstdint>

#include "base/core/assert.hpp"
#include "base/core/byte_buffer.hpp"

namespace sluice::testing {

namespace {

constexpr std::string_view separator = "|";

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
    std::vector<std::string_view> parts;
    for (std::size_t at = text.find(by); at != std::string_view::npos; at = text.find(by)) {
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + by.size());
    }
    parts.push_back(text);
    return parts;
}

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    const std::size_t end = text.find_last_not_of(' ');
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, end - begin + 1);
}

unsigned read_hex(std::string_view digits) {
    unsigned value = 0;
    SLUICE_ASSERT(std::from_chars(digits.data(), digits.data() + digits.size(), value, 16).ec == std::errc{});
    return value;
}

int read_number(std::string_view digits) {
    int value = 0;
    SLUICE_ASSERT(std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc{});
    return value;
}

std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            plain += text[i];
            continue;
        }
        switch (const char code = text[++i]) {
            case 'n':
                plain += '\n';
                break;
            case 't':
                plain += '\t';
                break;
            case 'x':
                plain += static_cast<char>(read_hex(text.substr(i + 1, 2)));
                i += 2;
                break;
            default:
                plain += code;
        }
    }
    return plain;
}

class body_builder {
  public:
    body_builder& string(std::string_view text) {
        bytes_.append(text);
        bytes_.append_byte('\0');
        return *this;
    }
    body_builder& byte(char value) {
        bytes_.append_byte(value);
        return *this;
    }
    body_builder& int16(int value) {
        bytes_.append_be16(static_cast<std::uint16_t>(value));
        return *this;
    }
    body_builder& int32(int value) {
        bytes_.append_be32(static_cast<std::uint32_t>(value));
        return *this;
    }
    body_builder& bytes(std::string_view value) {
        bytes_.append(value);
        return *this;
    }
    [[nodiscard]] std::string_view view() const { return bytes_.view(); }

  private:
    base::byte_buffer bytes_;
};

std::vector<int> numbers(std::string_view text) {
    std::vector<int> values;
    for (const std::string_view part : split(trim(text), " ")) {
        if (!part.empty()) {
            values.push_back(read_number(part));
        }
    }
    return values;
}

void append_formats(body_builder& body, const std::vector<int>& formats) {
    body.int16(static_cast<int>(formats.size()));
    for (const int format : formats) {
        body.int16(format);
    }
}

std::string parse_message(std::string_view rest) {
    const auto parts = split(rest, separator);
    body_builder body;
    body.string(trim(parts.at(0))).string(unescape(trim(parts.at(1))));
    const auto types = parts.size() > 2 ? numbers(parts[2]) : std::vector<int>{};
    body.int16(static_cast<int>(types.size()));
    for (const int type : types) {
        body.int32(type);
    }
    return frame_bytes('P', body.view());
}

std::string bind_message(std::string_view rest) {
    const auto clauses = split(rest, "; ");
    std::vector<int> formats;
    std::vector<int> results;
    for (const std::string_view clause : clauses) {
        if (clause.starts_with("formats ")) {
            formats = numbers(clause.substr(8));
        } else if (clause.starts_with("results ")) {
            results = numbers(clause.substr(8));
        }
    }
    const auto parts = split(clauses.at(0), separator);
    body_builder body;
    body.string(trim(parts.at(0))).string(parts.size() > 1 ? trim(parts[1]) : std::string_view{});
    append_formats(body, formats);
    body.int16(parts.size() > 2 ? static_cast<int>(parts.size() - 2) : 0);
    for (std::size_t i = 2; i < parts.size(); ++i) {
        if (trim(parts[i]) == "NULL") {
            body.int32(-1);
        } else {
            const std::string value = unescape(trim(parts[i]));
            body.int32(static_cast<int>(value.size())).bytes(value);
        }
    }
    append_formats(body, results);
    return frame_bytes('B', body.view());
}

std::string execute_message(std::string_view rest) {
    const auto parts = split(rest, separator);
    body_builder body;
    body.string(trim(parts.at(0))).int32(parts.size() > 1 ? read_number(trim(parts[1])) : 0);
    return frame_bytes('E', body.view());
}

std::string target_message(char type, std::string_view rest) {
    body_builder body;
    body.byte(rest.at(0)).string(trim(rest.substr(1)));
    return frame_bytes(type, body.view());
}

std::string raw_bytes(std::string_view rest) {
    std::string bytes;
    for (const std::string_view part : split(rest, " ")) {
        bytes += static_cast<char>(read_hex(part));
    }
    return bytes;
}

}  // namespace

std::string frame_bytes(char type, std::string_view body) {
    base::byte_buffer out;
    out.append_byte(type);
    out.append_be32(static_cast<std::uint32_t>(body.size() + 4));
    out.append(body);
    return std::string(out.view());
}

std::string frontend_message(std::string_view line) {
    const char type = line.at(0);
    const std::string_view rest = line.size() > 2 ? line.substr(2) : std::string_view{};
    switch (type) {
        case 'Q':
        case 'f':
            return frame_bytes(type, body_builder().string(unescape(rest)).view());
        case 'P':
            return parse_message(rest);
        case 'B':
            return bind_message(rest);
        case 'E':
            return execute_message(rest);
        case 'D':
        case 'C':
            return target_message(type, rest);
        case 'd':
            return frame_bytes(type, unescape(rest));
        case 'F':
            return frame_bytes(type, body_builder().int32(1).int16(0).int16(0).int16(0).view());
        case '?':
            return raw_bytes(rest);
        default:
            return frame_bytes(type, {});
    }
}

}  // namespace sluice::testing
