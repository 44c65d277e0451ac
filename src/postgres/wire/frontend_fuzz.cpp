// The first byte is the message's type, the rest its body. An accepted message can be written again from its fields,
// byte for byte: no byte was skipped, invented or read from elsewhere.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"
#include "postgres/parse/test_bytes.hpp"
#include "postgres/wire/frontend.hpp"

namespace {

using namespace sluice::postgres;
using test_bytes::be16;
using test_bytes::be32;
using test_bytes::z;

std::string formats(const std::vector<std::int16_t>& codes) {
    std::string text = be16(static_cast<std::int64_t>(codes.size()));
    for (const std::int16_t code : codes) {
        const bool known = code == 0 || code == 1;
        SLUICE_ASSERT(known);
        text += be16(code);
    }
    return text;
}

std::string again(const query_message& message) {
    return z(message.sql);
}

std::string again(const parse_message& message) {
    std::string text =
        z(message.statement) + z(message.sql) + be16(static_cast<std::int64_t>(message.parameter_types.size()));
    for (const std::uint32_t type : message.parameter_types) {
        text += be32(type);
    }
    return text;
}

std::string again(const bind_message& message) {
    std::string text = z(message.portal) + z(message.statement) + formats(message.parameter_formats) +
                       be16(static_cast<std::int64_t>(message.parameters.size()));
    for (const auto& parameter : message.parameters) {
        text += parameter ? test_bytes::value(*parameter) : be32(-1);
    }
    return text + formats(message.result_formats);
}

std::string again(const describe_message& message) {
    return message.target + z(message.name);
}

std::string again(const close_message& message) {
    return message.target + z(message.name);
}

std::string again(const execute_message& message) {
    return z(message.portal) + be32(message.rows_max);
}

std::string again(const copy_fail_message& message) {
    return z(message.reason);
}

template <typename Message>
void check(const sluice::result<Message>& parsed, std::string_view body) {
    if (parsed) {
        SLUICE_ASSERT(again(*parsed) == body);
        return;
    }
    const std::string_view code = parsed.error().code.view();
    const bool known = code == "08P01" || code == "22021" || code == "22023";
    SLUICE_ASSERT(known);
    SLUICE_ASSERT(sluice::base::check_utf8(parsed.error().message).has_value());
    SLUICE_ASSERT(sluice::base::check_utf8(parsed.error().context).has_value());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0]) {
        case 'Q':
            check(parse_query(body), body);
            break;
        case 'P':
            check(parse_parse(body), body);
            break;
        case 'B':
            check(parse_bind(body), body);
            break;
        case 'D':
            check(parse_describe(body), body);
            break;
        case 'C':
            check(parse_close(body), body);
            break;
        case 'E':
            check(parse_execute(body), body);
            break;
        case 'f':
            check(parse_copy_fail(body), body);
            break;
        default:
            SLUICE_ASSERT(parse_empty(body).has_value() == body.empty());
            break;
    }
    return 0;
}
