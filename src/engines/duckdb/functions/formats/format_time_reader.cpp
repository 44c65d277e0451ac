// to_date and to_timestamp: texts read by a template.
#include "engines/duckdb/functions/formats/format_time_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <limits>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::duckdb {
namespace {

using enum time_key;
using kind = time_node::kind;

std::unexpected<error> bad_format(std::string message, std::string detail = {}, std::string hint = {}) {
    error cause{.code = sqlstates::invalid_datetime_format, .message = std::move(message)};
    cause.detail = std::move(detail);
    cause.hint = std::move(hint);
    return fail(std::move(cause));
}

constexpr std::string_view fixed_width_hint =
    "If your source string is not fixed-width, try using the \"FM\" modifier.";

enum class calendar : std::uint8_t { none, gregorian, iso };

calendar calendar_of_field(time_key key) {
    switch (key) {
        case iso_day_of_year:
        case iso_day:
        case iso_week:
        case iso_year_4:
        case iso_year_3:
        case iso_year_2:
        case iso_year_1:
            return calendar::iso;
        case day_of_year:
        case day:
        case day_of_week:
        case month:
        case month_name:
        case month_short:
        case roman_month:
        case week_of_year:
        case week_of_month:
        case year_comma:
        case year_4:
        case year_3:
        case year_2:
        case year_1:
            return calendar::gregorian;
        default:
            return calendar::none;
    }
}

// Years of fewer than four digits are those nearest to 2020.
std::int64_t nearest_year(std::int64_t year) {
    if (year < 70) {
        return year + 2000;
    }
    if (year < 100) {
        return year + 1900;
    }
    if (year < 520) {
        return year + 2000;
    }
    return year < 1000 ? year + 1000 : year;
}

class time_reader {
  public:
    time_reader(std::string_view input, const std::vector<time_node>& nodes) : input_(input), nodes_(nodes) {}

    result<read_fields> read() {
        for (index_ = 0; index_ < nodes_.size() && at_ < input_.size(); ++index_) {
            TRY(read_node());
        }
        return found_;
    }

  private:
    [[nodiscard]] const time_node& node() const { return nodes_[index_]; }
    [[nodiscard]] std::string_view name() const { return node().field->word; }
    [[nodiscard]] char front() const { return at_ < input_.size() ? input_[at_] : '\0'; }

    void skip_blanks() {
        while (at_ < input_.size() && base::is_blank(input_[at_])) {
            ++at_;
            ++skipped_;
        }
    }
    void skip_character() {
        if (at_ < input_.size()) {
            at_ += character_bytes(input_.substr(at_));
        }
    }

    result<> read_node() {
        const bool is_field = node().is == kind::field;
        if (!exact_ && (index_ == 0 || is_field) && !(is_field && node().field->key == exact)) {
            skip_blanks();
        }
        if (node().is == kind::separator || node().is == kind::blank) {
            read_separator();
            return {};
        }
        if (!is_field) {
            // A blank that was skipped before may stand for this character.
            if (!exact_ && skipped_ > 0) {
                --skipped_;
            } else {
                skip_character();
            }
            return {};
        }
        TRY(check_calendar());
        TRY(read_field());
        if (!exact_) {
            skipped_ = 0;
            skip_blanks();
        }
        return {};
    }

    void read_separator() {
        if (exact_) {
            skip_character();
            return;
        }
        --skipped_;
        if (at_ < input_.size() && (base::is_blank(input_[at_]) || is_picture_separator(input_[at_]))) {
            ++at_;
            ++skipped_;
        }
    }

    result<> check_calendar() {
        const calendar own = calendar_of_field(node().field->key);
        if (own == calendar::none) {
            return {};
        }
        if (calendar_ != calendar::none && calendar_ != own) {
            return bad_format("invalid combination of date conventions", {},
                              "Do not mix Gregorian and ISO week date conventions in a formatting template.");
        }
        calendar_ = own;
        found_.iso = own == calendar::iso;
        return {};
    }

