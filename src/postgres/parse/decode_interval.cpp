#include "postgres/parse/decode_interval.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t microseconds_per_hour = 3600 * microseconds_per_second;
constexpr double days_per_month = 30;

enum class dimension : std::uint8_t { microseconds, days, months };

struct unit {
    std::string_view name;
    dimension of;
    std::int64_t size;   // in microseconds, days or months
    std::uint32_t rank;  // units of one rank may be given once only
};

constexpr auto units = std::to_array<unit>({
    {.name = "us", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "usec", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "usecs", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "microsecond", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "microseconds", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "microsecon", .of = dimension::microseconds, .size = 1, .rank = 0},
    {.name = "ms", .of = dimension::microseconds, .size = 1000, .rank = 1},
    {.name = "msec", .of = dimension::microseconds, .size = 1000, .rank = 1},
    {.name = "msecs", .of = dimension::microseconds, .size = 1000, .rank = 1},
    {.name = "millisecond", .of = dimension::microseconds, .size = 1000, .rank = 1},
    {.name = "milliseconds", .of = dimension::microseconds, .size = 1000, .rank = 1},
    {.name = "s", .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2},
    {.name = "sec", .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2},
    {.name = "secs", .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2},
    {.name = "second", .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2},
    {.name = "seconds", .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2},
    {.name = "m", .of = dimension::microseconds, .size = 60 * microseconds_per_second, .rank = 3},
    {.name = "min", .of = dimension::microseconds, .size = 60 * microseconds_per_second, .rank = 3},
    {.name = "mins", .of = dimension::microseconds, .size = 60 * microseconds_per_second, .rank = 3},
    {.name = "minute", .of = dimension::microseconds, .size = 60 * microseconds_per_second, .rank = 3},
    {.name = "minutes", .of = dimension::microseconds, .size = 60 * microseconds_per_second, .rank = 3},
    {.name = "h", .of = dimension::microseconds, .size = microseconds_per_hour, .rank = 4},
    {.name = "hr", .of = dimension::microseconds, .size = microseconds_per_hour, .rank = 4},
    {.name = "hrs", .of = dimension::microseconds, .size = microseconds_per_hour, .rank = 4},
    {.name = "hour", .of = dimension::microseconds, .size = microseconds_per_hour, .rank = 4},
    {.name = "hours", .of = dimension::microseconds, .size = microseconds_per_hour, .rank = 4},
    {.name = "d", .of = dimension::days, .size = 1, .rank = 5},
    {.name = "day", .of = dimension::days, .size = 1, .rank = 5},
    {.name = "days", .of = dimension::days, .size = 1, .rank = 5},
    {.name = "w", .of = dimension::days, .size = 7, .rank = 6},
    {.name = "week", .of = dimension::days, .size = 7, .rank = 6},
    {.name = "weeks", .of = dimension::days, .size = 7, .rank = 6},
    {.name = "mon", .of = dimension::months, .size = 1, .rank = 7},
    {.name = "mons", .of = dimension::months, .size = 1, .rank = 7},
    {.name = "month", .of = dimension::months, .size = 1, .rank = 7},
    {.name = "months", .of = dimension::months, .size = 1, .rank = 7},
    {.name = "y", .of = dimension::months, .size = 12, .rank = 8},
    {.name = "yr", .of = dimension::months, .size = 12, .rank = 8},
    {.name = "yrs", .of = dimension::months, .size = 12, .rank = 8},
    {.name = "year", .of = dimension::months, .size = 12, .rank = 8},
    {.name = "years", .of = dimension::months, .size = 12, .rank = 8},
    {.name = "dec", .of = dimension::months, .size = 120, .rank = 9},
    {.name = "decs", .of = dimension::months, .size = 120, .rank = 9},
    {.name = "decade", .of = dimension::months, .size = 120, .rank = 9},
    {.name = "decades", .of = dimension::months, .size = 120, .rank = 9},
    {.name = "c", .of = dimension::months, .size = 1200, .rank = 10},
    {.name = "cent", .of = dimension::months, .size = 1200, .rank = 10},
    {.name = "century", .of = dimension::months, .size = 1200, .rank = 10},
    {.name = "centuries", .of = dimension::months, .size = 1200, .rank = 10},
    {.name = "mil", .of = dimension::months, .size = 12000, .rank = 11},
    {.name = "mils", .of = dimension::months, .size = 12000, .rank = 11},
    {.name = "millennium", .of = dimension::months, .size = 12000, .rank = 11},
    {.name = "millennia", .of = dimension::months, .size = 12000, .rank = 11},
});

