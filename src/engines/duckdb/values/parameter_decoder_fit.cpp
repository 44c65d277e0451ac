#include "engines/duckdb/values/parameter_decoder_fit.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <duckdb.h>
#include <limits>
#include <type_traits>
#include <utility>

#include "engines/duckdb/values/types.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

using postgres::int128;
using postgres::uint128;
using fitted = result<std::optional<stored_value>>;

constexpr std::uint32_t decimal_digits_max = 38;
constexpr std::int64_t double_integer_max = std::int64_t{1} << 53U;
constexpr uint128 top_bit = uint128{1} << 127U;

stored_value of_bits(uint128 bits) {
    return {.bits = bits};
}
stored_value of_double(double value) {
    return of_bits(std::bit_cast<std::uint64_t>(value));
}
stored_value of_float(float value) {
    return of_bits(std::bit_cast<std::uint32_t>(value));
}
stored_value of_made(std::string made) {
    return {.made = std::move(made), .has_made = true};
}

// Sign and magnitude of any integer that DuckDB has a type for.
struct wide_integer {
    bool negative = false;
    uint128 magnitude = 0;
};
wide_integer widen(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return {.negative = value < 0, .magnitude = value < 0 ? 0 - bits : bits};
}

struct integer_kind {
    bool is_signed;
    unsigned bits;
    std::string_view name;
};
std::optional<integer_kind> integer_kind_of(value_kind kind) {
    switch (kind) {
        case value_kind::int8:
            return integer_kind{.is_signed = true, .bits = 8, .name = "tinyint"};
        case value_kind::int16:
            return integer_kind{.is_signed = true, .bits = 16, .name = "smallint"};
        case value_kind::int32:
            return integer_kind{.is_signed = true, .bits = 32, .name = "integer"};
        case value_kind::int64:
            return integer_kind{.is_signed = true, .bits = 64, .name = "bigint"};
        case value_kind::int128:
            return integer_kind{.is_signed = true, .bits = 128, .name = "hugeint"};
        case value_kind::uint8:
            return integer_kind{.is_signed = false, .bits = 8, .name = "utinyint"};
        case value_kind::uint16:
            return integer_kind{.is_signed = false, .bits = 16, .name = "usmallint"};
        case value_kind::uint32:
            return integer_kind{.is_signed = false, .bits = 32, .name = "uinteger"};
        case value_kind::uint64:
            return integer_kind{.is_signed = false, .bits = 64, .name = "ubigint"};
        case value_kind::uint128:
            return integer_kind{.is_signed = false, .bits = 128, .name = "uhugeint"};
        default:
            return std::nullopt;
    }
}

bool is_decimal(value_kind kind) {
    return kind == value_kind::decimal16 || kind == value_kind::decimal32 || kind == value_kind::decimal64 ||
           kind == value_kind::decimal128;
}
bool is_enum(value_kind kind) {
    return kind == value_kind::enum8 || kind == value_kind::enum16 || kind == value_kind::enum32;
}

std::optional<stored_value> store_integer(wide_integer value, const integer_kind& kind) {
    const unsigned magnitude_bits = kind.is_signed ? kind.bits - 1 : kind.bits;
    const uint128 positive_max = magnitude_bits == 128 ? ~uint128{0} : (uint128{1} << magnitude_bits) - 1;
    const uint128 limit = !value.negative ? positive_max : kind.is_signed ? positive_max + 1 : 0;
    if (value.magnitude > limit) {
        return std::nullopt;
    }
    return of_bits(value.negative ? 0 - value.magnitude : value.magnitude);
}

fitted out_of_range(std::string_view type, fit_rule rule, std::string_view shown) {
    if (rule == fit_rule::exactly) {
        return std::nullopt;
    }
    return fail(postgres::value_out_of_range(type, shown));
}

postgres::numeric_value to_numeric(std::int64_t value) {
    const wide_integer wide = widen(value);
    return {.negative = wide.negative,
            .digits = value == 0 ? std::string() : std::to_string(static_cast<std::uint64_t>(wide.magnitude))};
}

fitted store_decimal(const postgres::numeric_value& value, const value_type& type, fit_rule rule) {
    if (rule == fit_rule::exactly) {
        const auto scaled = postgres::to_scaled_exactly(value, type.width, type.scale);
        return scaled ? std::optional(of_bits(static_cast<uint128>(*scaled))) : std::nullopt;
    }
    TRY_ASSIGN(const int128 scaled, postgres::to_scaled(value, type.width, type.scale));
    return of_bits(static_cast<uint128>(scaled));
}

