// Sums and differences of dates and times, ages, and time zones.
#include <array>
#include <string>

#include "engines/duckdb/functions/times/interval_values.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"

namespace sluice::duckdb {
namespace {

result<timestamp> timestamp_plus(timestamp value, interval step) {
    TRY_ASSIGN(const std::int64_t micros, plus(value.micros, step));
    return timestamp{micros};
}
result<timestamp> timestamp_minus_interval(timestamp value, interval step) {
    TRY_ASSIGN(const interval back, negated(step));
    return timestamp_plus(value, back);
}
result<timestamptz> timestamptz_plus(timestamptz value, interval step, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    TRY_ASSIGN(const std::int64_t micros, plus_in_zone(value.micros, step, *session));
    return timestamptz{micros};
}
result<timestamptz> timestamptz_minus_interval(timestamptz value, interval step, std::string_view zone) {
    TRY_ASSIGN(const interval back, negated(step));
    return timestamptz_plus(value, back, zone);
}

result<timestamp> midnight_of(date value) {
    if (!is_finite(value)) {
        return timestamp{value.days < 0 ? postgres::timestamp_minus_infinity : postgres::timestamp_infinity};
    }
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(value.days, micros_per_day, &micros) || !checked_timestamp(micros)) {
        return fail(sqlstates::datetime_field_overflow, "date out of range for timestamp");
    }
    return timestamp{micros};
}
result<timestamp> date_plus(date value, interval step) {
    TRY_ASSIGN(const timestamp midnight, midnight_of(value));
    return timestamp_plus(midnight, step);
}
result<timestamp> date_minus(date value, interval step) {
    TRY_ASSIGN(const timestamp midnight, midnight_of(value));
    return timestamp_minus_interval(midnight, step);
}
result<timestamp> date_and_time(date value, time_of_day clock) {
    TRY_ASSIGN(const timestamp midnight, midnight_of(value));
    if (!is_finite(midnight.micros)) {
        return midnight;
    }
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(plus_micros(midnight.micros, clock.micros)));
    return timestamp{micros};
}
result<timestamptz> date_and_timetz(date value, timetz clock) {
    TRY_ASSIGN(const timestamp midnight, midnight_of(value));
    if (!is_finite(midnight.micros)) {
        return timestamptz{midnight.micros};
    }
    TRY_ASSIGN(
        const std::int64_t micros,
        checked_timestamp(plus_micros(midnight.micros, micros_of(clock) - offset_of(clock) * micros_per_second)));
    return timestamptz{micros};
}

result<date> date_plus_days(date value, std::int32_t days) {
    if (!is_finite(value)) {
        return value;
    }
    const std::int64_t sum = std::int64_t{value.days} + days;
    if (!is_date(sum)) {
        return fail(sqlstates::datetime_field_overflow, "date out of range");
    }
    return date{static_cast<std::int32_t>(sum)};
}
result<date> date_minus_days(date value, std::int32_t days) {
    if (!is_finite(value)) {
        return value;
    }
    const std::int64_t rest = std::int64_t{value.days} - days;
    if (!is_date(rest)) {
        return fail(sqlstates::datetime_field_overflow, "date out of range");
    }
    return date{static_cast<std::int32_t>(rest)};
}
result<std::int32_t> date_minus_date(date left, date right) {
    if (!is_finite(left) || !is_finite(right)) {
        return fail(sqlstates::datetime_field_overflow, "cannot subtract infinite dates");
    }
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(left.days) - static_cast<std::uint32_t>(right.days));
}

template <typename Timestamp>
result<interval> difference(Timestamp left, Timestamp right) {
    if (!is_finite(left.micros) || !is_finite(right.micros)) {
        return fail(sqlstates::datetime_field_overflow, "cannot subtract infinite timestamps");
    }
    std::int64_t micros = 0;
    if (__builtin_sub_overflow(left.micros, right.micros, &micros)) {
        return interval_out_of_range();
    }
    return interval{.days = static_cast<std::int32_t>(micros / micros_per_day), .micros = micros % micros_per_day};
}

interval time_minus_time(time_of_day left, time_of_day right) {
    return {.micros = left.micros - right.micros};
}
// Days and months do not move a clock.
time_of_day time_plus(time_of_day value, interval step) {
    return {floor_modulo(value.micros + step.micros % micros_per_day, micros_per_day)};
}
time_of_day time_minus_interval(time_of_day value, interval step) {
    return {floor_modulo(value.micros - step.micros % micros_per_day, micros_per_day)};
}
timetz timetz_plus(timetz value, interval step) {
    return make_timetz(time_plus({micros_of(value)}, step).micros, offset_of(value));
}
timetz timetz_minus_interval(timetz value, interval step) {
    return make_timetz(time_minus_interval({micros_of(value)}, step).micros, offset_of(value));
}

// Borrows from the next larger field until the smaller is not negative.
void borrow(std::int64_t& small, std::int64_t& large, std::int64_t unit) {
    if (small < 0) {
        small += unit;
        --large;
    }
}

// Infinity counts as the last microsecond of PostgreSQL's range, which is beyond the engine's.
result<calendar_time> calendar_of_age(std::int64_t micros) {
    if (micros == postgres::timestamp_minus_infinity) {
        return timestamp_out_of_range();
    }
    if (micros == postgres::timestamp_infinity) {
        return calendar_time{.year = 294'277, .month = 1, .day = 9, .hour = 4, .second = 54, .micros = 775'807};
    }
    return calendar_of(micros);
}

