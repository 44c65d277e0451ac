#include "engines/duckdb/values/assignment_casts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "base/core/clock.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/format/value_text.hpp"
#include "postgres/format/value_text_float.hpp"
#include "postgres/format/value_text_time.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

using converted = result<std::optional<wire_value>>;

// pg_cast with castcontext 'a' or 'i', for the types of columns here. Text is not in it: see below.
struct assignment_cast {
    backend::oid from;
    backend::oid to;
};
constexpr auto assignment_casts = std::to_array<assignment_cast>({
    {type_oids::int2, type_oids::int4},
    {type_oids::int2, type_oids::int8},
    {type_oids::int2, type_oids::float4},
    {type_oids::int2, type_oids::float8},
    {type_oids::int2, type_oids::numeric},
    {type_oids::int4, type_oids::int2},
    {type_oids::int4, type_oids::int8},
    {type_oids::int4, type_oids::float4},
    {type_oids::int4, type_oids::float8},
    {type_oids::int4, type_oids::numeric},
    {type_oids::int8, type_oids::int2},
    {type_oids::int8, type_oids::int4},
    {type_oids::int8, type_oids::float4},
    {type_oids::int8, type_oids::float8},
    {type_oids::int8, type_oids::numeric},
    {type_oids::float4, type_oids::int2},
    {type_oids::float4, type_oids::int4},
    {type_oids::float4, type_oids::int8},
    {type_oids::float4, type_oids::float8},
    {type_oids::float4, type_oids::numeric},
    {type_oids::float8, type_oids::int2},
    {type_oids::float8, type_oids::int4},
    {type_oids::float8, type_oids::int8},
    {type_oids::float8, type_oids::float4},
    {type_oids::float8, type_oids::numeric},
    {type_oids::numeric, type_oids::int2},
    {type_oids::numeric, type_oids::int4},
    {type_oids::numeric, type_oids::int8},
    {type_oids::numeric, type_oids::float4},
    {type_oids::numeric, type_oids::float8},
    {type_oids::object_id, type_oids::int4},
    {type_oids::object_id, type_oids::int8},
    {type_oids::regclass, type_oids::int4},
    {type_oids::regclass, type_oids::int8},
    {type_oids::regtype, type_oids::int4},
    {type_oids::regtype, type_oids::int8},
    {type_oids::date, type_oids::timestamp},
    {type_oids::date, type_oids::timestamptz},
    {type_oids::time, type_oids::timetz},
    {type_oids::time, type_oids::interval},
    {type_oids::timetz, type_oids::time},
    {type_oids::interval, type_oids::time},
    {type_oids::timestamp, type_oids::date},
    {type_oids::timestamp, type_oids::time},
    {type_oids::timestamp, type_oids::timestamptz},
    {type_oids::timestamptz, type_oids::date},
    {type_oids::timestamptz, type_oids::time},
    {type_oids::timestamptz, type_oids::timetz},
    {type_oids::timestamptz, type_oids::timestamp},
    {type_oids::bit, type_oids::varbit},
    {type_oids::jsonb, type_oids::json},
});

bool is_castable(backend::oid from, backend::oid to) {
    const bool same = from == to || (from == type_oids::bpchar && to == type_oids::text);
    return same || to == type_oids::text ||  // by its output function
           std::ranges::any_of(assignment_casts, [&](const auto& one) { return one.from == from && one.to == to; });
}

bool is_integer(value_kind kind) {
    return kind >= value_kind::int8 && kind <= value_kind::uint128;
}
bool is_decimal(value_kind kind) {
    return kind >= value_kind::decimal16 && kind <= value_kind::decimal128;
}
bool is_number(value_kind kind) {
    return is_integer(kind) || is_decimal(kind) || kind == value_kind::bignum;
}
bool is_plain_timestamp(value_kind kind) {
    return kind >= value_kind::timestamp && kind <= value_kind::timestamp_ns;
}
bool is_time(value_kind kind) {
    return kind == value_kind::time || kind == value_kind::time_ns;
}

constexpr std::int64_t microseconds_per_second = 1'000'000;

