// copy_reader_vector.hpp - writes any value from the wire into a row of a DuckDB vector, the slow way.
//
// Use:     TRY(write_field({.vector = v, .type = type, .row = 3}, wire_oid, wire_format::text, "{1,2}", context));
// Errors:  as read_wire() and fit(); 2202E when an array does not have the shape of the column's type.
#pragma once

#include <duckdb.h>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/values/parameter_decoder_wire.hpp"
#include "engines/duckdb/values/value_type.hpp"

namespace sluice::duckdb {

struct vector_row {
    duckdb_vector vector;
    const value_type& type;
    idx_t row;
};

result<> write_field(const vector_row& to, backend::oid wire, backend::wire_format format, std::string_view bytes,
                     decode_context& context);
void write_null(const vector_row& to);

}  // namespace sluice::duckdb
