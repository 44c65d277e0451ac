#include <gtest/gtest.h>

#include "testing/standard_answers.hpp"
#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"set_and_show", R"(
        > Q set application_name='foo'
        < C SET
        < S application_name=foo
        < Z I
        > Q show application_name
        < T application_name:25:-1:-1:0
        < D foo
        < C SHOW
        < Z I
        > Q reset application_name
        < C RESET
        < S application_name=
        < Z I
        > Q set application_name to default
        < C SET
        < Z I
        =
    )"},
    {"set_rolls_back_with_its_block", R"(
        > Q set application_name='foo'
        < C SET
        < S application_name=foo
        < Z I
        > Q begin
        < C BEGIN
        < Z T
        > Q set application_name='bar'; set intervalstyle='iso_8601'
        < C SET
        < C SET
        < S application_name=bar
        < S IntervalStyle=iso_8601
        < Z T
        > Q rollback
        < C ROLLBACK
        < S application_name=foo
        < S IntervalStyle=postgres
        < Z I
    )"},
    {"set_local", R"(
        > Q set local application_name='z'
        < N WARNING 25P01 SET LOCAL can only be used in transaction blocks
        < C SET
        < Z I
        > Q begin; set local application_name='z'
        < C BEGIN
        < C SET
        < S application_name=z
        < Z T
        > Q commit
        < C COMMIT
        < S application_name=
        < Z I
        > Q begin; set local application_name='q'
        < C BEGIN
        < C SET
        < S application_name=q
        < Z T
        > Q commit and chain
        < C COMMIT
        < S application_name=
        < Z T
    )"},
    {"set_in_a_query_that_fails", R"(
        > Q set application_name='q'; select 1/0
        < C SET
        < E ERROR 22012 division by zero
        < Z I
        > Q show application_name
        < T application_name:25:-1:-1:0
        < D
        < C SHOW
        < Z I
    )"},
    {"only_the_last_value_is_reported", R"(
        > Q begin; set application_name='q'; rollback; select 1
        < C BEGIN
        < C SET
        < C ROLLBACK
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"set_that_is_refused", R"(
        > Q set timezone='Nowhere/Bad'
        < E ERROR 22023 invalid value for parameter "TimeZone": "Nowhere/Bad"
        < Z I
        > Q set statement_timeout='abc'
        < E ERROR 22023 invalid value for parameter "statement_timeout": "abc"
        < Z I
    )"},
    {"show_spelled_in_words", R"(
        > Q show transaction isolation level
        < T transaction_isolation:25:-1:-1:0
        < D read committed
        < C SHOW
        < Z I
        > P | show all
        > D S
        > S
        < 1
        < t
        < T name:25:-1:-1:0 setting:25:-1:-1:0 description:25:-1:-1:0
        < Z I
    )"},
    {"settings_of_the_engine_go_to_it", R"(
        > Q set threads=4
        < E ERROR 42704 unrecognized configuration parameter "threads"
        < Z I
        > Q show nosuch
        < E ERROR 42704 unrecognized configuration parameter "nosuch"
        < Z I
        = set threads=4; prepare show nosuch
    )"},
    {"discard", R"(
        > Q discard plans
        < C DISCARD PLANS
        < Z I
        > Q discard sequences
        < C DISCARD SEQUENCES
        < Z I
        > Q set application_name=x
        < C SET
        < S application_name=x
        < Z I
        =
        > Q discard all
        < C DISCARD ALL
        < S application_name=
        < Z I
        = discard_all
        > Q begin
        < C BEGIN
        < Z T
        > Q discard all
        < E ERROR 25001 DISCARD ALL cannot run inside a transaction block
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
        > Q select 1; discard all
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < E ERROR 25001 DISCARD ALL cannot run inside a transaction block
        < Z I
        > Q discard all; select 1
        < E ERROR 25001 DISCARD ALL cannot run inside a transaction block
        < Z I
    )"},
    // differs: temporary tables are only in the engine
    {"deallocate", R"(
        > Q deallocate x
        < E ERROR 26000 prepared statement "x" does not exist
        < Z I
        > Q deallocate all
        < C DEALLOCATE ALL
        < Z I
        > Q deallocate prepare all
        < C DEALLOCATE ALL
        < Z I
    )"},
    {"prepare_shares_its_names_with_parse", R"(
        > Q prepare x as select 1
        < C PREPARE
        < Z I
        = prepare select 1
        > Q execute x
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        = execute select 1
        > P x | select 2
        > S
        < E ERROR 42P05 prepared statement "x" already exists
        < Z I
        > B | x
        > E
        > S
        < 2
        < D 1
        < C SELECT 1
        < Z I
        > P y | select 2
        > S
        < 1
        < Z I
        > Q execute y
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z I
        > Q deallocate x
        < C DEALLOCATE
        < Z I
        > Q execute x
        < E ERROR 26000 prepared statement "x" does not exist
        < Z I
    )"},
    {"execute_with_arguments", R"(
        > Q prepare x (int) as select $1::int
        < C PREPARE
        < Z I
        > Q execute x (7)
        < T int4:23:4:-1:0
        < D 7
        < C SELECT 1
        < Z I
        > Q execute x
        < E ERROR 42601 wrong number of parameters for prepared statement "x" [D:Expected 1 parameters but got 0.]
        < Z I
        > P | execute x (7)
        > D S
        > B
        > E
        > S
        < 1
        < t
        < T int4:23:4:-1:0
        < 2
        < D 7
        < C SELECT 1
        < Z I
    )"},
    {"execute_of_a_change", R"(
        > Q prepare x as insert into t values(1)
        < C PREPARE
        < Z I
        > Q begin; execute x; commit
        < C BEGIN
        < C INSERT 0 1
        < C COMMIT
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); commit
    )"},
    {"what_cannot_be_prepared", R"(
        > Q prepare x as create table zzz(a int)
        < E ERROR 42601 syntax error at or near "create" [P:14]
        < Z I
        > Q prepare x as select nosuch
        < E ERROR 42703 column "nosuch" does not exist [P:21]
        < Z I
    )"},
    {"unlisten", R"(
        > Q unlisten *
        < C UNLISTEN
        < Z I
        > Q unlisten a
        < C UNLISTEN
        < Z I
    )"},
    // differs: PostgreSQL has notifications
    {"listen", R"(
        > Q listen a
        < E ERROR 0A000 LISTEN is not supported
        < Z I
        > Q notify a
        < E ERROR 0A000 NOTIFY is not supported
        < Z I
    )"},
};