    result<> set(std::int64_t& field, std::int64_t value) {
        if (field != 0 && field != value) {
            return bad_format(fmt::format("conflicting values for \"{}\" field in formatting string", name()),
                              "This value contradicts a previous setting for the same field type.");
        }
        field = value;
        return {};
    }

    // True when the input's next character after this field is no digit of another field: it may be of any length.
    [[nodiscard]] bool ends_by_itself() const {
        if (node().fill || node().ordinal || index_ + 1 == nodes_.size()) {
            return true;
        }
        const time_node& next = nodes_[index_ + 1];
        return next.is == kind::field ? !is_digit_field(next.field->key) : !base::is_digit(next.text[0]);
    }

    struct whole_number {
        std::int64_t value = 0;
        std::size_t used = 0;  // bytes, with blanks and sign; 0: no digits
    };
    // Blanks, a sign, digits.
    static whole_number leading_number(std::string_view text) {
        std::size_t at = 0;
        while (at < text.size() && base::is_blank(text[at])) {
            ++at;
        }
        const bool negative = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
            ++at;
        }
        constexpr std::int64_t far = std::int64_t{1} << 40U;  // beyond every limit
        const std::size_t first = at;
        std::int64_t value = 0;
        for (; at < text.size() && base::is_digit(text[at]); ++at) {
            value = std::min(value * 10 + (text[at] - '0'), far);
        }
        return at == first ? whole_number{} : whole_number{.value = negative ? -value : value, .used = at};
    }

    // Reads into `field` (nullptr: nowhere) and gives the number of bytes that the number took.
    result<std::size_t> take_number(std::int64_t* field, std::size_t width) {
        const std::size_t start = at_;
        while (base::is_blank(front())) {
            ++at_;
        }
        const std::string_view rest = input_.substr(at_);
        const std::string_view copy = rest.substr(0, std::min(width, rest.size()));
        const bool open = ends_by_itself();
        whole_number number;
        if (open) {
            number = leading_number(rest);
            at_ = number.used == 0 ? start : at_ + number.used;
        } else {
            if (rest.size() < width) {
                return bad_format(fmt::format("source string too short for \"{}\" formatting field", name()),
                                  fmt::format("Field requires {} characters, but only {} remain.", width, rest.size()),
                                  std::string(fixed_width_hint));
            }
            number = leading_number(copy);
            if (number.used > 0 && number.used < width) {
                return bad_format(
                    fmt::format("invalid value \"{}\" for \"{}\"", copy, name()),
                    fmt::format("Field requires {} characters, but only {} could be parsed.", width, number.used),
                    std::string(fixed_width_hint));
            }
            at_ += number.used;
        }
        if (at_ == start) {
            const std::string_view whole = copy.substr(0, base::valid_utf8_prefix_bytes(copy));
            return bad_format(fmt::format("invalid value \"{}\" for \"{}\"", whole, name()),
                              "Value must be an integer.");
        }
        if (number.value > std::numeric_limits<std::int32_t>::max() ||
            number.value < std::numeric_limits<std::int32_t>::min()) {
            error cause{.code = sqlstates::datetime_field_overflow,
                        .message = fmt::format("value for \"{}\" in source string is out of range", name())};
            cause.detail = "Value must be in the range -2147483648 to 2147483647.";
            return fail(std::move(cause));
        }
        if (field != nullptr) {
            TRY(set(*field, number.value));
        }
        return at_ - start;
    }

    // The number of a field, of its name's length unless `width` says otherwise, and a TH behind it.
    result<std::size_t> number_field(std::int64_t* field, std::size_t width = 0) {
        TRY_ASSIGN(const std::size_t used, take_number(field, width == 0 ? name().size() : width));
        skip_ordinal();
        return used;
    }
    result<> plain_field(std::int64_t* field, std::size_t width = 0) {
        TRY(number_field(field, width));
        return {};
    }
    void skip_ordinal() {
        if (node().ordinal) {
            skip_character();
            skip_character();
        }
    }

