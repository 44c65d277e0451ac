#include "analysis/query/analyse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "analysis/grammar/parse_tree.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;
using testing::ElementsAre;
using testing::Eq;

// One table: t (i integer, b bigint, n numeric(10,2), s text, "Mixed" integer, a integer[], d date)
class test_database final : public database {
  public:
    result<std::shared_ptr<const relation>> find_relation(const relation_name& name) override {
        if (name.name != "t") {
            return nullptr;
        }
        auto made = std::make_shared<relation>();
        made->number = 16384;
        made->name = "t";
        const auto add = [&](std::string column, typed type) {
            made->columns.push_back({.name = std::move(column), .type = type, .stored = {}});
        };
        add("i", {.type = type_oids::int4});
        add("b", {.type = type_oids::int8});
        add("n", {.type = type_oids::numeric, .modifier = ((10 << 16) | 2) + 4});
        add("s", {.type = type_oids::text});
        add("Mixed", {.type = type_oids::int4});
        add("a", {.type = 1007});
        add("d", {.type = type_oids::date});
        return made;
    }
};

result<analysed> analysed_text(std::string_view sql, std::span<const oid> declared = {}) {
    test_database data;
    TRY_ASSIGN(const parse_tree tree, parse(sql));
    return analyse(*tree.statements()[0], data, sql, declared);
}

// "name type, name type", or "SQLSTATE@position".
std::string columns_of(std::string_view sql) {
    const auto made = analysed_text(sql);
    if (!made) {
        return is_not_analysed(made.error())
                   ? "not analysed"
                   : std::string(made.error().code.view()) + "@" + std::to_string(made.error().position);
    }
    const test_database data;
    std::string text;
    for (const result_column& each : made->columns) {
        text += (text.empty() ? "" : ", ") + each.name + " " + type_name(data, each.type);
    }
    return text;
}

std::vector<oid> parameters_of(std::string_view sql, std::span<const oid> declared = {}) {
    const auto made = analysed_text(sql, declared);
    std::vector<oid> types;
    if (made) {
        for (const typed& each : made->parameters) {
            types.push_back(each.type);
        }
    }
    return types;
}

TEST(analyse, names_and_types_of_columns) {
    EXPECT_EQ(columns_of("select 1, 'a', 1.5, null, true"),
              "?column? integer, ?column? text, ?column? numeric, ?column? text, ?column? boolean");
    EXPECT_EQ(columns_of("select i, t.b, n, \"Mixed\", mixed from t"),
              "i integer, b bigint, n numeric(10,2), Mixed integer, mixed integer");
    EXPECT_EQ(columns_of("select count(*), sum(i), sum(b), avg(i), max(s) from t"),
              "count bigint, sum bigint, sum numeric, avg numeric, max text");
    EXPECT_EQ(columns_of("select i + b, i / 2, n * 2, s || 'x', i::text, cast(i as int8) from t"),
              "?column? bigint, ?column? integer, ?column? numeric, ?column? text, i text, i bigint");
    EXPECT_EQ(
        columns_of("select case when i = 1 then 1 else 2.5 end, coalesce(i, b), greatest(1, 2), nullif(i, 0) from t"),
        "case numeric, coalesce bigint, greatest integer, nullif integer");
    EXPECT_EQ(columns_of("select array[1, 2], a[1], a[1:2], (select s from t), exists (select 1) from t"),
              "array integer[], a integer, a integer[], s text, exists boolean");
    EXPECT_EQ(columns_of("values (1, 'a'), (2.5, 'b')"), "column1 numeric, column2 text");
    EXPECT_EQ(columns_of("select 1 union select 2.5"), "?column? numeric");
    EXPECT_EQ(columns_of("select '1' union select 2"), "?column? integer");
    EXPECT_EQ(columns_of("select * from generate_series(1, 3) x"), "x integer");
    EXPECT_EQ(columns_of("with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select * from r"),
              "n integer");
    EXPECT_EQ(columns_of("select x.* from t join (select i, 1 as one from t) x using (i)"), "i integer, one integer");
    EXPECT_EQ(columns_of("select * from t a natural join (select 1 as i) b"),
              "i integer, b bigint, n numeric(10,2), s text, Mixed integer, a integer[], d date");
    EXPECT_EQ(columns_of("select extract(year from d), d + 1, d - d from t"),
              "extract numeric, ?column? date, ?column? integer");
}

