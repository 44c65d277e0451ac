// to_number: numbers read by a template.
#include <algorithm>
#include <fmt/format.h>

#include "engines/duckdb/functions/formats/format_number_picture.hpp"
#include "engines/duckdb/functions/numbers/number.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::duckdb {
namespace {

using enum number_key;

// The text read: a blank or a sign, then digits and perhaps a point.
class number_reader {
  public:
    number_reader(const number_picture& picture, std::string_view input) : picture_(picture), input_(input) {}

    std::string read() {
        for (const number_node& node : picture_.nodes) {
            if (at_end()) {
                break;
            }
            if (node.is != number_node::kind::field) {
                skip_character();
            } else {
                read_field(node.field->key);
            }
        }
        if (digits_.ends_with('.')) {
            digits_.pop_back();
        }
        return sign_ + digits_;
    }
    [[nodiscard]] int places() const { return after_; }

  private:
    [[nodiscard]] bool at_end() const { return at_ >= input_.size(); }
    [[nodiscard]] char front() const { return at_ < input_.size() ? input_[at_] : '\0'; }

    void skip_character() {
        if (!at_end()) {
            at_ += character_bytes(input_.substr(at_));
        }
    }
    // Characters that cannot belong to a number.
    void skip_others(int count) {
        constexpr std::string_view of_numbers = "0123456789.,+-";
        for (; count > 0 && !at_end() && !of_numbers.contains(front()); --count) {
            skip_character();
        }
    }

    void read_field(number_key key) {
        switch (key) {
            case nine:
            case zero:
            case point:
            case local_point:
                read_place(key);
                ++at_;
                return;
            case comma:
            case group:
                // There are no digits yet, as far as this goes: to_number never counts them here.
                if (!picture_.fills && front() == ',') {
                    ++at_;
                }
                return;
            case currency:
                return skip_others(1);
            case ordinal:
                if (!picture_.is_roman && sign_ != '-' && !picture_.has_point) {
                    skip_others(2);
                }
                return;
            case minus:
                return read_sign("-");
            case plus:
                return read_sign("+");
            case sign:
                return read_sign("-+");
            default:
                return;
        }
    }
    void read_sign(std::string_view signs) {
        if (signs.contains(front())) {
            sign_ = front();
            ++at_;
        } else {
            skip_others(1);
        }
    }

    void read_place(number_key key) {
        at_ += front() == ' ' ? 1 : 0;
        if (at_end()) {
            return;
        }
        if (sign_ == ' ' && (key == nine || key == zero) && before_ + after_ == 0) {
            read_front_sign();
        }
        if (at_end()) {
            return;
        }
        bool has_read = false;
        if (base::is_digit(front())) {
            if (has_point_ && after_ == picture_.after) {
                return;
            }
            digits_ += front();
            ++(has_point_ ? after_ : before_);
            has_read = true;
        } else if (picture_.has_point && !has_point_ && front() == '.') {
            digits_ += '.';
            has_point_ = true;
            has_read = true;
        }
        if (sign_ == ' ' && before_ + after_ > 0) {
            read_back_sign(has_read);
        }
    }
    void read_front_sign() {
        const char c = front();
        if (c == '-' || (c == '<' && picture_.has_brackets)) {
            sign_ = '-';
            ++at_;
        } else if (c == '+') {
            sign_ = '+';
            ++at_;
        }
    }
    // Behind a digit that is perhaps the last.
    void read_back_sign(bool has_read) {
        if (picture_.has_local_sign) {
            const char next = at_ + 1 < input_.size() ? input_[at_ + 1] : '\0';
            if (has_read && (next == '-' || next == '+')) {
                sign_ = next;
                ++at_;
            }
        } else if (!has_read && (picture_.has_plus || picture_.has_minus) && (front() == '-' || front() == '+')) {
            sign_ = front();
        }
    }

    const number_picture& picture_;
    std::string_view input_;
    std::size_t at_ = 0;
    std::string digits_;
    char sign_ = ' ';
    bool has_point_ = false;
    int before_ = 0;
    int after_ = 0;
};

result<std::optional<std::string>> to_number(std::string_view input, std::string_view format) {
    if (format.empty()) {
        return std::nullopt;
    }
    TRY_ASSIGN(const number_picture picture, parse_number_picture(format));
    if (picture.has_exponent || picture.is_roman) {
        return fail(sqlstates::feature_not_supported,
                    fmt::format("\"{}\" not supported for input", picture.has_exponent ? "EEEE" : "RN"));
    }
    number_reader reader(picture, input);
    const std::string digits = reader.read();
    TRY_ASSIGN(number made, parse_number(digits));
    const int scale = reader.places();
    const int precision = picture.before + picture.shifted + scale;
    made = rounded(made, scale);
    constexpr int digits_max = 150'000;  // more than a numeric has
    if (precision < digits_max && boost::multiprecision::abs(made.units) >= power_of_ten(precision)) {
        error cause{.code = sqlstates::numeric_value_out_of_range, .message = "numeric field overflow"};
        cause.detail =
            fmt::format("A field with precision {}, scale {} must round to an absolute value less than {}{}.",
                        precision, scale, precision == scale ? "" : "10^", precision == scale ? 1 : precision - scale);
        return fail(std::move(cause));
    }
    if (picture.has_shift) {
        // 10^-shifted, of which the server keeps 16 digits behind the point.
        constexpr int unit_scale = 16;
        made.units *= picture.shifted > unit_scale ? big_integer(0) : power_of_ten(unit_scale - picture.shifted);
        made.scale += unit_scale;
    }
    return text_of(made);
}

}  // namespace

result<> add_format_number_readers(native_functions& functions) {
    return functions.add<to_number>("sluice_to_number");
}

}  // namespace sluice::duckdb
