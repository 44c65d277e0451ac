#include "apps/jobs/job_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace sluice::jobs {

result<std::int64_t> job_store::open_job(const job_identity& wanted) {
    return database_.transaction([&](sqlite::connection& db) -> result<std::int64_t> {
        TRY(
            db.run("INSERT INTO jobs(kind, name, definition, created_date) VALUES(?1, ?2, ?3, ?4) "
                   "ON CONFLICT DO NOTHING",
                   wanted.kind, wanted.name, wanted.definition, time_.unix_ms()));
        TRY_ASSIGN(const auto job_id,
                   db.get<std::int64_t>("SELECT job_id FROM jobs WHERE kind = ?1 AND name = ?2 AND definition = ?3",
                                        wanted.kind, wanted.name, wanted.definition));
        return job_id;
    });
}

result<std::int64_t> job_store::begin_run(std::int64_t job_id) {
    return database_.transaction([&](sqlite::connection& db) -> result<std::int64_t> {
        TRY(db.run("INSERT INTO job_runs(job_id, process, started_date) VALUES(?1, ?2, ?3)", job_id,
                   fmt::format("{}", ::getpid()), time_.unix_ms()));
        const auto run_id = db.last_insert_id();
        TRY(locks_.hold(run_id));  // before other processes can see the run
        return run_id;
    });
}

result<> job_store::note_run(std::int64_t run_id, const run_end& so_far) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(
            db.run("UPDATE job_runs SET done = ?2, reused = ?3, failed = ?4, requests = ?5, tokens_in = ?6, "
                   "tokens_out = ?7 WHERE run_id = ?1",
                   run_id, so_far.done, so_far.reused, so_far.failed, so_far.used.requests, so_far.used.tokens_in,
                   so_far.used.tokens_out));
        return {};
    });
}

result<> job_store::end_run(std::int64_t run_id, const run_end& end) {
    TRY(note_run(run_id, end));
    TRY(database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(
            db.run("UPDATE job_items SET state = 'pending', batch_id = NULL WHERE state = 'claimed' AND batch_id IN "
                   "(SELECT batch_id FROM job_batches WHERE run_id = ?1 AND state = 'claimed')",
                   run_id));
        TRY(db.run("UPDATE job_batches SET state = 'released', ended_date = ?2 WHERE run_id = ?1 AND state = 'claimed'",
                   run_id, time_.unix_ms()));
        TRY(db.run("UPDATE job_runs SET ended_date = ?2, outcome = ?3 WHERE run_id = ?1", run_id, time_.unix_ms(),
                   end.outcome));
        return {};
    }));
    locks_.let_go(run_id);
    return {};
}

result<item_state> job_store::enqueue(sqlite::connection& db, const new_item& wanted) const {
    using known_item = std::tuple<std::int64_t, std::string, std::int64_t, bool>;
    TRY_ASSIGN(const auto known,
               db.find<known_item>("SELECT item_id, state, job_id, coalesce(is_passing, 0) FROM job_items "
                                   "LEFT JOIN job_dead_letters USING(item_id) WHERE key = ?1",
                                   wanted.key));
    if (!known) {
        TRY(db.run("INSERT INTO job_items(job_id, key, payload, state) VALUES(?1, ?2, ?3, 'pending')", wanted.job_id,
                   wanted.key, wanted.payload));
        return item_state::queued;
    }
    const auto& [item_id, state, job_id, is_passing] = *known;
    if (state == "done") {
        return item_state::done;
    }
    if (state == "claimed") {
        // The run that has the item keeps it; if it dies or gives it back, the item belongs to the job that asked last.
        TRY(db.run("UPDATE job_items SET job_id = ?2 WHERE item_id = ?1 AND job_id <> ?2", item_id, wanted.job_id));
        return item_state::waiting;
    }
    if (state == "pending" && job_id == wanted.job_id) {
        return item_state::waiting;
    }
    if (state == "dead" && !is_passing && !wanted.retries_dead) {
        return item_state::dead;
    }
    TRY(db.run("UPDATE job_items SET state = 'pending', job_id = ?2 WHERE item_id = ?1", item_id, wanted.job_id));
    TRY(db.run("DELETE FROM job_dead_letters WHERE item_id = ?1", item_id));
    return item_state::queued;
}

