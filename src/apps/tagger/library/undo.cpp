#include "apps/tagger/library/undo.hpp"

#include <charconv>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "apps/tagger/library/library.hpp"

namespace sluice::tagger {

namespace {

struct tag_run {
    std::int64_t tag_run_id = 0;
    std::string what;
    std::string detail;
    std::int64_t date = 0;
    std::optional<std::int64_t> undone_by;

    static tag_run from_row(const sqlite::row& row) {
        return {.tag_run_id = row.get<std::int64_t>(0),
                .what = row.get<std::string>(1),
                .detail = row.get<std::string>(2),
                .date = row.get<std::int64_t>(3),
                .undone_by = row.get<std::optional<std::int64_t>>(4)};
    }
    [[nodiscard]] bool is_undo() const { return what == "undo"; }
    // For an undo: the run that it undid.
    [[nodiscard]] std::int64_t target() const {
        std::int64_t id = 0;
        std::from_chars(detail.data(), detail.data() + detail.size(), id);
        return id;
    }
};

constexpr std::string_view one_run =
    "SELECT tag_run_id, what, detail, date, undone_by FROM tag_runs WHERE tag_run_id = ?1";

constexpr std::string_view last_run =
    "SELECT tag_run_id, what, detail, date, undone_by FROM tag_runs r WHERE undone_by IS NULL AND what <> 'undo' AND ("
    "EXISTS(SELECT 1 FROM tag_changes WHERE tag_run_id = r.tag_run_id) OR "
    "EXISTS(SELECT 1 FROM file_changes WHERE tag_run_id = r.tag_run_id) OR "
    "EXISTS(SELECT 1 FROM file_writes WHERE tag_run_id = r.tag_run_id)) ORDER BY tag_run_id DESC LIMIT 1";

constexpr std::string_view all_runs =
    "SELECT tag_run_id, what, detail, date, undone_by, "
    "(SELECT count(DISTINCT recording_id) FROM tag_changes WHERE tag_run_id = r.tag_run_id), "
    "(SELECT count(DISTINCT file_id) FROM file_changes WHERE tag_run_id = r.tag_run_id) "
    "FROM tag_runs r ORDER BY tag_run_id DESC LIMIT ?1";

// The net change of one recording or file by a run: before its first change, and after its last.
struct net_change {
    std::int64_t id = 0;
    std::string before;
    std::string after;
    bool is_latest = false;  // no later run has changed it

    static net_change from_row(const sqlite::row& row) {
        return {.id = row.get<std::int64_t>(0),
                .before = row.get<std::string>(1),
                .after = row.get<std::string>(2),
                .is_latest = row.get<bool>(3)};
    }
};

// With a single min() or max() the other columns come from its row (sqlite.org/lang_select.html, 2.5).
constexpr std::string_view recording_changes =
    "SELECT first.recording_id, first.before, last.after, 1 FROM "
    "(SELECT recording_id, before, min(change_id) FROM tag_changes WHERE tag_run_id = ?1 GROUP BY recording_id) first "
    "JOIN (SELECT recording_id, after, max(change_id) FROM tag_changes WHERE tag_run_id = ?1 GROUP BY recording_id) "
    "last "
    "USING(recording_id)";

// is_latest: the file has, or will get from another run's queued write, the tags that this run left.
constexpr std::string_view file_changes_of =
    "SELECT first.file_id, first.before, last.after, coalesce(w.tags, latest.after) = last.after FROM "
    "(SELECT file_id, before, min(change_id) FROM file_changes WHERE tag_run_id = ?1 GROUP BY file_id) first "
    "JOIN (SELECT file_id, after, max(change_id) FROM file_changes WHERE tag_run_id = ?1 GROUP BY file_id) last "
    "USING(file_id) JOIN (SELECT file_id, after, max(change_id) FROM file_changes GROUP BY file_id) latest "
    "USING(file_id) "
    "LEFT JOIN file_writes w ON w.file_id = first.file_id AND w.tag_run_id <> ?1";

class undoing {
  public:
    undoing(const undo_params& params, sqlite::connection& db) : params_(params), db_(db) {}

    result<undo_report> run() {
        TRY_ASSIGN(const auto target, find());
        report_ = {
            .undone_run_id = target.tag_run_id, .what = target.what, .detail = target.detail, .date = target.date};
        now_ms_ = params_.time->unix_ms();
        TRY_ASSIGN(report_.tag_run_id, begin_tag_run(db_, "undo", std::to_string(target.tag_run_id), now_ms_));
        TRY(restore_recordings(target));
        TRY(restore_files(target));
        TRY(restore_items(target));
        TRY(set_undone(target, report_.tag_run_id));
        return report_;
    }

  private:
    result<tag_run> find() {
        if (!params_.tag_run_id) {
            TRY_ASSIGN(auto last, db_.find<tag_run>(last_run));
            return last ? result<tag_run>(std::move(*last)) : fail(error_kind::not_found, "there is nothing to undo");
        }
        TRY_ASSIGN(auto run, find(*params_.tag_run_id));
        if (run.undone_by) {
            return fail(error_kind::wrong_state,
                        fmt::format("run {} is undone already, by run {}", run.tag_run_id, *run.undone_by),
                        fmt::format("`sluice tag undo --run {}` brings it back", *run.undone_by));
        }
        return run;
    }

