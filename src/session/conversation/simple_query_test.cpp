#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"one_statement", R"(
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        = prepare select 1; execute select 1
    )"},
    {"several_statements_are_one_transaction", R"(
        > Q insert into t values(1); select 2
        < C INSERT 0 1
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); prepare select 2; execute select 2; commit
    )"},
    {"an_error_skips_the_rest_and_undoes_all", R"(
        > Q insert into t values(1); select 1/0; select 3
        < C INSERT 0 1
        < E ERROR 22012 division by zero
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); prepare select 1/0; execute select 1/0; rollback
        > Q select 3
        < T ?column?:23:4:-1:0
        < D 3
        < C SELECT 1
        < Z I
    )"},
    {"begin_takes_over_what_ran_before_it", R"(
        > Q insert into t values(1); begin; insert into t values(1); select 1/0
        < C INSERT 0 1
        < C BEGIN
        < C INSERT 0 1
        < E ERROR 22012 division by zero
        < Z E
        = begin; prepare insert into t values(1); execute insert into t values(1); prepare insert into t values(1); execute insert into t values(1); prepare select 1/0; execute select 1/0; rollback
        > Q select 1
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
        =
    )"},
    {"commit_inside_the_text_keeps_what_ran_before_it", R"(
        > Q insert into t values(1); begin; insert into t values(1); commit; select 1/0
        < C INSERT 0 1
        < C BEGIN
        < C INSERT 0 1
        < C COMMIT
        < E ERROR 22012 division by zero
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); prepare insert into t values(1); execute insert into t values(1); commit; begin; prepare select 1/0; execute select 1/0; rollback
    )"},
    {"a_block_may_stay_open", R"(
        > Q select 1; begin; select 2
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < C BEGIN
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        = begin; prepare select 1; execute select 1; prepare select 2; execute select 2; commit
    )"},
    {"commit_without_begin_commits_the_implicit_transaction", R"(
        > Q insert into t values(1); commit; select 1/0
        < C INSERT 0 1
        < N WARNING 25P01 there is no transaction in progress
        < C COMMIT
        < E ERROR 22012 division by zero
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); commit; begin; prepare select 1/0; execute select 1/0; rollback
    )"},
    {"rollback_without_begin_undoes_the_implicit_transaction", R"(
        > Q insert into t values(1); rollback; select 5
        < C INSERT 0 1
        < N WARNING 25P01 there is no transaction in progress
        < C ROLLBACK
        < T ?column?:23:4:-1:0
        < D 5
        < C SELECT 1
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); rollback; begin; prepare select 5; execute select 5; commit
    )"},
    {"chain_needs_a_block", R"(
        > Q select 1; commit and chain; select 5
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < E ERROR 25P01 COMMIT AND CHAIN can only be used in transaction blocks
        < Z I
    )"},
    {"empty", R"(
        > Q
        < I
        < Z I
    )"},
    {"only_separators", R"(
        > Q ;
        < I
        < Z I
    )"},
    {"only_a_comment", R"(
        > Q   -- x
        < I
        < Z I
    )"},
    {"empty_statements_between", R"(
        > Q ; ; select 1;;
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        = prepare select 1; execute select 1
    )"},
    {"empty_in_a_failed_block", R"(
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < Z E
        > Q
        < I
        < Z E
    )"},
    {"no_rows", R"(
        > Q delete from t where a<0
        < C DELETE 0
        < Z I
    )"},
    {"returning", R"(
        > Q insert into t values(1),(2),(3) returning a
        < T a:23:4:-1:0
        < D 1
        < D 2
        < D 3
        < C INSERT 0 3
        < Z I
    )"},
    {"explain", R"(
        > Q explain select 1
        < T QUERY PLAN:25:-1:-1:0
        < D Result  (cost=0.00..0.01 rows=1 width=4)
        < C EXPLAIN
        < Z I
    )"},
    {"positions_count_from_the_start_of_the_text", R"(
        > Q select 1; /* é */ select nosuch
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < E ERROR 42703 column "nosuch" does not exist [P:26]
        < Z I
    )"},
    {"messages_arrive_together", R"(
        > Q select 1
        > Q select 2
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z I
    )"},
    {"a_query_in_the_middle_of_a_pipeline_ends_it", R"(
        > P | insert into t values(1)
        > B
        > E
        > Q select 1
        > S
        < 1
        < 2
        < C INSERT 0 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); prepare select 1; execute select 1; commit
    )"},
    {"a_query_drops_the_unnamed_statement_and_portal", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | select generate_series(1,3)
        > B
        > E | 1
        > S
        < 1
        < 2
        < D 1
        < s
        < Z T
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        > E | 1
        > S
        < E ERROR 34000 portal "" does not exist
        < Z E
        > B
        > S
        < E ERROR 26000 unnamed prepared statement does not exist
        < Z E
    )"},
    {"text_that_is_not_utf8", R"(
        > Q select '\xff'
        < E ERROR 22021 invalid byte sequence for encoding "UTF8": 0xff
        < Z I
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"a_query_without_its_zero_byte", R"(
        > ? 51 00 00 00 0c 73 65 6c 65 63 74 20 31
        < E ERROR 08P01 invalid string in message
        < Z I
    )"},
    {"a_query_with_more_than_its_text", R"(
        > ? 51 00 00 00 0d 73 65 6c 65 63 74 20 31 00
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        > ? 51 00 00 00 0e 73 65 6c 65 63 74 20 31 00 78
        < E ERROR 08P01 invalid message format
        < Z I
    )"},
    {"an_unknown_message", R"(
        > ? 21 00 00 00 04
        < E FATAL 08P01 invalid frontend message type 33
        < (closed)
    )"},
    {"terminate", R"(
        > X
        < (closed)
    )"},
    {"stray_copy_messages_are_ignored", R"(
        > c
        > d x
        > f x
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    // differs: PostgreSQL knows functions by their OIDs
    {"function_call", R"(
        > F
        < E ERROR 0A000 the FunctionCall message is not supported [H:Call the function in a SELECT.]
        < Z I
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"function_call_in_a_failed_block", R"(
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < Z E
        > F
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
    )"},
    // differs: the engine parses a statement when its turn comes; PostgreSQL all of them at once
    {"a_syntax_error_that_only_the_engine_sees", R"(
        > Q insert into t values(1); selec 2
        < C INSERT 0 1
        < E ERROR 42601 syntax error at or near "selec" [P:26]
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); prepare selec 2; rollback
    )"},
    {"a_syntax_error_that_the_session_sees", R"(
        > Q insert into t values(1); fetch absolute c
        < E ERROR 42601 syntax error at or near "c" [P:41]
        < Z I
        =
    )"},
};

SLUICE_TRANSCRIPTS(simple_query, cases);

}  // namespace
}  // namespace sluice::session
