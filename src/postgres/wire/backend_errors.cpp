// ErrorResponse and NoticeResponse: fields of one letter each, ended by a zero byte.
#include <charconv>

#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/message_writer.hpp"

namespace sluice::postgres {

namespace {

void write_optional(message_writer& message, char field, std::string_view value) {
    if (!value.empty()) {
        message.byte(field);
        message.string(value);
    }
}

void write_fields(base::byte_buffer& out, char type, std::string_view severity, const error& cause) {
    message_writer message(out, type);
    write_optional(message, 'S', severity);
    write_optional(message, 'V', severity);  // never translated; S may be
    write_optional(message, 'C', cause.code.view());
    message.byte('M');
    message.string(cause.message);
    write_optional(message, 'D', cause.detail);
    write_optional(message, 'H', cause.hint);
    if (cause.position > 0) {
        char digits[12];
        const auto end = std::to_chars(digits, digits + sizeof digits, cause.position).ptr;
        write_optional(message, 'P', {digits, end});
    }
    write_optional(message, 'W', cause.context);
    message.byte('\0');
}

}  // namespace

void write_error(base::byte_buffer& out, const error& cause) {
    write_fields(out, 'E', cause.fatal ? "FATAL" : "ERROR", cause);
}

void write_error_before_version_3(base::byte_buffer& out, const error& cause) {
    out.append("EFATAL:  ");
    out.append(cause.message);
    out.append_byte('\n');
    out.append_byte('\0');
}

void write_notice(base::byte_buffer& out, std::string_view severity, const error& text) {
    write_fields(out, 'N', severity, text);
}

}  // namespace sluice::postgres
