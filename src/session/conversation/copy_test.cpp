#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

// PostgreSQL's CONTEXT of COPY errors is the engine's to write; the replies below leave it out.
const testing::transcript cases[] = {
    {"from_stdin", R"(
        > Q copy t from stdin
        < G 0 0
        > d 1\n2
        > d \n
        > c
        < C COPY 2
        < Z I
        = copy_in t; copy_write; copy_write; copy_finish
    )"},
    {"the_client_gives_up", R"(
        > Q copy t from stdin
        < G 0 0
        > d 1\n2
        > f because
        < E ERROR 57014 COPY from stdin failed: because
        < Z I
        = copy_in t; copy_write
    )"},
    {"a_bad_row_and_what_was_on_its_way", R"(
        > Q copy t from stdin
        < G 0 0
        > d 1\n
        > d 3\n
        > f stop
        > d 4\n
        > c
        < E ERROR 57014 COPY from stdin failed: stop
        < Z I
        = copy_in t; copy_write; copy_write
    )"},
    {"a_query_behind_a_failed_copy", R"(
        > Q copy nosuch from stdin
        > d 3\n
        > Q select 5
        > d 4\n
        > c
        < E ERROR 42P01 relation "nosuch" does not exist
        < Z I
        < T ?column?:23:4:-1:0
        < D 5
        < C SELECT 1
        < Z I
    )"},
    {"flush_and_sync_are_ignored_meanwhile", R"(
        > Q copy t from stdin
        < G 0 0
        > H
        > S
        > d 1\n
        > H
        > S
        > c
        < C COPY 1
        < Z I
    )"},
    {"a_query_meanwhile_ends_the_connection", R"(
        > Q copy t from stdin
        < G 0 0
        > d 1\n
        > Q select 1
        < E ERROR 08P01 unexpected message type 0x51 during COPY from stdin
        < E FATAL 08P01 terminating connection because protocol synchronization was lost
        < (closed)
    )"},
    {"an_unknown_message_meanwhile", R"(
        > Q copy t from stdin
        < G 0 0
        > ? 21 00 00 00 04
        < E ERROR 08P01 unexpected message type 0x21 during COPY from stdin
        < E FATAL 08P01 terminating connection because protocol synchronization was lost
        < (closed)
    )"},
    {"among_several_statements", R"(
        > Q truncate u; copy t from stdin; select 1; copy t from stdin
        < C TRUNCATE TABLE
        < G 0 0
        > d 1\n
        > c
        < C COPY 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < G 0 0
        > c
        < C COPY 0
        < Z I
        = begin; prepare truncate u; execute truncate u; copy_in t; copy_write; copy_finish; prepare select 1; execute select 1; copy_in t; copy_finish; commit
    )"},
    {"a_failure_undoes_the_statements_before_it", R"(
        > Q insert into t values(1); copy t from stdin; select 1
        < C INSERT 0 1
        < G 0 0
        > d 1\n
        > f x
        < E ERROR 57014 COPY from stdin failed: x
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); copy_in t; copy_write; rollback
    )"},
    {"in_a_block", R"(
        > Q begin; copy t from stdin
        < C BEGIN
        < G 0 0
        > d 1\n
        > c
        < C COPY 1
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        = begin; copy_in t; copy_write; copy_finish; commit
    )"},
    {"a_failure_in_a_block", R"(
        > Q begin; copy t from stdin
        < C BEGIN
        < G 0 0
        > d 1\n
        > f no
        < E ERROR 57014 COPY from stdin failed: no
        < Z E
        > Q select 1
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
    )"},
    {"extended", R"(
        > P | copy t from stdin
        > D S
        > B
        > D P
        > E
        > S
        < 1
        < t
        < n
        < 2
        < n
        < G 0 0
        > d 1\n
        > c
        > S
        < C COPY 1
        < Z I
        = begin; copy_in t; copy_write; copy_finish; commit
    )"},
    {"extended_with_flush", R"(
        > P | copy t from stdin
        > B
        > E
        > H
        < 1
        < 2
        < G 0 0
        > d 1\n
        > c
        > H
        < C COPY 1
        > S
        < Z I
    )"},
    {"extended_a_failure_skips_to_sync", R"(
        > P | copy t from stdin
        > B
        > E
        > H
        < 1
        < 2
        < G 0 0
        > d 1\n
        > f r
        > d 2\n
        > c
        > P | select 1
        > B
        > E
        > S
        < E ERROR 57014 COPY from stdin failed: r
        < Z I
        = begin; copy_in t; copy_write; rollback
    )"},
    {"extended_data_and_statements_in_one_go", R"(
        > P | copy t from stdin
        > B
        > E
        > d 1\n
        > c
        > P | select 1
        > B
        > E
        > S
        < 1
        < 2
        < G 0 0
        < C COPY 1
        < 1
        < 2
        < D 1
        < C SELECT 1
        < Z I
        = begin; copy_in t; copy_write; copy_finish; prepare select 1; execute select 1; commit
    )"},
    {"extended_not_run_twice", R"(
        > P | copy t from stdin
        > B
        > E | 1
        > H
        < 1
        < 2
        < G 0 0
        > d 1\n
        > c
        > E
        > S
        < C COPY 1
        < E ERROR 55000 portal "" cannot be run
        < Z I
    )"},
    {"extended_error_before_the_data", R"(
        > P | copy nosuch from stdin
        > B
        > E
        > S
        < 1
        < 2
        < E ERROR 42P01 relation "nosuch" does not exist
        < Z I
        > d x\n
        > c
        > S
        < Z I
    )"},
    {"to_stdout", R"(
        > Q copy t to stdout
        < H 0 0
        < d 1\n
        < d 2\n
        < c
        < C COPY 2
        < Z I
        = copy_out t
    )"},
    {"query_to_stdout", R"(
        > Q copy (select 1) to stdout; select 2
        < H 0 0
        < d 1\n
        < c
        < C COPY 1
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z I
        = begin; copy_out select 1; prepare select 2; execute select 2; commit
    )"},
    {"to_stdout_extended", R"(
        > P | copy t to stdout
        > D S
        > B
        > D P
        > E | 1
        > E
        > S
        < 1
        < t
        < n
        < 2
        < n
        < H 0 0
        < d 1\n
        < d 2\n
        < c
        < C COPY 2
        < E ERROR 55000 portal "" cannot be run
        < Z I
    )"},
    {"to_stdout_of_nothing", R"(
        > Q copy nosuch to stdout
        < E ERROR 42P01 relation "nosuch" does not exist
        < Z I
    )"},
    {"refused_in_a_failed_block", R"(
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < Z E
        > Q copy t from stdin
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q copy t to stdout
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
    )"},
    {"binary", R"(
        > Q copy t from stdin binary
        < G 1 1
        > f x
        < E ERROR 57014 COPY from stdin failed: x
        < Z I
    )"},
    {"refused_when_read_only_came_late", R"(
        > Q begin; select 1; set transaction read only; copy t from stdin
        < C BEGIN
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < C SET
        < E ERROR 25006 cannot execute COPY FROM in a read-only transaction
        < Z E
    )"},
};

SLUICE_TRANSCRIPTS(copy, cases);

}  // namespace
}  // namespace sluice::session
