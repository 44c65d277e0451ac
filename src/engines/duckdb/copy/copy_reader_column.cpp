#include "engines/duckdb/copy/copy_reader_column.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "base/text/utf8.hpp"
#include "engines/duckdb/copy/copy_reader_vector.hpp"
#include "engines/duckdb/values/parameter_decoder_fit.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_fast.hpp"
#include "postgres/parse/decode_number.hpp"
#include "postgres/parse/decode_numeric.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::size_t inlined_bytes_max = 12;

// DuckDB's string: up to 12 bytes inside, else the first four and a pointer; unused bytes are zero.
void write_string(duckdb_string_t& to, std::string_view text, postgres::copy_arena& strings) {
    to.value.inlined.length = static_cast<std::uint32_t>(text.size());
    if (text.size() <= inlined_bytes_max) {
        std::memset(to.value.inlined.inlined, 0, sizeof to.value.inlined.inlined);
        std::memcpy(to.value.inlined.inlined, text.data(), text.size());
        return;
    }
    char* const copy = strings.reserve(text.size());
    strings.commit(text.size());
    std::memcpy(copy, text.data(), text.size());
    std::memcpy(to.value.pointer.prefix, copy, sizeof to.value.pointer.prefix);
    to.value.pointer.ptr = copy;
}

bool is_staged_as_json(value_kind kind) {
    return kind == value_kind::structure || kind == value_kind::map || kind == value_kind::union_of ||
           kind == value_kind::variant;
}

// The type that is written to the vector in place of `type`.
value_type stage(value_type type) {
    if (type.is_array()) {
        type.children[0] = stage(std::move(type.children[0]));
        return type;
    }
    if (is_staged_as_json(type.kind)) {
        return {.kind = value_kind::json, .element = type_oids::json};
    }
    return type;
}

const value_type& leaf_of(const value_type& type) {
    return type.is_array() ? leaf_of(type.children[0]) : type;
}

// The logical type with its leaves replaced by `leaf`.
owned_type with_leaf(const value_type& type, duckdb_type leaf) {
    if (!type.is_array()) {
        return owned_type(duckdb_create_logical_type(leaf));
    }
    const owned_type child = with_leaf(type.children[0], leaf);
    return owned_type(type.kind == value_kind::array ? duckdb_create_array_type(child.get(), type.array_size)
                                                     : duckdb_create_list_type(child.get()));
}

std::string brackets(const value_type& type) {
    if (!type.is_array()) {
        return {};
    }
    return brackets(type.children[0]) +
           (type.kind == value_kind::array ? "[" + std::to_string(type.array_size) + "]" : "[]");
}

duckdb_type leaf_id(duckdb_logical_type type) {
    const duckdb_type id = duckdb_get_type_id(type);
    if (id != DUCKDB_TYPE_LIST && id != DUCKDB_TYPE_ARRAY) {
        return id;
    }
    return leaf_id(
        owned_type(id == DUCKDB_TYPE_LIST ? duckdb_list_type_child_type(type) : duckdb_array_type_child_type(type))
            .get());
}

}  // namespace

// The loops over fields, one for each way of reading one.
struct copy_converters {
    using column = copy_column_reader;
    using fields = copy_column_reader::span_of_fields;
    using outcome = std::optional<bad_field>;

    // `read_fast` takes a field and the place of its value, counted in rows of the vector; a field that it refuses is
    // read slowly.
    template <typename ReadFast>
    static outcome convert_rows(column& to, const fields& from, ReadFast read_fast) {
        const std::size_t stride = from.rows.columns();
        const postgres::copy_field* field = from.rows.column(from.index) + from.first * stride;
        for (std::size_t i = 0; i < from.count; ++i, field += stride) {
            if (field->is_null()) {
                to.set_null(from.at + i);
            } else if (!read_fast(*field, from.at + i)) {
                if (auto read = to.read_slowly(from.at + i, field->view()); !read) {
                    return bad_field{.row = i, .error = std::move(read).error()};
                }
            }
        }
        return std::nullopt;
    }
    // The same for vectors that are an array of `Stored`; `read_fast` takes the place of the value.
    template <typename Stored, typename ReadFast>
    static outcome convert(column& to, const fields& from, ReadFast read_fast) {
        auto* const out = reinterpret_cast<Stored*>(to.data_);
        return convert_rows(to, from, [out, read_fast](const postgres::copy_field& field, std::size_t row) {
            return read_fast(field.data, field.size, out[row]);
        });
    }

