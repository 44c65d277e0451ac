// Framing, slices and limits; encode_values_test.cpp has the forms of values.
#include "engines/duckdb/encode/row_encoder.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "engines/duckdb/encode/encode_test_support.hpp"

namespace sluice::duckdb {
namespace {

// PostgreSQL 15 manual, 55.7: DataRow.
TEST(row_encoder, frames_data_rows) {
    const test_engine engine;
    test_result result = engine.execute("select 42, 'abc', null::integer, ''");
    row_encoder encoder = engine.encoder(result, backend::wire_format::text);
    base::byte_buffer out;
    ASSERT_EQ(encoder.encode(result.next(), 0, {}, out), 1U);
    EXPECT_EQ(to_hex(out.view()),
              "44"
              "0000001b"
              "0004"
              "000000023432"
              "00000003616263"
              "ffffffff"
              "00000000");
}

TEST(row_encoder, mixes_formats_by_column) {
    const test_engine engine;
    const test_result result = engine.execute("select 42, 42");
    const std::vector<backend::wire_format> formats{backend::wire_format::binary, backend::wire_format::text};
    row_encoder encoder({.types = result.types(), .formats = formats, .settings = {}, .zone = {}});
    base::byte_buffer out;
    test_result again = engine.execute("select 42, 42");
    ASSERT_EQ(encoder.encode(again.next(), 0, {}, out), 1U);
    EXPECT_EQ(split_fields(split_messages(out.view(), 'D')[0]), (test_row{std::string("\0\0\0\x2a", 4), "42"}));
}

TEST(row_encoder, keeps_the_order_of_rows_over_slices_and_chunks) {
    const test_engine engine;
    const auto rows = engine.rows(
        "select i, case when i % 3 = 0 then null else 'value ' || i end, i * 0.5::double "
        "from range(5000) t(i)");
    ASSERT_EQ(rows.size(), 5000U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        ASSERT_EQ(rows[i][0], std::to_string(i));
        ASSERT_EQ(rows[i][1], i % 3 == 0 ? std::nullopt : std::optional("value " + std::to_string(i)));
        ASSERT_EQ(rows[i][2], i % 2 == 0 ? std::to_string(i / 2) : std::to_string(i / 2) + ".5");
    }
}

TEST(row_encoder, stops_at_rows_max) {
    const test_engine engine;
    test_result result = engine.execute("select i from range(1000) t(i)");
    row_encoder encoder = engine.encoder(result, backend::wire_format::text);
    duckdb_data_chunk chunk = result.next();
    base::byte_buffer out;
    EXPECT_EQ(encoder.encode(chunk, 0, {.rows_max = 0}, out), 0U);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(encoder.encode(chunk, 0, {.rows_max = 7}, out), 7U);
    EXPECT_EQ(encoder.encode(chunk, 7, {.rows_max = 500, .bytes_max = 1 << 20}, out), 500U);
    EXPECT_EQ(encoder.encode(chunk, 507, {.bytes_max = 1 << 20}, out), 493U);
    EXPECT_EQ(encoder.encode(chunk, 1000, {}, out), 0U);
    const auto messages = split_messages(out.view(), 'D');
    ASSERT_EQ(messages.size(), 1000U);
    EXPECT_EQ(split_fields(messages[506])[0], "506");
    EXPECT_EQ(split_fields(messages[999])[0], "999");
}

TEST(row_encoder, stops_behind_the_row_that_passes_bytes_max) {
    const test_engine engine;
    test_result result = engine.execute("select i + 1000000 from range(2000) t(i)");  // rows of 7 + 4 + 7 bytes
    row_encoder encoder = engine.encoder(result, backend::wire_format::text);
    duckdb_data_chunk chunk = result.next();
    base::byte_buffer out;
    EXPECT_EQ(encoder.encode(chunk, 0, {.bytes_max = 1}, out), 1U);
    EXPECT_EQ(encoder.encode(chunk, 1, {.bytes_max = 180}, out), 10U);
    EXPECT_EQ(encoder.encode(chunk, 11, {.bytes_max = 181}, out), 11U);
    out.clear();
    EXPECT_EQ(encoder.encode(chunk, 22, {.bytes_max = 18'000}, out), 1000U);
    EXPECT_EQ(out.size(), 18U * 1000);
    EXPECT_EQ(split_fields(split_messages(out.view(), 'D')[0])[0], "1000022");
}

TEST(row_encoder, never_holds_more_than_its_limit_of_wide_rows) {
    const test_engine engine;
    for (const char* sql : {"select repeat('x', 50000), i from range(1000) t(i)",
                            "select repeat('x', 25000)::blob, i from range(1000) t(i)",
                            "select [repeat('x y', 16000)], i from range(1000) t(i)",
                            "select {'a': repeat('x', 50000)}, i from range(1000) t(i)"}) {
        test_result result = engine.execute(sql);
        row_encoder encoder = engine.encoder(result, backend::wire_format::text);
        std::size_t rows = 0;
        base::byte_buffer out;
        while (duckdb_data_chunk chunk = result.next()) {
            for (std::size_t done = 0; done < duckdb_data_chunk_get_size(chunk);) {
                out.clear();
                const auto more = encoder.encode(chunk, done, {.bytes_max = 65536}, out);
                ASSERT_TRUE(more);
                ASSERT_GE(*more, 1U);
                ASSERT_LE(*more, 2U);
                ASSERT_LE(out.size(), 65536U + 50100);
                ASSERT_LE(out.capacity(), 512U * 1024);
                ASSERT_LE(encoder.scratch_bytes(), 4U << 20);
                ASSERT_EQ(split_fields(split_messages(out.view(), 'D')[0])[1], std::to_string(rows));
                done += *more;
                rows += *more;
            }
        }
        EXPECT_EQ(rows, 1000U);
    }
}

TEST(row_encoder, shares_its_scratch_between_many_columns) {
    const test_engine engine;
    std::string sql = "select i";
    for (int column = 0; column < 200; ++column) {
        sql += ", ['" + std::string(3000, 'x') + " ']";
    }
    test_result result = engine.execute(sql + " from range(64) t(i)");
    row_encoder encoder = engine.encoder(result, backend::wire_format::text);
    duckdb_data_chunk chunk = result.next();
    base::byte_buffer out;
    std::size_t done = 0;
    while (done < duckdb_data_chunk_get_size(chunk)) {
        out.clear();
        const auto more = encoder.encode(chunk, done, {.bytes_max = 65536}, out);
        ASSERT_EQ(more, 1U);
        ASSERT_EQ(split_fields(split_messages(out.view(), 'D')[0])[0], std::to_string(done));
        ASSERT_LE(encoder.scratch_bytes(), 8U << 20);
        ++done;
    }
}

TEST(row_encoder, gives_the_scratch_of_giant_values_back) {
    const test_engine engine;
    test_result result = engine.execute("select repeat('x', 20000000)::blob");
    row_encoder encoder = engine.encoder(result, backend::wire_format::text);
    base::byte_buffer out;
    ASSERT_EQ(encoder.encode(result.next(), 0, {}, out), 1U);
    EXPECT_EQ(out.size(), 7U + 4 + 2 + 40000000);
    EXPECT_LE(encoder.scratch_bytes(), 4U << 20);
}

TEST(row_encoder, refuses_rows_that_no_message_can_carry) {
    const test_engine engine;
    for (const char* sql :
         {"select repeat('x', i::int) from range(2000) t(i)", "select repeat('x', i::int)::blob from range(1000) t(i)",
          "select [i for x in range(i)] from range(1000) t(i)",
          "select {'a': [i for x in range(i)]} from range(1000) t(i)",
          "select repeat('x', (i // 2)::int), repeat('x', (i // 2)::int) from range(2000) t(i)"}) {
        test_result result = engine.execute(sql);
        const backend::wire_format format = backend::wire_format::text;
        row_encoder encoder(
            {.types = result.types(), .formats = {&format, 1}, .settings = {}, .zone = {}, .message_bytes_max = 1000});
        duckdb_data_chunk chunk = result.next();
        base::byte_buffer out;
        std::size_t done = 0;
        sluice::result<std::size_t> more = 0;
        while ((more = encoder.encode(chunk, done, {.bytes_max = 2000}, out)) && *more != 0) {
            done += *more;
        }
        ASSERT_FALSE(more) << sql;
        EXPECT_EQ(more.error().code, sqlstates::program_limit_exceeded);
        EXPECT_EQ(split_messages(out.view(), 'D').size(), done);
    }
}

// Streams return constant, dictionary and sequence vectors flattened, down to the elements of lists and structures.
TEST(row_encoder, reads_every_kind_of_vector) {
    test_engine engine;
    engine.run(
        "create table names as select i, 'name ' || (i % 7) as name, [i, null] as list, {'a': i, 'b': [i]} as s, "
        "array_value(i, i + 1) as pair from range(4000) t(i)");
    const std::vector<test_row> rows = engine.rows(
        "select 7, 'constant', null::varchar, names.i, name, list, s, pair, [name, 'x'], {'n': null::int, 'c': 1}, [5, "
        "5], "
        "{'l': list, 'k': name} from names where i % 2 = 0 order by i");
    ASSERT_EQ(rows.size(), 2000U);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::string i = std::to_string(2 * row);
        const std::string name = "name " + std::to_string(2 * row % 7);
        ASSERT_EQ(rows[row],
                  (test_row{"7", "constant", std::nullopt, i, name, "{" + i + ",NULL}",
                            R"({"a":)" + i + R"(,"b":[)" + i + "]}", "{" + i + "," + std::to_string(2 * row + 1) + "}",
                            "{\"" + name + "\",x}", R"({"n":null,"c":1})", "{5,5}",
                            R"({"l":[)" + i + R"(,null],"k":")" + name + "\"}"}));
    }
    // A join reads names through a dictionary.
    const std::vector<test_row> joined =
        engine.rows("select n.name, n.list, n.s from range(3000) r(i) join names n on n.i = r.i % 10 order by r.i");
    ASSERT_EQ(joined.size(), 3000U);
    for (std::size_t row = 0; row < joined.size(); ++row) {
        const std::string i = std::to_string(row % 10);
        ASSERT_EQ(joined[row], (test_row{"name " + std::to_string(row % 10 % 7), "{" + i + ",NULL}",
                                         R"({"a":)" + i + R"(,"b":[)" + i + "]}"}));
    }
}

TEST(row_encoder, sends_nulls_of_composite_types_as_null) {
    test_engine engine;
    const std::vector<test_row> rows = engine.rows(
        "select case when i = 1 then [i] end, case when i = 1 then {'a': i} end, case when i = 1 then map([i], [i]) "
        "end, "
        "null::integer[], null::struct(a int), null::integer[2] from range(2) t(i) order by i");
    EXPECT_EQ(rows[0], test_row(6, std::nullopt));
    EXPECT_EQ(rows[1], (test_row{"{1}", R"({"a":1})", R"({"1":1})", std::nullopt, std::nullopt, std::nullopt}));
    engine.run("create table pairs(i int, pair int[2], nested struct(a int[2])[])");
    engine.run(
        "insert into pairs values (1, [1, null], [{'a': [1, 2]}, null, {'a': null}]), (2, null, null), (3, [5, 6], "
        "[])");
    EXPECT_EQ(
        engine.rows("select pair, nested from pairs order by i"),
        (std::vector<test_row>{
            {"{1,NULL}", R"({"{\"a\":[1,2]}",NULL,"{\"a\":null}"})"}, {std::nullopt, std::nullopt}, {"{5,6}", "{}"}}));
}

TEST(row_encoder, prints_ragged_lists_and_refuses_them_in_binary) {
    const test_engine engine;
    for (const auto& [sql, text] :
         {std::pair{"select [[1, 2], [3]]", "{{1,2},{3}}"}, std::pair{"select [[1], null]", "{{1},NULL}"},
          std::pair{"select [[1], []]", "{{1},{}}"}, std::pair{"select [[[[[[[1]]]]]]]", "{{{{{{{1}}}}}}}"}}) {
        EXPECT_EQ(engine.text(sql), text);
        EXPECT_EQ(engine.failure(sql, backend::wire_format::binary), "2202E") << sql;
    }
    EXPECT_EQ(engine.text("select [[], []]::integer[][]"), "{{},{}}");
    EXPECT_EQ(engine.binary("select [[], []]::integer[][]"), "000000000000000000000017");
    EXPECT_EQ(engine.binary("select [[[[[[1]]]]]]").substr(0, 8), "00000006");
}

TEST(row_encoder, refuses_times_that_binary_cannot_express) {
    const test_engine engine;
    // DuckDB's least date and timestamp; PostgreSQL counts from 30 years later.
    EXPECT_EQ(engine.text("select date '5877642-06-25 (BC)'"), "5877642-06-25 BC");
    EXPECT_EQ(engine.failure("select date '5877642-06-25 (BC)'", backend::wire_format::binary), "22008");
    EXPECT_EQ(engine.text("select timestamp '290309-12-22 (BC) 00:00:00'"), "290309-12-22 00:00:00 BC");
    EXPECT_EQ(engine.failure("select timestamp '290309-12-22 (BC) 00:00:00'", backend::wire_format::binary), "22008");
    EXPECT_EQ(engine.failure("select [timestamptz '290309-12-22 (BC) 00:00:00+00']", backend::wire_format::binary),
              "22008");
    EXPECT_EQ(engine.text("select date '5881580-07-10'"), "5881580-07-10");
    EXPECT_EQ(engine.binary("select date '5881580-07-10'"), "7fffd531");  // 2147483646 - 10957 days
}

// set bytea_output, intervalstyle, extra_float_digits; select ...
TEST(row_encoder, follows_the_session_settings) {
    test_engine engine;
    engine.settings.bytea_output_escape = true;
    EXPECT_EQ(engine.text("select '\\x00\\x5CA'::blob"), "\\000\\\\A");
    EXPECT_EQ(engine.binary("select '\\x00\\x5CA'::blob"), "005c41");
    engine.settings.intervals = backend::value_settings::interval_style::iso_8601;
    EXPECT_EQ(engine.text("select interval '1 day 2 hours'"), "P1DT2H");
    engine.settings.intervals = backend::value_settings::interval_style::sql_standard;
    EXPECT_EQ(engine.text("select interval '1 day 2 hours'"), "1 2:00:00");
    engine.settings.intervals = backend::value_settings::interval_style::postgres_verbose;
    EXPECT_EQ(engine.text("select [interval '1 day 2 hours']"), "{\"@ 1 day 2 hours\"}");
    engine.settings.extra_float_digits = 0;
    EXPECT_EQ(engine.text("select 1::double / 3"), "0.333333333333333");
    EXPECT_EQ(engine.text("select (1::double / 3)::float"), "0.333333");
    engine.settings.extra_float_digits = -15;
    EXPECT_EQ(engine.text("select 123.456::double"), "1e+02");
    EXPECT_EQ(engine.text("select 123.456::float"), "1e+02");
}

// select 'POINT(1 2)'::geometry: well-known binary, little-endian, point, two doubles.
TEST(row_encoder, sends_geometry_as_well_known_binary) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select 'POINT(1 2)'::geometry"), "\\x0101000000000000000000f03f0000000000000040");
    EXPECT_EQ(engine.binary("select 'POINT(1 2)'::geometry"), "0101000000000000000000f03f0000000000000040");
}

TEST(row_encoder, refuses_types_that_the_engine_does_not_show) {
    const test_engine engine;
    const std::string state = "select sum(i) export_state as s from range(3) t(i)";
    EXPECT_EQ(engine.failure(state, backend::wire_format::text), "0A000");
    EXPECT_EQ(engine.failure(state, backend::wire_format::binary), "0A000");
    EXPECT_EQ(engine.failure("select {'a': [s]} from (" + state + ")", backend::wire_format::text), "0A000");
    EXPECT_EQ(engine.text("select [null, null]"), "{NULL,NULL}");
}

TEST(row_encoder, prints_long_bignums) {
    const test_engine engine;
    EXPECT_EQ(engine.text("select ('-' || repeat('9', 3001))::bignum"), "-" + std::string(3001, '9'));
    EXPECT_EQ(engine.text("select ('1' || repeat('0', 3000))::bignum"), "1" + std::string(3000, '0'));
    // copy (select ('1' || repeat('0', 3000))::numeric) to stdout (format binary)
    EXPECT_EQ(engine.binary("select ('1' || repeat('0', 3000))::bignum"), "000102ee000000000001");
}

TEST(row_encoder, bounds_the_conversion_of_giant_bignums) {
    encode_context context;
    base::byte_buffer out;
    const std::string largest = "\x80\xd4\xa0" + std::string(54432, '\xff');  // 2^435456 - 1
    append_bignum_text(largest, context, out);
    EXPECT_FALSE(context.error);
    EXPECT_EQ(out.size(), 131086U);  // floor(435456 * log10(2)) + 1
    append_bignum_text(largest + '\xff', context, out);
    ASSERT_TRUE(context.error);
    EXPECT_EQ(context.error->code, sqlstates::numeric_value_out_of_range);
    EXPECT_EQ(out.size(), 131086U);
}

}  // namespace
}  // namespace sluice::duckdb
