// Rules for ctid, the place of a row: '(page,number)' is the row with DuckDB's rowid.
//
// Scanners that read a table in parts use WHERE ctid BETWEEN '(0,0)'::tid AND '(1000,0)'::tid, and those that change
// rows which they have read use WHERE ctid = $1. Both become conditions on rowid, by which DuckDB finds the rows
// without reading the others. Rows are numbered from 1 in their page, so '(1000,0)' is in front of page 1000's first
// row.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/dialect/translator.hpp"

namespace sluice::duckdb {

namespace {

// Pages from here on have uncommitted rows, to which DuckDB gives very large numbers; see ctid_row in
// catalog_views.cpp.
constexpr std::int64_t pages_committed = 1073741824;
constexpr std::int64_t uncommitted_rows = 36028797018960000;
// The last possible page, as the end of an open range.
constexpr std::int64_t page_max = 4294967295;

struct place {
    std::int64_t page = 0;
    std::int64_t number = 0;

    // The row at this place or, if there is none, the next one behind it: '(1,0)' is in front of page 1.
    [[nodiscard]] std::int64_t row_from() const { return first_row() + std::clamp<std::int64_t>(number - 1, 0, rows); }
    // The row at this place or the last one in front of it.
    [[nodiscard]] std::int64_t row_until() const { return first_row() + std::min(number, rows) - 1; }
    [[nodiscard]] bool is_row() const { return number >= 1 && number <= rows; }

