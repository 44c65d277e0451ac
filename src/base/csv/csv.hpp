// csv.hpp - CSV tables as spreadsheets exchange them: strict about errors, tolerant of the dialect.
//
// Problem: the same table comes with commas, semicolons or tabs, with or without a byte order mark, with any line break
//          and its columns in any order. An error must be reported with its line, not guessed away.
// Use:     csv_reader reader({.columns = columns}, [](const csv_record& row) -> result<> { row[0] ... });
//          TRY(reader.feed(bytes)) ... TRY(reader.finish());          // pieces of any size
//          csv_writer writer({.excel = true});  file << writer.begin() << writer.record(names) << writer.record(row);
// Reads:   RFC 4180 in UTF-8. The header line sets the separator, or `sep=;` above it; lines end with LF, CRLF
//          or CR; names of columns are trimmed and their case does not matter; empty lines count, but are no records.
// Excel:   reads any text that begins with = + - @ as a formula. With `excel` the writer sets a byte order mark, and an
//          apostrophe before text that begins with one of those, tab, CR or LF; numbers stay as they are. Text that
//          begins with apostrophes and then one of those gets one more. The reader removes one apostrophe again, but
//          only in a file with a byte order mark: other files are plain RFC 4180 and are read literally.
// Bounds:  lines_max lines, field_bytes_max a field, as many fields as the header; memory holds one record.
// Errors:  22P04 with the line (the first is 1) where the error begins; after an error the reader takes no more bytes.
//          An error of on_record passes unchanged.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::base {

struct csv_column {
    std::string_view name;
    bool is_required = true;  // the file must have the column; its fields may be empty
};

// Fields in the order of csv_reader_params::columns, not of the file. The views end with the call.
struct csv_record {
    std::size_t line = 0;  // the record's first line
    std::span<const std::string_view> fields;
    std::span<const csv_column> columns;  // of the fields: the requested ones, then those with the open prefix

    [[nodiscard]] std::string_view operator[](std::size_t column) const { return fields[column]; }
    // True if the file has the column.
    [[nodiscard]] bool has(std::size_t column) const { return fields[column].data() != nullptr; }
};

struct csv_reader_params {
    std::vector<csv_column> columns;
    std::string_view open_prefix;  // prefix of additional columns that the file may have ("property:"); empty: none
    std::string source;            // the file's name, for messages; may be empty
    std::size_t lines_max = 1'000'000;
    std::size_t field_bytes_max = std::size_t{1024} * 1024;
};

class csv_reader {
  public:
    csv_reader(csv_reader_params params, std::function<result<>(const csv_record&)> on_record);
    ~csv_reader();
    csv_reader(const csv_reader&) = delete;
    csv_reader& operator=(const csv_reader&) = delete;

    result<> feed(std::string_view bytes);
    // Ends the file; fails if it was empty.
    result<> finish();

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

struct csv_writer_params {
    char separator = ',';  // or ; or tab
    bool excel = false;
};

class csv_writer {
  public:
    explicit csv_writer(csv_writer_params params = {}) : params_(params) {}

    // Bytes before the header: none, or the byte order mark.
    [[nodiscard]] std::string_view begin() const;
    // One record with its line break (CRLF). Needs at least one field; fields are UTF-8 without zero bytes.
    [[nodiscard]] std::string record(std::span<const std::string> fields) const;

  private:
    csv_writer_params params_;
};

}  // namespace sluice::base
