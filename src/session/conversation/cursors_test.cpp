#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"fetch_and_move", R"(
        > Q begin
        < C BEGIN
        < Z T
        > Q declare c cursor for select generate_series(1,5)
        < C DECLARE CURSOR
        < Z T
        = begin; prepare select generate_series(1,5); execute select generate_series(1,5)
        > Q fetch 2 from c
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < C FETCH 2
        < Z T
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > Q move 1 c
        < C MOVE 1
        < Z T
        > Q fetch all from c
        < T generate_series:23:4:-1:0
        < D 5
        < C FETCH 1
        < Z T
        > Q fetch all c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q close c
        < C CLOSE CURSOR
        < Z T
        > Q fetch c
        < E ERROR 34000 cursor "c" does not exist
        < Z E
        = rollback
    )"},
    {"outside_a_block", R"(
        > Q declare c cursor for select 1
        < E ERROR 25P01 DECLARE CURSOR can only be used in transaction blocks
        < Z I
        > Q fetch c
        < E ERROR 34000 cursor "c" does not exist
        < Z I
        > Q close c
        < E ERROR 34000 cursor "c" does not exist
        < Z I
        > Q close all
        < C CLOSE CURSOR ALL
        < Z I
    )"},
    {"in_an_implicit_transaction", R"(
        > Q declare c cursor for select 2; fetch c
        < C DECLARE CURSOR
        < T ?column?:23:4:-1:0
        < D 2
        < C FETCH 1
        < Z I
        = begin; prepare select 2; execute select 2; commit
    )"},
    {"not_in_a_pipeline", R"(
        > P | select 1
        > B
        > E
        > P | declare c cursor for select 7
        > B
        > E
        > S
        < 1
        < 2
        < D 1
        < C SELECT 1
        < 1
        < 2
        < E ERROR 25P01 DECLARE CURSOR can only be used in transaction blocks
        < Z I
    )"},
    {"a_name_in_use", R"(
        > Q begin; declare c cursor for select 1
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q declare c cursor for select 1
        < E ERROR 42P03 cursor "c" already exists
        < Z E
    )"},
    {"absolute_and_relative", R"(
        > Q begin; declare c no scroll cursor for select generate_series(1,9)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch absolute 0 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch relative 0 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q move 0 c
        < C MOVE 0
        < Z T
        > Q move absolute 3 c
        < C MOVE 1
        < Z T
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 4
        < C FETCH 1
        < Z T
        > Q fetch relative 2 c
        < T generate_series:23:4:-1:0
        < D 6
        < C FETCH 1
        < Z T
        > Q move forward 2 c
        < C MOVE 2
        < Z T
        > Q fetch absolute 20 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch relative 1 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
    )"},
    {"first_is_the_first", R"(
        > Q begin; declare c no scroll cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch first c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
    )"},
    // differs: there is no SCROLL that the hint could suggest
    {"backward", R"(
        > Q begin; declare c no scroll cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch -1 c
        < E ERROR 55000 cursor can only scan forward [H:Declare it with SCROLL option to enable backward scan.]
        < Z E
    )"},
    // differs: there is no SCROLL that the hint could suggest
    {"the_same_row_again", R"(
        > Q begin; declare c no scroll cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch 1 c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        > Q fetch 0 c
        < E ERROR 55000 cursor can only scan forward [H:Declare it with SCROLL option to enable backward scan.]
        < Z E
    )"},
    // differs: PostgreSQL fetches all rows before it sends the first; Sluice streams
    {"an_error_while_fetching", R"(
        > Q begin; declare c cursor for select 1/(3-a) from generate_series(1,5) a
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch 2 c
        < T ?column?:23:4:-1:0
        < D 0
        < D 1
        < C FETCH 2
        < Z T
        > Q fetch 2 c
        < T ?column?:23:4:-1:0
        < E ERROR 22012 division by zero
        < Z E
    )"},
    {"refused_in_a_failed_block", R"(
        > Q begin; declare c cursor for select 1
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q select 1/0
        < E ERROR 22012 division by zero
        < Z E
        > Q fetch c
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q close c
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > D Pc
        > S
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > C Pc
        > S
        < 3
        < Z E
    )"},
    {"ends_with_its_block", R"(
        > Q begin; declare c cursor for select 1
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q commit and chain
        < C COMMIT
        < Z T
        > Q fetch c
        < E ERROR 34000 cursor "c" does not exist
        < Z E
    )"},
    {"a_portal_without_rows", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | close p
        > B p
        > E p
        > S
        < 1
        < 2
        < E ERROR 24000 cannot drop active portal "p"
        < Z E
    )"},
    {"sees_the_data_as_of_declare", R"(
        > Q begin; declare c cursor for select generate_series(1,3)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q insert into t values(1)
        < C INSERT 0 1
        < Z T
        = begin; prepare select generate_series(1,3); execute select generate_series(1,3); prepare insert into t values(1); execute insert into t values(1)
        > Q fetch 1 c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        =
    )"},
    {"scroll", R"(
        > Q begin; declare c scroll cursor for select generate_series(1,3)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch last c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > Q fetch prior c
        < T generate_series:23:4:-1:0
        < D 2
        < C FETCH 1
        < Z T
        > Q fetch relative 0 c
        < T generate_series:23:4:-1:0
        < D 2
        < C FETCH 1
        < Z T
        > Q fetch backward all c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        > Q fetch backward 0 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch next c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        > Q fetch absolute -1 c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > Q move backward all c
        < C MOVE 2
        < Z T
        > Q fetch backward 5 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch all c
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < D 3
        < C FETCH 3
        < Z T
        > Q fetch backward 2 c
        < T generate_series:23:4:-1:0
        < D 3
        < D 2
        < C FETCH 2
        < Z T
        > Q move 0 c
        < C MOVE 1
        < Z T
        > Q move first c
        < C MOVE 1
        < Z T
        > Q fetch relative 2 c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > Q fetch relative -5 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch absolute 7 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q fetch -1 c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > Q fetch absolute 0 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > Q move absolute 2 c; move relative 1 c; move relative 1 c
        < C MOVE 1
        < C MOVE 1
        < C MOVE 0
        < Z T
        > Q fetch prior c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
    )"},
    {"with_hold", R"(
        > Q declare c cursor with hold for select generate_series(1,3)
        < C DECLARE CURSOR
        < Z I
        = prepare select generate_series(1,3); execute select generate_series(1,3); hold
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z I
        > Q begin; fetch c; rollback
        < C BEGIN
        < T generate_series:23:4:-1:0
        < D 2
        < C FETCH 1
        < C ROLLBACK
        < Z I
        > Q begin; declare d cursor with hold for select 1; rollback; fetch d
        < C BEGIN
        < C DECLARE CURSOR
        < C ROLLBACK
        < E ERROR 34000 cursor "d" does not exist
        < Z I
        > Q fetch all c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z I
        > Q close c
        < C CLOSE CURSOR
        < Z I
    )"},
    {"held_by_commit", R"(
        > Q begin; declare c cursor with hold for select generate_series(1,3)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        = begin; prepare select generate_series(1,3); execute select generate_series(1,3); hold; commit
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 2
        < C FETCH 1
        < Z I
    )"},
    {"conflicting_options", R"(
        > Q begin; declare c scroll no scroll cursor for select 1
        < E ERROR 42P11 cannot specify both SCROLL and NO SCROLL
        < Z I
    )"},
    // differs: PostgreSQL parses the query inside
    {"only_for_queries", R"(
        > Q begin; declare c cursor for insert into t values (1) returning a
        < C BEGIN
        < E ERROR 42601 a cursor can only be declared for a query
        < Z E
    )"},
};

SLUICE_TRANSCRIPTS(cursors, cases);

}  // namespace
}  // namespace sluice::session