  private:
    static constexpr std::int64_t rows = rows_per_page;
    [[nodiscard]] std::int64_t first_row() const {
        return page < pages_committed ? page * rows : uncommitted_rows + (page - pages_committed) * rows;
    }
};

// '(0,1)'
std::optional<place> read_place(const postgres::token& literal) {
    const std::optional<std::string> text =
        literal.kind == postgres::token_kind::string ? postgres::decode_string(literal) : std::nullopt;
    if (!text) {
        return std::nullopt;
    }
    postgres::token_cursor parts(*text);
    const auto number = [&]() -> std::optional<std::int64_t> {
        const std::string_view digits = parts.take().text;
        std::int64_t value = 0;
        const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool whole = status == std::errc{} && end == digits.data() + digits.size() && value <= page_max;
        return whole ? std::optional(value) : std::nullopt;
    };
    if (!parts.accept_symbol("(")) {
        return std::nullopt;
    }
    const auto page = number();
    const bool comma = parts.accept_symbol(",");
    const auto row = number();
    if (!page || !comma || !row || !parts.accept_symbol(")") || !parts.at_end()) {
        return std::nullopt;
    }
    return place{.page = *page, .number = *row};
}

// Goes behind ::tid or ::pg_catalog.tid and returns where that ends.
std::optional<std::size_t> accept_tid_cast(postgres::token_cursor& ahead) {
    postgres::token_cursor cast = ahead;
    if (!cast.accept_symbol("::") || (cast.accept_word("pg_catalog") && !cast.accept_symbol(".")) ||
        !cast.at_word("tid")) {
        return std::nullopt;
    }
    const std::size_t end_bytes = cast.take().end_bytes();
    ahead = cast;
    return end_bytes;
}

struct tid_operand {
    std::optional<place> literal;
    std::string row_id;  // an expression, unless it is a literal
    std::size_t end_bytes = 0;
};

// The operands that ctid can be compared with: a literal, $1, or a name with a cast.
std::optional<tid_operand> accept_operand(postgres::token_cursor& ahead) {
    postgres::token_cursor behind = ahead;
    const postgres::token first = behind.take();
    tid_operand found{.literal = read_place(first), .row_id = {}, .end_bytes = first.end_bytes()};
    std::size_t name_end_bytes = first.end_bytes();
    while (ahead.at_name() && behind.at_symbol(".") && behind.peek_second().kind != postgres::token_kind::end) {
        behind.take();
        name_end_bytes = behind.take().end_bytes();
    }
    const auto cast_end_bytes = accept_tid_cast(behind);
    found.end_bytes = cast_end_bytes.value_or(name_end_bytes);
    const bool parameter = first.kind == postgres::token_kind::parameter;
    if (!found.literal && !parameter && !(ahead.at_name() && cast_end_bytes)) {
        return std::nullopt;
    }
    const std::string_view operand = ahead.text().substr(first.offset_bytes, name_end_bytes - first.offset_bytes);
    found.row_id = std::string(catalog_name) + ".ctid_row(CAST(" + std::string(operand) + " AS VARCHAR))";
    ahead = behind;
    return found;
}

constexpr auto comparisons = std::to_array<std::string_view>({"=", "<>", "!=", "<", "<=", ">", ">="});

bool is_comparison(const postgres::token& symbol) {
    return symbol.kind == postgres::token_kind::symbol && postgres::contains(comparisons, symbol.text);
}

bool is_ctid(const postgres::token& name) {
    return (name.kind == postgres::token_kind::word || name.kind == postgres::token_kind::quoted_name) &&
           base::equals_ignoring_case(postgres::decode_name(name).value_or(""), "ctid");
}

// FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE
bool at_lock(postgres::token_cursor ahead) {
    if (!ahead.accept_word("for")) {
        return false;
    }
    ahead.accept_word("no");
    ahead.accept_word("key");
    return ahead.at_word("update") || ahead.at_word("share");
}

}  // namespace

bool names_rows(const postgres::lexed_text& sql) {
    constexpr std::string_view word = "ctid";
    const auto same = [](char a, char b) { return base::to_lower(a) == b; };
    if (std::ranges::search(sql.text(), word, same).empty()) {
        return false;
    }
    bool found = false;
    bool locks = false;
    for (postgres::token_cursor cursor(sql); !cursor.at_end();) {
        if (accept_tid_cast(cursor)) {
            return true;
        }
        locks = locks || at_lock(cursor);
        if (!is_ctid(cursor.take())) {
            continue;
        }
        found = true;
        const postgres::token operand = cursor.peek_second();
        const bool compared = is_comparison(cursor.peek()) &&
                              (operand.kind == postgres::token_kind::parameter || read_place(operand).has_value());
        postgres::token_cursor list = cursor;
        const bool listed = list.accept_word("in") && list.accept_symbol("(") && read_place(list.peek()).has_value();
        if (compared || listed) {
            return true;
        }
    }
    return found && locks;
}

bool translator::apply_ctid() {
    if (!names_rows_ || !is_ctid(cursor_.peek()) || cursor_.peek_second().is_symbol("(") || definition_ ||
        previous_.is_word("as")) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    const postgres::token name = behind.take();
    std::string row_id = "rowid";
    if (previous_.is_symbol(".") && operand_begin_) {  // t.ctid
        row_id = out_.substr(*operand_begin_) + row_id;
        out_.resize(*operand_begin_);
        previous_ =
            postgres::token{.kind = postgres::token_kind::symbol, .text = ",", .offset_bytes = name.offset_bytes};
    }
    if (apply_ctid_range(row_id, behind) || apply_ctid_comparison(row_id, behind) || apply_ctid_list(row_id, behind)) {
        return true;
    }
    const std::string_view form = params_.binary_ctid ? "ctid_binary" : "ctid_text";
    replace_value(std::string(catalog_name) + "." + std::string(form) + "(" + row_id + ")", "ctid", name.end_bytes(),
                  behind);
    return true;
}

// ctid BETWEEN '(0,0)'::tid AND '(1000,0)'::tid
bool translator::apply_ctid_range(const std::string& row_id, postgres::token_cursor ahead) {
    if (!ahead.accept_word("between")) {
        return false;
    }
    const auto first = accept_operand(ahead);
    const bool between = first && ahead.accept_word("and");
    const auto last = between ? accept_operand(ahead) : std::nullopt;
    if (!last || !first->literal || !last->literal) {
        return false;
    }
    std::string condition = "(" + row_id + " >= " + std::to_string(first->literal->row_from());
    if (last->literal->page != page_max) {
        condition += " AND " + row_id + " <= " + std::to_string(last->literal->row_until());
    }
    replace(condition + ")", last->end_bytes, ahead);
    return true;
}

// ctid = $1, ctid >= '(3,0)'::tid, t.ctid = u.place::tid
bool translator::apply_ctid_comparison(const std::string& row_id, postgres::token_cursor ahead) {
    if (!is_comparison(ahead.peek())) {
        return false;
    }
    const std::string_view comparison = ahead.take().text;
    const auto operand = accept_operand(ahead);
    if (!operand) {
        return false;
    }
    std::string other = operand->row_id;
    if (operand->literal) {
        const bool forward = comparison == ">=" || comparison == "<";
        const bool equality = comparison != ">" && comparison != "<=" && !forward;
        const bool nowhere = equality && !operand->literal->is_row();
        other = std::to_string(nowhere ? -1 : forward ? operand->literal->row_from() : operand->literal->row_until());
    }
    replace(row_id + " " + std::string(comparison) + " " + other, operand->end_bytes, ahead);
    return true;
}

// ctid IN ('(0,1)','(0,2)')
bool translator::apply_ctid_list(const std::string& row_id, postgres::token_cursor ahead) {
    if (!ahead.accept_word("in") || !ahead.accept_symbol("(")) {
        return false;
    }
    std::string condition = row_id + " IN (";
    for (bool first = true;; first = false) {
        const auto operand = accept_operand(ahead);
        if (!operand || !operand->literal || !spend(1)) {
            return false;
        }
        condition += first ? "" : ", ";
        condition += std::to_string(operand->literal->is_row() ? operand->literal->row_from() : -1);
        if (!ahead.accept_symbol(",")) {
            break;
        }
    }
    const std::size_t end_bytes = ahead.peek().end_bytes();
    if (!ahead.accept_symbol(")")) {
        return false;
    }
    replace(condition + ")", end_bytes, ahead);
    return true;
}

// SELECT ctid ... FOR UPDATE. DuckDB locks no rows: a change of a row that another transaction has changed gets 40001.
bool translator::apply_locking_clause() {
    if (!names_rows_ || !at_lock(cursor_)) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    std::size_t end_bytes = 0;
    while (!behind.at_end() && !behind.at_symbol(";") && !behind.at_symbol(")")) {
        end_bytes = behind.take().end_bytes();
    }
    replace("", end_bytes, behind);
    return true;
}

}  // namespace sluice::duckdb
