#include "postgres/sql/statement.hpp"

#include <algorithm>
#include <array>

#include "postgres/lex/lexer.hpp"
#include "postgres/lex/token_cursor.hpp"
#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

using parser = result<> (*)(token_cursor& cursor, statement& out);

// UPDATE EXTENSIONS is DuckDB's; any other text is an UPDATE, even of a table of that name.
result<> parse_update(token_cursor& cursor, statement& out) {
    if (cursor.accept_word("extensions") && (cursor.at_end() || cursor.at_symbol("(") || cursor.at_symbol(";"))) {
        out.kind = statement_kind::query;
        out.tag = "SELECT";
    }
    return {};
}

result<> parse_force(token_cursor& cursor, statement& out) {
    out.tag = cursor.at_word("checkpoint") ? "CHECKPOINT" : "INSTALL";
    return {};
}

result<> parse_import(token_cursor& cursor, statement& out) {
    out.tag = cursor.at_word("foreign") ? "IMPORT FOREIGN SCHEMA" : "IMPORT DATABASE";
    return {};
}

result<> parse_refresh(token_cursor& /*cursor*/, statement& out) {
    out.tag = "REFRESH MATERIALIZED VIEW";
    return {};
}

// The words that a statement may begin with. Any other is a query, or a syntax error that the engine reports.
struct leading_word {
    std::string_view word;
    statement_kind kind;
    std::string_view tag;
    parser parse = nullptr;
};
constexpr leading_word on(std::string_view word, statement_kind kind, std::string_view tag, parser parse = nullptr) {
    return {.word = word, .kind = kind, .tag = tag, .parse = parse};
}

constexpr auto leading_words = std::to_array<leading_word>({
    on("abort", statement_kind::rollback, "ROLLBACK", parse_rollback),
    on("alter", statement_kind::utility, "ALTER", parse_alter),
    on("analyse", statement_kind::utility, "ANALYZE"),
    on("analyze", statement_kind::utility, "ANALYZE"),
    on("attach", statement_kind::utility, "ATTACH"),
    on("begin", statement_kind::begin, "BEGIN", parse_begin),
    on("call", statement_kind::query, "CALL"),
    on("checkpoint", statement_kind::utility, "CHECKPOINT"),
    on("close", statement_kind::close_cursor, "CLOSE CURSOR", parse_close_cursor),
    on("comment", statement_kind::utility, "COMMENT"),
    on("commit", statement_kind::commit, "COMMIT", parse_commit),
    on("copy", statement_kind::utility, "COPY", parse_copy),
    on("create", statement_kind::utility, "CREATE", parse_create),
    on("deallocate", statement_kind::deallocate, "DEALLOCATE", parse_deallocate),
    on("declare", statement_kind::declare_cursor, "DECLARE CURSOR", parse_declare),
    on("delete", statement_kind::dml, "DELETE"),
    on("detach", statement_kind::utility, "DETACH"),
    on("discard", statement_kind::discard, "DISCARD ALL", parse_discard),
    on("do", statement_kind::utility, "DO"),
    on("drop", statement_kind::utility, "DROP", parse_drop),
    on("end", statement_kind::commit, "COMMIT", parse_commit),
    on("execute", statement_kind::execute, "EXECUTE", parse_execute),
    on("explain", statement_kind::query, "EXPLAIN", parse_explain),
    on("export", statement_kind::utility, "EXPORT DATABASE"),
    on("fetch", statement_kind::fetch_cursor, "FETCH", parse_fetch),
    on("force", statement_kind::utility, "INSTALL", parse_force),
    on("grant", statement_kind::utility, "GRANT"),
    on("import", statement_kind::utility, "IMPORT DATABASE", parse_import),
    on("insert", statement_kind::dml, "INSERT"),
    on("install", statement_kind::utility, "INSTALL"),
    on("listen", statement_kind::listen, "LISTEN"),
    on("load", statement_kind::utility, "LOAD"),
    on("lock", statement_kind::utility, "LOCK TABLE"),
    on("merge", statement_kind::dml, "MERGE"),
    on("move", statement_kind::fetch_cursor, "MOVE", parse_move),
    on("notify", statement_kind::listen, "NOTIFY"),
    on("pragma", statement_kind::query, "PRAGMA"),
    on("prepare", statement_kind::prepare, "PREPARE", parse_prepare),
    on("refresh", statement_kind::utility, "REFRESH", parse_refresh),
    on("reindex", statement_kind::utility, "REINDEX"),
    on("release", statement_kind::savepoint, "RELEASE"),
    on("reset", statement_kind::reset, "RESET", parse_reset),
    on("revoke", statement_kind::utility, "REVOKE"),
    on("rollback", statement_kind::rollback, "ROLLBACK", parse_rollback),
    on("savepoint", statement_kind::savepoint, "SAVEPOINT"),
    on("set", statement_kind::set, "SET", parse_set),
    on("show", statement_kind::show, "SHOW", parse_show),
    on("start", statement_kind::begin, "START TRANSACTION", parse_start),
    on("truncate", statement_kind::utility, "TRUNCATE TABLE"),
    on("unlisten", statement_kind::listen, "UNLISTEN"),
    on("update", statement_kind::dml, "UPDATE", parse_update),
    on("use", statement_kind::utility, "USE"),
    on("vacuum", statement_kind::utility, "VACUUM"),
    on("with", statement_kind::query, "SELECT", parse_with),
});
static_assert(std::ranges::is_sorted(leading_words, {}, &leading_word::word));