constexpr unit second_unit{.name = {}, .of = dimension::microseconds, .size = microseconds_per_second, .rank = 2};
constexpr unit day_unit{.name = {}, .of = dimension::days, .size = 1, .rank = 5};
constexpr unit month_unit{.name = {}, .of = dimension::months, .size = 1, .rank = 7};
constexpr unit year_unit{.name = {}, .of = dimension::months, .size = 12, .rank = 8};
constexpr std::uint32_t clock_ranks = 0b11111;  // microseconds to hours

const unit* find_unit(std::string_view word) {
    const auto* const found = std::ranges::find_if(
        units, [word](const unit& candidate) { return base::equals_ignoring_case(word, candidate.name); });
    return found == units.end() ? nullptr : found;
}

// A number as written: the fraction keeps the sign of the whole ("-0.5").
struct quantity {
    std::int64_t whole = 0;
    double fraction = 0;
    bool has_sign = false;
    bool negative = false;
    bool has_digits = false;
    std::size_t whole_digits = 0;
};

enum class problem : std::uint8_t { syntax, range };

class interval_reader {
  public:
    explicit interval_reader(std::string_view text) : rest_(trim_blanks(text)) {}

    std::optional<problem> read(interval_parts& parts) {
        const bool read_all = !rest_.empty() && (base::to_lower(rest_[0]) == 'p' ? read_iso() : read_items());
        if (!read_all) {
            return problem_;
        }
        if (months_ < std::numeric_limits<std::int32_t>::min() || months_ > std::numeric_limits<std::int32_t>::max() ||
            days_ < std::numeric_limits<std::int32_t>::min() || days_ > std::numeric_limits<std::int32_t>::max()) {
            return problem::range;
        }
        parts = {.months = static_cast<std::int32_t>(months_),
                 .days = static_cast<std::int32_t>(days_),
                 .microseconds = microseconds_};
        return std::nullopt;
    }

  private:
    bool reject(problem what) {
        problem_ = what;
        return false;
    }
    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    void skip_blanks() {
        while (base::is_blank(front())) {
            rest_.remove_prefix(1);
        }
    }
    bool take(char c) {
        if (rest_.empty() || base::to_lower(front()) != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool take_whole(std::int64_t& value, std::size_t& digits) {
        for (; base::is_digit(front()); rest_.remove_prefix(1)) {
            if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, front() - '0', &value)) {
                return reject(problem::range);
            }
            ++digits;
        }
        return true;
    }

    double take_fraction() {
        double fraction = 0;
        double digit_value = 1;
        for (; base::is_digit(front()); rest_.remove_prefix(1)) {
            digit_value /= 10;
            fraction += (front() - '0') * digit_value;
        }
        return fraction;
    }

    bool take_quantity(quantity& found) {
        found.negative = front() == '-';
        found.has_sign = found.negative || front() == '+';
        if (found.has_sign) {
            rest_.remove_prefix(1);
            skip_blanks();
        }
        if (!take_whole(found.whole, found.whole_digits)) {
            return false;
        }
        found.has_digits = found.whole_digits > 0;
        if (front() == '.') {
            rest_.remove_prefix(1);
            found.has_digits = found.has_digits || base::is_digit(front());
            found.fraction = take_fraction();
        }
        return found.has_digits || reject(problem::syntax);
    }

    bool claim(std::uint32_t ranks) {
        if ((seen_ & ranks) != 0) {
            return reject(problem::syntax);
        }
        seen_ |= ranks;
        return true;
    }

    bool add_microseconds(double value) {
        if (!(std::fabs(value) < 9.2e18)) {
            return reject(problem::range);
        }
        return !__builtin_add_overflow(microseconds_, std::llround(value), &microseconds_) || reject(problem::range);
    }

