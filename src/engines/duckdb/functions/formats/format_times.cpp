// to_date and to_timestamp: what the fields of a text make together.
#include <array>
#include <fmt/format.h>
#include <limits>

#include "engines/duckdb/functions/formats/format_time_reader.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int64_t int_min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

std::unexpected<error> field_overflow(std::string_view text) {
    return fail(
        postgres::invalid_value(sqlstates::datetime_field_overflow, "date/time field value out of range", text));
}

struct made_time {
    calendar_time when;
    std::optional<std::int64_t> offset_seconds;  // of TZH and TZM
    std::int32_t digits = 0;
};

class time_maker {
  public:
    time_maker(read_fields fields, std::string_view text) : fields_(fields), text_(text) {}

    result<made_time> make() {
        TRY(make_clock());
        make_year();
        if (fields_.julian != 0) {
            set_date(fields_.julian - julian_of_1970);
        }
        TRY(make_week());
        TRY(make_days());
        TRY(make_day_of_year());
        made_.when.micros = fields_.millis * 1000 + fields_.micros;
        TRY(check());
        TRY(make_zone());
        made_.digits = fields_.digits;
        return made_;
    }

  private:
    result<> make_clock() {
        calendar_time& when = made_.when;
        if (const std::int64_t seconds = fields_.seconds_of_day; seconds != 0) {
            when.hour = seconds / 3600;
            when.minute = seconds % 3600 / 60;
            when.second = seconds % 60;
        }
        when.second = fields_.second != 0 ? fields_.second : when.second;
        when.minute = fields_.minute != 0 ? fields_.minute : when.minute;
        when.hour = fields_.hour != 0 ? fields_.hour : when.hour;
        if (!fields_.half_days) {
            return {};
        }
        if (when.hour < 1 || when.hour > 12) {
            error cause{.code = sqlstates::invalid_datetime_format,
                        .message = fmt::format("hour \"{}\" is invalid for the 12-hour clock", when.hour)};
            return fail(std::move(cause).with_hint("Use the 24-hour clock, or give an hour between 1 and 12."));
        }
        if (fields_.afternoon != 0 && when.hour < 12) {
            when.hour += 12;
        } else if (fields_.afternoon == 0 && when.hour == 12) {
            when.hour = 0;
        }
        return {};
    }

    // A century gives the first digits of a short year.
    void make_year() {
        const bool before = fields_.before_christ != 0;
        const std::int64_t century = before ? -fields_.century : fields_.century;
        std::int64_t& year = made_.when.year;
        if (fields_.year != 0 && fields_.century != 0 && fields_.year_digits <= 2) {
            year = fields_.year % 100;
            if (year == 0) {
                year = century * 100 + (century >= 0 ? 0 : 1);
            } else {
                year = century >= 0 ? year + (century - 1) * 100 : (century + 1) * 100 - year + 1;
            }
        } else if (fields_.year != 0) {
            year = before ? -fields_.year : fields_.year;
            year += year < 0 ? 1 : 0;
        } else if (fields_.century != 0) {
            year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
        } else {
            return;
        }
        has_year_ = true;
        year = static_cast<std::int32_t>(static_cast<std::uint32_t>(year));  // the server lets it wrap around
    }

    void set_date(std::int64_t days) {
        const calendar_time date = calendar_of_days(days);
        made_.when.year = date.year;
        made_.when.month = date.month;
        made_.when.day = date.day;
        has_year_ = has_month_ = has_day_ = true;
    }

    result<> make_week() {
        if (fields_.week == 0) {
            return {};
        }
        const std::int64_t weeks = (fields_.week - 1) * 7;
        if (!fields_.iso) {
            fields_.day_of_year = weeks + 1;
            return fields_.day_of_year > int_max || fields_.day_of_year < int_min ? result<>(field_overflow(text_))
                                                                                  : result<>();
        }
        // Sunday, the first in fields, is the last day of an ISO week.
        const std::int64_t weekday = fields_.weekday == 0 ? 0 : fields_.weekday > 1 ? fields_.weekday - 2 : 6;
        const std::int64_t days = iso_year_start(made_.when.year) + weeks + weekday;
        if (days > int_max || days < int_min) {
            return field_overflow(text_);
        }
        set_date(days);
        return {};
    }

    result<> make_days() {
        if (fields_.week_of_month != 0) {
            fields_.day = (fields_.week_of_month - 1) * 7 + 1;
            if (fields_.day > int_max || fields_.day < int_min) {
                return field_overflow(text_);
            }
        }
        if (fields_.day != 0) {
            made_.when.day = fields_.day;
            has_day_ = true;
        }
        if (fields_.month != 0) {
            made_.when.month = fields_.month;
            has_month_ = true;
        }
        return {};
    }

