// Parse: a statement's text and the parameter types that the client knows.
#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

result<parse_message> parse_parse(std::string_view body) {
    message_reader fields(body);
    parse_message message;
    TRY_ASSIGN(message.statement, fields.string());
    TRY_ASSIGN(message.sql, fields.string());
    TRY_ASSIGN(const std::uint16_t count, fields.uint16());
    message.parameter_types.reserve(fields.entries_max(count, sizeof(std::uint32_t)));
    for (std::uint16_t i = 0; i < count; ++i) {
        TRY_ASSIGN(const std::uint32_t type, fields.uint32());
        message.parameter_types.push_back(type);
    }
    TRY(fields.end());
    return message;
}

}  // namespace sluice::postgres
