#include "postgres/query_text/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "postgres/lex/lexer.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::postgres {

namespace {

// A token of the normalized text. Every constant is the same symbol (?), which other dialects use, too.
struct piece {
    token_kind kind = token_kind::end;
    std::string_view text;

    [[nodiscard]] bool is(std::string_view symbol) const { return kind == token_kind::symbol && text == symbol; }
    [[nodiscard]] bool is_word(std::string_view lower) const {
        return kind == token_kind::word && base::equals_ignoring_case(text, lower);
    }
    [[nodiscard]] bool is_constant() const { return is("?"); }
    [[nodiscard]] bool is_word_of(auto& words) const {
        return kind == token_kind::word && std::ranges::any_of(words, [&](auto word) { return is_word(word); });
    }
    friend bool operator==(const piece& a, const piece& b) {
        const auto same = [](char left, char right) { return base::to_lower(left) == base::to_lower(right); };
        return a.kind == b.kind &&
               (a.kind == token_kind::word ? std::ranges::equal(a.text, b.text, same) : a.text == b.text);
    }
};
constexpr piece constant{.kind = token_kind::symbol, .text = "?"};

// Words before an expression: a sign behind them belongs to the number, and a parenthesis is not that of a call.
constexpr auto before_expressions = std::to_array<std::string_view>(
    {"all",      "and",       "any",       "as",      "between",      "by",     "case",   "check",  "conflict",
     "distinct", "else",      "except",    "exists",  "filter",       "from",   "group",  "having", "ilike",
     "in",       "intersect", "is",        "join",    "key",          "like",   "limit",  "not",    "offset",
     "on",       "or",        "over",      "lateral", "materialized", "return", "select", "set",    "then",
     "union",    "unique",    "returning", "using",   "values",       "when",   "where",  "with"});
constexpr auto constant_words = std::to_array<std::string_view>({"null", "true", "false", "default"});

// Literals and parameters.
bool is_literal(token_kind kind) {
    switch (kind) {
        case token_kind::string:
        case token_kind::escape_string:
        case token_kind::unicode_string:
        case token_kind::bit_string:
        case token_kind::dollar_string:
        case token_kind::number:
        case token_kind::parameter:
        case token_kind::named_parameter:
            return true;
        default:
            return false;
    }
}

class normalizer {
  public:
    explicit normalizer(std::string_view statement) : text_(statement.substr(0, normalized_bytes_max)) {
        cut_ = text_.size() < statement.size();
    }

    std::string run() {
        lexer tokens(text_);
        for (token next = tokens.next(); next.kind != token_kind::end; next = tokens.next()) {
            // A token that the cut goes through is dropped, as its kind is unknown; a literal is one in any case.
            if (cut_ && next.end_bytes() == text_.size() && !is_literal(next.kind)) {
                break;
            }
            add(next);
        }
        if (cut_) {
            close_brackets();
        }
        while (!pieces_.empty() && pieces_.back().is(";")) {
            pieces_.pop_back();
        }
        return write();
    }

  private:
    enum class bracket : std::uint8_t { other, list, row };
    struct level {
        bracket kind = bracket::other;
        std::size_t open = 0;  // its bracket, in pieces_
        // The latest list of rows inside: the first row from its bracket to behind the closing one. The list ends with
        // that row, since equal rows are kept once.
        std::size_t rows_begin = 0;
        std::size_t rows_end = 0;
    };

    [[nodiscard]] const piece* back(std::size_t distance) const {
        return pieces_.size() > distance ? &pieces_[pieces_.size() - 1 - distance] : nullptr;
    }

    void add(const token& next) {
        if (next.kind == token_kind::blank || next.kind == token_kind::comment) {
            return;
        }
        if (is_literal(next.kind)) {
            return add_constant();
        }
        const piece added{.kind = next.kind, .text = next.text};
        if (added.is_constant()) {
            add_constant();
        } else if (added.is("(") || added.is("[")) {
            open(added);
        } else if (added.is(")") || added.is("]")) {
            close(added);
        } else {
            pieces_.push_back(added);
        }
    }

    void add_constant() {
        while (!pieces_.empty() && (pieces_.back().is("-") || pieces_.back().is("+")) && is_sign()) {
            pieces_.pop_back();
        }
        pieces_.push_back(constant);
    }

    // True if the last piece is a sign, not an operator between two operands.
    [[nodiscard]] bool is_sign() const {
        const piece* before = back(1);
        if (before == nullptr || before->is_word_of(before_expressions)) {
            return true;
        }
        return before->kind == token_kind::symbol && !before->is_constant() && !before->is(")") && !before->is("]") &&
               !before->is("}");
    }

