#include "engines/duckdb/values/time_zone.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text/ascii.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int32_t offset_seconds_max = 167 * 3600;  // the largest offset of a POSIX zone
constexpr std::int64_t instant_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t instant_max = std::numeric_limits<std::int64_t>::max();

// "2", "+02", "-3.5": hours east.
std::optional<std::int32_t> parse_hours(std::string_view text) {
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    double hours = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), hours);
    if (problem != std::errc{} || end != digits.data() + digits.size() ||
        (digits.size() != text.size() && digits.starts_with('-')) || !(std::fabs(hours) * 3600 <= offset_seconds_max)) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(std::lround(hours * 3600));
}

// Takes up to `digits_max` digits off the front.
std::optional<std::int32_t> take_number(std::string_view& text, std::size_t digits_max) {
    std::size_t count = 0;
    std::int32_t number = 0;
    while (count < text.size() && count < digits_max && base::is_digit(text[count])) {
        number = number * 10 + (text[count++] - '0');
    }
    text.remove_prefix(count);
    return count == 0 ? std::nullopt : std::optional(number);
}

// An abbreviation, perhaps empty, and hours[:minutes[:seconds]] west of Greenwich; without rules for summer time.
std::optional<std::int32_t> parse_posix(std::string_view text) {
    if (text.starts_with('<')) {
        const std::size_t close = text.find('>');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        text.remove_prefix(close + 1);
    } else {
        text.remove_prefix(static_cast<std::size_t>(std::ranges::find_if_not(text, base::is_letter) - text.begin()));
    }
    const bool east = text.starts_with('-');
    if (east || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::int32_t seconds = 0;
    std::int32_t unit = 3600;
    for (;;) {
        const auto number = take_number(text, unit == 3600 ? 3 : 2);
        if (!number || (unit != 3600 && *number > 59)) {
            return std::nullopt;
        }
        seconds += *number * unit;
        if (text.empty()) {
            break;
        }
        if (unit == 1 || !text.starts_with(':')) {
            return std::nullopt;
        }
        text.remove_prefix(1);
        unit /= 60;
    }
    if (seconds > offset_seconds_max) {
        return std::nullopt;
    }
    return east ? seconds : -seconds;
}

// "<+02>-02": PostgreSQL's name for a number of hours.
std::string name_of_offset(std::int32_t seconds_east) {
    std::string east(16, '\0');
    east.resize(static_cast<std::size_t>(postgres::write_zone_offset(east.data(), seconds_east) - east.data()));
    std::string west = east;
    west[0] = seconds_east < 0 ? '+' : '-';
    return "<" + east + ">" + west;
}

// The name stays inside the folder of zones, and is none of the loader's pseudo names.
bool is_zone_name(std::string_view name) {
    return !name.empty() && name.size() < 256 && base::is_letter(name[0]) && !name.starts_with("right/") &&
           std::ranges::all_of(
               name,
               [](char c) {
                   return base::is_letter(c) || base::is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
               });
}

// The name in the spelling of the folder of zones, for any case; empty when there is no such zone.
std::string spelled_zone_name(std::string_view name) {
    namespace fs = std::filesystem;
    const char* configured = std::getenv("TZDIR");
    fs::path folder = configured != nullptr ? configured : "/usr/share/zoneinfo";
    std::string spelled;
    while (!name.empty()) {
        const std::size_t slash = std::min(name.find('/'), name.size());
        const std::string_view part = name.substr(0, slash);
        std::error_code problem;
        fs::directory_iterator entry(folder, problem);
        while (!problem && entry != fs::directory_iterator{} &&
               !base::equals_ignoring_case(entry->path().filename().native(), part)) {
            entry.increment(problem);
        }
        if (problem || entry == fs::directory_iterator{}) {
            return {};
        }
        folder = entry->path();
        spelled += (spelled.empty() ? "" : "/") + folder.filename().native();
        name.remove_prefix(std::min(slash + 1, name.size()));
    }
    return spelled;
}

}  // namespace

struct time_zone::rules {
    absl::TimeZone zone;
};

time_zone::time_zone() : time_zone(fixed(0, "UTC")) {}
time_zone::~time_zone() = default;
time_zone::time_zone(const time_zone&) = default;
time_zone& time_zone::operator=(const time_zone&) = default;
time_zone::time_zone(time_zone&&) noexcept = default;
time_zone& time_zone::operator=(time_zone&&) noexcept = default;

time_zone::time_zone(std::shared_ptr<const rules> rules, std::string name)
    : rules_(std::move(rules)), name_(std::move(name)) {}

time_zone time_zone::fixed(std::int32_t seconds_east, std::string name) {
    time_zone zone(nullptr, std::move(name));
    zone.span_first_ = instant_min;
    zone.span_last_ = instant_max;
    zone.span_offset_seconds_ = seconds_east;
    const std::int32_t hours = seconds_east / 3600;
    if (seconds_east == 0) {
        zone.engine_name_ = "UTC";
    } else if (seconds_east % 3600 == 0 && hours >= -12 && hours <= 14) {
        zone.engine_name_ = hours < 0 ? "Etc/GMT+" + std::to_string(-hours) : "Etc/GMT-" + std::to_string(hours);
    }
    return zone;
}

result<time_zone> time_zone::find(std::string_view name) {
    if (base::equals_ignoring_case(name, "utc")) {
        return time_zone{};
    }
    if (const auto seconds = parse_hours(name)) {
        return fixed(*seconds, name_of_offset(*seconds));
    }
    if (is_zone_name(name)) {
        absl::TimeZone loaded;
        std::string spelled(name);
        if (!absl::LoadTimeZone(spelled, &loaded)) {
            spelled = spelled_zone_name(name);
        }
        if (!spelled.empty() && absl::LoadTimeZone(spelled, &loaded)) {
            time_zone zone(std::make_shared<const rules>(rules{.zone = loaded}), spelled);
            zone.engine_name_ = std::move(spelled);
            return zone;
        }
    }
    if (const auto seconds = parse_posix(name)) {
        return fixed(*seconds, std::string(name));
    }
    return fail(sqlstates::invalid_parameter_value,
                R"(invalid value for parameter "TimeZone": ")" + std::string(name) + "\"");
}

void time_zone::look_up(std::int64_t microseconds) {
    const absl::TimeZone& zone = rules_->zone;
    const absl::Time instant = absl::FromUnixMicros(microseconds);
    const std::int32_t offset = zone.At(instant).offset;
    // Transitions come as pairs of local times; both give the instant, each in its own offset.
    const auto instant_of = [&](const absl::CivilSecond& local) {
        return absl::ToUnixMicros(absl::FromCivil(local, absl::UTCTimeZone()) - absl::Seconds(offset));
    };
    absl::TimeZone::CivilTransition transition;
    span_first_ =
        zone.PrevTransition(instant + absl::Microseconds(1), &transition) ? instant_of(transition.to) : instant_min;
    span_last_ = zone.NextTransition(instant, &transition) ? instant_of(transition.from) - 1 : instant_max;
    span_offset_seconds_ = offset;
}

}  // namespace sluice::duckdb