// Takes over batches of runs that are dead or have not renewed their leases; of all jobs, since jobs may share items.
result<> job_store::take_over(sqlite::connection& db, const claim_params& params) const {
    using held_batch = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
    TRY_ASSIGN(const auto held, db.list<held_batch>("SELECT batch_id, run_id, lease_until FROM job_batches "
                                                    "WHERE state = 'claimed' AND run_id <> ?1",
                                                    params.run_id));
    for (const auto& [batch_id, run_id, lease_until] : held) {
        if (lease_until >= time_.unix_ms() && locks_.is_alive(run_id)) {
            continue;
        }
        TRY(db.run("UPDATE job_batches SET state = 'lost', ended_date = ?2 WHERE batch_id = ?1", batch_id,
                   time_.unix_ms()));
        TRY(db.run("UPDATE job_items SET state = 'pending', batch_id = NULL WHERE batch_id = ?1 AND state = 'claimed'",
                   batch_id));
    }
    return {};
}

result<std::int64_t> job_store::insert_batch(sqlite::connection& db, const claimed_batch& batch,
                                             std::optional<std::int64_t> parent,
                                             std::chrono::milliseconds lease) const {
    const std::int64_t now_ms = time_.unix_ms();
    TRY(db.run(
        "INSERT INTO job_batches(job_id, run_id, parent_batch_id, stage, state, items, claimed_date, lease_until) "
        "VALUES(?1, ?2, ?3, ?4, 'claimed', ?5, ?6, ?7)",
        batch.job_id, batch.run_id, parent, batch.stage == work_stage::ask ? "ask" : "repair",
        static_cast<std::int64_t>(batch.items.size()), now_ms, now_ms + lease.count()));
    return db.last_insert_id();
}

result<std::optional<claimed_batch>> job_store::claim(const claim_params& params) {
    return database_.transaction([&](sqlite::connection& db) -> result<std::optional<claimed_batch>> {
        TRY(take_over(db, params));
        TRY_ASSIGN(const auto ids, db.list<std::int64_t>("SELECT item_id FROM job_items WHERE job_id = ?1 AND "
                                                         "state = 'pending' ORDER BY item_id LIMIT ?2",
                                                         params.job_id, static_cast<std::int64_t>(params.items_max)));
        if (ids.empty() || ids.size() < params.items_min) {
            return std::nullopt;
        }
        claimed_batch batch{.job_id = params.job_id, .run_id = params.run_id, .items = {}};
        batch.items.resize(ids.size());
        TRY_ASSIGN(batch.batch_id, insert_batch(db, batch, std::nullopt, params.lease));
        for (std::size_t i = 0; i < ids.size(); ++i) {
            auto& each = batch.items[i];
            each.item.item_id = ids[i];
            TRY(db.each(
                "UPDATE job_items SET state = 'claimed', batch_id = ?2, claims = claims + 1 WHERE item_id = ?1 "
                "RETURNING key, payload, answer",
                [&](const sqlite::row& row) {
                    each.item.key = row.get<std::string>(0);
                    each.item.payload = row.get<std::string>(1);
                    each.answer = row.get<std::optional<std::string>>(2);
                },
                ids[i], batch.batch_id));
        }
        return batch;
    });
}

result<> job_store::renew(std::int64_t run_id, std::chrono::milliseconds lease) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(db.run("UPDATE job_batches SET lease_until = ?2 WHERE run_id = ?1 AND state = 'claimed'", run_id,
                   time_.unix_ms() + lease.count()));
        return {};
    });
}