    bool add_days(double value) {
        const double whole = std::trunc(value);
        days_ += static_cast<std::int64_t>(whole);
        return add_microseconds((value - whole) * static_cast<double>(microseconds_per_day));
    }

    // The sign is already in both parts.
    bool add(std::int64_t whole, double fraction, const unit& of) {
        std::int64_t product = 0;
        std::int64_t& target = of.of == dimension::months ? months_ : of.of == dimension::days ? days_ : microseconds_;
        if (__builtin_mul_overflow(whole, of.size, &product) || __builtin_add_overflow(target, product, &target)) {
            return reject(problem::range);
        }
        if (fraction == 0) {
            return true;
        }
        switch (of.of) {
            case dimension::microseconds:
                return add_microseconds(fraction * static_cast<double>(of.size));
            case dimension::days:
                return add_days(fraction * static_cast<double>(of.size));
            case dimension::months:
                break;
        }
        if (of.size == 1) {
            return add_days(fraction * days_per_month);
        }
        months_ += std::llround(fraction * static_cast<double>(of.size));
        return true;
    }
    bool add(const quantity& value, const unit& of) {
        return value.negative ? add(-value.whole, -value.fraction, of) : add(value.whole, value.fraction, of);
    }

    bool read_items() {
        take('@');
        bool any = false;
        bool ago = false;
        for (skip_blanks(); !rest_.empty(); skip_blanks()) {
            if (base::is_letter(front())) {
                if (!any || !base::equals_ignoring_case(take_letters(), "ago")) {
                    return reject(problem::syntax);
                }
                ago = true;
                continue;
            }
            if (!read_item()) {
                return false;
            }
            any = true;
        }
        if (ago) {
            negate();  // negates all parts, wherever the word stands
        }
        return any || reject(problem::syntax);
    }