TEST(analyse, columns_of_a_table_are_known_by_their_numbers) {
    const auto made = analysed_text("select s, i + 1, i from t");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->columns[0].table, 16384U);
    EXPECT_EQ(made->columns[0].number, 4);
    EXPECT_EQ(made->columns[1].table, 0U);
    EXPECT_EQ(made->columns[2].number, 1);
}

TEST(analyse, a_parameter_has_the_type_of_its_place) {
    EXPECT_THAT(parameters_of("select $1"), ElementsAre(type_oids::text));
    EXPECT_THAT(parameters_of("select * from t where i = $1 and s = $2"),
                ElementsAre(type_oids::int4, type_oids::text));
    EXPECT_THAT(parameters_of("select * from t where i = any($1)"), ElementsAre(1007U));
    EXPECT_THAT(parameters_of("select * from t where b in ($1, $2)"), ElementsAre(type_oids::int8, type_oids::int8));
    EXPECT_THAT(parameters_of("select * from t limit $1 offset $2"), ElementsAre(type_oids::int8, type_oids::int8));
    EXPECT_THAT(parameters_of("select * from generate_series(1, $1)"), ElementsAre(type_oids::int4));
    EXPECT_THAT(parameters_of("select coalesce($1, i) from t"), ElementsAre(type_oids::int4));
    EXPECT_THAT(parameters_of("insert into t (i, n, d) values ($1, $2, $3)"),
                ElementsAre(type_oids::int4, type_oids::numeric, type_oids::date));
    EXPECT_THAT(parameters_of("insert into t (b) select $1"), ElementsAre(type_oids::int8));
    EXPECT_THAT(parameters_of("update t set n = $1 where i = $2"), ElementsAre(type_oids::numeric, type_oids::int4));
    EXPECT_THAT(parameters_of("select $1::interval, cast($2 as uuid)"),
                ElementsAre(type_oids::interval, type_oids::uuid));
    const std::vector<oid> declared{type_oids::int2};
    EXPECT_THAT(parameters_of("insert into t (i) values ($1)", declared), ElementsAre(type_oids::int2));
}

TEST(analyse, errors_have_postgresql_s_code_and_place) {
    EXPECT_EQ(columns_of("select nope from t"), "42703@8");
    EXPECT_EQ(columns_of("select * from nope"), "42P01@15");
    EXPECT_EQ(columns_of("select x.i from t"), "42P01@8");
    EXPECT_EQ(columns_of("select i from t a, t b"), "42702@8");
    EXPECT_EQ(columns_of("select nope(1)"), "42883@8");
    EXPECT_EQ(columns_of("select lower(1, 2)"), "42883@8");
    EXPECT_EQ(columns_of("select i + s from t"), "42883@10");
    EXPECT_EQ(columns_of("select 1 where 'a' like 1"), "42883@20");
    EXPECT_EQ(columns_of("select s, count(*) from t"), "42803@8");
    EXPECT_EQ(columns_of("select 1 where count(*) > 1"), "42803@16");
    EXPECT_EQ(columns_of("select i from t where i"), "42804@23");
    EXPECT_EQ(columns_of("insert into t (i) values ('a'::date)"), "42804@27");
    EXPECT_EQ(columns_of("insert into t (i, i) values (1, 2)"), "42701@19");
    EXPECT_EQ(columns_of("insert into t (i) values (1, 2)"), "42601@30");
    EXPECT_EQ(columns_of("select 1 union select d from t"), "42804@23");
    EXPECT_EQ(columns_of("select case when true then 1 else 'a'::date end"), "42804@28");
    EXPECT_EQ(columns_of("select 1 order by 2"), "42P10@19");
    EXPECT_EQ(columns_of("select $1 is null and $1 > 1"), "42P18@8");
    EXPECT_EQ(columns_of("select sum(sum(i)) over () from t group by i"), "sum numeric");
    EXPECT_EQ(columns_of("select array[]"), "42P18@8");
    EXPECT_EQ(columns_of("select 'a'::varchar(0)"), "22023@13");
    EXPECT_EQ(columns_of("select 'a'::nope"), "42704@13");
    EXPECT_EQ(columns_of("select row(1, 2) = row(1)"), "42601@18");
}

TEST(analyse, deep_statements_are_refused) {
    std::string sums = "select 1";
    for (int i = 0; i < 100'000; ++i) {
        sums += "+1";
    }
    EXPECT_EQ(parse(sums).error().code.view(), "54001");
    EXPECT_EQ(parse("select " + std::string(100'000, '(')).error().code.view(), "54001");
}

}  // namespace
}  // namespace sluice::analysis
