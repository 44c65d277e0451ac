#include "engines/duckdb/functions/strings/like_functions.hpp"

#include <algorithm>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate invalid_escape_sequence{"22025"};

enum class unit : std::uint8_t { byte, character };

// Compares from left to right. When a text does not fit behind a %, that % takes one more character; the ones before it
// need not be tried again, since they only could take more.
template <unit kind>
class like_matcher {
  public:
    like_matcher(std::string_view text, std::string_view pattern) : text_(text), pattern_(pattern) {}

    result<bool> run() {
        while (!text_.empty()) {
            if (pattern_.starts_with('%')) {
                TRY_ASSIGN(const step after, take_percent());
                if (after != step::go_on) {
                    return after == step::matches;
                }
                continue;
            }
            TRY_ASSIGN(const bool fits, take_one());
            if (!fits && !widen_percent()) {
                return false;
            }
        }
        return pattern_.find_first_not_of('%') == std::string_view::npos;
    }

  private:
    enum class step : std::uint8_t { go_on, matches, fails };

    static std::size_t front_bytes(std::string_view text) {
        return kind == unit::byte ? 1 : front_character(text).size();
    }

    // A % and all the % and _ behind it.
    result<step> take_percent() {
        for (; !pattern_.empty(); pattern_.remove_prefix(1)) {
            if (pattern_.front() == '_') {
                if (text_.empty()) {
                    return step::fails;
                }
                text_.remove_prefix(front_bytes(text_));
            } else if (pattern_.front() != '%') {
                break;
            }
        }
        if (pattern_.empty()) {
            return step::matches;
        }
        if (pattern_ == "\\") {
            return ends_with_escape();
        }
        text_behind_percent_ = text_;
        pattern_behind_percent_ = pattern_;
        return step::go_on;
    }

    result<bool> take_one() {
        if (pattern_.empty()) {
            return false;
        }
        if (pattern_.front() == '_') {
            text_.remove_prefix(front_bytes(text_));
            pattern_.remove_prefix(1);
            return true;
        }
        if (pattern_.front() == '\\') {
            pattern_.remove_prefix(1);
            if (pattern_.empty()) {
                return ends_with_escape();
            }
        }
        if (text_.front() != pattern_.front()) {
            return false;
        }
        text_.remove_prefix(1);
        pattern_.remove_prefix(1);
        return true;
    }

    // False: there was no %, or the text is at its end.
    bool widen_percent() {
        if (text_behind_percent_.empty()) {
            return false;
        }
        text_behind_percent_.remove_prefix(front_bytes(text_behind_percent_));
        text_ = text_behind_percent_;
        pattern_ = pattern_behind_percent_;
        return true;
    }

    static std::unexpected<error> ends_with_escape() {
        return fail(invalid_escape_sequence, "LIKE pattern must not end with escape character");
    }

    std::string_view text_;
    std::string_view pattern_;
    std::string_view text_behind_percent_;  // empty: there is no % yet, or nothing is left for it
    std::string_view pattern_behind_percent_;
};

result<bool> like(std::string_view text, std::string_view pattern) {
    return like_matcher<unit::character>(text, pattern).run();
}
result<bool> bytea_like(bytes_view text, bytes_view pattern) {
    return like_matcher<unit::byte>(text.data, pattern.data).run();
}

result<bool> ilike(std::string_view text, std::string_view pattern) {
    return like(lower_case_text(text), lower_case_text(pattern));
}
// Names have the collation "C", in which only ASCII has capitals.
result<bool> name_ilike(std::string_view text, std::string_view pattern) {
    return like(base::lower_case(text), base::lower_case(pattern));
}

// Backslashes of the pattern lose their meaning; `escape` gets it.
template <unit kind>
result<std::string> escaped(std::string_view pattern, std::string_view escape) {
    const std::int64_t length = kind == unit::byte ? std::ssize(escape) : characters_of(escape);
    if (length > 1) {
        error cause{.code = invalid_escape_sequence, .message = "invalid escape string"};
        cause.hint = "Escape string must be empty or one character.";
        return fail(std::move(cause));
    }
    if (escape == "\\") {
        return std::string(pattern);
    }
    std::string made;
    bool behind_escape = false;
    while (!pattern.empty()) {
        const std::string_view one = pattern.substr(0, kind == unit::byte ? 1 : front_character(pattern).size());
        pattern.remove_prefix(one.size());
        if (one == escape && !behind_escape) {
            made += '\\';
            behind_escape = true;
            continue;
        }
        if (one == "\\" && !behind_escape) {
            made += '\\';
        }
        made += one;
        behind_escape = false;
    }
    TRY(check_value_size(made.size()));
    return made;
}
result<bytes> bytea_like_escape(bytes_view pattern, bytes_view escape) {
    TRY_ASSIGN(std::string made, escaped<unit::byte>(pattern.data, escape.data));
    return bytes{std::move(made)};
}

}  // namespace

result<> add_like_functions(native_functions& functions) {
    TRY(functions.add<like>("sluice_like"));
    TRY(functions.add<ilike>("sluice_ilike"));
    TRY(functions.add<name_ilike>("sluice_name_ilike"));
    TRY(functions.add<escaped<unit::character>>("sluice_like_escape"));
    TRY(functions.add<bytea_like>("sluice_bytea_like"));
    return functions.add<bytea_like_escape>("sluice_bytea_like_escape");
}

}  // namespace sluice::duckdb
