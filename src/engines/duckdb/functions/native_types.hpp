// native_types.hpp - the values of native functions: their DuckDB types, and how vectors hold them.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <duckdb.h>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {

// Days since 1970-01-01; infinities are the engine's.
struct date {
    std::int32_t days = 0;
};
struct time_of_day {
    std::int64_t micros = 0;
};
// Microseconds since 1970-01-01, without a zone.
struct timestamp {
    std::int64_t micros = 0;
};
// Microseconds since 1970-01-01 UTC.
struct timestamptz {
    std::int64_t micros = 0;
};
// The engine's packed form.
struct timetz {
    std::uint64_t bits = 0;
};
struct interval {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t micros = 0;
};
struct bytes_view {
    std::string_view data;
};
struct bytes {
    std::string data;
};
// BIT in the engine's form: the number of padding bits, then the bits right-aligned with ones in front.
struct bits_view {
    std::string_view data;
};
struct bits {
    std::string data;
};
struct json_view {
    std::string_view text;
};
struct json {
    std::string text;
};

namespace native {

void set_null(duckdb_vector vector, idx_t row);

template <typename T>
owned_type engine_type();
template <>
inline owned_type engine_type<bool>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN));
}
template <>
inline owned_type engine_type<std::int16_t>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_SMALLINT));
}
template <>
inline owned_type engine_type<std::int32_t>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_INTEGER));
}
template <>
inline owned_type engine_type<std::int64_t>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
}
template <>
inline owned_type engine_type<float>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_FLOAT));
}
template <>
inline owned_type engine_type<double>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE));
}
template <>
inline owned_type engine_type<std::string_view>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
}
template <>
inline owned_type engine_type<std::string>() {
    return engine_type<std::string_view>();
}
template <>
inline owned_type engine_type<bytes_view>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_BLOB));
}
template <>
inline owned_type engine_type<bytes>() {
    return engine_type<bytes_view>();
}
template <>
inline owned_type engine_type<bits_view>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_BIT));
}
template <>
inline owned_type engine_type<bits>() {
    return engine_type<bits_view>();
}
template <>
inline owned_type engine_type<date>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_DATE));
}
template <>
inline owned_type engine_type<time_of_day>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_TIME));
}
template <>
inline owned_type engine_type<timetz>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_TIME_TZ));
}
template <>
inline owned_type engine_type<timestamp>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP));
}
template <>
inline owned_type engine_type<timestamptz>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ));
}
template <>
inline owned_type engine_type<interval>() {
    return owned_type(duckdb_create_logical_type(DUCKDB_TYPE_INTERVAL));
}
template <>
inline owned_type engine_type<json_view>() {
    owned_type type(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    duckdb_logical_type_set_alias(type.get(), "JSON");
    return type;
}
template <>
inline owned_type engine_type<json>() {
    return engine_type<json_view>();
}

// The values of a vector. Vectors of arguments are flat.
template <typename T>
class value_reader {
  public:
    explicit value_reader(duckdb_vector vector)
        : data_(static_cast<const T*>(duckdb_vector_get_data(vector))), validity_(duckdb_vector_get_validity(vector)) {}
    [[nodiscard]] bool is_null(idx_t row) const {
        return validity_ != nullptr && !duckdb_validity_row_is_valid(validity_, row);
    }
    [[nodiscard]] T read(idx_t row) const { return data_[row]; }

  private:
    const T* data_;
    std::uint64_t* validity_;
};

class text_reader {
  public:
    explicit text_reader(duckdb_vector vector)
        : data_(static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))),
          validity_(duckdb_vector_get_validity(vector)) {}
    [[nodiscard]] bool is_null(idx_t row) const {
        return validity_ != nullptr && !duckdb_validity_row_is_valid(validity_, row);
    }
    [[nodiscard]] std::string_view view(idx_t row) const {
        return {duckdb_string_t_data(&data_[row]), duckdb_string_t_length(data_[row])};
    }

  private:
    duckdb_string_t* data_;
    std::uint64_t* validity_;
};
template <>
class value_reader<std::string_view> : public text_reader {
  public:
    using text_reader::text_reader;
    [[nodiscard]] std::string_view read(idx_t row) const { return view(row); }
};
template <>
class value_reader<bytes_view> : public text_reader {
  public:
    using text_reader::text_reader;
    [[nodiscard]] bytes_view read(idx_t row) const { return {view(row)}; }
};
template <>
class value_reader<bits_view> : public text_reader {
  public:
    using text_reader::text_reader;
    [[nodiscard]] bits_view read(idx_t row) const { return {view(row)}; }
};
template <>
class value_reader<json_view> : public text_reader {
  public:
    using text_reader::text_reader;
    [[nodiscard]] json_view read(idx_t row) const { return {view(row)}; }
};

}  // namespace native

