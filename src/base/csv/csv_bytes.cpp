#include "base/csv/csv_bytes.hpp"

#include <algorithm>
#include <array>

namespace sluice::base {

char separator_of(std::string_view header) {
    constexpr std::string_view separators = ",;\t";
    std::array<std::size_t, separators.size()> counts{};
    bool is_quoted = false;
    for (const char c : header) {
        is_quoted = is_quoted != (c == '"');
        const auto at = separators.find(c);
        if (!is_quoted && at != std::string_view::npos) {
            ++counts.at(at);
        }
    }
    return separators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

bool looks_like_formula(std::string_view text) {
    constexpr std::string_view beginnings = "=+-@\t\r\n";
    const auto at = text.find_first_not_of('\'');
    return at != std::string_view::npos && beginnings.contains(text[at]);
}

bool is_number(std::string_view text) {
    const auto skip_digits = [&text] {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(digits);
        return digits != 0;
    };
    const auto skip_one_of = [&text](std::string_view any) {
        const bool found = !text.empty() && any.contains(text.front());
        text.remove_prefix(found ? 1 : 0);
        return found;
    };
    skip_one_of("+-");
    if (!skip_digits()) {
        return false;
    }
    if (skip_one_of(".,") && !skip_digits()) {
        return false;
    }
    if (skip_one_of("eE")) {
        skip_one_of("+-");
        if (!skip_digits()) {
            return false;
        }
    }
    return text.empty();
}

}  // namespace sluice::base
