#include "engines/duckdb/values/parameter_decoder.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engines/duckdb/values/assignment_casts.hpp"
#include "engines/duckdb/values/parameter_decoder_fit.hpp"
#include "engines/duckdb/values/parameter_decoder_wire.hpp"
#include "engines/duckdb/values/types.hpp"
#include "engines/duckdb/values/value_type.hpp"
#include "postgres/parse/decode_array.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::uint32_t decimal_digits_max = 38;

duckdb_hugeint to_hugeint(postgres::uint128 bits) {
    return {.lower = static_cast<std::uint64_t>(bits), .upper = static_cast<std::int64_t>(bits >> 64U)};
}
duckdb_uhugeint to_uhugeint(postgres::uint128 bits) {
    return {.lower = static_cast<std::uint64_t>(bits), .upper = static_cast<std::uint64_t>(bits >> 64U)};
}

duckdb_value make_integer(value_kind kind, postgres::uint128 bits) {
    switch (kind) {
        case value_kind::int8:
            return duckdb_create_int8(static_cast<std::int8_t>(bits));
        case value_kind::int16:
            return duckdb_create_int16(static_cast<std::int16_t>(bits));
        case value_kind::int32:
            return duckdb_create_int32(static_cast<std::int32_t>(bits));
        case value_kind::int64:
            return duckdb_create_int64(static_cast<std::int64_t>(bits));
        case value_kind::int128:
            return duckdb_create_hugeint(to_hugeint(bits));
        case value_kind::uint8:
            return duckdb_create_uint8(static_cast<std::uint8_t>(bits));
        case value_kind::uint16:
            return duckdb_create_uint16(static_cast<std::uint16_t>(bits));
        case value_kind::uint32:
            return duckdb_create_uint32(static_cast<std::uint32_t>(bits));
        case value_kind::uint64:
            return duckdb_create_uint64(static_cast<std::uint64_t>(bits));
        case value_kind::uint128:
            return duckdb_create_uhugeint(to_uhugeint(bits));
        default:
            return nullptr;
    }
}

duckdb_value make_time(value_kind kind, postgres::uint128 bits) {
    const auto value = static_cast<std::int64_t>(bits);
    switch (kind) {
        case value_kind::date:
            return duckdb_create_date({.days = static_cast<std::int32_t>(bits)});
        case value_kind::time:
            return duckdb_create_time({.micros = value});
        case value_kind::time_ns:
            return duckdb_create_time_ns({.nanos = value});
        case value_kind::time_tz:
            return duckdb_create_time_tz_value({.bits = static_cast<std::uint64_t>(bits)});
        case value_kind::timestamp:
            return duckdb_create_timestamp({.micros = value});
        case value_kind::timestamp_tz:
            return duckdb_create_timestamp_tz({.micros = value});
        case value_kind::timestamp_s:
            return duckdb_create_timestamp_s({.seconds = value});
        case value_kind::timestamp_ms:
            return duckdb_create_timestamp_ms({.millis = value});
        case value_kind::timestamp_ns:
            return duckdb_create_timestamp_ns({.nanos = value});
        case value_kind::interval:
            return duckdb_create_interval({.months = static_cast<std::int32_t>(bits),
                                           .days = static_cast<std::int32_t>(bits >> 32U),
                                           .micros = static_cast<std::int64_t>(bits >> 64U)});
        default:
            return make_integer(kind, bits);
    }
}

// The 16 to 128 bits of a decimal, with its sign.
postgres::uint128 sign_extended(postgres::uint128 bits, value_kind kind) {
    const std::size_t unused = 128 - 8 * stored_bytes(kind);
    return static_cast<postgres::uint128>(static_cast<postgres::int128>(bits << unused) >> unused);
}