    void open(const piece& bracket_piece) {
        level& around = levels_.back();
        const piece* before = back(0);
        level opened{.open = pieces_.size()};
        if (bracket_piece.is("[") || (before != nullptr && before->is_word("in"))) {
            opened.kind = bracket::list;
        } else if (before != nullptr && before->is_word("values")) {
            opened.kind = bracket::row;
            around.rows_begin = opened.open;
            around.rows_end = 0;
        } else if (around.rows_end != 0 && pieces_.size() == around.rows_end + 1 && before->is(",")) {
            opened.kind = bracket::row;
        }
        levels_.push_back(opened);
        pieces_.push_back(bracket_piece);
    }

    void close(const piece& bracket_piece) {
        if (levels_.size() == 1) {
            pieces_.push_back(bracket_piece);
            return;
        }
        const level closed = levels_.back();
        levels_.pop_back();
        if (closed.kind != bracket::other && is_constant_list(closed.open + 1)) {
            std::ranges::replace_if(
                pieces_.begin() + static_cast<std::ptrdiff_t>(closed.open), pieces_.end(),
                [](const piece& part) { return part.is_word_of(constant_words); }, constant);
            pieces_.resize(closed.kind == bracket::list ? closed.open + 2 : pieces_.size());
        }
        pieces_.push_back(bracket_piece);
        if (closed.kind == bracket::row) {
            end_row(closed.open);
        }
    }

    // From `begin` to the end: ? or ?, null, ...
    [[nodiscard]] bool is_constant_list(std::size_t begin) const {
        for (std::size_t i = begin; i < pieces_.size(); ++i) {
            const piece& part = pieces_[i];
            const bool comma = (i - begin) % 2 == 1;
            if (comma ? !part.is(",") : !part.is_constant() && !part.is_word_of(constant_words)) {
                return false;
            }
        }
        return (pieces_.size() - begin) % 2 == 1;
    }

    void end_row(std::size_t open) {
        level& around = levels_.back();
        if (around.rows_end == 0) {
            around.rows_end = pieces_.size();
            return;
        }
        const auto first = pieces_.begin();
        const auto at = [&](std::size_t place) { return first + static_cast<std::ptrdiff_t>(place); };
        if (std::ranges::equal(at(around.rows_begin), at(around.rows_end), at(open), pieces_.end())) {
            pieces_.resize(around.rows_end);
        } else {
            around.rows_begin = open;
            around.rows_end = pieces_.size();
        }
    }

    // Closes the open brackets of a text that was cut. In a list the rest does not change the result.
    void close_brackets() {
        const auto row = std::ranges::find(levels_, bracket::row, &level::kind);
        if (row != levels_.end() && std::prev(row)->rows_end != 0) {
            pieces_.resize(std::prev(row)->rows_end);
            levels_.erase(row, levels_.end());
        }
        while (!pieces_.empty() && (pieces_.back().is(",") || pieces_.back().is("-") || pieces_.back().is("+"))) {
            pieces_.pop_back();
        }
        while (levels_.size() > 1) {
            close({.kind = token_kind::symbol, .text = pieces_[levels_.back().open].is("(") ? ")" : "]"});
        }
    }

    [[nodiscard]] bool has_blank(std::size_t at) const {
        const piece& left = pieces_[at - 1];
        const piece& right = pieces_[at];
        if (left.text.ends_with(':') && right.text.starts_with(':')) {
            return true;  // side by side they would be other tokens
        }
        if (left.is("(") || left.is("[") || left.is(".") || left.is("::") || right.is(")") || right.is("]") ||
            right.is(",") || right.is(".") || right.is("::") || right.is(";")) {
            return false;
        }
        const bool name = left.kind == token_kind::word || left.kind == token_kind::quoted_name;
        if (right.is("(")) {
            return !name || left.is_word_of(before_expressions);
        }
        return !right.is("[") || !(name || left.is("]") || left.is(")")) || left.is_word_of(before_expressions);
    }

    [[nodiscard]] std::string write() const {
        std::string out;
        out.reserve(text_.size());
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            if (i > 0 && has_blank(i)) {
                out += ' ';
            }
            if (pieces_[i].kind == token_kind::word) {
                std::ranges::transform(pieces_[i].text, std::back_inserter(out), base::to_lower);
            } else {
                out += pieces_[i].text;
            }
        }
        return out;
    }

    std::string_view text_;
    bool cut_ = false;
    std::vector<piece> pieces_;
    std::vector<level> levels_{level{}};
};

}  // namespace

std::string normalize(std::string_view statement) {
    return normalizer(statement).run();
}

std::uint64_t hash_normalized(std::string_view normalized) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : normalized) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    return hash;
}

std::uint64_t fingerprint(std::string_view statement) {
    return hash_normalized(normalize(statement));
}

}  // namespace sluice::postgres
