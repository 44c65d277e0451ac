#include "engines/duckdb/copy/copy_reader.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "postgres/parse/test_bytes.hpp"

// Expected errors: PostgreSQL 15's COPY. Expected values: the engine's output for literals of the same meaning.
namespace sluice::duckdb {
namespace {

using postgres::test_bytes::be;
using postgres::test_bytes::be16;
using postgres::test_bytes::be32;
using postgres::test_bytes::value;

class copy_reader_test : public testing::Test {
  protected:
    void SetUp() override { open(); }

    void open() {
        connection_.reset();
        ASSERT_EQ(duckdb_open(nullptr, database_.out()), DuckDBSuccess);
        ASSERT_EQ(duckdb_connect(database_.get(), connection_.out()), DuckDBSuccess);
        ASSERT_TRUE(sources_.install(connection_.get()));
        run("SET errors_as_json = true");  // as on the product's connections
        run("SET TimeZone = 'UTC'");
        command_ = {.direction = postgres::copy_direction::from_stdin, .table = {"t"}};
    }

    void run(const std::string& sql) {
        owned_result result;
        ASSERT_EQ(duckdb_query(connection_.get(), sql.c_str(), result.out()), DuckDBSuccess)
            << sql << ": " << duckdb_result_error(result.get());
    }
    // Rows as lines, fields by '|'.
    std::string query(const std::string& sql) {
        owned_result result;
        if (duckdb_query(connection_.get(), sql.c_str(), result.out()) != DuckDBSuccess) {
            return duckdb_result_error(result.get());
        }
        std::string text;
        for (idx_t row = 0; row < duckdb_row_count(result.get()); ++row) {
            for (idx_t column = 0; column < duckdb_column_count(result.get()); ++column) {
                char* const field = duckdb_value_varchar(result.get(), column, row);
                text += (column == 0 ? "" : "|") + (field == nullptr ? "NULL" : take_text(field));
            }
            text += "\n";
        }
        return text;
    }

    result<std::unique_ptr<copy_reader>> open_reader() {
        std::string columns;
        for (const std::string& column : command_.columns) {
            columns += (columns.empty() ? "" : ", ") + column;
        }
        owned_statement statement;
        EXPECT_EQ(duckdb_prepare(connection_.get(), ("SELECT " + (columns.empty() ? "*" : columns) + " FROM t").c_str(),
                                 statement.out()),
                  DuckDBSuccess);
        copy_reader_params params{.connection = connection_.get(),
                                  .sources = sources_,
                                  .threads = threads_,
                                  .table = "t",
                                  .columns = {},
                                  .command = command_,
                                  .zone = zone_,
                                  .batch_bytes_max = batch_bytes_max_};
        std::vector<owned_type> types;
        for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement.get()); ++i) {
            types.emplace_back(duckdb_prepared_statement_column_logical_type(statement.get(), i));
            const char* const name = duckdb_prepared_statement_column_name(statement.get(), i);
            params.columns.push_back({.name = name, .type = types.back().get()});
            duckdb_free(const_cast<char*>(name));
        }
        return copy_reader::open(params);
    }

    // "N rows", or SQLSTATE, message and context.
    std::string copy(std::string_view data, std::size_t message_bytes = 1000) {
        run("BEGIN");
        std::string outcome;
        {
            auto reader = open_reader();
            result<std::uint64_t> rows = reader ? result<std::uint64_t>(0) : fail(reader.error());
            while (rows && !data.empty()) {
                const std::string message(data.substr(0, message_bytes));
                data.remove_prefix(message.size());
                if (auto written = (*reader)->write(message); !written) {
                    rows = fail(written.error());
                }
            }
            if (rows) {
                rows = (*reader)->finish();
            }
            outcome = rows ? std::to_string(*rows) + " rows"
                           : std::string(rows.error().code.view()) + " " + rows.error().message + " | " +
                                 rows.error().context;
        }
        run(outcome.ends_with(" rows") ? "COMMIT" : "ROLLBACK");
        return outcome;
    }

    void use_csv() {
        command_.format = postgres::copy_format::csv;
        command_.delimiter = ',';
        command_.null_text = "";
    }
    void use_binary() { command_.format = postgres::copy_format::binary; }

    copy_sources sources_;
    engine_threads threads_{nullptr, 0};
    owned_database database_;
    owned_connection connection_;
    postgres::copy_command command_;
    time_zone zone_;
    std::size_t batch_bytes_max_ = std::size_t{16} << 20U;
};

