// Describe and Close: both name a statement or a portal.
#include <string>

#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

namespace {

template <typename Message>
result<Message> parse_target(std::string_view body, std::string_view kind) {
    message_reader fields(body);
    Message message;
    TRY_ASSIGN(message.target, fields.byte());
    TRY_ASSIGN(message.name, fields.string());
    TRY(fields.end());
    if (message.target != 'S' && message.target != 'P') {
        return fail(sqlstates::protocol_violation, "invalid " + std::string(kind) + " message subtype " +
                                                       std::to_string(static_cast<unsigned char>(message.target)));
    }
    return message;
}

}  // namespace

result<describe_message> parse_describe(std::string_view body) {
    return parse_target<describe_message>(body, "DESCRIBE");
}

result<close_message> parse_close(std::string_view body) {
    return parse_target<close_message>(body, "CLOSE");
}

}  // namespace sluice::postgres
