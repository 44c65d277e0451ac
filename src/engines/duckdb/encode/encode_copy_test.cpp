// COPY TO's three formats. Expected lines were printed by PostgreSQL 15.20 for the same table:
//   create temp table c(a text, b int, c numeric(4,1), d bytea, e text[]); insert ...; copy c to stdout (...)
#include "engines/duckdb/encode/encode_copy.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "engines/duckdb/encode/encode_test_support.hpp"

namespace sluice::duckdb {
namespace {

constexpr const char* rows =
    "select a, b, c::decimal(4,1) as c, d, e from (values "
    "(1, 'plain', 1, 1.5, '\\x00\\xFF'::blob, ['a', 'b c']), "
    "(2, null, null, null, null, null), "
    "(3, '', 0, 0, ''::blob, []::varchar[]), "
    "(4, e'tab\\tnl\\ncr\\rbs\\\\ bell' || chr(7) || ' vt' || chr(11) || ' ff' || chr(12) || ' b' || chr(8), -1, -0.1, "
    "'\\x5C'::blob, ['a\"b']), "
    "(5, '\\.', 2, 2, null, null), "
    "(6, 'quote\"s, and ''these''', 3, 3, null, [null::varchar]), "
    "(7, '\\N', 4, 4, null, null)) t(i, a, b, c, d, e) order by i";

const std::vector<std::string> names{"a", "b", "c", "d", "e"};

// All payloads in a row, header and trailer included; each row must be a message.
std::string copied(const std::string& sql, const postgres::copy_command& command,
                   const std::vector<std::string>& columns) {
    const test_engine engine;
    test_result result = engine.execute(sql);
    const row_framing framing = command.format == postgres::copy_format::csv    ? row_framing::copy_csv
                                : command.format == postgres::copy_format::text ? row_framing::copy_text
                                                                                : row_framing::copy_binary;
    row_encoder encoder({.types = result.types(),
                         .formats = {},
                         .settings = {},
                         .zone = {},
                         .framing = framing,
                         .copy = copy_layout_of(command, columns)});
    base::byte_buffer out;
    if (command.header || framing == row_framing::copy_binary) {
        encoder.write_header(columns, out);
    }
    std::size_t row_count = 0;
    // In binary the header and the first row, or the trailer, are one message.
    const std::size_t header_messages =
        framing == row_framing::copy_binary ? 0 : split_messages(out.view(), 'd').size();
    while (duckdb_data_chunk chunk = result.next()) {
        for (std::size_t done = 0; done < duckdb_data_chunk_get_size(chunk);) {
            const auto more = encoder.encode(chunk, done, {}, out);
            EXPECT_TRUE(more);
            done += *more;
            row_count += *more;
        }
    }
    if (row_count > 0) {
        EXPECT_EQ(split_messages(out.view(), 'd').size(), row_count + header_messages);
    }
    encoder.write_trailer(out);
    if (row_count == 0 && framing == row_framing::copy_binary) {
        EXPECT_EQ(split_messages(out.view(), 'd').size(), 1U);
    }
    std::string text;
    for (const std::string& payload : split_messages(out.view(), 'd')) {
        text += payload;
    }
    return text;
}

postgres::copy_command text_command() {
    return {.format = postgres::copy_format::text};
}

postgres::copy_command csv_command() {
    return {.format = postgres::copy_format::csv, .delimiter = ',', .null_text = ""};
}

TEST(copy_text, escapes_as_postgresql_does) {
    EXPECT_EQ(copied(rows, text_command(), names),
              "plain\t1\t1.5\t\\\\x00ff\t{a,\"b c\"}\n"
              "\\N\t\\N\t\\N\t\\N\t\\N\n"
              "\t0\t0.0\t\\\\x\t{}\n"
              "tab\\tnl\\ncr\\rbs\\\\ bell\x07 vt\\v ff\\f b\\b\t-1\t-0.1\t\\\\x5c\t{\"a\\\\\"b\"}\n"
              "\\\\.\t2\t2.0\t\\N\t\\N\n"
              "quote\"s, and 'these'\t3\t3.0\t\\N\t{NULL}\n"
              "\\\\N\t4\t4.0\t\\N\t\\N\n");
}

TEST(copy_text, takes_another_delimiter_and_null) {
    postgres::copy_command command = text_command();
    command.delimiter = '|';
    command.null_text = "null";
    const std::string text = copied(rows, command, names);
    EXPECT_TRUE(text.starts_with("plain|1|1.5|\\\\x00ff|{a,\"b c\"}\nnull|null|null|null|null\n|0|0.0|\\\\x|{}\n"));
    // copy (select 'a|b', '2020-01-01 10:00:00'::timestamp) to stdout (delimiter ':')
    command.delimiter = ':';
    EXPECT_EQ(copied("select 'a:b', timestamp '2020-01-01 10:00:00'", command, {"x", "y"}),
              "a\\:b:2020-01-01 10\\:00\\:00\n");
}

// copy (select 1 as "a	b", 2 as "x\y") to stdout (header)
TEST(copy_text, escapes_the_header) {
    EXPECT_EQ(copied("select 1, 2", {.format = postgres::copy_format::text, .header = true}, {"a\tb", "x\\y"}),
              "a\\tb\tx\\\\y\n1\t2\n");
}

TEST(copy_csv, quotes_as_postgresql_does) {
    EXPECT_EQ(copied(rows, csv_command(), names),
              "plain,1,1.5,\\x00ff,\"{a,\"\"b c\"\"}\"\n"
              ",,,,\n"
              "\"\",0,0.0,\\x,{}\n"
              "\"tab\tnl\ncr\rbs\\ bell\x07 vt\x0b ff\x0c b\x08\",-1,-0.1,\\x5c,\"{\"\"a\\\"\"b\"\"}\"\n"
              "\\.,2,2.0,,\n"
              "\"quote\"\"s, and 'these'\",3,3.0,,{NULL}\n"
              "\\N,4,4.0,,\n");
}

// (format csv, header, delimiter ';', quote '''', escape '\', null 'NULL', force_quote (a, c))
TEST(copy_csv, takes_all_options) {
    postgres::copy_command command = csv_command();
    command.header = true;
    command.delimiter = ';';
    command.quote = '\'';
    command.escape = '\\';
    command.null_text = "NULL";
    command.force_quote = {"A", "c"};
    EXPECT_EQ(copied(rows, command, names),
              "a;b;c;d;e\n"
              "'plain';1;'1.5';\\x00ff;{a,\"b c\"}\n"
              "NULL;NULL;NULL;NULL;NULL\n"
              "'';0;'0.0';\\x;{}\n"
              "'tab\tnl\ncr\rbs\\\\ bell\x07 vt\x0b ff\x0c b\x08';-1;'-0.1';\\x5c;{\"a\\\"b\"}\n"
              "'\\\\.';2;'2.0';NULL;NULL\n"
              "'quote\"s, and \\'these\\'';3;'3.0';NULL;{NULL}\n"
              "'\\\\N';4;'4.0';NULL;NULL\n");
}

TEST(copy_csv, quotes_all_but_null_with_force_quote_all) {
    postgres::copy_command command = csv_command();
    command.force_quote_all = true;
    EXPECT_TRUE(copied(rows, command, names)
                    .starts_with("\"plain\",\"1\",\"1.5\",\"\\x00ff\",\"{a,\"\"b c\"\"}\"\n,,,,\n\"\",\"0\",\"0.0\","));
}

TEST(copy_csv, quotes_numbers_that_look_like_null_or_hold_the_quote) {
    postgres::copy_command command = csv_command();
    command.null_text = "1";
    EXPECT_TRUE(copied(rows, command, names).starts_with("plain,\"1\",1.5,\\x00ff,"));
    command = csv_command();
    command.quote = '0';
    command.escape = '0';
    EXPECT_EQ(copied("select 2020, date '2020-01-01'", command, {"a", "b"}), "02002000,0200200-001-0010\n");
}

TEST(copy_csv, quotes_the_end_marker_only_in_a_single_column) {
    EXPECT_EQ(copied("select '\\.' union all select null", csv_command(), {"a"}), "\"\\.\"\n\n");
}

// copy (select 1 as "a,b", 2 as "x""y", 3 as z) to stdout (format csv, header)
TEST(copy_csv, quotes_the_header) {
    postgres::copy_command command = csv_command();
    command.header = true;
    EXPECT_EQ(copied("select 1, 2, 3", command, {"a,b", "x\"y", "z"}), "\"a,b\",\"x\"\"y\",z\n1,2,3\n");
}

// copy (values (1, 'a'::text), (null, '')) to stdout (format binary)
TEST(copy_binary, has_header_rows_and_trailer) {
    EXPECT_EQ(to_hex(copied("select * from (values (1, 'a'), (null, '')) t(a, b)",
                            {.format = postgres::copy_format::binary}, {"a", "b"})),
              "5047434f50590aff0d0a0000000000000000000002000000040000000100000001610002ffffffff00000000ffff");
}

TEST(copy_csv, keeps_scratch_bounded_for_long_values) {
    const std::string text =
        copied("select repeat('\"', 100000) || i from range(100) t(i) order by i", csv_command(), {"a"});
    EXPECT_EQ(text.size(), 100U * (200000 + 3) + 10 + 90 * 2);
}

}  // namespace
}  // namespace sluice::duckdb
