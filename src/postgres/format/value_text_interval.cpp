// The four output forms of IntervalStyle, PostgreSQL 15 manual, 8.5.5 and table 8.18.
#include <string_view>

#include "postgres/format/value_text_time.hpp"

namespace sluice::postgres {
namespace {

// All fields have the sign of the interval's part that they come from.
struct interval_fields {
    std::int64_t years;
    std::int64_t months;
    std::int64_t days;
    std::int64_t hours;
    std::int64_t minutes;
    std::int64_t seconds;
    std::int64_t fraction;  // microseconds

    [[nodiscard]] bool has_time() const { return hours != 0 || minutes != 0 || seconds != 0 || fraction != 0; }
    [[nodiscard]] bool time_is_negative() const { return hours < 0 || minutes < 0 || seconds < 0 || fraction < 0; }
};

interval_fields split(interval_parts interval) {
    const std::int64_t seconds = interval.microseconds / 1'000'000;
    return {.years = interval.months / 12,
            .months = interval.months % 12,
            .days = interval.days,
            .hours = seconds / 3600,
            .minutes = seconds / 60 % 60,
            .seconds = seconds % 60,
            .fraction = interval.microseconds % 1'000'000};
}

std::uint64_t absolute(std::int64_t value) {
    return static_cast<std::uint64_t>(value < 0 ? -value : value);
}

char* write_hours_minutes_seconds(char* out, const interval_fields& fields, bool pad_hours) {
    const std::uint64_t hours = absolute(fields.hours);
    out = pad_hours && hours < 100 ? write_two_digits(out, static_cast<std::uint32_t>(hours))
                                   : write_unsigned(out, hours);
    *out++ = ':';
    out = write_two_digits(out, static_cast<std::uint32_t>(absolute(fields.minutes)));
    *out++ = ':';
    out = write_two_digits(out, static_cast<std::uint32_t>(absolute(fields.seconds)));
    return write_fraction(out, static_cast<std::uint32_t>(absolute(fields.fraction)));
}

char* write_seconds_unpadded(char* out, const interval_fields& fields) {
    out = write_unsigned(out, absolute(fields.seconds));
    return write_fraction(out, static_cast<std::uint32_t>(absolute(fields.fraction)));
}

// The state of the verbose form: the first field that is not zero decides whether all are counted backwards ("ago").
struct verbose_writer {
    char* out;
    bool empty = true;
    bool ago = false;

    void write(std::int64_t value, std::string_view unit) {
        if (value == 0) {
            return;
        }
        if (empty) {
            ago = value < 0;
        }
        value = ago ? -value : value;
        *out++ = ' ';
        out = write_signed(out, value);
        *out++ = ' ';
        out = write_text(out, unit);
        if (value != 1) {
            *out++ = 's';
        }
        empty = false;
    }

    void write_seconds(const interval_fields& fields) {
        if (fields.seconds == 0 && fields.fraction == 0) {
            return;
        }
        const bool negative = fields.seconds < 0 || fields.fraction < 0;
        if (empty) {
            ago = negative;
        }
        *out++ = ' ';
        if (negative != ago) {
            *out++ = '-';
        }
        out = write_seconds_unpadded(out, fields);
        out = write_text(out, absolute(fields.seconds) == 1 && fields.fraction == 0 ? " sec" : " secs");
        empty = false;
    }
};

}  // namespace

char* write_interval_postgres(char* out, interval_parts interval) {
    const interval_fields fields = split(interval);
    bool empty = true;
    bool after_negative = false;
    const auto write_part = [&](std::int64_t value, std::string_view unit) {
        if (value == 0) {
            return;
        }
        if (!empty) {
            *out++ = ' ';
        }
        if (after_negative && value > 0) {
            *out++ = '+';
        }
        out = write_signed(out, value);
        *out++ = ' ';
        out = write_text(out, unit);
        if (value != 1) {
            *out++ = 's';
        }
        after_negative = value < 0;
        empty = false;
    };
    write_part(fields.years, "year");
    write_part(fields.months, "mon");
    write_part(fields.days, "day");
    if (empty || fields.has_time()) {
        if (!empty) {
            *out++ = ' ';
        }
        if (fields.time_is_negative()) {
            *out++ = '-';
        } else if (after_negative) {
            *out++ = '+';
        }
        out = write_hours_minutes_seconds(out, fields, true);
    }
    return out;
}

char* write_interval_verbose(char* out, interval_parts interval) {
    const interval_fields fields = split(interval);
    *out = '@';
    verbose_writer writer{.out = out + 1};
    writer.write(fields.years, "year");
    writer.write(fields.months, "mon");
    writer.write(fields.days, "day");
    writer.write(fields.hours, "hour");
    writer.write(fields.minutes, "min");
    writer.write_seconds(fields);
    if (writer.empty) {
        return write_text(writer.out, " 0");
    }
    return writer.ago ? write_text(writer.out, " ago") : writer.out;
}

char* write_interval_sql_standard(char* out, interval_parts interval) {
    const interval_fields fields = split(interval);
    const bool negative = interval.months < 0 || interval.days < 0 || interval.microseconds < 0;
    const bool positive = interval.months > 0 || interval.days > 0 || interval.microseconds > 0;
    const bool has_day_time = interval.days != 0 || interval.microseconds != 0;
    if (!negative && !positive) {
        *out = '0';
        return out + 1;
    }
    const auto write_year_month = [&] {
        out = write_unsigned(out, absolute(fields.years));
        *out++ = '-';
        out = write_unsigned(out, absolute(fields.months));
    };
    const auto write_sign = [&](bool is_negative) { *out++ = is_negative ? '-' : '+'; };
    if ((negative && positive) || (interval.months != 0 && has_day_time)) {  // not expressible in the standard's form
        write_sign(interval.months < 0);
        write_year_month();
        *out++ = ' ';
        write_sign(interval.days < 0);
        out = write_unsigned(out, absolute(interval.days));
        *out++ = ' ';
        write_sign(interval.microseconds < 0);
        return write_hours_minutes_seconds(out, fields, false);
    }
    if (negative) {
        *out++ = '-';
    }
    if (interval.months != 0) {
        write_year_month();
        return out;
    }
    if (interval.days != 0) {
        out = write_unsigned(out, absolute(interval.days));
        *out++ = ' ';
    }
    return write_hours_minutes_seconds(out, fields, false);
}

char* write_interval_iso_8601(char* out, interval_parts interval) {
    const interval_fields fields = split(interval);
    if (interval.months == 0 && interval.days == 0 && interval.microseconds == 0) {
        return write_text(out, "PT0S");
    }
    const auto write_part = [&](std::int64_t value, char unit) {
        if (value != 0) {
            out = write_signed(out, value);
            *out++ = unit;
        }
    };
    *out++ = 'P';
    write_part(fields.years, 'Y');
    write_part(fields.months, 'M');
    write_part(fields.days, 'D');
    if (fields.has_time()) {
        *out++ = 'T';
        write_part(fields.hours, 'H');
        write_part(fields.minutes, 'M');
        if (fields.seconds != 0 || fields.fraction != 0) {
            if (fields.seconds < 0 || fields.fraction < 0) {
                *out++ = '-';
            }
            out = write_seconds_unpadded(out, fields);
            *out++ = 'S';
        }
    }
    return out;
}

}  // namespace sluice::postgres
