// decode_bytes.hpp - reads bytea, uuid and bit strings in the forms that clients send.
//
// Use:     TRY_ASSIGN(const std::string bytes, decode_bytea_text("\\xdeadbeef"));
// Errors:  22P02, 22023 for bad hexadecimal digits of bytea, 22P03 binary.
// Source:  PostgreSQL 15 manual, 8.4 (both formats of bytea), 8.10 (bit strings), 8.12 (uuid).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/format/value_text.hpp"

namespace sluice::postgres {

result<std::string> decode_bytea_text(std::string_view text);

// Sixteen bytes in the order of the text.
result<uint128> decode_uuid_text(std::string_view text);
result<uint128> decode_uuid_binary(std::string_view bytes);

// '0' and '1', one a bit, the first bit first.
result<std::string> decode_bits_text(std::string_view text);
result<std::string> decode_bits_binary(std::string_view bytes);

}  // namespace sluice::postgres
