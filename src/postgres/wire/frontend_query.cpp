// Query: the simple protocol's only message.
#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

result<query_message> parse_query(std::string_view body) {
    message_reader fields(body);
    query_message message;
    TRY_ASSIGN(message.sql, fields.string());
    TRY(fields.end());
    return message;
}

result<> parse_empty(std::string_view body) {
    return message_reader(body).end();
}

}  // namespace sluice::postgres
