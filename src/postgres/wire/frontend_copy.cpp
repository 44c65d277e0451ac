// CopyFail: the client gives up a COPY FROM STDIN. CopyData is raw bytes and CopyDone is empty; neither needs parsing.
#include "postgres/wire/frontend.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::postgres {

result<copy_fail_message> parse_copy_fail(std::string_view body) {
    message_reader fields(body);
    copy_fail_message message;
    TRY_ASSIGN(message.reason, fields.string());
    TRY(fields.end());
    return message;
}

}  // namespace sluice::postgres
