// canonical_value(): the accepted values of each type, and their form in SHOW.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/text/ascii.hpp"
#include "session/settings/setting_table.hpp"

namespace sluice::session {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && base::is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && base::is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    while (true) {
        const std::size_t comma = text.find(',');
        items.emplace_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return items;
        }
        text.remove_prefix(comma + 1);
    }
}

error invalid_value(std::string_view name, std::string_view value) {
    return {.code = sqlstates::invalid_parameter_value,
            .message = "invalid value for parameter \"" + std::string(name) + "\": \"" + std::string(value) + "\""};
}
error unsupported_value(std::string_view name, std::string_view value, std::string detail) {
    error cause = invalid_value(name, value);
    cause.code = sqlstates::feature_not_supported;
    return std::move(cause).with_detail(std::move(detail));
}

// As in PostgreSQL, any unambiguous beginning of a word is accepted.
std::optional<bool> parse_boolean(std::string_view value) {
    const std::string lower = base::lower_case(trimmed(value));
    const auto begins = [&](std::string_view word, std::size_t letters_min) {
        return lower.size() >= letters_min && word.starts_with(lower);
    };
    if (begins("true", 1) || begins("yes", 1) || lower == "on" || lower == "1") {
        return true;
    }
    if (begins("false", 1) || begins("no", 1) || begins("off", 2) || lower == "0") {
        return false;
    }
    return std::nullopt;
}

struct unit_name {
    std::string_view name;
    double factor;  // to the base unit
};
constexpr unit_name unit_of(std::string_view name, double factor) {
    return {.name = name, .factor = factor};
}

// From the largest to the smallest.
std::vector<unit_name> unit_names(setting_unit unit) {
    switch (unit) {
        case setting_unit::milliseconds:
            return {unit_of("d", 86'400'000), unit_of("h", 3'600'000), unit_of("min", 60'000),
                    unit_of("s", 1000),       unit_of("ms", 1),        unit_of("us", 0.001)};
        case setting_unit::seconds:
            return {unit_of("d", 86'400), unit_of("h", 3600),   unit_of("min", 60),
                    unit_of("s", 1),      unit_of("ms", 0.001), unit_of("us", 0.000'001)};
        case setting_unit::kilobytes:
            return {unit_of("TB", 1'073'741'824), unit_of("GB", 1'048'576), unit_of("MB", 1024), unit_of("kB", 1),
                    unit_of("B", 1.0 / 1024)};
        case setting_unit::none:
            break;
    }
    return {};
}

std::string_view unit_hint(setting_unit unit) {
    return unit == setting_unit::kilobytes
               ? R"(Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".)"
               : R"(Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".)";
}

// A number with an optional unit, in the setting's own unit. Whole numbers may be hexadecimal or octal, as in C.
result<double> parse_number(const setting& setting, std::string_view value) {
    const std::string text(trimmed(value));
    char* end = nullptr;
    errno = 0;
    auto number = static_cast<double>(std::strtoll(text.c_str(), &end, 0));
    if (setting.type == setting_type::real || errno != 0 || *end == '.' || *end == 'e' || *end == 'E') {
        number = std::strtod(text.c_str(), &end);
    }
    if (end == text.c_str() || std::isnan(number)) {
        return fail(invalid_value(setting.name, value));
    }
    const std::string_view unit = trimmed(end);
    if (unit.empty()) {
        return number;
    }
    for (const unit_name& known : unit_names(setting.unit)) {
        if (known.name == unit) {
            return number * known.factor;
        }
    }
    error cause = invalid_value(setting.name, value);
    if (setting.unit != setting_unit::none) {
        cause.hint = unit_hint(setting.unit);
    }
    return fail(std::move(cause));
}

std::string format_real(double number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::general, 6);
    return {text.data(), end.ptr};
}

// Writes it in the largest unit that divides it.
std::string format_integer(const setting& setting, std::int64_t number) {
    for (const unit_name& unit : unit_names(setting.unit)) {
        const auto factor = static_cast<std::int64_t>(unit.factor);
        if (number > 0 && factor > 0 && number % factor == 0) {
            return std::to_string(number / factor).append(unit.name);
        }
    }
    return std::to_string(number);
}

std::string base_unit(setting_unit unit) {
    switch (unit) {
        case setting_unit::milliseconds:
            return " ms";
        case setting_unit::seconds:
            return " s";
        case setting_unit::kilobytes:
            return " kB";
        case setting_unit::none:
            break;
    }
    return "";
}

result<std::string> canonical_number(const setting& setting, std::string_view value) {
    TRY_ASSIGN(double number, parse_number(setting, value));
    const bool whole = setting.type == setting_type::integer;
    if (whole) {
        number = std::rint(number);
        if (std::fabs(number) > std::numeric_limits<std::int32_t>::max()) {
            return fail(invalid_value(setting.name, value).with_hint("Value exceeds integer range."));
        }
    }
    if (number < setting.min || number > setting.max) {
        const std::string shown = whole ? std::to_string(static_cast<std::int64_t>(number)) : format_real(number);
        return fail(sqlstates::invalid_parameter_value,
                    shown + base_unit(setting.unit) + " is outside the valid range for parameter \"" +
                        std::string(setting.name) + "\" (" + format_real(setting.min) + " .. " +
                        (whole ? std::to_string(static_cast<std::int64_t>(setting.max)) : format_real(setting.max)) +
                        ")");
    }
    return whole ? format_integer(setting, static_cast<std::int64_t>(number)) : format_real(number);
}

result<std::string> canonical_word(const setting& setting, std::string_view value) {
    const std::string lower = base::lower_case(value);
    std::string listed;
    for (const std::string& item : split_list(setting.values)) {
        const bool hidden = item.starts_with('!');
        const std::size_t equals = item.find('=');
        const std::string name = item.substr(hidden ? 1 : 0, equals - (hidden ? 1 : 0));
        if (name == lower) {
            return equals == std::string::npos ? name : item.substr(equals + 1);
        }
        if (!hidden) {
            listed += (listed.empty() ? "" : ", ") + name;
        }
    }
    return fail(invalid_value(setting.name, value).with_hint("Available values: " + listed + "."));
}

// Bytes that are not printable ASCII become question marks, as in PostgreSQL 15.
std::string clean_ascii(std::string_view value) {
    std::string clean(value);
    std::ranges::replace_if(clean, [](char c) { return c < ' ' || c > '~'; }, '?');
    return clean;
}

result<std::string> canonical_encoding(const setting& setting, std::string_view value) {
    std::string letters = base::lower_case(value);
    std::erase_if(letters, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); });
    if (letters == "utf8" || letters == "unicode") {
        return "UTF8";
    }
    if (letters == "sqlascii") {
        return "SQL_ASCII";
    }
    constexpr auto known_beginnings = std::to_array<std::string_view>(
        {"latin", "iso8859", "win", "windows", "cp", "euc", "sjis", "big5", "gbk", "gb18030", "uhc", "koi8", "johab"});
    if (std::ranges::any_of(known_beginnings, [&](std::string_view begin) { return letters.starts_with(begin); })) {
        return fail(unsupported_value(setting.name, value, "The only encoding is UTF8."));
    }
    return fail(invalid_value(setting.name, value));
}

