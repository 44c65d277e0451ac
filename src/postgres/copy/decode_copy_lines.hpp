// decode_copy_lines.hpp - the common part of COPY's text and csv formats: lines, line ends, headers, incomplete rows.
//
// Use:     derive, and implement split() for whole rows in one piece of memory and find_row_end() for rows in several.
// Order:   an incomplete row is kept in pending_; find_row_end() goes on where it stopped, so that every byte is read
//          twice at most, however small the messages are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgres/copy/decode_copy.hpp"
#include "postgres/copy/decode_copy_arena.hpp"

namespace sluice::postgres {

class line_tokenizer : public copy_tokenizer {
  public:
    explicit line_tokenizer(copy_layout layout);

    result<> read(std::string_view& bytes, copy_rows& rows) final;
    result<> finish(copy_rows& rows) final;

  protected:
    // The line end; the first one decides for all, as in PostgreSQL.
    enum class line_end : std::uint8_t { unknown, newline, carriage_return, both };

    // Takes complete rows from `first` on until there are no more or `rows` is full; returns the start of the rest.
    // `at_end`: `last` ends the last row, too.
    virtual result<const char*> split(const char* first, const char* last, bool at_end, copy_rows& rows) = 0;
    // The number of bytes up to the end of the row whose front pending_ holds; nullopt when `bytes` does not contain
    // it.
    [[nodiscard]] virtual std::optional<std::size_t> find_row_end(std::string_view bytes) = 0;
    virtual void forget_row_end() = 0;

    // The start of the next row behind the line end at `at`, a '\n' or '\r' outside quotes. Null: more bytes are
    // needed.
    result<const char*> read_line_end(const char* at, const char* last, bool at_end);
    // For find_row_end: a '\r' was read, and a '\n' behind it may belong to it.
    [[nodiscard]] bool newline_may_follow() const {
        return line_end_ == line_end::unknown || line_end_ == line_end::both;
    }
    [[nodiscard]] bool carriage_return_ends() const { return line_end_ == line_end::carriage_return; }

    // Ends a row whose fields are in rows.next_row(): counts them, handles a header, or makes the row one of `rows`.
    result<> end_row(std::string_view row, std::size_t fields, copy_rows& rows) {
        ++line_;
        if (fields != layout_.columns.size() || header_pending_) [[unlikely]] {
            return end_odd_row(row, fields, rows);
        }
        rows.commit_row(line_);
        return {};
    }

    [[nodiscard]] std::unexpected<error> fail_line(std::string message, std::string hint = {}) const;

    copy_layout layout_;
    copy_arena unescaped_;
    std::uint64_t line_ = 0;  // the last line whose end was read
    bool ended_ = false;      // `\.` was read; the rest is ignored

  private:
    result<> end_odd_row(std::string_view row, std::size_t fields, copy_rows& rows);
    result<> check_header(std::string_view row, std::size_t fields, const copy_field* names) const;
    [[nodiscard]] std::unexpected<error> fail_row(std::string message, std::string_view row) const;
    result<> read_cut_row(std::string_view& bytes, copy_rows& rows);
    result<> keep(std::string_view bytes);

    bool header_pending_;
    line_end line_end_ = line_end::unknown;
    std::string pending_;  // the front of a row whose end has not come yet
    std::string joined_;   // the joined row that `rows` points into
};

[[nodiscard]] std::unique_ptr<copy_tokenizer> make_copy_text_tokenizer(copy_layout layout);
[[nodiscard]] std::unique_ptr<copy_tokenizer> make_copy_csv_tokenizer(copy_layout layout);
[[nodiscard]] std::unique_ptr<copy_tokenizer> make_copy_binary_tokenizer(copy_layout layout);
// 54000 for a row of more than layout.row_bytes_max bytes.
[[nodiscard]] error copy_row_too_long(const copy_layout& layout, std::uint64_t line);

}  // namespace sluice::postgres
