// job_store.hpp - jobs, runs, batches and items as rows: claims work, and records its outcome.
//
// Use:     TRY_ASSIGN(const auto job_id, jobs.open_job({.kind = "tag", .name = "/music", .definition = "gemini v1"}));
//          TRY_ASSIGN(const auto run_id, jobs.begin_run(job_id));
//          database.transaction([&](connection& db) { return jobs.enqueue(db, {.job_id = job_id, .key = key, ...}); });
//          TRY_ASSIGN(auto batch, jobs.claim({.job_id = job_id, .run_id = run_id, .items_max = 50}));
//          TRY_ASSIGN(const auto outcome, jobs.settle(*batch, ended, commit));     // one transaction
// Items:   pending → claimed → done, dead, or pending again. A key is done once, even if several jobs ask for it.
// Fencing: a batch's number is its token. settle() changes nothing, and returns `fenced`, if another run has taken the
//          batch over; claim() does that when its lease is over or its run is dead (run_locks.hpp).
// Threads: any.
// Errors:  the database's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/jobs/run_locks.hpp"
#include "apps/jobs/work.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::jobs {

struct job_identity {
    std::string kind;
    std::string name;        // the place: a folder
    std::string definition;  // the method (model, versions): answers of one definition are comparable
};

struct new_item {
    std::int64_t job_id = 0;
    std::string_view key;
    std::string_view payload;
    bool retries_dead = false;  // false: only items that died for a passing reason are tried again
};

// The state of the key that enqueue() found.
enum class item_state : std::uint8_t { queued, waiting, done, dead };

struct claimed_item {
    work_item item;
    std::optional<std::string> answer;  // an earlier run paid for it
};

struct claimed_batch {
    std::int64_t batch_id = 0;
    std::int64_t job_id = 0;
    std::int64_t run_id = 0;
    work_stage stage = work_stage::ask;
    std::vector<claimed_item> items;
};

struct claim_params {
    std::int64_t job_id = 0;
    std::int64_t run_id = 0;
    std::size_t items_max = 50;
    std::size_t items_min = 1;  // fewer items are left for later
    std::chrono::milliseconds lease{60'000};
};

struct done_item {
    std::size_t index = 0;  // index in claimed_batch::items
    std::string result;
    bool is_reused = false;
};

struct dead_item {
    std::size_t index = 0;
    std::string what;  // class of the failure, or "invalid"
    std::string reason;
    std::string raw;
    bool is_passing = false;
};

struct next_batch {
    std::vector<std::size_t> indexes;
    work_stage stage = work_stage::ask;
};

// An item of the batch in none of these lists becomes pending again.
struct batch_end {
    std::vector<done_item> done;
    std::vector<dead_item> dead;
    std::vector<next_batch> next;
};

struct settled {
    bool is_fenced = false;
    std::vector<claimed_batch> next;  // already claimed, in the order of batch_end::next
};

struct run_end {
    std::string outcome;
    std::int64_t done = 0;
    std::int64_t reused = 0;
    std::int64_t failed = 0;
    usage used;
};

class job_store {
  public:
    job_store(sqlite::database& database, const run_locks& locks, const base::clock& time = base::system_clock())
        : database_(database), locks_(locks), time_(time) {}

    result<std::int64_t> open_job(const job_identity& wanted);
    result<std::int64_t> begin_run(std::int64_t job_id);
    // Stores the run's numbers so far; without an outcome the run goes on.
    result<> note_run(std::int64_t run_id, const run_end& so_far);
    // Ends the run and gives back its items.
    result<> end_run(std::int64_t run_id, const run_end& end);

    // Runs inside the caller's transaction.
    result<item_state> enqueue(sqlite::connection& db, const new_item& wanted) const;
    result<std::optional<claimed_batch>> claim(const claim_params& params);
    // Renews the leases of all batches of the run.
    result<> renew(std::int64_t run_id, std::chrono::milliseconds lease);
    using commit_item = std::function<result<>(sqlite::connection& db, const work_item& item, std::string_view result)>;
    result<settled> settle(const claimed_batch& batch, const batch_end& end, std::chrono::milliseconds lease,
                           const commit_item& commit);
    // True if other runs have claimed items of the job: they may yet die and leave them.
    result<bool> is_shared(std::int64_t job_id, std::int64_t run_id);
    // Number of pending and claimed items.
    result<std::int64_t> count_open(std::int64_t job_id);

  private:
    result<> take_over(sqlite::connection& db, const claim_params& params) const;
    result<std::int64_t> insert_batch(sqlite::connection& db, const claimed_batch& batch,
                                      std::optional<std::int64_t> parent, std::chrono::milliseconds lease) const;
    result<> bury(sqlite::connection& db, const claimed_batch& batch, const dead_item& dead) const;
    result<claimed_batch> continue_with(sqlite::connection& db, const claimed_batch& batch, const next_batch& next,
                                        std::chrono::milliseconds lease) const;

    sqlite::database& database_;
    const run_locks& locks_;
    const base::clock& time_;
};

}  // namespace sluice::jobs
