// Finds environment variables that look like settings and are none.
#include <algorithm>
#include <fmt/format.h>

#include "base/config/config.hpp"
#include "base/text/nearest.hpp"

namespace sluice::base {

namespace {

constexpr std::string_view prefix = "SLUICE_";

// Kubernetes, "Accessing the Service", sets these for services named sluice and sluice-NAME.
bool is_of_kubernetes(std::string_view name) {
    return name == "SLUICE_PORT" || name.ends_with("SERVICE_HOST") || name.contains("SERVICE_PORT") ||
           name.contains("_PORT_") || name.ends_with("_PORT");
}

}  // namespace

std::vector<std::string> unknown_variables(std::span<const property> table, std::span<const std::string_view> names,
                                           std::span<const std::string_view> others) {
    std::vector<std::string> settings;
    for (const auto& setting : table) {
        settings.push_back(environment_of(setting));
    }
    const std::vector<std::string_view> known(settings.begin(), settings.end());
    std::vector<std::string_view> words;  // without the common prefix
    words.reserve(known.size());
    for (const std::string_view each : known) {
        words.push_back(each.substr(prefix.size()));
    }
    std::vector<std::string> lines;
    for (const std::string_view name : names) {
        const bool is_known = std::ranges::find(known, name) != known.end() ||
                              std::ranges::find(others, name) != others.end() || is_of_kubernetes(name);
        if (!name.starts_with(prefix) || is_known) {
            continue;
        }
        const auto meant = nearest(name.substr(prefix.size()), words);
        lines.push_back(meant.empty()
                            ? fmt::format("{} is no setting and is ignored", name)
                            : fmt::format("{} is no setting and is ignored; {}{} is one", name, prefix, meant));
    }
    std::ranges::sort(lines);
    return lines;
}

}  // namespace sluice::base