const leading_word* find_leading_word(std::string_view word) {
    const std::string lower = base::lower_case(word.substr(0, 16));
    const auto* found = std::ranges::lower_bound(leading_words, std::string_view(lower), {}, &leading_word::word);
    return found != leading_words.end() && found->word == lower && word.size() == lower.size() ? found : nullptr;
}

}  // namespace

std::vector<statement_text> split_statements(const lexed_text& text) {
    std::vector<statement_text> pieces;
    lexer tokens(text);
    std::size_t begin = 0;
    std::size_t end = 0;  // equal to `begin`: only blanks and comments so far
    while (true) {
        const token next = tokens.next_significant();
        const bool separator = next.kind == token_kind::end || next.is_symbol(";");
        if (!separator) {
            begin = begin == end ? next.offset_bytes : begin;
            end = next.end_bytes();
            continue;
        }
        if (begin != end) {
            pieces.push_back({.lexed = text.part(begin, end), .offset_bytes = begin});
            begin = end;
        }
        if (next.kind == token_kind::end) {
            return pieces;
        }
    }
}

result<statement> classify(const lexed_text& text) {
    token_cursor cursor(text);
    statement out{.kind = statement_kind::query, .text = text.text(), .tag = "SELECT", .command = {}};
    if (cursor.at_end()) {
        out.kind = statement_kind::empty;
        out.tag.clear();
        return out;
    }
    if (cursor.peek().kind != token_kind::word) {
        return out;
    }
    const leading_word* found = find_leading_word(cursor.peek().text);
    if (found == nullptr) {
        return out;
    }
    cursor.take();
    out.kind = found->kind;
    out.tag = found->tag;
    if (found->parse != nullptr) {
        TRY(found->parse(cursor, out));
    }
    return out;
}

std::string command_tag(const statement& statement, std::uint64_t rows) {
    constexpr auto counted =
        std::to_array<std::string_view>({"SELECT", "UPDATE", "DELETE", "MERGE", "FETCH", "MOVE", "COPY"});
    if (statement.tag == "INSERT") {
        return "INSERT 0 " + std::to_string(rows);
    }
    if (contains(counted, statement.tag)) {
        return statement.tag + " " + std::to_string(rows);
    }
    return statement.tag;
}

}  // namespace sluice::postgres
