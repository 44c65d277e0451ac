#include "engines/duckdb/copy/copy_reader_vector.hpp"

#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engines/duckdb/values/parameter_decoder_fit.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/parse/decode_array.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::duckdb {
namespace {

void write_stored(const vector_row& to, const stored_value& stored) {
    const std::size_t size = stored_bytes(to.type.kind);
    if (size == 0) {
        const std::string_view bytes = stored.view();
        duckdb_unsafe_vector_assign_string_element_len(to.vector, to.row, bytes.data(), bytes.size());
        return;
    }
    // The low bytes of the number are the value: everything is little-endian.
    std::memcpy(static_cast<char*>(duckdb_vector_get_data(to.vector)) + to.row * size, &stored.bits, size);
}

error wrong_shape(std::string message) {
    return {.code = sqlstates::array_subscript_error, .message = std::move(message)};
}

// Writes the elements of an array, level by level, into the child vectors of a list or fixed-size array.
class array_writer {
  public:
    array_writer(const postgres::decoded_array& array, backend::oid element, backend::wire_format format,
                 decode_context& context)
        : array_(array), element_(element), format_(format), context_(context) {}

    result<> write(const vector_row& to) { return write_level(to, 0); }

  private:
    result<> write_level(const vector_row& to, std::size_t depth) {
        const std::size_t count = array_.dimensions.empty() ? 0 : array_.dimensions[depth];
        TRY_ASSIGN(const vector_row children, make_room(to, count));
        const bool innermost = depth + 1 >= array_.dimensions.size();
        if (count > 0 && innermost == children.type.is_array()) {
            return fail(wrong_shape("array has " + std::to_string(array_.dimensions.size()) +
                                    " dimensions, its column's type has another number of them"));
        }
        for (std::size_t i = 0; i < count; ++i) {
            const vector_row child{.vector = children.vector, .type = children.type, .row = children.row + i};
            TRY(innermost ? write_element(child) : write_level(child, depth + 1));
        }
        return {};
    }

    // The place of the first of `count` elements.
    static result<vector_row> make_room(const vector_row& to, std::size_t count) {
        const value_type& child = to.type.children[0];
        if (to.type.kind == value_kind::array) {
            if (count != to.type.array_size) {
                return fail(wrong_shape("array has " + std::to_string(count) + " elements, its column holds " +
                                        std::to_string(to.type.array_size)));
            }
            return vector_row{
                .vector = duckdb_array_vector_get_child(to.vector), .type = child, .row = to.row * to.type.array_size};
        }
        const idx_t first = duckdb_list_vector_get_size(to.vector);
        duckdb_list_vector_reserve(to.vector, first + count);
        duckdb_list_vector_set_size(to.vector, first + count);
        static_cast<duckdb_list_entry*>(duckdb_vector_get_data(to.vector))[to.row] = {.offset = first, .length = count};
        return vector_row{.vector = duckdb_list_vector_get_child(to.vector), .type = child, .row = first};
    }

    result<> write_element(const vector_row& to) {
        const auto& bytes = array_.elements[next_++];
        if (!bytes) {
            write_null(to);
            return {};
        }
        return write_field(to, element_, format_, *bytes, context_);
    }

    const postgres::decoded_array& array_;
    backend::oid element_;
    backend::wire_format format_;
    decode_context& context_;
    std::size_t next_ = 0;
};

result<> write_array(const vector_row& to, backend::wire_format format, std::string_view bytes,
                     decode_context& context) {
    const bool binary = format == backend::wire_format::binary;
    TRY_ASSIGN(const auto array, binary ? postgres::decode_array_binary(bytes) : postgres::decode_array_text(bytes));
    if (binary && !array.elements.empty() && array.element_type != to.type.element) {
        return fail(sqlstates::datatype_mismatch, "binary data has array element type " +
                                                      std::to_string(array.element_type) + " instead of expected " +
                                                      std::to_string(to.type.element));
    }
    return array_writer(array, to.type.element, format, context).write(to);
}

}  // namespace

void write_null(const vector_row& to) {
    duckdb_vector_ensure_validity_writable(to.vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(to.vector), to.row);
    if (to.type.kind != value_kind::array) {
        return;
    }
    // The elements of a fixed-size array that is NULL are NULL, too.
    for (std::size_t i = 0; i < to.type.array_size; ++i) {
        write_null({.vector = duckdb_array_vector_get_child(to.vector),
                    .type = to.type.children[0],
                    .row = to.row * to.type.array_size + i});
    }
}

result<> write_field(const vector_row& to, backend::oid wire, backend::wire_format format, std::string_view bytes,
                     decode_context& context) {
    if (to.type.is_array()) {
        return write_array(to, format, bytes, context);
    }
    TRY_ASSIGN(const wire_value value, read_wire(wire, format, bytes, context));
    TRY_ASSIGN(const auto stored, fit(value, to.type, fit_rule::as_column, bytes));
    if (!stored) {
        return fail(sqlstates::cannot_coerce, "value cannot be stored in a column of this type");
    }
    write_stored(to, *stored);
    return {};
}

}  // namespace sluice::duckdb