bool is_endless(std::int64_t timestamp) {
    return timestamp == postgres::timestamp_infinity || timestamp == postgres::timestamp_minus_infinity;
}
std::int64_t floor_days(std::int64_t microseconds) {
    return microseconds / postgres::microseconds_per_day - (microseconds % postgres::microseconds_per_day < 0 ? 1 : 0);
}
std::int64_t time_of_day(std::int64_t microseconds) {
    return microseconds - floor_days(microseconds) * postgres::microseconds_per_day;
}
std::int32_t to_date(std::int64_t local) {
    if (is_endless(local)) {
        return local > 0 ? postgres::date_infinity : postgres::date_minus_infinity;
    }
    return static_cast<std::int32_t>(floor_days(local));
}
wire_time to_wire_time(std::int64_t microseconds) {
    return {.time = {.microseconds = microseconds}};
}

error out_of_range(value_kind kind) {
    const std::string_view name = kind == value_kind::float32 ? "real"
                                  : kind == value_kind::int16 ? "smallint"
                                  : kind == value_kind::int32 ? "integer"
                                  : kind == value_kind::int64 ? "bigint"
                                                              : "value";
    return {.code = sqlstates::numeric_value_out_of_range, .message = std::string(name) + " out of range"};
}
error no_integer(std::string_view what) {
    return {.code = sqlstates::feature_not_supported, .message = "cannot convert " + std::string(what) + " to integer"};
}

// A value of another family that the column's kind can hold; nullopt: there is no such cast.
class converter {
  public:
    converter(const value_type& column, decode_context& context) : column_(column), context_(context) {}

    converted operator()(std::int64_t value) const {
        if (kind() == value_kind::float64) {
            return wire_value(static_cast<double>(value));
        }
        if (kind() == value_kind::float32) {
            return wire_value(static_cast<float>(value));
        }
        return kind() == value_kind::bignum ? to_numeric(std::to_string(value)) : std::nullopt;
    }
    converted operator()(float value) const {
        if (kind() == value_kind::float64) {
            return wire_value(double{value});
        }
        return from_float(value, std::numeric_limits<float>::digits10);
    }
    converted operator()(double value) const {
        if (kind() == value_kind::float32) {
            const auto narrow = static_cast<float>(value);
            const bool lost = (std::isinf(narrow) && !std::isinf(value)) || (narrow == 0 && value != 0);
            return lost ? converted(fail(out_of_range(kind()))) : wire_value(narrow);
        }
        return from_float(value, std::numeric_limits<double>::digits10);
    }
    converted operator()(const postgres::numeric_value& value) const {
        if (kind() == value_kind::float32) {
            TRY_ASSIGN(const float number, postgres::decode_float_text<float>(postgres::to_text(value)));
            return wire_value(number);
        }
        if (!is_integer(kind())) {
            return std::nullopt;
        }
        if (value.is != postgres::numeric_value::kind::finite) {
            return fail(no_integer(value.is == postgres::numeric_value::kind::nan ? "NaN" : "infinity"));
        }
        TRY_ASSIGN(const postgres::int128 rounded, postgres::to_scaled(value, 38, 0));
        return to_numeric(text_of(rounded));
    }
    converted operator()(const wire_date& value) const {
        if (!is_plain_timestamp(kind()) && kind() != value_kind::timestamp_tz) {
            return std::nullopt;
        }
        if (value.days == postgres::date_infinity || value.days == postgres::date_minus_infinity) {
            return at(value.days > 0 ? postgres::timestamp_infinity : postgres::timestamp_minus_infinity);
        }
        std::int64_t midnight = 0;
        if (__builtin_mul_overflow(std::int64_t{value.days}, postgres::microseconds_per_day, &midnight)) {
            return fail(sqlstates::datetime_field_overflow, "date out of range for timestamp");
        }
        return at(midnight);
    }
    converted operator()(const wire_timestamp& value) const { return at(postgres::round_to_microseconds(value.time)); }
    converted operator()(const wire_timestamptz& value) const {
        const std::int64_t instant = value.microseconds;
        const std::int32_t offset = is_endless(instant) ? 0 : context_.zone().offset_seconds_at(instant);
        const std::int64_t local = is_endless(instant) ? instant : instant + offset * microseconds_per_second;
        if (kind() == value_kind::time_tz && !is_endless(instant)) {
            return wire_value(postgres::time_with_zone{.microseconds = time_of_day(local), .offset_seconds = offset});
        }
        return kind() == value_kind::timestamp_tz ? std::nullopt : at(local);
    }
    converted operator()(const wire_time& value) const {
        const std::int64_t time = postgres::round_to_microseconds(value.time);
        if (kind() == value_kind::interval) {
            return wire_value(postgres::interval_parts{.months = 0, .days = 0, .microseconds = time});
        }
        if (kind() != value_kind::time_tz) {
            return std::nullopt;
        }
        const std::int32_t offset = context_.zone().offset_seconds_at(base::system_clock().unix_ms() * 1000);
        return wire_value(postgres::time_with_zone{.microseconds = time, .offset_seconds = offset});
    }
    converted operator()(const postgres::time_with_zone& value) const {
        return is_time(kind()) ? converted(to_wire_time(value.microseconds)) : std::nullopt;
    }
    converted operator()(const postgres::interval_parts& value) const {
        return is_time(kind()) ? converted(to_wire_time(time_of_day(value.microseconds))) : std::nullopt;
    }
    template <typename Other>
    converted operator()(const Other& /*value*/) const {
        return std::nullopt;
    }

