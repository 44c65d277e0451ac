#include "engines/duckdb/functions/formats/format_number_writer.hpp"

#include <algorithm>

#include "engines/duckdb/functions/formats/format_ordinal.hpp"

namespace sluice::duckdb {
namespace {

using enum number_key;

constexpr std::size_t roman_width = 15;

class number_writer {
  public:
    number_writer(number_picture picture, shown_number number)
        : picture_(std::move(picture)), number_(std::move(number)), places_in_front_(number_.leading) {
        picture_.zero_first -= picture_.zero_first > 0 ? 1 : 0;
        if (picture_.is_roman) {
            become_roman();
        }
        place_sign();
        place_end();
    }

    result<std::string> write() {
        for (const number_node& node : picture_.nodes) {
            if (ended_) {
                break;
            }
            if (node.is == number_node::kind::field) {
                TRY(write_field(node));
            } else {
                text_ += node.text;
            }
        }
        return std::move(text_);
    }

  private:
    // A Roman numeral keeps nothing of the template but FM.
    void become_roman() {
        number_picture roman;
        roman.nodes = std::move(picture_.nodes);
        roman.fills = picture_.fills;
        roman.is_roman = true;
        picture_ = std::move(roman);
        places_in_front_ = 0;
    }

    void place_sign() {
        if (picture_.has_plus || picture_.has_minus) {
            sign_done_ = picture_.has_minus;
            return;
        }
        if (!number_.negative && picture_.fills) {
            picture_.has_brackets = false;
        }
        sign_done_ = !number_.negative && picture_.fills && !picture_.has_local_sign;
        if (picture_.is_roman) {
            sign_done_ = false;
        }
        if (picture_.local_sign == sign_place::front && picture_.before == picture_.sign_digits) {
            picture_.local_sign = sign_place::back;
        }
    }

    void place_end() {
        places_ = picture_.after + picture_.before - 1;
        if (picture_.fills && picture_.has_point) {
            last_ = last_digit();
            if (last_ && picture_.zero_last > places_in_front_) {
                const std::size_t shown = std::min(number_.digits.size() - 1,
                                                   static_cast<std::size_t>(picture_.zero_last - places_in_front_));
                last_ = std::max(*last_, shown);
            }
        }
        if (!sign_done_ && places_in_front_ == 0) {
            ++places_;
        }
    }
    // The last digit behind the point that is not 0, or the point itself.
    [[nodiscard]] std::optional<std::size_t> last_digit() const {
        const std::size_t point_at = number_.digits.find('.');
        if (point_at == std::string::npos) {
            return std::nullopt;
        }
        return std::max(point_at, number_.digits.find_last_not_of('0'));
    }
    [[nodiscard]] bool ends_at_point() const { return last_ && number_.digits[*last_] == '.'; }

    result<> write_field(const number_node& node) {
        switch (node.field->key) {
            case nine:
            case zero:
            case point:
            case local_point:
                if (!picture_.is_roman) {
                    write_place(node.field->key);
                }
                return {};
            case comma:
            case group:
                if (in_number_ || !picture_.fills) {
                    text_ += in_number_ ? ',' : ' ';
                }
                return {};
            case currency:
                text_ += ' ';
                return {};
            case roman:
                write_roman(node);
                return {};
            case ordinal:
                return write_ordinal(node);
            case minus:
                write_sign(number_.negative, '-');
                return {};
            case plus:
                write_sign(!number_.negative && !picture_.is_roman, '+');
                return {};
            case sign:
                ended_ = picture_.is_roman;  // a numeral has no sign, and the server stops at it
                if (!ended_) {
                    text_ += number_.negative ? '-' : '+';
                }
                return {};
            default:
                return {};
        }
    }
    result<> write_ordinal(const number_node& node) {
        const std::string& digits = number_.digits;
        if (picture_.is_roman || digits.starts_with('#') || number_.negative || picture_.has_point) {
            return {};
        }
        if (digits.empty() || !base::is_digit(digits.back())) {
            return fail(sqlstates::invalid_text_representation, "\"" + digits + "\" is not a number");
        }
        text_ += ordinal_suffix(digits, node.field->word == "TH");
        return {};
    }
    void write_sign(bool shown, char sign) {
        if (shown || !picture_.fills) {
            text_ += shown ? sign : ' ';
        }
    }
    void write_roman(const number_node& node) {
        std::string made = node.field->word == "rn" ? base::lower_case(number_.digits) : number_.digits;
        if (!picture_.fills && made.size() < roman_width) {
            made.insert(0, roman_width - made.size(), ' ');
        }
        text_ += made;
    }

