// Execute: runs a portal, or continues it.
#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

result<execute_message> parse_execute(std::string_view body) {
    message_reader fields(body);
    execute_message message;
    TRY_ASSIGN(message.portal, fields.string());
    TRY_ASSIGN(message.rows_max, fields.int32());
    TRY(fields.end());
    return message;
}

}  // namespace sluice::postgres
