// Dates and times from texts and as texts. Words that stand for a day become dates before the rest is read.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/times/interval_values.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"
#include "engines/duckdb/functions/times/time_values.hpp"
#include "postgres/parse/decode_time.hpp"
#include "postgres/parse/decode_time_problem.hpp"

namespace sluice::duckdb {
namespace {

using postgres::datetime_type;
using postgres::zone_kind;

constexpr std::int64_t julian_max = 2'147'483'494;  // of 5874897-12-31

std::string iso_date(std::int64_t days) {
    std::array<char, postgres::time_text_bytes_max> room;
    return std::string(
        std::string_view(room.data(), postgres::write_date(room.data(), static_cast<std::int32_t>(days))));
}

// J2451187 or J2451187.5: the date, and perhaps a time.
std::optional<std::string> date_of_julian(std::string_view word) {
    for (const std::string_view prefix : {std::string_view("julian"), std::string_view("jd"), std::string_view("j")}) {
        if (base::equals_ignoring_case(word.substr(0, prefix.size()), prefix)) {
            word.remove_prefix(prefix.size());
            break;
        }
    }
    double julian = 0;
    const auto [end, problem] =
        std::from_chars(word.data(), word.data() + word.size(), julian, std::chars_format::fixed);
    if (word.empty() || !base::is_digit(word[0]) || problem != std::errc{} || end != word.data() + word.size() ||
        word.size() > 40) {
        return std::nullopt;
    }
    if (julian >= static_cast<double>(julian_max)) {
        return "9999-02-30";  // out of range, as it is
    }
    const auto whole = static_cast<std::int64_t>(julian);
    std::string text = iso_date(whole - julian_of_1970);
    if (word.contains('.')) {
        std::array<char, postgres::time_text_bytes_max> room;
        const double part = (julian - static_cast<double>(whole)) * static_cast<double>(micros_per_day);
        const std::string_view clock(room.data(), postgres::write_time(room.data(), static_cast<std::uint64_t>(part)));
        text.insert(std::min(text.find(' '), text.size()), " " + std::string(clock));
    }
    return text;
}

// today, tomorrow, yesterday, or a Julian day.
std::optional<std::string> date_of_word(std::string_view word, bool named_days, time_zone& zone) {
    if (word.size() > 1 && base::to_lower(word[0]) == 'j') {
        return date_of_julian(word);
    }
    constexpr auto names = std::to_array<std::string_view>({"yesterday", "today", "tomorrow"});
    for (std::size_t i = 0; named_days && i < names.size(); ++i) {
        if (base::equals_ignoring_case(word, names[i])) {
            const std::int64_t today = floor_divide(local_of(now_micros(), zone), micros_per_day);
            return iso_date(today + static_cast<std::int64_t>(i) - 1);
        }
    }
    return std::nullopt;
}

// The text with its words for days replaced; nullopt: it has none.
std::optional<std::string> with_dates(std::string_view text, bool named_days, time_zone& zone) {
    std::string made;
    bool found = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        while (at < text.size() && !base::is_blank(text[at])) {
            ++at;
        }
        const std::string_view word = text.substr(start, at - start);
        const auto date = date_of_word(word, named_days, zone);
        made += !date ? std::string(word) : found ? "?" : *date;  // of two dates, the second cannot be read
        found = found || date.has_value();
        for (; at < text.size() && base::is_blank(text[at]); ++at) {
            made += ' ';
        }
    }
    return found ? std::optional(std::move(made)) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && base::is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && base::is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_now(std::string_view text) {
    return base::equals_ignoring_case(trimmed(text), "now");
}

// The contents of a text, with the offset of the zone it names.
struct reading {
    postgres::read_datetime when;
    std::optional<std::int64_t> offset_micros;  // nullopt: it names none
};

result<reading> read(std::string_view text, datetime_type type, time_zone& session) {
    const bool day = type != datetime_type::time && type != datetime_type::timetz;
    const auto replaced = with_dates(text, day, session);
    const bool no_clock = !day && base::equals_ignoring_case(trimmed(text), "allballs");
    const std::string_view plain = no_clock   ? std::string_view("00:00:00Z")
                                   : replaced ? std::string_view(*replaced)
                                              : text;
    auto found = postgres::read_datetime_text(plain, type);
    if (!found) {
        if (replaced) {
            return fail(postgres::to_error(found.error().code == sqlstates::datetime_field_overflow
                                               ? postgres::datetime_problem::field
                                               : postgres::datetime_problem::syntax,
                                           text, type));
        }
        return fail(std::move(found).error());
    }
    reading made{.when = *found, .offset_micros = std::nullopt};
    if (found->zone == zone_kind::offset) {
        made.offset_micros = found->offset_seconds * micros_per_second;
    } else if (found->zone == zone_kind::named) {
        TRY_ASSIGN(time_zone* const zone, zone_of_argument(found->zone_name));
        TRY_ASSIGN(const postgres::precise_time local, postgres::to_local_time(*found, text));
        made.offset_micros = local.microseconds - instant_of(local.microseconds, *zone);
    }
    return made;
}

result<date> read_date(std::string_view text, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    if (is_now(text)) {
        return date{static_cast<std::int32_t>(floor_divide(local_of(now_micros(), *session), micros_per_day))};
    }
    TRY_ASSIGN(const reading found, read(text, datetime_type::date, *session));
    TRY_ASSIGN(const std::int32_t days, postgres::to_days(found.when, text));
    return date{days};
}
result<time_of_day> read_time(std::string_view text, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    if (is_now(text)) {
        return time_of_day{floor_modulo(local_of(now_micros(), *session), micros_per_day)};
    }
    TRY_ASSIGN(const reading found, read(text, datetime_type::time, *session));
    return time_of_day{postgres::round_to_microseconds(postgres::to_time(found.when))};
}
result<timetz> read_timetz(std::string_view text, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    const std::int64_t now = now_micros();
    if (is_now(text)) {
        return checked_timetz(floor_modulo(local_of(now, *session), micros_per_day), session->offset_seconds_at(now));
    }
    TRY_ASSIGN(const reading found, read(text, datetime_type::timetz, *session));
    const std::int64_t offset = found.offset_micros.value_or(session->offset_seconds_at(now) * micros_per_second);
    return checked_timetz(postgres::round_to_microseconds(postgres::to_time(found.when)), offset / micros_per_second);
}
result<std::int64_t> local_micros(const reading& found, std::string_view text) {
    TRY_ASSIGN(const postgres::precise_time local, postgres::to_local_time(found.when, text));
    return postgres::round_to_microseconds(local);
}
result<timestamp> read_timestamp(std::string_view text, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    if (is_now(text)) {
        return timestamp{local_of(now_micros(), *session)};
    }
    TRY_ASSIGN(const reading found, read(text, datetime_type::timestamp, *session));
    TRY_ASSIGN(const std::int64_t micros, local_micros(found, text));
    return timestamp{micros};
}
result<timestamptz> read_timestamptz(std::string_view text, std::string_view zone) {
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    if (is_now(text)) {
        return timestamptz{now_micros()};
    }
    TRY_ASSIGN(const reading found, read(text, datetime_type::timestamptz, *session));
    TRY_ASSIGN(const std::int64_t local, local_micros(found, text));
    if (!is_finite(local)) {
        return timestamptz{local};
    }
    const std::int64_t utc =
        found.offset_micros ? plus_micros(local, -*found.offset_micros) : instant_of(local, *session);
    if (!checked_timestamp(utc)) {
        return fail(sqlstates::datetime_field_overflow, "timestamp out of range: \"" + std::string(text) + "\"");
    }
    return timestamptz{utc};
}

// Without a session's zone "now" and "today" are those of UTC.
template <auto Read>
auto read_in_utc(std::string_view text) {
    return Read(text, "UTC");
}

// A day and more beside Greenwich, as POSIX zones may be: the common writer takes less.
std::string far_text(std::int64_t utc, std::int32_t offset) {
    std::array<char, postgres::time_text_bytes_max> room;
    const std::int64_t local = plus_micros(utc, offset * micros_per_second);
    std::string text(std::string_view(room.data(), postgres::write_timestamp(room.data(), local)));
    const std::int32_t size = std::abs(offset);
    std::string zone = fmt::format("{}{:02}", offset < 0 ? '-' : '+', size / 3600);
    if (size % 3600 != 0) {
        zone += fmt::format(":{:02}", size / 60 % 60);
    }
    if (size % 60 != 0) {
        zone += fmt::format(":{:02}", size % 60);
    }
    return text.insert(std::min(text.find(" BC"), text.size()), zone);
}

result<std::string> text_of_timestamptz(timestamptz value, std::string_view zone) {
    std::array<char, postgres::time_text_bytes_max> room;
    if (!is_finite(value.micros)) {
        return std::string(std::string_view(room.data(), postgres::write_infinity(room.data(), value.micros < 0)));
    }
    TRY_ASSIGN(time_zone* const session, zone_named(zone));
    const std::int32_t offset = session->offset_seconds_at(value.micros);
    if (std::abs(offset) * micros_per_second >= micros_per_day) {
        return far_text(value.micros, offset);
    }
    return std::string(std::string_view(room.data(), postgres::write_timestamp_tz(room.data(), value.micros, offset)));
}
std::string text_of_timetz(timetz value) {
    std::array<char, postgres::time_text_bytes_max> room;
    return {room.data(),
            postgres::write_time_tz(room.data(), static_cast<std::uint64_t>(micros_of(value)), offset_of(value))};
}

}  // namespace

result<> add_time_inputs(native_functions& functions) {
    TRY(functions.add<read_date>("sluice_date_in"));
    TRY(functions.add<read_time>("sluice_time_in"));
    TRY(functions.add<read_timetz>("sluice_timetz_in"));
    TRY(functions.add<read_timestamp>("sluice_timestamp_in"));
    TRY(functions.add<read_timestamptz>("sluice_timestamptz_in"));
    TRY(functions.add<read_in_utc<read_date>>("sluice_date_in"));
    TRY(functions.add<read_in_utc<read_time>>("sluice_time_in"));
    TRY(functions.add<read_in_utc<read_timestamp>>("sluice_timestamp_in"));
    TRY(functions.add<text_of_timestamptz>("sluice_text_of"));
    return functions.add<text_of_timetz>("sluice_text_of");
}

}  // namespace sluice::duckdb
