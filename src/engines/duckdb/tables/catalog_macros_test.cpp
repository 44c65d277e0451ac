// Macros of the catalog and rewrites of translate(), called with arguments whose names also occur inside of them. The
// macros, and the names to try, are read from the definitions, so that a new macro is tested without a change here.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/dialect/translate.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {
namespace {

constexpr const char* schema =
    "CREATE SCHEMA s; CREATE TABLE s.maker (id INTEGER PRIMARY KEY, name VARCHAR);"
    "CREATE TABLE part (id BIGINT PRIMARY KEY, maker INTEGER UNIQUE, price DECIMAL(10, 2), CHECK (price > 0));"
    "CREATE INDEX by_price ON part (price, maker); CREATE VIEW cheap AS SELECT id FROM part;"
    "CREATE VIEW dear AS SELECT price FROM part; COMMENT ON TABLE part IS 'sold'; COMMENT ON TABLE s.maker IS 'made';"
    "COMMENT ON COLUMN part.id IS 'one'; COMMENT ON COLUMN part.maker IS 'two'";
// Valid and invalid numbers for each of the functions.
constexpr const char* numbers =
    "(SELECT oid AS number FROM sluice_catalog.pg_class UNION ALL SELECT oid FROM sluice_catalog.constraint_list UNION "
    "ALL SELECT oid FROM sluice_catalog.pg_namespace UNION ALL SELECT unnest([0, 1, 2, 16, 23, 1700]))";
constexpr const char* texts = "(SELECT unnest(['(0,1)', 'DECIMAL(10,2)', '(7,3)']) AS number)";

struct overload {
    std::string macro;
    std::vector<std::string> parameters;
    std::set<std::string> body;  // its words
    std::string definition;
};

// CREATE MACRO a.b(c, d) AS ..., (e) AS ...
std::vector<overload> read_overloads(const std::string& definition) {
    std::vector<overload> found;
    postgres::token_cursor cursor(definition);
    if (!cursor.accept_words("create", "macro")) {
        return found;
    }
    std::string name;
    while (!cursor.at_symbol("(")) {
        name += cursor.take().text;
    }
    bool parameters_next = true;
    for (int depth = 0; !cursor.at_end();) {
        const postgres::token token = cursor.take();
        if (token.is_symbol("(") && depth == 0 && parameters_next) {
            found.push_back({.macro = name, .parameters = {}, .body = {}, .definition = definition});
            while (!cursor.accept_symbol(")")) {
                if (const postgres::token part = cursor.take(); !part.is_symbol(",")) {
                    found.back().parameters.emplace_back(part.text);
                }
            }
            parameters_next = false;
            continue;
        }
        depth += token.is_symbol("(") ? 1 : token.is_symbol(")") ? -1 : 0;
        parameters_next = depth == 0 && token.is_symbol(",");
        found.back().body.emplace(token.text);
    }
    return found;
}

class catalog_macros_test : public testing::Test {
  protected:
    catalog_macros_test() {
        const std::string statements = schema;
        for (std::size_t at = 0; at < statements.size();) {
            const std::size_t end = std::min(statements.find(';', at), statements.size());
            client_.rows(statements.substr(at, end - at));
            at = end + 1;
        }
    }

    // Every name in the text, whose keywords are in capitals, and the columns of every table and table function in it.
    std::set<std::string> names_in(const std::string& text) {
        std::set<std::string> names{"sluice_source", "sluice_arguments", "sluice_argument_1"};
        for (postgres::token_cursor cursor(text); !cursor.at_end();) {
            const postgres::token token = cursor.take();
            const bool is_name =
                token.kind == postgres::token_kind::word || token.kind == postgres::token_kind::quoted_name;
            const auto name = is_name ? postgres::decode_name(token) : std::nullopt;
            const bool keyword = name && std::ranges::none_of(*name, [](char c) { return c >= 'a' && c <= 'z'; });
            if (!name || keyword || !names.insert(*name).second) {
                continue;
            }
            const auto& columns = columns_of(*name);
            // Used columns occur in the text; of the others a few are enough.
            names.insert(columns.begin(), columns.begin() + std::min<std::ptrdiff_t>(3, std::ssize(columns)));
        }
        return names;
    }