    template <typename Integer>
    static outcome integer_text(column& to, const fields& from) {
        return convert<Integer>(to, from, [](const char* text, std::size_t size, Integer& value) {
            std::int64_t wide = 0;
            if (!postgres::read_fast_integer(text, size, wide) || !std::in_range<Integer>(wide)) {
                return false;
            }
            value = static_cast<Integer>(wide);
            return true;
        });
    }
    template <typename Integer>
    static outcome decimal_text(column& to, const fields& from) {
        const std::uint32_t scale = to.type_.scale;
        const std::uint64_t limit = postgres::powers_of_ten[to.type_.width];
        return convert<Integer>(to, from, [scale, limit](const char* text, std::size_t size, Integer& value) {
            std::int64_t wide = 0;
            if (!postgres::read_fast_scaled(text, size, scale, limit, wide)) {
                return false;
            }
            value = static_cast<Integer>(wide);
            return true;
        });
    }
    static outcome double_text(column& to, const fields& from) {
        return convert<double>(to, from, postgres::read_fast_double);
    }
    static outcome date_text(column& to, const fields& from) {
        return convert<std::int32_t>(to, from, postgres::read_fast_date);
    }
    static outcome time_text(column& to, const fields& from) {
        return convert<std::int64_t>(to, from, postgres::read_fast_time);
    }
    static outcome timestamp_text(column& to, const fields& from) {
        return convert<std::int64_t>(to, from, postgres::read_fast_timestamp);
    }
    static outcome boolean_text(column& to, const fields& from) {
        return convert<bool>(to, from, [](const char* text, std::size_t size, bool& value) {
            value = size == 1 && *text == 't';
            return size == 1 && (*text == 't' || *text == 'f');
        });
    }
    static outcome strings(column& to, const fields& from) {
        const bool plain = from.rows.plain();
        postgres::copy_arena& arena = *to.strings_;
        return convert<duckdb_string_t>(to, from,
                                        [plain, &arena](const char* text, std::size_t size, duckdb_string_t& value) {
                                            const std::string_view bytes(text, size);
                                            if (!plain && base::valid_utf8_prefix_bytes(bytes) != size) {
                                                return false;
                                            }
                                            write_string(value, bytes, arena);
                                            return true;
                                        });
    }
    template <typename Index>
    static outcome enums(column& to, const fields& from) {
        const auto& values = to.enum_values_;
        return convert<Index>(to, from, [&values](const char* text, std::size_t size, Index& value) {
            const auto found = values.find(std::string_view(text, size));
            if (found == values.end()) {
                return false;
            }
            value = static_cast<Index>(found->second);
            return true;
        });
    }
    template <typename Integer>
    static outcome integer_binary(column& to, const fields& from) {
        return convert<Integer>(to, from, [](const char* bytes, std::size_t size, Integer& value) {
            if (size != sizeof(Integer)) {
                return false;
            }
            value = postgres::read_be<Integer>(bytes);
            return true;
        });
    }
    static outcome boolean_binary(column& to, const fields& from) {
        return convert<bool>(to, from, [](const char* bytes, std::size_t size, bool& value) {
            value = size == 1 && *bytes != 0;
            return size == 1;
        });
    }
    template <typename Integer>
    static outcome decimal_binary(column& to, const fields& from) {
        const std::uint32_t scale = to.type_.scale;
        const auto limit = static_cast<std::int64_t>(postgres::powers_of_ten[to.type_.width]);
        return convert<Integer>(to, from, [scale, limit](const char* bytes, std::size_t size, Integer& value) {
            std::int64_t wide = 0;
            if (!postgres::read_short_numeric({bytes, size}, scale, wide) || wide >= limit || wide <= -limit) {
                return false;
            }
            value = static_cast<Integer>(wide);
            return true;
        });
    }
    // Days and microseconds since 2000; infinities and values out of range are read slowly.
    static outcome date_binary(column& to, const fields& from) {
        return convert<std::int32_t>(to, from, [](const char* bytes, std::size_t size, std::int32_t& value) {
            constexpr std::int32_t days_to_2000 = 10'957;
            constexpr std::int32_t safe = 730'000;  // some 2000 years on both sides
            if (size != sizeof value) {
                return false;
            }
            const auto days = postgres::read_be<std::int32_t>(bytes);
            value = days + days_to_2000;
            return days > -safe && days < safe;
        });
    }
    static outcome timestamp_binary(column& to, const fields& from) {
        return convert<std::int64_t>(to, from, [](const char* bytes, std::size_t size, std::int64_t& value) {
            constexpr std::int64_t microseconds_to_2000 = 10'957 * postgres::microseconds_per_day;
            constexpr std::int64_t safe = 730'000 * postgres::microseconds_per_day;
            if (size != sizeof value) {
                return false;
            }
            const auto time = postgres::read_be<std::int64_t>(bytes);
            if (time <= -safe || time >= safe) {
                return false;
            }
            value = time + microseconds_to_2000;
            return true;
        });
    }
    static outcome anything(column& to, const fields& from) {
        return convert_rows(to, from, [](const postgres::copy_field&, std::size_t) { return false; });
    }

