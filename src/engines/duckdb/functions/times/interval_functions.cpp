// Intervals: arithmetic, justify, fields and precision.
#include <cmath>
#include <limits>

#include "engines/duckdb/functions/times/interval_values.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int32_t days_per_month = 30;
constexpr double seconds_per_day = 86'400;

result<interval> add(interval left, interval right) {
    interval sum;
    if (__builtin_add_overflow(left.months, right.months, &sum.months) ||
        __builtin_add_overflow(left.days, right.days, &sum.days) ||
        __builtin_add_overflow(left.micros, right.micros, &sum.micros)) {
        return interval_out_of_range();
    }
    return sum;
}
result<interval> subtract(interval left, interval right) {
    interval rest;
    if (__builtin_sub_overflow(left.months, right.months, &rest.months) ||
        __builtin_sub_overflow(left.days, right.days, &rest.days) ||
        __builtin_sub_overflow(left.micros, right.micros, &rest.micros)) {
        return interval_out_of_range();
    }
    return rest;
}

result<std::int32_t> whole_of(double value) {
    if (std::isnan(value) || value > std::numeric_limits<std::int32_t>::max() ||
        value < std::numeric_limits<std::int32_t>::min()) {
        return interval_out_of_range();
    }
    return static_cast<std::int32_t>(value);
}
// To a millionth, which takes the noise off fractions.
double near(double value) {
    return std::rint(value * 1e6) / 1e6;
}

// Parts times a factor: what is left of months becomes days of 1/30 month, what is left of days time.
template <typename Scale>
result<interval> scaled(interval value, const Scale& scale) {
    interval made;
    TRY_ASSIGN(made.months, whole_of(scale(static_cast<double>(value.months))));
    TRY_ASSIGN(made.days, whole_of(scale(static_cast<double>(value.days))));
    const double rest_days = near((scale(static_cast<double>(value.months)) - made.months) * days_per_month);
    const double day_part = scale(static_cast<double>(value.days)) - made.days + rest_days -
                            static_cast<double>(static_cast<std::int64_t>(rest_days));
    double rest_seconds = near(day_part * seconds_per_day);
    std::int64_t days = made.days;
    if (std::fabs(rest_seconds) >= seconds_per_day) {
        const auto more = static_cast<std::int64_t>(rest_seconds / seconds_per_day);
        days += more;
        rest_seconds -= static_cast<double>(more) * seconds_per_day;
    }
    days += static_cast<std::int64_t>(rest_days);
    const double micros = std::rint(scale(static_cast<double>(value.micros)) + rest_seconds * 1e6);
    constexpr double limit = 9223372036854775808.0;
    if (std::isnan(micros) || micros < -limit || micros >= limit || days > std::numeric_limits<std::int32_t>::max() ||
        days < std::numeric_limits<std::int32_t>::min()) {
        return interval_out_of_range();
    }
    made.days = static_cast<std::int32_t>(days);
    made.micros = static_cast<std::int64_t>(micros);
    return made;
}
result<interval> multiply(interval value, double factor) {
    return scaled(value, [factor](double part) { return part * factor; });
}
result<interval> divide(interval value, double divisor) {
    if (divisor == 0) {
        return fail(sqlstates::division_by_zero, "division by zero");
    }
    return scaled(value, [divisor](double part) { return part / divisor; });
}

// Moves whole units of `small` up, so that less than one is left.
template <typename Small>
result<> carry(Small& small, std::int32_t& large, Small unit) {
    const Small whole = small / unit;
    small -= whole * unit;
    if (__builtin_add_overflow(large, whole, &large)) {
        return interval_out_of_range();
    }
    return {};
}
// Gives the smaller unit the sign of the larger.
template <typename Small>
void same_sign(Small& small, std::int32_t& large, Small unit, bool small_is_positive, bool small_is_negative) {
    if (large > 0 && small_is_negative) {
        small += unit;
        --large;
    } else if (large < 0 && small_is_positive) {
        small -= unit;
        ++large;
    }
}

