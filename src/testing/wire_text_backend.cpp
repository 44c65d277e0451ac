// Server messages as lines.
#include <cstdint>
#include <cstring>

#include "base/core/assert.hpp"
#include "testing/wire_text.hpp"

namespace sluice::testing {

namespace {

class reader {
  public:
    explicit reader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::string_view bytes(std::size_t count) {
        SLUICE_ASSERT(count <= rest_.size());
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    char byte() { return bytes(1).front(); }
    std::uint32_t uint32() { return integer(4); }
    std::int32_t int32() { return static_cast<std::int32_t>(integer(4)); }
    std::int16_t int16() { return static_cast<std::int16_t>(integer(2)); }
    std::string_view string() {
        const std::size_t end = rest_.find('\0');
        SLUICE_ASSERT(end != std::string_view::npos);
        const std::string_view text = bytes(end);
        bytes(1);
        return text;
    }

  private:
    std::uint32_t integer(std::size_t size) {
        std::uint32_t value = 0;
        for (const char byte : bytes(size)) {
            value = (value << 8U) | static_cast<unsigned char>(byte);
        }
        return value;
    }

    std::string_view rest_;
};

std::string printable(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '\n') {
            text += "\\n";
        } else if (byte == '\t') {
            text += "\\t";
        } else if (code < 0x20 || code == 0x7F) {
            text.append("\\x").append(1, digits[code >> 4U]).append(1, digits[code & 0xFU]);
        } else {
            text += byte;
        }
    }
    return text;
}

std::string error_line(reader fields) {
    std::string severity;
    std::string code;
    std::string message;
    std::string others;
    for (char field = fields.byte(); field != '\0'; field = fields.byte()) {
        const std::string value(fields.string());
        switch (field) {
            case 'V':
                severity = value;
                break;
            case 'C':
                code = value;
                break;
            case 'M':
                message = value;
                break;
            case 'D':
            case 'H':
            case 'P':
            case 'W':
                others.append(" [").append(1, field).append(":").append(value).append("]");
                break;
            default:
                break;
        }
    }
    return severity + " " + code + " " + message + others;
}

std::string columns_line(reader fields) {
    std::string line;
    for (int count = fields.int16(); count > 0; --count) {
        line.append(line.empty() ? "" : " ").append(fields.string());
        (void)fields.int32();  // table
        (void)fields.int16();  // column of the table
        for (const std::int64_t number : {static_cast<std::int64_t>(fields.uint32()), std::int64_t{fields.int16()},
                                          std::int64_t{fields.int32()}, std::int64_t{fields.int16()}}) {
            line.append(":").append(std::to_string(number));
        }
    }
    return line;
}

std::string row_line(reader fields) {
    std::string line;
    for (int count = fields.int16(); count > 0; --count) {
        const std::int32_t size = fields.int32();
        line += line.empty() ? "" : " ";
        line += size < 0 ? "NULL" : printable(fields.bytes(static_cast<std::size_t>(size)));
    }
    return line;
}

std::string types_line(reader fields) {
    std::string line;
    for (int count = fields.int16(); count > 0; --count) {
        line.append(line.empty() ? "" : " ").append(std::to_string(fields.uint32()));
    }
    return line;
}

std::string copy_line(reader fields) {
    std::string line = std::to_string(static_cast<int>(fields.byte()));
    const char* between = " ";
    for (int count = fields.int16(); count > 0; --count) {
        line.append(between).append(std::to_string(fields.int16()));
        between = ",";
    }
    return line;
}

std::string body_line(char type, std::string_view body) {
    reader fields(body);
    switch (type) {
        case 'E':
        case 'N':
            return error_line(fields);
        case 'T':
            return columns_line(fields);
        case 'D':
            return row_line(fields);
        case 't':
            return types_line(fields);
        case 'G':
        case 'H':
            return copy_line(fields);
        case 'C':
            return std::string(fields.string());
        case 'S': {
            const std::string name(fields.string());
            return name + "=" + std::string(fields.string());
        }
        case 'K': {
            const std::string process_id = std::to_string(fields.int32());
            return process_id + " " + std::to_string(fields.int32());
        }
        default:
            return printable(body);
    }
}

}  // namespace

std::vector<std::string> backend_lines(std::string_view bytes) {
    std::vector<std::string> lines;
    reader stream(bytes);
    while (!stream.empty()) {
        const char type = stream.byte();
        const std::uint32_t length = stream.uint32();
        SLUICE_ASSERT(length >= 4);
        const std::string body = body_line(type, stream.bytes(length - 4));
        lines.push_back(body.empty() ? std::string(1, type) : std::string(1, type) + " " + body);
    }
    return lines;
}

}  // namespace sluice::testing
