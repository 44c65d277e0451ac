#include "engines/duckdb/values/types.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "engines/duckdb/encode/encode_test_support.hpp"

namespace sluice::duckdb {
namespace {

backend::column describe(const test_engine& engine, const std::string& sql_type) {
    const test_result result = engine.execute("select null::" + sql_type);
    return describe_column("c", result.types().at(0));
}

// Names from format_type(), sizes from pg_type.typlen of PostgreSQL 15.
TEST(types, have_the_oid_and_size_of_their_postgresql_type) {
    struct type_case {
        const char* duckdb;
        backend::oid type;
        int size;
        const char* name;
    };
    const test_engine engine;
    for (const type_case& expected : {
             type_case{"boolean", 16, 1, "boolean"},
             type_case{"tinyint", 21, 2, "smallint"},
             type_case{"utinyint", 21, 2, "smallint"},
             type_case{"smallint", 21, 2, "smallint"},
             type_case{"usmallint", 23, 4, "integer"},
             type_case{"integer", 23, 4, "integer"},
             type_case{"uinteger", 20, 8, "bigint"},
             type_case{"bigint", 20, 8, "bigint"},
             type_case{"ubigint", 1700, -1, "numeric"},
             type_case{"hugeint", 1700, -1, "numeric"},
             type_case{"uhugeint", 1700, -1, "numeric"},
             type_case{"bignum", 1700, -1, "numeric"},
             type_case{"float", 700, 4, "real"},
             type_case{"double", 701, 8, "double precision"},
             type_case{"varchar", 25, -1, "text"},
             type_case{"enum('a')", 25, -1, "text"},
             type_case{"json", 114, -1, "json"},
             type_case{"blob", 17, -1, "bytea"},
             type_case{"geometry", 17, -1, "bytea"},
             type_case{"bit", 1562, -1, "bit varying"},
             type_case{"date", 1082, 4, "date"},
             type_case{"time", 1083, 8, "time without time zone"},
             type_case{"time_ns", 1083, 8, "time without time zone"},
             type_case{"timetz", 1266, 12, "time with time zone"},
             type_case{"timestamp", 1114, 8, "timestamp without time zone"},
             type_case{"timestamp_s", 1114, 8, "timestamp without time zone"},
             type_case{"timestamp_ms", 1114, 8, "timestamp without time zone"},
             type_case{"timestamp_ns", 1114, 8, "timestamp without time zone"},
             type_case{"timestamptz", 1184, 8, "timestamp with time zone"},
             type_case{"interval", 1186, 16, "interval"},
             type_case{"uuid", 2950, 16, "uuid"},
             type_case{"struct(a int)", 114, -1, "json"},
             type_case{"map(int, int)", 114, -1, "json"},
             type_case{"union(a int)", 114, -1, "json"},
             type_case{"variant", 114, -1, "json"},
             type_case{"integer[]", 1007, -1, "integer[]"},
             type_case{"integer[][]", 1007, -1, "integer[]"},
             type_case{"integer[3]", 1007, -1, "integer[]"},
             type_case{"integer[2][]", 1007, -1, "integer[]"},
             type_case{"varchar[]", 1009, -1, "text[]"},
             type_case{"json[]", 199, -1, "json[]"},
             type_case{"struct(a int)[]", 199, -1, "json[]"},
             type_case{"boolean[]", 1000, -1, "boolean[]"},
             type_case{"blob[]", 1001, -1, "bytea[]"},
             type_case{"smallint[]", 1005, -1, "smallint[]"},
             type_case{"bigint[]", 1016, -1, "bigint[]"},
             type_case{"hugeint[]", 1231, -1, "numeric[]"},
             type_case{"float[]", 1021, -1, "real[]"},
             type_case{"double[]", 1022, -1, "double precision[]"},
             type_case{"date[]", 1182, -1, "date[]"},
             type_case{"time[]", 1183, -1, "time without time zone[]"},
             type_case{"timetz[]", 1270, -1, "time with time zone[]"},
             type_case{"timestamp[]", 1115, -1, "timestamp without time zone[]"},
             type_case{"timestamptz[]", 1185, -1, "timestamp with time zone[]"},
             type_case{"interval[]", 1187, -1, "interval[]"},
             type_case{"uuid[]", 2951, -1, "uuid[]"},
             type_case{"bit[]", 1563, -1, "bit varying[]"},
         }) {
        const backend::column described = describe(engine, expected.duckdb);
        EXPECT_EQ(described.type, expected.type) << expected.duckdb;
        EXPECT_EQ(described.type_size_bytes, expected.size) << expected.duckdb;
        EXPECT_EQ(described.type_modifier, -1) << expected.duckdb;
        EXPECT_EQ(postgres::type_name_of_oid(described.type).value_or(""), expected.name) << expected.duckdb;
    }
}

// select atttypmod from pg_attribute for numeric(18,2): ((18 << 16) | 2) + 4
TEST(types, of_decimals_carry_width_and_scale) {
    const test_engine engine;
    EXPECT_EQ(describe(engine, "decimal(18,2)").type_modifier, 1179654);
    EXPECT_EQ(describe(engine, "decimal(38,38)").type_modifier, 2490410);
    EXPECT_EQ(describe(engine, "decimal(18,2)[]").type_modifier, 1179654);
    EXPECT_EQ(describe(engine, "decimal(18,2)[]").type, 1231U);
}

TEST(types, without_a_name_have_none) {
    EXPECT_EQ(postgres::type_name_of_oid(600).value_or(""), "");
    EXPECT_EQ(postgres::array_type_of(600), 0U);
    EXPECT_EQ(postgres::array_type_of(type_oids::text), 1009U);
}

}  // namespace
}  // namespace sluice::duckdb