// `logical` is needed for enums only.
duckdb_value make_scalar(const value_type& type, duckdb_logical_type logical, const stored_value& stored) {
    const std::string_view bytes = stored.view();
    switch (type.kind) {
        case value_kind::boolean:
            return duckdb_create_bool(stored.bits != 0);
        case value_kind::float32:
            return duckdb_create_float(std::bit_cast<float>(static_cast<std::uint32_t>(stored.bits)));
        case value_kind::float64:
            return duckdb_create_double(std::bit_cast<double>(static_cast<std::uint64_t>(stored.bits)));
        case value_kind::decimal16:
        case value_kind::decimal32:
        case value_kind::decimal64:
        case value_kind::decimal128:
            return duckdb_create_decimal({.width = static_cast<std::uint8_t>(type.width),
                                          .scale = static_cast<std::uint8_t>(type.scale),
                                          .value = to_hugeint(sign_extended(stored.bits, type.kind))});
        case value_kind::uuid:
            return duckdb_create_uuid(to_uhugeint(stored.bits ^ (postgres::uint128{1} << 127U)));
        case value_kind::enum8:
        case value_kind::enum16:
        case value_kind::enum32:
            return duckdb_create_enum_value(logical, static_cast<std::uint64_t>(stored.bits));
        case value_kind::varchar:
        case value_kind::json:
        case value_kind::jsonb:
        case value_kind::numeric_text:
        case value_kind::bignum:
            return duckdb_create_varchar_length(bytes.data(), bytes.size());
        case value_kind::blob:
            return duckdb_create_blob(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        case value_kind::bit: {
            std::string copy(bytes);
            return duckdb_create_bit({.data = reinterpret_cast<std::uint8_t*>(copy.data()), .size = copy.size()});
        }
        default:
            return make_time(type.kind, stored.bits);
    }
}

result<owned_value> checked(owned_value value) {
    if (!value) {
        return fail(sqlstates::internal_error, "the engine did not take a parameter's value");
    }
    return value;
}

duckdb_type plain_id(value_kind kind) {
    switch (kind) {
        case value_kind::boolean:
            return DUCKDB_TYPE_BOOLEAN;
        case value_kind::int16:
            return DUCKDB_TYPE_SMALLINT;
        case value_kind::int32:
            return DUCKDB_TYPE_INTEGER;
        case value_kind::int64:
            return DUCKDB_TYPE_BIGINT;
        case value_kind::float32:
            return DUCKDB_TYPE_FLOAT;
        case value_kind::float64:
            return DUCKDB_TYPE_DOUBLE;
        case value_kind::blob:
            return DUCKDB_TYPE_BLOB;
        case value_kind::date:
            return DUCKDB_TYPE_DATE;
        case value_kind::time:
            return DUCKDB_TYPE_TIME;
        case value_kind::time_tz:
            return DUCKDB_TYPE_TIME_TZ;
        case value_kind::timestamp:
            return DUCKDB_TYPE_TIMESTAMP;
        case value_kind::timestamp_tz:
            return DUCKDB_TYPE_TIMESTAMP_TZ;
        case value_kind::interval:
            return DUCKDB_TYPE_INTERVAL;
        case value_kind::uuid:
            return DUCKDB_TYPE_UUID;
        case value_kind::bit:
            return DUCKDB_TYPE_BIT;
        default:
            return DUCKDB_TYPE_VARCHAR;
    }
}

// Builds lists of lists from values that lie in one row.
class list_builder {
  public:
    list_builder(std::span<const std::uint32_t> dimensions, std::span<const duckdb_value> leaves)
        : dimensions_(dimensions), leaves_(leaves) {}

    // `list` is the logical type of the outermost level. Null when the engine refuses, e.g. a wrong ARRAY length.
    [[nodiscard]] owned_value build(duckdb_logical_type list) { return level(0, list); }

  private:
    owned_value level(std::size_t depth, duckdb_logical_type type) {
        const bool fixed = duckdb_get_type_id(type) == DUCKDB_TYPE_ARRAY;
        const owned_type child(fixed ? duckdb_array_type_child_type(type) : duckdb_list_type_child_type(type));
        const std::size_t count = dimensions_.empty() ? 0 : dimensions_[depth];
        std::vector<owned_value> inner;
        std::vector<duckdb_value> values;
        values.reserve(count + 1);  // never a null pointer: DuckDB takes that for a missing argument
        for (std::size_t i = 0; i < count; ++i) {
            if (depth + 1 == dimensions_.size()) {
                values.push_back(leaves_[next_++]);
                continue;
            }
            inner.push_back(level(depth + 1, child.get()));
            if (!inner.back()) {
                return {};
            }
            values.push_back(inner.back().get());
        }
        if (!fixed) {
            return owned_value(duckdb_create_list_value(child.get(), values.data(), count));
        }
        if (duckdb_array_type_array_size(type) != count) {
            return {};
        }
        return owned_value(duckdb_create_array_value(child.get(), values.data(), count));
    }

    std::span<const std::uint32_t> dimensions_;
    std::span<const duckdb_value> leaves_;
    std::size_t next_ = 0;
};

class array_decoder {
  public:
    array_decoder(backend::oid element, const backend::parameter& given, decode_context& context, value_use use)
        : element_(element), given_(given), context_(context), use_(use) {}

    result<owned_value> decode(duckdb_logical_type target) {
        const bool binary = given_.format == backend::wire_format::binary;
        if (binary && given_.value->size() < header_bytes) {
            return fail(sqlstates::protocol_violation, "insufficient data left in message");
        }
        TRY_ASSIGN(array_,
                   binary ? postgres::decode_array_binary(*given_.value) : postgres::decode_array_text(*given_.value));
        if (binary && array_.element_type != 0) {
            element_ = array_.element_type;  // the type of the elements' bytes
        }
        for (const auto& bytes : array_.elements) {
            if (bytes) {
                TRY_ASSIGN(auto value, read_wire(element_, given_.format, *bytes, context_));
                values_.emplace_back(std::move(value));
            } else {
                values_.emplace_back(std::nullopt);
            }
        }
        const bool to_text = use_ == value_use::assigned && target != nullptr && is_text(target);
        if (to_text) {
            return checked(as_text());
        }
        TRY_ASSIGN(owned_value fitted, as_target(target));
        return fitted ? result<owned_value>(std::move(fitted)) : as_natural();
    }

  private:
    static constexpr std::size_t header_bytes = 12;  // dimensions, flags, type of the elements

    static bool is_text(duckdb_logical_type target) { return read_value_type(target).kind == value_kind::varchar; }
    // {a,"b c",NULL}
    owned_value as_text() {
        std::string text;
        std::size_t next = 0;
        write_level(0, next, text);
        return owned_value(duckdb_create_varchar_length(text.data(), text.size()));
    }
    void write_level(std::size_t depth, std::size_t& next, std::string& text) {
        const std::size_t count = array_.dimensions.empty() ? 0 : array_.dimensions[depth];
        text += '{';
        for (std::size_t i = 0; i < count; ++i) {
            text += i == 0 ? "" : ",";
            if (depth + 1 < array_.dimensions.size()) {
                write_level(depth + 1, next, text);
            } else {
                const auto& value = values_[next++];
                text += value ? quoted(print_value(*value, element_, context_)) : "NULL";
            }
        }
        text += '}';
    }
    static std::string quoted(const std::string& element) {
        const bool plain = !element.empty() && !base::equals_ignoring_case(element, "null") &&
                           element.find_first_of("{}\",\\ \t\n\r\v\f") == std::string::npos;
        if (plain) {
            return element;
        }
        std::string text = "\"";
        for (const char c : element) {
            text += c == '"' || c == '\\' ? "\\" : "";
            text += c;
        }
        return text + "\"";
    }

    // Null when the target cannot hold exactly this array.
    result<owned_value> as_target(duckdb_logical_type target) {
        const value_type type = target == nullptr ? value_type{} : read_value_type(target);
        std::size_t depth = 0;
        const value_type* leaf = &type;
        for (; leaf->is_array(); leaf = &leaf->children[0]) {
            ++depth;
        }
        if (depth == 0 || (!array_.dimensions.empty() && array_.dimensions.size() != depth)) {
            return owned_value();
        }
        owned_type level;
        for (duckdb_logical_type list = target; depth > 0; --depth, list = level.get()) {
            level = owned_type(duckdb_get_type_id(list) == DUCKDB_TYPE_ARRAY ? duckdb_array_type_child_type(list)
                                                                             : duckdb_list_type_child_type(list));
        }
        leaves_.clear();
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!values_[i]) {
                leaves_.emplace_back(duckdb_create_null_value());
                continue;
            }
            TRY_ASSIGN(const auto stored, convert(*values_[i], *leaf, *array_.elements[i]));
            if (!stored) {
                return owned_value();
            }
            leaves_.emplace_back(stored->is_null ? duckdb_create_null_value()
                                                 : make_scalar(*leaf, level.get(), *stored));
        }
        return build(target);
    }

    result<std::optional<stored_value>> convert(const wire_value& value, const value_type& leaf,
                                                std::string_view bytes) {
        return use_ == value_use::assigned ? assign({.value = value, .type = element_, .bytes = bytes}, leaf, context_)
                                           : fit(value, leaf, fit_rule::exactly, bytes);
    }

    result<owned_value> as_natural() {
        TRY_ASSIGN(const value_type leaf, natural_leaf());
        leaves_.clear();
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!values_[i]) {
                leaves_.emplace_back(duckdb_create_null_value());
                continue;
            }
            TRY_ASSIGN(const auto stored, fit(*values_[i], leaf, fit_rule::as_column, *array_.elements[i]));
            if (!stored) {
                return fail(sqlstates::cannot_coerce, "an array of this type cannot be made");
            }
            leaves_.emplace_back(make_scalar(leaf, nullptr, *stored));
        }
        const bool decimal = leaf.width > 0;
        owned_type type(decimal ? duckdb_create_decimal_type(static_cast<std::uint8_t>(leaf.width),
                                                             static_cast<std::uint8_t>(leaf.scale))
                                : duckdb_create_logical_type(plain_id(leaf.kind)));
        for (std::size_t depth = std::max<std::size_t>(array_.dimensions.size(), 1); depth > 0; --depth) {
            type = owned_type(duckdb_create_list_type(type.get()));
        }
        TRY_ASSIGN(owned_value made, build(type.get()));
        return checked(std::move(made));
    }

    // One type for all elements; for decimals one with room for each.
    result<value_type> natural_leaf() {
        std::uint32_t integral = 0;
        std::uint32_t scale = 0;
        bool any = false;
        for (const auto& value : values_) {
            if (!value) {
                continue;
            }
            TRY_ASSIGN(const natural_value alone, natural(*value, element_));
            if (element_ != type_oids::numeric) {
                return alone.type;
            }
            if (alone.type.width == 0) {
                return natural_type(element_);  // NaN, or too many digits
            }
            any = true;
            integral = std::max(integral, alone.type.width - alone.type.scale);
            scale = std::max(scale, alone.type.scale);
        }
        if (element_ != type_oids::numeric || !any) {
            return natural_type(element_);
        }
        if (integral + scale > decimal_digits_max) {
            return natural_type(element_);
        }
        return decimal_type(integral + scale, scale);
    }

    result<owned_value> build(duckdb_logical_type list) {
        std::vector<duckdb_value> values;
        values.reserve(leaves_.size());
        for (const owned_value& leaf : leaves_) {
            if (!leaf) {
                return owned_value();
            }
            values.push_back(leaf.get());
        }
        return list_builder(array_.dimensions, values).build(list);
    }

    backend::oid element_;
    const backend::parameter& given_;
    decode_context& context_;
    value_use use_;
    postgres::decoded_array array_;
    std::vector<std::optional<wire_value>> values_;
    std::vector<owned_value> leaves_;
};

}  // namespace

