// copy_reader_column.hpp - one column of a COPY ... FROM STDIN: from fields to a DuckDB vector.
//
// Problem: the engine takes columns, the client sends rows; each field may cost only a few nanoseconds.
// Use:     copy_column_reader column(name, logical_type, format, zone);   // column.staging: the vector's logical type
//          column.use(vector, strings);  column.read(rows, index, first, count, at)
// Staging: values that DuckDB's vectors cannot take directly are written in another type, and column.expression() casts
//          them when the rows are inserted: STRUCT, MAP, UNION and VARIANT as JSON text, BIGNUM as digits, GEOMETRY as
//          WKB.
// Memory:  strings of the vector point into the arena.
// Threads: one at a time.
#pragma once

#include <duckdb.h>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/values/parameter_decoder_wire.hpp"
#include "engines/duckdb/values/value_type.hpp"
#include "postgres/copy/decode_copy.hpp"
#include "postgres/copy/decode_copy_arena.hpp"

namespace sluice::duckdb {

// The first field of a column that cannot be read.
struct bad_field {
    std::size_t row;  // among the given rows
    sluice::error error;
};

class copy_column_reader {
  public:
    copy_column_reader(std::string name, duckdb_logical_type type, backend::wire_format format, time_zone zone);
    copy_column_reader(const copy_column_reader&) = delete;
    copy_column_reader& operator=(const copy_column_reader&) = delete;
    ~copy_column_reader() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    // The vector's type if it differs from the column's; else null.
    [[nodiscard]] duckdb_logical_type staging() const { return staging_.get(); }
    // SQL for the column's value from `staged`, a column name in SQL.
    [[nodiscard]] std::string expression(const std::string& staged) const;

    // Sets the vector to fill, all of whose rows are valid so far, and the arena for its strings.
    void use(duckdb_vector vector, postgres::copy_arena& strings);
    // Writes fields [first, first + count) of the column to the vector's rows from `at` on.
    [[nodiscard]] std::optional<bad_field> read(const postgres::copy_rows& rows, std::size_t index, std::size_t first,
                                                std::size_t count, std::size_t at) {
        return converter_(*this, {.rows = rows, .index = index, .first = first, .count = count, .at = at});
    }

  private:
    friend struct copy_converters;

    struct span_of_fields {
        const postgres::copy_rows& rows;
        std::size_t index;
        std::size_t first;
        std::size_t count;
        std::size_t at;
    };
    using converter = std::optional<bad_field> (*)(copy_column_reader&, const span_of_fields&);

    void set_null(std::size_t row);
    // Reads any type in any spelling.
    result<> read_slowly(std::size_t row, std::string_view bytes);

    std::string name_;
    value_type type_;  // of the vector
    backend::wire_format format_;
    time_zone zone_;
    decode_context context_;
    std::string function_before_;  // SQL around the staged column
    std::string function_behind_;
    owned_type staging_;
    std::unordered_map<std::string_view, std::uint32_t> enum_values_;  // keys point into type_.names
    converter converter_ = nullptr;
    duckdb_vector vector_ = nullptr;
    char* data_ = nullptr;
    std::uint64_t* validity_ = nullptr;  // null: all rows are valid so far
    postgres::copy_arena* strings_ = nullptr;
};

}  // namespace sluice::duckdb
