// date_trunc, date_bin, precision, and series of timestamps.
#include "engines/duckdb/functions/times/interval_values.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_units.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"

namespace sluice::duckdb {
namespace {

using enum time_unit;

// Down to the first year of its decade and so on; the first century began in year 1, the decade 0 in year 0.
std::int64_t truncated_year(time_unit unit, std::int64_t year) {
    switch (unit) {
        case decade:
            return year > 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10 * 10);
        case century:
            return floor_divide(year - 1, 100) * 100 + 1;
        case millennium:
            return floor_divide(year - 1, 1000) * 1000 + 1;
        default:
            return year;
    }
}

// 0: the unit is not one of a clock
std::int64_t clock_unit_micros(time_unit unit) {
    switch (unit) {
        case microsecond:
            return 1;
        case millisecond:
            return 1000;
        case second:
            return micros_per_second;
        case minute:
            return micros_per_minute;
        case hour:
            return micros_per_hour;
        default:
            return 0;
    }
}

// The midnight at which the unit began; `local` is finite.
result<std::optional<std::int64_t>> truncated_to_days(time_unit unit, std::int64_t local) {
    const std::int64_t days = floor_divide(local, micros_per_day);
    const calendar_time when = calendar_of_days(days);
    calendar_time start{.year = when.year};
    switch (unit) {
        case day:
            start = when;
            break;
        case week:
            start = calendar_of_days(days - floor_modulo(days + 3, 7));
            break;
        case month:
            start.month = when.month;
            break;
        case quarter:
            start.month = (when.month - 1) / 3 * 3 + 1;
            break;
        case year:
        case decade:
        case century:
        case millennium:
            start.year = truncated_year(unit, when.year);
            break;
        default:
            return std::nullopt;
    }
    TRY_ASSIGN(const std::int64_t micros, micros_of(start));
    return micros;
}

std::unexpected<error> not_truncated(const named_unit& named, std::string_view type) {
    const bool is_zone = named.unit == zone || named.unit == zone_hour || named.unit == zone_minute;
    return is_zone ? unit_not_supported(named, type) : unit_not_recognized(named, type);
}

result<timestamp> trunc_timestamp(std::string_view name, timestamp value) {
    if (!is_finite(value.micros)) {
        return value;
    }
    const named_unit named = find_time_unit(name);
    if (const std::int64_t unit = clock_unit_micros(named.unit); unit != 0) {
        return timestamp{floor_divide(value.micros, unit) * unit};
    }
    TRY_ASSIGN(const auto start, truncated_to_days(named.unit, value.micros));
    if (!start) {
        return not_truncated(named, "timestamp without time zone");
    }
    return timestamp{*start};
}

result<timestamptz> trunc_timestamptz(std::string_view name, timestamptz value, time_zone& zone) {
    if (!is_finite(value.micros)) {
        return value;
    }
    const named_unit named = find_time_unit(name);
    const std::int64_t local = local_of(value.micros, zone);
    if (const std::int64_t unit = clock_unit_micros(named.unit); unit != 0) {
        return timestamptz{value.micros - floor_modulo(local, unit)};
    }
    TRY_ASSIGN(const auto start, truncated_to_days(named.unit, local));
    if (!start) {
        return not_truncated(named, "timestamp with time zone");
    }
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(instant_of(*start, zone)));
    return timestamptz{micros};
}
result<timestamptz> trunc_in_session(std::string_view name, timestamptz value, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    return trunc_timestamptz(name, value, *session);
}
result<timestamptz> trunc_in_zone(std::string_view name, timestamptz value, std::string_view zone) {
    TRY_ASSIGN(time_zone* const found, zone_of_argument(zone));
    return trunc_timestamptz(name, value, *found);
}

