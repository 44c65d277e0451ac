// decode_copy.hpp - splits the data of COPY ... FROM STDIN into rows and fields, wherever the messages cut it.
//
// Problem: millions of rows a second, in three formats, with PostgreSQL's rules for quotes, escapes and line ends, and
//          its errors with their line.
// Use:     std::unique_ptr<copy_tokenizer> tokenizer = make_copy_tokenizer(layout);
//          while (!bytes.empty()) { TRY(tokenizer->read(bytes, rows)); ... use rows ... }
//          then once: TRY(tokenizer->finish(rows)); ... use rows ...
// Memory:  fields point into `bytes` or into the tokenizer, until the next call. A row that is cut by the end of
//          `bytes` is kept, up to row_bytes_max.
// Errors:  22P04 and PostgreSQL's words, with CONTEXT; the rows before the bad one are in `rows`. 54000 row too long.
// Source:  PostgreSQL 15 manual, COPY, "File Formats". Unlike there, `\.` without a line end is the end marker too, and
//          line numbers count line ends inside quotes from the first row on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::postgres {

struct copy_layout {
    enum class format : std::uint8_t { text, csv, binary };
    enum class null_rule : std::uint8_t { plain, force_null, force_not_null, force_both };

    std::string relation;              // for messages
    std::vector<std::string> columns;  // the columns of a row
    format is = format::text;
    char delimiter = '\t';
    char quote = '"';
    char escape = '"';
    std::string null_text = "\\N";
    bool header = false;
    bool header_match = false;          // implies header
    std::vector<null_rule> null_rules;  // csv; empty: all plain
    std::size_t row_bytes_max = std::size_t{1} << 30U;
};

struct copy_field {
    const char* data = nullptr;  // null: NULL
    std::size_t size = 0;

    [[nodiscard]] bool is_null() const { return data == nullptr; }
    [[nodiscard]] std::string_view view() const { return {data, size}; }
};

// Some rows, row by row.
class copy_rows {
  public:
    copy_rows(std::size_t columns, std::size_t rows_max)
        : columns_(columns), fields_(columns * rows_max + 1), lines_(rows_max) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool full() const { return size_ == lines_.size(); }
    // The field of a column in the first row; that of the next row is columns() further on.
    [[nodiscard]] const copy_field* column(std::size_t index) const { return fields_.data() + index; }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    // The line, from 1, on which a row ends; in the binary format the row's number.
    [[nodiscard]] std::uint64_t line(std::size_t row) const { return lines_[row]; }
    // True if all fields are ASCII without zero bytes: valid text without another check.
    [[nodiscard]] bool plain() const { return plain_; }

    // For tokenizers.
    void clear() {
        size_ = 0;
        plain_ = true;
    }
    [[nodiscard]] copy_field* next_row() { return fields_.data() + size_ * columns_; }
    void commit_row(std::uint64_t line) { lines_[size_++] = line; }
    void set_not_plain() { plain_ = false; }

  private:
    std::size_t columns_;
    std::size_t size_ = 0;
    bool plain_ = true;
    std::vector<copy_field> fields_;
    std::vector<std::uint64_t> lines_;
};

class copy_tokenizer {
  public:
    copy_tokenizer() = default;
    copy_tokenizer(const copy_tokenizer&) = delete;
    copy_tokenizer& operator=(const copy_tokenizer&) = delete;
    virtual ~copy_tokenizer() = default;

    // Removes the bytes that it has read from the front of `bytes`: all unless `rows` is full. Earlier rows are
    // dropped.
    virtual result<> read(std::string_view& bytes, copy_rows& rows) = 0;
    // Ends the data: at most one row was incomplete.
    virtual result<> finish(copy_rows& rows) = 0;
};

[[nodiscard]] std::unique_ptr<copy_tokenizer> make_copy_tokenizer(copy_layout layout);

// `COPY t, line 3`, `COPY t, line 3: "a row"`, `COPY t, line 3, column a`, `COPY t, line 3, column a: "x"`
[[nodiscard]] std::string copy_context(std::string_view relation, std::uint64_t line);
[[nodiscard]] std::string copy_row_context(std::string_view relation, std::uint64_t line, std::string_view row);
[[nodiscard]] std::string copy_column_context(std::string_view relation, std::uint64_t line, std::string_view column);
[[nodiscard]] std::string copy_value_context(std::string_view relation, std::uint64_t line, std::string_view column,
                                             std::string_view value);

}  // namespace sluice::postgres
