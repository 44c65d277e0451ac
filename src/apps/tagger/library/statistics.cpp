#include "apps/tagger/library/statistics.hpp"

#include <utility>

namespace sluice::tagger {

namespace {

constexpr std::string_view library_counts = R"(
    SELECT (SELECT count(*) FROM audio_files WHERE is_missing = 0), (SELECT count(*) FROM audio_files WHERE is_missing = 1),
        count(*), coalesce(sum(EXISTS(SELECT 1 FROM tags t WHERE t.recording_id = r.recording_id)), 0),
        coalesce(sum(duration_ms * files), 0), coalesce(sum(payload_bytes * files), 0)
    FROM (SELECT recording_id, count(*) AS files FROM audio_files WHERE is_missing = 0 GROUP BY recording_id)
        JOIN recordings r USING(recording_id))";

constexpr std::string_view tag_counts = R"(
    SELECT kind, tag, count(*) FROM tags t
    WHERE EXISTS(SELECT 1 FROM audio_files f WHERE f.recording_id = t.recording_id AND f.is_missing = 0)
    GROUP BY kind, tag ORDER BY count(*) DESC, tag)";

constexpr std::string_view definitions = R"(
    SELECT definition, sum(requests), sum(tokens_in), sum(tokens_out) FROM job_runs JOIN jobs USING(job_id)
    WHERE kind = 'tag' GROUP BY definition HAVING sum(requests) > 0 ORDER BY definition)";

constexpr std::string_view all_jobs = R"(
    SELECT job_id, name, definition, coalesce(sum(state = 'pending'), 0), coalesce(sum(state = 'claimed'), 0),
        coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'dead'), 0)
    FROM jobs LEFT JOIN job_items USING(job_id) WHERE kind = 'tag' GROUP BY job_id ORDER BY job_id)";

constexpr std::string_view dead_reasons = R"(
    SELECT class, reason, count(*) FROM job_dead_letters JOIN job_items USING(item_id)
    WHERE job_id = ?1 AND state = 'dead' GROUP BY class, reason ORDER BY count(*) DESC, class, reason LIMIT ?2)";

constexpr std::string_view last_run_of = R"(
    SELECT run_id, started_date, ended_date, outcome, done, reused, failed, requests, tokens_in, tokens_out
    FROM job_runs WHERE job_id = ?1 ORDER BY run_id DESC LIMIT 1)";

jobs::usage usage_of(const sqlite::row& row, int first) {
    return {.requests = row.get<std::int64_t>(first),
            .tokens_in = row.get<std::int64_t>(first + 1),
            .tokens_out = row.get<std::int64_t>(first + 2)};
}

run_status run_of(const sqlite::row& row) {
    return {.run_id = row.get<std::int64_t>(0),
            .started_date = row.get<std::int64_t>(1),
            .ended_date = row.get<std::optional<std::int64_t>>(2),
            .outcome = row.get<std::optional<std::string>>(3),
            .done = row.get<std::int64_t>(4),
            .reused = row.get<std::int64_t>(5),
            .failed = row.get<std::int64_t>(6),
            .used = usage_of(row, 7)};
}

job_status job_of(const sqlite::row& row) {
    return {.job_id = row.get<std::int64_t>(0),
            .name = row.get<std::string>(1),
            .definition = row.get<std::string>(2),
            .pending = row.get<std::int64_t>(3),
            .claimed = row.get<std::int64_t>(4),
            .done = row.get<std::int64_t>(5),
            .dead = row.get<std::int64_t>(6),
            .reasons = {},
            .last_run = {}};
}

// Calls `read` inside one read transaction, so that it sees one snapshot.
template <typename T, typename F>
result<T> in_one_state(sqlite::database& database, F read) {
    return database.execute([&](sqlite::connection& db) -> result<T> {
        TRY_ASSIGN(auto held, db.prepare("SELECT count(*) FROM jobs UNION ALL SELECT 0"));
        TRY(held.bind());
        TRY(held.step());  // stays on a row until the end, which holds the snapshot
        return read(db);
    });
}

