// string_byte_texts.hpp - bytes as text and back: the formats of encode() and decode().
//
// Use:     TRY_ASSIGN(const std::string text, encode_bytes(bytes, "base64"));
// Source:  PostgreSQL 15 manual, 9.5: hex, escape, base64 (RFC 2045, 6.8, lines of 76 characters).
// Errors:  22023, 22P02.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

result<std::string> encode_bytes(std::string_view bytes, std::string_view format);
result<std::string> decode_bytes(std::string_view text, std::string_view format);

}  // namespace sluice::duckdb