    const std::vector<std::string>& columns_of(const std::string& name) {
        const auto [found, fresh] = columns_.try_emplace(name);
        if (!fresh) {
            return found->second;
        }
        for (const std::string& from :
             {"sluice_catalog." + postgres::quote_identifier(name), postgres::quote_identifier(name) + "()"}) {
            const auto plan = client_.try_prepare("SELECT * FROM " + from);
            if (plan) {
                for (const backend::column& each : (*plan)->columns()) {
                    found->second.push_back(each.name);
                }
            }
        }
        return found->second;
    }

    // `call` with a column and a table of this name in the place of {}; the numbers beside it tell the rows apart.
    static std::string question(const std::string& call, const std::string& name, const char* values,
                                bool qualified = false) {
        const std::string quoted = postgres::quote_identifier(name);
        const auto with = [&](const std::string& argument) {
            std::string made = call;
            for (auto at = made.find("{}"); at != std::string::npos; at = made.find("{}")) {
                made.replace(at, 2, argument);
            }
            return made;
        };
        return "SELECT " + with(qualified ? quoted + "." + quoted : quoted) + " FROM (SELECT number AS " + quoted +
               ", 1 AS sluice_other FROM " + values + ") AS " + quoted + " ORDER BY " + quoted + "." + quoted;
    }

    // Returns the number of different values.
    std::size_t try_names(const std::string& call, const std::set<std::string>& names) {
        const char* values = client_.code(question(call, "sluice_probe", numbers)) == "00000" ? numbers : texts;
        const text_rows expected = client_.rows(question(call, "sluice_probe", values));
        bool qualified = false;
        for (const std::string& name : names) {
            EXPECT_EQ(client_.rows(question(call, name, values, qualified)), expected) << call << " of " << name;
            qualified = !qualified;
        }
        const std::set<text_row> different(expected.begin(), expected.end());
        return different.size();
    }

