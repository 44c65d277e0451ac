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

struct type_case {
    const char* duckdb;
    backend::oid type;
    int size;
    const char* name;
};
// Names from format_type(), sizes from pg_type.typlen of PostgreSQL 15.
constexpr type_case type_cases[] = {
    {"boolean", 16, 1, "boolean"},
    {"tinyint", 21, 2, "smallint"},
    {"utinyint", 21, 2, "smallint"},
    {"smallint", 21, 2, "smallint"},
    {"usmallint", 23, 4, "integer"},
    {"integer", 23, 4, "integer"},
    {"uinteger", 20, 8, "bigint"},
    {"bigint", 20, 8, "bigint"},
    {"ubigint", 1700, -1, "numeric"},
    {"hugeint", 1700, -1, "numeric"},
    {"uhugeint", 1700, -1, "numeric"},
    {"bignum", 1700, -1, "numeric"},
    {"float", 700, 4, "real"},
    {"double", 701, 8, "double precision"},
    {"varchar", 25, -1, "text"},
    {"enum('a')", 25, -1, "text"},
    {"json", 114, -1, "json"},
    {"blob", 17, -1, "bytea"},
    {"geometry", 17, -1, "bytea"},
    {"bit", 1562, -1, "bit varying"},
    {"date", 1082, 4, "date"},
    {"time", 1083, 8, "time without time zone"},
    {"time_ns", 1083, 8, "time without time zone"},
    {"timetz", 1266, 12, "time with time zone"},
    {"timestamp", 1114, 8, "timestamp without time zone"},
    {"timestamp_s", 1114, 8, "timestamp without time zone"},
    {"timestamp_ms", 1114, 8, "timestamp without time zone"},
    {"timestamp_ns", 1114, 8, "timestamp without time zone"},
    {"timestamptz", 1184, 8, "timestamp with time zone"},
    {"interval", 1186, 16, "interval"},
    {"uuid", 2950, 16, "uuid"},
    {"struct(a int)", 114, -1, "json"},
    {"map(int, int)", 114, -1, "json"},
    {"union(a int)", 114, -1, "json"},
    {"variant", 114, -1, "json"},
    {"integer[]", 1007, -1, "integer[]"},
    {"integer[][]", 1007, -1, "integer[]"},
    {"integer[3]", 1007, -1, "integer[]"},
    {"integer[2][]", 1007, -1, "integer[]"},
    {"varchar[]", 1009, -1, "text[]"},
    {"json[]", 199, -1, "json[]"},
    {"struct(a int)[]", 199, -1, "json[]"},
    {"boolean[]", 1000, -1, "boolean[]"},
    {"blob[]", 1001, -1, "bytea[]"},
    {"smallint[]", 1005, -1, "smallint[]"},
    {"bigint[]", 1016, -1, "bigint[]"},
    {"hugeint[]", 1231, -1, "numeric[]"},
    {"float[]", 1021, -1, "real[]"},
    {"double[]", 1022, -1, "double precision[]"},
    {"date[]", 1182, -1, "date[]"},
    {"time[]", 1183, -1, "time without time zone[]"},
    {"timetz[]", 1270, -1, "time with time zone[]"},
    {"timestamp[]", 1115, -1, "timestamp without time zone[]"},
    {"timestamptz[]", 1185, -1, "timestamp with time zone[]"},
    {"interval[]", 1187, -1, "interval[]"},
    {"uuid[]", 2951, -1, "uuid[]"},
    {"bit[]", 1563, -1, "bit varying[]"},
};

TEST(types, have_the_oid_and_size_of_their_postgresql_type) {
    const test_engine engine;
    for (const type_case& expected : type_cases) {
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