    // Fills a month and a day that are not given.
    result<> make_day_of_year() {
        calendar_time& when = made_.when;
        if (fields_.day_of_year == 0 || (when.month > 1 && when.day > 1)) {
            return {};
        }
        if (when.year == 0 && fields_.before_christ == 0) {
            return fail(sqlstates::invalid_datetime_format, "cannot calculate day of year without year information");
        }
        if (fields_.iso) {
            set_date(iso_year_start(when.year) + fields_.day_of_year - 1);
            return {};
        }
        std::int64_t month = 1;
        std::int64_t before = 0;
        while (month <= 12 && fields_.day_of_year > before + last_day(when.year, month)) {
            before += last_day(when.year, month);
            ++month;
        }
        if (when.month <= 1) {
            when.month = month;
        }
        if (when.day <= 1) {
            when.day = fields_.day_of_year - before;
        }
        has_month_ = has_day_ = true;
        return {};
    }

    // A day beyond its month is an error only if the year is given.
    result<> check() {
        const calendar_time& when = made_.when;
        const bool month_fits = !has_month_ || (when.month >= 1 && when.month <= 12);
        const bool day_fits = !has_day_ || (when.day >= 1 && when.day <= 31);
        const bool all = has_year_ && has_month_ && has_day_;
        if (!month_fits || !day_fits || (all && when.day > last_day(when.year, when.month)) || when.hour < 0 ||
            when.hour > 23 || when.minute < 0 || when.minute > 59 || when.second < 0 || when.second > 59 ||
            when.micros < 0 || when.micros >= micros_per_second) {
            return field_overflow(text_);
        }
        return {};
    }

    result<> make_zone() {
        if (fields_.zone_sign == 0) {
            return {};
        }
        if (fields_.zone_hour < 0 || fields_.zone_hour > 15 || fields_.zone_minute < 0 || fields_.zone_minute > 59) {
            return fail(postgres::invalid_value(sqlstates::invalid_time_zone_displacement_value,
                                                "time zone displacement out of range", text_));
        }
        made_.offset_seconds = fields_.zone_sign * (fields_.zone_hour * 3600 + fields_.zone_minute * 60);
        return {};
    }

    read_fields fields_;
    std::string_view text_;
    made_time made_;
    bool has_year_ = false;
    bool has_month_ = false;
    bool has_day_ = false;
};

result<made_time> read_time(std::string_view text, std::string_view picture) {
    TRY_ASSIGN(const read_fields fields, read_by_picture(text, parse_time_picture(picture)));
    return time_maker(fields, text).make();
}

result<date> to_date(std::string_view text, std::string_view picture) {
    TRY_ASSIGN(const made_time made, read_time(text, picture));
    const std::int64_t days = days_of(made.when.year, made.when.month, made.when.day);
    if (!is_date(days)) {
        return fail(postgres::invalid_value(sqlstates::datetime_field_overflow, "date out of range", text));
    }
    return date{static_cast<std::int32_t>(days)};
}

// Half away from zero since 2000.
std::int64_t with_digits(std::int64_t micros, std::int32_t digits) {
    return digits == 0 ? micros : plus_micros(rounded_micros(micros - micros_to_2000, digits), micros_to_2000);
}

result<timestamptz> to_timestamp(std::string_view text, std::string_view picture, std::string_view zone_name) {
    TRY_ASSIGN(const made_time made, read_time(text, picture));
    TRY_ASSIGN(const std::int64_t local, micros_of(made.when));
    TRY_ASSIGN(time_zone* const session, zone_named(zone_name));
    const std::int64_t utc = made.offset_seconds ? plus_micros(local, -*made.offset_seconds * micros_per_second)
                                                 : instant_of(local, *session);
    TRY_ASSIGN(const std::int64_t checked, checked_timestamp(utc));
    return timestamptz{with_digits(checked, made.digits)};
}
// Local; a zone in the text is taken for UTC's.
result<timestamp> to_local_timestamp(std::string_view text, std::string_view picture) {
    TRY_ASSIGN(const timestamptz made, to_timestamp(text, picture, "UTC"));
    return timestamp{made.micros};
}

}  // namespace

result<> add_format_time_readers(native_functions& functions) {
    TRY(functions.add<to_date>("sluice_to_date"));
    TRY(functions.add<to_timestamp>("sluice_to_timestamp"));
    return functions.add<to_local_timestamp>("sluice_to_timestamp");
}

}  // namespace sluice::duckdb
