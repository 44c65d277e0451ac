#include "engines/duckdb/dialect/translate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/text/ascii.hpp"
#include "engines/duckdb/dialect/translator.hpp"

namespace sluice::duckdb {

namespace {

constexpr bool continues_word(char c) {
    return base::is_letter_or_digit(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// A cheap scan of the bytes: no false negatives, and few false positives (words inside of quotes).
bool may_need_translation(std::string_view sql) {
    for (std::size_t at = 0; at < sql.size();) {
        const char c = sql[at];
        const char following = at + 1 < sql.size() ? sql[at + 1] : '\0';
        if (c == ':' && following == ':') {
            return true;
        }
        if (!continues_word(c)) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < sql.size() && continues_word(sql[end])) {
            ++end;
        }
        const std::string_view word = sql.substr(at, end - at);
        const char behind = end < sql.size() ? sql[end] : '\0';
        // U&'...', B'...' and X'...'
        const bool literal = word.size() == 1 && std::string_view("uUbBxX").contains(word.front());
        if ((literal && (behind == '\'' || behind == '&')) || is_trigger_word(word)) {
            return true;
        }
        at = end;
    }
    return false;
}

}  // namespace

int parameter_number(const postgres::token& parameter) {
    const std::string_view digits = parameter.text.substr(1);
    int number = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return status == std::errc{} ? number : std::numeric_limits<int>::max();
}

void translator::copy_gap() {
    out_ += sql_.substr(copied_bytes_, cursor_.peek().offset_bytes - copied_bytes_);
    copied_bytes_ = cursor_.peek().offset_bytes;
}

void translator::note_context(const postgres::token& done) {
    const bool qualified = previous_.is_symbol(".");
    if (done.is_symbol("(")) {
        const bool cast = previous_.is_word("cast") || previous_.is_word("try_cast");
        parentheses_.push_back(cast ? parenthesis::cast : parenthesis::other);
        levels_.push_back({.from = at_table()});  // FROM (a JOIN b ...)
    } else if (done.is_symbol(")") && !parentheses_.empty()) {
        parentheses_.pop_back();
        levels_.pop_back();
    } else if (done.kind == postgres::token_kind::word && !qualified) {
        constexpr auto list_ends = std::to_array<std::string_view>(
            {"from", "where", "group", "order", "having", "limit", "union", "intersect", "except", "into", "window"});
        if (done.is_word("from")) {
            levels_.back().from = true;
        } else if (done.is_word("select") ||
                   std::ranges::any_of(list_ends, [&](auto end) { return done.is_word(end); })) {
            levels_.back().from = false;
        }
        if (done.is_word("select")) {
            select_list_ = parentheses_.empty();
            definition_ = false;
        } else if (done.is_word("as")) {
            definition_ = false;
        } else if (std::ranges::any_of(list_ends, [&](std::string_view word) { return done.is_word(word); })) {
            select_list_ = false;
        }
    }
    previous_ = done;
}

void translator::copy_token() {
    const bool primary = cursor_.at_name() || cursor_.at_string() ||
                         cursor_.peek().kind == postgres::token_kind::number ||
                         cursor_.peek().kind == postgres::token_kind::parameter;
    if (primary && !previous_.is_symbol(".")) {
        operand_begin_ = out_.size();
    } else if (!primary && !cursor_.at_symbol(".")) {
        operand_begin_.reset();
    }
    const postgres::token done = cursor_.take();
    out_ += done.text;
    copied_bytes_ = done.end_bytes();
    note_context(done);
}

void translator::replace(std::string_view text, std::size_t end_bytes, const postgres::token_cursor& behind) {
    operand_begin_ = out_.size();
    out_ += text;
    copied_bytes_ = end_bytes;
    cursor_ = behind;
    previous_ = postgres::token{.kind = postgres::token_kind::blank, .text = {}, .offset_bytes = end_bytes};
}

void translator::replace_value(const std::string& text, std::string_view name, std::size_t end_bytes,
                               const postgres::token_cursor& behind) {
    if (previous_.is_word("from") || previous_.is_word("join")) {
        return replace("(SELECT " + text + " AS " + std::string(name) + ")", end_bytes, behind);
    }
    const bool first = previous_.is_word("select");
    const bool whole = behind.at_end() || behind.at_symbol(",") || behind.at_symbol(";") || behind.at_word("from");
    const bool column = whole && select_list_ && parentheses_.empty() && (first || previous_.is_symbol(","));
    replace(column ? text + " AS " + std::string(name) : text, end_bytes, behind);
}

std::string translator::run() {
    if (nesting_ == 0 && (apply_explain() || apply_truncate())) {
        return std::move(out_);
    }
    definition_ = cursor_.at_word("create") || cursor_.at_word("alter");
    while (!cursor_.at_end()) {
        copy_gap();
        if (!apply_rules()) {
            copy_token();
        }
    }
    out_ += sql_.substr(copied_bytes_);
    return std::move(out_);
}

bool translator::apply_rules() {
    switch (cursor_.peek().kind) {
        case postgres::token_kind::unicode_string:
        case postgres::token_kind::unicode_name:
        case postgres::token_kind::bit_string:
            return apply_literal();
        case postgres::token_kind::symbol:
            return cursor_.at_symbol("::") ? apply_cast_type() : apply_operator() || apply_catalog_pattern();
        case postgres::token_kind::string:
        case postgres::token_kind::escape_string:
            return apply_bytes_literal();
        case postgres::token_kind::word:
        case postgres::token_kind::quoted_name:
            return apply_catalog_prefix() || apply_system_table() || apply_declared_type() || apply_ctid() ||
                   apply_locking_clause() || apply_word();
        default:
            return false;
    }
}

std::optional<call> translator::parse_call(postgres::token_cursor ahead) const {
    if (!ahead.accept_symbol("(")) {
        return std::nullopt;
    }
    std::vector<std::string_view> arguments;
    std::size_t begin = ahead.peek().offset_bytes;
    std::size_t end = begin;
    std::size_t depth = 0;
    while (!ahead.at_end() && spend(1)) {
        const postgres::token next = ahead.take();
        const bool opens = next.is_symbol("(") || next.is_symbol("[") || next.is_symbol("{");
        const bool closes = next.is_symbol(")") || next.is_symbol("]") || next.is_symbol("}");
        if (depth == 0 && (closes || next.is_symbol(","))) {
            if (end > begin || next.is_symbol(",") || !arguments.empty()) {
                arguments.push_back(sql_.substr(begin, end - begin));
            }
            begin = ahead.peek().offset_bytes;
            end = begin;
            if (closes) {
                return call{.arguments = std::move(arguments), .end_bytes = next.end_bytes(), .behind = ahead};
            }
            continue;
        }
        end = next.end_bytes();
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
    }
    return std::nullopt;
}

std::string translate(const postgres::lexed_text& sql, const translation_params& params) {
    if (!params.postgres_operators && !may_need_translation(sql.text())) {
        return std::string(sql.text());
    }
    std::size_t work_left = 1'000'000 + sql.text().size();
    return translator(sql, params, 0, work_left).run();
}

}  // namespace sluice::duckdb