result<double> to_double(const postgres::numeric_value& value) {
    return postgres::decode_float_text<double>(postgres::to_text(value));
}

// Converts microseconds to the unit of a timestamp type; only types with nanoseconds keep those.
struct unit_time {
    bool exact;
    bool in_range = true;
    std::int64_t value;
};
unit_time in_unit(postgres::precise_time time, value_kind kind) {
    const bool endless =
        time.microseconds == postgres::timestamp_infinity || time.microseconds == postgres::timestamp_minus_infinity;
    if (endless) {
        return {.exact = true, .value = time.microseconds};
    }
    if (kind == value_kind::timestamp_ns || kind == value_kind::time_ns) {
        unit_time scaled{.exact = true, .value = 0};
        scaled.in_range = !__builtin_mul_overflow(time.microseconds, std::int64_t{1000}, &scaled.value) &&
                          !__builtin_add_overflow(scaled.value, std::int64_t{time.nanoseconds}, &scaled.value);
        return scaled;
    }
    const std::int64_t rounded = postgres::round_to_microseconds(time);
    const std::int64_t unit = kind == value_kind::timestamp_s ? 1'000'000 : kind == value_kind::timestamp_ms ? 1000 : 1;
    // Half a unit is rounded away from zero, like the microseconds.
    std::int64_t value = rounded / unit;
    const std::int64_t rest = rounded % unit;
    value += rest * 2 >= unit && rest > 0 ? 1 : rest * -2 >= unit && rest < 0 ? -1 : 0;
    return {.exact = rest == 0, .value = value};
}

class fitter {
  public:
    fitter(const value_type& type, fit_rule rule, std::string_view bytes) : type_(type), rule_(rule), bytes_(bytes) {}

    fitted operator()(bool value) const {
        return type_.kind == value_kind::boolean ? fitted(of_bits(value ? 1 : 0)) : std::nullopt;
    }
    fitted operator()(std::int64_t value) const {
        if (const auto kind = integer_kind_of(type_.kind)) {
            auto stored = store_integer(widen(value), *kind);
            return stored ? fitted(std::move(stored)) : out_of_range(kind->name, rule_, std::to_string(value));
        }
        if (is_decimal(type_.kind)) {
            return store_decimal(to_numeric(value), type_, rule_);
        }
        if (type_.kind == value_kind::float64 && value >= -double_integer_max && value <= double_integer_max) {
            return of_double(static_cast<double>(value));
        }
        return std::nullopt;
    }
    fitted operator()(float value) const {
        if (type_.kind == value_kind::float32) {
            return of_float(value);
        }
        return type_.kind == value_kind::float64 ? fitted(of_double(value)) : std::nullopt;
    }
    fitted operator()(double value) const {
        return type_.kind == value_kind::float64 ? fitted(of_double(value)) : std::nullopt;
    }
    fitted operator()(const postgres::numeric_value& value) const {
        if (type_.kind == value_kind::numeric_text) {
            return of_made(postgres::to_text(value));
        }
        if (is_decimal(type_.kind)) {
            return store_decimal(value, type_, rule_);
        }
        if (type_.kind == value_kind::float64) {
            TRY_ASSIGN(const double number, to_double(value));
            return of_double(number);
        }
        if (type_.kind == value_kind::bignum) {
            return store_bignum(value);
        }
        const auto kind = integer_kind_of(type_.kind);
        return kind ? store_numeric_integer(value, *kind) : std::nullopt;
    }
    fitted operator()(const wire_text& value) const {
        if (type_.kind == value_kind::varchar) {
            return stored_value{.bytes = value.text};
        }
        return is_enum(type_.kind) ? store_enum(value.text) : std::nullopt;
    }
    fitted operator()(const wire_json& value) const {
        return type_.kind == value_kind::json || type_.kind == value_kind::jsonb
                   ? fitted(stored_value{.bytes = value.text})
                   : std::nullopt;
    }
    fitted operator()(const wire_bytes& value) const {
        if (type_.kind != value_kind::blob) {
            return std::nullopt;
        }
        return value.decoded.empty() ? stored_value{.bytes = value.bytes} : of_made(value.decoded);
    }
    fitted operator()(const wire_date& value) const {
        return type_.kind == value_kind::date ? fitted(of_bits(static_cast<uint128>(value.days))) : std::nullopt;
    }
    fitted operator()(const wire_time& value) const {
        return type_.kind == value_kind::time || type_.kind == value_kind::time_ns ? store_time(value.time)
                                                                                   : std::nullopt;
    }
    fitted operator()(const wire_timestamp& value) const {
        switch (type_.kind) {
            case value_kind::timestamp:
            case value_kind::timestamp_s:
            case value_kind::timestamp_ms:
            case value_kind::timestamp_ns:
                return store_time(value.time);
            default:
                return std::nullopt;
        }
    }
    fitted operator()(const wire_timestamptz& value) const {
        return type_.kind == value_kind::timestamp_tz ? fitted(of_bits(static_cast<uint128>(value.microseconds)))
                                                      : std::nullopt;
    }
    fitted operator()(const postgres::time_with_zone& value) const {
        return type_.kind == value_kind::time_tz
                   ? fitted(of_bits(duckdb_create_time_tz(value.microseconds, value.offset_seconds).bits))
                   : std::nullopt;
    }
    fitted operator()(const postgres::interval_parts& value) const {
        const uint128 bits = static_cast<uint128>(static_cast<std::uint32_t>(value.months)) |
                             (static_cast<uint128>(static_cast<std::uint32_t>(value.days)) << 32U) |
                             (static_cast<uint128>(static_cast<std::uint64_t>(value.microseconds)) << 64U);
        return type_.kind == value_kind::interval ? fitted(of_bits(bits)) : std::nullopt;
    }
    fitted operator()(const wire_uuid& value) const {
        // Vectors store uuids as signed numbers that sort like the text.
        return type_.kind == value_kind::uuid ? fitted(of_bits(value.value ^ top_bit)) : std::nullopt;
    }
    fitted operator()(const wire_bits& value) const {
        if (type_.kind != value_kind::bit) {
            return std::nullopt;
        }
        if (value.digits.empty()) {
            return fail(sqlstates::feature_not_supported, "bit strings of length 0 are not supported");
        }
        return of_made(pack_bits(value.digits));
    }

