#include "engines/duckdb/statement/statement_parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "engines/duckdb/dialect/assigned_values.hpp"
#include "engines/duckdb/dialect/translate.hpp"
#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {
namespace {

using postgres::token;
using postgres::token_kind;

std::size_t number_of(const token& parameter) {
    std::size_t number = 0;
    std::from_chars(parameter.text.data() + 1, parameter.text.data() + parameter.text.size(), number);
    return number;
}

bool is_name(const token& next) {
    return next.kind == token_kind::word || next.kind == token_kind::quoted_name;
}

// The tokens of a text, with questions about the neighbours of a place.
class surroundings {
  public:
    explicit surroundings(const postgres::lexed_text& sql) : sql_(sql.text()) {
        postgres::lexer tokens(sql);
        for (token next = tokens.next_significant(); next.kind != token_kind::end; next = tokens.next_significant()) {
            tokens_.push_back(next);
        }
    }

    [[nodiscard]] std::size_t size() const { return tokens_.size(); }
    [[nodiscard]] const token& at(std::size_t i) const { return i < tokens_.size() ? tokens_[i] : none_; }
    [[nodiscard]] const token& before(std::size_t i, std::size_t count = 1) const {
        return i >= count ? tokens_[i - count] : none_;
    }

    // The type that the parameter at `i` is cast to.
    [[nodiscard]] std::string_view cast_of(std::size_t i) const {
        if (at(i + 1).is_symbol("::")) {
            return between(i + 2, end_of_type(i + 2));
        }
        const bool inside = before(i).is_symbol("(") && before(i, 2).is_word("cast") && at(i + 1).is_word("as");
        const std::size_t end = inside ? end_of_type(i + 2) : 0;
        return inside && at(end).is_symbol(")") ? between(i + 2, end) : std::string_view();
    }

    struct printed_array {
        std::string_view type;
        std::size_t end_bytes = 0;
    };
    // ::T[]::text behind the parameter at `i`.
    [[nodiscard]] printed_array printed_of(std::size_t i) const {
        const std::size_t end = at(i + 1).is_symbol("::") ? end_of_type(i + 2) : i;
        const bool array = end > i + 2 && at(end - 1).is_symbol("]") && at(end).is_symbol("::");
        const bool text = at(end + 1).is_word("text") || at(end + 1).is_word("varchar");
        if (!array || !text || end_of_type(end + 1) != end + 2 || at(end + 2).is_symbol("::")) {
            return {};
        }
        return {.type = between(i + 2, end), .end_bytes = at(end + 1).end_bytes()};
    }

    // ANY, SOME or ALL in front of (parameter).
    [[nodiscard]] text_range quantifier_of(std::size_t i) const {
        const token& word = before(i, 2);
        const bool any = word.is_word("any") || word.is_word("some") || word.is_word("all");
        const token& compares = before(i, 3);
        const bool comparison =
            compares.kind == token_kind::symbol || compares.is_word("like") || compares.is_word("ilike");
        if (!any || !comparison || !before(i).is_symbol("(") || !at(i + 1).is_symbol(")")) {
            return {};
        }
        return {.begin = word.offset_bytes, .end = word.end_bytes()};
    }

    // The operand beside the operator beside the parameter at `i`.
    [[nodiscard]] std::string_view neighbour_of(std::size_t i) const {
        if (is_operator(before(i)) && i >= 2) {
            const std::size_t begin = begin_of_operand(i - 2);
            if (begin <= i - 2) {
                return between(begin, i - 1);
            }
        }
        return is_operator(at(i + 1)) ? between(i + 2, end_of_operand(i + 2)) : std::string_view();
    }

