#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"
#include "postgres/parse/decode_time.hpp"
#include "postgres/parse/decode_time_problem.hpp"
#include "postgres/parse/decode_time_words.hpp"

namespace sluice::postgres {
namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t nanoseconds_per_day = 86'400 * nanoseconds_per_second;

// A run of digits and its value; no field of a date has more than nine digits.
struct number {
    std::int64_t value = 0;
    std::size_t digits = 0;
};

// Walks over the text once; each method consumes one item at the front of rest_.
class datetime_reader {
  public:
    datetime_reader(std::string_view text, datetime_type type) : rest_(trim_blanks(text)), type_(type) {}

    std::expected<read_datetime, datetime_problem> read() {
        if (read_special()) {
            return found_;
        }
        while (!rest_.empty()) {
            if (!read_item()) {
                return std::unexpected(datetime_problem_);
            }
        }
        if (!finish()) {
            return std::unexpected(datetime_problem_);
        }
        return found_;
    }

  private:
    bool reject(datetime_problem what) {
        datetime_problem_ = what;
        return false;
    }
    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    [[nodiscard]] bool wants_date() const { return type_ != datetime_type::time && type_ != datetime_type::timetz; }

    bool take(char c) {
        if (front() != c || rest_.empty()) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<number> take_number() {
        number found;
        while (base::is_digit(front()) && found.digits < 10) {
            found.value = found.value * 10 + (front() - '0');
            ++found.digits;
            rest_.remove_prefix(1);
        }
        return found.digits == 0 || found.digits > 9 ? std::nullopt : std::optional(found);
    }

    bool read_special() {
        if (!wants_date()) {
            return false;
        }
        const bool negative = rest_.starts_with('-');
        if (base::equals_ignoring_case(negative ? rest_.substr(1) : rest_, "infinity")) {
            found_.infinity = negative ? infinity_kind::minus_infinity : infinity_kind::infinity;
            return true;
        }
        if (base::equals_ignoring_case(rest_, "epoch")) {
            found_.zone = zone_kind::offset;
            return true;
        }
        return false;
    }

    bool read_item() {
        const char c = front();
        if (base::is_blank(c) || c == ',') {
            rest_.remove_prefix(1);
            return true;
        }
        if (base::is_digit(c)) {
            return read_digits();
        }
        if (c == '+' || c == '-') {
            return read_offset();
        }
        if (base::is_letter(c)) {
            return read_word();
        }
        return reject(datetime_problem::syntax);
    }

    // A time, a date, or a bare number that is one of them or a part of a date.
    bool read_digits() {
        const std::string_view start = rest_;
        const std::optional<number> first = take_number();
        if (!first) {
            return reject(datetime_problem::syntax);
        }
        if (front() == ':') {
            return read_time(*first);
        }
        if (!date_ && !month_ && (front() == '-' || front() == '/' || front() == '.')) {
            return read_date(*first);
        }
        return read_bare(*first, start);
    }

    // h:m[:s[.f]]; m:s.f is left out.
    bool read_time(number hour) {
        if (time_) {
            return reject(datetime_problem::syntax);
        }
        rest_.remove_prefix(1);
        const std::optional<number> minute = take_number();
        if (!minute || hour.digits > 7) {
            return reject(datetime_problem::syntax);
        }
        number second;
        std::int64_t fraction = 0;
        if (take(':')) {
            const std::optional<number> found = take_number();
            if (!found) {
                return reject(datetime_problem::syntax);
            }
            second = *found;
            fraction = take_fraction();
        }
        return set_time(hour.value, minute->value, second.value, fraction);
    }

    // ".5" in nanoseconds, rounded at the ninth digit.
    std::int64_t take_fraction() {
        if (!take('.')) {
            return 0;
        }
        std::int64_t fraction = 0;
        std::int64_t unit = nanoseconds_per_second;
        for (; base::is_digit(front()); rest_.remove_prefix(1)) {
            unit /= 10;
            fraction += (front() - '0') * unit;
        }
        return fraction;
    }

    bool set_time(std::int64_t hour, std::int64_t minute, std::int64_t second, std::int64_t fraction) {
        if (hour > 24 || minute > 59 || second > 60) {
            return reject(datetime_problem::field);
        }
        found_.nanoseconds = ((hour * 60 + minute) * 60 + second) * nanoseconds_per_second + fraction;
        if (found_.nanoseconds > nanoseconds_per_day) {
            return reject(datetime_problem::field);
        }
        time_ = true;
        hour_ = hour;
        return true;
    }

    // The rest of a date behind its first number: two more fields of digits, or a month's name between.
    bool read_date(number first) {
        const char separator = front();
        rest_.remove_prefix(1);
        if (base::is_letter(front())) {
            if (!take_month()) {
                return false;
            }
            if (!take(separator)) {
                return reject(datetime_problem::syntax);
            }
            const std::optional<number> last = take_number();
            if (!last) {
                return reject(datetime_problem::syntax);
            }
            return first.digits > 2 ? set_date(first, *last) : set_date(*last, first);
        }
        const std::optional<number> second = take_number();
        if (!second) {
            return reject(datetime_problem::syntax);
        }
        if (separator == '.' && front() != '.') {
            return set_day_of_year(first, *second);
        }
        if (!take(separator)) {
            return reject(datetime_problem::syntax);
        }
        const std::optional<number> third = take_number();
        if (!third || is_letter_of_word()) {
            return reject(datetime_problem::syntax);
        }
        if (first.digits > 2) {
            month_ = second->value;
            return set_date(first, *third);
        }
        month_ = first.value;
        return set_date(*third, *second);
    }

    // "2024-01-01x" is an error, "2024-01-01T..." is a timestamp, "2024-01-01BC" and "...Z" are words.
    [[nodiscard]] bool is_letter_of_word() const {
        std::size_t letters = 0;
        while (letters < rest_.size() && base::is_letter(rest_[letters])) {
            ++letters;
        }
        return letters > 0 && !find_time_word(rest_.substr(0, letters));
    }

    bool take_month() {
        const std::optional<time_word> word = find_time_word(take_letters());
        if (!word || word->kind != time_word_kind::month || month_) {
            return reject(datetime_problem::syntax);
        }
        month_ = word->value;
        return true;
    }

    std::string_view take_letters() {
        std::size_t letters = 0;
        while (letters < rest_.size() && base::is_letter(rest_[letters])) {
            ++letters;
        }
        const std::string_view word = rest_.substr(0, letters);
        rest_.remove_prefix(letters);
        return word;
    }

    bool set_date(number year, number day) {
        if (date_) {
            return reject(datetime_problem::syntax);
        }
        date_ = true;
        year_ = year.value;
        if (year.digits <= 2) {
            year_ += year.value < 70 ? 2000 : 1900;
        }
        day_ = day.value;
        return true;
    }

    bool set_day_of_year(number year, number day) {
        if (year.digits < 3 || day.digits != 3 || day.value < 1 || day.value > 366) {
            return reject(datetime_problem::syntax);
        }
        month_ = 1;
        day_of_year_ = true;
        return set_date(year, day);
    }

    bool read_bare(number value, std::string_view start) {
        if (!date_ && wants_date() && !month_ && (value.digits == 8 || value.digits == 6)) {
            return set_compact_date(value);
        }
        if (!date_ && (month_ || (wants_date() && value.digits <= 2))) {
            return read_beside_month(value);
        }
        if (!time_ && (value.digits == 6 || value.digits == 4) && (date_ || !wants_date() || after_t_)) {
            const std::int64_t clock = value.digits == 6 ? value.value : value.value * 100;
            const std::int64_t fraction = value.digits == 6 ? take_fraction() : 0;
            return set_time(clock / 10000, clock / 100 % 100, clock % 100, fraction);
        }
        if (!date_ && value.digits == 8 && start.size() > value.digits) {
            return set_compact_date(value);  // a date in front of a time of day
        }
        return reject(datetime_problem::syntax);
    }

    bool set_compact_date(number value) {
        const std::int64_t year = value.value / 10000;
        month_ = value.value / 100 % 100;
        return set_date({.value = year, .digits = value.digits - 4}, {.value = value.value % 100, .digits = 2});
    }

    // "Jan 8, 1999", "8 Jan 1999": the first number beside a month's name is its day unless it has too many digits.
    bool read_beside_month(number value) {
        if (!beside_month_) {
            beside_month_ = value;
            return true;
        }
        if (!month_) {
            return reject(datetime_problem::syntax);
        }
        return beside_month_->digits > 2 ? set_date(*beside_month_, value) : set_date(value, *beside_month_);
    }

    bool read_offset() {
        const bool west = front() == '-';
        rest_.remove_prefix(1);
        if ((!time_ && !date_) || found_.zone != zone_kind::none) {
            return reject(datetime_problem::syntax);
        }
        const std::optional<number> first = take_number();
        if (!first) {
            return reject(datetime_problem::syntax);
        }
        std::int64_t hours = first->value;
        std::int64_t minutes = 0;
        std::int64_t seconds = 0;
        if (front() == ':') {
            if (!take_sixtieth(minutes)) {
                return false;
            }
            if (!take_sixtieth(seconds)) {
                return false;
            }
        } else if (first->digits > 2) {
            hours = first->value / 100;
            minutes = first->value % 100;
        }
        if (hours > 15 || minutes > 59 || seconds > 59) {
            return reject(datetime_problem::zone_offset);
        }
        found_.zone = zone_kind::offset;
        const auto offset = static_cast<std::int32_t>((hours * 60 + minutes) * 60 + seconds);
        found_.offset_seconds = west ? -offset : offset;
        return true;
    }

    bool take_sixtieth(std::int64_t& value) {
        if (take(':')) {
            const std::optional<number> found = take_number();
            if (!found) {
                return reject(datetime_problem::syntax);
            }
            value = found->value;
        }
        return true;
    }

    bool read_word() {
        const std::string_view start = rest_;
        const std::optional<time_word> word = find_time_word(take_letters());
        const bool name_goes_on = front() == '/' || front() == '_';
        if (!word || name_goes_on) {
            return read_zone_name(start);
        }
        switch (word->kind) {
            case time_word_kind::month:
                return read_month(word->value);
            case time_word_kind::week_day:
                return true;
            case time_word_kind::zone_offset:
                if (found_.zone != zone_kind::none || (!date_ && !time_)) {
                    return reject(datetime_problem::syntax);
                }
                found_.zone = zone_kind::offset;
                found_.offset_seconds = word->value;
                return true;
            case time_word_kind::am:
            case time_word_kind::pm:
                return set_half_day(word->kind == time_word_kind::pm);
            case time_word_kind::bc:
                before_christ_ = true;
                return true;
            case time_word_kind::ad:
                return true;
            case time_word_kind::time_follows:
                after_t_ = true;
                return base::is_digit(front()) ? true : reject(datetime_problem::syntax);
            case time_word_kind::epoch:
            case time_word_kind::infinity:
                break;
        }
        return reject(datetime_problem::syntax);
    }

    bool read_month(std::int32_t month) {
        if (month_ || date_) {
            return reject(datetime_problem::syntax);
        }
        month_ = month;
        if (front() == '-' && rest_.size() > 1 && base::is_digit(rest_[1])) {
            rest_.remove_prefix(1);  // Jan-08-1999
            const std::optional<number> day = take_number();
            if (!day || !take('-')) {
                return reject(datetime_problem::syntax);
            }
            const std::optional<number> year = take_number();
            return year ? set_date(*year, *day) : reject(datetime_problem::syntax);
        }
        return true;
    }

    bool set_half_day(bool afternoon) {
        if (!time_ || half_day_) {
            return reject(datetime_problem::syntax);
        }
        half_day_ = true;
        if (hour_ > 12) {
            return reject(datetime_problem::field);
        }
        const std::int64_t noon = nanoseconds_per_day / 2;
        if (afternoon && hour_ != 12) {
            found_.nanoseconds += noon;
        } else if (!afternoon && hour_ == 12) {
            found_.nanoseconds -= noon;
        }
        return true;
    }

    // The characters of a zone's name, up to a blank.
    bool read_zone_name(std::string_view start) {
        const std::size_t length = std::min(start.find_first_of(" \t\n\r\v\f,"), start.size());
        // A zone's name needs a date: its offset depends on it. Elsewhere it is bad syntax, and so is a word that
        // cannot be a name.
        if (!date_ || found_.zone != zone_kind::none) {
            return reject(datetime_problem::syntax);
        }
        const std::string_view name = start.substr(0, length);
        if (name.find('/') == std::string_view::npos && !std::ranges::all_of(name, base::is_letter)) {
            return reject(datetime_problem::syntax);
        }
        found_.zone = zone_kind::named;
        found_.zone_name = name;
        rest_ = start.substr(length);
        return true;
    }

    bool finish() {
        if (wants_date() ? !date_ : !time_) {
            return reject(datetime_problem::syntax);
        }
        if (!date_) {
            return before_christ_ ? reject(datetime_problem::syntax) : true;
        }
        return finish_date();
    }

    bool finish_date() {
        std::int64_t year = year_;
        if (before_christ_ || year == 0) {
            if (!before_christ_ || year < 1) {
                return reject(datetime_problem::field);
            }
            year = 1 - year;
        }
        if (day_of_year_) {
            found_.days = days_from_civil(year, 1, 1) + day_ - 1;
            return true;
        }
        if (*month_ < 1 || *month_ > 12 || day_ < 1 || day_ > 31) {
            return reject(datetime_problem::month_or_day);
        }
        const auto month = static_cast<std::uint32_t>(*month_);
        if (day_ > days_of_month(year, month)) {
            return reject(datetime_problem::field);
        }
        found_.days = days_from_civil(year, month, static_cast<std::uint32_t>(day_));
        return true;
    }

    std::string_view rest_;
    datetime_type type_;
    read_datetime found_;
    datetime_problem datetime_problem_ = datetime_problem::syntax;
    bool date_ = false;
    bool time_ = false;
    bool half_day_ = false;
    bool before_christ_ = false;
    bool after_t_ = false;
    bool day_of_year_ = false;
    std::int64_t year_ = 0;
    std::optional<std::int64_t> month_;
    std::int64_t day_ = 0;
    std::int64_t hour_ = 0;
    std::optional<number> beside_month_;
};

}  // namespace

result<read_datetime> read_datetime_text(std::string_view text, datetime_type type) {
    auto found = datetime_reader(text, type).read();
    if (!found) {
        return fail(to_error(found.error(), text, type));
    }
    return *found;
}

}  // namespace sluice::postgres
