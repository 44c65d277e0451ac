// Every decoder of single values, text and binary: the first byte chooses it, the rest is the value.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"
#include "postgres/parse/decode_array.hpp"
#include "postgres/parse/decode_bytes.hpp"
#include "postgres/parse/decode_interval.hpp"
#include "postgres/parse/decode_json.hpp"
#include "postgres/parse/decode_number.hpp"
#include "postgres/parse/decode_numeric.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::postgres {
namespace {

// For any input, the message for the client is valid UTF-8.
template <typename T>
void check(const result<T>& result) {
    if (!result) {
        SLUICE_ASSERT(base::check_utf8(result.error().message).has_value());
        SLUICE_ASSERT(base::check_utf8(result.error().detail).has_value());
    }
}

void check_numeric(const result<numeric_value>& value) {
    check(value);
    if (!value) {
        return;
    }
    check(to_scaled(*value, 38, 10));
    static_cast<void>(to_magnitude_exactly(*value));
    const std::string text = to_text(*value);
    const auto again = decode_numeric_text(text);
    SLUICE_ASSERT(again && to_text(*again) == text);
}

void check_short_numeric(std::string_view bytes) {
    std::int64_t scaled = 0;
    if (read_short_numeric(bytes, 2, scaled)) {
        const auto value = decode_numeric_binary(bytes);
        SLUICE_ASSERT(value && to_scaled(*value, 38, 2).value() == scaled);
    }
}

template <datetime_type Type>
void check_datetime(std::string_view text) {
    const auto when = read_datetime_text(text, Type);
    check(when);
    if (when) {
        check(to_days(*when, text));
        check(to_local_time(*when, text));
    }
}

using decoder = void (*)(std::string_view);
constexpr auto decoders = std::to_array<decoder>({
    [](std::string_view text) { check(decode_bool_text(text)); },
    [](std::string_view text) { check(decode_integer_text<std::int32_t>(text)); },
    [](std::string_view text) { check(decode_integer_text<std::int64_t>(text)); },
    [](std::string_view text) { check(decode_float_text<float>(text)); },
    [](std::string_view text) { check(decode_float_text<double>(text)); },
    [](std::string_view text) { check_numeric(decode_numeric_text(text)); },
    check_datetime<datetime_type::date>,
    check_datetime<datetime_type::time>,
    check_datetime<datetime_type::timetz>,
    check_datetime<datetime_type::timestamp>,
    check_datetime<datetime_type::timestamptz>,
    [](std::string_view text) { check(decode_interval_text(text)); },
    [](std::string_view text) { check(decode_bytea_text(text)); },
    [](std::string_view text) { check(decode_uuid_text(text)); },
    [](std::string_view text) { check(decode_bits_text(text)); },
    [](std::string_view text) { check(check_json(text)); },
    [](std::string_view text) { check(decode_array_text(text)); },
    [](std::string_view bytes) { check(decode_bool_binary(bytes)); },
    [](std::string_view bytes) { check(decode_integer_binary<std::int16_t>(bytes)); },
    [](std::string_view bytes) { check(decode_integer_binary<std::int64_t>(bytes)); },
    [](std::string_view bytes) { check(decode_float_binary<float>(bytes)); },
    [](std::string_view bytes) { check(decode_float_binary<double>(bytes)); },
    [](std::string_view bytes) { check_numeric(decode_numeric_binary(bytes)); },
    check_short_numeric,
    [](std::string_view bytes) { check(decode_date_binary(bytes)); },
    [](std::string_view bytes) { check(decode_time_binary(bytes)); },
    [](std::string_view bytes) { check(decode_timetz_binary(bytes)); },
    [](std::string_view bytes) { check(decode_timestamp_binary(bytes)); },
    [](std::string_view bytes) { check(decode_interval_binary(bytes)); },
    [](std::string_view bytes) { check(decode_uuid_binary(bytes)); },
    [](std::string_view bytes) { check(decode_bits_binary(bytes)); },
    [](std::string_view bytes) { check(decode_array_binary(bytes)); },
});

}  // namespace
}  // namespace sluice::postgres

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) {
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        sluice::postgres::decoders[data[0] % sluice::postgres::decoders.size()](bytes.substr(1));
    }
    return 0;
}