  private:
    static bool is_operator(const token& symbol) {
        constexpr auto operators = std::to_array<std::string_view>({"+", "-", "*", "/", "%", "||", "^", "&", "|", "#"});
        return symbol.kind == token_kind::symbol && std::ranges::find(operators, symbol.text) != operators.end();
    }
    [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const {
        return begin < end ? sql_.substr(tokens_[begin].offset_bytes,
                                         tokens_[end - 1].end_bytes() - tokens_[begin].offset_bytes)
                           : std::string_view();
    }
    [[nodiscard]] std::size_t behind_parentheses(std::size_t i) const {
        std::size_t depth = 0;
        do {
            depth += at(i).is_symbol("(") || at(i).is_symbol("[") ? 1 : 0;
            depth -= at(i).is_symbol(")") || at(i).is_symbol("]") ? 1 : 0;
            ++i;
        } while (depth > 0 && i < size());
        return i;
    }

    // name[.name] [second word] [(...)] [with time zone] [[]]...
    [[nodiscard]] std::size_t end_of_type(std::size_t i) const {
        constexpr auto seconds = std::to_array<std::string_view>({"precision", "varying"});
        const std::size_t begin = i;
        while (is_name(at(i)) && at(i + 1).is_symbol(".")) {
            i += 2;
        }
        if (!is_name(at(i))) {
            return begin;
        }
        ++i;
        if (std::ranges::any_of(seconds, [&](auto second) { return at(i).is_word(second); })) {
            ++i;
        }
        if (at(i).is_symbol("(")) {
            i = behind_parentheses(i);
        }
        if ((at(i).is_word("with") || at(i).is_word("without")) && at(i + 1).is_word("time") &&
            at(i + 2).is_word("zone")) {
            i += 3;
        }
        while (at(i).is_symbol("[")) {
            i = behind_parentheses(i);
        }
        return i;
    }
    // The end of a literal, a column, a call or an expression in parentheses, with its cast; `i` if there is none.
    [[nodiscard]] std::size_t end_of_operand(std::size_t i) const {
        const std::size_t begin = i;
        if (at(i).is_symbol("(")) {
            i = behind_parentheses(i);
        } else if (is_name(at(i)) && !is_keyword(at(i))) {
            ++i;
            while (at(i).is_symbol(".") && is_name(at(i + 1))) {
                i += 2;
            }
            if (at(i).is_symbol("(")) {
                i = behind_parentheses(i);
            }
        } else if (is_literal(at(i)) || at(i).kind == token_kind::parameter) {
            ++i;
        }
        while (i > begin && at(i).is_symbol("::")) {
            i = end_of_type(i + 1);
        }
        return i;
    }
    // Words that may stand in front of an operator with one operand.
    static bool is_keyword(const token& word) {
        constexpr auto keywords = std::to_array<std::string_view>(
            {"select", "distinct", "all",  "where", "and",    "or",        "not",     "on",   "having",
             "by",     "when",     "then", "else",  "case",   "in",        "between", "like", "ilike",
             "is",     "values",   "set",  "limit", "offset", "returning", "from"});
        return std::ranges::any_of(keywords, [&](std::string_view keyword) { return word.is_word(keyword); });
    }
    static bool is_literal(const token& next) {
        return next.kind == token_kind::number || next.kind == token_kind::string;
    }
    // The begin of the operand whose last token is `last`; last + 1 if there is none.
    [[nodiscard]] std::size_t begin_of_operand(std::size_t last) const {
        // The search is bounded: an operand is short, and a long one would cost its length for each parameter.
        constexpr std::size_t tokens_max = 64;
        const std::size_t first = last + 1 - std::min(last + 1, tokens_max);
        for (std::size_t begin = last + 1; begin > first;) {
            --begin;
            const bool continues = before(begin).is_symbol(".") || before(begin).is_symbol("::") ||
                                   (at(begin).is_symbol("(") && is_name(before(begin)));
            if (!continues && end_of_operand(begin) == last + 1) {
                return begin;
            }
        }
        return last + 1;
    }

    std::string_view sql_;
    std::vector<token> tokens_;
    token none_{};
};

// Builds the slots and their text.
class slot_builder {
  public:
    explicit slot_builder(const postgres::lexed_text& sql)
        : sql_(sql.text()), around_(sql), assigned_(find_assigned_values(sql)) {}

    parameter_layout run() {
        collect();
        number();
        write();
        ask();
        return std::move(found_);
    }

