#include "base/config/setting_facts.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/config/config.hpp"

namespace sluice::base {

namespace {

constexpr std::int64_t us_per_ms = 1'000;

std::string_view type_of(property_type type) {
    switch (type) {
        case property_type::boolean:
            return "bool";
        case property_type::integer:
        case property_type::duration:
        case property_type::size:
            return "integer";
        case property_type::choice:
            return "enum";
        default:
            return "string";
    }
}

std::string source_of(std::string_view set_by) {
    if (set_by == "default") {
        return "default";
    }
    if (set_by.starts_with("--")) {
        return "command line";
    }
    return set_by.starts_with("SLUICE_") ? "environment variable" : "configuration file";
}

// Writes a duration in the unit that all its numbers share.
std::string in_unit(std::int64_t value_us, bool in_us) {
    return std::to_string(in_us ? value_us : value_us / us_per_ms);
}

// 0 for a bound that is not set.
std::int64_t number_or_zero(const property& known, std::string_view text) {
    return text.empty() ? 0 : parse_number(known, text).value_or(0);
}

void note_duration(const config& settings, const property& known, setting_facts& facts) {
    const std::int64_t value = settings.number(known);
    const std::int64_t usual = number_or_zero(known, known.default_value);
    const std::int64_t min = number_or_zero(known, known.min);
    const std::int64_t max = number_or_zero(known, known.max);
    const bool in_us = std::ranges::any_of(std::initializer_list{value, usual, min, max},
                                           [](std::int64_t each) { return each % us_per_ms != 0; });
    facts.unit = in_us ? "us" : "ms";
    facts.value = in_unit(value, in_us);
    facts.default_value = in_unit(usual, in_us);
    facts.min = known.min.empty() ? "" : in_unit(min, in_us);
    facts.max = known.max.empty() ? "" : in_unit(max, in_us);
}

void note_size(const config& settings, const property& known, setting_facts& facts) {
    const auto bytes = [&known](std::string_view text) {
        return text.empty() ? std::string() : std::to_string(number_or_zero(known, text));
    };
    facts.unit = "B";
    facts.value = std::to_string(settings.number(known));
    facts.default_value = bytes(known.default_value);
    facts.min = bytes(known.min);
    facts.max = bytes(known.max);
}

setting_facts facts_of(const config& settings, const property& known) {
    const std::string& set_by = settings.source(known);
    setting_facts facts{.name = std::string(known.name),
                        .value = settings.shown(known),
                        .shown = settings.shown(known),
                        .category = "Server",
                        .description = std::string(known.doc),
                        .context = "postmaster",
                        .type = std::string(type_of(known.type)),
                        .source = source_of(set_by),
                        .set_by = set_by == "default" ? "" : set_by,
                        .min = std::string(known.min),
                        .max = std::string(known.max),
                        .default_value = std::string(known.default_value)};
    if (known.type == property_type::duration) {
        note_duration(settings, known, facts);
    } else if (known.type == property_type::size) {
        note_size(settings, known, facts);
    } else if (known.type == property_type::boolean) {
        facts.shown = settings.number(known) != 0 ? "on" : "off";
        facts.value = facts.shown;
    } else if (known.type == property_type::choice) {
        facts.choices = fmt::format("{}", fmt::join(choices_of(known), ","));
    }
    facts.reset_value = facts.value;
    return facts;
}

}  // namespace

std::vector<setting_facts> facts_of(const config& settings) {
    std::vector<setting_facts> all;
    for (const property& known : settings.table()) {
        all.push_back(facts_of(settings, known));
    }
    return all;
}

}  // namespace sluice::base