    [[nodiscard]] bool has_digit() const { return next_ < number_.digits.size(); }
    // "9.9" shows 0.1 as " .1".
    [[nodiscard]] bool hides_zero() const {
        return !picture_.has_zero && next_ == 0 && number_.digits.starts_with('0') && picture_.after != 0;
    }

    void write_place(number_key key) {
        in_number_ = false;
        const bool at_zeros = picture_.has_zero && picture_.zero_first <= place_;
        if (!sign_done_ && (place_ >= places_in_front_ || (picture_.has_zero && picture_.zero_first == place_)) &&
            (!hides_zero() || ends_at_point())) {
            write_front_sign();
        }
        if (place_ < places_in_front_) {
            if (at_zeros) {
                text_ += '0';
                in_number_ = true;
            } else if (!picture_.fills) {
                text_ += ' ';
            }
        } else {
            write_character(key);
        }
        if (ended_) {
            return;
        }
        const int end =
            last_ && *last_ == next_ ? place_ : places_ + (places_in_front_ > 0 ? 1 : 0) + (picture_.has_point ? 1 : 0);
        if (place_ + 1 == end) {
            write_back_sign();
        }
        ++place_;
    }

    void write_front_sign() {
        if (picture_.has_local_sign) {
            if (picture_.local_sign == sign_place::front) {
                text_ += number_.negative ? '-' : '+';
                sign_done_ = true;
            }
            return;
        }
        if (picture_.has_brackets) {
            text_ += number_.negative ? '<' : ' ';
        } else if (number_.negative) {
            text_ += '-';
        } else if (!picture_.fills) {
            text_ += ' ';
        }
        sign_done_ = true;
    }
    void write_back_sign() {
        if (sign_done_ && picture_.has_brackets) {
            text_ += number_.negative ? '>' : ' ';
        } else if (picture_.has_local_sign && picture_.local_sign == sign_place::back) {
            text_ += number_.negative ? '-' : '+';
        }
    }

    // The number's next character, if it is shown.
    void write_character(number_key key) {
        const char c = has_digit() ? number_.digits[next_] : '\0';
        if (c == '.') {
            text_ += '.';
        } else if (last_ && next_ > *last_ && key != zero) {
            // a trailing zero
        } else if (hides_zero()) {
            if (!picture_.fills) {
                text_ += ' ';
            } else if (ends_at_point()) {
                text_ += '0';
            }
        } else {
            // Beyond the last digit the server ends the text.
            ended_ = !has_digit();
            if (!ended_) {
                text_ += c;
            }
            in_number_ = true;
        }
        next_ += has_digit() ? 1 : 0;
    }

    number_picture picture_;
    shown_number number_;
    int places_in_front_;
    bool sign_done_ = false;
    bool in_number_ = false;
    bool ended_ = false;
    int places_ = 0;
    int place_ = 0;
    std::size_t next_ = 0;             // of the digits
    std::optional<std::size_t> last_;  // digit that FM shows
    std::string text_;
};

}  // namespace

result<std::string> write_by_picture(number_picture picture, shown_number number) {
    return number_writer(std::move(picture), std::move(number)).write();
}

}  // namespace sluice::duckdb
