#include "postgres/wire/message_reader.hpp"

#include "base/text/utf8.hpp"

namespace sluice::pgwire {

core::result<char> message_reader::byte() {
    if (rest_.empty()) {
        return core::fail(core::sqlstates::protocol_violation, "no data left in message");
    }
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
}

core::result<std::string_view> message_reader::bytes(std::size_t count) {
    if (count > rest_.size()) {
        return core::fail(core::sqlstates::protocol_violation, "insufficient data left in message");
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

core::result<std::string_view> message_reader::string() {
    const std::size_t terminator = rest_.find('\0');
    if (terminator == std::string_view::npos) {
        return core::fail(core::sqlstates::protocol_violation, "invalid string in message");
    }
    const std::string_view taken = rest_.substr(0, terminator);
    rest_.remove_prefix(terminator + 1);
    TRY(check_utf8(taken));
    return taken;
}

core::result<> message_reader::end() const {
    if (!rest_.empty()) {
        return core::fail(core::sqlstates::protocol_violation, "invalid message format");
    }
    return {};
}

}  // namespace sluice::pgwire