  private:
    [[nodiscard]] fitted store_numeric_integer(const postgres::numeric_value& value, const integer_kind& kind) const {
        const auto magnitude = postgres::to_magnitude_exactly(value);
        auto stored =
            magnitude ? store_integer({.negative = value.negative && *magnitude != 0, .magnitude = *magnitude}, kind)
                      : std::nullopt;
        return stored ? fitted(std::move(stored)) : out_of_range(kind.name, rule_, postgres::to_text(value));
    }

    // As digits: the C API cannot make one of any length, and the engine casts text.
    [[nodiscard]] fitted store_bignum(const postgres::numeric_value& value) const {
        std::string text = postgres::to_text(value);
        if (value.is != postgres::numeric_value::kind::finite ||
            (value.scale > 0 && text.find_first_not_of('0', text.size() - value.scale) != std::string::npos)) {
            return out_of_range("bignum", rule_, text);
        }
        text.resize(text.size() - (value.scale > 0 ? value.scale + 1 : 0));
        return of_made(std::move(text));
    }

    [[nodiscard]] fitted store_enum(std::string_view text) const {
        const auto found = std::ranges::find(type_.names, text);
        if (found == type_.names.end()) {
            return fail(
                postgres::invalid_value(sqlstates::invalid_text_representation, "invalid input value for enum", text));
        }
        return of_bits(static_cast<uint128>(found - type_.names.begin()));
    }

    [[nodiscard]] fitted store_time(postgres::precise_time time) const {
        const unit_time scaled = in_unit(time, type_.kind);
        if (rule_ == fit_rule::exactly && (!scaled.exact || !scaled.in_range)) {
            return std::nullopt;
        }
        if (!scaled.in_range) {
            return fail(postgres::invalid_value(sqlstates::datetime_field_overflow, "timestamp out of range", bytes_));
        }
        return of_bits(static_cast<uint128>(scaled.value));
    }

    const value_type& type_;
    fit_rule rule_;
    std::string_view bytes_;
};

result<natural_value> natural_numeric(const postgres::numeric_value& value) {
    if (value.is == postgres::numeric_value::kind::finite) {
        const auto digits = static_cast<std::uint32_t>(value.digits.size());
        const std::uint32_t width = std::max({digits, value.scale, 1U});
        if (width <= decimal_digits_max) {
            const auto scaled = postgres::to_scaled_exactly(value, width, value.scale);
            return natural_value{.type = decimal_type(width, value.scale),
                                 .stored = of_bits(static_cast<uint128>(scaled.value_or(0)))};
        }
        for (const value_kind kind : {value_kind::int128, value_kind::uint128}) {
            const auto magnitude = postgres::to_magnitude_exactly(value);
            auto stored =
                magnitude ? store_integer({.negative = value.negative, .magnitude = *magnitude}, *integer_kind_of(kind))
                          : std::nullopt;
            if (stored) {
                return natural_value{.type = {.kind = kind, .element = type_oids::numeric},
                                     .stored = *std::move(stored)};
            }
        }
    }
    TRY_ASSIGN(const double number, to_double(value));
    return natural_value{.type = {.kind = value_kind::float64, .element = type_oids::float8},
                         .stored = of_double(number)};
}

