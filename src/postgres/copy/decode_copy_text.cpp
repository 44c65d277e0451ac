// COPY's text format: delimiters, backslash escapes, NULL as a special text.
#include <array>
#include <cstring>
#include <utility>

#include "postgres/copy/decode_copy_lines.hpp"
#include "postgres/copy/decode_copy_scan.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

constexpr int no_digit = -1;

constexpr int digit_of(char c, int radix) {
    const int digit = base::hex_digit(c);
    return digit < radix ? digit : no_digit;
}

class text_tokenizer final : public line_tokenizer {
  public:
    using line_tokenizer::line_tokenizer;

  protected:
    result<const char*> split(const char* first, const char* last, bool at_end, copy_rows& rows) override {
        special_cursor cursor(first, last, {layout_.delimiter, '\n', '\r', '\\', '\\'});
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
            if (std::exchange(after_backslash_, false)) {
                continue;
            }
            if (c == '\\') {
                after_backslash_ = true;
            } else if (c == '\n' || (c == '\r' && carriage_return_ends())) {
                return i + 1;
            } else if (c == '\r' && newline_may_follow()) {
                after_carriage_return_ = true;
            }
        }
        return std::nullopt;
    }

    void forget_row_end() override {
        after_backslash_ = false;
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
        const char* field = row;
        bool escaped = false;
        const auto add_field = [&](const char* end) {
            if (count < columns) {
                fields[count] = read_field(field, end, escaped, rows);
            }
            ++count;
            field = end + 1;
            escaped = false;
        };
        for (;;) {
            const char* const at = cursor.next();
            if (at == last) {
                if (!at_end) {
                    return nullptr;
                }
                add_field(last);
                TRY(end_row({row, last}, count, rows));
                return last;
            }
            if (at < skip) {
                continue;
            }
            if (*at == layout_.delimiter) {
                add_field(at);
            } else if (*at == '\\') {
                escaped = true;
                skip = at + 2;
                if (skip <= last && at[1] == '.') [[unlikely]] {
                    return read_end_marker(at, row, last, at_end);
                }
            } else {
                TRY_ASSIGN(const char* const next, read_line_end(at, last, at_end));
                if (next == nullptr) {
                    return nullptr;
                }
                add_field(at);
                TRY(end_row({row, at}, count, rows));
                skip = next;
                return next;
            }
        }
    }

    // `\.` alone on its line ends the data; elsewhere it is an error.
    result<const char*> read_end_marker(const char* at, const char* row, const char* last, bool at_end) {
        const char* const behind = at + 2;
        if (behind == last && !at_end) {
            return nullptr;
        }
        if (at != row || (behind != last && *behind != '\n' && *behind != '\r')) {
            return fail_line("end-of-copy marker corrupt");
        }
        ended_ = true;
        return last;
    }

    copy_field read_field(const char* first, const char* last, bool escaped, copy_rows& rows) {
        const auto size = static_cast<std::size_t>(last - first);
        if (size == layout_.null_text.size() && std::memcmp(first, layout_.null_text.data(), size) == 0) {
            return {};
        }
        return escaped ? unescape(first, last, rows) : copy_field{.data = first, .size = size};
    }

    copy_field unescape(const char* at, const char* last, copy_rows& rows) {
        char* const start = unescaped_.reserve(static_cast<std::size_t>(last - at));
        char* out = start;
        while (at != last) {
            const char c = *at++;
            if (c != '\\' || at == last) {
                *out++ = c;
                continue;
            }
            *out++ = unescape_one(at, last, rows);
        }
        const auto size = static_cast<std::size_t>(out - start);
        unescaped_.commit(size);
        return {.data = start, .size = size};
    }

    // Reads the characters behind a backslash.
    static char unescape_one(const char*& at, const char* last, copy_rows& rows) {
        const char c = *at++;
        switch (c) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case 'x':
                return at != last && digit_of(*at, 16) != no_digit ? read_code(at, last, 16, 2, rows) : c;
            default:
                break;
        }
        if (digit_of(c, 8) == no_digit) {
            return c;
        }
        --at;
        return read_code(at, last, 8, 3, rows);
    }

    static char read_code(const char*& at, const char* last, int base, int digits_max, copy_rows& rows) {
        int code = 0;
        for (int i = 0; i < digits_max && at != last && digit_of(*at, base) != no_digit; ++i) {
            code = code * base + digit_of(*at++, base);
        }
        code &= 0xff;
        if (code == 0 || code > 0x7f) {
            rows.set_not_plain();
        }
        return static_cast<char>(code);
    }

    bool after_backslash_ = false;
    bool after_carriage_return_ = false;
};

}  // namespace

std::unique_ptr<copy_tokenizer> make_copy_text_tokenizer(copy_layout layout) {
    return std::make_unique<text_tokenizer>(std::move(layout));
}

}  // namespace sluice::postgres