    test_database database_;
    test_client client_{database_};
    std::map<std::string, std::vector<std::string>> columns_;
};

TEST_F(catalog_macros_test, no_name_of_an_argument_is_captured) {
    std::set<std::string> tried;
    for (const std::string& definition : catalog_definitions()) {
        for (const overload& each : read_overloads(definition)) {
            tried.insert(each.macro.substr(each.macro.rfind('.') + 1));
            const auto names = names_in(each.definition);
            for (std::size_t position = 0; position < each.parameters.size(); ++position) {
                if (!each.body.contains(each.parameters[position])) {
                    continue;  // the body does not use it
                }
                std::string call = each.macro + "(";
                for (std::size_t i = 0; i < each.parameters.size(); ++i) {
                    call += std::string(i == 0 ? "" : ", ") + (i == position ? "{}" : "sluice_other");
                }
                const std::size_t different = try_names(call + ")", names);
                const bool looks_up = definition.contains("sluice_source") && position == 0;
                EXPECT_GT(different, looks_up ? 1U : 0U) << call;
            }
        }
    }
    const auto functions = catalog_functions();
    EXPECT_TRUE(std::ranges::includes(tried, std::set<std::string>(functions.begin(), functions.end())));
}

TEST_F(catalog_macros_test, no_name_in_a_rewritten_text_is_captured) {
    for (const std::string& call :
         {"{}::regclass", "{}::regclass::text", "{}::regnamespace", "{}::pg_catalog.regnamespace::text",
          "{}::regtype::text", "{}::regtype", "format_type({}, NULL)", "format_type({}, {})", "pg_get_userbyid({})",
          "format_type(1700, {})", "has_table_privilege({}, 'SELECT')", "pg_get_constraintdef({})",
          "pg_get_constraintdef({}, true)", "to_regtype({}::text)", "pg_table_is_visible({})"}) {
        std::string plain = call;
        plain.replace(plain.find("{}"), 2, "sluice_probe");
        try_names(call, names_in(translate("SELECT " + plain, {})));
    }
}

TEST_F(catalog_macros_test, arguments_are_what_they_are_elsewhere) {
    const std::string oid = client_.rows("SELECT max(oid) FROM pg_constraint")[0][0];
    const std::string def = client_.rows("SELECT pg_get_constraintdef(" + oid + ")")[0][0];
    for (const char* text : {
             "SELECT pg_get_constraintdef(max(oid)) FROM pg_constraint",
             "SELECT pg_get_constraintdef((SELECT max(oid) FROM pg_constraint))",
             "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c ORDER BY c.oid DESC LIMIT 1",
             "SELECT pg_get_constraintdef(max(oid) OVER ()) FROM pg_constraint LIMIT 1",
             "SELECT pg_get_constraintdef(count(*) + max(oid) - count(oid)) FROM pg_constraint",
             "SELECT max(pg_get_constraintdef(oid)) FROM (SELECT max(oid) AS oid FROM pg_constraint)",
             "SELECT pg_get_constraintdef(unnest([max(oid)])) FROM pg_constraint",
             "SELECT pg_get_constraintdef(pg_catalog.max(c.oid), true) FROM pg_catalog.pg_constraint AS c",
         }) {
        EXPECT_EQ(client_.rows(text), (text_rows{{def}})) << text;
    }
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef($1)", {oid}), (text_rows{{def}}));
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef(CAST($1 AS BIGINT) + 0, true)", {oid}), (text_rows{{def}}));
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef(NULL), pg_get_constraintdef(-1)"),
              (text_rows{{"NULL", "NULL"}}));
    // Nested in itself: the definitions are texts, so their lengths are used.
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef(length(pg_get_constraintdef(oid)) + oid) FROM pg_constraint "
                           "WHERE oid = " +
                           oid),
              (text_rows{{"NULL"}}));
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef(length(pg_get_constraintdef(oid)) * 0 + oid) FROM "
                           "pg_constraint WHERE oid = " +
                           oid),
              (text_rows{{def}}));
    EXPECT_EQ(client_.rows("SELECT count(*) FROM pg_constraint c JOIN pg_class t ON conrelid::regclass::text = relname "
                           "AND pg_get_constraintdef(c.oid) IS NOT NULL"),
              client_.rows("SELECT count(*) FROM pg_constraint"));
}

// Expected: PostgreSQL 15's answers for these tables.
TEST_F(catalog_macros_test, every_row_has_its_own_definition) {
    EXPECT_EQ(client_.rows("SELECT pg_get_constraintdef(oid), conrelid::regclass FROM pg_constraint ORDER BY 2, 1"),
              (text_rows{{"PRIMARY KEY (id)", "maker"},
                         {"CHECK ((price > 0))", "part"},
                         {"PRIMARY KEY (id)", "part"},
                         {"UNIQUE (maker)", "part"}}));
    EXPECT_EQ(client_.rows("SELECT count(DISTINCT pg_get_indexdef(indexrelid)), count(*) FROM pg_index"),
              (text_rows{{"4", "4"}}));
    EXPECT_EQ(
        client_.rows("SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relkind = 'r' ORDER BY 1"),
        (text_rows{{"maker", "made"}, {"part", "sold"}}));
    EXPECT_EQ(client_.rows("SELECT attname, col_description(attrelid, attnum) FROM pg_attribute JOIN pg_class ON "
                           "oid = attrelid WHERE relname = 'part' ORDER BY attnum"),
              (text_rows{{"id", "one"}, {"maker", "two"}, {"price", "NULL"}}));
}

// Sluice adds no columns to tables that PostgreSQL has.
TEST_F(catalog_macros_test, catalog_tables_have_no_columns_of_ours) {
    for (const char* table : {"pg_constraint", "pg_index"}) {
        const auto plan = client_.prepare(std::string("SELECT * FROM ") + table);
        EXPECT_TRUE(
            std::ranges::none_of(plan->columns(), [](const backend::column& c) { return c.name == "definition"; }));
    }
}

}  // namespace
}  // namespace sluice::duckdb
