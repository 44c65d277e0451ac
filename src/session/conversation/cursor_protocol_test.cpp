#include <gtest/gtest.h>

#include "testing/transcript.hpp"

namespace sluice::session {
namespace {

const testing::transcript cases[] = {
    {"read_as_a_portal", R"(
        > Q begin; declare c cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > D Pc
        > S
        < T generate_series:23:4:-1:0
        < Z T
        > E c | 2
        > S
        < D 1
        < D 2
        < s
        < Z T
        > Q fetch 1 c
        < T generate_series:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
        > E c
        > E c
        > S
        < D 4
        < D 5
        < C SELECT 2
        < C SELECT 0
        < Z T
        > Q fetch c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
        > C Pc
        > S
        < 3
        < Z T
        > Q fetch c
        < E ERROR 34000 cursor "c" does not exist
        < Z E
    )"},
    {"a_portal_read_as_a_cursor", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | select generate_series(1,5)
        > B p
        > E p | 2
        > S
        < 1
        < 2
        < D 1
        < D 2
        < s
        < Z T
        > Q fetch 2 p
        < T generate_series:23:4:-1:0
        < D 3
        < D 4
        < C FETCH 2
        < Z T
        > Q fetch all p
        < T generate_series:23:4:-1:0
        < D 5
        < C FETCH 1
        < Z T
        > Q close p
        < C CLOSE CURSOR
        < Z T
    )"},
    {"fetch_by_the_extended_protocol", R"(
        > Q begin; declare c cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > P f | fetch 2 from c
        > D Sf
        > B | f
        > D P
        > E
        > S
        < 1
        < t
        < T generate_series:23:4:-1:0
        < 2
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < C FETCH 2
        < Z T
        > B | f
        > D P
        > E | 1
        > E
        > S
        < 2
        < T generate_series:23:4:-1:0
        < D 3
        < s
        < D 4
        < C FETCH 1
        < Z T
        > B | f
        > E
        > E
        > S
        < 2
        < D 5
        < C FETCH 1
        < C FETCH 0
        < Z T
        > Q commit
        < C COMMIT
        < Z I
        > B | f
        > S
        < 2
        < Z I
    )"},
    {"fetch_of_no_cursor", R"(
        > P f | fetch 2 from c
        > D Sf
        > S
        < 1
        < t
        < n
        < Z I
        > B | f
        > D P
        > S
        < 2
        < n
        < Z I
        > B | f
        > E
        > S
        < 2
        < E ERROR 34000 cursor "c" does not exist
        < Z I
    )"},
    {"declare_by_the_extended_protocol", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | declare c cursor for select $1::int
        > D S
        > B | | 3
        > D P
        > E
        > S
        < 1
        < t 23
        < n
        < 2
        < n
        < C DECLARE CURSOR
        < Z T
        > Q fetch c
        < T int4:23:4:-1:0
        < D 3
        < C FETCH 1
        < Z T
    )"},
    {"move_by_the_extended_protocol", R"(
        > Q begin; declare c cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > P | move 3 c
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
        < C MOVE 3
        < Z T
        > Q move all c
        < C MOVE 2
        < Z T
        > Q move c
        < C MOVE 0
        < Z T
        > Q fetch 0 c
        < T generate_series:23:4:-1:0
        < C FETCH 0
        < Z T
    )"},
    {"show_and_returning_as_cursors", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | show datestyle
        > B p
        > P | insert into t values(1) returning a
        > B q
        > S
        < 1
        < 2
        < 1
        < 2
        < Z T
        > Q fetch p
        < T DateStyle:25:-1:-1:0
        < D ISO, MDY
        < C FETCH 1
        < Z T
        > Q fetch q
        < T a:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
    )"},
    {"binary_cursor", R"(
        > Q begin; declare c binary cursor for select 2
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > P | fetch c
        > D S
        > S
        < 1
        < t
        < T ?column?:23:4:-1:0
        < Z T
        > Q move c
        < C MOVE 1
        < Z T
        > Q fetch c
        < T ?column?:23:4:-1:1
        < C FETCH 0
        < Z T
    )"},
    {"each_fetch_has_its_own_format", R"(
        > Q begin; declare c cursor for select generate_series(1,5)
        < C BEGIN
        < C DECLARE CURSOR
        < Z T
        > Q fetch c
        < T generate_series:23:4:-1:0
        < D 1
        < C FETCH 1
        < Z T
        > P | fetch c
        > B |; results 1
        > E
        > S
        < 1
        < 2
        < D 2
        < C FETCH 1
        < Z T
    )"},
    // differs: Sluice's own message
    {"fetch_from_a_change", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | insert into t values(1)
        > B p
        > S
        < 1
        < 2
        < Z T
        > Q fetch p
        < E ERROR 55000 portal "p" cannot be run
        < Z E
    )"},
    // differs: Sluice's own message
    {"fetch_from_itself", R"(
        > Q begin
        < C BEGIN
        < Z T
        > P | fetch p
        > B p
        > E p
        > S
        < 1
        < 2
        < E ERROR 55000 portal "p" cannot be run
        < Z E
    )"},
};

SLUICE_TRANSCRIPTS(cursors_by_messages, cases);

}  // namespace
}  // namespace sluice::session
