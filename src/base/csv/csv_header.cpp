#include "base/csv/csv_header.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <utility>

#include "base/text/ascii.hpp"

namespace sluice::base {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    return text.substr(0, text.find_last_not_of(blank) + 1);
}

bool is_in(std::size_t position, const std::vector<std::size_t>& positions) {
    return std::ranges::find(positions, position) != positions.end();
}

std::string names_of(std::span<const csv_column> columns) {
    std::string names;
    for (const auto& each : columns) {
        names.append(names.empty() ? "the columns are " : ", ").append(each.name);
    }
    return names;
}

std::unexpected<error> refuse(std::string message, std::string hint = {}) {
    return fail({.code = sqlstates::bad_copy_file_format, .message = std::move(message), .hint = std::move(hint)});
}

}  // namespace

result<std::vector<std::size_t>> match_header(std::span<const csv_column> columns,
                                              std::span<const std::string_view> fields) {
    std::vector<std::size_t> positions;
    for (const auto field : fields) {
        const auto name = trimmed(field);
        if (name.empty()) {
            return refuse(fmt::format("column {} has no name", positions.size() + 1));
        }
        const auto known =
            std::ranges::find_if(columns, [&](const auto& each) { return equals_ignoring_case(each.name, name); });
        if (known == columns.end()) {
            return refuse(fmt::format("there is no column \"{}\"", name), names_of(columns));
        }
        const auto position = static_cast<std::size_t>(known - columns.begin());
        if (is_in(position, positions)) {
            return refuse(fmt::format("two columns are named \"{}\"", known->name));
        }
        positions.push_back(position);
    }
    for (std::size_t at = 0; at < columns.size(); ++at) {
        if (columns[at].is_required && !is_in(at, positions)) {
            return refuse(fmt::format("the column \"{}\" is missing", columns[at].name));
        }
    }
    return positions;
}

std::vector<std::string_view> open_names(std::string_view prefix, std::span<const std::string_view> fields) {
    std::vector<std::string_view> names;
    for (const auto field : fields) {
        const auto name = trimmed(field);
        if (!prefix.empty() && name.size() > prefix.size() &&
            equals_ignoring_case(name.substr(0, prefix.size()), prefix)) {
            names.push_back(name);
        }
    }
    return names;
}

}  // namespace sluice::base
