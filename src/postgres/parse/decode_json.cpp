#include "postgres/parse/decode_json.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"
#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

class json_reader {
  public:
    explicit json_reader(std::string_view text) : text_(text) {}

    // Empty when it is JSON; else the error's detail.
    std::string check() {
        do {
            skip_blanks();
            if (!read_value()) {
                return std::move(problem_);
            }
            while (!open_.empty() && !expects_value_) {
                if (!read_after_value()) {
                    return std::move(problem_);
                }
            }
        } while (!open_.empty());
        skip_blanks();
        if (at_ != text_.size()) {
            reject_token();
        }
        return std::move(problem_);
    }

  private:
    [[nodiscard]] char front() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks() {
        while (front() == ' ' || front() == '\t' || front() == '\n' || front() == '\r') {
            ++at_;
        }
    }

    bool reject(std::string what) {
        problem_ = std::move(what);
        return false;
    }
    bool reject_token() {
        if (at_ == text_.size()) {
            return reject("The input string ended unexpectedly.");
        }
        std::size_t end = at_ + 1;
        if (base::is_letter(text_[at_]) || base::is_digit(text_[at_]) || text_[at_] == '-') {
            while (end < text_.size() &&
                   (base::is_letter(text_[end]) || base::is_digit(text_[end]) || text_[end] == '.' ||
                    text_[end] == '+' || text_[end] == '-' || text_[end] == '_')) {
                ++end;
            }
        }
        end = std::max(end, at_ + character_at(at_).size());
        return reject("Token \"" + quotable(text_.substr(at_, end - at_), 100) + "\" is invalid.");
    }

    bool read_value() {
        expects_value_ = false;
        switch (front()) {
            case '{':
            case '[':
                return open_container();
            case '"':
                return read_string();
            case 't':
                return read_word("true");
            case 'f':
                return read_word("false");
            case 'n':
                return read_word("null");
            default:
                return read_number();
        }
    }

    bool open_container() {
        const char bracket = front();
        if (open_.size() == json_depth_max) {
            return reject("The document is nested more than " + std::to_string(json_depth_max) + " levels deep.");
        }
        ++at_;
        skip_blanks();
        if (front() == (bracket == '{' ? '}' : ']') && at_ < text_.size()) {
            ++at_;
            return true;
        }
        open_.push_back(bracket);
        expects_value_ = true;
        return bracket == '[' || read_key();
    }

    bool read_key() {
        if (front() != '"') {
            return reject_token();
        }
        if (!read_string()) {
            return false;
        }
        skip_blanks();
        if (front() != ':') {
            return reject_token();
        }
        ++at_;
        return true;
    }

    // Reads a comma and the next key or value, or the end of the innermost container.
    bool read_after_value() {
        skip_blanks();
        const bool object = open_.back() == '{';
        if (front() == ',') {
            ++at_;
            skip_blanks();
            expects_value_ = true;
            return !object || read_key();
        }
        if (at_ < text_.size() && front() == (object ? '}' : ']')) {
            ++at_;
            open_.pop_back();
            return true;
        }
        return reject_token();
    }

    bool read_word(std::string_view word) {
        if (!text_.substr(at_).starts_with(word) || continues_token(at_ + word.size())) {
            return reject_token();
        }
        at_ += word.size();
        return true;
    }
    [[nodiscard]] bool continues_token(std::size_t at) const {
        return at < text_.size() && (base::is_letter(text_[at]) || base::is_digit(text_[at]) || text_[at] == '_' ||
                                     text_[at] == '.' || text_[at] == '-' || text_[at] == '+');
    }

    static std::size_t skip_digits(std::string_view text, std::size_t at) {
        while (at < text.size() && base::is_digit(text[at])) {
            ++at;
        }
        return at;
    }

    bool read_number() {
        std::size_t at = at_ + (front() == '-' ? 1 : 0);
        const std::size_t integral = at;
        at = skip_digits(text_, at);
        bool good = at > integral && (text_[integral] != '0' || at == integral + 1);
        if (good && at < text_.size() && text_[at] == '.') {
            const std::size_t fraction = at + 1;
            at = skip_digits(text_, fraction);
            good = at > fraction;
        }
        if (good && at < text_.size() && base::to_lower(text_[at]) == 'e') {
            const bool sign = at + 1 < text_.size() && (text_[at + 1] == '+' || text_[at + 1] == '-');
            const std::size_t exponent = at + (sign ? 2 : 1);
            at = skip_digits(text_, exponent);
            good = at > exponent;
        }
        if (!good || continues_token(at)) {
            return reject_token();
        }
        at_ = at;
        return true;
    }

    bool read_string() {
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (!read_escape()) {
                    return false;
                }
            } else if (static_cast<unsigned char>(c) < 0x20) {
                static constexpr std::string_view digits = "0123456789abcdef";
                const auto byte = static_cast<unsigned char>(c);
                return reject(std::string("Character with value 0x") + digits[byte >> 4U] + digits[byte & 15U] +
                              " must be escaped.");
            }
        }
        return reject("The input string ended unexpectedly.");
    }

    [[nodiscard]] std::string_view character_at(std::size_t at) const {
        return base::first_character(text_.substr(at)).bytes;
    }

    // Leaves at_ on the last character of the escape.
    bool read_escape() {
        ++at_;
        if (at_ == text_.size()) {
            return reject("The input string ended unexpectedly.");
        }
        const char c = text_[at_];
        if (c != 'u') {
            return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos ||
                   reject("Escape sequence \"\\" + std::string(character_at(at_)) + "\" is invalid.");
        }
        for (int i = 0; i < 4; ++i) {
            ++at_;
            if (base::hex_digit(front()) < 0) {
                return reject("\"\\u\" must be followed by four hexadecimal digits.");
            }
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool expects_value_ = false;
    std::vector<char> open_;
    std::string problem_;
};

}  // namespace

result<> check_json(std::string_view text) {
    if (auto valid = base::check_utf8(text); !valid) {
        return valid;
    }
    std::string problem = json_reader(text).check();
    if (!problem.empty()) {
        return fail(error{.code = sqlstates::invalid_text_representation,
                          .message = "invalid input syntax for type json",
                          .detail = std::move(problem)});
    }
    return {};
}

}  // namespace sluice::postgres
