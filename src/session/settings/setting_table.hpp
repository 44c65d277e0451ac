// setting_table.hpp - the run-time parameters of PostgreSQL that Sluice has: types, defaults, bounds.
//
// Problem: drivers and tools set and show dozens of parameters when they connect; a value that Sluice cannot honour
//          must be refused, the rest be stored and shown in PostgreSQL's form.
// Use:     const setting* found = find_setting("TimeZone"); TRY_ASSIGN(auto shown, canonical_value(*found, "utc"));
// Source:  PostgreSQL 15's pg_settings, and chapter 20.1 (Setting Parameters) of its manual.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::session {

enum class setting_type : std::uint8_t {
    boolean,
    integer,
    real,
    enumeration,
    text,
    application_name,
    client_encoding,
    date_style,
    time_zone,
};
enum class setting_unit : std::uint8_t { none, milliseconds, seconds, kilobytes };
enum class setting_use : std::uint8_t {
    free,         // may be set; some are only kept so that tools can set them
    reported,     // the same, and every change is reported to the client
    transaction,  // ends with its transaction, however it was set
    fixed,        // cannot be changed
    fixed_reported,
};

struct setting {
    std::string_view name;  // as SHOW spells it
    setting_type type = setting_type::text;
    setting_use use = setting_use::free;
    std::string_view default_value;
    std::string_view description;
    // For an enumeration: "hex,escape"; "!debug=debug2" is accepted but not listed.
    std::string_view values;
    double min = 0;
    double max = std::numeric_limits<std::int32_t>::max();
    setting_unit unit = setting_unit::none;

    [[nodiscard]] bool is_reported() const {
        return use == setting_use::reported || use == setting_use::fixed_reported;
    }
    [[nodiscard]] bool is_fixed() const { return use == setting_use::fixed || use == setting_use::fixed_reported; }
};

// Sorted by name, ignoring case.
[[nodiscard]] std::span<const setting> all_settings();
// nullptr: there is none of that name; case does not matter.
[[nodiscard]] const setting* find_setting(std::string_view name);

// `value` in the form in which SHOW gives it: "5000" ms is "5s", "TRUE" is "on". 22023 or 0A000 if it is not accepted.
// `current` is the present value; a DateStyle of one word changes only a part of it.
result<std::string> canonical_value(const setting& setting, std::string_view value, std::string_view current);
// The number of an integer's canonical value, in the setting's unit.
[[nodiscard]] std::int64_t integer_value(const setting& setting, std::string_view canonical);

}  // namespace sluice::session