  private:
    void collect() {
        auto next = assigned_.values.begin();
        for (std::size_t i = 0; i < around_.size(); ++i) {
            const token& parameter = around_.at(i);
            if (parameter.kind != token_kind::parameter) {
                continue;
            }
            while (next != assigned_.values.end() && next->offset_bytes < parameter.offset_bytes) {
                ++next;
            }
            const bool assigned = next != assigned_.values.end() && next->offset_bytes == parameter.offset_bytes;
            const auto printed = around_.printed_of(i);
            ends_[parameter.offset_bytes] = std::max(parameter.end_bytes(), printed.end_bytes);
            parameter_slot& slot = slot_of(number_of(parameter), assigned || !printed.type.empty());
            slot.printed = printed.type;
            slot.uses.push_back({.place = {},
                                 .written = parameter.offset_bytes,
                                 .cast = around_.cast_of(i),
                                 .neighbour = {},
                                 .quantifier = around_.quantifier_of(i)});
            neighbours_[parameter.offset_bytes] = around_.neighbour_of(i);
            if (assigned) {
                slot.assigned = true;
                slot.selected = next->selected;
                slot.list = next->list;
                slot.column = next->column;
            }
        }
    }
    parameter_slot& slot_of(std::size_t number, bool alone) {
        found_.highest = std::max(found_.highest, number);
        if (!alone) {
            const auto [known, fresh] = shared_.try_emplace(number, found_.slots.size());
            if (!fresh) {
                return found_.slots[known->second];
            }
        }
        return found_.slots.emplace_back(parameter_slot{.number = number});
    }
    // A statement without gaps and repeated parameters keeps its text.
    void number() {
        std::ranges::sort(found_.slots, {},
                          [](const parameter_slot& slot) { return std::pair(slot.number, slot.uses.front().written); });
        for (std::size_t i = 0; i < found_.slots.size(); ++i) {
            for (const parameter_use& use : found_.slots[i].uses) {
                slot_at_[use.written] = i;
            }
        }
    }
    [[nodiscard]] std::string renumbered(std::string_view part) const {
        if (part.empty()) {
            return {};
        }
        std::string text;
        std::size_t copied = 0;
        const auto offset = static_cast<std::size_t>(part.data() - sql_.data());
        for (auto use = slot_at_.lower_bound(offset); use != slot_at_.end() && use->first < offset + part.size();
             ++use) {
            text += part.substr(copied, use->first - offset - copied);
            text += "$" + std::to_string(use->second + 1);
            copied = std::min(ends_.at(use->first) - offset, part.size());
        }
        return text += part.substr(copied);
    }
    void write() {
        std::size_t copied = 0;
        std::map<std::size_t, text_range> places;
        for (const auto& [offset, slot] : slot_at_) {
            found_.text += sql_.substr(copied, offset - copied);
            const std::size_t begin = found_.text.size();
            found_.text += "$" + std::to_string(slot + 1);
            places[offset] = {.begin = begin, .end = found_.text.size()};
            copied = ends_.at(offset);
        }
        found_.text += sql_.substr(copied);
        for (parameter_slot& slot : found_.slots) {
            for (parameter_use& use : slot.uses) {
                use.place = places[use.written];
                const std::size_t moved = use.written - use.place.begin;  // text between parameters is unchanged
                use.quantifier.begin -= use.quantifier.end == 0 ? 0 : moved;
                use.quantifier.end -= use.quantifier.end == 0 ? 0 : moved;
                use.neighbour = renumbered(neighbours_[use.written]);
            }
        }
    }
    void ask() {
        for (const insert_select& select : assigned_.selects) {
            column_question question{.text = select.target + " VALUES (", .slots = {}};
            for (const std::size_t offset : select.item_offsets) {
                const bool parameter = offset != no_parameter;
                question.text += question.text.ends_with('(') ? "" : ", ";
                question.text += parameter ? "$" + std::to_string(question.slots.size() + 1) : "NULL";
                if (parameter) {
                    question.slots.push_back(slot_at_.at(offset));
                }
            }
            question.text += ")";
            if (!question.slots.empty()) {
                found_.questions.push_back(std::move(question));
            }
        }
    }

    std::string_view sql_;
    surroundings around_;
    assigned_values assigned_;
    parameter_layout found_;
    std::map<std::size_t, std::size_t> shared_;  // by number: the slot of uses in expressions
    // By the offset of the $ in the client's text.
    std::map<std::size_t, std::size_t> slot_at_;
    std::map<std::size_t, std::size_t> ends_;  // of the text that the slot's $k replaces
    std::map<std::size_t, std::string_view> neighbours_;
};

}  // namespace

bool parameter_slot::has_cast() const {
    return std::ranges::none_of(uses, [](const parameter_use& use) { return use.cast.empty(); });
}

std::string place_parameters(std::string_view text, std::span<const std::string> places) {
    if (std::ranges::all_of(places, &std::string::empty)) {
        return std::string(text);
    }
    std::string out;
    std::size_t copied = 0;
    postgres::lexer tokens(text);
    for (postgres::token next = tokens.next(); next.kind != postgres::token_kind::end; next = tokens.next()) {
        const int number = next.kind == postgres::token_kind::parameter ? parameter_number(next) : 0;
        if (number < 1 || static_cast<std::size_t>(number) > places.size()) {
            continue;
        }
        const std::string& place = places[static_cast<std::size_t>(number) - 1];
        if (place.empty()) {
            continue;
        }
        out += text.substr(copied, next.offset_bytes - copied);
        if (place.contains('$')) {
            out += place;
        } else {
            out.append("CAST(").append(next.text).append(" AS ").append(place).append(")");
        }
        copied = next.end_bytes();
    }
    out += text.substr(copied);
    return out;
}

parameter_layout find_parameters(const postgres::lexed_text& sql) {
    if (!sql.text().contains('$')) {
        return {.text = std::string(sql.text()), .slots = {}, .questions = {}};
    }
    return slot_builder(sql).run();
}

}  // namespace sluice::duckdb