  private:
    [[nodiscard]] value_kind kind() const { return column_.kind; }

    static std::string text_of(postgres::int128 value) {
        std::array<char, postgres::scalar_text_bytes_max> buffer;
        return {buffer.data(), postgres::write_signed_128(buffer.data(), value)};
    }
    static converted to_numeric(std::string_view text) {
        TRY_ASSIGN(auto value, postgres::decode_numeric_text(text));
        return wire_value(std::move(value));
    }
    // To a decimal by the significant digits, to an integer by rounding half to even.
    [[nodiscard]] converted from_float(double value, int digits) const {
        if (!is_number(kind())) {
            return std::nullopt;
        }
        std::array<char, postgres::float_text_bytes_max> buffer;
        if (is_decimal(kind()) || kind() == value_kind::bignum) {
            return to_numeric({buffer.data(), postgres::write_double_rounded(buffer.data(), value, digits)});
        }
        const double whole = std::nearbyint(value);
        if (!std::isfinite(whole) || std::fabs(whole) > 1e38) {
            return fail(out_of_range(kind()));
        }
        return to_numeric(text_of(static_cast<postgres::int128>(whole)));
    }
    // A local time as the column's kind; kinds with nanoseconds are handled elsewhere.
    [[nodiscard]] converted at(std::int64_t local) const {
        if (is_plain_timestamp(kind())) {
            return wire_value(wire_timestamp{.time = {.microseconds = local}});
        }
        if (kind() == value_kind::date) {
            return wire_value(wire_date{.days = to_date(local)});
        }
        if (is_time(kind()) && !is_endless(local)) {
            return wire_value(to_wire_time(time_of_day(local)));
        }
        if (kind() == value_kind::timestamp_tz) {
            const std::int64_t offset = is_endless(local) ? 0 : offset_at_local(context_.zone(), local);
            return wire_value(wire_timestamptz{.microseconds = local - offset});
        }
        return std::nullopt;
    }

    const value_type& column_;
    decode_context& context_;
};

// A value as PostgreSQL prints it.
class printer {
  public:
    printer(backend::oid type, decode_context& context) : type_(type), context_(context) {}

    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(float value) const {
        return written([&](char* out) { return postgres::write_float(out, value); });
    }
    std::string operator()(double value) const {
        return written([&](char* out) { return postgres::write_double(out, value); });
    }
    std::string operator()(const postgres::numeric_value& value) const { return postgres::to_text(value); }
    std::string operator()(const wire_text& value) const {
        std::string text(value.text);
        if (type_ == type_oids::bpchar) {
            text.erase(text.find_last_not_of(' ') + 1);
        }
        return text;
    }
    std::string operator()(const wire_json& value) const { return std::string(value.text); }
    std::string operator()(const wire_bytes& value) const {
        std::string text(2 + 2 * value.view().size(), '\0');
        postgres::write_bytea_hex(text.data(), value.view());
        return text;
    }
    std::string operator()(const wire_date& value) const {
        return written([&](char* out) { return postgres::write_date(out, value.days); });
    }
    std::string operator()(const wire_time& value) const {
        const auto time = static_cast<std::uint64_t>(postgres::round_to_microseconds(value.time));
        return written([&](char* out) { return postgres::write_time(out, time); });
    }
    std::string operator()(const postgres::time_with_zone& value) const {
        const auto time = static_cast<std::uint64_t>(value.microseconds);
        return written([&](char* out) { return postgres::write_time_tz(out, time, value.offset_seconds); });
    }
    std::string operator()(const wire_timestamp& value) const {
        const std::int64_t time = postgres::round_to_microseconds(value.time);
        return written([&](char* out) { return postgres::write_timestamp(out, time); });
    }
    std::string operator()(const wire_timestamptz& value) const {
        const std::int32_t offset = context_.zone().offset_seconds_at(value.microseconds);
        return written([&](char* out) { return postgres::write_timestamp_tz(out, value.microseconds, offset); });
    }
    std::string operator()(const postgres::interval_parts& value) const {
        return written([&](char* out) { return postgres::write_interval_postgres(out, value); });
    }
    std::string operator()(const wire_uuid& value) const {
        return written([&](char* out) { return postgres::write_uuid(out, value.value); });
    }
    std::string operator()(const wire_bits& value) const { return value.digits; }

