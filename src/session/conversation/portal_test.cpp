#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
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
    {"ddl_has_no_rows_to_describe", R"(
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
};

SLUICE_TRANSCRIPTS(portals, cases);

}  // namespace
}  // namespace sluice::session
