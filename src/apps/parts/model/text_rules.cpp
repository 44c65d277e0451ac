#include "apps/parts/model/text_rules.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t username_size_max = 64;
constexpr text_rule email_rule{.field = "e-mail address", .characters_max = 200};

bool has_control(std::string_view text, bool has_lines) {
    while (!text.empty()) {
        const auto next = base::first_character(text);
        const bool is_break = has_lines && (next.code == '\n' || next.code == '\t');
        if (!is_break && base::is_control_character(next.code)) {
            return true;
        }
        text.remove_prefix(next.bytes.size());
    }
    return false;
}

bool is_username_letter(char each) {
    return base::is_letter_or_digit(each) || each == '.' || each == '_' || each == '-' || each == '@';
}

}  // namespace

result<> check_text(std::string_view text, const text_rule& rule) {
    if (text.empty() && !rule.may_be_empty) {
        return fail(error_kind::invalid, fmt::format("the {} is empty", rule.field));
    }
    if (!base::is_utf8(text)) {
        return fail(error_kind::invalid, fmt::format("the {} is not well-formed UTF-8", rule.field));
    }
    const auto characters = base::count_characters(text);
    if (characters > rule.characters_max) {
        return fail(error_kind::invalid, fmt::format("the {} has {} characters; the limit is {}", rule.field,
                                                     characters, rule.characters_max));
    }
    if (has_control(text, rule.has_lines)) {
        return fail(error_kind::invalid, fmt::format("the {} contains a control character", rule.field),
                    rule.has_lines ? "of these only tabs and line feeds are taken" : "it is one line");
    }
    if (!rule.has_lines && !text.empty() && (text.front() == ' ' || text.back() == ' ')) {
        return fail(error_kind::invalid, fmt::format("the {} \"{}\" begins or ends with a space", rule.field, text));
    }
    return {};
}

result<> check_username(std::string_view text) {
    if (text.empty() || text.size() > username_size_max || !std::ranges::all_of(text, is_username_letter)) {
        return fail(error_kind::invalid, "a username has 1 to 64 letters, digits, \".\", \"_\", \"-\" or \"@\"");
    }
    return {};
}

result<> check_email(std::string_view text) {
    TRY(check_text(text, email_rule));
    const auto at = text.find('@');
    if (at == 0 || at >= text.size() - 1 || text.find('@', at + 1) != std::string_view::npos ||
        text.find_first_of("<> ,;") != std::string_view::npos) {
        return fail(error_kind::invalid, fmt::format("\"{}\" is no e-mail address", text),
                    "for example ada@example.org");
    }
    return {};
}

}  // namespace sluice::parts
