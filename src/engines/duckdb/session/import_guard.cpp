#include "engines/duckdb/session/import_guard.hpp"

#include <array>
#include <string>

#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"
#include "postgres/sql/statement.hpp"

namespace sluice::duckdb {

namespace {

constexpr auto exported_verbs = std::to_array<std::string_view>({"alter", "comment", "copy", "create", "insert"});

result<> check_script(std::string_view script, const protected_names& names) {
    for (const postgres::statement_text& each : postgres::split_statements(script)) {
        const statement_traits traits = read_traits(each.lexed);
        TRY_ASSIGN(const guarded_statement guarded, guard_statement(each.lexed, traits, names));
        if (!contains(exported_verbs, std::string_view(guarded.verb))) {
            return fail(error{.code = sqlstates::insufficient_privilege,
                              .message = "IMPORT DATABASE runs only what EXPORT DATABASE writes",
                              .detail = "The folder has a statement that begins with \"" + guarded.verb + "\"."});
        }
    }
    return {};
}

}  // namespace

result<> check_import(duckdb_connection connection, std::string_view sql, const protected_names& names) {
    postgres::token_cursor cursor(sql);
    cursor.accept_words("import", "database");
    TRY_ASSIGN(const std::string folder, cursor.expect_string());
    if (folder.find_first_of("*?[") != std::string::npos) {
        return fail(sqlstates::feature_not_supported, "the folder of IMPORT DATABASE cannot be a pattern");
    }
    for (const std::string_view file : {"/schema.sql", "/load.sql"}) {
        TRY_ASSIGN(const std::string script,
                   read_text(connection, "SELECT content FROM read_text(" +
                                             postgres::quote_literal(folder + std::string(file)) + ")"));
        TRY(check_script(script, names));
    }
    return {};
}

}  // namespace sluice::duckdb
