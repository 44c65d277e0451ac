#include "postgres/auth/sasl_messages.hpp"

#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

result<sasl_initial_response_message> parse_sasl_initial_response(std::string_view body) {
    message_reader fields(body);
    sasl_initial_response_message message;
    TRY_ASSIGN(message.mechanism, fields.string());
    TRY_ASSIGN(const std::int32_t length, fields.int32());
    if (length != -1) {
        // Other negative lengths become huge and are refused like any length beyond the message.
        TRY_ASSIGN(message.data, fields.bytes(static_cast<std::uint32_t>(length)));
    }
    TRY(fields.end());
    return message;
}

}  // namespace sluice::postgres