  private:
    template <typename Write>
    static std::string written(const Write& write) {
        std::array<char, std::max(postgres::scalar_text_bytes_max, postgres::time_text_bytes_max)> buffer;
        return {buffer.data(), write(buffer.data())};
    }

    backend::oid type_;
    decode_context& context_;
};

// PostgreSQL stores NULL for these.
bool is_endless_time(const wire_value& value, value_kind column) {
    const auto* const plain = std::get_if<wire_timestamp>(&value);
    const auto* const zoned = std::get_if<wire_timestamptz>(&value);
    return ((plain != nullptr && is_endless(plain->time.microseconds)) ||
            (zoned != nullptr && is_endless(zoned->microseconds))) &&
           (is_time(column) || column == value_kind::time_tz);
}

bool is_object(backend::oid type) {
    return type == type_oids::object_id || type == type_oids::regclass || type == type_oids::regtype;
}

bool is_text_type(backend::oid type) {
    return type == type_oids::text || type == type_oids::varchar || type == 0;
}

}  // namespace

bool is_assignable(backend::oid from, duckdb_logical_type column) {
    const value_type type = read_value_type(column);
    const value_type* leaf = &type;
    while (leaf->is_array()) {
        leaf = &leaf->children[0];
    }
    const bool foreign = leaf->kind == value_kind::structure || leaf->kind == value_kind::map ||
                         leaf->kind == value_kind::union_of || leaf->kind == value_kind::variant;
    const backend::oid to = describe_type(column).type;
    const backend::oid element_from = element_of(from);
    const backend::oid element_to = element_of(to);
    if (from == 0 || to == 0 || foreign || from == to) {
        return true;
    }
    if (element_from != 0 && element_to != 0) {
        return is_castable(element_from, element_to);
    }
    return element_to == 0 && is_castable(from, to);
}

std::string print_value(const wire_value& value, backend::oid type, decode_context& context) {
    if (const bool* const truth = std::get_if<bool>(&value)) {
        return *truth ? "t" : "f";  // the cast to text writes "true"
    }
    return std::visit(printer(type, context), value);
}

result<std::optional<stored_value>> assign(const given_value& given, const value_type& column,
                                           decode_context& context) {
    const bool to_text = column.kind == value_kind::varchar && !is_text_type(given.type);
    const bool to_enum = column.kind >= value_kind::enum8 && column.kind <= value_kind::enum32;
    if (to_text) {
        return stored_value{.made = std::visit(printer(given.type, context), given.value), .has_made = true};
    }
    if (to_enum && !std::holds_alternative<wire_text>(given.value)) {
        const std::string text = std::visit(printer(given.type, context), given.value);
        return fit(wire_value(wire_text{.text = text}), column, fit_rule::as_column, text);
    }
    if (is_endless_time(given.value, column.kind)) {
        return stored_value{.is_null = true};
    }
    const auto* const number = std::get_if<std::int64_t>(&given.value);
    if (number != nullptr && column.kind == value_kind::int32 && is_object(given.type)) {
        return stored_value{.bits = static_cast<std::uint32_t>(*number)};  // the same four bytes
    }
    const bool rounds = std::holds_alternative<postgres::numeric_value>(given.value) && is_integer(column.kind);
    if (!rounds) {
        TRY_ASSIGN(auto stored, fit(given.value, column, fit_rule::as_column, given.bytes));
        if (stored) {
            return stored;
        }
    }
    TRY_ASSIGN(const auto other, std::visit(converter(column, context), given.value));
    if (!other) {
        return std::nullopt;
    }
    return fit(*other, column, fit_rule::as_column, given.bytes);
}

}  // namespace sluice::duckdb
