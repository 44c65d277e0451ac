// encode_copy.hpp - the text and csv forms of COPY TO: escapes and quotes around formatted values.
//
// Use:     copy_layout layout = copy_layout_of(command, column_names);
//          std::size_t rows = escape_copy_cells(layout, column, count, scratch_bytes_max, cells);
// Source:  PostgreSQL 15 manual, COPY, "File Formats".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "engines/duckdb/encode/encode_column.hpp"
#include "postgres/sql/copy_command.hpp"

namespace sluice::duckdb {

struct copy_layout {
    bool csv = false;
    char delimiter = '\t';
    std::string null_text = "\\N";
    char quote = '"';
    char escape = '"';
    std::vector<bool> force_quote;  // one a column, or empty
    std::size_t columns = 0;
};

[[nodiscard]] copy_layout copy_layout_of(const postgres::copy_command& command,
                                         std::span<const std::string> column_names);

// True if values of this kind never contain a special character of the layout: most numbers and dates.
[[nodiscard]] bool is_plain_in(const copy_layout& layout, value_kind kind);

// Makes cells that need escapes point to an escaped copy. Returns the number of rows done: fewer than `count` when the
// copies would pass `scratch_bytes_max`.
[[nodiscard]] std::size_t escape_copy_cells(const copy_layout& layout, std::size_t column, std::size_t count,
                                            std::size_t scratch_bytes_max, column_cells& cells);

// Appends one value to `out`, escaped as in escape_copy_cells.
void append_copy_value(const copy_layout& layout, std::string_view value, bool force_quote, base::byte_buffer& out);

}  // namespace sluice::duckdb
