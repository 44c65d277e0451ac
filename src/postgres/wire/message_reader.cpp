#include "postgres/wire/message_reader.hpp"

#include "base/text/utf8.hpp"

namespace sluice::postgres {

result<char> message_reader::byte() {
    if (rest_.empty()) {
        return fail(sqlstates::protocol_violation, "no data left in message");
    }
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
}

result<std::string_view> message_reader::bytes(std::size_t count) {
    if (count > rest_.size()) {
        return fail(sqlstates::protocol_violation, "insufficient data left in message");
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

result<std::string_view> message_reader::string() {
    const std::size_t terminator = rest_.find('\0');
    if (terminator == std::string_view::npos) {
        return fail(sqlstates::protocol_violation, "invalid string in message");
    }
    const std::string_view taken = rest_.substr(0, terminator);
    rest_.remove_prefix(terminator + 1);
    TRY(base::check_utf8(taken));
    return taken;
}

result<> message_reader::end() const {
    if (!rest_.empty()) {
        return fail(sqlstates::protocol_violation, "invalid message format");
    }
    return {};
}

}  // namespace sluice::postgres
