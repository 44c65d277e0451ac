#include "engines/duckdb/functions/formats/format_time_words.hpp"

#include <array>

namespace sluice::duckdb {
namespace {

using enum time_key;

constexpr auto words = std::to_array<picture_word<time_key>>({
    {"A.D.", era_dots},
    {"A.M.", half_day_dots},
    {"AD", era},
    {"AM", half_day},
    {"B.C.", era_dots},
    {"BC", era},
    {"CC", century},
    {"DAY", day_name},
    {"DDD", day_of_year},
    {"DD", day},
    {"DY", day_short},
    {"Day", day_name},
    {"Dy", day_short},
    {"D", day_of_week},
    {"FF1", fraction_1},
    {"FF2", fraction_2},
    {"FF3", fraction_3},
    {"FF4", fraction_4},
    {"FF5", fraction_5},
    {"FF6", fraction_6},
    {"FX", exact},
    {"HH24", hour_24},
    {"HH12", hour_12},
    {"HH", hour_12},
    {"IDDD", iso_day_of_year},
    {"ID", iso_day},
    {"IW", iso_week},
    {"IYYY", iso_year_4},
    {"IYY", iso_year_3},
    {"IY", iso_year_2},
    {"I", iso_year_1},
    {"J", julian},
    {"MI", minute},
    {"MM", month},
    {"MONTH", month_name},
    {"MON", month_short},
    {"MS", millisecond},
    {"Month", month_name},
    {"Mon", month_short},
    {"OF", offset},
    {"P.M.", half_day_dots},
    {"PM", half_day},
    {"Q", quarter},
    {"RM", roman_month},
    {"SSSSS", seconds_of_day},
    {"SSSS", seconds_of_day},
    {"SS", second},
    {"TZH", zone_hour},
    {"TZM", zone_minute},
    {"TZ", zone},
    {"US", microsecond},
    {"WW", week_of_year},
    {"W", week_of_month},
    {"Y,YYY", year_comma},
    {"YYYY", year_4},
    {"YYY", year_3},
    {"YY", year_2},
    {"Y", year_1},
    {"a.d.", era_dots},
    {"a.m.", half_day_dots},
    {"ad", era},
    {"am", half_day},
    {"b.c.", era_dots},
    {"bc", era},
    {"cc", century},
    {"day", day_name},
    {"ddd", day_of_year},
    {"dd", day},
    {"dy", day_short},
    {"d", day_of_week},
    {"ff1", fraction_1},
    {"ff2", fraction_2},
    {"ff3", fraction_3},
    {"ff4", fraction_4},
    {"ff5", fraction_5},
    {"ff6", fraction_6},
    {"fx", exact},
    {"hh24", hour_24},
    {"hh12", hour_12},
    {"hh", hour_12},
    {"iddd", iso_day_of_year},
    {"id", iso_day},
    {"iw", iso_week},
    {"iyyy", iso_year_4},
    {"iyy", iso_year_3},
    {"iy", iso_year_2},
    {"i", iso_year_1},
    {"j", julian},
    {"mi", minute},
    {"mm", month},
    {"month", month_name},
    {"mon", month_short},
    {"ms", millisecond},
    {"of", offset},
    {"p.m.", half_day_dots},
    {"pm", half_day},
    {"q", quarter},
    {"rm", roman_month},
    {"sssss", seconds_of_day},
    {"ssss", seconds_of_day},
    {"ss", second},
    {"tzh", zone_hour},
    {"tzm", zone_minute},
    {"tz", zone},
    {"us", microsecond},
    {"ww", week_of_year},
    {"w", week_of_month},
    {"y,yyy", year_comma},
    {"yyyy", year_4},
    {"yyy", year_3},
    {"yy", year_2},
    {"y", year_1},
});

}  // namespace

std::vector<time_node> parse_time_picture(std::string_view picture) {
    return picture_parser<time_key>(picture, words, true).parse();
}

bool is_digit_field(time_key key) {
    switch (key) {
        case era_dots:
        case era:
        case half_day_dots:
        case half_day:
        case day_name:
        case day_short:
        case exact:
        case month_name:
        case month_short:
        case offset:
        case roman_month:
        case zone_hour:
        case zone:
            return false;
        default:
            return true;
    }
}

}  // namespace sluice::duckdb