// A LIST as an argument: its elements, of which some may be NULL.
template <typename T>
class list_view {
  public:
    list_view(const native::value_reader<T>* elements, std::size_t first, std::size_t count)
        : elements_(elements), first_(first), count_(count) {}
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] std::optional<T> operator[](std::size_t i) const {
        return elements_->is_null(first_ + i) ? std::nullopt : std::optional<T>(elements_->read(first_ + i));
    }

  private:
    const native::value_reader<T>* elements_;
    std::size_t first_;
    std::size_t count_;
};

namespace native {

using owned_vector = owned_handle<duckdb_vector, duckdb_destroy_vector>;

// The elements of a list vector, flat: DuckDB flattens arguments, but not what is inside, and a vector does not tell.
[[nodiscard]] inline owned_vector flat_elements(duckdb_vector list) {
    duckdb_vector child = duckdb_list_vector_get_child(list);
    const idx_t count = duckdb_list_vector_get_size(list);
    const owned_type type(duckdb_vector_get_column_type(child));
    owned_vector flat(duckdb_create_vector(type.get(), count));
    if (count > 0) {
        duckdb_selection_vector all = duckdb_create_selection_vector(count);
        sel_t* const places = duckdb_selection_vector_get_data_ptr(all);
        std::iota(places, places + count, sel_t{0});
        duckdb_vector_copy_sel(child, flat.get(), all, count, 0, 0);
        duckdb_destroy_selection_vector(all);
    }
    return flat;
}

template <typename T>
class value_reader<list_view<T>> {
  public:
    explicit value_reader(duckdb_vector vector)
        : entries_(static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(vector))),
          validity_(duckdb_vector_get_validity(vector)),
          flat_(flat_elements(vector)),
          elements_(flat_.get()) {}
    [[nodiscard]] bool is_null(idx_t row) const {
        return validity_ != nullptr && !duckdb_validity_row_is_valid(validity_, row);
    }
    [[nodiscard]] list_view<T> read(idx_t row) const {
        return {&elements_, entries_[row].offset, entries_[row].length};
    }

  private:
    const duckdb_list_entry* entries_;
    std::uint64_t* validity_;
    owned_vector flat_;
    value_reader<T> elements_;
};

template <typename T>
struct list_type;
template <typename T>
struct list_type<list_view<T>> {
    using element = T;
};
template <typename T>
struct list_type<std::vector<std::optional<T>>> {
    using element = T;
};
template <typename T>
owned_type engine_type() {
    const owned_type element = engine_type<typename list_type<T>::element>();
    return owned_type(duckdb_create_list_type(element.get()));
}

template <typename T>
void write_value(const T& value, duckdb_vector vector, idx_t row) {
    static_cast<T*>(duckdb_vector_get_data(vector))[row] = value;
}
inline void write_text(std::string_view value, duckdb_vector vector, idx_t row) {
    duckdb_vector_assign_string_element_len(vector, row, value.data(), value.size());
}
inline void write_value(std::string_view value, duckdb_vector vector, idx_t row) {
    write_text(value, vector, row);
}
inline void write_value(const std::string& value, duckdb_vector vector, idx_t row) {
    write_text(value, vector, row);
}
inline void write_value(const bytes& value, duckdb_vector vector, idx_t row) {
    write_text(value.data, vector, row);
}
inline void write_value(bytes_view value, duckdb_vector vector, idx_t row) {
    write_text(value.data, vector, row);
}
inline void write_value(const bits& value, duckdb_vector vector, idx_t row) {
    write_text(value.data, vector, row);
}
inline void write_value(const json& value, duckdb_vector vector, idx_t row) {
    write_text(value.text, vector, row);
}
inline void write_value(json_view value, duckdb_vector vector, idx_t row) {
    write_text(value.text, vector, row);
}
template <typename T>
void write_value(const std::vector<std::optional<T>>& values, duckdb_vector vector, idx_t row) {
    const idx_t first = duckdb_list_vector_get_size(vector);
    duckdb_list_vector_reserve(vector, first + values.size());
    duckdb_vector child = duckdb_list_vector_get_child(vector);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) {
            write_value(*values[i], child, first + i);
        } else {
            set_null(child, first + i);
        }
    }
    duckdb_list_vector_set_size(vector, first + values.size());
    static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row] = {.offset = first, .length = values.size()};
}

}  // namespace native
}  // namespace sluice::duckdb
