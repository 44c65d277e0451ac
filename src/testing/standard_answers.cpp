#include "testing/standard_answers.hpp"

#include <utility>

namespace sluice::testing {

namespace {

void script_queries(fake_engine& engine) {
    for (std::uint64_t n = 1; n <= 9; ++n) {
        const std::string number = std::to_string(n);
        engine.on("select " + number) = {.columns = {int_column("?column?")}, .rows = {{number}}};
        engine.on("select generate_series(1," + number + ")") = {.columns = {int_column("generate_series")},
                                                                 .counted_rows = n};
    }
    const error by_zero{.code = sqlstates::division_by_zero, .message = "division by zero"};
    engine.on("select 1/0") = {.columns = {int_column("?column?")}, .execute_error = by_zero};
    engine.on("select 1/(3-a) from generate_series(1,5) a") = {
        .columns = {int_column("?column?")}, .rows = {{"0"}, {"1"}}, .fetch_error = by_zero};
    engine.on("select $1::int") = {
        .parameter_types = {postgres::type_oids::int4}, .columns = {int_column("int4")}, .rows = {{"$1"}}};
    engine.on("select $1::text") = {
        .parameter_types = {postgres::type_oids::text}, .columns = {text_column("text")}, .rows = {{"$1"}}};
    engine.on("SELECT CAST(7 AS integer)") = {.columns = {int_column("int4")}, .rows = {{"7"}}};
    engine.on("select nosuch") = {
        .prepare_error =
            error{.code = sqlstates::undefined_column, .message = "column \"nosuch\" does not exist", .position = 8}};
    engine.on("explain select 1") = {.columns = {text_column("QUERY PLAN")},
                                     .rows = {{"Result  (cost=0.00..0.01 rows=1 width=4)"}}};
}

void script_changes(fake_engine& engine) {
    engine.on("insert into t values(1)") = {.rows_affected = 1};
    engine.on("insert into t values(1),(2),(3)") = {.rows_affected = 3};
    engine.on("insert into t values(1) returning a") = {.columns = {int_column("a")}, .rows = {{"1"}}};
    engine.on("insert into t values(1),(2),(3) returning a") = {.columns = {int_column("a")},
                                                                .rows = {{"1"}, {"2"}, {"3"}}};
    engine.on("update t set a=a") = {.rows_affected = 2};
    engine.on("delete from t where a<0") = {};
    engine.on("create table if not exists zz(a int)") = {};
    engine.on("create table zzz(a int)") = {};
    engine.on("truncate u") = {};
}

void script_settings(fake_engine& engine) {
    engine.on("show nosuch") = {.prepare_error = error{.code = sqlstates::undefined_object,
                                                       .message = "unrecognized configuration parameter \"nosuch\""}};
}

void script_copies(fake_engine& engine) {
    engine.on("t") = {.columns = {int_column("a")}, .rows = {{"1"}, {"2"}}};
    engine.on("select 1").columns = {int_column("?column?")};
    engine.on("nosuch") = {
        .prepare_error = error{.code = sqlstates::undefined_table, .message = "relation \"nosuch\" does not exist"}};
}

}  // namespace

void script_standard_answers(fake_engine& engine) {
    script_queries(engine);
    script_changes(engine);
    script_settings(engine);
    script_copies(engine);
}

}  // namespace sluice::testing