result<interval> trunc_interval(std::string_view name, interval value) {
    const named_unit named = find_time_unit(name);
    if (const std::int64_t unit = clock_unit_micros(named.unit); unit != 0) {
        value.micros = value.micros / unit * unit;
        return value;
    }
    const auto months = [&value](std::int32_t unit) { return interval{.months = value.months / unit * unit}; };
    switch (named.unit) {
        case day:
            value.micros = 0;
            return value;
        case month:
            return months(1);
        case quarter:
            return months(3);
        case year:
            return months(12);
        case decade:
            return months(120);
        case century:
            return months(1200);
        case millennium:
            return months(12'000);
        case week: {
            error cause = unit_not_supported(named, "interval").error();
            return fail(std::move(cause).with_detail("Months usually have fractional weeks."));
        }
        default:
            return not_truncated(named, "interval");
    }
}

template <typename Timestamp>
result<Timestamp> bin(interval stride, Timestamp value, Timestamp origin) {
    if (!is_finite(value.micros)) {
        return value;
    }
    if (!is_finite(origin.micros)) {
        return fail(sqlstates::datetime_field_overflow, "origin out of range");
    }
    if (stride.months != 0) {
        return fail(sqlstates::feature_not_supported,
                    "timestamps cannot be binned into intervals containing months or years");
    }
    std::int64_t width = 0;
    if (__builtin_mul_overflow(stride.days, micros_per_day, &width) ||
        __builtin_add_overflow(width, stride.micros, &width)) {
        return interval_out_of_range();
    }
    if (width <= 0) {
        return fail(sqlstates::datetime_field_overflow, "stride must be greater than zero");
    }
    std::int64_t distance = 0;
    if (__builtin_sub_overflow(value.micros, origin.micros, &distance)) {
        return interval_out_of_range();
    }
    std::int64_t start = value.micros - distance % width;
    if (distance % width < 0 && __builtin_sub_overflow(start, width, &start)) {
        return timestamp_out_of_range();
    }
    TRY_ASSIGN(const std::int64_t micros, checked_timestamp(start));
    return Timestamp{micros};
}

time_of_day round_time(time_of_day value, std::int32_t digits) {
    return {rounded_micros(value.micros, digits)};
}
timetz round_timetz(timetz value, std::int32_t digits) {
    return make_timetz(rounded_micros(micros_of(value), digits), offset_of(value));
}
template <typename Timestamp>
Timestamp round_timestamp(Timestamp value, std::int32_t digits) {
    std::int64_t since_2000 = 0;
    if (!is_finite(value.micros) || __builtin_sub_overflow(value.micros, micros_to_2000, &since_2000)) {
        return value;
    }
    return {plus_micros(rounded_micros(since_2000, digits), micros_to_2000)};
}

constexpr std::size_t series_max = 50'000'000;

template <typename Timestamp, typename Step>
result<std::vector<std::optional<Timestamp>>> series(Timestamp start, Timestamp stop, interval step, const Step& next) {
    const __int128 direction = span_of(step);
    if (direction == 0) {
        return fail(sqlstates::invalid_parameter_value, "step size cannot equal zero");
    }
    std::vector<std::optional<Timestamp>> made;
    for (std::int64_t at = start.micros; direction > 0 ? at <= stop.micros : at >= stop.micros;) {
        if (made.size() >= series_max || !is_finite(at)) {
            return fail(sqlstates::program_limit_exceeded, "the series has too many rows");
        }
        made.emplace_back(Timestamp{at});
        TRY_ASSIGN(at, next(at));
    }
    return made;
}
result<std::vector<std::optional<timestamp>>> series_of_timestamps(timestamp start, timestamp stop, interval step) {
    return series(start, stop, step, [&step](std::int64_t at) { return plus(at, step); });
}
result<std::vector<std::optional<timestamptz>>> series_of_instants(timestamptz start, timestamptz stop, interval step,
                                                                   std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    return series(start, stop, step, [&](std::int64_t at) { return plus_in_zone(at, step, *session); });
}

}  // namespace

result<> add_time_truncations(native_functions& functions) {
    TRY(functions.add<trunc_timestamp>("sluice_date_trunc"));
    TRY(functions.add<trunc_in_session>("sluice_date_trunc"));
    TRY(functions.add<trunc_in_zone>("sluice_date_trunc_in"));
    TRY(functions.add<trunc_interval>("sluice_interval_trunc"));
    TRY(functions.add<bin<timestamp>>("sluice_date_bin"));
    TRY(functions.add<bin<timestamptz>>("sluice_timestamptz_bin"));
    TRY(functions.add<round_time>("sluice_time_round"));
    TRY(functions.add<round_timetz>("sluice_timetz_round"));
    TRY(functions.add<round_timestamp<timestamp>>("sluice_timestamp_round"));
    TRY(functions.add<round_timestamp<timestamptz>>("sluice_timestamptz_round"));
    TRY(functions.add<series_of_timestamps>("sluice_timestamp_series"));
    return functions.add<series_of_instants>("sluice_timestamptz_series");
}

}  // namespace sluice::duckdb
