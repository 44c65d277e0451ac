// schema.hpp - the tables of jobs, for the migrations of a program that stores them beside its own.
//
// Use:     constexpr sqlite::migration steps[] = {{.version = 1, .name = "jobs", .sql = jobs::job_tables_1}, ...};
// Rule:    a released script never changes; a later change is job_tables_2.
// Threads: none; constants.
#pragma once

#include <string_view>

namespace sluice::jobs {

// Dates are milliseconds since 1970 in UTC.
inline constexpr std::string_view job_tables_1 = R"(
-- Work to do: for one place (a folder) and one way of doing it (model, versions).
CREATE TABLE jobs(
    job_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_date INTEGER NOT NULL,
    UNIQUE(kind, name, definition)
) STRICT;

-- A process that works on a job. It holds a lock on byte `run_id` of the file beside the database as long as it lives.
CREATE TABLE job_runs(
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs,
    process TEXT NOT NULL,
    started_date INTEGER NOT NULL,
    ended_date INTEGER,
    outcome TEXT,
    done INTEGER NOT NULL DEFAULT 0,
    reused INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Items that one run works on together. The number is the fencing token: who takes items over makes a new batch.
CREATE TABLE job_batches(
    batch_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs,
    run_id INTEGER NOT NULL REFERENCES job_runs,
    parent_batch_id INTEGER REFERENCES job_batches,
    stage TEXT NOT NULL CHECK(stage IN ('ask', 'repair')),
    state TEXT NOT NULL CHECK(state IN ('claimed', 'committed', 'released', 'lost')),
    items INTEGER NOT NULL,
    claimed_date INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    ended_date INTEGER
) STRICT;
CREATE INDEX job_batches_claimed ON job_batches(job_id) WHERE state = 'claimed';

CREATE TABLE job_items(
    item_id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs,
    key TEXT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('pending', 'claimed', 'done', 'dead')),
    batch_id INTEGER REFERENCES job_batches,  -- of claimed ones
    claims INTEGER NOT NULL DEFAULT 0,
    answer TEXT,                              -- what was paid for; kept, whatever becomes of its effects
    done_date INTEGER
) STRICT;
CREATE INDEX job_items_pending ON job_items(job_id, item_id) WHERE state = 'pending';
CREATE INDEX job_items_batch ON job_items(batch_id) WHERE state = 'claimed';

-- Items that failed for good, with the reason.
CREATE TABLE job_dead_letters(
    item_id INTEGER PRIMARY KEY REFERENCES job_items,
    run_id INTEGER NOT NULL REFERENCES job_runs,
    class TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw_answer TEXT NOT NULL,
    is_passing INTEGER NOT NULL CHECK(is_passing IN (0, 1)),  -- not the item's fault: the next run tries again
    date INTEGER NOT NULL
) STRICT;

-- Tokens taken out of a service's bucket. Each goes back `returns_at`: a minute after the request was over.
CREATE TABLE rate_uses(
    use_id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    requests INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    returns_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_uses_service ON rate_uses(service, returns_at);

-- Requests by the service's own days.
CREATE TABLE rate_days(
    service TEXT NOT NULL,
    day TEXT NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY(service, day)
) STRICT;

-- No request is sent before this time, because the service said so.
CREATE TABLE rate_pauses(
    service TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    is_day INTEGER NOT NULL CHECK(is_day IN (0, 1)),
    reason TEXT NOT NULL
) STRICT;
)";

}  // namespace sluice::jobs
