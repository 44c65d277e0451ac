#include "postgres/lex/lexer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "postgres/lex/token_cursor.hpp"

namespace sluice::postgres {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view sql) {
    std::vector<std::string> found;
    lexer tokens(sql);
    for (token next = tokens.next_significant(); next.kind != token_kind::end; next = tokens.next_significant()) {
        found.emplace_back(next.text);
    }
    return found;
}

token first(std::string_view sql) {
    return lexer(sql).next();
}

std::vector<token> tokens_of(lexer tokens) {
    std::vector<token> found;
    do {
        found.push_back(tokens.next());
    } while (found.back().kind != token_kind::end);
    return found;
}

void expect_same(const lexed_text& text, std::string_view cut) {
    ASSERT_EQ(text.text(), cut);
    const std::vector<token> found = tokens_of(lexer(text));
    const std::vector<token> expected = tokens_of(lexer(cut));
    ASSERT_EQ(found.size(), expected.size()) << cut.substr(0, 100);
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].kind, expected[i].kind);
        EXPECT_EQ(found[i].text, expected[i].text);
        EXPECT_EQ(found[i].offset_bytes, expected[i].offset_bytes);
        EXPECT_EQ(found[i].terminated, expected[i].terminated);
    }
}

TEST(lexed_text, has_the_tokens_that_the_text_is_cut_into) {
    for (const std::string_view sql : {"", " ", "select 1", "/*+ x */ select $1::int, E'\\'', $a$;$a$ -- x\n", "'open",
                                       "/* open", "U&\"a\" 1..10 $name x'ff'"}) {
        expect_same(sql, sql);
    }
}

TEST(lexed_text, keeps_no_tokens_of_long_texts) {
    for (const std::size_t length : {lexed_text::kept_bytes_max - 1, lexed_text::kept_bytes_max,
                                     lexed_text::kept_bytes_max + 1, 2 * lexed_text::kept_bytes_max}) {
        std::string sql = "select ";
        while (sql.size() + 2 <= length) {
            sql += "a,";
        }
        sql.resize(length, ' ');
        expect_same(sql, sql);
        expect_same(lexed_text(sql).part(7, 8), "a");
    }
}

TEST(lexed_text, a_part_counts_from_its_own_start) {
    const std::string_view sql = "begin; select 'a;b' , 1;commit";
    const lexed_text whole(sql);
    expect_same(whole.part(0, 5), "begin");
    expect_same(whole.part(7, 23), "select 'a;b' , 1");
    expect_same(whole.part(24, 30), "commit");
    expect_same(whole.part(7, 23).part(7, 12), "'a;b'");
    expect_same(whole.part(5, 5), "");
}

TEST(lexer, every_byte_belongs_to_one_token) {
    const std::string_view sql = "select 'it''s', E'\\'', $a$;$a$ -- x\n/* /* */ ; */ from t where a>=$1 and b<>1.5e3;";
    std::string joined;
    lexer tokens(sql);
    for (token next = tokens.next(); next.kind != token_kind::end; next = tokens.next()) {
        EXPECT_EQ(next.offset_bytes, joined.size());
        joined += next.text;
    }
    EXPECT_EQ(joined, sql);
}

TEST(lexer, words_and_quoted_names) {
    EXPECT_THAT(texts("a_1$b \"x \"\"y\" größe _z"), ElementsAre("a_1$b", "\"x \"\"y\"", "größe", "_z"));
    EXPECT_EQ(first("größe").kind, token_kind::word);
    EXPECT_EQ(first("\"a\"").kind, token_kind::quoted_name);
    EXPECT_EQ(first("U&\"d\\0061t\"").kind, token_kind::unicode_name);
    EXPECT_FALSE(first("\"open").terminated);
}

TEST(lexer, strings) {
    EXPECT_EQ(first("'it''s' x").text, "'it''s'");
    EXPECT_EQ(first("'a\\' x").text, "'a\\'");          // a backslash is an ordinary character
    EXPECT_EQ(first("E'a\\' x' y").text, "E'a\\' x'");  // but not in E''
    EXPECT_EQ(first("e'a''b'").kind, token_kind::escape_string);
    EXPECT_EQ(first("U&'\\0041'").kind, token_kind::unicode_string);
    EXPECT_EQ(first("X'1F'").kind, token_kind::bit_string);
    EXPECT_EQ(first("n'x'").kind, token_kind::string);
    EXPECT_FALSE(first("'open").terminated);
    EXPECT_FALSE(first("E'open\\'").terminated);
}

