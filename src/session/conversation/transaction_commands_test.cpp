#include <gtest/gtest.h>

#include "testing/standard_answers.hpp"
#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"begin_within_a_block", R"(
        > Q begin
        < C BEGIN
        < Z T
        > Q begin
        < N WARNING 25001 there is already a transaction in progress
        < C BEGIN
        < Z T
        > Q begin read only
        < N WARNING 25001 there is already a transaction in progress
        < C BEGIN
        < Z T
        > Q show transaction_read_only
        < T transaction_read_only:25:-1:-1:0
        < D on
        < C SHOW
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        =
    )"},
    {"end_without_a_block", R"(
        > Q commit
        < N WARNING 25P01 there is no transaction in progress
        < C COMMIT
        < Z I
        > Q rollback
        < N WARNING 25P01 there is no transaction in progress
        < C ROLLBACK
        < Z I
        > Q end
        < N WARNING 25P01 there is no transaction in progress
        < C COMMIT
        < Z I
        > Q abort
        < N WARNING 25P01 there is no transaction in progress
        < C ROLLBACK
        < Z I
        > Q commit and chain
        < E ERROR 25P01 COMMIT AND CHAIN can only be used in transaction blocks
        < Z I
        > Q rollback and chain
        < E ERROR 25P01 ROLLBACK AND CHAIN can only be used in transaction blocks
        < Z I
    )"},
    {"spellings", R"(
        > Q start transaction
        < C START TRANSACTION
        < Z T
        > Q end
        < C COMMIT
        < Z I
        > Q begin work; abort
        < C BEGIN
        < C ROLLBACK
        < Z I
    )"},
    {"commit_of_a_failed_block_rolls_back", R"(
        > Q begin
        < C BEGIN
        < Z T
        > Q select 1/0
        < E ERROR 22012 division by zero
        < Z E
        = begin; prepare select 1/0; execute select 1/0; rollback
        > Q commit; select 1; select 2
        < C ROLLBACK
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z I
        = begin; prepare select 1; execute select 1; prepare select 2; execute select 2; commit
    )"},
    {"a_failed_block_refuses_everything_else", R"(
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < Z E
        > Q begin
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q set application_name=x
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q show all
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q savepoint a
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q discard all
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q deallocate all
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q listen x
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q reset all
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q select 1; rollback
        < E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        < Z E
        > Q rollback; select 1
        < C ROLLBACK
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )"},
    {"chain_keeps_the_characteristics", R"(
        > Q begin isolation level serializable read only
        < C BEGIN
        < Z T
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        > Q commit and chain
        < C COMMIT
        < Z T
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D serializable
        < C SHOW
        < Z T
        > Q show transaction_read_only
        < T transaction_read_only:25:-1:-1:0
        < D on
        < C SHOW
        < Z T
        > Q select 2
        < T ?column?:23:4:-1:0
        < D 2
        < C SELECT 1
        < Z T
        > Q rollback
        < C ROLLBACK
        < Z I
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D read committed
        < C SHOW
        < Z I
        = begin read only; prepare select 1; execute select 1; commit; begin read only; prepare select 2; execute select 2; rollback
    )"},
    {"chain_of_a_failed_block", R"(
        > Q begin
        < C BEGIN
        < Z T
        > Q select 1/0
        < E ERROR 22012 division by zero
        < Z E
        > Q commit and chain
        < C ROLLBACK
        < Z T
        > Q rollback and chain
        < C ROLLBACK
        < Z T
        > Q rollback
        < C ROLLBACK
        < Z I
    )"},
    {"isolation_levels", R"(
        > Q begin isolation level repeatable read
        < C BEGIN
        < Z T
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D repeatable read
        < C SHOW
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        > Q begin transaction read write
        < C BEGIN
        < Z T
        > Q show transaction isolation level
        < T transaction_isolation:25:-1:-1:0
        < D read committed
        < C SHOW
        < Z T
    )"},
    {"set_transaction", R"(
        > Q set transaction isolation level serializable
        < N WARNING 25P01 SET TRANSACTION can only be used in transaction blocks
        < C SET
        < Z I
        > Q begin; set transaction isolation level serializable
        < C BEGIN
        < C SET
        < Z T
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D serializable
        < C SHOW
        < Z T
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        > Q set transaction isolation level read committed
        < E ERROR 25001 SET TRANSACTION ISOLATION LEVEL must be called before any query
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
        > Q begin; set transaction read only
        < C BEGIN
        < C SET
        < Z T
        = begin; prepare select 1; execute select 1; rollback
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        = begin read only; prepare select 1; execute select 1
        > Q set transaction read write
        < E ERROR 25001 transaction read-write mode must be set before any query
        < Z E
    )"},
    {"read_only_after_a_query", R"(
        > Q begin; insert into t values(1)
        < C BEGIN
        < C INSERT 0 1
        < Z T
        > Q set transaction read only
        < C SET
        < Z T
        > Q insert into t values(1)
        < E ERROR 25006 cannot execute INSERT in a read-only transaction
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
        > Q begin; select 1; set transaction read only; create table zzz(a int)
        < C BEGIN
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < C SET
        < E ERROR 25006 cannot execute CREATE TABLE in a read-only transaction
        < Z E
    )"},
    {"transaction_settings_by_name", R"(
        > Q set transaction_isolation='serializable'
        < C SET
        < Z I
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D read committed
        < C SHOW
        < Z I
        > Q begin; set transaction_isolation='serializable'; set transaction_read_only=true; show transaction_isolation
        < C BEGIN
        < C SET
        < C SET
        < T transaction_isolation:25:-1:-1:0
        < D serializable
        < C SHOW
        < Z T
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        = begin read only; prepare select 1; execute select 1
        > Q commit; show transaction_isolation
        < C COMMIT
        < T transaction_isolation:25:-1:-1:0
        < D read committed
        < C SHOW
        < Z I
    )"},
    {"session_characteristics", R"(
        > Q set session characteristics as transaction isolation level serializable
        < C SET
        < Z I
        > Q show default_transaction_isolation
        < T default_transaction_isolation:25:-1:-1:0
        < D serializable
        < C SHOW
        < Z I
        > Q show transaction_isolation
        < T transaction_isolation:25:-1:-1:0
        < D serializable
        < C SHOW
        < Z I
    )"},
    {"read_only_by_default", R"(
        > Q set session characteristics as transaction read only
        < C SET
        < S default_transaction_read_only=on
        < Z I
        > Q show transaction_read_only
        < T transaction_read_only:25:-1:-1:0
        < D on
        < C SHOW
        < Z I
        =
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
        = begin read only; prepare select 1; execute select 1; commit
        > P | select 1
        > B
        > E
        > S
        < 1
        < 2
        < D 1
        < C SELECT 1
        < Z I
        = prepare select 1; begin read only; execute select 1; commit
        > Q begin; select 1
        < C BEGIN
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z T
        = begin read only; prepare select 1; execute select 1
    )"},
    {"savepoints_outside_a_block", R"(
        > Q savepoint a
        < E ERROR 25P01 SAVEPOINT can only be used in transaction blocks
        < Z I
        > Q release a
        < E ERROR 25P01 RELEASE SAVEPOINT can only be used in transaction blocks
        < Z I
        > Q rollback to a
        < E ERROR 25P01 ROLLBACK TO SAVEPOINT can only be used in transaction blocks
        < Z I
        > Q select 1; savepoint a; select 2
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < E ERROR 25P01 SAVEPOINT can only be used in transaction blocks
        < Z I
    )"},
    // differs: the engine has no savepoints
    {"savepoints_in_a_block", R"(
        > Q begin; savepoint a; select 1
        < C BEGIN
        < E ERROR 0A000 savepoints are not supported [H:The engine cannot undo a part of a transaction. Use a transaction for each part that may fail.]
        < Z E
        > Q rollback to a
        < E ERROR 0A000 savepoints are not supported [H:The engine cannot undo a part of a transaction. Use a transaction for each part that may fail.]
        < Z E
        > Q rollback
        < C ROLLBACK
        < Z I
    )"},
};

