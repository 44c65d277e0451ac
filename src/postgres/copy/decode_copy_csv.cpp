// COPY's csv format: quoted fields with any bytes in them; quotes tell an empty string from NULL.
#include <cstring>
#include <utility>

#include "postgres/copy/decode_copy_lines.hpp"
#include "postgres/copy/decode_copy_scan.hpp"

namespace sluice::postgres {
namespace {

// The state of the field that is being read.
struct csv_field {
    const char* first;
    const char* closing_quote = nullptr;
    bool quoted = false;  // at least a part of it
    bool in_quote = false;
    bool complex = false;  // quotes inside the field, or escapes
};

class csv_tokenizer final : public line_tokenizer {
  public:
    explicit csv_tokenizer(copy_layout layout)
        : line_tokenizer(std::move(layout)), doubled_quotes_(layout_.escape == layout_.quote) {}

  protected:
    result<const char*> split(const char* first, const char* last, bool at_end, copy_rows& rows) override {
        special_cursor cursor(first, last, {layout_.delimiter, '\n', '\r', layout_.quote, layout_.escape});
        auto rest = split_rows(cursor, first, last, at_end, rows);
        if (!cursor.plain()) {
            rows.set_not_plain();  // also when a row is bad: the rows before it count
        }
        return rest;
    }

    std::optional<std::size_t> find_row_end(std::string_view bytes) override {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const char c = bytes[i];
            if (std::exchange(after_carriage_return_, false)) {
                return c == '\n' ? i + 1 : i;
            }
            const bool escaped = std::exchange(after_escape_, false);
            if (in_quote_) {
                if (c == layout_.escape && !doubled_quotes_) {
                    after_escape_ = !escaped;
                    if (c != layout_.quote) {
                        continue;
                    }
                }
                in_quote_ = c != layout_.quote || escaped;
            } else if (c == layout_.quote) {
                in_quote_ = true;
            } else if (c == '\n' || (c == '\r' && carriage_return_ends())) {
                return i + 1;
            } else if (c == '\r' && newline_may_follow()) {
                after_carriage_return_ = true;
            }
        }
        return std::nullopt;
    }

    void forget_row_end() override {
        in_quote_ = false;
        after_escape_ = false;
        after_carriage_return_ = false;
    }

  private:
    result<const char*> split_rows(special_cursor& cursor, const char* first, const char* last, bool at_end,
                                   copy_rows& rows) {
        const char* row = first;
        const char* skip = first;  // the end of the bytes read together with the preceding special
        while (!rows.full() && row != last && !ended_) {
            TRY_ASSIGN(const char* const next, split_row(cursor, skip, row, last, at_end, rows));
            if (next == nullptr) {
                break;
            }
            row = next;
        }
        return row;
    }

    // The start of the next row; null when this row is not complete.
    result<const char*> split_row(special_cursor& cursor, const char*& skip, const char* row, const char* last,
                                  bool at_end, copy_rows& rows) {
        copy_field* const fields = rows.next_row();
        const std::size_t columns = layout_.columns.size();
        std::size_t count = 0;
        std::uint64_t lines_inside = 0;
        csv_field field{.first = row};
        const auto add_field = [&](const char* end) {
            if (count < columns) {
                fields[count] = read_field(field, end, count);
            }
            ++count;
            field = {.first = end + 1};
        };
        for (;;) {
            const char* const at = cursor.next();
            if (at == last) {
                if (!at_end) {
                    return nullptr;
                }
                line_ += lines_inside;
                if (field.in_quote) {
                    return fail_unterminated({row, last});
                }
                add_field(last);
                TRY(end_row({row, last}, count, rows));
                return last;
            }
            if (at < skip) {
                continue;
            }
            if (field.in_quote) {
                read_quoted(field, at, last, skip);
                lines_inside += *at == (carriage_return_ends() ? '\r' : '\n') ? 1U : 0U;
            } else if (*at == layout_.delimiter) {
                add_field(at);
            } else if (*at == layout_.quote) {
                open_quote(field, at);
            } else if (*at == '\n' || *at == '\r') {
                TRY_ASSIGN(const char* const next, read_line_end(at, last, at_end));
                if (next == nullptr) {
                    return nullptr;
                }
                skip = next;
                if (count == 0 && std::string_view(row, at) == "\\.") {
                    ended_ = true;
                    return next;
                }
                line_ += lines_inside;
                add_field(at);
                TRY(end_row({row, at}, count, rows));
                return next;
            }
        }
    }

    static void open_quote(csv_field& field, const char* at) {
        field.complex = field.complex || field.quoted || at != field.first;
        field.quoted = true;
        field.in_quote = true;
    }

    // A quote or an escape inside quotes: an escaped one is data, a lone quote ends them.
    void read_quoted(csv_field& field, const char* at, const char* last, const char*& skip) const {
        if (*at == layout_.escape && at + 1 != last && (at[1] == layout_.quote || at[1] == layout_.escape)) {
            field.complex = true;
            skip = at + 2;
        } else if (*at == layout_.quote) {
            field.in_quote = false;
            field.closing_quote = at;
        }
    }

    copy_field read_field(const csv_field& field, const char* last, std::size_t column) {
        if (!field.quoted) {
            const copy_field plain{.data = field.first, .size = static_cast<std::size_t>(last - field.first)};
            return is_null_text(plain) && !forced(column, copy_layout::null_rule::force_not_null) ? copy_field{}
                                                                                                  : plain;
        }
        const copy_field inner =
            field.complex || field.closing_quote + 1 != last
                ? unquote(field.first, last)
                : copy_field{.data = field.first + 1,
                             .size = static_cast<std::size_t>(field.closing_quote - field.first - 1)};
        return is_null_text(inner) && forced(column, copy_layout::null_rule::force_null) ? copy_field{} : inner;
    }

    [[nodiscard]] bool is_null_text(const copy_field& field) const {
        return field.size == layout_.null_text.size() &&
               std::memcmp(field.data, layout_.null_text.data(), field.size) == 0;
    }
    [[nodiscard]] bool forced(std::size_t column, copy_layout::null_rule rule) const {
        if (layout_.null_rules.empty()) {
            return false;
        }
        return layout_.null_rules[column] == rule || layout_.null_rules[column] == copy_layout::null_rule::force_both;
    }

    copy_field unquote(const char* at, const char* last) {
        char* const start = unescaped_.reserve(static_cast<std::size_t>(last - at));
        char* out = start;
        bool in_quote = false;
        for (; at != last; ++at) {
            if (in_quote && *at == layout_.escape && at + 1 != last &&
                (at[1] == layout_.quote || at[1] == layout_.escape)) {
                *out++ = *++at;
            } else if (*at == layout_.quote) {
                in_quote = !in_quote;
            } else {
                *out++ = *at;
            }
        }
        const auto size = static_cast<std::size_t>(out - start);
        unescaped_.commit(size);
        return {.data = start, .size = size};
    }

    [[nodiscard]] std::unexpected<error> fail_unterminated(std::string_view row) const {
        auto failure = fail_line("unterminated CSV quoted field");
        failure.error().context = copy_row_context(layout_.relation, line_ + 1, row);
        return failure;
    }

    bool doubled_quotes_;
    bool in_quote_ = false;
    bool after_escape_ = false;
    bool after_carriage_return_ = false;
};

}  // namespace

std::unique_ptr<copy_tokenizer> make_copy_csv_tokenizer(copy_layout layout) {
    return std::make_unique<csv_tokenizer>(std::move(layout));
}

}  // namespace sluice::postgres
