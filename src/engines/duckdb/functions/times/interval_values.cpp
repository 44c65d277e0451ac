#include "engines/duckdb/functions/times/interval_values.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"
#include "postgres/format/value_text_time.hpp"
#include "postgres/parse/decode_time_words.hpp"

namespace sluice::duckdb {
namespace {

result<std::int64_t> plus_months(std::int64_t local, std::int32_t months) {
    if (months == 0) {
        return local;
    }
    calendar_time when = calendar_of(local);
    const std::int64_t month = when.month - 1 + months;
    when.year += floor_divide(month, 12);
    when.month = floor_modulo(month, 12) + 1;
    when.day = std::min(when.day, last_day(when.year, when.month));
    return micros_of(when);
}
result<std::int64_t> plus_days(std::int64_t local, std::int32_t days) {
    std::int64_t later = 0;
    if (__builtin_mul_overflow(days, micros_per_day, &later) || __builtin_add_overflow(local, later, &later)) {
        return timestamp_out_of_range();
    }
    return days == 0 ? result<std::int64_t>(later) : checked_timestamp(later);
}
result<std::int64_t> plus_clock(std::int64_t micros, std::int64_t more) {
    std::int64_t later = 0;
    if (__builtin_add_overflow(micros, more, &later)) {
        return timestamp_out_of_range();
    }
    return checked_timestamp(later);
}

}  // namespace

__int128 span_of(interval value) {
    const __int128 days = static_cast<__int128>(value.months) * 30 + value.days;
    return days * micros_per_day + value.micros;
}

result<interval> negated(interval value) {
    constexpr auto least = std::numeric_limits<std::int32_t>::min();
    if (value.months == least || value.days == least || value.micros == std::numeric_limits<std::int64_t>::min()) {
        return interval_out_of_range();
    }
    return interval{.months = -value.months, .days = -value.days, .micros = -value.micros};
}

result<std::int64_t> plus(std::int64_t local, interval step) {
    if (!is_finite(local)) {
        return local;
    }
    TRY_ASSIGN(local, plus_months(local, step.months));
    TRY_ASSIGN(local, plus_days(local, step.days));
    return plus_clock(local, step.micros);
}

result<std::int64_t> plus_in_zone(std::int64_t utc, interval step, time_zone& zone) {
    if (!is_finite(utc)) {
        return utc;
    }
    if (step.months != 0) {
        TRY_ASSIGN(const std::int64_t local, plus_months(local_of(utc, zone), step.months));
        TRY_ASSIGN(utc, checked_timestamp(instant_of(local, zone)));
    }
    if (step.days != 0) {
        TRY_ASSIGN(const std::int64_t local, plus_days(local_of(utc, zone), step.days));
        TRY_ASSIGN(utc, checked_timestamp(instant_of(local, zone)));
    }
    return plus_clock(utc, step.micros);
}

result<time_zone*> zone_of_argument(std::string_view name) {
    const auto word = postgres::find_time_word(name);
    if (word && word->kind == postgres::time_word_kind::zone_offset) {
        // A number of hours east, as a zone's name has it.
        std::string offset(32, '\0');
        offset.resize(
            static_cast<std::size_t>(postgres::write_zone_offset(offset.data(), -word->value) - offset.data()));
        return zone_named("<" + std::string(name) + ">" + offset);
    }
    // Bare numbers count west here, and east in SET TimeZone.
    const bool bare = !name.empty() && (base::is_digit(name[0]) || name[0] == '+' || name[0] == '-');
    auto found = zone_named(bare ? "<X>" + std::string(name) : std::string(name));
    if (!found) {
        return fail(sqlstates::invalid_parameter_value, "time zone \"" + std::string(name) + "\" not recognized");
    }
    return found;
}

}  // namespace sluice::duckdb
