#include "analysis/resolve/signatures.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <ranges>
#include <utility>

namespace sluice::analysis {
namespace {

// The words of "{a,b}".
std::vector<std::string_view> items_of_array(std::string_view text) {
    std::vector<std::string_view> items;
    if (text.size() < 2) {
        return items;
    }
    for (const auto part : std::views::split(text.substr(1, text.size() - 2), ',')) {
        items.emplace_back(part.begin(), part.end());
    }
    return items;
}

// The names of a function's input arguments; empty ones for those without.
std::vector<std::string> input_names(const function_row& function) {
    std::vector<std::string> names;
    const auto modes = items_of_array(function.all_modes);
    const auto all = items_of_array(function.all_names);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (modes.empty() || modes[i] == "i" || modes[i] == "b" || modes[i] == "v") {
            names.emplace_back(all[i] == "\"\"" ? std::string_view() : all[i]);
        }
    }
    names.resize(function.argument_count);
    return names;
}

std::vector<std::string> default_sources(const function_row& function) {
    std::vector<std::string> values;
    if (!function.default_values.empty()) {
        for (const auto part : std::views::split(function.default_values, '\x1f')) {
            values.emplace_back(part.begin(), part.end());
        }
    }
    return values;
}

// The place of each argument of the function among those given; nullopt: the names do not fit.
std::optional<std::vector<std::size_t>> order_of(const function_row& function, const std::vector<std::string>& given) {
    const std::vector<std::string> names = input_names(function);
    std::vector<std::size_t> order(function.argument_count, given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto found =
            given[i].empty() ? names.begin() + static_cast<std::ptrdiff_t>(i) : std::ranges::find(names, given[i]);
        if (found == names.end() || static_cast<std::size_t>(found - names.begin()) >= order.size()) {
            return std::nullopt;
        }
        std::size_t& place = order[static_cast<std::size_t>(found - names.begin())];
        if (place != given.size()) {
            return std::nullopt;
        }
        place = i;
    }
    return order;
}

// A default as its text in system_functions.sql: true, 0, 'NFC'.
std::string default_text(std::string_view sql) {
    const std::size_t cast = sql.find("::");
    sql = sql.substr(0, cast);
    if (sql.size() >= 2 && sql.front() == '\'' && sql.back() == '\'') {
        sql = sql.substr(1, sql.size() - 2);
    }
    return std::string(sql);
}

}  // namespace

bool has_names(const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [](const std::string& each) { return !each.empty(); });
}

// The candidate for a function and so many arguments; nullopt: it does not take them.
std::optional<candidate> fitted(const function_row& function, const std::vector<std::string>& names, bool variadic) {
    const std::size_t given = names.size();
    const std::span<const oid> declared = arguments_of(function);
    const std::size_t defaults = default_sources(function).size();
    candidate made{.function = &function, .arguments = {declared.begin(), declared.end()}, .order = {}};
    if (has_names(names)) {
        if (given > declared.size() || given + defaults < declared.size()) {
            return std::nullopt;
        }
        auto order = order_of(function, names);
        if (!order) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i + defaults < declared.size(); ++i) {
            if ((*order)[i] == given) {
                return std::nullopt;
            }
        }
        made.order = std::move(*order);
        made.defaults = declared.size() - given;
        made.arguments.assign(given, 0);
        for (std::size_t i = 0; i < declared.size(); ++i) {
            if (made.order[i] < given) {
                made.arguments[made.order[i]] = declared[i];
            }
        }
        return made;
    }
    if (given == declared.size() && (function.variadic == 0 || variadic)) {
        return made;
    }
    if (function.variadic != 0 && !variadic && given + 1 > declared.size()) {
        made.spread = true;
        made.arguments.resize(given, function.variadic);
        made.arguments[declared.size() - 1] = function.variadic;
        return made;
    }
    if (given < declared.size() && given + defaults >= declared.size() && function.variadic == 0) {
        made.arguments.resize(given);
        made.defaults = declared.size() - given;
        return made;
    }
    return std::nullopt;
}

std::vector<std::string> defaults_of(const function_row& function) {
    std::vector<std::string> values;
    for (const std::string& each : default_sources(function)) {
        values.push_back(default_text(each));
    }
    return values;
}

std::vector<source_column> output_columns(const function_row& function) {
    std::vector<source_column> columns;
    const auto modes = items_of_array(function.all_modes);
    const auto types = items_of_array(function.all_types);
    const auto names = items_of_array(function.all_names);
    for (std::size_t i = 0; i < modes.size() && i < types.size(); ++i) {
        if (modes[i] == "o" || modes[i] == "t" || modes[i] == "b") {
            oid type = 0;
            std::from_chars(types[i].data(), types[i].data() + types[i].size(), type);
            columns.push_back({.name = i < names.size() ? std::string(names[i]) : fmt::format("column{}", i + 1),
                               .type = {.type = type},
                               .stored = {}});
        }
    }
    return columns;
}

}  // namespace sluice::analysis