// ISO with an order of day, month and year; the other styles would change the text of every date.
result<std::string> canonical_date_style(const setting& setting, std::string_view value, std::string_view current) {
    std::string order;
    bool unsupported = false;
    bool conflict = false;
    const auto set_order = [&](std::string_view found) {
        conflict = conflict || (!order.empty() && order != found);
        order = found;
    };
    for (const std::string& item : split_list(value)) {
        const std::string word = base::lower_case(item);
        if (word == "sql" || word.starts_with("postgres") || word == "german") {
            unsupported = true;
        } else if (word == "ymd") {
            set_order("YMD");
        } else if (word == "dmy" || word.starts_with("euro")) {
            set_order("DMY");
        } else if (word == "mdy" || word == "us" || word == "default" || word.starts_with("noneuro")) {
            set_order("MDY");
        } else if (word != "iso") {
            return fail(invalid_value(setting.name, value).with_detail("Unrecognized key word: \"" + item + "\"."));
        }
    }
    if (conflict) {
        return fail(invalid_value(setting.name, value).with_detail("Conflicting \"datestyle\" specifications."));
    }
    if (unsupported) {
        return fail(unsupported_value(setting.name, value, "Dates are always written in the ISO style."));
    }
    return "ISO, " + (order.empty() ? std::string(current.substr(current.find(' ') + 1)) : order);
}

// Hours east of Greenwich become the POSIX form, which has the opposite sign: 3 → <+03>-03. The engine, which has the
// database of zones, checks names.
result<std::string> canonical_time_zone(const setting& setting, std::string_view value) {
    const std::string text(trimmed(value));
    char* end = nullptr;
    const double hours = std::strtod(text.c_str(), &end);
    const bool number = end != text.c_str() && *end == '\0' && text.find_first_of("nNiIxX") == std::string::npos;
    if (!number) {
        const std::string lower = base::lower_case(text);
        return lower == "utc" || lower == "gmt" ? (lower == "utc" ? "UTC" : "GMT") : std::string(value);
    }
    if (std::fabs(hours) > 167) {
        return fail(invalid_value(setting.name, value).with_detail("UTC timezone offset is out of range."));
    }
    const auto minutes = static_cast<int>(std::lround(std::fabs(hours) * 60));
    const auto two_digits = [](int part) { return (part < 10 ? "0" : "") + std::to_string(part); };
    const std::string clock = two_digits(minutes / 60) + (minutes % 60 == 0 ? "" : ":" + two_digits(minutes % 60));
    const bool west = hours < 0;
    return "<" + ((west ? "-" : "+") + clock) + ">" + (west ? "+" : "-") + clock;
}

}  // namespace

result<std::string> canonical_value(const setting& setting, std::string_view value, std::string_view current) {
    switch (setting.type) {
        case setting_type::boolean: {
            const std::optional<bool> flag = parse_boolean(value);
            if (!flag) {
                return fail(sqlstates::invalid_parameter_value,
                            "parameter \"" + std::string(setting.name) + "\" requires a Boolean value");
            }
            if (!*flag && setting.name == "standard_conforming_strings") {
                return fail(unsupported_value(setting.name, value, "Strings always conform to the standard."));
            }
            return *flag ? "on" : "off";
        }
        case setting_type::integer:
        case setting_type::real:
            return canonical_number(setting, value);
        case setting_type::enumeration:
            return canonical_word(setting, value);
        case setting_type::application_name:
            return clean_ascii(value);
        case setting_type::client_encoding:
            return canonical_encoding(setting, value);
        case setting_type::date_style:
            return canonical_date_style(setting, value, current);
        case setting_type::time_zone:
            return canonical_time_zone(setting, value);
        case setting_type::text:
            break;
    }
    return std::string(value);
}

std::int64_t integer_value(const setting& setting, std::string_view canonical) {
    const result<double> number = parse_number(setting, canonical);
    return number ? std::llrint(*number) : 0;
}

}  // namespace sluice::session
