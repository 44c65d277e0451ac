#include "postgres/wire/startup_options.hpp"

#include <algorithm>

#include "base/text/ascii.hpp"

namespace sluice::postgres {

namespace {

using setting = std::pair<std::string, std::string>;

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (base::is_blank(text[at])) {
            inside = false;
            continue;
        }
        if (!inside) {
            words.emplace_back();
            inside = true;
        }
        at += text[at] == '\\' ? 1 : 0;
        words.back() += text.substr(at, 1);
    }
    return words;
}

std::unexpected<error> refuse(std::string message) {
    return fail(error{.code = sqlstates::syntax_error, .message = std::move(message)}.as_fatal());
}

std::unexpected<error> unknown_argument(const std::string& word) {
    return fail(
        error{.code = sqlstates::syntax_error, .message = "invalid command-line argument for server process: " + word}
            .with_hint("Only -c NAME=VALUE and --NAME=VALUE are accepted.")
            .as_fatal());
}

result<setting> parse_setting(std::string_view switch_text, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        return refuse(std::string(switch_text) + std::string(text) + " requires a value");
    }
    std::string name(text.substr(0, equals));
    std::ranges::replace(name, '-', '_');
    return setting(std::move(name), std::string(text.substr(equals + 1)));
}

}  // namespace

result<std::vector<setting>> parse_startup_options(std::string_view text) {
    const std::vector<std::string> words = split_words(text);
    std::vector<setting> settings;
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word.starts_with("--") && word.size() > 2) {
            TRY_ASSIGN(settings.emplace_back(), parse_setting("--", std::string_view(word).substr(2)));
        } else if (word == "-c" && at + 1 < words.size()) {
            ++at;
            TRY_ASSIGN(settings.emplace_back(), parse_setting("-c ", words[at]));
        } else if (word.starts_with("-c") && word.size() > 2) {
            TRY_ASSIGN(settings.emplace_back(), parse_setting("-c ", std::string_view(word).substr(2)));
        } else {
            return unknown_argument(word);
        }
    }
    return settings;
}

}  // namespace sluice::postgres