    // The index of the word at the front, without regard to case; `length`: only its first letters count.
    result<std::int64_t> take_word(std::span<const std::string_view> words,
                                   std::size_t length = std::string_view::npos) {
        const std::string_view rest = input_.substr(at_);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string_view word = words[i].substr(0, length);
            if (base::equals_ignoring_case(rest.substr(0, word.size()), word)) {
                at_ += word.size();
                return static_cast<std::int64_t>(i);
            }
        }
        const auto* const end = std::ranges::find_if(rest, [](char c) { return base::is_blank(c) && c != '\v'; });
        return bad_format(fmt::format("invalid value \"{}\" for \"{}\"", std::string_view(rest.begin(), end), name()),
                          "The given value did not match any of the allowed values for this field.");
    }
    result<> word_field(std::int64_t& field, std::int64_t first, std::span<const std::string_view> words,
                        std::size_t length = std::string_view::npos) {
        TRY_ASSIGN(const std::int64_t index, take_word(words, length));
        return set(field, index + first);
    }

    result<> read_field() {
        switch (node().field->key) {
            case exact:
                exact_ = true;
                return {};
            case half_day:
            case half_day_dots:
                return read_half_day();
            case hour_12:
                found_.half_days = true;
                return plain_field(&found_.hour, 2);
            case hour_24:
                return plain_field(&found_.hour, 2);
            case minute:
                return plain_field(&found_.minute);
            case second:
                return plain_field(&found_.second);
            case seconds_of_day:
                return plain_field(&found_.seconds_of_day);
            case millisecond:
                return read_fraction(found_.millis, 3);
            case microsecond:
                return read_fraction(found_.micros, 6);
            case fraction_1:
            case fraction_2:
            case fraction_3:
            case fraction_4:
            case fraction_5:
            case fraction_6:
                found_.digits =
                    static_cast<std::int32_t>(node().field->key) - static_cast<std::int32_t>(fraction_1) + 1;
                return read_fraction(found_.micros, 6, static_cast<std::size_t>(found_.digits));
            case zone:
            case offset:
                return fail(sqlstates::feature_not_supported,
                            fmt::format("formatting field \"{}\" is only supported in to_char", name()));
            case zone_hour:
                return read_zone_hour();
            case zone_minute:
                found_.zone_sign = found_.zone_sign == 0 ? 1 : found_.zone_sign;
                TRY(take_number(&found_.zone_minute, 2));
                return {};
            default:
                return read_date_field();
        }
    }

    result<> read_half_day() {
        constexpr auto words = std::to_array<std::string_view>({"am", "pm"});
        constexpr auto dotted = std::to_array<std::string_view>({"a.m.", "p.m."});
        found_.half_days = true;
        return word_field(found_.afternoon, 0, node().field->key == half_day ? words : dotted);
    }

    // 25 and 250 are both 0.25: what is missing on the right is zeros.
    result<> read_fraction(std::int64_t& field, std::size_t places, std::size_t width = 0) {
        TRY_ASSIGN(std::size_t used, take_number(&field, width == 0 ? places : width));
        for (; used < places; ++used) {
            field *= 10;
        }
        skip_ordinal();
        return {};
    }

    // A minus may have been taken for a separator.
    result<> read_zone_hour() {
        if (front() == '+' || front() == '-' || front() == ' ') {
            found_.zone_sign = front() == '-' ? -1 : 1;
            ++at_;
        } else {
            found_.zone_sign = skipped_ > 0 && at_ > 0 && input_[at_ - 1] == '-' ? -1 : 1;
        }
        TRY(take_number(&found_.zone_hour, 2));
        return {};
    }

    result<> read_date_field() {
        constexpr auto eras = std::to_array<std::string_view>({"ad", "bc"});
        constexpr auto dotted_eras = std::to_array<std::string_view>({"a.d.", "b.c."});
        constexpr auto romans =
            std::to_array<std::string_view>({"xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"});
        switch (node().field->key) {
            case era:
                return word_field(found_.before_christ, 0, eras);
            case era_dots:
                return word_field(found_.before_christ, 0, dotted_eras);
            case month_name:
                return word_field(found_.month, 1, month_names);
            case month_short:
                return word_field(found_.month, 1, month_names, 3);
            case month:
                return plain_field(&found_.month);
            case day_name:
                return read_weekday(std::string_view::npos);
            case day_short:
                return read_weekday(3);
            case roman_month: {
                TRY_ASSIGN(const std::int64_t index, take_word(romans));
                return set(found_.month, 12 - index);
            }
            case day_of_year:
                return plain_field(&found_.day_of_year);
            case iso_day_of_year:
                return plain_field(&found_.day_of_year, 3);
            case day:
                return plain_field(&found_.day);
            case day_of_week:
                return plain_field(&found_.weekday);
            case iso_day:
                TRY(take_number(&found_.weekday, 1));
                found_.weekday = found_.weekday >= 7 ? 1 : found_.weekday + 1;  // Sunday is 1
                skip_ordinal();
                return {};
            case week_of_year:
            case iso_week:
                return plain_field(&found_.week);
            case week_of_month:
                return plain_field(&found_.week_of_month);
            case quarter:
                return plain_field(nullptr);
            case century:
                return plain_field(&found_.century);
            case julian:
                return plain_field(&found_.julian);
            default:
                return read_year();
        }
    }

    // The check for conflicts counts from Sunday as 0, the field from 1.
    result<> read_weekday(std::size_t length) {
        TRY(word_field(found_.weekday, 0, day_names, length));
        ++found_.weekday;
        return {};
    }

    result<> read_year() {
        switch (node().field->key) {
            case year_comma:
                return read_year_comma();
            case year_4:
            case iso_year_4:
                found_.year_digits = 4;
                return plain_field(&found_.year);
            case year_3:
            case iso_year_3:
                return read_short_year(3);
            case year_2:
            case iso_year_2:
                return read_short_year(2);
            default:
                return read_short_year(1);
        }
    }

    result<> read_short_year(std::int32_t digits) {
        TRY_ASSIGN(const std::size_t used, take_number(&found_.year, name().size()));
        if (used < 4) {
            found_.year = nearest_year(found_.year);
        }
        found_.year_digits = digits;
        skip_ordinal();
        return {};
    }

    // "1,999": thousands, a comma, and up to three characters of a number.
    result<> read_year_comma() {
        const std::string_view rest = input_.substr(at_);
        const whole_number thousands = leading_number(rest);
        const std::string_view behind = rest.substr(thousands.used);
        std::size_t blanks = 1;
        while (blanks < behind.size() && base::is_blank(behind[blanks])) {
            ++blanks;
        }
        const whole_number units = thousands.used > 0 && behind.starts_with(',')
                                       ? leading_number(behind.substr(std::min(blanks, behind.size())).substr(0, 3))
                                       : whole_number{};
        if (units.used == 0) {
            return bad_format("invalid input string for \"Y,YYY\"");
        }
        const std::int64_t sum = thousands.value * 1000 + units.value;
        const auto year = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum));  // the server lets it wrap around
        TRY(set(found_.year, year));
        found_.year_digits = 4;
        at_ += thousands.used + blanks + units.used;
        skip_ordinal();
        return {};
    }

    std::string_view input_;
    const std::vector<time_node>& nodes_;
    std::size_t index_ = 0;
    std::size_t at_ = 0;
    std::int64_t skipped_ = 0;  // characters of the input beyond those of the template
    bool exact_ = false;
    calendar calendar_ = calendar::none;
    read_fields found_;
};

}  // namespace

result<read_fields> read_by_picture(std::string_view input, const std::vector<time_node>& nodes) {
    return time_reader(input, nodes).read();
}

}  // namespace sluice::duckdb