namespace {

// A NULL of the target's type: for another type DuckDB would plan the statement again. The C API makes NULLs without a
// type only, but the elements of a list get the list's.
owned_value null_of(duckdb_logical_type target) {
    owned_value plain(duckdb_create_null_value());
    if (target == nullptr) {
        return plain;
    }
    duckdb_value element = plain.get();
    const owned_value list(duckdb_create_list_value(target, &element, 1));
    return list ? owned_value(duckdb_get_list_child(list.get(), 0)) : std::move(plain);
}

}  // namespace

result<owned_value> decode_parameter(backend::oid type, const backend::parameter& given, duckdb_logical_type target,
                                     const time_zone& zone, value_use use) {
    if (!given.value) {
        return null_of(target);
    }
    if ((type == 0 || type == type_oids::unknown) && target != nullptr) {
        type = describe_type(target).type;
    }
    decode_context context(zone);
    if (const backend::oid element = element_of(type); element != 0) {
        return array_decoder(element, given, context, use).decode(target);
    }
    TRY_ASSIGN(const wire_value value, read_wire(type, given.format, *given.value, context));
    if (target != nullptr) {
        const value_type wanted = read_value_type(target);
        std::optional<stored_value> stored;
        if (use == value_use::assigned) {
            TRY_ASSIGN(stored, assign({.value = value, .type = type, .bytes = *given.value}, wanted, context));
        } else {
            TRY_ASSIGN(stored, fit(value, wanted, fit_rule::exactly, *given.value));
        }
        if (stored && stored->is_null) {
            return null_of(target);
        }
        if (stored) {
            return checked(owned_value(make_scalar(wanted, target, *stored)));
        }
    }
    TRY_ASSIGN(const natural_value alone, natural(value, type));
    return checked(owned_value(make_scalar(alone.type, nullptr, alone.stored)));
}

}  // namespace sluice::duckdb