result<library_statistics> read_library(sqlite::connection& db) {
    library_statistics seen;
    TRY(db.each(library_counts, [&](const sqlite::row& row) {
        seen.files = row.get<std::int64_t>(0);
        seen.missing_files = row.get<std::int64_t>(1);
        seen.recordings = row.get<std::int64_t>(2);
        seen.tagged_recordings = row.get<std::int64_t>(3);
        seen.duration_ms = row.get<std::int64_t>(4);
        seen.payload_bytes = row.get<std::int64_t>(5);
    }));
    TRY(db.each(tag_counts, [&](const sqlite::row& row) {
        if (const auto kind = parse_tag_kind(row.get<std::string_view>(0))) {
            seen.tags.at(static_cast<std::size_t>(*kind))
                .push_back({.tag = row.get<std::string>(1), .recordings = row.get<std::int64_t>(2)});
        }
    }));
    TRY(db.each(definitions, [&](const sqlite::row& row) {
        seen.used.push_back({.definition = row.get<std::string>(0), .used = usage_of(row, 1)});
    }));
    return seen;
}

result<> complete_job(sqlite::connection& db, const jobs_status_params& params, job_status& job) {
    TRY(db.each(
        dead_reasons,
        [&](const sqlite::row& row) {
            job.reasons.push_back({.what = row.get<std::string>(0),
                                   .reason = row.get<std::string>(1),
                                   .items = row.get<std::int64_t>(2)});
        },
        job.job_id, params.list_max));
    TRY(db.each(last_run_of, [&](const sqlite::row& row) { job.last_run = run_of(row); }, job.job_id));
    if (job.last_run && !job.last_run->ended_date && params.locks != nullptr) {
        job.last_run->is_alive = params.locks->is_alive(job.last_run->run_id);
    }
    return {};
}

result<std::vector<file_problem>> list_problems(sqlite::connection& db, std::string_view sql, std::int64_t list_max) {
    std::vector<file_problem> problems;
    TRY(db.each(
        sql,
        [&](const sqlite::row& row) {
            problems.push_back({.path = row.get<std::string>(0), .reason = row.get<std::string>(1)});
        },
        list_max));
    return problems;
}

result<jobs_status> read_jobs(sqlite::connection& db, const jobs_status_params& params) {
    jobs_status seen;
    TRY(db.each(all_jobs, [&](const sqlite::row& row) { seen.jobs.push_back(job_of(row)); }));
    for (auto& job : seen.jobs) {
        TRY(complete_job(db, params, job));
    }
    TRY(db.each(
        "SELECT service, until, is_day, reason FROM rate_pauses WHERE until > ?1 ORDER BY service",
        [&](const sqlite::row& row) {
            seen.pauses.push_back({.service = row.get<std::string>(0),
                                   .until = row.get<std::int64_t>(1),
                                   .is_day = row.get<bool>(2),
                                   .reason = row.get<std::string>(3)});
        },
        params.time->unix_ms()));
    TRY(db.each("SELECT count(*), count(failed_reason), (SELECT count(*) FROM scan_problems) FROM file_writes",
                [&](const sqlite::row& row) {
                    seen.open_writes = row.get<std::int64_t>(0);
                    seen.failed_writes = row.get<std::int64_t>(1);
                    seen.scan_problems = row.get<std::int64_t>(2);
                }));
    TRY_ASSIGN(seen.failures,
               list_problems(db,
                             "SELECT path, failed_reason FROM file_writes JOIN audio_files USING(file_id) "
                             "WHERE failed_reason IS NOT NULL ORDER BY path LIMIT ?1",
                             params.list_max));
    TRY_ASSIGN(seen.problems,
               list_problems(db, "SELECT path, reason FROM scan_problems ORDER BY path LIMIT ?1", params.list_max));
    return seen;
}

}  // namespace

result<library_statistics> count_library(sqlite::database& database) {
    return in_one_state<library_statistics>(database, read_library);
}

result<jobs_status> look_at_jobs(sqlite::database& database, const jobs_status_params& params) {
    return in_one_state<jobs_status>(database, [&](sqlite::connection& db) { return read_jobs(db, params); });
}

}  // namespace sluice::tagger
