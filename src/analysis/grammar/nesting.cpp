#include "analysis/grammar/nesting.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace sluice::analysis {
namespace {

using postgres::token;
using postgres::token_kind;

template <std::size_t N>
bool is_one_of(const token& word, const std::array<std::string_view, N>& words) {
    return word.kind == token_kind::word &&
           std::ranges::any_of(words, [&](std::string_view each) { return word.is_word(each); });
}

// Words behind which an expression begins anew.
constexpr auto separators = std::to_array<std::string_view>(
    {"select", "from", "where", "group",  "having", "order",     "limit", "offset", "and", "or",
     "when",   "then", "else",  "values", "set",    "returning", "on",    "using",  "as",  "by"});
constexpr auto operator_words = std::to_array<std::string_view>(
    {"not", "is", "in", "like", "ilike", "similar", "between", "collate", "at", "isnull", "notnull"});
constexpr auto chains = std::to_array<std::string_view>({"join", "union", "except", "intersect"});

class depth_meter {
  public:
    void take(const token& next) {
        if (next.is_symbol("(") || next.is_symbol("[") || next.is_word("case")) {
            open_.push_back({});
            ++depth_;
        } else if (next.is_symbol(")") || next.is_symbol("]") || next.is_word("end")) {
            close();
        } else if (next.is_symbol(",") || next.is_symbol(";") || is_one_of(next, separators)) {
            depth_ -= open_.back().operators;
            open_.back().operators = 0;
        } else if (is_one_of(next, chains)) {
            ++open_.back().chained;
            ++depth_;
        } else if ((next.kind == token_kind::symbol && !next.is_symbol(".")) || is_one_of(next, operator_words)) {
            ++open_.back().operators;
            ++depth_;
        }
        deepest_ = std::max(deepest_, depth_);
    }
    [[nodiscard]] std::size_t deepest() const { return deepest_; }

  private:
    struct level {
        std::size_t operators = 0;
        std::size_t chained = 0;  // joins and set operations, which commas and keywords do not end
    };
    void close() {
        depth_ -= open_.back().operators + open_.back().chained;
        if (open_.size() > 1) {
            open_.pop_back();
            --depth_;
        } else {
            open_.back() = {};
        }
    }

    std::vector<level> open_{level{}};
    std::size_t depth_ = 0;
    std::size_t deepest_ = 0;
};

}  // namespace

std::size_t nesting_of(const postgres::lexed_text& sql) {
    depth_meter meter;
    postgres::lexer tokens(sql);
    for (token next = tokens.next_significant(); next.kind != token_kind::end; next = tokens.next_significant()) {
        meter.take(next);
    }
    return meter.deepest();
}

}  // namespace sluice::analysis
