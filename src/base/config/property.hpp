// property.hpp - what is known of a setting before it has a value: name, type, default, bounds, documentation.
//
// Problem: a setting's name that is written twice can be misspelt, and a default that is written twice differs one day.
// Use:     inline constexpr base::duration_setting flush_timeout({.name = "flush_timeout", .default_value = "300s", ...});
//          constexpr base::property table[] = {flush_timeout, ...};       // for config_loader and the reference page
//          settings[flush_timeout]                                         // config.hpp
//          std::chrono::milliseconds timeout = base::default_of(flush_timeout);   // where no configuration is read
// Values:  as units.hpp reads them; a number without a unit is in the property's base unit.
// Threads: constants and plain functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::base {

enum class property_type : std::uint8_t {
    boolean,
    integer,
    duration,
    size,
    text,
    choice,
    host_port,
    path,
    list,
};

// The views must live as long as the program: tables are constants.
struct property {           // NOLINT(clang-analyzer-optin.performance.Padding): in the order of reading
    std::string_view name;  // snake_case; flag --kebab-case, environment SLUICE_UPPER_CASE
    property_type type = property_type::text;
    std::string_view default_value;  // written as a user would
    std::string_view min;            // of integer, duration, size; empty: 0
    std::string_view max;            // empty: none
    std::string_view unit;           // the noun that an integer counts, or the placeholder in help: FILE, NAME=PATH
    std::string_view choices;        // of choice: separated by |; of host_port: words accepted besides addresses
    bool reloadable = false;         // a running server takes a new value
    bool secret = false;             // never shown or logged
    std::string_view doc;            // one line
    std::string_view base_unit;      // of a duration without a unit; empty: s. A plain size is in bytes
    std::string_view group;          // title of the group that begins here; empty: the group goes on
    bool basic = false;              // shown by the short --help
};

// A property whose type the compiler knows.
template <property_type Type>
struct setting : property {
    consteval explicit setting(const property& known) : property(known) { type = Type; }
};

using flag_setting = setting<property_type::boolean>;
using count_setting = setting<property_type::integer>;
using duration_setting = setting<property_type::duration>;
using size_setting = setting<property_type::size>;
using text_setting = setting<property_type::text>;
using choice_setting = setting<property_type::choice>;
using address_setting = setting<property_type::host_port>;
using path_setting = setting<property_type::path>;
using list_setting = setting<property_type::list>;

// The default as a config gives it: settings[x] without any source.
[[nodiscard]] bool default_of(const flag_setting& known);
[[nodiscard]] std::size_t default_of(const count_setting& known);
[[nodiscard]] std::chrono::milliseconds default_of(const duration_setting& known);
[[nodiscard]] std::size_t default_of(const size_setting& known);

// A number of the property's type: a count, microseconds or bytes.
result<std::int64_t> parse_number(const property& known, std::string_view text);
// Rounds up: a short wait must not become "none".
[[nodiscard]] std::chrono::milliseconds to_milliseconds(std::int64_t us);

// The property's unit for a plain number, as units.hpp spells it; empty: it has none.
[[nodiscard]] std::string_view base_unit_of(const property& known);
[[nodiscard]] std::vector<std::string_view> choices_of(const property& known);

[[nodiscard]] std::string flag_of(const property& known);         // --max-connections
[[nodiscard]] std::string environment_of(const property& known);  // SLUICE_MAX_CONNECTIONS

// Placeholder of a value in help texts: "TIME", "[on|off]", "low|high".
[[nodiscard]] std::string_view value_name(const property& known);
// "1 to 100", "at least 1", "at most 100"; empty: none.
[[nodiscard]] std::string bounds_of(const property& known);
// docs/reference/config.md.
[[nodiscard]] std::string config_reference(std::span<const property> table);

}  // namespace sluice::base