    void negate() {
        months_ = -months_;
        days_ = -days_;
        microseconds_ = 0 - microseconds_;
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

    // A number with its unit, a clock time, or years-months.
    bool read_item() {
        quantity value;
        if (!take_quantity(value)) {
            return false;
        }
        if (front() == ':') {
            return value.fraction == 0 ? read_clock(value) : reject(problem::syntax);
        }
        if (front() == '-' && rest_.size() > 1 && base::is_digit(rest_[1]) && value.fraction == 0) {
            return read_years_months(value);
        }
        skip_blanks();
        if (base::is_letter(front())) {
            const unit* of = find_unit(take_letters());
            return of != nullptr ? claim(1U << of->rank) && add(value, *of) : reject(problem::syntax);
        }
        if (rest_.empty()) {
            return claim(1U << second_unit.rank) && add(value, second_unit);
        }
        // A number in front of a clock time counts days.
        return clock_follows() ? claim(1U << day_unit.rank) && add(value, day_unit) : reject(problem::syntax);
    }

    [[nodiscard]] bool clock_follows() const {
        std::size_t at = front() == '+' || front() == '-' ? 1 : 0;
        while (at < rest_.size() && base::is_digit(rest_[at])) {
            ++at;
        }
        return at < rest_.size() && rest_[at] == ':';
    }

    // h:m[:s[.f]] or m:s.f
    bool read_clock(const quantity& first) {
        rest_.remove_prefix(1);
        quantity second;
        if (!take_quantity(second) || second.has_sign) {
            return reject(problem_);
        }
        std::int64_t hours = first.whole;
        std::int64_t minutes = second.whole;
        quantity seconds;
        if (front() == ':' && second.fraction == 0) {
            rest_.remove_prefix(1);
            if (!take_quantity(seconds) || seconds.has_sign) {
                return reject(problem_);
            }
        } else if (second.fraction != 0) {
            seconds = second;
            minutes = hours;
            hours = 0;
        }
        if (minutes > 59 || seconds.whole > 60) {
            return reject(problem::range);
        }
        const std::int64_t below = (minutes * 60 + seconds.whole) * microseconds_per_second +
                                   std::llround(seconds.fraction * static_cast<double>(microseconds_per_second));
        std::int64_t total = 0;
        if (__builtin_mul_overflow(hours, microseconds_per_hour, &total) ||
            __builtin_add_overflow(total, below, &total) ||
            __builtin_add_overflow(microseconds_, first.negative ? -total : total, &microseconds_)) {
            return reject(problem::range);
        }
        return claim(clock_ranks);
    }

    bool read_years_months(const quantity& years) {
        rest_.remove_prefix(1);
        quantity months;
        if (!take_quantity(months) || months.fraction != 0) {
            return reject(problem_);
        }
        months.negative = years.negative;
        if (months.whole > 11) {
            return reject(problem::range);
        }
        return claim(1U << year_unit.rank) && claim(1U << month_unit.rank) && add(years, year_unit) &&
               add(months, month_unit);
    }

    // P[nY][nM][nW][nD][T[nH][nM][nS]] or P YYYY-MM-DD T hh:mm:ss, or without separators.
    bool read_iso() {
        rest_.remove_prefix(1);
        if (rest_.empty()) {
            return reject(problem::syntax);
        }
        bool in_time = false;
        while (!rest_.empty()) {
            if (!in_time && take('t')) {
                in_time = true;
                continue;
            }
            quantity value;
            if (!take_quantity(value)) {
                return false;
            }
            if (!base::is_letter(front()) || base::to_lower(front()) == 't') {
                if (!(in_time ? read_iso_clock(value) : read_iso_date(value))) {
                    return false;
                }
                continue;
            }
            const unit* of = iso_unit(base::to_lower(front()), in_time);
            rest_.remove_prefix(1);
            if (of == nullptr) {
                return reject(problem::syntax);
            }
            if (!add(value, *of)) {
                return false;
            }
        }
        return true;
    }

    static const unit* iso_unit(char designator, bool in_time) {
        switch (designator) {
            case 'y':
                return in_time ? nullptr : find_unit("year");
            case 'm':
                return find_unit(in_time ? "minute" : "month");
            case 'w':
                return in_time ? nullptr : find_unit("week");
            case 'd':
                return in_time ? nullptr : find_unit("day");
            case 'h':
                return in_time ? find_unit("hour") : nullptr;
            case 's':
                return in_time ? find_unit("second") : nullptr;
            default:
                return nullptr;
        }
    }

    bool read_iso_date(const quantity& first) {
        if (first.fraction != 0) {
            return reject(problem::syntax);
        }
        if (first.whole_digits == 8) {
            return add(first.whole / 10000, 0, year_unit) && add(first.whole / 100 % 100, 0, month_unit) &&
                   add(first.whole % 100, 0, day_unit);
        }
        quantity month;
        quantity day;
        if (!take('-') || !take_quantity(month) || (take('-') && !take_quantity(day))) {
            return reject(problem_);
        }
        return add(first, year_unit) && add(month, month_unit) && add(day, day_unit);
    }

    bool read_iso_clock(const quantity& first) {
        if (first.whole_digits == 6) {
            quantity seconds = first;
            seconds.whole = (first.whole / 10000 * 60 + first.whole / 100 % 100) * 60 + first.whole % 100;
            return add(seconds, second_unit);
        }
        return front() == ':' ? read_clock(first) : reject(problem::syntax);
    }

    std::string_view rest_;
    std::int64_t months_ = 0;
    std::int64_t days_ = 0;
    std::int64_t microseconds_ = 0;
    std::uint32_t seen_ = 0;
    problem problem_ = problem::syntax;
};

}  // namespace

result<interval_parts> decode_interval_text(std::string_view text) {
    interval_parts parts{};
    const std::optional<problem> bad = interval_reader(text).read(parts);
    if (!bad) {
        return parts;
    }
    if (*bad == problem::range) {
        return fail(invalid_value(sqlstates::interval_field_overflow, "interval field value out of range", text));
    }
    return fail(invalid_value(sqlstates::invalid_datetime_format, "invalid input syntax for type interval", text));
}

result<interval_parts> decode_interval_binary(std::string_view bytes) {
    if (bytes.size() != 16) {
        return fail(invalid_binary());
    }
    return interval_parts{.months = read_be<std::int32_t>(bytes, 12),
                          .days = read_be<std::int32_t>(bytes, 8),
                          .microseconds = read_be<std::int64_t>(bytes)};
}

}  // namespace sluice::postgres
