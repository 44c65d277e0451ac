#include <algorithm>
#include <csv.h>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "base/core/assert.hpp"
#include "base/csv/csv.hpp"
#include "base/csv/csv_bytes.hpp"
#include "base/csv/csv_header.hpp"
#include "base/text/utf8.hpp"

namespace sluice::base {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} * 1024;  // bytes passed to the parser at a time
constexpr std::size_t header_fields_max = 1000;
constexpr const char* how_to_save = "save the file as \"CSV UTF-8\"";

std::unexpected<error> invalid(std::string message, std::string hint = {}) {
    return fail({.code = sqlstates::bad_copy_file_format, .message = std::move(message), .hint = std::move(hint)});
}

bool is_break(char c) {
    return c == '\n' || c == '\r';
}

}  // namespace

class csv_reader::impl {
  public:
    impl(csv_reader_params params, std::function<result<>(const csv_record&)> on_record)
        : params_(std::move(params)), on_record_(std::move(on_record)) {
        SLUICE_ASSERT(csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) == 0);
        csv_set_blk_size(&parser_, 4096);
        csv_set_space_func(&parser_, [](unsigned char) { return 0; });  // RFC 4180: spaces are part of a field
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { csv_free(&parser_); }

    result<> feed(std::string_view bytes) {
        return once([&]() -> result<> {
            while (!bytes.empty()) {
                const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size() - 1) + 1;
                const auto piece = bytes.substr(0, std::min(end, piece_bytes));
                TRY(take(piece));
                bytes.remove_prefix(piece.size());
            }
            return {};
        });
    }

    result<> finish() {
        return once([&]() -> result<> {
            if (watch_.bytes_open() != 0) {
                return refuse_byte(byte_ - watch_.bytes_open() + 1, "not UTF-8");
            }
            if (!is_started_) {
                TRY(begin_table());
            }
            if (csv_fini(&parser_, on_field, on_row, this) != 0) {
                return refuse(field_line_, "a field in quotes has no closing quote");
            }
            TRY(end_record());
            if (positions_.empty()) {
                return invalid(fmt::format("{}the file is empty", named("")));
            }
            return {};
        });
    }

  private:
    // After an error no more bytes are read.
    template <typename Work>
    result<> once(Work work) {
        if (broken_) {
            return std::unexpected(*broken_);
        }
        auto done = work();
        if (!done) {
            broken_ = done.error();
        }
        return done;
    }

    [[nodiscard]] std::string named(std::string_view place) const {
        return fmt::format("{}{}{}{}", params_.source, params_.source.empty() || place.empty() ? "" : ", ", place,
                           params_.source.empty() && place.empty() ? "" : ": ");
    }
    [[nodiscard]] std::unexpected<error> refuse(std::size_t line, std::string_view what, std::string hint = {}) const {
        return invalid(named(fmt::format("line {}", line)).append(what), std::move(hint));
    }
    [[nodiscard]] std::unexpected<error> refuse_byte(std::size_t byte, std::string_view what) const {
        return invalid(named(fmt::format("line {}, byte {}", line_, byte)).append(what), how_to_save);
    }

    // A piece holds at most one line break, as its last byte.
    result<> take(std::string_view piece) {
        const bool is_second_half = is_after_cr_ && piece == "\n";  // of a CRLF
        if (line_ > params_.lines_max && !is_second_half) {
            return invalid(named("").append(fmt::format("more than {} lines", params_.lines_max)));
        }
        // The first error in the file is reported first, however the pieces are cut.
        const auto [good, checked] = check_bytes(piece);
        if (good != 0) {
            TRY(is_started_ ? parse(piece.substr(0, good)) : begin(piece.substr(0, good)));
        }
        TRY(checked);
        is_after_cr_ = piece.back() == '\r';
        if (is_break(piece.back())) {
            line_ += is_second_half ? 0 : 1;
            byte_ = 0;
        }
        return {};
    }

    // The number of bytes that may be parsed, and the error of the next one.
    std::pair<std::size_t, result<>> check_bytes(std::string_view piece) {
        for (std::size_t at = 0; at < piece.size(); ++at) {
            if (auto checked = check_byte(piece[at]); !checked) {
                return {at, std::move(checked)};
            }
        }
        return {piece.size(), {}};
    }

    result<> check_byte(char byte) {
        ++byte_;
        const auto open = watch_.bytes_open();
        if (line_ == 1 && byte_ <= 2 && (byte == '\0' || byte == '\xfe' || byte == '\xff')) {
            return invalid(named("").append("the file is UTF-16, not UTF-8"), how_to_save);
        }
        if (byte == '\0') {
            return refuse_byte(byte_, "a zero byte, which no text has");
        }
        return watch_.take(byte) ? result<>() : refuse_byte(byte_ - open, "not UTF-8");
    }

    result<> begin(std::string_view piece) {
        head_.append(piece);
        if (head_.size() > params_.field_bytes_max) {
            return refuse(line_, fmt::format("the header is longer than {} bytes", params_.field_bytes_max));
        }
        return is_break(piece.back()) ? begin_table() : result<>();
    }

    // The first lines are in head_: the header, or `sep=` above it.
    result<> begin_table() {
        std::string_view line = head_;
        if (line_ == 1 && line.starts_with(byte_order_mark)) {
            has_mark_ = true;
            line.remove_prefix(byte_order_mark.size());
        }
        const auto words = line.substr(0, line.find_last_not_of("\r\n") + 1);
        if (words.starts_with("sep=") && words.size() == 5) {
            if (!std::string_view(",;\t").contains(words[4])) {
                return refuse(line_, "the separator must be a comma, a semicolon or a tab");
            }
            separator_ = words[4];
        } else if (!words.empty()) {
            csv_set_delim(&parser_, static_cast<unsigned char>(separator_.value_or(separator_of(words))));
            is_started_ = true;
            TRY(parse(line));
        }
        head_.clear();
        return {};
    }

    result<> parse(std::string_view piece) {
        if (!is_in_record_ && !is_break(piece.front())) {
            is_in_record_ = true;
            record_line_ = field_line_ = line_;
        }
        const auto parsed = csv_parse(&parser_, piece.data(), piece.size(), on_field, on_row, this);
        if (refusal_) {
            return std::unexpected(*refusal_);
        }
        if (parser_.entry_pos > params_.field_bytes_max + 1) {  // the last byte may be a closing quote
            return refuse_length();
        }
        if (parsed != piece.size()) {
            if (csv_error(&parser_) != CSV_EPARSE) {
                return fail(sqlstates::out_of_memory, named(fmt::format("line {}", line_)).append("out of memory"));
            }
            return refuse(line_,
                          parser_.quoted != 0 ? "text after the closing quote of a field"
                                              : "a quote inside a field that does not begin with one",
                          "put the field in quotes, and write each quote in it twice");
        }
        return is_row_done_ ? end_record() : result<>();
    }

    [[nodiscard]] std::unexpected<error> refuse_length() const {
        return refuse(field_line_, fmt::format("a field of more than {} bytes", params_.field_bytes_max),
                      "perhaps its closing quote is missing");
    }

    static void on_field(void* bytes, std::size_t size, void* self) noexcept {
        auto& me = *static_cast<impl*>(self);
        const auto fields_max = me.positions_.empty() ? header_fields_max : me.positions_.size();
        if (me.refusal_) {
            return;
        }
        if (size > me.params_.field_bytes_max) {
            me.refusal_ = me.refuse_length().error();
        } else if (me.ends_.size() == fields_max) {
            me.refusal_ = me.refuse(me.record_line_, fmt::format("more than {} fields", fields_max)).error();
        }
        if (size != 0) {
            me.text_.append(static_cast<const char*>(bytes), size);
        }
        me.ends_.push_back(me.text_.size());
        me.field_line_ = me.line_;
    }
    static void on_row(int /*last*/, void* self) noexcept { static_cast<impl*>(self)->is_row_done_ = true; }

    result<> end_record() {
        if (!std::exchange(is_row_done_, false)) {
            return {};
        }
        fields_.clear();
        std::size_t begin = 0;
        for (const auto end : ends_) {
            fields_.push_back(std::string_view(text_).substr(begin, end - begin));
            begin = end;
        }
        const auto done = positions_.empty() ? take_header() : take_record();
        text_.clear();
        ends_.clear();
        is_in_record_ = false;
        return done;
    }

    result<> take_header() {
        columns_ = params_.columns;
        const auto open = open_names(params_.open_prefix, fields_);
        open_names_.assign(open.begin(), open.end());
        for (const std::string& name : open_names_) {
            // A repeated column is found twice under the same name, which match_header() refuses.
            columns_.push_back({.name = name});
        }
        auto matched = match_header(columns_, fields_);
        if (!matched) {
            return refuse(record_line_, matched.error().message, matched.error().hint);
        }
        positions_ = std::move(*matched);
        return {};
    }

    result<> take_record() {
        if (fields_.size() != positions_.size()) {
            return refuse(record_line_, fmt::format("{} field{}, but the header has {}", fields_.size(),
                                                    fields_.size() == 1 ? "" : "s", positions_.size()));
        }
        ordered_.assign(columns_.size(), std::string_view());
        for (std::size_t at = 0; at < fields_.size(); ++at) {
            auto field = fields_[at];
            if (has_mark_ && field.starts_with('\'') && looks_like_formula(field)) {
                field.remove_prefix(1);
            }
            ordered_[positions_[at]] = field;
        }
        return on_record_({.line = record_line_, .fields = ordered_, .columns = columns_});
    }

    const csv_reader_params params_;
    std::vector<std::string> open_names_;
    std::vector<csv_column> columns_;  // params_.columns, then the columns of open_names_
    const std::function<result<>(const csv_record&)> on_record_;
    csv_parser parser_{};
    std::optional<error> broken_;

    utf8_watch watch_;
    std::size_t line_ = 1;
    std::size_t byte_ = 0;  // of the line, the last one checked
    bool is_after_cr_ = false;

    std::string head_;
    bool has_mark_ = false;
    bool is_started_ = false;  // the separator is known
    std::optional<char> separator_;

    bool is_in_record_ = false;
    bool is_row_done_ = false;
    std::optional<error> refusal_;  // set by a callback of the parser
    std::size_t record_line_ = 1;
    std::size_t field_line_ = 1;          // the line where the current field began
    std::string text_;                    // the fields of the record, one after the other
    std::vector<std::size_t> ends_;       // the end of each field in text_
    std::vector<std::size_t> positions_;  // per file column: index in params_.columns; empty before the header
    std::vector<std::string_view> fields_;
    std::vector<std::string_view> ordered_;
};

csv_reader::csv_reader(csv_reader_params params, std::function<result<>(const csv_record&)> on_record)
    : impl_(std::make_unique<impl>(std::move(params), std::move(on_record))) {}
csv_reader::~csv_reader() = default;

result<> csv_reader::feed(std::string_view bytes) {
    return impl_->feed(bytes);
}

result<> csv_reader::finish() {
    return impl_->finish();
}

}  // namespace sluice::base