SLUICE_TRANSCRIPTS(transaction_commands, cases);

error conflict() {
    return {.code = sqlstates::serialization_failure, .message = "could not serialize access"};
}

// A deferred unique constraint of PostgreSQL fails like this at COMMIT, after a simple query, and at Sync.
class commit_failure : public ::testing::Test {
  protected:
    void SetUp() override {
        testing::script_standard_answers(script.engine);
        script.engine.fail_next("commit", conflict());
    }
    void play(std::string_view transcript) { EXPECT_EQ(script.play(transcript), testing::clean(transcript)); }

    testing::session_script script;
};

TEST_F(commit_failure, at_commit) {
    play(R"(
        > Q begin; insert into t values(1)
        < C BEGIN
        < C INSERT 0 1
        < Z T
        > Q commit
        < E ERROR 40001 could not serialize access
        < Z I
        = begin; prepare insert into t values(1); execute insert into t values(1); commit; rollback
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )");
}

TEST_F(commit_failure, at_the_end_of_a_simple_query_instead_of_its_last_tag) {
    play(R"(
        > Q insert into t values(1); insert into t values(1)
        < C INSERT 0 1
        < E ERROR 40001 could not serialize access
        < Z I
    )");
}

TEST_F(commit_failure, at_sync_before_ready_for_query) {
    play(R"(
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
        < E ERROR 40001 could not serialize access
        < Z I
        > S
        < Z I
    )");
}

TEST_F(commit_failure, takes_settings_back) {
    play(R"(
        > Q begin; set application_name=x; select 1
        < C BEGIN
        < C SET
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < S application_name=x
        < Z T
        > Q commit
        < E ERROR 40001 could not serialize access
        < S application_name=
        < Z I
    )");
}

TEST(rollback_failure, ends_the_session) {
    testing::session_script script;
    testing::script_standard_answers(script.engine);
    script.engine.fail_next("rollback", error{.code = sqlstates::io_error, .message = "disk gone"});
    constexpr std::string_view transcript = R"(
        > Q begin; select 1/0
        < C BEGIN
        < E ERROR 22012 division by zero
        < E FATAL 58030 disk gone
        < (closed)
    )";
    EXPECT_EQ(script.play(transcript), testing::clean(transcript));
}

TEST(begin_failure, fails_the_block) {
    testing::session_script script;
    testing::script_standard_answers(script.engine);
    script.engine.fail_next("begin", error{.code = sqlstates::io_error, .message = "disk gone"});
    constexpr std::string_view transcript = R"(
        > Q begin; select 1
        < C BEGIN
        < E ERROR 58030 disk gone
        < Z E
        = begin
        > Q rollback
        < C ROLLBACK
        < Z I
        =
    )";
    EXPECT_EQ(script.play(transcript), testing::clean(transcript));
}

}  // namespace
}  // namespace sluice::session
