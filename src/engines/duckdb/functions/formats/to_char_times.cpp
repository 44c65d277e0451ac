// to_char of timestamps and intervals.
#include <absl/time/time.h>
#include <algorithm>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/formats/format_ordinal.hpp"
#include "engines/duckdb/functions/formats/format_time_words.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"

namespace sluice::duckdb {
namespace {

using enum time_key;

// The values of the fields. The parts of an interval keep its sign.
struct shown_time {
    calendar_time when;
    std::int64_t weekday = 0;      // 0: Sunday
    std::int64_t day_of_year = 0;  // 1: January 1st
    iso_week_date iso{};
    std::int64_t julian = 0;
    std::int32_t offset_seconds = 0;
    std::string zone;
    bool is_interval = false;
};

// The number of a day whose fields may be those of an interval: January and February count as months 13 and 14 of the
// year before, and nothing is carried over.
std::int64_t julian_of_parts(std::int64_t year, std::int64_t month, std::int64_t day) {
    const std::int64_t from_march = month > 2 ? month + 1 : month + 13;
    const std::int64_t years = year + (month > 2 ? 4800 : 4799);
    const std::int64_t leap_days = years / 4 - years / 100 + years / 400;
    const std::int64_t number = years * 365 + leap_days + from_march * 7834 / 256 + day - 32'167;
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(number));
}

iso_week_date iso_week_of_parts(const calendar_time& parts, std::int64_t julian) {
    const auto start_of = [](std::int64_t year) {
        const std::int64_t fourth = julian_of_parts(year, 1, 4);
        return fourth - floor_modulo(fourth, 7);
    };
    std::int64_t year = parts.year;
    if (julian < start_of(year)) {
        --year;
    }
    if ((julian - start_of(year)) / 7 + 1 >= 52 && julian >= start_of(parts.year + 1)) {
        year = parts.year + 1;
    }
    const std::int64_t start = start_of(year);
    return {.year = year, .week = (julian - start) / 7 + 1, .day_of_year = julian - start + 1};
}

shown_time shown(std::int64_t local) {
    const std::int64_t days = floor_divide(local, micros_per_day);
    shown_time made{.when = calendar_of(local)};
    made.weekday = weekday_of(days);
    made.day_of_year = days - days_of(made.when.year, 1, 1) + 1;
    made.iso = iso_week_of(days);
    made.julian = days + julian_of_1970;
    return made;
}

shown_time shown(interval value) {
    shown_time made{.when = {.year = value.months / 12,
                             .month = value.months % 12,
                             .day = value.days,
                             .hour = value.micros / micros_per_hour,
                             .minute = value.micros / micros_per_minute % 60,
                             .second = value.micros / micros_per_second % 60,
                             .micros = value.micros % micros_per_second},
                    .is_interval = true};
    made.day_of_year =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(std::int64_t{value.months} * 30 + value.days));
    made.julian = julian_of_parts(made.when.year, made.when.month, made.when.day);
    made.iso = iso_week_of_parts(made.when, made.julian);
    return made;
}

std::string padded(std::int64_t value, int width) {
    return fmt::format("{:0{}d}", value, width);
}

class time_writer {
  public:
    explicit time_writer(const shown_time& shown) : shown_(shown), when_(shown.when) {}

    result<std::string> write(const std::vector<time_node>& nodes) {
        for (const time_node& node : nodes) {
            if (node.is != time_node::kind::field) {
                text_ += node.text;
                continue;
            }
            if (shown_.is_interval && !interval_has(node.field->key)) {
                error cause =
                    fail(sqlstates::invalid_datetime_format, "invalid format specification for an interval value")
                        .error();
                return fail(std::move(cause).with_hint("Intervals are not tied to specific calendar dates."));
            }
            if (!write_word(node)) {
                write_number(node);
            }
        }
        return std::move(text_);
    }

  private:
    static bool interval_has(time_key key) {
        switch (key) {
            case era_dots:
            case era:
            case day_name:
            case day_short:
            case day_of_week:
            case iso_day:
            case month_name:
            case month_short:
            case offset:
            case zone_hour:
            case zone_minute:
            case zone:
                return false;
            default:
                return true;
        }
    }

    // In the letter case of the field's name: MONTH, Month, month.
    static std::string in_case_of(const time_node& node, std::string_view word) {
        const std::string_view name = node.field->word;
        if (base::is_lower(name[0])) {
            return base::lower_case(word);
        }
        return base::is_lower(name[1]) ? std::string(word) : base::upper_case(word);
    }
    void word_of(const time_node& node, std::string_view word, std::size_t width) {
        std::string made = in_case_of(node, word);
        if (!node.fill && !node.names && made.size() < width) {
            made.resize(width, ' ');
        }
        text_ += made;
    }

