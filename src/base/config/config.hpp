// config.hpp - settings as one table: names, types, bounds and documentation, and where each value came from.
//
// Problem: flags, environment, file, --help and the reference page drift apart unless they read the same lines.
// Use:     inline constexpr property table[] = {{.name = "listen", .type = property_type::host_port, ...}};
//          config_loader loader(table);  loader.add_file(path);  loader.add_environment(lookup);  loader.add_flag(...);
//          TRY_ASSIGN(config settings, loader.load());   settings.integer("max_connections")
// Order:   a flag beats the environment (SLUICE_NAME), which beats the TOML file, which beats the default.
// Values:  as units.hpp reads them; a number without a unit is in the property's base unit; a list is a repeated flag, a TOML array, or separated by commas.
// Errors:  F0000, one line that names the source, for an unknown setting and for a value that does not fit.
// Threads: a config is constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/config/units.hpp"
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
    std::string_view min;            // of integer, duration, size; empty: none
    std::string_view max;
    std::string_view unit;       // the noun that an integer counts, or the placeholder in help: FILE, NAME=PATH
    std::string_view choices;    // of choice: separated by |; of host_port: words accepted besides addresses
    bool reloadable = false;     // a running server takes a new value
    bool secret = false;         // never shown or logged
    std::string_view doc;        // one line
    std::string_view base_unit;  // of a duration without a unit; empty: s. A plain size is in bytes
    std::string_view group;      // title of the group that begins here; empty: the group goes on
    bool basic = false;          // shown by the short --help
};

// The property's unit for a plain number, as units.hpp spells it; empty: it has none.
[[nodiscard]] std::string_view base_unit_of(const property& setting);

[[nodiscard]] std::string flag_of(const property& setting);         // --max-connections
[[nodiscard]] std::string environment_of(const property& setting);  // SLUICE_MAX_CONNECTIONS

class config {
  public:
    // A name that is not in the table, or a getter of another type, is a defect of the program and aborts.
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] std::int64_t duration_us(std::string_view name) const;
    [[nodiscard]] std::int64_t duration_ms(std::string_view name) const;
    [[nodiscard]] std::size_t size_bytes(std::string_view name) const;
    [[nodiscard]] const std::string& text(std::string_view name) const;  // also of choice and path
    [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
    // nullopt: the value is one of the property's words (off), not an address.
    [[nodiscard]] std::optional<host_port> address(std::string_view name) const;

    // Origin of the value, for messages: "default", "--listen", "SLUICE_LISTEN", "sluice.toml:3".
    [[nodiscard]] const std::string& source(std::string_view name) const;
    // As a user would write it; a secret one is ******** if it is set.
    [[nodiscard]] std::string shown(std::string_view name) const;
    [[nodiscard]] std::span<const property> table() const { return table_; }

  private:
    friend class config_loader;
    struct setting {
        std::variant<bool, std::int64_t, std::string, std::vector<std::string>> value;
        std::string written;
        std::string source;
    };
    explicit config(std::span<const property> table) : table_(table) {}
    [[nodiscard]] const setting& find(std::string_view name) const;

    std::span<const property> table_;
    std::map<std::string_view, setting> settings_;
};

class config_loader {
  public:
    explicit config_loader(std::span<const property> table) : table_(table) {}

    // TOML, one key a setting.
    result<> add_file(const std::string& path);
    // `lookup` is getenv, or a test's map; it returns null for a variable that is not set.
    void add_environment(const std::function<const char*(const std::string&)>& lookup);
    void add_flag(std::string_view name, std::vector<std::string> values);

    result<config> load() const;

  private:
    struct given {
        std::vector<std::string> values;
        std::string source;
    };
    using layer = std::map<std::string, given, std::less<>>;

    std::span<const property> table_;
    layer file_;
    layer environment_;
    layer flags_;
};

// Warnings about variables that begin with SLUICE_ and are no setting, one line each, with the setting that was meant.
// It skips `others`, which other programs read, and the variables that Kubernetes sets for a service named sluice
// (SLUICE_SERVICE_HOST, SLUICE_PORT, SLUICE_PORT_5433_TCP...). Programs may share names, so it only warns.
[[nodiscard]] std::vector<std::string> unknown_variables(std::span<const property> table,
                                                         std::span<const std::string_view> names,
                                                         std::span<const std::string_view> others);

// One paragraph for each property, for --help all, under the titles of their groups.
[[nodiscard]] std::string config_help(std::span<const property> table);
// Placeholder of a value in help texts: "TIME", "[on|off]", "low|high".
[[nodiscard]] std::string_view value_name(const property& setting);
// Only the basic settings, without titles.
[[nodiscard]] std::string config_help_basic(std::span<const property> table);
// "Databases and addresses (6), Access (7), ..."
[[nodiscard]] std::string config_groups(std::span<const property> table);
// docs/reference/config.md.
[[nodiscard]] std::string config_reference(std::span<const property> table);

}  // namespace sluice::base
