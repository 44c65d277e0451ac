#include "engines/duckdb/functions/times/time_units.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::size_t name_bytes_max = 63;
constexpr std::size_t compared_bytes = 10;  // further letters do not count: "millenniums" is a millennium

struct unit_word {
    std::string_view word;
    time_unit unit;
};
using enum time_unit;
constexpr auto words = std::to_array<unit_word>({
    {"-infinity", reserved},
    {"allballs", reserved},
    {"c", century},
    {"cent", century},
    {"centuries", century},
    {"century", century},
    {"d", day},
    {"day", day},
    {"days", day},
    {"dec", decade},
    {"decade", decade},
    {"decades", decade},
    {"decs", decade},
    {"dow", day_of_week},
    {"doy", day_of_year},
    {"epoch", epoch},
    {"h", hour},
    {"hour", hour},
    {"hours", hour},
    {"hr", hour},
    {"hrs", hour},
    {"infinity", reserved},
    {"isodow", iso_day_of_week},
    {"isoyear", iso_year},
    {"j", julian},
    {"jd", julian},
    {"julian", julian},
    {"m", minute},
    {"microsecon", microsecond},
    {"mil", millennium},
    {"millennia", millennium},
    {"millennium", millennium},
    {"millisecon", millisecond},
    {"mils", millennium},
    {"min", minute},
    {"mins", minute},
    {"minute", minute},
    {"minutes", minute},
    {"mon", month},
    {"mons", month},
    {"month", month},
    {"months", month},
    {"ms", millisecond},
    {"msec", millisecond},
    {"msecond", millisecond},
    {"mseconds", millisecond},
    {"msecs", millisecond},
    {"now", reserved},
    {"qtr", quarter},
    {"quarter", quarter},
    {"s", second},
    {"sec", second},
    {"second", second},
    {"seconds", second},
    {"secs", second},
    {"timezone", zone},
    {"timezone_h", zone_hour},
    {"timezone_m", zone_minute},
    {"today", reserved},
    {"tomorrow", reserved},
    {"us", microsecond},
    {"usec", microsecond},
    {"usecond", microsecond},
    {"useconds", microsecond},
    {"usecs", microsecond},
    {"w", week},
    {"week", week},
    {"weeks", week},
    {"y", year},
    {"year", year},
    {"years", year},
    {"yesterday", reserved},
    {"yr", year},
    {"yrs", year},
});

}  // namespace

named_unit find_time_unit(std::string_view name) {
    const std::string_view front = name.substr(0, std::min(name.size(), name_bytes_max));
    named_unit found{.name = base::lower_case(
                         name.size() > name_bytes_max ? front.substr(0, base::valid_utf8_prefix_bytes(front)) : front),
                     .unit = unknown};
    const std::string_view compared = std::string_view(found.name).substr(0, compared_bytes);
    const auto* const row = std::ranges::find(words, compared, &unit_word::word);
    if (row != words.end()) {
        found.unit = row->unit;
    }
    return found;
}

std::unexpected<error> unit_not_recognized(const named_unit& unit, std::string_view type) {
    return fail(sqlstates::invalid_parameter_value,
                fmt::format("unit \"{}\" not recognized for type {}", unit.name, type));
}
std::unexpected<error> unit_not_supported(const named_unit& unit, std::string_view type) {
    return fail(sqlstates::feature_not_supported,
                fmt::format("unit \"{}\" not supported for type {}", unit.name, type));
}

}  // namespace sluice::duckdb
