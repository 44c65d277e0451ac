#include "engines/duckdb/functions/input_functions.hpp"

#include <array>

#include "postgres/format/value_text.hpp"
#include "postgres/format/value_text_float.hpp"
#include "postgres/format/value_text_time.hpp"
#include "postgres/parse/decode_bytes.hpp"
#include "postgres/parse/decode_interval.hpp"
#include "postgres/parse/decode_json.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

template <typename Integer>
result<Integer> read_integer(std::string_view text) {
    return postgres::decode_integer_text<Integer>(text);
}
result<std::int64_t> read_oid(std::string_view text) {
    TRY_ASSIGN(const std::uint32_t value, postgres::decode_integer_text<std::uint32_t>(text));
    return std::int64_t{value};
}
template <typename Float>
result<Float> read_float(std::string_view text) {
    return postgres::decode_float_text<Float>(text);
}
result<bool> read_bool(std::string_view text) {
    return postgres::decode_bool_text(text);
}
result<bytes> read_bytea(std::string_view text) {
    TRY_ASSIGN(std::string data, postgres::decode_bytea_text(text));
    return bytes{std::move(data)};
}
result<json> read_json(std::string_view text) {
    TRY(postgres::check_json(text));
    return json{std::string(text)};
}
result<interval> read_interval(std::string_view text) {
    TRY_ASSIGN(const postgres::interval_parts parts, postgres::decode_interval_text(text));
    return interval{.months = parts.months, .days = parts.days, .micros = parts.microseconds};
}

template <typename Value, char* (*write)(char*, Value)>
std::string written(Value value) {
    std::array<char, postgres::scalar_text_bytes_max> room;
    return {room.data(), write(room.data(), value)};
}
std::string text_of_double(double value) {
    return written<double, postgres::write_double>(value);
}
std::string text_of_float(float value) {
    return written<float, postgres::write_float>(value);
}
std::string text_of_date(date value) {
    return written<std::int32_t, postgres::write_date>(value.days);
}
std::string text_of_time(time_of_day value) {
    return written<std::uint64_t, postgres::write_time>(static_cast<std::uint64_t>(value.micros));
}
std::string text_of_timestamp(timestamp value) {
    return written<std::int64_t, postgres::write_timestamp>(value.micros);
}
std::string text_of_interval(interval value) {
    return written<postgres::interval_parts, postgres::write_interval_postgres>(
        {.months = value.months, .days = value.days, .microseconds = value.micros});
}
std::string text_of_bytea(bytes_view value) {
    std::string room(2 + 2 * value.data.size(), '\0');
    postgres::write_bytea_hex(room.data(), value.data);
    return room;
}

}  // namespace

result<> add_input_functions(native_functions& functions) {
    TRY(functions.add<read_integer<std::int16_t>>("sluice_int2_in"));
    TRY(functions.add<read_integer<std::int32_t>>("sluice_int4_in"));
    TRY(functions.add<read_integer<std::int64_t>>("sluice_int8_in"));
    TRY(functions.add<read_oid>("sluice_oid_in"));
    TRY(functions.add<read_float<float>>("sluice_float4_in"));
    TRY(functions.add<read_float<double>>("sluice_float8_in"));
    TRY(functions.add<read_bool>("sluice_bool_in"));
    TRY(functions.add<read_bytea>("sluice_bytea_in"));
    TRY(functions.add<read_json>("sluice_json_in"));
    TRY(functions.add<read_interval>("sluice_interval_in"));
    TRY(functions.add<text_of_double>("sluice_text_of"));
    TRY(functions.add<text_of_float>("sluice_text_of"));
    TRY(functions.add<text_of_date>("sluice_text_of"));
    TRY(functions.add<text_of_time>("sluice_text_of"));
    TRY(functions.add<text_of_timestamp>("sluice_text_of"));
    TRY(functions.add<text_of_interval>("sluice_text_of"));
    return functions.add<text_of_bytea>("sluice_text_of");
}

}  // namespace sluice::duckdb