TEST_F(copy_reader_test, every_scalar_type_in_text) {
    run("CREATE TYPE mood AS ENUM ('sad', 'happy')");
    run("CREATE TABLE t(a BOOLEAN, b TINYINT, c SMALLINT, d INTEGER, e BIGINT, f HUGEINT, g UTINYINT, h USMALLINT, "
        "i UINTEGER, j UBIGINT, k UHUGEINT, l FLOAT, m DOUBLE, n DECIMAL(4,1), o DECIMAL(9,2), p DECIMAL(18,3), "
        "q DECIMAL(38,10), r VARCHAR, s BLOB, u DATE, v TIME, w TIMETZ, x TIMESTAMP, y TIMESTAMP_S, z TIMESTAMP_MS, "
        "aa TIMESTAMP_NS, ab TIMESTAMPTZ, ac INTERVAL, ad UUID, ae BIT, af mood, ag JSON, ah BIGNUM, ai TIME_NS)");
    const std::string row =
        "t\t-128\t-32768\t-2147483648\t-9223372036854775808\t-170141183460469231731687303715884105728\t255\t65535\t"
        "4294967295\t18446744073709551615\t340282366920938463463374607431768211455\t1.5\t-2.25e10\t123.45\t-7.5\t"
        "123456789012345.678\t1234567890123456789012345678.0123456789\tlonger than twelve bytes\t\\\\xdeadbeef\t"
        "2024-02-29\t12:34:56.789\t04:05:06+02\t2024-02-29 12:34:56.789\t2024-02-29 12:34:56\t2024-02-29 12:34:56.789\t"
        "2024-02-29 12:34:56.123456789\t2024-02-29 12:34:56+01\t1 mon 2 days 03:04:05\t"
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\t10110\thappy\t{\"k\": [1]}\t123456789012345678901234567890123456789012\t"
        "12:34:56.123456789\n";
    std::string nulls = "\\N";
    for (int i = 0; i < 33; ++i) {
        nulls += "\t\\N";
    }
    EXPECT_EQ(copy(row + nulls + "\n" + row), "3 rows");
    const std::string shown =
        "true|-128|-32768|-2147483648|-9223372036854775808|-170141183460469231731687303715884105728|255|65535|"
        "4294967295|18446744073709551615|340282366920938463463374607431768211455|1.5|-22500000000.0|123.5|-7.50|"
        "123456789012345.678|1234567890123456789012345678.0123456789|longer than twelve bytes|\\xDE\\xAD\\xBE\\xEF|"
        "2024-02-29|12:34:56.789|04:05:06+02|2024-02-29 12:34:56.789|2024-02-29 12:34:56|2024-02-29 12:34:56.789|"
        "2024-02-29 12:34:56.123456789|2024-02-29 11:34:56+00|1 month 2 days 03:04:05|"
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|10110|happy|{\"k\": [1]}|123456789012345678901234567890123456789012|"
        "12:34:56.123456789\n";
    std::string null_row = "NULL";
    for (int i = 0; i < 33; ++i) {
        null_row += "|NULL";
    }
    EXPECT_EQ(query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t"), shown + null_row + "\n" + shown);
}

TEST_F(copy_reader_test, scalar_types_in_binary) {
    run("CREATE TABLE t(a BOOLEAN, b TINYINT, d INTEGER, e BIGINT, l FLOAT, m DOUBLE, p DECIMAL(18,2), q "
        "DECIMAL(38,0), "
        "r VARCHAR, s BLOB, u DATE, x TIMESTAMP, y TIMESTAMPTZ, ad UUID, j UBIGINT, i UINTEGER)");
    use_binary();
    const std::string numeric = be16(2) + be16(0) + be16(0x4000) + be16(2) + be16(12) + be16(5000);
    const std::string large = be16(1) + be16(4) + be16(0) + be16(0) + be16(1);
    const std::string row = be16(16) + value(be(1, 1)) + value(be16(-5)) + value(be32(-7)) + value(be(9, 8)) +
                            value(be(0x3fc00000, 4)) + value(be(0x3ff8000000000000, 8)) + value(numeric) +
                            value(large) + value("text") + value("\x01\xff") + value(be32(0)) +
                            value(be(1'000'000, 8)) + value(be(0, 8)) + value(std::string(15, '\0') + "\1") +
                            value(be16(1) + be16(0) + be16(0) + be16(0) + be16(77)) + value(be(4294967295, 8));
    std::string nulls = be16(16);
    for (int i = 0; i < 16; ++i) {
        nulls += be32(-1);
    }
    const std::string header = std::string("PGCOPY\n\xff\r\n\0", 11) + be32(0) + be32(0);
    EXPECT_EQ(copy(header + row + nulls + be16(-1), 7), "2 rows");
    EXPECT_EQ(query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t LIMIT 1"),
              "true|-5|-7|9|1.5|1.5|-12.50|10000000000000000|text|\\x01\\xFF|2000-01-01|2000-01-01 00:00:01|"
              "2000-01-01 00:00:00+00|00000000-0000-0000-0000-000000000001|77|4294967295\n");
    EXPECT_EQ(query("SELECT count(*), count(a), count(r), count(p) FROM t"), "2|1|1|1\n");
}

TEST_F(copy_reader_test, lists_and_arrays) {
    run("CREATE TABLE t(a INTEGER[], b VARCHAR[], c INTEGER[][], d DOUBLE[2], e DECIMAL(9,2)[])");
    EXPECT_EQ(copy("{1,NULL,3}\t{\"a b\",NULL,\"quite a long string\"}\t{{1,2},{3,4}}\t{1.5,2}\t{1.005}\n"
                   "{}\t\\N\t{}\t\\N\t\\N\n"
                   "{7}\t{}\t{{5}}\t{3,NULL}\t{NULL}\n"),
              "3 rows");
    EXPECT_EQ(query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t"),
              "[1, NULL, 3]|[a b, NULL, quite a long string]|[[1, 2], [3, 4]]|[1.5, 2.0]|[1.01]\n"
              "[]|NULL|[]|NULL|NULL\n"
              "[7]|[]|[[5]]|[3.0, NULL]|[NULL]\n");
    EXPECT_EQ(copy("{{1}}\t{}\t{}\t{1,2}\t{}\n"),
              "2202E array has 2 dimensions, its column's type has another number of them | COPY t, line 1, column a: "
              "\"{{1}}\"");
    EXPECT_EQ(copy("{1}\t{}\t{}\t{1}\t{}\n"),
              "2202E array has 1 elements, its column holds 2 | COPY t, line 1, column d: \"{1}\"");
    EXPECT_EQ(copy("{1,x}\t{}\t{}\t{1,2}\t{}\n"),
              "22P02 invalid input syntax for type integer: \"x\" | COPY t, line 1, column a: \"{1,x}\"");
    EXPECT_EQ(query("SELECT count(*) FROM t"), "3\n");
}

TEST_F(copy_reader_test, lists_in_binary) {
    run("CREATE TABLE t(a INTEGER[])");
    use_binary();
    const std::string header = std::string("PGCOPY\n\xff\r\n\0", 11) + be32(0) + be32(0);
    const std::string array = be32(1) + be32(1) + be32(23) + be32(2) + be32(1) + value(be32(7)) + be32(-1);
    EXPECT_EQ(copy(header + be16(1) + value(array) + be16(1) + value(array)), "2 rows");
    EXPECT_EQ(query("SELECT CAST(a AS VARCHAR) FROM t"), "[7, NULL]\n[7, NULL]\n");
    const std::string wrong = be32(1) + be32(0) + be32(20) + be32(1) + be32(1) + value(be(7, 8));
    EXPECT_EQ(copy(header + be16(1) + value(wrong)),
              "42804 binary data has array element type 20 instead of expected 23 | COPY t, line 1, column a");
}

TEST_F(copy_reader_test, nested_types_arrive_as_json) {
    run("CREATE TABLE t(a STRUCT(x INTEGER, y VARCHAR), b MAP(VARCHAR, INTEGER), c UNION(i INTEGER, s VARCHAR), "
        "d VARIANT, e STRUCT(x INTEGER)[], f GEOMETRY, g BIGNUM[])");
    EXPECT_EQ(copy("{\"x\": 1, \"y\": \"two\"}\t{\"k\": 3}\t{\"i\": 4}\t[5]\t{\"{\\\\\"x\\\\\": 6}\"}\t"
                   "\\\\x0101000000000000000000f03f0000000000000040\t{7}\n"
                   "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n"),
              "2 rows");
    EXPECT_EQ(query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t"),
              "{'x': 1, 'y': two}|{k=3}|4|[5]|[{'x': 6}]|POINT (1 2)|[7]\nNULL|NULL|NULL|NULL|NULL|NULL|NULL\n");
    EXPECT_EQ(copy("{\"x\": 1\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n"),
              "22P02 invalid input syntax for type json | COPY t, line 1, column a: \"{\"x\": 1\"");
}

TEST_F(copy_reader_test, defaults_and_generated_columns) {
    run("CREATE SEQUENCE s START 10");
    run("CREATE TABLE t(id INTEGER DEFAULT nextval('s'), a VARCHAR, g VARCHAR GENERATED ALWAYS AS (a || '!'), "
        "n INTEGER DEFAULT 7)");
    command_.columns = {"a"};
    EXPECT_EQ(copy("x\ny\n"), "2 rows");
    EXPECT_EQ(query("SELECT * FROM t"), "10|x|x!|7\n11|y|y!|7\n");
    command_.columns = {"n", "a"};
    EXPECT_EQ(copy("1\tz\n"), "1 rows");
    EXPECT_EQ(query("SELECT * FROM t WHERE n = 1"), "12|z|z!|1\n");
}

TEST_F(copy_reader_test, csv_options) {
    run("CREATE TABLE t(a INTEGER, b VARCHAR)");
    use_csv();
    command_.header_match = true;
    command_.force_null = {"B"};
    EXPECT_EQ(copy("a,b\n1,\"\"\n2,\"x\r\ny\"\n", 3), "2 rows");
    EXPECT_EQ(query("SELECT a, b IS NULL FROM t"), "1|true\n2|false\n");
    command_.force_null = {"c"};
    EXPECT_EQ(copy(""), "42P10 FORCE_NULL column \"c\" not referenced by COPY | ");
}

TEST_F(copy_reader_test, the_first_bad_row_is_reported_and_nothing_stays) {
    run("CREATE TABLE t(a INTEGER, b VARCHAR, c DATE)");
    EXPECT_EQ(copy("1\tx\t2024-01-01\n2\ty\n"), "22P04 missing data for column \"c\" | COPY t, line 2: \"2\ty\"");
    EXPECT_EQ(copy("1\tx\t2024-01-01\nx\ty\t2024-01-01\n"),
              "22P02 invalid input syntax for type integer: \"x\" | COPY t, line 2, column a: \"x\"");
    EXPECT_EQ(
        copy("99999999999\tx\t2024-01-01\n"),
        "22003 value \"99999999999\" is out of range for type integer | COPY t, line 1, column a: \"99999999999\"");
    EXPECT_EQ(copy("1\tx\t2024-01-01\n2\ty\t2024-02-30\nz\ty\t2024-01-01\n4\n"),
              "22008 date/time field value out of range: \"2024-02-30\" | COPY t, line 2, column c: \"2024-02-30\"");
    EXPECT_EQ(copy("1\ta\xff\t2024-01-01\n"),
              "22021 invalid byte sequence for encoding \"UTF8\": 0xff | COPY t, line 1");
    EXPECT_EQ(copy("1\ta\\0b\t2024-01-01\n"),
              "22021 invalid byte sequence for encoding \"UTF8\": 0x00 | COPY t, line 1");
    EXPECT_EQ(query("SELECT count(*) FROM t"), "0\n");
}

TEST_F(copy_reader_test, values_out_of_range_of_the_engines_own_types) {
    run("CREATE TABLE t(a TINYINT, b UBIGINT, c DECIMAL(5,2))");
    EXPECT_EQ(copy("300\t1\t1\n"),
              "22003 value \"300\" is out of range for type tinyint | COPY t, line 1, column a: \"300\"");
    EXPECT_EQ(copy("1\t-1\t1\n"),
              "22003 value \"-1\" is out of range for type ubigint | COPY t, line 1, column b: \"-1\"");
    EXPECT_EQ(copy("1\t1\t1000\n"), "22003 numeric field overflow | COPY t, line 1, column c: \"1000\"");
    EXPECT_EQ(copy("1\t1\tNaN\n"), "22003 cannot store NaN in a numeric column | COPY t, line 1, column c: \"NaN\"");
    EXPECT_EQ(copy("1\t1\t999.994\n"), "1 rows");
    EXPECT_EQ(query("SELECT c FROM t"), "999.99\n");
}

TEST_F(copy_reader_test, constraints) {
    run("CREATE TABLE t(a INTEGER PRIMARY KEY, b VARCHAR NOT NULL, c INTEGER CHECK (c > 0))");
    EXPECT_EQ(copy("1\t\\N\t1\n").substr(0, 5), "23502");
    EXPECT_EQ(copy("1\tx\t1\n1\ty\t1\n").substr(0, 5), "23505");
    EXPECT_EQ(copy("1\tx\t0\n").substr(0, 5), "23514");
    EXPECT_EQ(copy("1\tx\t1\n"), "1 rows");
}

TEST_F(copy_reader_test, many_batches_keep_their_order) {
    run("CREATE TABLE t(a BIGINT, b VARCHAR)");
    std::string data;
    for (int i = 0; i < 400'000; ++i) {
        data += std::to_string(i) + "\tsome string number " + std::to_string(i) + "\n";
    }
    EXPECT_EQ(copy(data, 65536), "400000 rows");
    EXPECT_EQ(
        query("SELECT count(*), count(*) FILTER (a = rowid), count(*) FILTER (b = 'some string number ' || a) FROM t"),
        "400000|400000|400000\n");
}

TEST_F(copy_reader_test, a_bad_row_behind_many_batches_leaves_nothing) {
    run("CREATE TABLE t(a BIGINT)");
    std::string data;
    for (int i = 0; i < 300'000; ++i) {
        data += std::to_string(i) + "\n";
    }
    EXPECT_EQ(copy(data + "oops\n", 65536),
              "22P02 invalid input syntax for type bigint: \"oops\" | COPY t, line 300001, column a: \"oops\"");
    EXPECT_EQ(query("SELECT count(*) FROM t"), "0\n");
}

TEST_F(copy_reader_test, works_without_threads_of_the_engine) {
    run("SET threads = 1");
    run("CREATE TABLE t(a BIGINT)");
    std::string data;
    for (int i = 0; i < 300'000; ++i) {
        data += std::to_string(i) + "\n";
    }
    EXPECT_EQ(copy(data, 65536), "300000 rows");
    EXPECT_EQ(query("SELECT count(*), sum(a) FROM t"), "300000|44999850000\n");
}

TEST_F(copy_reader_test, long_strings_make_small_batches) {
    batch_bytes_max_ = 100'000;
    run("CREATE TABLE t(a VARCHAR)");
    std::string data;
    for (int i = 0; i < 300; ++i) {
        data += std::string(10'000, static_cast<char>('a' + i % 26)) + "\n";
    }
    EXPECT_EQ(copy(data, 5000), "300 rows");
    EXPECT_EQ(query("SELECT count(*), min(length(a)), max(length(a)), count(DISTINCT a) FROM t"),
              "300|10000|10000|26\n");
}

TEST_F(copy_reader_test, destroyed_without_finish_nothing_stays) {
    run("CREATE TABLE t(a BIGINT)");
    run("BEGIN");
    {
        auto reader = open_reader().value();
        std::string data;
        for (int i = 0; i < 200'000; ++i) {
            data += std::to_string(i) + "\n";
        }
        ASSERT_TRUE(reader->write(data));
    }
    run("ROLLBACK");
    EXPECT_EQ(query("SELECT count(*) FROM t"), "0\n");
}

TEST_F(copy_reader_test, an_interrupt_ends_a_batch_that_takes_long) {
    run("CREATE TABLE t(a BIGINT CHECK (list_sum(range(a % 2 + 100000)) > 0))");
    run("BEGIN");
    {
        auto reader = open_reader().value();
        std::string data;
        for (int i = 0; i < 122'880; ++i) {
            data += std::to_string(i) + "\n";
        }
        ASSERT_TRUE(reader->write(data));  // would keep DuckDB busy for hours
        duckdb_interrupt(connection_.get());
        const auto finished = reader->finish();
        ASSERT_FALSE(finished);
        EXPECT_EQ(finished.error().code, sqlstates::query_canceled);
    }
    run("ROLLBACK");
    EXPECT_EQ(query("SELECT count(*) FROM t"), "0\n");
}

TEST_F(copy_reader_test, tables_that_cannot_be_written_are_refused_at_once) {
    run("CREATE TABLE base(a INTEGER)");
    run("CREATE VIEW t AS SELECT * FROM base");
    EXPECT_EQ(copy("1\n"), "42809 cannot copy to view \"t\" | ");
}

TEST_F(copy_reader_test, the_function_is_of_no_use_to_others) {
    EXPECT_NE(query("SELECT * FROM sluice_copied_rows(1)").find("this function is for COPY only"), std::string::npos);
    run("CREATE TABLE t(a INTEGER)");
    const auto reader = open_reader().value();
    EXPECT_NE(query("SELECT * FROM sluice_copied_rows(1)").find("this function is for COPY only"), std::string::npos);
}

}  // namespace
}  // namespace sluice::duckdb