result<interval> justify_hours(interval value) {
    TRY(carry(value.micros, value.days, micros_per_day));
    same_sign(value.micros, value.days, micros_per_day, value.micros > 0, value.micros < 0);
    return value;
}
result<interval> justify_days(interval value) {
    TRY(carry(value.days, value.months, days_per_month));
    same_sign(value.days, value.months, days_per_month, value.days > 0, value.days < 0);
    return value;
}
result<interval> justify_interval(interval value) {
    if ((value.days > 0 && value.micros > 0) || (value.days < 0 && value.micros < 0)) {
        TRY(carry(value.days, value.months, days_per_month));  // makes room for the days to come
    }
    TRY(carry(value.micros, value.days, micros_per_day));
    TRY(carry(value.days, value.months, days_per_month));
    same_sign(value.days, value.months, days_per_month, value.days > 0 || (value.days == 0 && value.micros > 0),
              value.days < 0 || (value.days == 0 && value.micros < 0));
    same_sign(value.micros, value.days, micros_per_day, value.micros > 0, value.micros < 0);
    return value;
}

constexpr std::uint32_t all_fields = 0x7fff;
constexpr std::uint32_t month_bit = 1U << 1U;
constexpr std::uint32_t year_bit = 1U << 2U;
constexpr std::uint32_t day_bit = 1U << 3U;
constexpr std::uint32_t hour_bit = 1U << 10U;
constexpr std::uint32_t minute_bit = 1U << 11U;
constexpr std::uint32_t second_bit = 1U << 12U;

// Cuts what is smaller than the last field; what is larger than the first stays.
interval with_fields(interval value, std::uint32_t fields) {
    if (fields == all_fields || (fields & second_bit) != 0) {
        return value;
    }
    if ((fields & minute_bit) != 0) {
        value.micros = value.micros / micros_per_minute * micros_per_minute;
    } else if ((fields & hour_bit) != 0) {
        value.micros = value.micros / micros_per_hour * micros_per_hour;
    } else if ((fields & day_bit) != 0) {
        value.micros = 0;
    } else if ((fields & month_bit) != 0) {
        value = {.months = value.months};
    } else if ((fields & year_bit) != 0) {
        value = {.months = value.months / 12 * 12};
    }
    return value;
}
interval fit(interval value, std::int32_t modifier) {
    if (modifier < 0) {
        return value;
    }
    value = with_fields(value, (static_cast<std::uint32_t>(modifier) >> 16U) & all_fields);
    value.micros = rounded_micros(value.micros, modifier & 0xffff);
    return value;
}

result<interval> make(std::int32_t years, std::int32_t months, std::int32_t weeks, std::int32_t days,
                      std::int32_t hours, std::int32_t minutes, double seconds) {
    if (!std::isfinite(seconds)) {
        return interval_out_of_range();
    }
    // The server lets these wrap around.
    const auto wrapped = [](std::int64_t value) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    };
    constexpr double limit = 9223372036854775808.0;
    const double micros = std::rint(seconds * 1e6);
    std::int64_t clock = hours * micros_per_hour + minutes * micros_per_minute;
    if (micros < -limit || micros >= limit ||
        __builtin_add_overflow(clock, static_cast<std::int64_t>(micros), &clock)) {
        return interval_out_of_range();
    }
    return interval{.months = wrapped(years * std::int64_t{12} + months),
                    .days = wrapped(weeks * std::int64_t{7} + days),
                    .micros = clock};
}

time_of_day time_of(interval value) {
    return {floor_modulo(value.micros, micros_per_day)};
}

}  // namespace

result<> add_interval_functions(native_functions& functions) {
    TRY(functions.add<add>("sluice_interval_plus"));
    TRY(functions.add<subtract>("sluice_interval_minus"));
    TRY(functions.add<negated>("sluice_interval_negate"));
    TRY(functions.add<multiply>("sluice_interval_mul"));
    TRY(functions.add<divide>("sluice_interval_div"));
    TRY(functions.add<justify_hours>("sluice_justify_hours"));
    TRY(functions.add<justify_days>("sluice_justify_days"));
    TRY(functions.add<justify_interval>("sluice_justify_interval"));
    TRY(functions.add<fit>("sluice_interval_fit"));
    TRY(functions.add<make>("sluice_make_interval"));
    return functions.add<time_of>("sluice_time_of_interval");
}

}  // namespace sluice::duckdb
