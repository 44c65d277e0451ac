#include "engines/duckdb/values/parameter_decoder.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "postgres/parse/test_bytes.hpp"

// Each value is bound to a statement, and the engine shows it with its type. Expected: PostgreSQL 15's output for the
// same input, in DuckDB's spelling; binary forms as psycopg and pgjdbc send them.
namespace sluice::duckdb {
namespace {

using postgres::test_bytes::be;
using postgres::test_bytes::be16;
using postgres::test_bytes::be32;
using postgres::test_bytes::value;
using namespace std::string_literals;

class parameter_decoder : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(duckdb_open(nullptr, database_.out()), DuckDBSuccess);
        ASSERT_EQ(duckdb_connect(database_.get(), connection_.out()), DuckDBSuccess);
        run("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
        run("SET TimeZone = 'UTC'");
    }

    void run(const std::string& sql) {
        owned_result result;
        ASSERT_EQ(duckdb_query(connection_.get(), sql.c_str(), result.out()), DuckDBSuccess)
            << duckdb_result_error(result.get());
    }

    // The logical type of an expression; empty for an empty one.
    [[nodiscard]] owned_type type_of(const std::string& type) const {
        if (type.empty()) {
            return {};
        }
        const std::string sql = "SELECT CAST(NULL AS " + type + ")";
        owned_statement statement;
        EXPECT_EQ(duckdb_prepare(connection_.get(), sql.c_str(), statement.out()), DuckDBSuccess) << type;
        return owned_type(duckdb_prepared_statement_column_logical_type(statement.get(), 0));
    }

    [[nodiscard]] std::string show(backend::oid type, backend::wire_format format, std::string_view bytes,
                                   const std::string& target = {}) const {
        const owned_type wanted = type_of(target);
        const auto decoded = decode_parameter(type, {.format = format, .value = bytes}, wanted.get(), zone_);
        if (!decoded) {
            return std::string(decoded.error().code.view()) + " " + decoded.error().message;
        }
        owned_statement statement;
        EXPECT_EQ(duckdb_prepare(connection_.get(), "CREATE OR REPLACE TABLE shown AS SELECT $1 AS v", statement.out()),
                  DuckDBSuccess);
        EXPECT_EQ(duckdb_bind_value(statement.get(), 1, decoded->get()), DuckDBSuccess);
        owned_result result;
        if (duckdb_execute_prepared(statement.get(), result.out()) != DuckDBSuccess ||
            duckdb_query(connection_.get(), "SELECT typeof(v) || ' ' || CAST(v AS VARCHAR) FROM shown", result.out()) !=
                DuckDBSuccess) {
            return duckdb_result_error(result.get());
        }
        return take_text(duckdb_value_varchar(result.get(), 0, 0));
    }
    [[nodiscard]] std::string text(backend::oid type, std::string_view bytes, const std::string& target = {}) const {
        return show(type, backend::wire_format::text, bytes, target);
    }
    [[nodiscard]] std::string binary(backend::oid type, const std::string& bytes,
                                     const std::string& target = {}) const {
        return show(type, backend::wire_format::binary, bytes, target);
    }