SLUICE_TRANSCRIPTS(session_commands, cases);

TEST(value_settings, reach_the_engine_and_roll_back) {
    testing::session_script script;
    testing::script_standard_answers(script.engine);
    constexpr std::string_view transcript = R"(
        > Q begin; set timezone='Asia/Tokyo'; select 1
        < C BEGIN
        < C SET
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < S TimeZone=Asia/Tokyo
        < Z T
        = time_zone Asia/Tokyo; begin; prepare select 1; execute select 1
        > Q rollback
        < C ROLLBACK
        < S TimeZone=UTC
        < Z I
        = rollback; time_zone UTC
    )";
    EXPECT_EQ(script.play(transcript), testing::clean(transcript));
}

TEST(value_settings, that_the_engine_refuses_do_not_stay) {
    testing::session_script script;
    script.engine.fail_next("time_zone",
                            error{.code = sqlstates::invalid_parameter_value, .message = "unknown time zone"});
    constexpr std::string_view transcript = R"(
        > Q set timezone='Asia/Tokyo'
        < E ERROR 22023 unknown time zone
        < Z I
        = time_zone Asia/Tokyo
        > Q show timezone
        < T TimeZone:25:-1:-1:0
        < D UTC
        < C SHOW
        < Z I
        =
    )";
    EXPECT_EQ(script.play(transcript), testing::clean(transcript));
}

}  // namespace
}  // namespace sluice::session
