#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
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
    {"sync_alone", R"(
        > S
        > S
        < Z I
        < Z I
    )"},
};

SLUICE_TRANSCRIPTS(pipelines, cases);

}  // namespace
}  // namespace sluice::session
