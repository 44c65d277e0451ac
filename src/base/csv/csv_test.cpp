#include "base/csv/csv.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "base/csv/csv_bytes.hpp"

namespace sluice::base {
namespace {

using records = std::vector<std::vector<std::string>>;

struct outcome {
    records rows;
    std::vector<std::size_t> lines;
    std::string error;  // "message | hint", or empty

    bool operator==(const outcome&) const = default;
};

outcome read(std::string_view text, csv_reader_params params, std::size_t piece = std::string_view::npos) {
    outcome out;
    csv_reader reader(std::move(params), [&](const csv_record& row) -> result<> {
        out.rows.emplace_back(row.fields.begin(), row.fields.end());
        out.lines.push_back(row.line);
        return {};
    });
    result<> done;
    while (done && !text.empty()) {
        done = reader.feed(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
    }
    if (done) {
        done = reader.finish();
    }
    if (!done) {
        EXPECT_EQ(done.error().code, sqlstates::bad_copy_file_format);
        out.error = done.error().message + (done.error().hint.empty() ? "" : " | " + done.error().hint);
    }
    return out;
}

const std::vector<csv_column> abc = {{.name = "a"}, {.name = "b"}, {.name = "c", .is_required = false}};

outcome read_abc(std::string_view text) {
    auto whole = read(text, {.columns = abc});
    for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
        EXPECT_EQ(read(text, {.columns = abc}, piece), whole) << "in pieces of " << piece;
    }
    return whole;
}

records rows_of(std::string_view text) {
    auto out = read_abc(text);
    EXPECT_EQ(out.error, "");
    return out.rows;
}

std::string error_of(std::string_view text) {
    auto out = read_abc(text);
    EXPECT_NE(out.error, "");
    return out.error;
}

// The examples of RFC 4180, chapter 2.
TEST(csv_reader, reads_what_the_rfc_shows) {
    const records two = {{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}};
    EXPECT_EQ(rows_of("a,b,c\r\naaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), two);
    EXPECT_EQ(rows_of("a,b,c\r\naaa,bbb,ccc\r\nzzz,yyy,xxx"), two);
    EXPECT_EQ(rows_of("a,b,c\r\n\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx"), two);
    EXPECT_EQ(rows_of("a,b,c\r\n\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"),
              (records{{"aaa", "b\r\nbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
    EXPECT_EQ(rows_of("a,b,c\r\n\"aaa\",\"b\"\"bb\",\"ccc\""), (records{{"aaa", "b\"bb", "ccc"}}));
    EXPECT_EQ(rows_of("a,b,c\r\n aaa ,  ,\" ccc\"\r\n"), (records{{" aaa ", "  ", " ccc"}}));
}

TEST(csv_reader, takes_columns_with_the_open_prefix) {
    std::vector<std::string> seen;
    csv_reader reader({.columns = {{.name = "a"}}, .open_prefix = "p:"}, [&](const csv_record& row) -> result<> {
        for (std::size_t at = 0; at < row.fields.size(); ++at) {
            seen.push_back(std::string(row.columns[at].name) + "=" + std::string(row[at]));
        }
        return {};
    });
    ASSERT_TRUE(reader.feed("P:x, p:y ,a\n1,2,3\n").has_value());
    ASSERT_TRUE(reader.finish().has_value());
    EXPECT_EQ(seen, (std::vector<std::string>{"a=3", "P:x=1", "p:y=2"}));
    EXPECT_TRUE(read("a,p:x,p:X\n", {.columns = {{.name = "a"}}, .open_prefix = "p:"}).error.contains("two columns"));
    EXPECT_TRUE(read("a,p:\n", {.columns = {{.name = "a"}}, .open_prefix = "p:"}).error.contains("no column \"p:\""));
}

TEST(csv_reader, takes_every_separator_mark_and_line_break) {
    const records one = {{"1,5", "2;5", "3\t5"}};
    EXPECT_EQ(rows_of("a,b,c\n\"1,5\",2;5,3\t5\n"), one);
    EXPECT_EQ(rows_of("a;b;c\n1,5;\"2;5\";3\t5\n"), one);
    EXPECT_EQ(rows_of("a\tb\tc\n1,5\t2;5\t\"3\t5\"\n"), one);
    EXPECT_EQ(rows_of("\xef\xbb\xbfsep=;\r\na;b;c\r\n1,5;\"2;5\";3\t5\r\n"), one);
    EXPECT_EQ(rows_of("sep=;\na;b;c\n1,5;\"2;5\";3\t5\n"), one);
    EXPECT_EQ(rows_of("\xef\xbb\xbf"
                      "a,b,c\r\n\"1,5\",2;5,3\t5\r\n"),
              one);
    EXPECT_EQ(rows_of("a,b,c\r\"1,5\",2;5,3\t5\r"), one);
    EXPECT_EQ(separator_of("\"a,,,\";b"), ';') << "quotes hide separators";
    EXPECT_EQ(separator_of("a"), ',');
}

TEST(csv_reader, finds_columns_by_name) {
    EXPECT_EQ(rows_of("C, B ,\"A\"\n3,2,1\n"), (records{{"1", "2", "3"}}));
    EXPECT_EQ(rows_of("b,a\n2,1\n"), (records{{"1", "2", ""}}));
    EXPECT_EQ(rows_of("a,b\n"), records{});
    std::vector<bool> has;
    csv_reader reader({.columns = abc}, [&](const csv_record& row) -> result<> {
        has = {row.has(0), row.has(1), row.has(2)};
        return {};
    });
    ASSERT_TRUE(reader.feed("b,a\n,\n") && reader.finish());
    EXPECT_EQ(has, (std::vector<bool>{true, true, false}));
}

TEST(csv_reader, numbers_records_by_their_first_line) {
    const auto out = read_abc("\r\na,b\r\n\r\n1,\"x\r\ny\rz\nw\"\r\n\n\n2,3\n4,5");
    EXPECT_EQ(out.error, "");
    EXPECT_EQ(out.lines, (std::vector<std::size_t>{4, 10, 11}));
    EXPECT_EQ(out.rows[0][1], "x\r\ny\rz\nw");
}

TEST(csv_reader, names_the_line_of_what_is_wrong) {
    EXPECT_EQ(error_of("a,b\n1,2\n3,\"4\n5,6\n"), "line 3: a field in quotes has no closing quote");
    EXPECT_EQ(error_of("a,b\n1,2,3\n"), "line 2: more than 2 fields");
    EXPECT_EQ(error_of("a,b\n\n\"x\ny\"\n"), "line 3: 1 field, but the header has 2");
    EXPECT_EQ(error_of("a,b\n1,2\"\n"),
              "line 2: a quote inside a field that does not begin with one | put the field in quotes, and write each "
              "quote in it twice");
    EXPECT_EQ(error_of("a,b\n1,\"2\" \n"),
              "line 2: text after the closing quote of a field | put the field in quotes, and write each quote in it "
              "twice");
    EXPECT_EQ(error_of("a,b\r\n1,2\r\n3,x\xe9\r\n"), "line 3, byte 4: not UTF-8 | save the file as \"CSV UTF-8\"");
    EXPECT_EQ(error_of("a,b\n1,\xe4\xb8"), "line 2, byte 3: not UTF-8 | save the file as \"CSV UTF-8\"");
    EXPECT_EQ(error_of("a,b\n1,\xe4\xb8z\n"), "line 2, byte 3: not UTF-8 | save the file as \"CSV UTF-8\"");
    EXPECT_EQ(error_of(std::string_view("a,b\n1,\0\n", 8)),
              "line 2, byte 3: a zero byte, which no text has | save the file as \"CSV UTF-8\"");
}

TEST(csv_reader, names_what_is_wrong_with_the_header) {
    EXPECT_EQ(error_of("a,A,b\n"), "line 1: two columns are named \"a\"");
    EXPECT_EQ(error_of("sep=,\na\n"), "line 2: the column \"b\" is missing");
    EXPECT_EQ(error_of("a,x\n"), "line 1: there is no column \"x\" | the columns are a, b, c");
    EXPECT_EQ(error_of("a, ,b\n"), "line 1: column 2 has no name");
    EXPECT_EQ(error_of("sep=x\na,b\n"), "line 1: the separator must be a comma, a semicolon or a tab");
}

TEST(csv_reader, refuses_what_is_no_such_file) {
    EXPECT_EQ(read("", {.columns = abc}).error, "the file is empty");
    EXPECT_EQ(read("", {.columns = abc, .source = "x.csv"}).error, "x.csv: the file is empty");
    EXPECT_EQ(error_of("\n\r\n"), "the file is empty");
    EXPECT_EQ(error_of("\xef\xbb\xbf"), "the file is empty");
    const std::string advice = "the file is UTF-16, not UTF-8 | save the file as \"CSV UTF-8\"";
    EXPECT_EQ(error_of(std::string_view("\xff\xfe"
                                        "a\0,\0",
                                        6)),
              advice);
    EXPECT_EQ(error_of(std::string_view("\xfe\xff\0a\0,", 6)), advice);
    EXPECT_EQ(error_of(std::string_view("a\0,\0b\0", 6)), advice);
    EXPECT_EQ(read("a\n", {.columns = abc, .source = "x.csv"}).error, "x.csv, line 1: the column \"b\" is missing");
}

TEST(csv_reader, tells_what_is_wrong_first) {
    EXPECT_EQ(error_of("a,b\n1\"\x9c"), error_of("a,b\n1\"2"));
    EXPECT_EQ(error_of("a,b\n1,2,3\"\n"),
              "line 2: a quote inside a field that does not begin with one | put the field in "
              "quotes, and write each quote in it twice");
    EXPECT_EQ(error_of("a,b\n1,2,3,4\"\n"), "line 2: more than 2 fields");
}

TEST(csv_reader, is_bounded) {
    const csv_reader_params params{.columns = abc, .lines_max = 3, .field_bytes_max = 10};
    EXPECT_EQ(read("a,b\r\n1,2\r\n3,0123456789\r\n", params).error, "");
    EXPECT_EQ(read("a,b\r\n1,\"0123456789\"\r\n", params, 1).error, "");
    EXPECT_EQ(read("a,b\n1,2\n3,4\n5,6", params).error, "more than 3 lines");
    EXPECT_EQ(read("a,b\n1,\"2\n3456789012", params).error,
              "line 2: a field of more than 10 bytes | perhaps its closing quote is missing");
    EXPECT_EQ(read("a,b\n1,01234567890\n", params).error,
              "line 2: a field of more than 10 bytes | perhaps its closing quote is missing");
    EXPECT_EQ(read("a,b,b,b,b,b,b,b,b", params).error, "line 1: the header is longer than 10 bytes");
}

TEST(csv_reader, passes_on_the_callers_error_and_reads_no_further) {
    int calls = 0;
    csv_reader reader({.columns = abc}, [&](const csv_record& row) -> result<> {
        ++calls;
        return fail(sqlstates::duplicate_object, std::string(row[0]) + " is there");
    });
    const auto first = reader.feed("a,b\n1,2\n3,4\n");
    const auto second = reader.finish();
    ASSERT_TRUE(!first && !second);
    EXPECT_EQ(first.error().message, "1 is there");
    EXPECT_EQ(second.error().code, sqlstates::duplicate_object);
    EXPECT_EQ(calls, 1);
}

TEST(csv_writer, writes_rfc_4180) {
    const csv_writer writer;
    EXPECT_EQ(writer.begin(), "");
    EXPECT_EQ(writer.record(records::value_type{"aaa", "b\"bb", "c,c", "d\r\nd", "", " e "}),
              "aaa,\"b\"\"bb\",\"c,c\",\"d\r\nd\",, e \r\n");
    EXPECT_EQ(writer.record(records::value_type{""}), "\"\"\r\n");
    EXPECT_EQ(writer.record(records::value_type{"=1+1", "-x"}), "=1+1,-x\r\n");
}

TEST(csv_writer, keeps_spreadsheets_from_computing_text) {
    const csv_writer writer({.separator = ';', .excel = true});
    EXPECT_EQ(writer.begin(), "\xef\xbb\xbf");
    EXPECT_EQ(writer.record(records::value_type{"=1+1", "+a", "-b", "@c", "\td", "'=e", "'f", "-12.5", "+1e-3"}),
              "'=1+1;'+a;'-b;'@c;\"'\td\";''=e;'f;-12.5;+1e-3\r\n");
    EXPECT_TRUE(is_number("-5") && is_number("+1,5") && is_number("3.25E+7"));
    EXPECT_FALSE(is_number("-") || is_number("-5-5") || is_number("1.") || is_number("") || is_number("-1e"));
}

std::string random_text(std::mt19937& random) {
    static const std::vector<std::string> pieces = {"a",
                                                    "Z",
                                                    "0",
                                                    "-",
                                                    "=",
                                                    "+",
                                                    "@",
                                                    "'",
                                                    "\"",
                                                    ",",
                                                    ";",
                                                    "\t",
                                                    "\r",
                                                    "\n",
                                                    " ",
                                                    "é",
                                                    "\xe4\xb8\xad",
                                                    "😀",
                                                    "sep=",
                                                    "\xef\xbb\xbf"};
    std::string out;
    for (auto left = random() % 6; left != 0; --left) {
        out += pieces[random() % pieces.size()];
    }
    return out;
}

TEST(csv, what_is_written_is_read_back) {
    std::mt19937 random(20);
    for (int round = 0; round < 2000; ++round) {
        const csv_writer writer({.separator = ",;\t"[round % 3], .excel = round % 2 == 0});
        const std::size_t columns = 1 + random() % 3;
        const csv_reader_params params{.columns = {abc.begin(), abc.begin() + static_cast<std::ptrdiff_t>(columns)}};
        std::vector<std::string> header;
        for (const auto& each : params.columns) {
            header.emplace_back(each.name);
        }
        std::string text(writer.begin());
        text += writer.record(header);
        records written;
        for (auto left = random() % 5; left != 0; --left) {
            auto& row = written.emplace_back();
            std::ranges::generate_n(std::back_inserter(row), static_cast<std::ptrdiff_t>(columns),
                                    [&] { return random_text(random); });
            text += writer.record(row);
        }
        const auto got = read(text, params, 1 + random() % 40);
        ASSERT_EQ(got.error, "") << text;
        ASSERT_EQ(got.rows, written) << text;
    }
}

}  // namespace
}  // namespace sluice::base
