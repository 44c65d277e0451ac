#include "tagger/library_writer.hpp"

#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "core/display_width.hpp"
#include "tagger/tags.hpp"
#include "tagger/track_writer.hpp"

namespace sluice::tagger {

namespace {

struct queued_write {
    std::int64_t file_id = 0;
    std::int64_t tag_run_id = 0;
    std::string tags;
    std::optional<std::string> before;
    std::string path;
    std::string audio_hash;

    static queued_write from_row(const store::row& row) {
        return {.file_id = row.get<std::int64_t>(0),
                .tag_run_id = row.get<std::int64_t>(1),
                .tags = row.get<std::string>(2),
                .before = row.get<std::optional<std::string>>(3),
                .path = row.get<std::string>(4),
                .audio_hash = row.get<std::string>(5)};
    }
};

constexpr std::string_view next_ones =
    "SELECT file_id, tag_run_id, tags, before, path, audio_hash FROM file_writes JOIN audio_files USING(file_id) "
    "JOIN recordings USING(recording_id) WHERE file_id > ?1 ORDER BY file_id LIMIT 50";

class write_pass {
  public:
    explicit write_pass(const library_writer_params& params) : params_(params) {}

    // What is queued now; what has failed before in this pass's life is left alone.
    core::result<library_write_report> run() {
        std::int64_t last = 0;
        for (;;) {
            TRY_ASSIGN(const auto some, params_.database->list<queued_write>(next_ones, last));
            if (some.empty()) {
                return report_;
            }
            for (const auto& each : some) {
                if (params_.goes_on && !params_.goes_on()) {
                    return report_;
                }
                last = each.file_id;
                if (!failed_.contains(each.file_id)) {
                    TRY(write(each));
                }
            }
        }
    }

  private:
    core::result<> write(const queued_write& queued) {
        const auto tags = tags_from_json(queued.tags);
        if (!tags) {
            return note_failure(queued, "the row is damaged");
        }
        const std::filesystem::path path(queued.path);
        clean_folder(path.parent_path());
        auto before = queued.before;
        const auto written = write_track(
            {.path = path, .sha256 = queued.audio_hash, .tags = *tags, .before_rename = [&](const tag_set& had) {
                 return note_before(queued, had, before);
             }});
        if (!written) {
            if (written.error().code == core::sqlstates::undefined_file) {
                TRY(forget(queued));
            }
            return note_failure(queued, written.error().message);
        }
        ++(written->was_written ? report_.written : report_.unchanged);
        return note_done(queued, *written, before);
    }

    // Copies that a process has left that was killed.
    void clean_folder(const std::filesystem::path& folder) {
        if (cleaned_.insert(folder).second) {
            (void)remove_left_copies(folder);
        }
    }

    core::result<> note_before(const queued_write& queued, const tag_set& had, std::optional<std::string>& before) {
        if (!before) {  // else an earlier run has noted it, and the file may have the new tags by now
            before = to_json(had);
            TRY(params_.database->transaction([&](store::connection& db) {
                return db.run("UPDATE file_writes SET before = ?2 WHERE file_id = ?1 AND before IS NULL",
                              queued.file_id, *before);
            }));
        }
        if (params_.before_rename) {
            params_.before_rename();
        }
        return {};
    }

    core::result<> note_done(const queued_write& queued, const written_track& now,
                             const std::optional<std::string>& before) {
        return params_.database->transaction([&](store::connection& db) -> core::result<> {
            // A later decision about the same file stays queued.
            TRY(db.run("DELETE FROM file_writes WHERE file_id = ?1 AND tags = ?2 AND tag_run_id = ?3", queued.file_id,
                       queued.tags, queued.tag_run_id));
            TRY(
                db.run("UPDATE audio_files SET size_bytes = ?2, modified_ns = ?3, inode = ?4, written_tags = ?5 "
                       "WHERE file_id = ?1",
                       queued.file_id, static_cast<std::int64_t>(now.size_bytes), now.modified_ns,
                       static_cast<std::int64_t>(now.inode), queued.tags));
            if (now.was_written || before) {
                TRY(db.run(
                    "INSERT INTO file_changes(tag_run_id, file_id, before, after, date) VALUES(?1, ?2, ?3, ?4, ?5)",
                    queued.tag_run_id, queued.file_id, before.value_or(to_json(now.before)), queued.tags,
                    params_.time->unix_ms()));
            }
            return {};
        });
    }

    core::result<> note_failure(const queued_write& queued, const std::string& reason) {
        ++report_.failed;
        failed_.insert(queued.file_id);
        if (params_.told) {
            params_.told({.path = core::visible(queued.path), .reason = reason});
        }
        TRY(params_.database->transaction([&](store::connection& db) {
            return db.run("UPDATE file_writes SET failed_reason = ?2 WHERE file_id = ?1", queued.file_id, reason);
        }));
        return {};
    }

    core::result<> forget(const queued_write& queued) {
        TRY(params_.database->transaction([&](store::connection& db) {
            return db.run("DELETE FROM file_writes WHERE file_id = ?1", queued.file_id);
        }));
        return {};
    }

    const library_writer_params& params_;
    library_write_report report_;
    std::set<std::filesystem::path> cleaned_;
    std::set<std::int64_t> failed_;
};

}  // namespace

core::result<library_write_report> write_queued(const library_writer_params& params) {
    return write_pass(params).run();
}

library_writer::library_writer(library_writer_params params) : params_(std::move(params)), thread_([this] { run(); }) {}

library_writer::~library_writer() {
    (void)finish();
}

void library_writer::notify() {
    const std::scoped_lock lock(mutex_);
    has_work_ = true;
    changed_.notify_all();
}

void library_writer::run() {
    write_pass pass(params_);
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return has_work_ || is_finishing_; });
            if (!std::exchange(has_work_, false)) {
                return;
            }
        }
        const auto done = pass.run();
        const std::scoped_lock lock(mutex_);
        if (!done) {
            failure_ = done.error();
            return;
        }
        report_ = *done;
    }
}

core::result<library_write_report> library_writer::finish() {
    {
        const std::scoped_lock lock(mutex_);
        is_finishing_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    if (failure_) {
        return core::fail(*failure_);
    }
    return report_;
}

}  // namespace sluice::tagger
