// extract and date_part.
#include "engines/duckdb/functions/numbers/number.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_units.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"

namespace sluice::duckdb {
namespace {

using field = result<std::optional<std::string>>;
using enum time_unit;

constexpr std::string_view timestamp_name = "timestamp without time zone";
constexpr std::string_view timestamptz_name = "timestamp with time zone";

std::string whole(std::int64_t value) {
    return std::to_string(value);
}

std::int64_t century_of(std::int64_t year) {
    return year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
}
std::int64_t millennium_of(std::int64_t year) {
    return year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
}
std::int64_t decade_of(std::int64_t year) {
    return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
}
// There is no year 0.
std::int64_t shown_year(std::int64_t year) {
    return year > 0 ? year : year - 1;
}

// The fields that a day has.
std::optional<std::int64_t> field_of_days(time_unit unit, std::int64_t days) {
    const calendar_time when = calendar_of_days(days);
    switch (unit) {
        case day:
            return when.day;
        case month:
            return when.month;
        case quarter:
            return (when.month - 1) / 3 + 1;
        case week:
            return iso_week_of(days).week;
        case year:
            return shown_year(when.year);
        case decade:
            return decade_of(when.year);
        case century:
            return century_of(when.year);
        case millennium:
            return millennium_of(when.year);
        case iso_year:
            return shown_year(iso_week_of(days).year);
        case day_of_week:
            return weekday_of(days);
        case iso_day_of_week:
            return floor_modulo(days + 3, 7) + 1;
        case day_of_year:
            return days - days_of(when.year, 1, 1) + 1;
        default:
            return std::nullopt;
    }
}

// The fields of a clock whose parts have the sign of the whole.
std::optional<std::string> field_of_clock(time_unit unit, std::int64_t micros) {
    switch (unit) {
        case microsecond:
            return whole(micros % micros_per_minute);
        case millisecond:
            return decimal_text(micros % micros_per_minute, 3);
        case second:
            return decimal_text(micros % micros_per_minute, 6);
        case minute:
            return whole(micros / micros_per_minute % 60);
        case hour:
            return whole(micros / micros_per_hour);
        default:
            return std::nullopt;
    }
}

// Fields that grow without bounds are infinite, others are not known.
std::optional<std::string> endless_field(time_unit unit, bool negative) {
    switch (unit) {
        case year:
        case decade:
        case century:
        case millennium:
        case julian:
        case iso_year:
        case epoch:
            return negative ? "-Infinity" : "Infinity";
        default:
            return std::nullopt;
    }
}

result<std::string> julian_text(std::int64_t micros) {
    TRY_ASSIGN(const number part, divide({.units = floor_modulo(micros, micros_per_day)}, {.units = micros_per_day}));
    return text_of(add({.units = floor_divide(micros, micros_per_day) + julian_of_1970}, part));
}

field field_of_local(const named_unit& named, std::int64_t micros, std::string_view type) {
    if (!is_finite(micros)) {
        return endless_field(named.unit, micros < 0);
    }
    if (const auto found = field_of_days(named.unit, floor_divide(micros, micros_per_day))) {
        return whole(*found);
    }
    if (auto found = field_of_clock(named.unit, floor_modulo(micros, micros_per_day))) {
        return found;
    }
    if (named.unit == julian) {
        TRY_ASSIGN(std::string text, julian_text(micros));
        return text;
    }
    return unit_not_supported(named, type);
}

field extract_date(std::string_view name, date value) {
    const named_unit named = find_time_unit(name);
    if (named.unit == unknown) {
        return unit_not_recognized(named, "date");
    }
    const bool has_it = named.unit == julian || named.unit == epoch || field_of_days(named.unit, 0).has_value();
    if (!has_it) {
        return unit_not_supported(named, "date");
    }
    if (!is_finite(value)) {
        return endless_field(named.unit, value.days < 0);
    }
    if (named.unit == julian) {
        return whole(value.days + julian_of_1970);
    }
    if (named.unit == epoch) {
        return whole(value.days * std::int64_t{86'400});
    }
    return whole(*field_of_days(named.unit, value.days));
}

field extract_timestamp(std::string_view name, timestamp value) {
    const named_unit named = find_time_unit(name);
    if (named.unit == unknown) {
        return unit_not_recognized(named, timestamp_name);
    }
    if (named.unit == reserved) {
        return unit_not_supported(named, timestamp_name);
    }
    if (named.unit == epoch && is_finite(value.micros)) {
        return decimal_text(value.micros, 6);
    }
    return field_of_local(named, value.micros, timestamp_name);
}

std::optional<std::string> field_of_zone(time_unit unit, std::int32_t offset) {
    switch (unit) {
        case zone:
            return whole(offset);
        case zone_hour:
            return whole(offset / 3600);
        case zone_minute:
            return whole(offset / 60 % 60);
        default:
            return std::nullopt;
    }
}

field extract_timestamptz(std::string_view name, timestamptz value, std::string_view zone_name) {
    const named_unit named = find_time_unit(name);
    if (named.unit == unknown) {
        return unit_not_recognized(named, timestamptz_name);
    }
    if (named.unit == reserved) {
        return unit_not_supported(named, timestamptz_name);
    }
    if (!is_finite(value.micros)) {
        return endless_field(named.unit, value.micros < 0);
    }
    if (named.unit == epoch) {
        return decimal_text(value.micros, 6);
    }
    TRY_ASSIGN(time_zone* const session, zone_named(zone_name));
    if (auto found = field_of_zone(named.unit, session->offset_seconds_at(value.micros))) {
        return found;
    }
    return field_of_local(named, local_of(value.micros, *session), timestamptz_name);
}

// A time knows fewer words: those of input are none of its.
bool is_word_of_times(time_unit unit) {
    return unit != unknown && unit != reserved;
}

field extract_time(std::string_view name, time_of_day value) {
    constexpr std::string_view type = "time without time zone";
    const named_unit named = find_time_unit(name);
    if (!is_word_of_times(named.unit)) {
        return unit_not_recognized(named, type);
    }
    if (named.unit == epoch) {
        return decimal_text(value.micros, 6);
    }
    if (auto found = field_of_clock(named.unit, value.micros)) {
        return found;
    }
    return unit_not_supported(named, type);
}

field extract_timetz(std::string_view name, timetz value) {
    constexpr std::string_view type = "time with time zone";
    const named_unit named = find_time_unit(name);
    if (!is_word_of_times(named.unit)) {
        return unit_not_recognized(named, type);
    }
    if (named.unit == epoch) {
        return decimal_text(micros_of(value) - offset_of(value) * micros_per_second, 6);
    }
    if (auto found = field_of_zone(named.unit, offset_of(value))) {
        return found;
    }
    if (auto found = field_of_clock(named.unit, micros_of(value))) {
        return found;
    }
    return unit_not_supported(named, type);
}

// A year counts 365.25 days, a month of the rest 30.
std::string interval_epoch(interval value) {
    const std::int64_t quarter_days = std::int64_t{1461} * (value.months / 12) +
                                      std::int64_t{120} * (value.months % 12) + std::int64_t{4} * value.days;
    return decimal_text(static_cast<__int128>(quarter_days) * (micros_per_day / 4) + value.micros, 6);
}

field extract_interval(std::string_view name, interval value) {
    const named_unit named = find_time_unit(name);
    const std::int64_t years = value.months / 12;
    if (auto found = field_of_clock(named.unit, value.micros)) {
        return found;
    }
    switch (named.unit) {
        case day:
            return whole(value.days);
        case month:
            return whole(value.months % 12);
        case quarter:
            return whole(value.months % 12 / 3 + 1);
        case year:
            return whole(years);
        case decade:
            return whole(years / 10);
        case century:
            return whole(years / 100);
        case millennium:
            return whole(years / 1000);
        case epoch:
            return interval_epoch(value);
        case unknown:
        case reserved:
            return unit_not_recognized(named, "interval");
        default:
            return unit_not_supported(named, "interval");
    }
}

}  // namespace

result<> add_time_fields(native_functions& functions) {
    TRY(functions.add<extract_date>("sluice_extract_date"));
    TRY(functions.add<extract_timestamp>("sluice_extract_timestamp"));
    TRY(functions.add<extract_timestamptz>("sluice_extract_timestamptz"));
    TRY(functions.add<extract_time>("sluice_extract_time"));
    TRY(functions.add<extract_timetz>("sluice_extract_timetz"));
    return functions.add<extract_interval>("sluice_extract_interval");
}

}  // namespace sluice::duckdb
