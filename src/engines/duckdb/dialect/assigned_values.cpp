#include "engines/duckdb/dialect/assigned_values.hpp"

#include <array>
#include <optional>
#include <utility>

#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {
namespace {

constexpr auto list_ends = std::to_array<std::string_view>(
    {"from", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "returning", "on",
     "when", "union", "intersect", "except", "qualify", "using"});

std::string folded(const postgres::token& name) {
    const std::string decoded = postgres::decode_name(name).value_or("");
    return name.kind == postgres::token_kind::word ? base::lower_case(decoded) : decoded;
}

class reader {
  public:
    explicit reader(const postgres::lexed_text& sql) : sql_(sql.text()) {
        postgres::lexer tokens(sql);
        for (postgres::token next = tokens.next_significant(); next.kind != postgres::token_kind::end;
             next = tokens.next_significant()) {
            tokens_.push_back(next);
        }
        tokens_.push_back({.kind = postgres::token_kind::end, .text = {}, .offset_bytes = sql_.size()});
    }

    assigned_values run() {
        while (!at_end()) {
            if (peek().is_word("insert")) {
                read_insert();
            } else if (peek().is_word("update")) {
                update_ = true;
                ++at_;
            } else if (update_ && peek().is_word("set")) {
                ++at_;
                update_ = false;
                read_set();
            } else {
                ++at_;
            }
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] const postgres::token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    [[nodiscard]] bool at_end() const { return peek().kind == postgres::token_kind::end; }
    [[nodiscard]] bool at_name() const {
        const postgres::token_kind kind = peek().kind;
        return kind == postgres::token_kind::word || kind == postgres::token_kind::quoted_name ||
               kind == postgres::token_kind::unicode_name;
    }
    bool accept_word(std::string_view word) {
        const bool found = peek().is_word(word);
        at_ += found ? 1 : 0;
        return found;
    }
    bool accept_symbol(std::string_view symbol) {
        const bool found = peek().is_symbol(symbol);
        at_ += found ? 1 : 0;
        return found;
    }
    // Goes behind the parenthesis that closes the one at the cursor.
    void skip_parentheses() {
        std::size_t depth = 0;
        do {
            depth += peek().is_symbol("(") ? 1 : 0;
            depth -= peek().is_symbol(")") ? 1 : 0;
            ++at_;
        } while (depth > 0 && !at_end());
    }
    [[nodiscard]] bool at_list_end() const {
        const postgres::token& next = peek();
        return next.kind == postgres::token_kind::end || next.is_symbol(";") || next.is_symbol(")") ||
               (next.kind == postgres::token_kind::word && ends_list(next));
    }
    [[nodiscard]] bool ends_list(const postgres::token& word) const {
        const bool compares = at_ > 0 && word.is_word("from") && tokens_[at_ - 1].is_word("distinct");
        return !compares && std::ranges::any_of(list_ends, [&](std::string_view end) { return word.is_word(end); });
    }
    // Goes to the comma, or to the end of the list.
    void skip_item() {
        std::size_t cases = 0;  // CASE ... WHEN ... END
        while (!at_end() && (cases > 0 || (!peek().is_symbol(",") && !at_list_end()))) {
            if (peek().is_symbol("(")) {
                skip_parentheses();
                continue;
            }
            cases += peek().is_word("case") ? 1 : 0;
            cases -= cases > 0 && peek().is_word("end") ? 1 : 0;
            ++at_;
        }
    }

    // Accepts $n or ($n) and goes behind it; nullopt for other text, without moving.
    std::optional<std::size_t> accept_parameter() {
        std::size_t ahead = 0;
        while (peek(ahead).is_symbol("(")) {
            ++ahead;
        }
        if (peek(ahead).kind != postgres::token_kind::parameter) {
            return std::nullopt;
        }
        for (std::size_t i = 1; i <= ahead; ++i) {
            if (!peek(ahead + i).is_symbol(")")) {
                return std::nullopt;
            }
        }
        const std::size_t offset = peek(ahead).offset_bytes;
        at_ += 2 * ahead + 1;
        return offset;
    }
    // Reads a list item; returns its parameter if it is nothing else. Always goes to the item's end.
    std::optional<std::size_t> read_item() {
        const std::optional<std::size_t> parameter = accept_parameter();
        const bool alone = peek().is_symbol(",") || at_list_end();
        skip_item();
        return alone ? parameter : std::nullopt;
    }
    void add(std::optional<std::size_t> offset, std::string column, bool selected = false) {
        if (offset) {
            found_.values.push_back(
                {.offset_bytes = *offset, .column = std::move(column), .selected = selected, .list = list_});
        }
    }

    // (a, b, s.c): the last part of each name.
    std::vector<std::string> read_columns() {
        std::vector<std::string> columns;
        while (!at_end() && !accept_symbol(")")) {
            if (at_name()) {
                columns.push_back(folded(peek()));
            }
            ++at_;
            skip_item();
            (void)accept_symbol(",");
        }
        return columns;
    }
    // Called behind the opening parenthesis; goes behind the closing one.
    void read_row(const std::vector<std::string>& columns) {
        ++list_;
        for (std::size_t i = 0; !at_end() && !accept_symbol(")"); ++i) {
            add(read_item(), i < columns.size() ? columns[i] : std::string());
            if (!accept_symbol(",") && !peek().is_symbol(")")) {
                return;  // not a list
            }
        }
    }

    void read_insert() {
        const std::size_t begin = peek().offset_bytes;
        const bool merges = at_ > 0 && tokens_[at_ - 1].is_word("then");
        ++at_;
        if (accept_word("or")) {
            ++at_;  // REPLACE, IGNORE
        }
        if (!merges && !accept_word("into")) {
            return;
        }
        while (!merges && at_name()) {
            ++at_;
            if (!accept_symbol(".")) {
                break;
            }
        }
        if (!merges && accept_word("as")) {
            ++at_;
        }
        const bool query = peek(1).is_word("select") || peek(1).is_word("with") || peek(1).is_word("values");
        std::vector<std::string> columns;
        if (!query && accept_symbol("(")) {
            columns = read_columns();
        }
        if (accept_word("overriding")) {
            at_ += 2;  // SYSTEM VALUE, USER VALUE
        }
        if (accept_word("values")) {
            while (accept_symbol("(")) {
                read_row(columns);
                (void)accept_symbol(",");
            }
        } else if (!merges) {
            read_select(std::string(sql_.substr(begin, peek().offset_bytes - begin)), columns);
        }
    }

    void skip_common_tables() {
        if (!accept_word("with")) {
            return;
        }
        while (!at_end() && !peek().is_word("select")) {
            if (peek().is_symbol("(")) {
                skip_parentheses();
            } else {
                ++at_;
            }
        }
    }
    void read_select(std::string target, const std::vector<std::string>& columns) {
        skip_common_tables();
        if (!accept_word("select")) {
            return;
        }
        if (accept_word("distinct") && accept_word("on")) {
            skip_parentheses();
        }
        (void)accept_word("all");
        ++list_;
        insert_select select{.target = std::move(target), .item_offsets = {}};
        bool counted = true;
        do {
            counted = counted && !peek().is_symbol("*") && !peek(2).is_symbol("*");  // t.*
            select.item_offsets.push_back(read_selected().value_or(no_parameter));
        } while (accept_symbol(","));
        if (!counted || combines()) {
            return;
        }
        for (std::size_t i = 0; i < select.item_offsets.size(); ++i) {
            if (select.item_offsets[i] != no_parameter) {
                add(select.item_offsets[i], i < columns.size() ? columns[i] : std::string(), true);
            }
        }
        found_.selects.push_back(std::move(select));
    }
    // $1, $1 AS x, $1 x
    std::optional<std::size_t> read_selected() {
        const std::optional<std::size_t> parameter = accept_parameter();
        if (parameter && !at_list_end()) {
            if (accept_word("as") || at_name()) {
                ++at_;
            }
        }
        const bool alone = peek().is_symbol(",") || at_list_end();
        skip_item();
        return alone ? parameter : std::nullopt;
    }
    // True if the query is one of several whose rows are combined: their columns have types of their own.
    [[nodiscard]] bool combines() const {
        std::size_t depth = 0;
        for (std::size_t i = at_; i < tokens_.size(); ++i) {
            depth += tokens_[i].is_symbol("(") ? 1 : 0;
            if (tokens_[i].is_symbol(")") && depth-- == 0) {
                return false;
            }
            if (depth == 0 &&
                (tokens_[i].is_word("union") || tokens_[i].is_word("intersect") || tokens_[i].is_word("except"))) {
                return true;
            }
        }
        return false;
    }

    void read_set() {
        const std::size_t list = ++list_;
        do {
            list_ = list;
            if (accept_symbol("(")) {
                const std::vector<std::string> columns = read_columns();
                if (accept_symbol("=")) {
                    (void)accept_word("row");
                    if (!peek(1).is_word("select") && !peek(1).is_word("with") && accept_symbol("(")) {
                        read_row(columns);
                    }
                }
                skip_item();
                continue;
            }
            std::string column;
            while (at_name()) {
                column = folded(peek());
                ++at_;
                if (!accept_symbol(".")) {
                    break;
                }
            }
            if (accept_symbol("=")) {
                add(read_item(), std::move(column));
            } else {
                skip_item();
            }
        } while (accept_symbol(","));
    }

    std::string_view sql_;
    std::vector<postgres::token> tokens_;
    std::size_t at_ = 0;
    std::size_t list_ = 0;
    bool update_ = false;  // behind UPDATE, before its SET
    assigned_values found_;
};

}  // namespace

assigned_values find_assigned_values(const postgres::lexed_text& sql) {
    return sql.text().contains('$') ? reader(sql).run() : assigned_values{};
}

}  // namespace sluice::duckdb
