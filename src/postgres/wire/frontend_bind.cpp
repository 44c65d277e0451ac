// Bind: parameter values and result formats for a portal.
#include <string>

#include "base/text/utf8.hpp"
#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

namespace {

result<> check_format(std::int16_t format) {
    if (format != 0 && format != 1) {
        return fail(sqlstates::invalid_parameter_value, "unsupported format code: " + std::to_string(format));
    }
    return {};
}

result<> check_formats(const std::vector<std::int16_t>& formats) {
    for (const std::int16_t format : formats) {
        TRY(check_format(format));
    }
    return {};
}

result<std::vector<std::int16_t>> read_formats(message_reader& fields) {
    TRY_ASSIGN(const std::uint16_t count, fields.uint16());
    std::vector<std::int16_t> formats;
    formats.reserve(fields.entries_max(count, sizeof(std::int16_t)));
    for (std::uint16_t i = 0; i < count; ++i) {
        TRY_ASSIGN(const std::int16_t format, fields.int16());
        formats.push_back(format);
    }
    return formats;
}

std::int16_t format_of(const bind_message& message, std::size_t parameter) {
    const auto& formats = message.parameter_formats;
    if (formats.empty()) {
        return 0;
    }
    return formats[formats.size() == 1 ? 0 : parameter];
}

result<std::optional<std::string_view>> read_value(message_reader& fields, std::int16_t format) {
    TRY_ASSIGN(const std::int32_t length, fields.int32());
    std::optional<std::string_view> value;
    if (length != -1) {
        // Other negative lengths become huge and are refused like any length beyond the message.
        TRY_ASSIGN(value, fields.bytes(static_cast<std::uint32_t>(length)));
    }
    TRY(check_format(format));
    if (value && format == 0) {
        TRY(base::check_utf8(*value));
    }
    return value;
}

error at_parameter(error cause, std::string_view portal, std::size_t number) {
    const std::string place = portal.empty() ? "unnamed portal" : "portal \"" + std::string(portal) + "\"";
    return std::move(cause).with_context(place + " parameter $" + std::to_string(number));
}

result<> read_values(message_reader& fields, bind_message& message) {
    TRY_ASSIGN(const std::uint16_t count, fields.uint16());
    const std::size_t formats = message.parameter_formats.size();
    if (formats > 1 && formats != count) {
        return fail(sqlstates::protocol_violation, "bind message has " + std::to_string(formats) +
                                                       " parameter formats but " + std::to_string(count) +
                                                       " parameters");
    }
    message.parameters.reserve(fields.entries_max(count, sizeof(std::int32_t)));
    for (std::size_t i = 0; i < count; ++i) {
        auto value = read_value(fields, format_of(message, i));
        if (!value) {
            return fail(at_parameter(std::move(value).error(), message.portal, i + 1));
        }
        message.parameters.push_back(*value);
    }
    // One format and no parameters: the loop has checked no format.
    return check_formats(message.parameter_formats);
}

}  // namespace

result<bind_message> parse_bind(std::string_view body) {
    message_reader fields(body);
    bind_message message;
    TRY_ASSIGN(message.portal, fields.string());
    TRY_ASSIGN(message.statement, fields.string());
    TRY_ASSIGN(message.parameter_formats, read_formats(fields));
    TRY(read_values(fields, message));
    TRY_ASSIGN(message.result_formats, read_formats(fields));
    TRY(fields.end());
    TRY(check_formats(message.result_formats));
    return message;
}

}  // namespace sluice::postgres