    static column::converter choose(value_kind kind, backend::wire_format format) {
        switch (kind) {
            case value_kind::varchar:
                return strings;
            case value_kind::enum8:
                return enums<std::uint8_t>;
            case value_kind::enum16:
                return enums<std::uint16_t>;
            case value_kind::enum32:
                return enums<std::uint32_t>;
            default:
                return format == backend::wire_format::binary ? choose_binary(kind) : choose_text(kind);
        }
    }

  private:
    static column::converter choose_text(value_kind kind) {
        switch (kind) {
            case value_kind::boolean:
                return boolean_text;
            case value_kind::int8:
                return integer_text<std::int8_t>;
            case value_kind::int16:
                return integer_text<std::int16_t>;
            case value_kind::int32:
                return integer_text<std::int32_t>;
            case value_kind::int64:
                return integer_text<std::int64_t>;
            case value_kind::uint8:
                return integer_text<std::uint8_t>;
            case value_kind::uint16:
                return integer_text<std::uint16_t>;
            case value_kind::uint32:
                return integer_text<std::uint32_t>;
            case value_kind::uint64:
                return integer_text<std::uint64_t>;
            case value_kind::float64:
                return double_text;
            case value_kind::decimal16:
                return decimal_text<std::int16_t>;
            case value_kind::decimal32:
                return decimal_text<std::int32_t>;
            case value_kind::decimal64:
                return decimal_text<std::int64_t>;
            case value_kind::date:
                return date_text;
            case value_kind::time:
                return time_text;
            case value_kind::timestamp:
                return timestamp_text;
            default:
                return anything;
        }
    }

    static column::converter choose_binary(value_kind kind) {
        switch (kind) {
            case value_kind::boolean:
                return boolean_binary;
            case value_kind::int16:
                return integer_binary<std::int16_t>;
            case value_kind::int32:
                return integer_binary<std::int32_t>;
            case value_kind::int64:
                return integer_binary<std::int64_t>;
            case value_kind::float32:
                return integer_binary<std::uint32_t>;  // only the bits matter
            case value_kind::float64:
                return integer_binary<std::uint64_t>;
            case value_kind::decimal16:
                return decimal_binary<std::int16_t>;
            case value_kind::decimal32:
                return decimal_binary<std::int32_t>;
            case value_kind::decimal64:
                return decimal_binary<std::int64_t>;
            case value_kind::date:
                return date_binary;
            case value_kind::timestamp:
            case value_kind::timestamp_tz:
                return timestamp_binary;
            default:
                return anything;
        }
    }
};

copy_column_reader::copy_column_reader(std::string name, duckdb_logical_type type, backend::wire_format format,
                                       time_zone zone)
    : name_(std::move(name)), format_(format), zone_(std::move(zone)), context_(zone_) {
    const value_type column = read_value_type(type);
    type_ = stage(column);
    converter_ = copy_converters::choose(type_.kind, format);
    const value_kind leaf = leaf_of(column).kind;
    if (is_staged_as_json(leaf)) {
        staging_ = with_leaf(type_, DUCKDB_TYPE_VARCHAR);
        function_before_ = "CAST(";
        function_behind_ = " AS JSON" + brackets(type_) + ")";
    } else if (leaf == value_kind::bignum) {
        staging_ = with_leaf(type_, DUCKDB_TYPE_VARCHAR);
    } else if (leaf_id(type) == DUCKDB_TYPE_GEOMETRY) {
        staging_ = with_leaf(type_, DUCKDB_TYPE_BLOB);
        function_before_ = type_.is_array() ? "list_transform(" : "ST_GeomFromWKB(";
        function_behind_ = type_.is_array() ? ", lambda wkb : ST_GeomFromWKB(wkb))" : ")";
    }
    for (const std::string& value : type_.names) {
        enum_values_.emplace(value, static_cast<std::uint32_t>(enum_values_.size()));
    }
}

std::string copy_column_reader::expression(const std::string& staged) const {
    return function_before_ + staged + function_behind_;
}

void copy_column_reader::use(duckdb_vector vector, postgres::copy_arena& strings) {
    vector_ = vector;
    strings_ = &strings;
    data_ = static_cast<char*>(duckdb_vector_get_data(vector));
    validity_ = nullptr;
}

void copy_column_reader::set_null(std::size_t row) {
    if (type_.kind == value_kind::array) {
        write_null({.vector = vector_, .type = type_, .row = row});
        return;
    }
    if (validity_ == nullptr) {
        duckdb_vector_ensure_validity_writable(vector_);
        validity_ = duckdb_vector_get_validity(vector_);
    }
    validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

result<> copy_column_reader::read_slowly(std::size_t row, std::string_view bytes) {
    return write_field({.vector = vector_, .type = type_, .row = row}, type_.element, format_, bytes, context_);
}

}  // namespace sluice::duckdb