TEST(lexer, strings_go_on_behind_a_line_break_only) {
    EXPECT_THAT(texts("'a'\n  'b' c"), ElementsAre("'a'\n  'b'", "c"));
    EXPECT_THAT(texts("'a' -- ' no\n'b'"), ElementsAre("'a'", "'b'"));
    EXPECT_THAT(texts("'a'\n-- ' no\n'b'"), ElementsAre("'a'\n-- ' no\n'b'"));
    EXPECT_THAT(texts("'a' 'b'"), ElementsAre("'a'", "'b'"));
    EXPECT_THAT(texts("E'a'\n'\\'b'"), ElementsAre("E'a'\n'\\'b'"));
}

TEST(lexer, dollar_quotes_and_parameters) {
    EXPECT_EQ(first("$$a;b$$ x").text, "$$a;b$$");
    EXPECT_EQ(first("$fn$ $$ $fn2$ $fn$ x").text, "$fn$ $$ $fn2$ $fn$");
    EXPECT_FALSE(first("$a$ open").terminated);
    EXPECT_EQ(first("$12x").text, "$12");
    EXPECT_EQ(first("$12").kind, token_kind::parameter);
    EXPECT_EQ(first("$name ").kind, token_kind::named_parameter);
    EXPECT_EQ(first("$ ").kind, token_kind::symbol);
    EXPECT_THAT(texts("a$1"), ElementsAre("a$1"));
}

TEST(lexer, numbers) {
    EXPECT_THAT(texts("1 1.5 .5 1e10 1.e-3 0x1F 1_000 1..10 2x"),
                ElementsAre("1", "1.5", ".5", "1e10", "1.e-3", "0x1F", "1_000", "1", ".", ".10", "2", "x"));
}

TEST(lexer, operators) {
    EXPECT_THAT(texts("a=-1"), ElementsAre("a", "=", "-", "1"));
    EXPECT_THAT(texts("a<=@-1"), ElementsAre("a", "<=@-", "1"));
    EXPECT_THAT(texts("x::int[1:2]"), ElementsAre("x", "::", "int", "[", "1", ":", "2", "]"));
    EXPECT_THAT(texts("f(a := 1)"), ElementsAre("f", "(", "a", ":=", "1", ")"));
    EXPECT_THAT(texts("1*/*c*/2 --x"), ElementsAre("1", "*", "2"));
    EXPECT_THAT(texts("1+--x\n2"), ElementsAre("1", "+", "2"));
}

TEST(lexer, comments_nest) {
    EXPECT_THAT(texts("/* a /* b */ c */ x /**/ y"), ElementsAre("x", "y"));
    EXPECT_EQ(first("/*/ x").terminated, false);
    EXPECT_EQ(first("/* /* */").terminated, false);
}

TEST(decode_string, knows_every_kind_of_literal) {
    const auto decoded = [](std::string_view literal) { return decode_string(first(literal)).value_or("<none>"); };
    EXPECT_EQ(decoded("'it''s \\n'"), "it's \\n");
    EXPECT_EQ(decoded("N'x'"), "x");
    EXPECT_EQ(decoded("'a'\n -- 'c'\n 'b'"), "ab");
    EXPECT_EQ(decoded("E'a\\tb\\x41\\101\\u00e9\\U0001F600\\q'''"), "a\tbAA\xc3\xa9\xf0\x9f\x98\x80q'");
    EXPECT_EQ(decoded("E'\\ud83d\\ude00'"), "\xf0\x9f\x98\x80");
    EXPECT_EQ(decoded("E'\\ud83d'"), "<none>");
    EXPECT_EQ(decoded("E'\\000'"), "<none>");
    EXPECT_EQ(decoded("U&'d\\0061t\\+01F600\\\\'"), "dat\xf0\x9f\x98\x80\\");
    EXPECT_EQ(decoded("$x$a'b$x$"), "a'b");
    EXPECT_EQ(decoded("'open"), "<none>");
}

TEST(decode_name, unquotes) {
    EXPECT_EQ(decode_name(first("Abc")), "Abc");
    EXPECT_EQ(decode_name(first("\"A \"\"b\"")), "A \"b");
    EXPECT_EQ(decode_name(first("U&\"\\00e9\"")), "é");
    EXPECT_EQ(decode_name(first("\"\"")), std::nullopt);
}

TEST(character_position, counts_characters_not_bytes) {
    EXPECT_EQ(character_position("äöx", 4), 3);
    EXPECT_EQ(character_position("abc", 0), 1);
}

}  // namespace
}  // namespace sluice::postgres
