#include "engines/duckdb/statement/statement_guard.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/database/setting_owners.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/statement/guarded_settings.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {

namespace {

using postgres::token;
using postgres::token_cursor;
using postgres::token_kind;
using rewritten = std::optional<std::string>;

// query('FROM query(...)'): texts nested deeper are refused.
constexpr int nested_texts_max = 4;

error servers_database(std::string_view name, std::string_view what) {
    return {.code = sqlstates::insufficient_privilege,
            .message = "database \"" + std::string(name) + "\" is the server's and cannot be " + std::string(what) +
                       " by a session"};
}

error refused(std::string message, std::string hint = "") {
    return {.code = sqlstates::insufficient_privilege, .message = std::move(message), .hint = std::move(hint)};
}

bool is_protected(std::string_view name, const protected_names& names) {
    const std::string lower = base::lower_case(name);
    return std::ranges::any_of(names, [&](const std::string& each) { return base::lower_case(each) == lower; });
}

bool is_hidden_catalog(const token& name) {
    const bool can_be =
        name.kind == token_kind::word || name.kind == token_kind::quoted_name || name.kind == token_kind::unicode_name;
    return can_be && base::lower_case(postgres::decode_name(name).value_or("")) == catalog_name;
}

// True if there is a name of the hidden catalog here, before `end` or anywhere.
bool names_hidden_catalog(token_cursor cursor, std::string_view end = "") {
    while (!cursor.at_end() && (end.empty() || !cursor.at_word(end))) {
        if (is_hidden_catalog(cursor.take()) && (cursor.at_symbol(".") || cursor.at_end() || cursor.at_symbol(";"))) {
            return true;
        }
    }
    return false;
}

result<> check_hidden_catalog(const token_cursor& cursor, std::string_view end = "") {
    return names_hidden_catalog(cursor, end) ? fail(servers_database(catalog_name, "changed")) : result<>();
}

// DETACH [DATABASE [IF EXISTS]] name; ALTER DATABASE [IF EXISTS] name.
result<> check_database(token_cursor cursor, const protected_names& names, std::string_view what) {
    if (cursor.at_word("database") && !cursor.peek_second().is_symbol(";") &&
        cursor.peek_second().kind != token_kind::end) {
        cursor.take();
        cursor.accept_words("if", "exists");
    }
    TRY_ASSIGN(const std::string name, cursor.expect_name());
    return is_protected(name, names) ? fail(servers_database(name, what)) : result<>();
}

// DuckDB's name for an attached file without a given name.
std::string_view stem_of(std::string_view path) {
    path.remove_prefix(path.find_last_of("/\\") + 1);  // npos + 1 is 0
    return path.substr(0, path.find_first_of(".?"));
}

// ATTACH OR REPLACE [DATABASE] 'path' [AS name].
result<> check_attach(token_cursor cursor, const protected_names& names) {
    if (!cursor.accept_words("or", "replace")) {
        return {};  // DuckDB refuses a name that is taken
    }
    cursor.accept_word("database");
    const std::string path = postgres::decode_string(cursor.take()).value_or("");
    std::string name(stem_of(path));
    if (cursor.accept_word("as")) {
        TRY_ASSIGN(name, cursor.expect_name());
    }
    return is_protected(name, names) ? fail(servers_database(name, "replaced")) : result<>();
}

constexpr std::string_view secrets_hint =
    "SET s3_access_key_id, s3_secret_access_key, azure_storage_connection_string and their like hold for this session "
    "alone.";

// [OR REPLACE] [PERSISTENT | TEMPORARY | TEMP] SECRET
result<> check_secret(token_cursor cursor) {
    cursor.accept_words("or", "replace");
    const bool persistent = cursor.accept_word("persistent");
    const bool temporary = !persistent && (cursor.accept_word("temporary") || cursor.accept_word("temp"));
    const token second = cursor.peek_second();
    const bool secret = cursor.at_word("secret") && !second.is_symbol(".") && second.kind != token_kind::end;
    if (secret || ((persistent || temporary) && cursor.at_word("secret"))) {
        return fail(
            refused("secrets are shared by all sessions and cannot be changed by one", std::string(secrets_hint)));
    }
    return {};
}

result<> check_load(token_cursor cursor) {
    const token name = cursor.peek();
    const std::string text = name.kind == token_kind::word || name.kind == token_kind::quoted_name
                                 ? postgres::decode_name(name).value_or("/")
                                 : postgres::decode_string(name).value_or("/");
    if (text.find_first_of("/\\.:") != std::string::npos) {
        return fail(refused("a session can load extensions by their names only",
                            "`sluice serve --extension-directory` names the folder where they are looked for."));
    }
    return {};
}

error no_install() {
    return refused("extensions are installed for all sessions and cannot be by one",
                   "`sluice serve --extension-directory` names the folder with the extensions.");
}

result<> check_use(const token_cursor& cursor) {
    return names_hidden_catalog(cursor) ? fail(servers_database(catalog_name, "used")) : result<>();
}

// ---- functions

result<> check_functions(const postgres::lexed_text& sql, const statement_traits& traits, int nesting);

// Behind these words a name with parentheses is a call; elsewhere it is a table's or a column's, with a list of
// columns.
bool may_call_behind(const token& before) {
    constexpr auto words = std::to_array<std::string_view>(
        {"from", "join", "lateral", "summarize", "describe", "pivot", "unpivot", "call", "using"});
    return std::ranges::any_of(words, [&](std::string_view word) { return before.is_word(word); }) ||
           before.is_symbol(",") || before.is_symbol("(") || before.is_symbol(":") || before.is_symbol(".");
}

// query('SELECT ...') runs its argument, so the argument must be a literal that can be checked.
result<> check_query_calls(const postgres::lexed_text& sql, int nesting) {
    token_cursor cursor(sql);
    token before;
    while (!cursor.at_end()) {
        const token name = cursor.take();
        const bool call = (name.kind == token_kind::word || name.kind == token_kind::quoted_name) &&
                          cursor.at_symbol("(") && may_call_behind(before) &&
                          base::lower_case(postgres::decode_name(name).value_or("")) == "query";
        before = name;
        if (!call) {
            continue;
        }
        token_cursor argument = cursor;
        argument.take();
        const std::optional<std::string> text = postgres::decode_string(argument.take());
        const bool literal = text && argument.at_symbol(")");
        token_cursor behind = cursor;
        const bool defines = behind.skip_parentheses() && behind.at_word("as") &&
                             (behind.peek_second().is_symbol("(") || behind.peek_second().is_word("materialized"));
        if (defines) {
            continue;  // WITH query(a) AS (...)
        }
        if (!literal || nesting == nested_texts_max) {
            return fail(refused("the argument of query() must be a literal",
                                "The server has to see which functions it calls."));
        }
        const postgres::lexed_text inner(*text);
        TRY(check_functions(inner, read_traits(inner), nesting + 1));
    }
    return {};
}

bool is_plain(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// DuckDB treats some non-ASCII characters as blanks, so a function's name may be the end of a word.
const engine_command* find_in_word(std::string_view word) {
    for (const engine_command& each : engine_commands()) {
        if (each.kind == command_kind::function && each.owner == setting_owner::server && word.contains(each.name)) {
            return &each;
        }
    }
    return nullptr;
}

result<> check_functions(const postgres::lexed_text& sql, const statement_traits& traits, int nesting) {
    bool runs_text = false;
    for (const std::string& function : traits.functions) {
        const engine_command* found =
            is_plain(function) ? find_engine_command(command_kind::function, function) : find_in_word(function);
        if (found != nullptr && found->owner == setting_owner::server) {
            return fail(servers_command(std::string(found->name) + "()", found->doc));
        }
        runs_text |= function == "query";
        if (!is_plain(function) && function.contains("query")) {
            return fail(refused("query() must be written with plain blanks around it"));
        }
    }
    return runs_text ? check_query_calls(sql, nesting) : result<>();
}

// ---- commands

// DuckDB treats these as blanks (its parser.cpp, StripUnicodeSpaces); to PostgreSQL, and to the lexer here, they are
// parts of words.
bool has_hidden_blank(std::string_view word) {
    constexpr auto blanks = std::to_array<std::string_view>(
        {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF"});
    if (std::ranges::any_of(blanks, [&](std::string_view bytes) { return word.contains(bytes); })) {
        return true;
    }
    constexpr std::string_view spaces = "\xE2\x80";  // U+2000 to U+200B, by the third byte
    for (std::size_t at = 0; (at = word.find(spaces, at)) != std::string_view::npos; at += spaces.size()) {
        const auto third = at + 2 < word.size() ? static_cast<unsigned char>(word[at + 2]) : 0xFFU;
        if (third <= 0x8BU) {
            return true;
        }
    }
    return false;
}

bool has_hidden_blank(token_cursor cursor) {
    while (!cursor.at_end()) {
        const token next = cursor.take();
        if (next.kind == token_kind::word && has_hidden_blank(next.text)) {
            return true;
        }
    }
    return false;
}

struct command_context {
    token_cursor cursor;  // behind the first word
    const protected_names& names;
};
using check = result<rewritten> (*)(const command_context&);

// A check that never rewrites the text.
template <auto Check>
result<rewritten> only(const command_context& at) {
    TRY(Check(at));
    return std::nullopt;
}

constexpr auto commands = std::to_array<std::pair<std::string_view, check>>({
    {"alter", only<[](const command_context& at) -> result<> {
         return at.cursor.at_word("database") ? check_database(at.cursor, at.names, "renamed")
                                              : check_hidden_catalog(at.cursor);
     }>},
    {"attach", only<[](const command_context& at) { return check_attach(at.cursor, at.names); }>},
    {"comment", only<[](const command_context& at) { return check_hidden_catalog(at.cursor, "is"); }>},
    {"copy", only<[](const command_context& at) -> result<> {
         token_cursor cursor = at.cursor;
         return cursor.accept_words("from", "database") ? check_hidden_catalog(cursor) : result<>();
     }>},
    {"create", only<[](const command_context& at) -> result<> {
         TRY(check_secret(at.cursor));
         return check_hidden_catalog(at.cursor, "as");
     }>},
    {"detach", only<[](const command_context& at) { return check_database(at.cursor, at.names, "detached"); }>},
    {"drop", only<[](const command_context& at) -> result<> {
         TRY(check_secret(at.cursor));
         return check_hidden_catalog(at.cursor);
     }>},
    {"force", only<[](const command_context& at) -> result<> {
         return at.cursor.at_word("install")
                    ? result<>(fail(no_install()))
                    : fail(servers_command("FORCE CHECKPOINT", "It ends the transactions of other sessions.")
                               .with_hint("CHECKPOINT tries again while they write."));
     }>},
    {"install", only<[](const command_context&) -> result<> { return fail(no_install()); }>},
    {"load", only<[](const command_context& at) { return check_load(at.cursor); }>},
    {"pragma", [](const command_context& at) { return guard_pragma(at.cursor); }},
    {"reset", [](const command_context& at) { return guard_reset(at.cursor); }},
    {"set", [](const command_context& at) { return guard_set(at.cursor); }},
    {"show", [](const command_context& at) { return guard_show(at.cursor); }},
    {"update", only<[](const command_context& at) -> result<> {
         const token second = at.cursor.peek_second();
         const bool ends = second.kind == token_kind::end || second.is_symbol(";") || second.is_symbol("(");
         return at.cursor.at_word("extensions") && ends ? fail(no_install()) : result<>();
     }>},
    {"use", only<[](const command_context& at) { return check_use(at.cursor); }>},
});
static_assert(std::ranges::is_sorted(commands, {}, [](const auto& each) { return each.first; }));

check find_command(std::string_view verb) {
    const auto name = [](const auto& each) { return each.first; };
    const auto* found = std::ranges::lower_bound(commands, verb, {}, name);
    return found != commands.end() && found->first == verb ? found->second : nullptr;
}

// EXPLAIN [ANALYZE] [VERBOSE] and EXPLAIN (options), with any options.
void skip_explain(token_cursor& cursor) {
    if (cursor.at_symbol("(")) {
        cursor.skip_parentheses();
        return;
    }
    if (!cursor.accept_word("analyze")) {
        cursor.accept_word("analyse");
    }
    cursor.accept_word("verbose");
}

}  // namespace

result<guarded_statement> guard_statement(const postgres::lexed_text& sql, const statement_traits& traits,
                                          const protected_names& names) {
    guarded_statement guarded{.text = std::string(sql.text()), .verb = traits.first_word};
    TRY(check_functions(sql, traits, 0));
    guarded.explains = traits.first_word == "explain";
    if (!guarded.explains && find_command(guarded.verb) == nullptr) {
        return guarded;
    }
    token_cursor cursor(sql);
    token first = cursor.take();
    if (guarded.explains) {
        skip_explain(cursor);
        first = cursor.take();
        guarded.verb = first.kind == token_kind::word ? base::lower_case(first.text) : "";
    }
    if (has_hidden_blank(token_cursor(sql))) {
        return fail(sqlstates::syntax_error, "a command must be written with plain blanks");
    }
    const check command = first.kind == token_kind::word ? find_command(guarded.verb) : nullptr;
    if (command == nullptr) {
        return guarded;
    }
    guarded.changes_connection = guarded.explains;
    TRY_ASSIGN(const rewritten text, command({.cursor = cursor, .names = names}));
    if (text) {
        guarded.text = std::string(sql.text().substr(0, first.offset_bytes)) + *text;
    }
    return guarded;
}

result<> check_kind(const guarded_statement& guarded, duckdb_statement_type type) {
    struct allowed {
        duckdb_statement_type type;
        std::array<std::string_view, 4> verbs;
    };
    constexpr auto kinds = std::to_array<allowed>({
        {.type = DUCKDB_STATEMENT_TYPE_SET, .verbs = {"set", "reset", "pragma", "use"}},
        {.type = DUCKDB_STATEMENT_TYPE_VARIABLE_SET, .verbs = {"set", "reset", "pragma", "use"}},
        {.type = DUCKDB_STATEMENT_TYPE_PRAGMA, .verbs = {"pragma"}},
        {.type = DUCKDB_STATEMENT_TYPE_CALL, .verbs = {"call", "checkpoint"}},
        {.type = DUCKDB_STATEMENT_TYPE_LOAD, .verbs = {"load"}},
        {.type = DUCKDB_STATEMENT_TYPE_ATTACH, .verbs = {"attach"}},
        {.type = DUCKDB_STATEMENT_TYPE_DETACH, .verbs = {"detach"}},
        {.type = DUCKDB_STATEMENT_TYPE_COPY_DATABASE, .verbs = {"copy"}},
        {.type = DUCKDB_STATEMENT_TYPE_ALTER, .verbs = {"alter", "comment"}},
        {.type = DUCKDB_STATEMENT_TYPE_DROP, .verbs = {"drop"}},
        {.type = DUCKDB_STATEMENT_TYPE_CREATE, .verbs = {"create"}},
        {.type = DUCKDB_STATEMENT_TYPE_CREATE_FUNC, .verbs = {"create"}},
    });
    if (guarded.explains) {
        return {};
    }
    const auto* const known = std::ranges::find(kinds, type, &allowed::type);
    const bool hidden_explain = type == DUCKDB_STATEMENT_TYPE_EXPLAIN;
    const bool other_verb =
        known != kinds.end() && (guarded.verb.empty() || !contains(known->verbs, std::string_view(guarded.verb)));
    if (hidden_explain || other_verb) {
        return fail(sqlstates::syntax_error, "syntax error at or near \"" + guarded.verb + "\"");
    }
    return {};
}

result<> check_part(duckdb_statement_type type) {
    constexpr auto harmless = std::to_array<duckdb_statement_type>(
        {DUCKDB_STATEMENT_TYPE_SELECT, DUCKDB_STATEMENT_TYPE_CREATE, DUCKDB_STATEMENT_TYPE_CREATE_FUNC,
         DUCKDB_STATEMENT_TYPE_INSERT, DUCKDB_STATEMENT_TYPE_COPY, DUCKDB_STATEMENT_TYPE_ALTER,
         DUCKDB_STATEMENT_TYPE_COPY_DATABASE, DUCKDB_STATEMENT_TYPE_TRANSACTION});
    return contains(harmless, type)
               ? result<>()
               : fail(sqlstates::syntax_error, "cannot insert multiple commands into a prepared statement");
}

}  // namespace sluice::duckdb
