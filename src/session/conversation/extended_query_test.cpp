#include <gtest/gtest.h>

#include "testing/transcript.hpp"

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
