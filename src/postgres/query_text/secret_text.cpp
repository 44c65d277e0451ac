#include "postgres/query_text/secret_text.hpp"

#include <algorithm>
#include <array>

#include "postgres/lex/token_cursor.hpp"

namespace sluice::postgres {

namespace {

constexpr auto secret_words =
    std::to_array<std::string_view>({"secret", "password", "session_token", "connection_string"});

bool begins_with(std::string_view text, std::string_view word) {
    return text.size() >= word.size() && base::equals_ignoring_case(text.substr(0, word.size()), word);
}

// A single pass, since it reads every new text, long ones too.
bool has_secret_word(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char first = base::to_lower(text[at]);
        if ((first == 's' || first == 'p' || first == 'c') &&
            std::ranges::any_of(secret_words, [&](auto word) { return begins_with(text.substr(at), word); })) {
            return true;
        }
    }
    return false;
}

bool is_one_of(const token& word, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view each) { return word.is_word(each); });
}

// Reads one statement after the other.
class secret_finder {
  public:
    // True if the text behind this token belongs to a secret.
    bool takes(const token& next) {
        if (next.is_symbol(";")) {
            *this = secret_finder();
            return false;
        }
        if (state_ == state::begins) {
            begin(next);
            return false;
        }
        if (state_ == state::makes) {
            const bool of_account = is_one_of(next, {"user", "role"});
            const bool goes_on =
                is_one_of(next, {"or", "replace", "persistent", "temporary", "temp", "if", "not", "exists"});
            state_ = of_account || next.is_word("secret") ? state::sets : goes_on ? state::makes : state::other;
        }
        state_ = next.is_word("set_config") ? state::sets : state_;
        return state_ == state::sets && has_secret_word(next.text);
    }

  private:
    enum class state : std::uint8_t { begins, sets, makes, other };

    void begin(const token& first) {
        if (is_one_of(first, {"explain", "analyze", "analyse", "verbose"}) || first.kind == token_kind::symbol) {
            return;  // the explained statement follows
        }
        if (is_one_of(first, {"set", "pragma"})) {
            state_ = state::sets;
        } else {
            state_ = is_one_of(first, {"create", "alter", "drop"}) ? state::makes : state::other;
        }
    }

    state state_ = state::begins;
};

}  // namespace

bool may_hold_secret(std::string_view text) {
    return has_secret_word(text);
}

std::string without_secret(std::string_view text) {
    secret_finder finder;
    for (token_cursor cursor(text); !cursor.at_end();) {
        const token next = cursor.take();
        if (finder.takes(next) && !cursor.at_end()) {
            return std::string(text.substr(0, next.end_bytes())) + " ...";
        }
    }
    return std::string(text);
}

}  // namespace sluice::postgres
