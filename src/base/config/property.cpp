#include "base/config/property.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/config/units.hpp"
#include "base/text/ascii.hpp"

namespace sluice::base {

namespace {

std::string with_separator(std::string_view name, char separator) {
    std::string out(name);
    std::ranges::replace(out, '_', separator);
    return out;
}

std::int64_t default_number(const property& known) {
    return parse_number(known, known.default_value).value();
}

}  // namespace

bool default_of(const flag_setting& known) {
    return parse_boolean(known.default_value).value();
}

std::size_t default_of(const count_setting& known) {
    return static_cast<std::size_t>(default_number(known));
}

std::chrono::milliseconds default_of(const duration_setting& known) {
    return to_milliseconds(default_number(known));
}

std::size_t default_of(const size_setting& known) {
    return static_cast<std::size_t>(default_number(known));
}

result<std::int64_t> parse_number(const property& known, std::string_view text) {
    switch (known.type) {
        case property_type::duration:
            return parse_duration_us(text, base_unit_of(known));
        case property_type::size:
            return parse_size_bytes(text, base_unit_of(known));
        default:
            return parse_integer(text);
    }
}

std::chrono::milliseconds to_milliseconds(std::int64_t us) {
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(us));
}

std::string_view base_unit_of(const property& known) {
    switch (known.type) {
        case property_type::duration:
            return known.base_unit.empty() ? "s" : known.base_unit;
        case property_type::size:
            return "B";
        default:
            return {};
    }
}

std::vector<std::string_view> choices_of(const property& known) {
    std::vector<std::string_view> words;
    for (auto rest = known.choices; !rest.empty();) {
        const auto bar = std::min(rest.find('|'), rest.size());
        words.push_back(rest.substr(0, bar));
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return words;
}

std::string flag_of(const property& known) {
    return "--" + with_separator(known.name, '-');
}

std::string environment_of(const property& known) {
    return "SLUICE_" + upper_case(known.name);
}

std::string_view value_name(const property& known) {
    if (!known.unit.empty()) {
        return known.unit;
    }
    switch (known.type) {
        case property_type::boolean:
            return "[on|off]";
        case property_type::integer:
            return "N";
        case property_type::duration:
            return "TIME";
        case property_type::size:
            return "SIZE";
        case property_type::host_port:
            return "HOST:PORT";
        case property_type::path:
            return "PATH";
        case property_type::choice:
            return known.choices;
        default:
            return "TEXT";
    }
}

std::string bounds_of(const property& known) {
    if (known.min.empty() && known.max.empty()) {
        return "";
    }
    if (known.min.empty() || known.max.empty()) {
        return known.max.empty() ? fmt::format("at least {}", known.min) : fmt::format("at most {}", known.max);
    }
    return fmt::format("{} to {}", known.min, known.max);
}

// ---- the reference page

namespace {

std::string_view type_name(const property& known) {
    switch (known.type) {
        case property_type::boolean:
            return "boolean";
        case property_type::integer:
            return "integer";
        case property_type::duration:
            return "duration";
        case property_type::size:
            return "size";
        case property_type::text:
            return "text";
        case property_type::choice:
            return "choice";
        case property_type::host_port:
            return "HOST:PORT";
        case property_type::path:
            return "path";
        case property_type::list:
            return "list";
    }
    return "";
}

std::string allowed(const property& known) {
    const auto words = choices_of(known);
    return words.empty() ? bounds_of(known) : fmt::format("{}", fmt::join(words, ", "));
}

std::string section_of(const property& known) {
    auto out = fmt::format("## {}\n\n{}\n\n", known.name, known.doc);
    const auto unit = known.unit.empty() ? base_unit_of(known) : known.unit;
    out += fmt::format("- Type: {}{}\n", type_name(known), unit.empty() ? "" : fmt::format(" ({})", unit));
    out += known.default_value.empty() ? "- Default: none\n" : fmt::format("- Default: `{}`\n", known.default_value);
    if (const auto limits = allowed(known); !limits.empty()) {
        out += fmt::format("- Allowed: {}\n", limits);
    }
    out += fmt::format("- Set by: `{}`, `{}`\n", flag_of(known), environment_of(known));
    if (known.reloadable) {
        out += "- A running server takes a new value.\n";
    }
    if (known.secret) {
        out += "- Secret: never shown or logged.\n";
    }
    return out + "\n";
}

}  // namespace

std::string config_reference(std::span<const property> table) {
    std::string page =
        "# Settings of `sluice serve`\n"
        "\n"
        "<!-- Generated by `sluice docs config`; a test fails when it differs. -->\n"
        "\n"
        "A flag beats the environment, which beats the file given with `--config`, which beats the default. In the "
        "file\n"
        "a setting is a TOML key of the name below. Durations: `250us`, `250ms`, `5s`, `2min`, `1h`, `1d`. Sizes: "
        "`512B`,\n"
        "`64kB`, `16MB`, `2GB`, `1TB`, powers of 1024. A number without a unit is in the unit given after the type, a "
        "size\n"
        "in bytes. A list is a repeated flag, a TOML array, or separated by commas in the environment. The server "
        "warns of an\n"
        "environment variable that begins with `SLUICE_` and is no setting.\n"
        "\n";
    for (const auto& known : table) {
        page += section_of(known);
    }
    page.pop_back();
    return page;
}

}  // namespace sluice::base
