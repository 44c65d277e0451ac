// The tags of CREATE, DROP and ALTER, which name the kind of object, and the verb behind a WITH clause.
#include <algorithm>
#include <array>

#include "base/text/ascii.hpp"
#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

// Words between CREATE and the kind of object; no part of the tag.
constexpr auto modifiers =
    std::to_array<std::string_view>({"or", "replace", "temp", "temporary", "local", "global", "unlogged", "recursive",
                                     "unique", "persistent", "concurrently", "trusted", "procedural", "constraint"});

// First words of kinds with two words.
constexpr auto two_words = std::to_array<std::string_view>(
    {"materialized", "foreign", "event", "access", "default", "operator", "user", "large", "text", "owned"});

// "TABLE", "MATERIALIZED VIEW", ...; leaves the cursor behind it.
std::string take_object_kind(token_cursor& cursor) {
    while (std::ranges::any_of(modifiers, [&](std::string_view word) { return cursor.accept_word(word); })) {
    }
    if (cursor.peek().kind != token_kind::word) {
        return "";
    }
    std::string kind = base::lower_case(cursor.take().text);
    if (kind == "text" && cursor.accept_word("search")) {
        kind += " search " + base::lower_case(cursor.take().text);
    } else if (kind == "foreign" && cursor.accept_words("data", "wrapper")) {
        kind += " data wrapper";
    } else if (kind == "group" || (kind == "user" && !cursor.at_word("mapping"))) {
        kind = "role";
    } else if (kind == "operator" && !cursor.at_word("class") && !cursor.at_word("family")) {
        return "OPERATOR";
    } else if (contains(two_words, kind) && cursor.peek().kind == token_kind::word) {
        kind += " " + base::lower_case(cursor.take().text);
    }
    return base::upper_case(kind);
}

void append_object_kind(token_cursor& cursor, statement& out) {
    const std::string kind = take_object_kind(cursor);
    if (!kind.empty()) {
        out.tag += " " + kind;
    }
}

// CREATE TABLE ... AS query: AS outside of parentheses. Its tag is the query's, unless WITH NO DATA ends it.
void retag_create_table_as(token_cursor& cursor, statement& out) {
    while (!cursor.at_end() && !cursor.at_word("as")) {
        if (cursor.at_symbol("(")) {
            cursor.skip_parentheses();
        } else {
            cursor.take();
        }
    }
    if (cursor.at_end()) {
        return;
    }
    std::array<token, 3> last{};
    while (!cursor.at_end() && !cursor.at_symbol(";")) {
        last = {last[1], last[2], cursor.take()};
    }
    const bool no_data = last[0].is_word("with") && last[1].is_word("no") && last[2].is_word("data");
    out.tag = no_data ? "CREATE TABLE AS" : "SELECT";
}

}  // namespace

result<> parse_create(token_cursor& cursor, statement& out) {
    append_object_kind(cursor, out);
    if (out.tag == "CREATE TABLE") {
        retag_create_table_as(cursor, out);
    }
    return {};
}

result<> parse_drop(token_cursor& cursor, statement& out) {
    append_object_kind(cursor, out);
    return {};
}

result<> parse_alter(token_cursor& cursor, statement& out) {
    append_object_kind(cursor, out);
    return {};
}

// The verb is the first one outside of parentheses that is not the name of a common table expression: such names stand
// behind WITH, RECURSIVE or a comma.
result<> parse_with(token_cursor& cursor, statement& out) {
    bool name_expected = !cursor.accept_word("recursive") || !cursor.at_word("as");
    while (!cursor.at_end()) {
        if (cursor.at_symbol("(")) {
            cursor.skip_parentheses();
            continue;
        }
        const token next = cursor.take();
        if (!name_expected && next.kind == token_kind::word) {
            constexpr auto dml_verbs = std::to_array<std::string_view>({"insert", "update", "delete", "merge"});
            constexpr auto query_verbs =
                std::to_array<std::string_view>({"select", "values", "from", "table", "pivot"});
            if (const auto* verb = std::ranges::find_if(dml_verbs, [&](auto word) { return next.is_word(word); });
                verb != dml_verbs.end()) {
                out.kind = statement_kind::dml;
                out.tag = base::upper_case(*verb);
                return {};
            }
            if (std::ranges::any_of(query_verbs, [&](auto word) { return next.is_word(word); })) {
                return {};
            }
        }
        name_expected = next.is_symbol(",");
    }
    return {};
}

}  // namespace sluice::postgres
