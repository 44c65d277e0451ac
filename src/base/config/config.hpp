// config.hpp - the values of a table of settings, and where each came from.
//
// Problem: flags, environment, file, --help and the reference page drift apart unless they read the same lines.
// Use:     config_loader loader(table);  loader.add_file(path);  loader.add_environment(lookup);  loader.add_flag(...);
//          TRY_ASSIGN(config settings, loader.load());   settings[max_connections]      // a constant of the table
// Order:   a flag beats the environment (SLUICE_NAME), which beats the TOML file, which beats the default.
// Values:  as units.hpp reads them; a number without a unit is in the property's base unit; a list is a repeated flag,
//          a TOML array, or separated by commas.
// Errors:  F0000, one line that names the source, for an unknown setting and for a value that does not fit.
// Threads: a config is constant.
#pragma once

#include <chrono>
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

#include "base/config/property.hpp"
#include "base/config/units.hpp"
#include "base/core/result.hpp"

namespace sluice::base {

class config {
  public:
    // A setting that is not in the table is a defect of the program and aborts.
    [[nodiscard]] bool operator[](const flag_setting& known) const;
    [[nodiscard]] std::size_t operator[](const count_setting& known) const;
    [[nodiscard]] std::chrono::milliseconds operator[](const duration_setting& known) const;  // rounded up
    [[nodiscard]] std::size_t operator[](const size_setting& known) const;                    // bytes
    [[nodiscard]] const std::string& operator[](const text_setting& known) const;
    [[nodiscard]] const std::string& operator[](const choice_setting& known) const;
    [[nodiscard]] const std::string& operator[](const path_setting& known) const;
    [[nodiscard]] const std::vector<std::string>& operator[](const list_setting& known) const;
    // nullopt: the value is one of the property's words (off), not an address.
    [[nodiscard]] std::optional<host_port> operator[](const address_setting& known) const;

    // Of a boolean (0 or 1), a count, a duration (us) or a size (bytes).
    [[nodiscard]] std::int64_t number(const property& known) const;
    // Origin of the value, for messages: "default", "--listen", "SLUICE_LISTEN", "sluice.toml:3".
    [[nodiscard]] const std::string& source(const property& known) const;
    // As a user would write it; a secret one is ******** if it is set.
    [[nodiscard]] std::string shown(const property& known) const;
    [[nodiscard]] std::span<const property> table() const { return table_; }

  private:
    friend class config_loader;
    struct held {
        std::variant<bool, std::int64_t, std::string, std::vector<std::string>> value;
        std::string written;
        std::string source;
    };
    explicit config(std::span<const property> table) : table_(table) {}
    template <typename Value>
    [[nodiscard]] const Value& get(const property& known) const;
    [[nodiscard]] const held& find(const property& known) const;

    std::span<const property> table_;
    std::map<std::string_view, held> values_;
};

class config_loader {
  public:
    explicit config_loader(std::span<const property> table) : table_(table) {}

    // TOML, one key a setting.
    result<> add_file(const std::string& path);
    // `lookup` is getenv, or a test's map; it returns null for a variable that is not set.
    void add_environment(const std::function<const char*(const std::string&)>& lookup);
    void add_flag(std::string_view name, std::vector<std::string> values);  // by the name of a property

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

}  // namespace sluice::base