    bool write_word(const time_node& node) {
        const bool afternoon = floor_modulo(when_.hour, 24) >= 12 && when_.hour % 24 >= 12;
        switch (node.field->key) {
            case era:
                word_of(node, when_.year <= 0 ? "BC" : "AD", 0);
                return true;
            case era_dots:
                word_of(node, when_.year <= 0 ? "B.C." : "A.D.", 0);
                return true;
            case half_day:
                text_ += base::is_lower(node.field->word[0]) ? (afternoon ? "pm" : "am") : (afternoon ? "PM" : "AM");
                return true;
            case half_day_dots:
                text_ +=
                    base::is_lower(node.field->word[0]) ? (afternoon ? "p.m." : "a.m.") : (afternoon ? "P.M." : "A.M.");
                return true;
            case day_name:
                word_of(node, day_names[shown_.weekday], 9);
                return true;
            case day_short:
                word_of(node, day_names[shown_.weekday].substr(0, 3), 0);
                return true;
            case month_name:
                word_of(node, month_names[when_.month - 1], 9);
                return true;
            case month_short:
                word_of(node, month_names[when_.month - 1].substr(0, 3), 0);
                return true;
            case roman_month:
                write_roman_month(node);
                return true;
            case exact:
                return true;
            default:
                return write_zone(node);
        }
    }

    bool write_zone(const time_node& node) {
        const std::int32_t seconds = shown_.offset_seconds;
        const std::int32_t size = std::abs(seconds);
        switch (node.field->key) {
            case zone:
                text_ += base::is_lower(node.field->word[0]) ? base::lower_case(shown_.zone) : shown_.zone;
                return true;
            case zone_hour:
                text_ += fmt::format("{}{:02}", seconds < 0 ? '-' : '+', size / 3600);
                return true;
            case zone_minute:
                text_ += padded(size % 3600 / 60, 2);
                return true;
            case offset:
                text_ += (seconds < 0 ? '-' : '+') + padded(size / 3600, node.fill ? 0 : 2);
                if (size % 3600 != 0) {
                    text_ += ":" + padded(size % 3600 / 60, 2);
                }
                return true;
            default:
                return false;
        }
    }

    // Months of a negative interval count from the year's end.
    void write_roman_month(const time_node& node) {
        std::int64_t index = when_.month - 1;
        if (when_.month == 0) {
            if (when_.year == 0) {
                return;
            }
            index = when_.year >= 0 ? 11 : 0;
        } else if (when_.month < 0) {
            index = 12 + when_.month;
        }
        std::string made(roman_months[index]);
        if (base::is_lower(node.field->word[0])) {
            made = base::lower_case(made);
        }
        if (!node.fill && made.size() < 4) {
            made.resize(4, ' ');
        }
        text_ += made;
    }

    void number(const time_node& node, std::int64_t value, int width) {
        std::string made = padded(value, width);
        if (node.ordinal) {
            made += ordinal_suffix(made, node.upper);
        }
        text_ += made;
    }
    // With one more place for a sign.
    void filled(const time_node& node, std::int64_t value, std::int64_t sign, int width) {
        number(node, value, node.fill ? 0 : sign >= 0 ? width : width + 1);
    }
    [[nodiscard]] std::int64_t shown_year(std::int64_t year) const {
        return shown_.is_interval || year > 0 ? year : 1 - year;
    }
    // The last digits of a year.
    void year_digits(const time_node& node, std::int64_t year, int digits) {
        const std::int64_t value = shown_year(year);
        const std::int64_t unit = digits == 4 ? 0 : digits == 3 ? 1000 : digits == 2 ? 100 : 10;
        if (digits == 1) {
            number(node, value % unit, 0);
            return;
        }
        filled(node, unit == 0 ? value : value % unit, shown_year(when_.year), digits);
    }

