// standard_answers.hpp - the fake engine's answers to the statements that most transcripts use.
//
// A PostgreSQL with a table t(a int) that holds 1 and 2 gives the same answers:
//          select 1 ... select 9            select generate_series(1,1) ... (1,9)       select 1/0
//          select $1::int  select $1::text  explain select 1
//          insert into t values(1)  insert into t values(1),(2),(3)  both with `returning a`   update t set a=a
//          delete from t where a<0  create table if not exists zz(a int)  truncate u
//          COPY of t, nosuch, (select 1)
#pragma once

#include "testing/fake_engine.hpp"

namespace sluice::testing {

void script_standard_answers(fake_engine& engine);

}  // namespace sluice::testing
