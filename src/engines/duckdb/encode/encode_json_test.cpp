// Composite values as json. Expected: PostgreSQL 15.20's to_json() with the same members; maps, unions and variants are
// compared with DuckDB 1.5.5's own cast to json.
#include <gtest/gtest.h>
#include <string>

#include "engines/duckdb/encode/encode_test_support.hpp"

namespace sluice::duckdb {
namespace {

// select to_json(array['a"b\c', e'\n\t\b\f\r\x01', 'ü/', e'\x7f'])
TEST(json_text, escapes_strings_as_to_json_does) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select {'a': ['a\"b\\c', e'\\n\\t\\b\\f\\r' || chr(1), 'ü/', chr(127)]}"),
              "{\"a\":[\"a\\\"b\\\\c\",\"\\n\\t\\b\\f\\r\\u0001\",\"ü/\",\"\x7f\"]}");
}

// select to_json(x) from (select 1::int2 a, 1.50::numeric b, ...) x
TEST(json_text, of_each_type_is_that_of_to_json) {
    const test_engine engine;
    EXPECT_EQ(
        engine.text("select {'a': 1::tinyint, 'b': 1.50::decimal(4,2), 'c': true, 'd': null, 'e': 'nan'::double, "
                    "'f': 0.1::double, 'g': 1e20::double, 'h': date '2020-01-01', "
                    "'i': timestamp '2020-01-01 10:00:00.5', 'j': time '10:00:00', "
                    "'k': interval '1 day 2 hours', 'l': '12345678-9abc-def0-8123-456789abcdef'::uuid, "
                    "'m': '\\xAA'::blob, 'n': '101'::bit, 'o': [1, null], 'p': timestamp 'infinity', "
                    "'q': timestamp '0044-03-15 (BC) 10:00:00', 'r': date 'infinity', 's': '-infinity'::double, "
                    "'t': '{\"z\": 1}'::json, 'u': []::int[]}"),
        R"({"a":1,"b":1.50,"c":true,"d":null,"e":"NaN","f":0.1,"g":1e+20,"h":"2020-01-01","i":"2020-01-01T10:00:00.5",)"
        R"("j":"10:00:00","k":"1 day 02:00:00","l":"12345678-9abc-def0-8123-456789abcdef","m":"\\xaa","n":"101",)"
        R"("o":[1,null],"p":"infinity","q":"0044-03-15T10:00:00 BC","r":"infinity","s":"-Infinity","t":{"z": 1},"u":[]})");
}

// set timezone = ...; select to_json(timestamptz '2020-01-01 10:00:00+00'), ...
TEST(json_text, gives_timestamps_the_session_offset_with_minutes) {
    test_engine engine;
    const std::string sql = "select {'t': timestamptz '2020-07-01 10:00:00.25+00'}";
    EXPECT_EQ(engine.text(sql), R"({"t":"2020-07-01T10:00:00.25+00:00"})");
    EXPECT_EQ(engine.text("select {'t': timestamptz '0044-03-15 (BC) 10:00:00+00'}"),
              R"({"t":"0044-03-15T10:00:00+00:00 BC"})");
    engine.zone = "Asia/Kolkata";
    EXPECT_EQ(engine.text(sql), R"({"t":"2020-07-01T15:30:00.25+05:30"})");
    engine.zone = "Europe/Berlin";
    EXPECT_EQ(engine.text(sql), R"({"t":"2020-07-01T12:00:00.25+02:00"})");
    EXPECT_EQ(engine.text("select {'t': timestamptz '1850-01-01 10:00:00+00'}"),
              R"({"t":"1850-01-01T10:53:28+00:53:28"})");
}

TEST(json_text, keeps_large_numbers_whole) {
    const test_engine engine;
    EXPECT_EQ(
        engine.text("select {'a': '-170141183460469231731687303715884105728'::hugeint, "
                    "'b': 18446744073709551615::ubigint, 'c': '-1234567890123456789012345678901234567890'::bignum}"),
        R"({"a":-170141183460469231731687303715884105728,"b":18446744073709551615,)"
        R"("c":-1234567890123456789012345678901234567890})");
}

TEST(json_text, names_members_that_have_no_name_as_postgresql_does) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select row(1, 'a')"), R"({"f1":1,"f2":"a"})");  // select to_json(row(1, 'a'))
}

TEST(json_text, of_maps_has_text_keys) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select map([1, 2], ['a', null])"), R"({"1":"a","2":null})");
    EXPECT_EQ(engine.text("select map(['a\"b'], [[1]])"), R"({"a\"b":[1]})");
    EXPECT_EQ(engine.text("select map([date '2020-01-01'], [1.5])"), R"({"2020-01-01":1.5})");
    EXPECT_EQ(engine.text("select map([], [])"), "{}");
    EXPECT_EQ(engine.text("select map([{'x': 1}], [2])"), R"({"{\"x\":1}":2})");
    EXPECT_EQ(engine.text("select null::map(int, int)"), "NULL");
}

