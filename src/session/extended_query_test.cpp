#include "testing/transcript_test.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"parse_describe_bind_execute", R"(
        > P | select $1::int
        > D S
        > B | | 5; results 1
        > D P
        > S
        < 1
        < t 23
        < T int4:23:4:-1:0
        < 2
        < T int4:23:4:-1:1
        < Z I
        = prepare select $1::int
    )"},
    {"one_execute_before_sync_needs_no_transaction", R"(
        > P | select $1::int
        > B | | 7
        > E
        > S
        < 1
        < 2
        < D 7
        < C SELECT 1
        < Z I
        = prepare select $1::int; execute select $1::int
    )"},
    {"several_executes_are_one_transaction", R"(
        > P | insert into t values(1)
        > B
        > E
        > B
        > E
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 2
        < C INSERT 0 1
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); execute insert into t values(1); commit
    )"},
    {"an_error_undoes_the_pipeline", R"(
        > P | insert into t values(1)
        > B
        > E
        > P | select $1::int
        > B
        > E
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 1
        < E ERROR 08P01 bind message supplies 0 parameters, but prepared statement "" requires 1
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); prepare select $1::int; rollback
    )"},
    {"each_sync_ends_a_transaction", R"(
        > P | insert into t values(1)
        > B
        > E
        > S
        > B nosuch | nosuch
        > S
        < 1
        < 2
        < C INSERT 0 1
        < Z I
        < E ERROR 26000 prepared statement "nosuch" does not exist
        < Z I
        = prepare insert into t values(1); execute insert into t values(1)
    )"},
    {"null_and_empty_parameters", R"(
        > P | select $1::text | 25
        > B | | NULL
        > E
        > B | |
        > E
        > S
        < 1
        < 2
        < D NULL
        < C SELECT 1
        < 2
        < D
        < C SELECT 1
        < Z I
    )"},
    {"named_statements", R"(
        > P s | select 1
        > H
        < 1
        > D Ss
        > H
        < t
        < T ?column?:23:4:-1:0
        > B | s
        > E
        > S
        < 2
        < D 1
        < C SELECT 1
        < Z I
        > P s | select 2
        > P x | select 1
        > S
        < E ERROR 42P05 prepared statement "s" already exists
        < Z I
        > C Ss
        > C Snosuch
        > C Pnosuch
        > P s | select 2
        > S
        < 3
        < 3
        < 3
        < 1
        < Z I
    )"},
    {"the_unnamed_statement_is_replaced", R"(
        > P | select 1
        > P | select 2
        > B
        > E
        > S
        < 1
        < 1
        < 2
        < D 2
        < C SELECT 1
        < Z I
    )"},
    {"a_failed_parse_drops_the_unnamed_statement", R"(
        > P | select 1
        > S
        < 1
        < Z I
        > P | selec
        > S
        < E ERROR 42601 syntax error at or near "selec" [P:1]
        < Z I
        > B
        > S
        < E ERROR 26000 unnamed prepared statement does not exist
        < Z I
        > D S
        > S
        < E ERROR 26000 unnamed prepared statement does not exist
        < Z I
    )"},
    {"unknown_names", R"(
        > B | nosuch
        > S
        < E ERROR 26000 prepared statement "nosuch" does not exist
        < Z I
        > D Snosuch
        > S
        < E ERROR 26000 prepared statement "nosuch" does not exist
        < Z I
        > D Pnosuch
        > S
        < E ERROR 34000 portal "nosuch" does not exist
        < Z I
        > E nosuch
        > S
        < E ERROR 34000 portal "nosuch" does not exist
        < Z I
        > E
        > S
        < E ERROR 34000 portal "" does not exist
        < Z I
        > D P
        > S
        < E ERROR 34000 portal "" does not exist
        < Z I
    )"},
    {"a_portal_name_in_use", R"(
        > P | select 1
        > B p
        > B p
        > S
        < 1
        < 2
        < E ERROR 42P03 cursor "p" already exists
        < Z I
        > P | select 1
        > B
        > B
        > E
        > S
        < 1
        < 2
        < 2
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"exactly_rows_max_left_is_suspended", R"(
        > P | select generate_series(1,4)
        > B
        > E | 2
        > E | 2
        > E | 2
        > E | 2
        > S
        < 1
        < 2
        < D 1
        < D 2
        < s
        < D 3
        < D 4
        < s
        < C SELECT 0
        < C SELECT 0
        < Z I
        = prepare select generate_series(1,4); begin; execute select generate_series(1,4); commit
    )"},
    {"fewer_than_rows_max_left", R"(
        > P | select generate_series(1,3)
        > B
        > E | 2
        > E | 2
        > E | 2
        > E
        > S
        < 1
        < 2
        < D 1
        < D 2
        < s
        < D 3
        < C SELECT 1
        < C SELECT 0
        < C SELECT 0
        < Z I
    )"},
    {"more_than_all_rows", R"(
        > P | select generate_series(1,3)
        > B
        > E | 5
        > E | 5
        > S
        < 1
        < 2
        < D 1
        < D 2
        < D 3
        < C SELECT 3
        < C SELECT 0
        < Z I
    )"},
    {"a_read_portal_is_not_run_again", R"(
        > P | select generate_series(1,3)
        > B
        > E
        > E
        > E | 1
        > S
        < 1
        < 2
        < D 1
        < D 2
        < D 3
        < C SELECT 3
        < C SELECT 0
        < C SELECT 0
        < Z I
        = prepare select generate_series(1,3); begin; execute select generate_series(1,3); commit
    )"},
    {"a_suspended_portal_read_to_its_end", R"(
        > P | select generate_series(1,3)
        > B
        > E | 1
        > E
        > S
        < 1
        < 2
        < D 1
        < s
        < D 2
        < D 3
        < C SELECT 2
        < Z I
    )"},
    {"portals_end_at_sync_outside_a_block", R"(
        > P | select generate_series(1,3)
        > B p
        > E p | 1
        > S
        < 1
        < 2
        < D 1
        < s
        < Z I
        > E p | 1
        > S
        < E ERROR 34000 portal "p" does not exist
        < Z I
    )"},
    {"portals_live_until_the_end_of_the_block", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | select generate_series(1,3)
        > B p
        > E p | 1
        > S
        < 1
        < 2
        < D 1
        < s
        < Z T
        > E p | 1
        > S
        < D 2
        < s
        < Z T
        > D Pp
        > S
        < T generate_series:23:4:-1:0
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        > E p | 1
        > S
        < E ERROR 34000 portal "p" does not exist
        < Z I
    )"},
    {"named_portals_survive_simple_queries_and_their_statement", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P x | select generate_series(1,3)
        > B p | x
        > E p | 1
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
        > E p | 1
        > S
        < D 2
        < s
        < Z T
        > C Sx
        > E p | 1
        > S
        < 3
        < D 3
        < s
        < Z T
        > C Pp
        > E p | 1
        > S
        < 3
        < E ERROR 34000 portal "p" does not exist
        < Z E
    )"},
    {"commit_ends_portals_in_the_same_pipeline", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | select generate_series(1,5)
        > B p
        > E p | 1
        > P | commit
        > B
        > E
        > E p | 1
        > S
        < 1
        < 2
        < D 1
        < s
        < 1
        < 2
        < C COMMIT
        < E ERROR 34000 portal "p" does not exist
        < Z I
    )"},
    {"a_change_is_not_run_twice", R"(
        > P | insert into t values(1)
        > B
        > E
        > E
        > S
        < 1
        < 2
        < C INSERT 0 1
        < E ERROR 55000 portal "" cannot be run
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); rollback
    )"},
    {"rows_max_means_nothing_to_a_change", R"(
        > P | insert into t values(1),(2),(3)
        > B
        > E | 1
        > S
        < 1
        < 2
        < C INSERT 0 3
        < Z I
        = prepare insert into t values(1),(2),(3); execute insert into t values(1),(2),(3)
    )"},
    {"returning_in_portions", R"(
        > P | insert into t values(1),(2),(3) returning a
        > D S
        > B
        > E | 2
        > E | 2
        > E | 2
        > S
        < 1
        < t
        < T a:23:4:-1:0
        < 2
        < D 1
        < D 2
        < s
        < D 3
        < C INSERT 0 1
        < C INSERT 0 0
        < Z I
    )"},
    {"returning_read_in_part_before_sync_is_committed_at_sync", R"(
        > P | insert into t values(1),(2),(3) returning a
        > B
        > E | 2
        > S
        < 1
        < 2
        < D 1
        < D 2
        < s
        < Z I
        = prepare insert into t values(1),(2),(3) returning a; begin; execute insert into t values(1),(2),(3) returning a; commit
    )"},
    {"returning_all_at_once", R"(
        > P | insert into t values(1) returning a
        > B
        > E
        > E
        > S
        < 1
        < 2
        < D 1
        < C INSERT 0 1
        < C INSERT 0 0
        < Z I
    )"},
    {"ddl_is_not_run_twice", R"(
        > P | create table if not exists zz(a int)
        > D S
        > B
        > D P
        > S
        < 1
        < t
        < n
        < 2
        < n
        < Z I
    )"},
    {"an_error_skips_to_sync", R"(
        > P | select 1
        > B | nosuch
        > P | select 1
        > B
        > E
        > Q select 9
        > S
        < 1
        < E ERROR 26000 prepared statement "nosuch" does not exist
        < Z I
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"an_error_is_sent_without_waiting_for_sync", R"(
        > D Szz
        < E ERROR 26000 prepared statement "zz" does not exist
        > H
        > Q select 1
        > S
        < Z I
    )"},
    {"terminate_while_skipping", R"(
        > D Szz
        > X
        < E ERROR 26000 prepared statement "zz" does not exist
        < (closed)
    )"},
    {"an_unknown_message_while_skipping", R"(
        > D Szz
        > ? 21 00 00 00 04
        < E ERROR 26000 prepared statement "zz" does not exist
        < E FATAL 08P01 invalid frontend message type 33
        < (closed)
    )"},
    {"counts_that_do_not_match", R"(
        > P x | select $1::int
        > B | x | 1 | 2
        > S
        < 1
        < E ERROR 08P01 bind message supplies 2 parameters, but prepared statement "x" requires 1
        < Z I
        > B | x | 1; formats 0 0
        > S
        < E ERROR 08P01 bind message has 2 parameter formats but 1 parameters
        < Z I
        > B | x | 1; results 0 0
        > S
        < E ERROR 08P01 bind message has 2 result formats but query has 1 columns
        < Z I
        > P y | delete from t where a<0
        > B | y; results 0 1
        > S
        < 1
        < 2
        < Z I
    )"},
    {"several_statements_in_parse", R"(
        > P | select 1; select 2
        > S
        < E ERROR 42601 cannot insert multiple commands into a prepared statement
        < Z I
        > P | select 1;
        > B
        > E
        > S
        < 1
        < 2
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"empty_statement", R"(
        > P | ;
        > D S
        > B |; results 1 1
        > D P
        > E
        > E
        > S
        < 1
        < t
        < n
        < 2
        < n
        < I
        < I
        < Z I
    )"},
    {"show", R"(
        > P | show datestyle
        > D S
        > B |; results 1
        > D P
        > E | 1
        > E | 1
        > S
        < 1
        < t
        < T DateStyle:25:-1:-1:0
        < 2
        < T DateStyle:25:-1:-1:1
        < D ISO, MDY
        < s
        < C SHOW
        < Z I
        =
    )"},
    {"set_and_report_at_sync", R"(
        > P | set application_name=x1
        > D S
        > B
        > D P
        > E
        > H
        < 1
        < t
        < n
        < 2
        < n
        < C SET
        > P | set application_name=x2
        > B
        > E
        > S
        < 1
        < 2
        < C SET
        < S application_name=x2
        < Z I
        =
    )"},
    {"set_rolls_back_with_its_pipeline", R"(
        > P | set application_name=zz
        > B
        > E
        > D Szz
        > S
        < 1
        < 2
        < C SET
        < E ERROR 26000 prepared statement "zz" does not exist
        < Z I
        > Q show application_name
        < T application_name:25:-1:-1:0
        < D
        < C SHOW
        < Z I
        =
    )"},
    {"begin_and_commit", R"(
        > P | begin
        > B
        > E
        > S
        < 1
        < 2
        < C BEGIN
        < Z T
        > P | insert into t values(1)
        > B
        > E
        > P | commit
        > B
        > E
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 1
        < 2
        < C COMMIT
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); commit
    )"},
    {"a_block_within_a_pipeline", R"(
        > P | begin
        > B
        > E
        > P | select 1
        > B
        > E
        > P | commit
        > B
        > E
        > S
        < 1
        < 2
        < C BEGIN
        < 1
        < 2
        < D 1
        < C SELECT 1
        < 1
        < 2
        < C COMMIT
        < Z I
        = begin; prepare select 1; execute select 1; commit
    )"},
    {"begin_takes_over_the_pipeline", R"(
        > P | insert into t values(1)
        > B
        > E
        > P | begin
        > B
        > E
        > P | select 1
        > B
        > E
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 1
        < 2
        < C BEGIN
        < 1
        < 2
        < D 1
        < C SELECT 1
        < Z T
        = prepare insert into t values(1); begin; execute insert into t values(1); prepare select 1; execute select 1
    )"},
    {"commit_within_an_implicit_transaction", R"(
        > P | insert into t values(1)
        > B
        > E
        > P | commit
        > B
        > E
        > D Szz
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 1
        < 2
        < N WARNING 25P01 there is no transaction in progress
        < C COMMIT
        < E ERROR 26000 prepared statement "zz" does not exist
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); commit
    )"},
    {"commit_run_twice", R"(
        > P x | commit
        > P b | begin
        > S
        < 1
        < 1
        < Z I
        > B | b
        > E
        > B | x
        > E
        > E
        > S
        < 2
        < C BEGIN
        < 2
        < C COMMIT
        < E ERROR 34000 portal "" does not exist
        < Z I
    )"},
    {"a_failed_block_refuses", R"(
        > P s | select 1
        > P c | rollback
        > P e |
        > S
        < 1
        < 1
        < 1
        < Z I
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < Z E
        > P | select 1
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > B | s
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > B | e
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > D Ss
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > D Sc
        > S
        < t
        < n
        < Z E
        > C Ss
        > S
        < 3
        < Z E
        > B | c
        > D P
        > E
        > S
        < 2
        < n
        < C ROLLBACK
        < Z I
    )"},
    {"portals_of_a_failed_block", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | select generate_series(1,3)
        > B p
        > E p | 1
        > S
        < 1
        < 2
        < D 1
        < s
        < Z T
        > Q select 1/0
        < E ERROR 22012 division by zero
        < Z E
        > E p | 1
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > D Pp
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
        > E p
        > S
        < E ERROR 34000 portal "p" does not exist
        < Z I
    )"},
    {"deallocate_means_protocol_statements", R"(
        > P s | select 1
        > S
        < 1
        < Z I
        > Q deallocate s
        < C DEALLOCATE
        < Z I
        > B | s
        > S
        < E ERROR 26000 prepared statement "s" does not exist
        < Z I
        > P s | select 1
        > P d | deallocate s
        > B | d
        > E
        > B | s
        > S
        < 1
        < 1
        < 2
        < C DEALLOCATE
        < E ERROR 26000 prepared statement "s" does not exist
        < Z I
        > Q deallocate all
        < C DEALLOCATE ALL
        < Z I
        > B | d
        > S
        < E ERROR 26000 prepared statement "d" does not exist
        < Z I
        > P x | deallocate x
        > B p | x
        > E p
        > S
        < 1
        < 2
        < C DEALLOCATE
        < Z I
    )"},
    {"discard_all_in_a_pipeline", R"(
        > P s | select 1
        > S
        < 1
        < Z I
        > P | discard all
        > B
        > E
        > S
        < 1
        < 2
        < C DISCARD ALL
        < Z I
        > B | s
        > S
        < E ERROR 26000 prepared statement "s" does not exist
        < Z I
        > P | select 1
        > B
        > E
        > P | discard all
        > B
        > E
        > S
        < 1
        < 2
        < D 1
        < C SELECT 1
        < 1
        < 2
        < E ERROR 25001 DISCARD ALL cannot be executed within a pipeline
        < Z I
    )"},
    {"a_statement_closed_while_its_portal_waits", R"(
        > P a | select 1
        > B p | a
        > C Sa
        > E p
        > S
        < 1
        < 2
        < 3
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"statements_outlive_transactions", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P s1 | select 1
        > S
        < 1
        < Z T
        > Q rollback
        < C ROLLBACK
        < Z I
        > B | s1
        > E
        > S
        < 2
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"sync_alone", R"(
        > S
        > S
        < Z I
        < Z I
    )"},
    {"malformed_messages", R"(
        > ? 50 00 00 00 05 78
        > S
        < E ERROR 08P01 invalid string in message
        < Z I
        > ? 44 00 00 00 06 58 00
        > S
        < E ERROR 08P01 invalid DESCRIBE message subtype 88
        < Z I
        > ? 43 00 00 00 06 58 00
        > S
        < E ERROR 08P01 invalid CLOSE message subtype 88
        < Z I
        > ? 45 00 00 00 05 00
        > S
        < E ERROR 08P01 insufficient data left in message
        < Z I
        > ? 53 00 00 00 05 78
        < E ERROR 08P01 invalid message format
        < Z I
        > ? 48 00 00 00 05 78
        > S
        < E ERROR 08P01 invalid message format
        < Z I
        > ? 44 00 00 00 04
        > S
        < E ERROR 08P01 no data left in message
        < Z I
    )"},
    {"positions_in_parse", R"(
        > P | \x20\x20select nosuch
        > S
        < E ERROR 42703 column "nosuch" does not exist [P:10]
        < Z I
    )"},
    {"savepoint_outside_a_block", R"(
        > P | savepoint a
        > B
        > E
        > S
        < 1
        < 2
        < E ERROR 25P01 SAVEPOINT can only be used in transaction blocks
        < Z I
        =
    )"},
};

SLUICE_TRANSCRIPTS(extended_query, cases);

}  // namespace
}  // namespace sluice::session
