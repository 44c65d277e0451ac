#include "engines/duckdb/functions/times/time_values.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <vector>

#include "postgres/format/value_text.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int64_t days_first = postgres::days_from_civil(-4713, 11, 24);
constexpr std::int64_t days_last = postgres::days_from_civil(5874897, 12, 31);
constexpr std::uint32_t offset_bits = 24;
constexpr std::int64_t offset_max = 57'599;  // of the engine's packed form
constexpr std::size_t zones_max = 16;

}  // namespace

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
    const std::int64_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}
std::int64_t floor_modulo(std::int64_t value, std::int64_t by) {
    const std::int64_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

std::int64_t plus_micros(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) {
        return right < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    }
    return sum;
}

std::int64_t last_day(std::int64_t year, std::int64_t month) {
    return month < 1 || month > 12 ? 0 : postgres::days_of_month(year, static_cast<std::uint32_t>(month));
}

std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
    const std::int64_t months = month - 1;
    const auto in_year = static_cast<std::uint32_t>(floor_modulo(months, 12) + 1);
    return postgres::days_from_civil(year + floor_divide(months, 12), in_year, 1) + day - 1;
}

calendar_time calendar_of_days(std::int64_t days) {
    const postgres::calendar_date date = postgres::date_from_days(days);
    return {.year = date.year, .month = date.month, .day = date.day};
}

calendar_time calendar_of(std::int64_t micros) {
    calendar_time when = calendar_of_days(floor_divide(micros, micros_per_day));
    const std::int64_t clock = floor_modulo(micros, micros_per_day);
    when.hour = clock / micros_per_hour;
    when.minute = clock / micros_per_minute % 60;
    when.second = clock / micros_per_second % 60;
    when.micros = clock % micros_per_second;
    return when;
}

std::unexpected<error> timestamp_out_of_range() {
    return fail(sqlstates::datetime_field_overflow, "timestamp out of range");
}
std::unexpected<error> interval_out_of_range() {
    return fail(sqlstates::datetime_field_overflow, "interval out of range");
}

result<std::int64_t> checked_timestamp(std::int64_t micros) {
    if (micros < days_first * micros_per_day || micros > postgres::timestamp_last) {
        return timestamp_out_of_range();
    }
    return micros;
}

result<std::int64_t> micros_of(const calendar_time& when) {
    std::int64_t micros = 0;
    const std::int64_t clock =
        when.hour * micros_per_hour + when.minute * micros_per_minute + when.second * micros_per_second + when.micros;
    if (__builtin_mul_overflow(days_of(when.year, when.month, when.day), micros_per_day, &micros) ||
        __builtin_add_overflow(micros, clock, &micros)) {
        return timestamp_out_of_range();
    }
    return checked_timestamp(micros);
}

bool is_date(std::int64_t days) {
    return days >= days_first && days <= days_last;
}

std::int64_t iso_year_start(std::int64_t year) {
    const std::int64_t fourth = days_of(year, 1, 4);  // always in week 1
    return fourth - floor_modulo(fourth + 3, 7);
}

iso_week_date iso_week_of(std::int64_t days) {
    const std::int64_t thursday = days - floor_modulo(days + 3, 7) + 3;
    const std::int64_t year = calendar_of_days(thursday).year;
    const std::int64_t start = iso_year_start(year);
    return {.year = year, .week = (days - start) / 7 + 1, .day_of_year = days - start + 1};
}

std::int64_t weekday_of(std::int64_t days) {
    return floor_modulo(days + 4, 7);
}

result<time_zone*> zone_named(std::string_view name) {
    thread_local std::vector<std::pair<std::string, time_zone>> known;
    for (auto& [key, zone] : known) {
        if (key == name) {
            return &zone;
        }
    }
    TRY_ASSIGN(time_zone found, time_zone::find(name));
    if (known.size() >= zones_max) {
        known.clear();
    }
    return &known.emplace_back(std::string(name), std::move(found)).second;
}

std::int64_t local_of(std::int64_t utc, time_zone& zone) {
    return is_finite(utc) ? plus_micros(utc, zone.offset_seconds_at(utc) * micros_per_second) : utc;
}

std::int64_t instant_of(std::int64_t local, time_zone& zone) {
    if (!is_finite(local)) {
        return local;
    }
    const auto offset_at = [&zone](std::int64_t utc) { return zone.offset_seconds_at(utc) * micros_per_second; };
    const std::int64_t before = offset_at(plus_micros(local, -micros_per_day));
    const std::int64_t after = offset_at(plus_micros(local, micros_per_day));
    if (before == after || offset_at(plus_micros(local, -after)) == after) {
        return plus_micros(local, -after);
    }
    return plus_micros(local, -before);
}

std::int64_t now_micros() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::string decimal_text(__int128 units, std::uint32_t scale) {
    std::array<char, postgres::scalar_text_bytes_max> room;
    return {room.data(), postgres::write_decimal_128(room.data(), units, scale)};
}

std::int64_t rounded_micros(std::int64_t micros, std::int32_t digits) {
    if (digits < 0 || digits >= 6) {
        return micros;
    }
    const auto unit = static_cast<std::int64_t>(postgres::powers_of_ten[static_cast<std::size_t>(6 - digits)]);
    const std::int64_t away = micros < 0 ? -unit / 2 : unit / 2;
    std::int64_t moved = 0;
    return __builtin_add_overflow(micros, away, &moved) ? micros : moved / unit * unit;
}

std::int64_t micros_of(timetz value) {
    return static_cast<std::int64_t>(value.bits >> offset_bits);
}
std::int32_t offset_of(timetz value) {
    return static_cast<std::int32_t>(offset_max - static_cast<std::int64_t>(value.bits & ((1U << offset_bits) - 1)));
}
timetz make_timetz(std::int64_t micros, std::int32_t seconds_east) {
    return {.bits = static_cast<std::uint64_t>(micros) << offset_bits |
                    static_cast<std::uint64_t>(offset_max - seconds_east)};
}

result<timetz> checked_timetz(std::int64_t micros, std::int64_t seconds_east) {
    if (seconds_east < -offset_max || seconds_east > offset_max) {
        return fail(sqlstates::invalid_time_zone_displacement_value, "time zone displacement out of range");
    }
    return make_timetz(micros, static_cast<std::int32_t>(seconds_east));
}

}  // namespace sluice::duckdb
