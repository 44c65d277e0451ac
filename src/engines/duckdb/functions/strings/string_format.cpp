#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/strings/quote_functions.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate null_value_not_allowed{"22004"};

std::unexpected<error> with_percent_hint(std::string message) {
    error cause{.code = sqlstates::invalid_parameter_value, .message = std::move(message)};
    cause.hint = "For a single \"%\" use \"%%\".";
    return fail(std::move(cause));
}
std::unexpected<error> out_of_range() {
    return fail(sqlstates::numeric_value_out_of_range, "number is out of range");
}

class formatter {
  public:
    formatter(std::string_view format, list_view<std::string_view> values) : rest_(format), values_(values) {}

    result<std::string> run() {
        while (!rest_.empty()) {
            const std::size_t plain = std::min(rest_.find('%'), rest_.size());
            TRY(append_within_limit(made_, rest_.substr(0, plain)));
            rest_.remove_prefix(plain);
            if (rest_.empty()) {
                break;
            }
            TRY(advance());
            if (rest_.front() == '%') {
                made_ += '%';
            } else {
                TRY(convert());
            }
            rest_.remove_prefix(1);
        }
        return std::move(made_);
    }

  private:
    struct specifier {
        std::optional<std::int32_t> argument;        // %2$s
        std::optional<std::int32_t> width_argument;  // * or *2$
        bool width_is_next = false;
        bool left = false;
        std::int32_t width = 0;
    };

    // Goes on to the next character, which has to be there.
    result<> advance() {
        rest_.remove_prefix(1);
        if (rest_.empty()) {
            return with_percent_hint("unterminated format() type specifier");
        }
        return {};
    }

    result<std::optional<std::int32_t>> read_number() {
        std::optional<std::int32_t> number;
        while (base::is_digit(rest_.front())) {
            std::int32_t value = number.value_or(0);
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, rest_.front() - '0', &value)) {
                return out_of_range();
            }
            number = value;
            TRY(advance());
        }
        return number;
    }

    static result<> check_argument_number(std::int32_t number) {
        if (number == 0) {
            return fail(sqlstates::invalid_parameter_value,
                        "format specifies argument 0, but arguments are numbered from 1");
        }
        return {};
    }

    // From behind the % up to the letter.
    result<specifier> read_specifier() {
        specifier made;
        TRY_ASSIGN(std::optional<std::int32_t> number, read_number());
        if (number) {
            if (rest_.front() != '$') {
                made.width = *number;
                return made;
            }
            TRY(check_argument_number(*number));
            made.argument = number;
            TRY(advance());
        }
        while (rest_.front() == '-') {
            made.left = true;
            TRY(advance());
        }
        if (rest_.front() != '*') {
            TRY_ASSIGN(number, read_number());
            made.width = number.value_or(0);
            return made;
        }
        TRY(advance());
        TRY_ASSIGN(number, read_number());
        made.width_is_next = !number;
        if (number) {
            if (rest_.front() != '$') {
                return fail(sqlstates::invalid_parameter_value, "width argument position must be ended by \"$\"");
            }
            TRY(check_argument_number(*number));
            made.width_argument = number;
            TRY(advance());
        }
        return made;
    }

    // A later specifier without a number takes the argument behind this one.
    result<std::optional<std::string_view>> take(std::optional<std::int32_t> number) {
        next_ = number ? static_cast<std::size_t>(*number) : next_ + 1;
        if (next_ > values_.size()) {
            return fail(sqlstates::invalid_parameter_value, "too few arguments for format()");
        }
        return values_[next_ - 1];
    }

    result<> convert() {
        TRY_ASSIGN(specifier form, read_specifier());
        const char letter = rest_.front();
        if (letter != 's' && letter != 'I' && letter != 'L') {
            return with_percent_hint(
                fmt::format("unrecognized format() type specifier \"{}\"", front_character(rest_)));
        }
        if (form.width_is_next || form.width_argument) {
            TRY_ASSIGN(const auto width, take(form.width_argument));
            if (width) {
                TRY_ASSIGN(form.width, postgres::decode_integer_text<std::int32_t>(*width));
            }
        }
        TRY_ASSIGN(const auto value, take(form.argument));
        if (!value) {
            if (letter == 'I') {
                return fail(null_value_not_allowed, "null values cannot be formatted as an SQL identifier");
            }
            return append_padded(letter == 'L' ? "NULL" : "", form);
        }
        return letter == 's'   ? append_padded(*value, form)
               : letter == 'I' ? append_padded(quote_name(*value), form)
                               : append_padded(quote_text(*value), form);
    }

    result<> append_padded(std::string_view value, const specifier& form) {
        if (form.width == std::numeric_limits<std::int32_t>::min()) {
            return out_of_range();
        }
        const bool left = form.left || form.width < 0;
        const std::int64_t width = form.width < 0 ? -std::int64_t{form.width} : form.width;
        const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(width - characters_of(value), 0));
        if (!left) {
            TRY(check_growth(made_.size(), missing));
            made_.append(missing, ' ');
        }
        TRY(append_within_limit(made_, value));
        if (left) {
            TRY(check_growth(made_.size(), missing));
            made_.append(missing, ' ');
        }
        return {};
    }

    std::string_view rest_;
    list_view<std::string_view> values_;
    std::size_t next_ = 0;  // number of the argument taken last
    std::string made_;
};

result<std::string> format(std::string_view text, list_view<std::string_view> values) {
    return formatter(text, values).run();
}

}  // namespace

result<> add_format_functions(native_functions& functions) {
    return functions.add<format>("sluice_format");
}

}  // namespace sluice::duckdb
