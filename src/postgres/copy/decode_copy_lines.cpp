#include "postgres/copy/decode_copy_lines.hpp"

#include <utility>

#include "base/text/utf8.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::postgres {
namespace {

constexpr std::size_t context_bytes_max = 100;

}  // namespace

std::string copy_context(std::string_view relation, std::uint64_t line) {
    return "COPY " + std::string(relation) + ", line " + std::to_string(line);
}

std::string copy_row_context(std::string_view relation, std::uint64_t line, std::string_view row) {
    return copy_context(relation, line) + ": \"" + quotable(row, context_bytes_max) + "\"";
}

std::string copy_column_context(std::string_view relation, std::uint64_t line, std::string_view column) {
    return copy_context(relation, line) + ", column " + std::string(column);
}

std::string copy_value_context(std::string_view relation, std::uint64_t line, std::string_view column,
                               std::string_view value) {
    return copy_column_context(relation, line, column) + ": \"" + quotable(value, context_bytes_max) + "\"";
}

error copy_row_too_long(const copy_layout& layout, std::uint64_t line) {
    return {.code = sqlstates::program_limit_exceeded,
            .message = "row of COPY data is longer than " + std::to_string(layout.row_bytes_max) + " bytes",
            .context = copy_context(layout.relation, line)};
}

std::unique_ptr<copy_tokenizer> make_copy_tokenizer(copy_layout layout) {
    switch (layout.is) {
        case copy_layout::format::text:
            return make_copy_text_tokenizer(std::move(layout));
        case copy_layout::format::csv:
            return make_copy_csv_tokenizer(std::move(layout));
        case copy_layout::format::binary:
            break;
    }
    return make_copy_binary_tokenizer(std::move(layout));
}

line_tokenizer::line_tokenizer(copy_layout layout)
    : layout_(std::move(layout)), header_pending_(layout_.header || layout_.header_match) {}

result<> line_tokenizer::read(std::string_view& bytes, copy_rows& rows) {
    rows.clear();
    unescaped_.clear();
    if (!pending_.empty() && !ended_) {
        TRY(read_cut_row(bytes, rows));
    }
    if (ended_ || bytes.empty() || rows.full()) {
        bytes = ended_ ? std::string_view() : bytes;
        return {};
    }
    const char* const last = bytes.data() + bytes.size();
    TRY_ASSIGN(const char* const rest, split(bytes.data(), last, false, rows));
    bytes = std::string_view(rest, static_cast<std::size_t>(last - rest));
    if (ended_) {
        bytes = {};
    } else if (!rows.full()) {
        TRY(keep(std::exchange(bytes, {})));
        forget_row_end();
        static_cast<void>(find_row_end(pending_));  // so that the next search goes on behind it
    }
    return {};
}

result<> line_tokenizer::read_cut_row(std::string_view& bytes, copy_rows& rows) {
    const std::optional<std::size_t> end = find_row_end(bytes);
    TRY(keep(bytes.substr(0, end.value_or(bytes.size()))));
    bytes.remove_prefix(end.value_or(bytes.size()));
    if (!end) {
        return {};
    }
    joined_.clear();
    joined_.swap(pending_);
    TRY(split(joined_.data(), joined_.data() + joined_.size(), true, rows));
    return {};
}

result<> line_tokenizer::finish(copy_rows& rows) {
    rows.clear();
    unescaped_.clear();
    if (pending_.empty() || ended_) {
        return {};
    }
    joined_.clear();
    joined_.swap(pending_);
    TRY(split(joined_.data(), joined_.data() + joined_.size(), true, rows));
    return {};
}

result<> line_tokenizer::keep(std::string_view bytes) {
    if (bytes.size() > layout_.row_bytes_max - pending_.size()) {
        return fail(copy_row_too_long(layout_, line_ + 1));
    }
    pending_.append(bytes);
    return {};
}

result<const char*> line_tokenizer::read_line_end(const char* at, const char* last, bool at_end) {
    const bool newline = *at == '\n';
    const bool csv = layout_.is == copy_layout::format::csv;
    line_end found = newline ? line_end::newline : line_end::carriage_return;
    if (!newline && newline_may_follow()) {
        if (at + 1 == last && !at_end) {
            return nullptr;
        }
        if (at + 1 != last && at[1] == '\n') {
            found = line_end::both;
        }
    }
    if (line_end_ == line_end::unknown) {
        line_end_ = found;
    }
    if (found != line_end_) {
        if (newline) {
            return csv ? fail_line("unquoted newline found in data", "Use quoted CSV field to represent newline.")
                       : fail_line("literal newline found in data", "Use \"\\n\" to represent newline.");
        }
        return csv ? fail_line("unquoted carriage return found in data",
                               "Use quoted CSV field to represent carriage return.")
                   : fail_line("literal carriage return found in data", "Use \"\\r\" to represent carriage return.");
    }
    return at + (found == line_end::both ? 2 : 1);
}

result<> line_tokenizer::end_odd_row(std::string_view row, std::size_t fields, copy_rows& rows) {
    if (header_pending_) {
        header_pending_ = false;
        return layout_.header_match ? check_header(row, fields, rows.next_row()) : result<>();
    }
    if (fields > layout_.columns.size()) {
        return fail_row("extra data after last expected column", row);
    }
    return fail_row("missing data for column \"" + layout_.columns[fields] + "\"", row);
}

result<> line_tokenizer::check_header(std::string_view row, std::size_t fields, const copy_field* names) const {
    if (fields != layout_.columns.size()) {
        return fail_row("wrong number of fields in header line: got " + std::to_string(fields) + ", expected " +
                            std::to_string(layout_.columns.size()),
                        row);
    }
    for (std::size_t i = 0; i < fields; ++i) {
        const std::string& expected = layout_.columns[i];
        if (!names[i].is_null() && names[i].view() == expected) {
            continue;
        }
        TRY(base::check_utf8(names[i].view()));  // before a message quotes it
        std::string message = "column name mismatch in header line field " + std::to_string(i + 1) + ": got ";
        message +=
            names[i].is_null() ? "null value (\"" + layout_.null_text + "\")" : "\"" + quotable(names[i].view()) + "\"";
        message += ", expected \"" + expected + "\"";
        return fail_row(std::move(message), row);
    }
    return {};
}

std::unexpected<error> line_tokenizer::fail_line(std::string message, std::string hint) const {
    return fail(error{.code = sqlstates::bad_copy_file_format,
                      .message = std::move(message),
                      .hint = std::move(hint),
                      .context = copy_context(layout_.relation, line_ + 1)});
}

std::unexpected<error> line_tokenizer::fail_row(std::string message, std::string_view row) const {
    if (auto valid = base::check_utf8(row); !valid) {
        return fail(std::move(valid).error().with_context(copy_context(layout_.relation, line_)));
    }
    return fail(error{.code = sqlstates::bad_copy_file_format,
                      .message = std::move(message),
                      .context = copy_row_context(layout_.relation, line_, row)});
}

}  // namespace sluice::postgres