TEST(json_text, of_unions_is_the_member_that_is_set) {
    const test_engine engine;
    const std::string sql =
        "select u from (values (1, 'x'::union(num int, str varchar)), (2, 5::union(num int, str "
        "varchar)), (3, null), (4, union_value(num := null::int)::union(num int, str varchar))) "
        "t(i, u) order by i";
    const std::vector<test_row> rows = engine.rows(sql);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0][0], R"({"str":"x"})");
    EXPECT_EQ(rows[1][0], R"({"num":5})");
    EXPECT_EQ(rows[2][0], std::nullopt);
    EXPECT_EQ(rows[3][0], R"({"num":null})");
}

TEST(json_text, inside_arrays_is_quoted) {
    const test_engine engine;
    // select array['{"a":1}'::json, null]
    EXPECT_EQ(engine.text("select [{'a': 1}, null]"), R"({"{\"a\":1}",NULL})");
    EXPECT_EQ(engine.binary("select [{'a': 1}]"), "0000000100000000000000720000000100000001000000077b2261223a317d");
}

TEST(json_text, is_the_binary_format_too) {
    const test_engine engine;
    EXPECT_EQ(engine.binary("select {'a': 1}"), to_hex(R"({"a":1})"));
}

TEST(variant_text, is_what_the_cast_to_json_gives) {
    test_engine const engine;
    for (const std::string value : {"true",
                                    "false",
                                    "1::tinyint",
                                    "-300::smallint",
                                    "70000::integer",
                                    "5000000000::bigint",
                                    "170141183460469231731687303715884105727::hugeint",
                                    "255::utinyint",
                                    "65535::usmallint",
                                    "4294967295::uinteger",
                                    "18446744073709551615::ubigint",
                                    "340282366920938463463374607431768211455::uhugeint",
                                    "0.5::float",
                                    "0.1::double",
                                    "1.5::decimal(4,2)",
                                    "-123456.789::decimal(9,3)",
                                    "12345678.901::decimal(18,3)",
                                    "12345678901234567890.123::decimal(38,3)",
                                    "'text \"quoted\"'",
                                    "'x'",
                                    "repeat('long ', 100)",
                                    "'12345678-9abc-def0-8123-456789abcdef'::uuid",
                                    "date '2020-01-01'",
                                    "time '10:00:00.5'",
                                    "'10101'::bit",
                                    "'-123456789012345678901234567890123456789012'::bignum",
                                    "[1, 2, null]",
                                    "[]::integer[]",
                                    "{'a': 1, 'b': 'x'}",
                                    "{'a': {'b': [{'c': [[1.5]]}]}, 'd': null}",
                                    "map(['k'], [1])",
                                    "interval '3 days'"}) {
        SCOPED_TRACE(value);
        const std::string variant = "(" + value + ")::variant";
        EXPECT_EQ(engine.text("select " + variant), engine.text("select " + variant + "::json"));
    }
}

TEST(variant_text, of_null_is_null) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select null::integer::variant"), "NULL");
    EXPECT_EQ(engine.text("select {'v': null::integer::variant}"), R"({"v":null})");
}

TEST(variant_text, formats_times_and_bytes_as_json_does_elsewhere) {
    const test_engine engine;
    for (const std::string value : {"timestamp '2020-01-01 10:00:00.5'", "timestamptz '2020-01-01 10:00:00+00'",
                                    "'2020-01-01 10:00:00'::timestamp_s", "'2020-01-01 10:00:00.123'::timestamp_ms",
                                    "'2020-01-01 10:00:00.123456'::timestamp_ns", "'10:00:00+02'::timetz",
                                    "'10:00:00.123456'::time_ns", "'\\xAA\\x00'::blob"}) {
        SCOPED_TRACE(value);
        EXPECT_EQ(engine.text("select {'v': (" + value + ")::variant}"), engine.text("select {'v': " + value + "}"));
    }
}

TEST(variant_text, survives_storage) {
    test_engine engine;
    engine.run("create table t(i int, v variant)");
    engine.run(
        "insert into t select i, case when i % 3 = 0 then i::variant when i % 3 = 1 then {'k': i, 's': 'v' || i}"
        "::variant end from range(5000) r(i)");
    engine.run("checkpoint");
    const std::vector<test_row> rows = engine.rows("select v from t order by i");
    ASSERT_EQ(rows.size(), 5000U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string number = std::to_string(i);
        const std::optional<std::string> expected =
            i % 3 == 0   ? std::optional(number)
            : i % 3 == 1 ? std::optional(R"({"k":)" + number + R"(,"s":"v)" + number + "\"}")
                         : std::nullopt;
        ASSERT_EQ(rows[i][0], expected) << i;
    }
}

}  // namespace
}  // namespace sluice::duckdb
