#include "engines/duckdb/values/parameter_decoder_wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/core/clock.hpp"
#include "base/text/utf8.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/parse/decode_bytes.hpp"
#include "postgres/parse/decode_interval.hpp"
#include "postgres/parse/decode_json.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;

template <typename T>
result<wire_value> widen(result<T> value) {
    if (!value) {
        return fail(std::move(value).error());
    }
    return wire_value(std::in_place_type<std::int64_t>, *value);
}
template <typename Wrapped, typename T>
result<wire_value> wrap(result<T> value) {
    if (!value) {
        return fail(std::move(value).error());
    }
    return wire_value(Wrapped{*std::move(value)});
}

result<time_zone*> find_named(const postgres::read_datetime& when, std::string_view text, decode_context& context) {
    auto found = context.named_zone(when.zone_name);
    if (!found && !when.zone_name.contains('/')) {
        // An arbitrary word is bad syntax; only a word in the form of a zone is an unknown zone.
        return fail(postgres::invalid_value(sqlstates::invalid_datetime_format,
                                            "invalid input syntax for type timestamp", text));
    }
    return found;
}

result<wire_value> read_timestamptz(std::string_view text, decode_context& context) {
    TRY_ASSIGN(const auto when, postgres::read_datetime_text(text, postgres::datetime_type::timestamptz));
    TRY_ASSIGN(const auto precise, postgres::to_local_time(when, text));
    const std::int64_t local = postgres::round_to_microseconds(precise);
    if (when.infinity != postgres::infinity_kind::finite) {
        return wire_timestamptz{.microseconds = local};
    }
    std::int64_t offset = when.offset_seconds * microseconds_per_second;
    if (when.zone == postgres::zone_kind::named) {
        TRY_ASSIGN(time_zone* const zone, find_named(when, text, context));
        offset = offset_at_local(*zone, local);
    } else if (when.zone == postgres::zone_kind::none) {
        offset = offset_at_local(context.zone(), local);
    }
    std::int64_t utc = 0;
    if (__builtin_sub_overflow(local, offset, &utc) || utc > postgres::timestamp_last ||
        utc <= postgres::timestamp_minus_infinity) {
        return fail(postgres::invalid_value(sqlstates::datetime_field_overflow, "timestamp out of range", text));
    }
    return wire_timestamptz{.microseconds = utc};
}

result<wire_value> read_timestamp(std::string_view text, decode_context& context) {
    TRY_ASSIGN(const auto when, postgres::read_datetime_text(text, postgres::datetime_type::timestamp));
    if (when.zone == postgres::zone_kind::named) {
        TRY(find_named(when, text, context));  // the offset does not matter, but the zone must exist
    }
    return wrap<wire_timestamp>(postgres::to_local_time(when, text));
}

result<wire_value> read_timetz(std::string_view text, decode_context& context) {
    TRY_ASSIGN(const auto when, postgres::read_datetime_text(text, postgres::datetime_type::timetz));
    const std::int64_t time = postgres::round_to_microseconds(postgres::to_time(when));
    std::int32_t offset = when.offset_seconds;
    if (when.zone == postgres::zone_kind::named) {
        TRY_ASSIGN(time_zone* const zone, find_named(when, text, context));
        offset = zone->offset_seconds_at(when.days * postgres::microseconds_per_day + time);
    } else if (when.zone == postgres::zone_kind::none) {
        // Without a date the current offset applies.
        offset = context.zone().offset_seconds_at(base::system_clock().unix_ms() * 1000);
    }
    return postgres::time_with_zone{.microseconds = time, .offset_seconds = offset};
}

result<wire_value> read_json(std::string_view text) {
    TRY(postgres::check_json(text));
    return wire_json{.text = text};
}

result<wire_value> read_text(std::string_view text) {
    TRY(base::check_utf8(text));
    return wire_text{.text = text};
}