result<> job_store::bury(sqlite::connection& db, const claimed_batch& batch, const dead_item& dead) const {
    const auto item_id = batch.items.at(dead.index).item.item_id;
    TRY(db.run("UPDATE job_items SET state = 'dead', batch_id = NULL WHERE item_id = ?1", item_id));
    TRY(
        db.run("INSERT OR REPLACE INTO job_dead_letters(item_id, run_id, class, reason, raw_answer, is_passing, date) "
               "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
               item_id, batch.run_id, dead.what, dead.reason, dead.raw, dead.is_passing, time_.unix_ms()));
    return {};
}

result<claimed_batch> job_store::continue_with(sqlite::connection& db, const claimed_batch& batch,
                                               const next_batch& next, std::chrono::milliseconds lease) const {
    claimed_batch made{.job_id = batch.job_id, .run_id = batch.run_id, .stage = next.stage, .items = {}};
    for (const std::size_t index : next.indexes) {
        made.items.push_back(batch.items.at(index));
    }
    TRY_ASSIGN(made.batch_id, insert_batch(db, made, batch.batch_id, lease));
    for (const auto& each : made.items) {
        TRY(db.run("UPDATE job_items SET batch_id = ?2 WHERE item_id = ?1", each.item.item_id, made.batch_id));
    }
    return made;
}

result<settled> job_store::settle(const claimed_batch& batch, const batch_end& end, std::chrono::milliseconds lease,
                                  const commit_item& commit) {
    const bool is_released = end.done.empty() && end.dead.empty() && end.next.empty();
    return database_.transaction([&](sqlite::connection& db) -> result<settled> {
        settled outcome;
        TRY_ASSIGN(
            const auto changed,
            db.run("UPDATE job_batches SET state = ?2, ended_date = ?3 WHERE batch_id = ?1 AND state = 'claimed'",
                   batch.batch_id, is_released ? "released" : "committed", time_.unix_ms()));
        if (changed == 0) {
            outcome.is_fenced = true;
            return outcome;
        }
        for (const auto& each : end.done) {
            const auto& item = batch.items.at(each.index).item;
            TRY(commit(db, item, each.result));
            TRY(
                db.run("UPDATE job_items SET state = 'done', batch_id = NULL, answer = ?2, done_date = ?3 "
                       "WHERE item_id = ?1",
                       item.item_id, each.result, time_.unix_ms()));
        }
        for (const auto& each : end.dead) {
            TRY(bury(db, batch, each));
        }
        for (const auto& each : end.next) {
            TRY_ASSIGN(auto made, continue_with(db, batch, each, lease));
            outcome.next.push_back(std::move(made));
        }
        TRY(db.run("UPDATE job_items SET state = 'pending', batch_id = NULL WHERE batch_id = ?1 AND state = 'claimed'",
                   batch.batch_id));
        return outcome;
    });
}

result<bool> job_store::is_shared(std::int64_t job_id, std::int64_t run_id) {
    TRY_ASSIGN(const auto found,
               database_.get<bool>("SELECT EXISTS(SELECT 1 FROM job_items i JOIN job_batches b USING(batch_id) "
                                   "WHERE i.job_id = ?1 AND i.state = 'claimed' AND b.run_id <> ?2)",
                                   job_id, run_id));
    return found;
}

result<std::int64_t> job_store::count_open(std::int64_t job_id) {
    // Uses the two partial indexes, so finished items cost nothing; only a few batches are claimed at a time.
    TRY_ASSIGN(
        const auto found,
        database_.get<std::int64_t>("SELECT (SELECT count(*) FROM job_items WHERE job_id = ?1 AND state = 'pending') + "
                                    "(SELECT count(*) FROM job_items INDEXED BY job_items_batch "
                                    "WHERE job_id = ?1 AND state = 'claimed')",
                                    job_id));
    return found;
}

}  // namespace sluice::jobs
