#include "apps/tagger/library/library_writer.hpp"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/tagger/library/track_writer.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "base/text/display_width.hpp"

namespace sluice::tagger {

namespace {

struct queued_write {
    std::int64_t file_id = 0;
    std::int64_t tag_run_id = 0;
    std::string tags;
    std::string path;
    std::string audio_hash;

    static queued_write from_row(const sqlite::row& row) {
        return {.file_id = row.get<std::int64_t>(0),
                .tag_run_id = row.get<std::int64_t>(1),
                .tags = row.get<std::string>(2),
                .path = row.get<std::string>(3),
                .audio_hash = row.get<std::string>(4)};
    }
};

// Takes one file at a time: other processes empty the same queue.
constexpr std::string_view next_one =
    "SELECT file_id, tag_run_id, tags, path, audio_hash FROM file_writes JOIN audio_files USING(file_id) "
    "JOIN recordings USING(recording_id) WHERE file_id > ?1 ORDER BY file_id LIMIT 1";

class write_pass {
  public:
    explicit write_pass(const library_writer_params& params) : params_(params) {}

    // Writes all files queued now; skips those that failed earlier in this pass.
    result<library_write_report> run() {
        report_.busy = 0;
        for (std::int64_t last = 0; !params_.goes_on || params_.goes_on();) {
            TRY_ASSIGN(const auto next, params_.database->find<queued_write>(next_one, last));
            if (!next) {
                break;
            }
            bool is_settled = true;
            if (!failed_.contains(next->file_id)) {
                TRY_ASSIGN(is_settled, write(*next));
            }
            last = is_settled ? next->file_id : next->file_id - 1;
        }
        return report_;
    }

  private:
    // False: the row has changed meanwhile, or is gone, and must be read again.
    result<bool> write(const queued_write& queued) {
        const auto tags = tags_from_json(queued.tags);
        if (!tags) {
            return note_failure(queued, {error_kind::storage, "the row is damaged"});
        }
        const auto written = write_track(
            {.path = queued.path, .sha256 = queued.audio_hash, .tags = *tags, .before_rename = [&](const tag_set& had) {
                 return note_before(queued, had);
             }});
        if (written) {
            return note_done(queued, *written);
        }
        if (written.error().kind == error_kind::busy) {
            ++report_.busy;
            return true;
        }
        return note_failure(queued, written.error());
    }

    result<> note_before(const queued_write& queued, const tag_set& had) {
        // Keeps the note of an earlier run: by now the file may have the new tags.
        TRY(params_.database->run("UPDATE file_writes SET before = ?2 WHERE file_id = ?1 AND before IS NULL",
                                  queued.file_id, to_json(had)));
        if (params_.before_rename) {
            params_.before_rename();
        }
        return {};
    }

    result<bool> note_done(const queued_write& queued, const written_track& now) {
        enum class noted : std::uint8_t { not_here, unchanged, written };
        auto outcome = noted::not_here;
        TRY(params_.database->transaction([&](sqlite::connection& db) -> result<> {
            TRY_ASSIGN(
                const auto taken,
                db.find<std::optional<std::string>>(
                    "DELETE FROM file_writes WHERE file_id = ?1 AND tags = ?2 AND tag_run_id = ?3 RETURNING before",
                    queued.file_id, queued.tags, queued.tag_run_id));
            if (!taken) {  // another process has finished it, or it was queued again
                outcome = noted::not_here;
                return {};
            }
            TRY(
                db.run("UPDATE audio_files SET size_bytes = ?2, modified_ns = ?3, inode = ?4, written_tags = ?5 "
                       "WHERE file_id = ?1",
                       queued.file_id, static_cast<std::int64_t>(now.size_bytes), now.modified_ns,
                       static_cast<std::int64_t>(now.inode), queued.tags));
            const auto& before = *taken;  // none: it had these tags before any write
            outcome = before ? noted::written : noted::unchanged;
            if (before) {
                TRY(db.run(
                    "INSERT INTO file_changes(tag_run_id, file_id, before, after, date) VALUES(?1, ?2, ?3, ?4, ?5)",
                    queued.tag_run_id, queued.file_id, *before, queued.tags, params_.time->unix_ms()));
            }
            return {};
        }));
        report_.written += outcome == noted::written ? 1 : 0;
        report_.unchanged += outcome == noted::unchanged ? 1 : 0;
        return outcome != noted::not_here;
    }

    result<bool> note_failure(const queued_write& queued, const error& why) {
        TRY_ASSIGN(const auto is_queued,
                   params_.database->find<bool>(
                       "UPDATE file_writes SET failed_reason = ?4 WHERE file_id = ?1 AND tags = ?2 AND tag_run_id = ?3 "
                       "RETURNING true",
                       queued.file_id, queued.tags, queued.tag_run_id, why.message));
        if (!is_queued) {
            return false;
        }
        ++report_.failed;
        failed_.insert(queued.file_id);
        if (params_.told) {
            params_.told({.path = base::visible(queued.path), .reason = why.message});
        }
        // A missing folder may be an unmounted disk; a file missing from an existing folder is deleted.
        std::error_code ignored;
        if (why.kind == error_kind::not_found &&
            std::filesystem::exists(std::filesystem::path(queued.path).parent_path(), ignored)) {
            TRY(params_.database->run("DELETE FROM file_writes WHERE file_id = ?1", queued.file_id));
        }
        return true;
    }

    const library_writer_params& params_;
    library_write_report report_;
    std::set<std::int64_t> failed_;
};

}  // namespace

result<library_write_report> write_queued(const library_writer_params& params) {
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

result<library_write_report> library_writer::finish() {
    {
        const std::scoped_lock lock(mutex_);
        is_finishing_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    if (failure_) {
        return std::unexpected(*failure_);
    }
    return report_;
}

}  // namespace sluice::tagger