    owned_database database_;
    owned_connection connection_;
    time_zone zone_;
};

std::string numeric_binary(std::int64_t weight, std::int64_t scale, std::initializer_list<std::int64_t> digits) {
    std::string bytes = be16(static_cast<std::int64_t>(digits.size())) + be16(weight) + be16(0) + be16(scale);
    for (const std::int64_t digit : digits) {
        bytes += be16(digit);
    }
    return bytes;
}

TEST_F(parameter_decoder, null_is_null) {
    const auto decoded =
        decode_parameter(23, {.format = backend::wire_format::text, .value = std::nullopt}, nullptr, zone_);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(duckdb_is_null_value(decoded->get()));
}

TEST_F(parameter_decoder, integers_take_the_targets_width_when_they_fit) {
    EXPECT_EQ(text(21, "7"), "SMALLINT 7");
    EXPECT_EQ(text(23, " 42 "), "INTEGER 42");
    EXPECT_EQ(text(20, "-9223372036854775808"), "BIGINT -9223372036854775808");
    EXPECT_EQ(text(26, "4294967295"), "BIGINT 4294967295");
    EXPECT_EQ(binary(23, be32(-5)), "INTEGER -5");
    EXPECT_EQ(binary(23, be32(-5), "BIGINT"), "BIGINT -5");
    EXPECT_EQ(binary(21, be16(200), "UTINYINT"), "UTINYINT 200");
    EXPECT_EQ(binary(21, be16(200), "TINYINT"), "SMALLINT 200");
    EXPECT_EQ(binary(21, be16(-1), "UBIGINT"), "SMALLINT -1");
    EXPECT_EQ(binary(20, be(1, 8), "HUGEINT"), "HUGEINT 1");
    EXPECT_EQ(binary(23, be32(3), "DECIMAL(5,2)"), "DECIMAL(5,2) 3.00");
    EXPECT_EQ(binary(23, be32(1000), "DECIMAL(5,2)"), "INTEGER 1000");
    EXPECT_EQ(binary(23, be32(3), "DOUBLE"), "DOUBLE 3.0");
    EXPECT_EQ(text(23, "abc"), "22P02 invalid input syntax for type integer: \"abc\"");
    EXPECT_EQ(text(21, "70000"), "22003 value \"70000\" is out of range for type smallint");
    EXPECT_EQ(binary(23, be16(1)), "08P01 insufficient data left in message");
    EXPECT_EQ(binary(23, be(1, 8)), "22P03 incorrect binary data format");
}

TEST_F(parameter_decoder, unknown_takes_the_targets_type) {
    EXPECT_EQ(text(0, "42", "INTEGER"), "INTEGER 42");
    EXPECT_EQ(text(705, "2024-02-29", "DATE"), "DATE 2024-02-29");
    EXPECT_EQ(text(0, "42"), "VARCHAR 42");
    EXPECT_EQ(text(25, "42", "INTEGER"), "VARCHAR 42");
}

TEST_F(parameter_decoder, floats) {
    EXPECT_EQ(text(701, "1.5"), "DOUBLE 1.5");
    EXPECT_EQ(text(700, "0.5", "DOUBLE"), "DOUBLE 0.5");
    EXPECT_EQ(text(701, "0.5", "FLOAT"), "DOUBLE 0.5");
    EXPECT_EQ(text(701, "NaN"), "DOUBLE nan");
    EXPECT_EQ(binary(701, be(0x3ff8000000000000, 8)), "DOUBLE 1.5");
    EXPECT_EQ(binary(700, be(0x3fc00000, 4)), "FLOAT 1.5");
    EXPECT_EQ(text(701, "1e400"), "22003 \"1e400\" is out of range for type double precision");
}

TEST_F(parameter_decoder, numbers_keep_all_their_digits) {
    EXPECT_EQ(text(1700, "1.50"), "DECIMAL(3,2) 1.50");
    EXPECT_EQ(text(1700, "0.001"), "DECIMAL(3,3) .001");
    EXPECT_EQ(text(1700, "0"), "DECIMAL(1,0) 0");
    EXPECT_EQ(binary(1700, numeric_binary(1, 2, {1, 2345, 6700})), "DECIMAL(7,2) 12345.67");
    EXPECT_EQ(text(1700, "-1.5", "DECIMAL(18,2)"), "DECIMAL(18,2) -1.50");
    EXPECT_EQ(text(1700, "1.005", "DECIMAL(18,2)"), "DECIMAL(4,3) 1.005");
    EXPECT_EQ(text(1700, "12345678901234567890123456789012345678", "DECIMAL(18,2)"),
              "DECIMAL(38,0) 12345678901234567890123456789012345678");
    EXPECT_EQ(text(1700, "170141183460469231731687303715884105727"), "HUGEINT 170141183460469231731687303715884105727");
    EXPECT_EQ(text(1700, "-170141183460469231731687303715884105728"),
              "HUGEINT -170141183460469231731687303715884105728");
    EXPECT_EQ(text(1700, "340282366920938463463374607431768211455"),
              "UHUGEINT 340282366920938463463374607431768211455");
    EXPECT_EQ(text(1700, "1e50"), "DOUBLE 1e+50");
    EXPECT_EQ(text(1700, "NaN"), "DOUBLE nan");
    EXPECT_EQ(text(1700, "18446744073709551615", "UBIGINT"), "UBIGINT 18446744073709551615");
    EXPECT_EQ(text(1700, "123456789012345678901234567890123456789012345.0", "BIGNUM"),
              "VARCHAR 123456789012345678901234567890123456789012345");
    EXPECT_EQ(text(1700, "0.1", "DOUBLE"), "DOUBLE 0.1");
    EXPECT_EQ(text(1700, "x"), "22P02 invalid input syntax for type numeric: \"x\"");
}

TEST_F(parameter_decoder, text_bytes_and_json) {
    EXPECT_EQ(text(25, "h\xc3\xa9"), "VARCHAR h\xc3\xa9");
    EXPECT_EQ(binary(1043, "x"), "VARCHAR x");
    EXPECT_EQ(binary(25, "a\xff"), "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
    EXPECT_EQ(binary(25, "a\0b"s), "22021 invalid byte sequence for encoding \"UTF8\": 0x00");
    // UTF-8 of any type's text is checked before everything else.
    EXPECT_EQ(text(1114, "2001-01-01 00:00 z\xdd"), "22021 invalid byte sequence for encoding \"UTF8\": 0xdd");
    EXPECT_EQ(text(23, "1\xff"), "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
    EXPECT_EQ(text(17, "\\x00ff41"), "BLOB \\x00\\xFFA");
    EXPECT_EQ(binary(17, "\0\xff"s), "BLOB \\x00\\xFF");
    EXPECT_EQ(text(114, "{\"a\": 1}", "JSON"), "VARCHAR {\"a\": 1}");
    EXPECT_EQ(binary(3802, "\1[1]"), "VARCHAR [1]");
    EXPECT_EQ(binary(3802, "\2[1]"), "22P03 unsupported jsonb version number");
    EXPECT_EQ(text(114, "{"), "22P02 invalid input syntax for type json");
    EXPECT_EQ(text(25, "ok", "mood"), "ENUM('sad', 'ok', 'happy') ok");
    EXPECT_EQ(text(25, "angry", "mood"), "22P02 invalid input value for enum: \"angry\"");
    EXPECT_EQ(text(16, "yes"), "BOOLEAN true");
    EXPECT_EQ(text(2950, "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"), "UUID a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    EXPECT_EQ(binary(2950, std::string(15, '\0') + "\1"), "UUID 00000000-0000-0000-0000-000000000001");
    EXPECT_EQ(text(1560, "1011"), "BIT 1011");
    EXPECT_EQ(text(1562, "101100001"), "BIT 101100001");
    EXPECT_EQ(binary(1562, be32(10) + "\xa5\x80"), "BIT 1010010110");
    EXPECT_EQ(text(1562, ""), "0A000 bit strings of length 0 are not supported");
}

TEST_F(parameter_decoder, dates_and_times) {
    EXPECT_EQ(text(1082, "2024-02-29"), "DATE 2024-02-29");
    EXPECT_EQ(text(1082, "infinity"), "DATE infinity");
    EXPECT_EQ(text(1082, "0044-03-15 BC"), "DATE 0044-03-15 (BC)");
    EXPECT_EQ(binary(1082, be32(-1)), "DATE 1999-12-31");
    EXPECT_EQ(text(1083, "04:05:06.789"), "TIME 04:05:06.789");
    EXPECT_EQ(binary(1083, be(1'000'000, 8)), "TIME 00:00:01");
    EXPECT_EQ(text(1266, "04:05:06-08:30"), "TIME WITH TIME ZONE 04:05:06-08:30");
    EXPECT_EQ(binary(1266, be(3'600'000'000, 8) + be32(-7200)), "TIME WITH TIME ZONE 01:00:00+02");
    EXPECT_EQ(text(1114, "2024-02-29 12:00:00.5"), "TIMESTAMP 2024-02-29 12:00:00.5");
    EXPECT_EQ(text(1114, "-infinity"), "TIMESTAMP -infinity");
    EXPECT_EQ(text(1114, "2024-01-01 00:00:00.123456789", "TIMESTAMP_NS"),
              "TIMESTAMP_NS 2024-01-01 00:00:00.123456789");
    EXPECT_EQ(text(1114, "2024-01-01 00:00:00", "TIMESTAMP_S"), "TIMESTAMP_S 2024-01-01 00:00:00");
    EXPECT_EQ(text(1114, "2024-01-01 00:00:00.5", "TIMESTAMP_S"), "TIMESTAMP 2024-01-01 00:00:00.5");
    EXPECT_EQ(binary(1114, be(0, 8)), "TIMESTAMP 2000-01-01 00:00:00");
    EXPECT_EQ(text(1186, "1 year 2 mons 3 days 04:05:06"), "INTERVAL 1 year 2 months 3 days 04:05:06");
    EXPECT_EQ(binary(1186, be(1'000'000, 8) + be32(-3) + be32(14)), "INTERVAL 1 year 2 months -3 days 00:00:01");
    EXPECT_EQ(text(1082, "2024-13-01"), "22008 date/time field value out of range: \"2024-13-01\"");
    EXPECT_EQ(text(1114, "2024-01-01 10:00 nonsense"),
              "22007 invalid input syntax for type timestamp: \"2024-01-01 10:00 nonsense\"");
}

// PostgreSQL 15: set timezone = 'Europe/Berlin'; select '...'::timestamptz at time zone 'UTC'.
TEST_F(parameter_decoder, timestamps_with_time_zone) {
    zone_ = time_zone::find("Europe/Berlin").value();
    EXPECT_EQ(text(1184, "2024-01-15 12:00"), "TIMESTAMP WITH TIME ZONE 2024-01-15 11:00:00+00");
    EXPECT_EQ(text(1184, "2024-07-15 12:00"), "TIMESTAMP WITH TIME ZONE 2024-07-15 10:00:00+00");
    EXPECT_EQ(text(1184, "2024-03-31 02:30"), "TIMESTAMP WITH TIME ZONE 2024-03-31 01:30:00+00");  // skipped
    EXPECT_EQ(text(1184, "2024-10-27 02:30"), "TIMESTAMP WITH TIME ZONE 2024-10-27 01:30:00+00");  // twice
    EXPECT_EQ(text(1184, "2024-10-27 01:30"), "TIMESTAMP WITH TIME ZONE 2024-10-26 23:30:00+00");
    EXPECT_EQ(text(1184, "2024-01-15 12:00+05:30"), "TIMESTAMP WITH TIME ZONE 2024-01-15 06:30:00+00");
    EXPECT_EQ(text(1184, "2024-07-15 12:00 America/New_York"), "TIMESTAMP WITH TIME ZONE 2024-07-15 16:00:00+00");
    EXPECT_EQ(text(1184, "2024-07-15T12:00:00Z"), "TIMESTAMP WITH TIME ZONE 2024-07-15 12:00:00+00");
    EXPECT_EQ(text(1184, "epoch"), "TIMESTAMP WITH TIME ZONE 1970-01-01 00:00:00+00");
    EXPECT_EQ(text(1184, "infinity"), "TIMESTAMP WITH TIME ZONE infinity");
    EXPECT_EQ(binary(1184, be(0, 8)), "TIMESTAMP WITH TIME ZONE 2000-01-01 00:00:00+00");
    EXPECT_EQ(text(1184, "2024-07-15 12:00 Mars/Olympus"), "22023 time zone \"mars/olympus\" not recognized");
    EXPECT_EQ(text(1266, "2024-07-15 12:00 America/New_York"), "TIME WITH TIME ZONE 12:00:00-04");
}

TEST_F(parameter_decoder, arrays) {
    EXPECT_EQ(text(1007, "{1,NULL,3}"), "INTEGER[] [1, NULL, 3]");
    EXPECT_EQ(text(1007, "{1,NULL,3}", "BIGINT[]"), "BIGINT[] [1, NULL, 3]");
    EXPECT_EQ(text(1007, "{1,2,3}", "BIGINT[3]"), "BIGINT[3] [1, 2, 3]");
    EXPECT_EQ(text(1007, "{1,2,3}", "BIGINT[2]"), "INTEGER[] [1, 2, 3]");
    EXPECT_EQ(text(1007, "{1,200}", "TINYINT[]"), "INTEGER[] [1, 200]");
    EXPECT_EQ(text(1007, "{{1,2},{3,4}}"), "INTEGER[][] [[1, 2], [3, 4]]");
    EXPECT_EQ(text(1007, "{{1,2},{3,4}}", "INTEGER[][]"), "INTEGER[][] [[1, 2], [3, 4]]");
    EXPECT_EQ(text(1007, "{{1,2},{3,4}}", "INTEGER[]"), "INTEGER[][] [[1, 2], [3, 4]]");
    EXPECT_EQ(text(1007, "{}"), "INTEGER[] []");
    EXPECT_EQ(text(1007, "{}", "INTEGER[][]"), "INTEGER[][] []");
    EXPECT_EQ(text(1016, "{}"), "BIGINT[] []");
    EXPECT_EQ(text(1009, R"({"a b",NULL,c})"), "VARCHAR[] [a b, NULL, c]");
    EXPECT_EQ(text(1009, "{sad,NULL}", "mood[]"), "ENUM('sad', 'ok', 'happy')[] [sad, NULL]");
    EXPECT_EQ(text(1231, "{1.5,20.25,NULL}"), "DECIMAL(4,2)[] [1.50, 20.25, NULL]");
    EXPECT_EQ(text(1231, "{1.5,NaN}"), "DOUBLE[] [1.5, nan]");
    EXPECT_EQ(text(1231, "{}"), "DOUBLE[] []");
    EXPECT_EQ(text(1231, "{1.5}", "DECIMAL(18,3)[]"), "DECIMAL(18,3)[] [1.500]");
    EXPECT_EQ(text(1185, "{2024-01-01}"), "TIMESTAMP WITH TIME ZONE[] ['2024-01-01 00:00:00+00']");
    const std::string header = be32(1) + be32(1) + be32(23) + be32(2) + be32(1);
    EXPECT_EQ(binary(1007, header + value(be32(7)) + be32(-1)), "INTEGER[] [7, NULL]");
    EXPECT_EQ(binary(1007, header + value(be32(7)) + value(be16(1))), "08P01 insufficient data left in message");
    EXPECT_EQ(text(1007, "{1,x}"), "22P02 invalid input syntax for type integer: \"x\"");
    EXPECT_EQ(text(1007, "{1"), "22P02 malformed array literal: \"{1\"");
}

TEST_F(parameter_decoder, types_of_others) {
    EXPECT_EQ(text(600, "(1,2)"), "VARCHAR (1,2)");
    EXPECT_EQ(binary(600, "x"), "42883 no binary input function available for type with OID 600");
    EXPECT_EQ(text(2205, "pg_class"), "VARCHAR pg_class");
    EXPECT_EQ(binary(2205, be32(1259)), "BIGINT 1259");
}

}  // namespace
}  // namespace sluice::duckdb