    void write_number(const time_node& node) {
        switch (node.field->key) {
            case hour_12:
                return filled(node, when_.hour % 12 == 0 ? 12 : when_.hour % 12, when_.hour, 2);
            case hour_24:
                return filled(node, when_.hour, when_.hour, 2);
            case minute:
                return filled(node, when_.minute, when_.minute, 2);
            case second:
                return filled(node, when_.second, when_.second, 2);
            case fraction_1:
                return number(node, when_.micros / 100'000, 1);
            case fraction_2:
                return number(node, when_.micros / 10'000, 2);
            case fraction_3:
            case millisecond:
                return number(node, when_.micros / 1000, 3);
            case fraction_4:
                return number(node, when_.micros / 100, 4);
            case fraction_5:
                return number(node, when_.micros / 10, 5);
            case fraction_6:
            case microsecond:
                return number(node, when_.micros, 6);
            case seconds_of_day:
                return number(node, (when_.hour * 60 + when_.minute) * 60 + when_.second, 0);
            default:
                return write_date_number(node);
        }
    }

    void write_date_number(const time_node& node) {
        const int fill = node.fill ? 0 : 1;
        switch (node.field->key) {
            case month:
                return filled(node, when_.month, when_.month, 2);
            case day_of_year:
                return number(node, shown_.day_of_year, fill * 3);
            case iso_day_of_year:
                return number(node, shown_.iso.day_of_year, fill * 3);
            case day:
                return number(node, when_.day, fill * 2);
            case day_of_week:
                return number(node, shown_.weekday + 1, 0);
            case iso_day:
                return number(node, shown_.weekday == 0 ? 7 : shown_.weekday, 0);
            case week_of_year:
                return number(node, (shown_.day_of_year - 1) / 7 + 1, fill * 2);
            case iso_week:
                return number(node, shown_.iso.week, fill * 2);
            case week_of_month:
                return number(node, (when_.day - 1) / 7 + 1, 0);
            case julian:
                return number(node, shown_.julian, 0);
            case quarter:
                if (when_.month != 0) {
                    number(node, (when_.month - 1) / 3 + 1, 0);
                }
                return;
            default:
                return write_year(node);
        }
    }

    void write_year(const time_node& node) {
        switch (node.field->key) {
            case century: {
                const std::int64_t year = when_.year;
                const std::int64_t value = shown_.is_interval ? year / 100
                                           : year > 0         ? (year - 1) / 100 + 1
                                                              : year / 100 - 1;
                return value >= -99 && value <= 99 ? filled(node, value, value, 2) : number(node, value, 0);
            }
            case year_comma: {
                const std::int64_t year = shown_year(when_.year);
                std::string made = fmt::format("{},{:03}", year / 1000, year % 1000);
                text_ += node.ordinal ? made + std::string(ordinal_suffix(made, node.upper)) : made;
                return;
            }
            case year_4:
                return year_digits(node, when_.year, 4);
            case iso_year_4:
                return year_digits(node, shown_.iso.year, 4);
            case year_3:
                return year_digits(node, when_.year, 3);
            case iso_year_3:
                return year_digits(node, shown_.iso.year, 3);
            case year_2:
                return year_digits(node, when_.year, 2);
            case iso_year_2:
                return year_digits(node, shown_.iso.year, 2);
            case year_1:
                return year_digits(node, when_.year, 1);
            case iso_year_1:
                return year_digits(node, shown_.iso.year, 1);
            default:
                return;
        }
    }

    const shown_time& shown_;
    const calendar_time& when_;
    std::string text_;
};

using text = result<std::optional<std::string>>;

text written(const shown_time& shown, std::string_view picture) {
    TRY_ASSIGN(std::string made, time_writer(shown).write(parse_time_picture(picture)));
    return made;
}

text of_timestamp(timestamp value, std::string_view picture) {
    if (picture.empty() || !is_finite(value.micros)) {
        return std::nullopt;
    }
    return written(shown(value.micros), picture);
}

// "CEST" of Europe/Berlin in summer; "+03" of "<+03>-03".
std::string abbreviation_of(const time_zone& zone, std::int64_t utc) {
    absl::TimeZone loaded;
    const std::string& name = zone.name();
    if (name != "UTC" && absl::LoadTimeZone(name, &loaded)) {
        return loaded.At(absl::FromUnixMicros(utc)).zone_abbr;
    }
    if (name.starts_with('<')) {
        return name.substr(1, name.find('>') - 1);
    }
    return {name.begin(), std::ranges::find_if_not(name, base::is_letter)};
}

text of_timestamptz(timestamptz value, std::string_view picture, std::string_view zone_name) {
    if (picture.empty() || !is_finite(value.micros)) {
        return std::nullopt;
    }
    TRY_ASSIGN(time_zone* const session, zone_named(zone_name));
    shown_time made = shown(local_of(value.micros, *session));
    made.offset_seconds = session->offset_seconds_at(value.micros);
    made.zone = abbreviation_of(*session, value.micros);
    return written(made, picture);
}

text of_interval(interval value, std::string_view picture) {
    if (picture.empty()) {
        return std::nullopt;
    }
    return written(shown(value), picture);
}

}  // namespace

result<> add_to_char_times(native_functions& functions) {
    TRY(functions.add<of_timestamp>("sluice_to_char_timestamp"));
    TRY(functions.add<of_timestamptz>("sluice_to_char_timestamptz"));
    return functions.add<of_interval>("sluice_to_char_interval");
}

}  // namespace sluice::duckdb
