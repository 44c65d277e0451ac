#include "apps/parts/model/text_rules.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/text/ascii.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t username_size_max = 64;
constexpr text_rule email_rule{.field = "e-mail address", .characters_max = 200};

bool is_tail(char each) {
    return (static_cast<unsigned char>(each) & 0xc0U) == 0x80U;
}

// Number of bytes of the character at the start of `text`, by RFC 3629, section 4; 0: not well-formed.
std::size_t character_size(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t size = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0U) == 0xe0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size || !std::ranges::all_of(text.substr(1, size - 1), is_tail)) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    const bool is_overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool is_surrogate = lead == 0xed && second > 0x9f;
    const bool is_beyond = lead == 0xf4 && second > 0x8f;
    return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

// C0, DEL and C1.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7f || (first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0);
}

std::optional<std::size_t> count_characters(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            return std::nullopt;
        }
        text.remove_prefix(size);
        ++count;
    }
    return count;
}

bool has_control(std::string_view text, bool has_lines) {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        const bool is_break = has_lines && (text[0] == '\n' || text[0] == '\t');
        if (!is_break && is_control(text.substr(0, size))) {
            return true;
        }
        text.remove_prefix(size);
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
    const auto characters = count_characters(text);
    if (!characters) {
        return fail(error_kind::invalid, fmt::format("the {} is not well-formed UTF-8", rule.field));
    }
    if (*characters > rule.characters_max) {
        return fail(error_kind::invalid, fmt::format("the {} has {} characters; the limit is {}", rule.field,
                                                     *characters, rule.characters_max));
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