result<wire_value> read_text_form(backend::oid type, std::string_view text, decode_context& context) {
    switch (type) {
        case type_oids::boolean:
            return wrap<bool>(postgres::decode_bool_text(text));
        case type_oids::int2:
            return widen(postgres::decode_integer_text<std::int16_t>(text));
        case type_oids::int4:
            return widen(postgres::decode_integer_text<std::int32_t>(text));
        case type_oids::int8:
            return widen(postgres::decode_integer_text<std::int64_t>(text));
        case type_oids::object_id:
            return widen(postgres::decode_integer_text<std::uint32_t>(text));
        case type_oids::float4:
            return wrap<float>(postgres::decode_float_text<float>(text));
        case type_oids::float8:
            return wrap<double>(postgres::decode_float_text<double>(text));
        case type_oids::numeric:
            return wrap<postgres::numeric_value>(postgres::decode_numeric_text(text));
        case type_oids::bytea: {
            TRY_ASSIGN(std::string decoded, postgres::decode_bytea_text(text));
            return wire_bytes{.bytes = {}, .decoded = std::move(decoded)};
        }
        case type_oids::date: {
            TRY_ASSIGN(const auto when, postgres::read_datetime_text(text, postgres::datetime_type::date));
            return wrap<wire_date>(postgres::to_days(when, text));
        }
        case type_oids::time: {
            TRY_ASSIGN(const auto when, postgres::read_datetime_text(text, postgres::datetime_type::time));
            return wire_time{.time = postgres::to_time(when)};
        }
        case type_oids::timetz:
            return read_timetz(text, context);
        case type_oids::timestamp:
            return read_timestamp(text, context);
        case type_oids::timestamptz:
            return read_timestamptz(text, context);
        case type_oids::interval:
            return wrap<postgres::interval_parts>(postgres::decode_interval_text(text));
        case type_oids::uuid:
            return wrap<wire_uuid>(postgres::decode_uuid_text(text));
        case type_oids::bit:
        case type_oids::varbit:
            return wrap<wire_bits>(postgres::decode_bits_text(text));
        case type_oids::json:
        case type_oids::jsonb:
            return read_json(text);
        default:
            return wire_text{.text = text};
    }
}

result<wire_value> read_binary_time(backend::oid type, std::string_view bytes) {
    switch (type) {
        case type_oids::date:
            return wrap<wire_date>(postgres::decode_date_binary(bytes));
        case type_oids::timetz:
            return wrap<postgres::time_with_zone>(postgres::decode_timetz_binary(bytes));
        case type_oids::interval:
            return wrap<postgres::interval_parts>(postgres::decode_interval_binary(bytes));
        case type_oids::time: {
            TRY_ASSIGN(const std::int64_t time, postgres::decode_time_binary(bytes));
            return wire_time{.time = {.microseconds = time}};
        }
        default:
            break;
    }
    TRY_ASSIGN(const std::int64_t time, postgres::decode_timestamp_binary(bytes));
    if (type == type_oids::timestamptz) {
        return wire_timestamptz{.microseconds = time};
    }
    return wire_timestamp{.time = {.microseconds = time}};
}

// The fewest bytes that a type's receive function reads.
std::size_t binary_bytes_min(backend::oid type) {
    switch (type) {
        case type_oids::boolean:
            return 1;
        case type_oids::int2:
            return 2;
        case type_oids::int4:
        case type_oids::float4:
        case type_oids::date:
        case type_oids::object_id:
        case type_oids::regclass:
        case type_oids::regtype:
        case type_oids::bit:
        case type_oids::varbit:
            return 4;
        case type_oids::int8:
        case type_oids::float8:
        case type_oids::numeric:
        case type_oids::time:
        case type_oids::timestamp:
        case type_oids::timestamptz:
            return 8;
        case type_oids::timetz:
            return 12;
        case type_oids::interval:
        case type_oids::uuid:
            return 16;
        default:
            return 0;
    }
}

