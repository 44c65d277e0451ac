// decode_number.hpp - reads booleans, integers and floating-point numbers in the forms that clients send.
//
// Use:     TRY_ASSIGN(const auto value, decode_integer_text<std::int32_t>(" 42 "));
//          TRY_ASSIGN(const auto value, decode_integer_binary<std::int32_t>(four_bytes));
// Errors:  22P02 not a number, 22003 out of range, 22P03 wrong number of bytes.
// Source:  PostgreSQL 15 manual, 8.1 and 8.6; blanks around a number are ignored.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/core/result.hpp"
#include "base/text/ascii.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::postgres {

[[nodiscard]] std::string_view trim_blanks(std::string_view text);

result<bool> decode_bool_text(std::string_view text);
result<bool> decode_bool_binary(std::string_view bytes);

// For int16_t (smallint), int32_t (integer), int64_t (bigint) and uint32_t (oid).
template <typename Integer>
result<Integer> decode_integer_text(std::string_view text);
template <typename Integer>
result<Integer> decode_integer_binary(std::string_view bytes) {
    if (bytes.size() != sizeof(Integer)) {
        return fail(invalid_binary());
    }
    return read_be<Integer>(bytes.data());
}

// For float (real) and double (double precision).
template <typename Float>
result<Float> decode_float_text(std::string_view text);
template <typename Float>
result<Float> decode_float_binary(std::string_view bytes);

}  // namespace sluice::postgres