    result<tag_run> find(std::int64_t tag_run_id) {
        TRY_ASSIGN(auto run, db_.find<tag_run>(one_run, tag_run_id));
        return run ? result<tag_run>(std::move(*run))
                   : fail(error_kind::not_found, fmt::format("there is no run {}", tag_run_id));
    }

    result<> restore_recordings(const tag_run& target) {
        TRY_ASSIGN(const auto changes, db_.list<net_change>(recording_changes, target.tag_run_id));
        for (const auto& each : changes) {
            TRY_ASSIGN(const auto current, get_tags(db_, each.id));
            const auto after = tags_from_json(each.after);
            const auto before = tags_from_json(each.before);
            if (!after || !before || !has_same_tags(current, *after)) {
                ++report_.recordings_left;
                continue;
            }
            TRY(replace_tags(
                db_, {.recording_id = each.id, .tags = *before, .tag_run_id = report_.tag_run_id, .now_ms = now_ms_}));
            ++report_.recordings;
        }
        return {};
    }

    result<> restore_files(const tag_run& target) {
        TRY_ASSIGN(const auto changes, db_.list<net_change>(file_changes_of, target.tag_run_id));
        // Writes that have not begun are dropped; for the others the writer has noted the old tags.
        TRY(db_.run("DELETE FROM file_writes WHERE tag_run_id = ?1 AND before IS NULL", target.tag_run_id));
        TRY(
            db_.run("UPDATE file_writes SET tags = before, tag_run_id = ?2, failed_reason = NULL, date = ?3 "
                    "WHERE tag_run_id = ?1",
                    target.tag_run_id, report_.tag_run_id, now_ms_));
        for (const auto& each : changes) {
            if (!each.is_latest) {
                ++report_.files_left;
                continue;
            }
            TRY(queue_file_write(db_, each.id, report_.tag_run_id, each.before, now_ms_));
        }
        TRY_ASSIGN(report_.files,
                   db_.get<std::int64_t>("SELECT count(*) FROM file_writes WHERE tag_run_id = ?1", report_.tag_run_id));
        return {};
    }

    // True if the run, while in force, gives recordings their answers; none: it does not concern answers.
    result<std::optional<bool>> applies_answers(const tag_run& run) {
        bool is_applied = true;
        auto base = run;
        while (base.is_undo()) {
            is_applied = !is_applied;
            TRY_ASSIGN(base, find(base.target()));
        }
        return base.what == "tag" ? std::optional(is_applied) : std::nullopt;
    }

    result<> restore_items(const tag_run& target) {
        TRY_ASSIGN(const auto applied, applies_answers(target));
        if (!applied) {
            return {};
        }
        constexpr std::string_view these =
            " AND job_id IN (SELECT job_id FROM jobs WHERE kind = 'tag') AND payload IN "
            "(SELECT CAST(recording_id AS TEXT) FROM tag_changes WHERE tag_run_id = ?1)";
        if (*applied) {
            TRY(db_.run(
                "UPDATE job_items SET state = 'pending', batch_id = NULL, done_date = NULL WHERE state = 'done'" +
                    std::string(these),
                report_.tag_run_id));
        } else {
            TRY(db_.run(
                "UPDATE job_items SET state = 'done', done_date = ?2 WHERE state = 'pending' AND answer IS NOT NULL" +
                    std::string(these),
                report_.tag_run_id, now_ms_));
        }
        return {};
    }

    // ---- which runs are in force: undoing an undo puts its target into force again

    result<> set_undone(const tag_run& run, std::int64_t by) {
        TRY(db_.run("UPDATE tag_runs SET undone_by = ?2 WHERE tag_run_id = ?1", run.tag_run_id, by));
        return run.is_undo() ? set_in_force(run.target()) : result<>();
    }

    result<> set_in_force(std::int64_t tag_run_id) {
        TRY(db_.run("UPDATE tag_runs SET undone_by = NULL WHERE tag_run_id = ?1", tag_run_id));
        TRY_ASSIGN(const auto run, find(tag_run_id));
        if (!run.is_undo()) {
            return {};
        }
        TRY_ASSIGN(const auto target, find(run.target()));
        return set_undone(target, tag_run_id);
    }

    const undo_params& params_;
    sqlite::connection& db_;
    undo_report report_;
    std::int64_t now_ms_ = 0;
};

}  // namespace

result<undo_report> undo_run(const undo_params& params) {
    return params.database->transaction([&](sqlite::connection& db) { return undoing(params, db).run(); });
}

result<std::vector<listed_run>> list_runs(sqlite::database& database, std::int64_t list_max) {
    std::vector<listed_run> runs;
    TRY(database.execute([&](sqlite::connection& db) {
        return db.each(
            all_runs,
            [&](const sqlite::row& row) {
                const auto run = tag_run::from_row(row);
                runs.push_back({.tag_run_id = run.tag_run_id,
                                .what = run.what,
                                .detail = run.detail,
                                .date = run.date,
                                .undone_by = run.undone_by,
                                .recordings = row.get<std::int64_t>(5),
                                .files = row.get<std::int64_t>(6)});
            },
            list_max);
    }));
    return runs;
}

}  // namespace sluice::tagger