result<wire_value> read_binary_form(backend::oid type, std::string_view bytes) {
    switch (type) {
        case type_oids::boolean:
            return wrap<bool>(postgres::decode_bool_binary(bytes));
        case type_oids::int2:
            return widen(postgres::decode_integer_binary<std::int16_t>(bytes));
        case type_oids::int4:
            return widen(postgres::decode_integer_binary<std::int32_t>(bytes));
        case type_oids::int8:
            return widen(postgres::decode_integer_binary<std::int64_t>(bytes));
        case type_oids::object_id:
        case type_oids::regclass:
        case type_oids::regtype:
            return widen(postgres::decode_integer_binary<std::uint32_t>(bytes));
        case type_oids::float4:
            return wrap<float>(postgres::decode_float_binary<float>(bytes));
        case type_oids::float8:
            return wrap<double>(postgres::decode_float_binary<double>(bytes));
        case type_oids::numeric:
            return wrap<postgres::numeric_value>(postgres::decode_numeric_binary(bytes));
        case type_oids::bytea:
            return wire_bytes{.bytes = bytes, .decoded = {}};
        case type_oids::date:
        case type_oids::time:
        case type_oids::timetz:
        case type_oids::timestamp:
        case type_oids::timestamptz:
        case type_oids::interval:
            return read_binary_time(type, bytes);
        case type_oids::uuid:
            return wrap<wire_uuid>(postgres::decode_uuid_binary(bytes));
        case type_oids::bit:
        case type_oids::varbit:
            return wrap<wire_bits>(postgres::decode_bits_binary(bytes));
        case type_oids::json:
            return read_json(bytes);
        case type_oids::jsonb:
            if (!bytes.starts_with('\1')) {
                return fail(postgres::invalid_binary("unsupported jsonb version number"));
            }
            return read_json(bytes.substr(1));
        case type_oids::text:
        case type_oids::single_char:
        case type_oids::name:
        case type_oids::unknown:
        case type_oids::bpchar:
        case type_oids::varchar:
        case 0:
            return read_text(bytes);
        default:
            return fail(sqlstates::undefined_function,
                        "no binary input function available for type with OID " + std::to_string(type));
    }
}

}  // namespace

// Skipped and repeated times are read as standard time, as in PostgreSQL: with the smaller of the two offsets around
// the change.
std::int64_t offset_at_local(time_zone& zone, std::int64_t local) {
    const auto offset_at = [&zone](std::int64_t instant) {
        return zone.offset_seconds_at(instant) * microseconds_per_second;
    };
    const std::int64_t before = offset_at(local - postgres::microseconds_per_day);
    const std::int64_t after = offset_at(local + postgres::microseconds_per_day);
    if (before == after) {
        return before;
    }
    const bool before_fits = offset_at(local - before) == before;
    const bool after_fits = offset_at(local - after) == after;
    return before_fits == after_fits ? std::min(before, after) : before_fits ? before : after;
}

result<time_zone*> decode_context::named_zone(std::string_view name) {
    if (!named_ || name_ != name) {
        auto found = time_zone::find(name);
        if (!found) {
            return fail(sqlstates::invalid_parameter_value,
                        "time zone \"" + base::lower_case(name) + "\" not recognized");
        }
        named_ = *std::move(found);
        name_ = name;
    }
    return &*named_;
}

result<wire_value> read_wire(backend::oid type, backend::wire_format format, std::string_view bytes,
                             decode_context& context) {
    if (format == backend::wire_format::binary) {
        if (bytes.size() < binary_bytes_min(type)) {
            return fail(sqlstates::protocol_violation, "insufficient data left in message");
        }
        return read_binary_form(type, bytes);
    }
    TRY(base::check_utf8(bytes));  // for any type, as in PostgreSQL
    return read_text_form(type, bytes, context);
}

backend::oid element_of(backend::oid type) {
    const postgres::type_facts* const element = postgres::find_element_type(type);
    return element == nullptr ? 0 : element->number;
}

}  // namespace sluice::duckdb
