#include "postgres/parse/decode_time_problem.hpp"

#include <string>

#include "postgres/parse/decode_error.hpp"

namespace sluice::postgres {

namespace {

std::string_view type_name(datetime_type type) {
    switch (type) {
        case datetime_type::date:
            return "date";
        case datetime_type::time:
            return "time";
        case datetime_type::timetz:
            return "time with time zone";
        case datetime_type::timestamp:
            return "timestamp";
        case datetime_type::timestamptz:
            break;
    }
    return "timestamp with time zone";
}

}  // namespace

error to_error(datetime_problem what, std::string_view text, datetime_type type) {
    switch (what) {
        case datetime_problem::syntax:
            return invalid_value(sqlstates::invalid_datetime_format,
                                 std::string("invalid input syntax for type ").append(type_name(type)), text);
        case datetime_problem::zone_offset:
            return invalid_value(sqlstates::invalid_time_zone_displacement_value, "time zone displacement out of range",
                                 text);
        case datetime_problem::field:
        case datetime_problem::month_or_day:
            break;
    }
    auto error = invalid_value(sqlstates::datetime_field_overflow, "date/time field value out of range", text);
    if (what == datetime_problem::month_or_day) {
        error.hint = "Perhaps you need a different \"datestyle\" setting.";
    }
    return error;
}

}  // namespace sluice::postgres
