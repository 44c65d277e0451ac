#include "base/config/setting_facts.hpp"

#include <algorithm>
#include <utility>

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

void note_duration(const config& settings, const property& known, setting_facts& facts) {
    const auto us = [](std::string_view text) { return text.empty() ? 0 : parse_duration_us(text).value_or(0); };
    const std::int64_t value = settings.duration_us(known.name);
    const bool in_us =
        std::ranges::any_of(std::initializer_list{value, us(known.default_value), us(known.min), us(known.max)},
                            [](std::int64_t each) { return each % us_per_ms != 0; });
    facts.unit = in_us ? "us" : "ms";
    facts.value = in_unit(value, in_us);
    facts.default_value = in_unit(us(known.default_value), in_us);
    facts.min = known.min.empty() ? "" : in_unit(us(known.min), in_us);
    facts.max = known.max.empty() ? "" : in_unit(us(known.max), in_us);
}

void note_size(const config& settings, const property& known, setting_facts& facts) {
    const auto bytes = [](std::string_view text) {
        return text.empty() ? std::string() : std::to_string(parse_size_bytes(text).value_or(0));
    };
    facts.unit = "B";
    facts.value = std::to_string(settings.size_bytes(known.name));
    facts.default_value = bytes(known.default_value);
    facts.min = bytes(known.min);
    facts.max = bytes(known.max);
}

setting_facts facts_of(const config& settings, const property& known) {
    const std::string& set_by = settings.source(known.name);
    setting_facts facts{.name = std::string(known.name),
                        .value = settings.shown(known.name),
                        .shown = settings.shown(known.name),
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
        facts.shown = settings.flag(known.name) ? "on" : "off";
        facts.value = facts.shown;
    } else if (known.type == property_type::choice) {
        facts.choices = known.choices;
        std::ranges::replace(facts.choices, '|', ',');
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
