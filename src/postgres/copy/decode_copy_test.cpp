#include "postgres/copy/decode_copy.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "postgres/parse/test_bytes.hpp"

// Expected rows and messages: PostgreSQL 15 COPY t(a int, b text) FROM STDIN, fed by psql.
namespace sluice::postgres {
namespace {

using namespace std::string_view_literals;
using test_bytes::be16;
using test_bytes::be32;
using test_bytes::value;

copy_layout text_layout() {
    return {.relation = "t", .columns = {"a", "b"}};
}
copy_layout csv_layout() {
    return {.relation = "t", .columns = {"a", "b"}, .is = copy_layout::format::csv, .delimiter = ',', .null_text = ""};
}
copy_layout binary_layout() {
    return {.relation = "t", .columns = {"a", "b"}, .is = copy_layout::format::binary};
}

std::string print(const copy_rows& rows) {
    std::string out;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        out += std::to_string(rows.line(row)) + ":";
        for (std::size_t column = 0; column < rows.columns(); ++column) {
            const copy_field& field = rows.column(column)[row * rows.columns()];
            out += field.is_null() ? " NULL" : " <" + std::string(field.view()) + ">";
        }
        out += "\n";
    }
    return out;
}

std::string print(const error& error) {
    return std::string(error.code.view()) + " " + error.message + " | " + error.context +
           (error.hint.empty() ? "" : " | " + error.hint);
}

// The rows and the error for data in messages of `message_bytes`.
std::string read(const copy_layout& layout, std::string_view data, std::size_t message_bytes,
                 std::size_t rows_max = 2) {
    const auto tokenizer = make_copy_tokenizer(layout);
    copy_rows rows(layout.columns.size(), rows_max);
    std::string out;
    while (!data.empty()) {
        // Copies the message: data that is kept beyond the call must not point into it.
        std::string message(data.substr(0, message_bytes));
        data.remove_prefix(message.size());
        std::string_view bytes = message;
        while (!bytes.empty()) {
            const auto result = tokenizer->read(bytes, rows);
            out += print(rows);
            if (!result) {
                return out + print(result.error());
            }
        }
        message.assign(message.size(), '#');
    }
    const auto result = tokenizer->finish(rows);
    out += print(rows);
    return result ? out : out + print(result.error());
}

// The outcome is the same for every size of message.
std::string read(const copy_layout& layout, std::string_view data) {
    std::string whole = read(layout, data, data.size() + 1);
    for (std::size_t message_bytes = 1; message_bytes <= data.size(); ++message_bytes) {
        EXPECT_EQ(read(layout, data, message_bytes), whole) << "in messages of " << message_bytes;
        EXPECT_EQ(read(layout, data, message_bytes, 1), whole) << "in messages of " << message_bytes;
    }
    return whole;
}
std::string read_text(std::string_view data) {
    return read(text_layout(), data);
}
std::string read_csv(std::string_view data) {
    return read(csv_layout(), data);
}
std::string read_binary(std::string_view data) {
    return read(binary_layout(), data);
}

TEST(copy_text, rows_nulls_and_a_last_line_without_end) {
    EXPECT_EQ(read_text(""), "");
    EXPECT_EQ(read_text("1\ta\n\\N\t\n3\tc"), "1: <1> <a>\n2: NULL <>\n3: <3> <c>\n");
    EXPECT_EQ(read_text("1\ta\n\\.\nignored"), "1: <1> <a>\n");
    EXPECT_EQ(read_text("1\ta\r\n2\tb\r\n"), "1: <1> <a>\n2: <2> <b>\n");
    EXPECT_EQ(read_text("1\ta\r2\tb\r"), "1: <1> <a>\n2: <2> <b>\n");
    EXPECT_EQ(read_text("1\ta\\"), "1: <1> <a\\>\n");
}

TEST(copy_text, escapes) {
    EXPECT_EQ(read_text("1\ta\\tb\\nc\\\\d\\101\\x41\\q\\x4\\1z\\xzz\\b\\f\\r\\v\n"),
              "1: <1> <a\tb\nc\\dAAq\4\1zxzz\b\f\r\v>\n");
    EXPECT_EQ(read_text("2\ta\\\n3\n"), "1: <2> <a\n3>\n");
    EXPECT_EQ(read_text("2\ta\\\tb\n"), "1: <2> <a\tb>\n");
    copy_layout bar = text_layout();
    bar.delimiter = '|';
    EXPECT_EQ(read(bar, "1|\\|41\n"), "1: <1> <|41>\n");
}

TEST(copy_text, errors) {
    EXPECT_EQ(read_text("1\n"), "22P04 missing data for column \"b\" | COPY t, line 1: \"1\"");
    EXPECT_EQ(read_text("1\ta\n\n"), "1: <1> <a>\n22P04 missing data for column \"b\" | COPY t, line 2: \"\"");
    EXPECT_EQ(read_text("1\ta\tc\n"), "22P04 extra data after last expected column | COPY t, line 1: \"1\ta\tc\"");
    EXPECT_EQ(
        read_text("1\tc\t" + std::string(200, 'x') + "\n"),
        "22P04 extra data after last expected column | COPY t, line 1: \"1\tc\t" + std::string(96, 'x') + "...\"");
    EXPECT_EQ(read_text("1\ta\\.b\n"), "22P04 end-of-copy marker corrupt | COPY t, line 1");
    EXPECT_EQ(read_text("1\tx\n\\.a\n"), "1: <1> <x>\n22P04 end-of-copy marker corrupt | COPY t, line 2");
    EXPECT_EQ(
        read_text("1\ta\n2\tb\r\n"),
        "1: <1> <a>\n22P04 literal carriage return found in data | COPY t, line 2 | Use \"\\r\" to represent carriage "
        "return.");
    EXPECT_EQ(read_text("1\ta\r\n2\tb\n"),
              "1: <1> <a>\n22P04 literal newline found in data | COPY t, line 2 | Use \"\\n\" to represent newline.");
    EXPECT_EQ(read_text("1\ta\r2\tb\n"),
              "1: <1> <a>\n22P04 literal newline found in data | COPY t, line 2 | Use \"\\n\" to represent newline.");
    EXPECT_EQ(read_text("1\xff\n"), "22021 invalid byte sequence for encoding \"UTF8\": 0xff | COPY t, line 1");
}

TEST(copy_text, headers) {
    copy_layout layout = text_layout();
    layout.header = true;
    EXPECT_EQ(read(layout, "a\t\\N\tmore\n7\tx\n"), "2: <7> <x>\n");
    layout.header_match = true;
    EXPECT_EQ(read(layout, "a\tb\n7\tx\n"), "2: <7> <x>\n");
    EXPECT_EQ(
        read(layout, "a\t\\N\n1\tx\n"),
        "22P04 column name mismatch in header line field 2: got null value (\"\\N\"), expected \"b\" | COPY t, line "
        "1: \"a\t\\N\"");
}

TEST(copy_csv, quotes) {
    EXPECT_EQ(read_csv("1,a\"b,c\"d\n2,\"a\"\"b\"\n3, \"x\"\n4,\"a\"b\"c\"\n"),
              "1: <1> <ab,cd>\n2: <2> <a\"b>\n3: <3> < x>\n4: <4> <abc>\n");
    EXPECT_EQ(read_csv("1,\"\"\n2,\n\"3\",\"\"\"\"\n"), "1: <1> <>\n2: <2> NULL\n3: <3> <\">\n");
    EXPECT_EQ(read_csv("1,\"a\r\nb\"\r\n2,\"c\"\r\n"), "2: <1> <a\r\nb>\n3: <2> <c>\n");
    copy_layout escape = csv_layout();
    escape.escape = '\\';
    EXPECT_EQ(read(escape, "1,\"a\\\"b\\\\c\\d\"\n2,a\\b\n"), "1: <1> <a\"b\\c\\d>\n2: <2> <a\\b>\n");
    copy_layout apostrophe = csv_layout();
    apostrophe.quote = '\'';
    apostrophe.escape = '\'';
    apostrophe.delimiter = ';';
    EXPECT_EQ(read(apostrophe, "1;'a\"'''\n"), "1: <1> <a\"'>\n");
}

TEST(copy_csv, null_rules) {
    copy_layout layout = csv_layout();
    layout.null_text = "N";
    layout.null_rules = {copy_layout::null_rule::plain, copy_layout::null_rule::force_null};
    EXPECT_EQ(read(layout, "1,\"N\"\n2,N\n3,\"M\"\n"), "1: <1> NULL\n2: <2> NULL\n3: <3> <M>\n");
    layout.null_text = "";
    layout.null_rules = {copy_layout::null_rule::plain, copy_layout::null_rule::force_not_null};
    EXPECT_EQ(read(layout, "4,\n"), "1: <4> <>\n");
}

TEST(copy_csv, end_marker) {
    EXPECT_EQ(read_csv("\\.\n1,a,b,c\n"), "");
    EXPECT_EQ(read_csv("1,x\n\\.,1\n"), "1: <1> <x>\n2: <\\.> <1>\n");
    EXPECT_EQ(read_csv("1,\"\\.\n\"\n"), "2: <1> <\\.\n>\n");
}

TEST(copy_csv, headers) {
    copy_layout layout = csv_layout();
    layout.header_match = true;
    EXPECT_EQ(read(layout, "a,\"b\"\n1,x\n"), "2: <1> <x>\n");
    EXPECT_EQ(read(layout, "a\n1,x\n"),
              "22P04 wrong number of fields in header line: got 1, expected 2 | COPY t, line 1: \"a\"");
    EXPECT_EQ(read(layout, "a,c\n1,x\n"),
              "22P04 column name mismatch in header line field 2: got \"c\", expected \"b\" | COPY t, line 1: \"a,c\"");
    layout.header_match = false;
    layout.header = true;
    EXPECT_EQ(read(layout, "a,b,c\"\n\"\n1,x\n"), "3: <1> <x>\n");
}

TEST(copy_csv, errors) {
    EXPECT_EQ(read_csv("1,x\n1,\"abc\n"),
              "1: <1> <x>\n22P04 unterminated CSV quoted field | COPY t, line 3: \"1,\"abc\n\"");
    EXPECT_EQ(read_csv("1,a\n1,\"a\nb\n\",c\n"),
              "1: <1> <a>\n22P04 extra data after last expected column | COPY t, line 4: \"1,\"a\nb\n\",c\"");
    EXPECT_EQ(read_csv("\n"), "22P04 missing data for column \"b\" | COPY t, line 1: \"\"");
    EXPECT_EQ(read_csv("1,a\r\n2,b\n"),
              "1: <1> <a>\n22P04 unquoted newline found in data | COPY t, line 2 | Use quoted CSV field to represent "
              "newline.");
    EXPECT_EQ(read_csv("1,a\n2,b\r\n"),
              "1: <1> <a>\n22P04 unquoted carriage return found in data | COPY t, line 2 | Use quoted CSV field to "
              "represent carriage return.");
}

const std::string header = std::string("PGCOPY\n\xff\r\n\0"sv) + be32(0) + be32(0);

TEST(copy_binary, rows_with_and_without_trailer) {
    const std::string row = be16(2) + value("abcd") + be32(-1);
    EXPECT_EQ(read_binary(header), "");
    EXPECT_EQ(read_binary(header + row + row + row + be16(-1)), "1: <abcd> NULL\n2: <abcd> NULL\n3: <abcd> NULL\n");
    EXPECT_EQ(read_binary(header + be16(2) + value("") + value(std::string(300, 'x'))),
              "1: <> <" + std::string(300, 'x') + ">\n");
    EXPECT_EQ(read_binary(std::string("PGCOPY\n\xff\r\n\0"sv) + be32(0) + be32(3) + "ext" + row), "1: <abcd> NULL\n");
}

TEST(copy_binary, errors) {
    const std::string signature("PGCOPY\n\xff\r\n\0"sv);
    EXPECT_EQ(read_binary(""), "22P04 COPY file signature not recognized | ");
    EXPECT_EQ(read_binary("PGCOPY\nX\r\n"), "22P04 COPY file signature not recognized | ");
    EXPECT_EQ(read_binary(signature + be32(0)), "22P04 invalid COPY file header (missing length) | ");
    EXPECT_EQ(read_binary(signature), "22P04 invalid COPY file header (missing flags) | ");
    EXPECT_EQ(read_binary(signature + be32(65536) + be32(0)), "22P04 invalid COPY file header (WITH OIDS) | ");
    EXPECT_EQ(read_binary(signature + be32(131072) + be32(0)),
              "22P04 unrecognized critical flags in COPY file header | ");
    EXPECT_EQ(read_binary(signature + be32(0) + be32(-1)), "22P04 invalid COPY file header (missing length) | ");
    EXPECT_EQ(read_binary(header + be16(1)), "22P04 row field count is 1, expected 2 | COPY t, line 1");
    EXPECT_EQ(read_binary(header + be16(2) + be32(4) + be16(0)),
              "22P04 unexpected EOF in COPY data | COPY t, line 1, column a");
    EXPECT_EQ(read_binary(header + be16(2) + be32(-2)), "22P04 invalid field size | COPY t, line 1, column a");
    EXPECT_EQ(read_binary(header + be16(-1) + "x"), "22P04 received copy data after EOF marker | COPY t, line 1");
}

TEST(copy_tokenizer, rows_are_bounded) {
    copy_layout layout = text_layout();
    layout.row_bytes_max = 100;
    const std::string long_row = "1\t" + std::string(200, 'x');
    EXPECT_EQ(read(layout, long_row, 10), "54000 row of COPY data is longer than 100 bytes | COPY t, line 1");
    EXPECT_EQ(read(layout, "1\t" + std::string(50, 'x'), 10).substr(0, 6), "1: <1>");
    layout = binary_layout();
    layout.row_bytes_max = 100;
    constexpr auto too_long = "54000 row of COPY data is longer than 100 bytes | COPY t, line 1";
    EXPECT_EQ(read(layout, header + be16(2) + be32(101) + "x"), too_long);
    // Reported as soon as the length is there, for every size of message.
    EXPECT_EQ(read(layout, header + be16(2) + be32(101)), too_long);
    EXPECT_EQ(read(layout, std::string("PGCOPY\n\xff\r\n\0"sv) + be32(0) + be32(101)), too_long);
}

TEST(copy_tokenizer, tells_plain_ascii_from_the_rest) {
    const auto plain = [](std::string_view data) {
        const auto tokenizer = make_copy_tokenizer(text_layout());
        copy_rows rows(2, 10);
        EXPECT_TRUE(tokenizer->read(data, rows));
        EXPECT_EQ(rows.size(), 1U);
        return rows.plain();
    };
    const std::string filler(100, 'x');
    EXPECT_TRUE(plain("1\t" + filler + "\n"));
    EXPECT_FALSE(plain("1\t" + filler + "\xc3\xa9\n"));
    EXPECT_FALSE(plain("1\t\xc3\xa9" + filler + "\n"));
    EXPECT_FALSE(plain("1\t" + filler + std::string("\0\n", 2)));
    EXPECT_FALSE(plain("1\ta\\303\n"));
    EXPECT_FALSE(plain("1\ta\\0\n"));
    EXPECT_TRUE(plain("1\ta\\101\n"));
}

}  // namespace
}  // namespace sluice::postgres