// The difference field by field: years, months and days of the calendar.
result<interval> age(timestamp left, timestamp right) {
    const bool negative = left.micros < right.micros;
    TRY_ASSIGN(const calendar_time from, calendar_of_age(negative ? left.micros : right.micros));
    TRY_ASSIGN(const calendar_time until, calendar_of_age(negative ? right.micros : left.micros));
    std::int64_t months = (until.year - from.year) * 12 + until.month - from.month;
    std::int64_t days = until.day - from.day;
    std::int64_t micros =
        (((until.hour - from.hour) * 60 + until.minute - from.minute) * 60 + until.second - from.second) *
            micros_per_second +
        until.micros - from.micros;
    borrow(micros, days, micros_per_day);
    // The month that lends its days is the one of the earlier timestamp.
    while (days < 0) {
        borrow(days, months, last_day(from.year, from.month));
    }
    const std::int64_t sign = negative ? -1 : 1;
    return interval{.months = static_cast<std::int32_t>(sign * months),
                    .days = static_cast<std::int32_t>(sign * days),
                    .micros = sign * micros};
}

result<timestamptz> instant_in(std::string_view name, timestamp value) {
    if (!is_finite(value.micros)) {
        return timestamptz{value.micros};
    }
    TRY_ASSIGN(time_zone* const zone, zone_of_argument(name));
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(instant_of(value.micros, *zone)));
    return timestamptz{micros};
}
result<timestamp> local_in(std::string_view name, timestamptz value) {
    if (!is_finite(value.micros)) {
        return timestamp{value.micros};
    }
    TRY_ASSIGN(time_zone* const zone, zone_of_argument(name));
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(local_of(value.micros, *zone)));
    return timestamp{micros};
}
result<timetz> clock_at_offset(timetz value, std::int64_t seconds_east) {
    const std::int64_t moved = micros_of(value) + (seconds_east - offset_of(value)) % 86'400 * micros_per_second;
    return checked_timetz(floor_modulo(moved, micros_per_day), seconds_east);
}
result<timetz> clock_in(std::string_view name, timetz value) {
    TRY_ASSIGN(time_zone* const zone, zone_of_argument(name));
    return clock_at_offset(value, zone->offset_seconds_at(now_micros()));
}

result<> check_zone_interval(interval zone) {
    if (zone.months != 0 || zone.days != 0) {
        std::array<char, postgres::time_text_bytes_max> room;
        const char* const end = postgres::write_interval_postgres(
            room.data(), {.months = zone.months, .days = zone.days, .microseconds = zone.micros});
        return fail(sqlstates::invalid_parameter_value, "interval time zone \"" +
                                                            std::string(std::string_view(room.data(), end)) +
                                                            "\" must not include months or days");
    }
    return {};
}
result<timestamptz> instant_at_offset(interval zone, timestamp value) {
    if (!is_finite(value.micros)) {
        return timestamptz{value.micros};
    }
    TRY(check_zone_interval(zone));
    TRY_ASSIGN(const std::int64_t micros,
               checked_timestamp(plus_micros(value.micros, -(zone.micros / micros_per_second * micros_per_second))));
    return timestamptz{micros};
}
result<timestamp> local_at_offset(interval zone, timestamptz value) {
    if (!is_finite(value.micros)) {
        return timestamp{value.micros};
    }
    TRY(check_zone_interval(zone));
    TRY_ASSIGN(const std::int64_t micros,
               checked_timestamp(plus_micros(value.micros, zone.micros / micros_per_second * micros_per_second)));
    return timestamp{micros};
}
result<timetz> clock_at_interval(interval zone, timetz value) {
    TRY(check_zone_interval(zone));
    return clock_at_offset(value, zone.micros / micros_per_second);
}

}  // namespace

result<> add_time_arithmetic(native_functions& functions) {
    TRY(functions.add<timestamp_plus>("sluice_timestamp_plus"));
    TRY(functions.add<timestamp_minus_interval>("sluice_timestamp_back"));
    TRY(functions.add<difference<timestamp>>("sluice_timestamp_minus"));
    TRY(functions.add<timestamptz_plus>("sluice_timestamptz_plus"));
    TRY(functions.add<timestamptz_minus_interval>("sluice_timestamptz_back"));
    TRY(functions.add<difference<timestamptz>>("sluice_timestamptz_minus"));
    TRY(functions.add<date_plus>("sluice_date_plus"));
    TRY(functions.add<date_minus>("sluice_date_back"));
    TRY(functions.add<date_and_time>("sluice_date_and_time"));
    TRY(functions.add<date_and_timetz>("sluice_date_and_timetz"));
    TRY(functions.add<date_plus_days>("sluice_date_plus_days"));
    TRY(functions.add<date_minus_days>("sluice_date_minus_days"));
    TRY(functions.add<date_minus_date>("sluice_date_minus"));
    TRY(functions.add<time_minus_time>("sluice_time_minus"));
    TRY(functions.add<time_plus>("sluice_time_plus"));
    TRY(functions.add<time_minus_interval>("sluice_time_back"));
    TRY(functions.add<timetz_plus>("sluice_timetz_plus"));
    TRY(functions.add<timetz_minus_interval>("sluice_timetz_back"));
    TRY(functions.add<age>("sluice_age"));
    TRY(functions.add<instant_in>("sluice_instant_at_zone"));
    TRY(functions.add<local_in>("sluice_local_at_zone"));
    TRY(functions.add<clock_in>("sluice_clock_at_zone"));
    TRY(functions.add<instant_at_offset>("sluice_instant_at_offset"));
    TRY(functions.add<local_at_offset>("sluice_local_at_offset"));
    return functions.add<clock_at_interval>("sluice_clock_at_offset");
}

}  // namespace sluice::duckdb