value_kind natural_kind(backend::oid type) {
    switch (type) {
        case type_oids::boolean:
            return value_kind::boolean;
        case type_oids::int2:
            return value_kind::int16;
        case type_oids::int4:
            return value_kind::int32;
        case type_oids::int8:
        case type_oids::object_id:
            return value_kind::int64;
        case type_oids::float4:
            return value_kind::float32;
        case type_oids::float8:
        case type_oids::numeric:
            return value_kind::float64;
        case type_oids::bytea:
            return value_kind::blob;
        case type_oids::date:
            return value_kind::date;
        case type_oids::time:
            return value_kind::time;
        case type_oids::timetz:
            return value_kind::time_tz;
        case type_oids::timestamp:
            return value_kind::timestamp;
        case type_oids::timestamptz:
            return value_kind::timestamp_tz;
        case type_oids::interval:
            return value_kind::interval;
        case type_oids::uuid:
            return value_kind::uuid;
        case type_oids::bit:
        case type_oids::varbit:
            return value_kind::bit;
        case type_oids::json:
        case type_oids::jsonb:
            return value_kind::json;
        default:
            return value_kind::varchar;
    }
}

}  // namespace

value_type decimal_type(std::uint32_t width, std::uint32_t scale) {
    const value_kind kind = width <= 4    ? value_kind::decimal16
                            : width <= 9  ? value_kind::decimal32
                            : width <= 18 ? value_kind::decimal64
                                          : value_kind::decimal128;
    return {.kind = kind, .element = type_oids::numeric, .width = width, .scale = scale};
}

value_type natural_type(backend::oid type) {
    return {.kind = natural_kind(type), .element = type == type_oids::numeric ? type_oids::float8 : type};
}

fitted fit(const wire_value& value, const value_type& type, fit_rule rule, std::string_view bytes) {
    return std::visit(fitter(type, rule, bytes), value);
}

result<natural_value> natural(const wire_value& value, backend::oid type) {
    if (const auto* const number = std::get_if<postgres::numeric_value>(&value)) {
        return natural_numeric(*number);
    }
    natural_value result{.type = natural_type(type), .stored = {}};
    if (std::holds_alternative<std::int64_t>(value) && result.type.kind == value_kind::varchar) {
        result.type.kind = value_kind::int64;  // the number of a catalog object, e.g. regclass
    }
    TRY_ASSIGN(auto stored, fit(value, result.type, fit_rule::as_column, {}));
    if (!stored) {
        return fail(sqlstates::internal_error, "no engine type for values of type with OID " + std::to_string(type));
    }
    result.stored = *std::move(stored);
    return result;
}

std::size_t stored_bytes(value_kind kind) {
    switch (kind) {
        case value_kind::boolean:
        case value_kind::int8:
        case value_kind::uint8:
        case value_kind::enum8:
            return 1;
        case value_kind::int16:
        case value_kind::uint16:
        case value_kind::decimal16:
        case value_kind::enum16:
            return 2;
        case value_kind::int32:
        case value_kind::uint32:
        case value_kind::decimal32:
        case value_kind::enum32:
        case value_kind::float32:
        case value_kind::date:
            return 4;
        case value_kind::int64:
        case value_kind::uint64:
        case value_kind::decimal64:
        case value_kind::float64:
        case value_kind::time:
        case value_kind::time_ns:
        case value_kind::time_tz:
        case value_kind::timestamp:
        case value_kind::timestamp_s:
        case value_kind::timestamp_ms:
        case value_kind::timestamp_ns:
        case value_kind::timestamp_tz:
            return 8;
        case value_kind::int128:
        case value_kind::uint128:
        case value_kind::decimal128:
        case value_kind::interval:
        case value_kind::uuid:
            return 16;
        default:
            return 0;
    }
}

std::string pack_bits(std::string_view digits) {
    const std::size_t padding = (8 - digits.size() % 8) % 8;
    std::string packed(1 + (digits.size() + padding) / 8, '\0');
    packed[0] = static_cast<char>(padding);
    for (std::size_t i = 0; i < padding + digits.size(); ++i) {
        if (i < padding || digits[i - padding] == '1') {
            packed[1 + i / 8] = static_cast<char>(static_cast<unsigned char>(packed[1 + i / 8]) | (0x80U >> (i % 8)));
        }
    }
    return packed;
}

}  // namespace sluice::duckdb
