#include "apps/tagger/run/library_scan.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/model/prompts.hpp"
#include "base/text/display_width.hpp"

namespace sluice::tagger {

namespace {

constexpr std::size_t chunk_size = 100;

// A file found by the scan, before it is stored.
struct seen_file {
    found_file file;
    std::int64_t file_id = 0;  // 0: new
    std::int64_t recording_id = 0;
    bool is_unchanged = false;  // since an earlier scan
    std::string audio_hash;
    result<track_info> track;  // these two only if the file has changed
    audio_payload sound;
};

constexpr unsigned readers_max = 4;

// Calls `work` for each of [0, count), on a few threads.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto read = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            work(i);
        }
    };
    const auto helpers = std::min<std::size_t>(std::clamp(std::thread::hardware_concurrency(), 1U, readers_max), count);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < helpers; ++i) {
        threads.emplace_back(read);
    }
    read();
}

class library_scanner {
  public:
    explicit library_scanner(const library_scan_params& params) : params_(params) {}

    result<library_scan_report> run() {
        std::optional<error> failure;
        const auto note = [&](result<> done) {
            if (!done) {
                failure = std::move(done).error();
            }
            return !failure && goes_on();
        };
        const auto walked = find_audio(
            {.folder = params_.folder}, [&](const found_file& file) { return note(take(file)); },
            [&](const scan_problem& problem) { note_problem(problem); });
        if (failure) {
            return std::unexpected(std::move(*failure));
        }
        TRY(walked);
        if (goes_on()) {
            TRY(flush());
        }
        if (goes_on()) {  // else the scan is incomplete
            TRY(mark_missing());
            TRY(forget_problems());
        }
        return report_;
    }

  private:
    [[nodiscard]] bool goes_on() const { return !params_.goes_on || params_.goes_on(); }

    result<> take(const found_file& file) {
        ++report_.files;
        TRY_ASSIGN(auto seen, look_up(file));
        chunk_.push_back(std::move(seen));
        return chunk_.size() >= chunk_size ? flush() : result<>();
    }

    result<seen_file> look_up(const found_file& file) {
        seen_file seen{.file = file, .audio_hash = {}, .track = {}, .sound = {}};
        TRY(params_.database->execute([&](sqlite::connection& db) {
            return db.each(
                "SELECT file_id, recording_id, audio_hash, size_bytes, modified_ns, inode FROM audio_files "
                "JOIN recordings USING(recording_id) WHERE path = ?1",
                [&](const sqlite::row& row) {
                    seen.file_id = row.get<std::int64_t>(0);
                    const bool is_same = row.get<std::int64_t>(3) == static_cast<std::int64_t>(file.size_bytes) &&
                                         row.get<std::int64_t>(4) == file.modified_ns &&
                                         row.get<std::int64_t>(5) == static_cast<std::int64_t>(file.inode);
                    if (is_same) {
                        seen.is_unchanged = true;
                        seen.recording_id = row.get<std::int64_t>(1);
                        seen.audio_hash = row.get<std::string>(2);
                    }
                },
                file.path.string());
        }));
        return seen;
    }

    static result<track_info> read_file(seen_file& seen) {
        TRY_ASSIGN(seen.sound, read_payload(seen.file.path));
        seen.audio_hash = seen.sound.sha256;
        return read_track(seen.file.path);
    }

    // Reads new and changed files; unreadable files leave the chunk.
    void read_chunk() {
        std::vector<std::size_t> unread;
        for (std::size_t i = 0; i < chunk_.size(); ++i) {
            if (!chunk_[i].is_unchanged) {
                unread.push_back(i);
            }
        }
        for_each_index(unread.size(), [&](std::size_t i) {
            if (goes_on()) {
                auto& seen = chunk_[unread[i]];
                seen.track = read_file(seen);
            }
        });
        if (!goes_on()) {  // some were not read; the next scan reads the whole chunk again
            std::erase_if(chunk_, [](const auto& each) { return !each.is_unchanged; });
            return;
        }
        for (const auto i : unread) {
            if (!chunk_[i].track) {
                note_problem(
                    {.path = base::visible(chunk_[i].file.path.string()), .reason = chunk_[i].track.error().message});
                present_.insert(chunk_[i].file_id);  // the file exists but cannot be read, so it is not missing
            }
        }
        std::erase_if(chunk_, [](const auto& each) { return !each.track; });
        report_.read += std::ranges::count(chunk_, false, &seen_file::is_unchanged);
    }

    void note_problem(const scan_problem& problem) {
        ++report_.problems;
        problems_.push_back(problem);
        unseen_.push_back(problem.path);
        if (params_.told) {
            params_.told(problem);
        }
    }

    // Stores the chunk in one transaction.
    result<> flush() {
        read_chunk();
        library_scan_report counted;
        TRY(params_.database->transaction([&](sqlite::connection& db) -> result<> {
            counted = report_;
            for (auto& each : chunk_) {
                TRY(store_file(db, each));
                TRY(queue(db, each, counted));
            }
            for (const auto& each : problems_) {
                TRY(db.run("INSERT OR REPLACE INTO scan_problems(path, reason, date) VALUES(?1, ?2, ?3)", each.path,
                           each.reason, params_.time->unix_ms()));
            }
            return {};
        }));
        report_ = counted;
        for (const auto& each : chunk_) {
            present_.insert(each.file_id);
        }
        chunk_.clear();
        problems_.clear();
        if (params_.queued) {
            params_.queued();
        }
        return {};
    }

    result<> store_file(sqlite::connection& db, seen_file& seen) {
        if (seen.is_unchanged) {
            TRY(db.run("UPDATE audio_files SET is_missing = 0 WHERE file_id = ?1 AND is_missing = 1", seen.file_id));
        } else {
            TRY_ASSIGN(seen.recording_id, store_recording(db, seen.sound, *seen.track, params_.time->unix_ms()));
            TRY_ASSIGN(seen.file_id, store_audio_file(db, seen.file, seen.recording_id, *seen.track));
        }
        return {};
    }

    result<> queue(sqlite::connection& db, const seen_file& seen, library_scan_report& counted) {
        if (params_.queue == nullptr) {
            return {};
        }
        const auto payload = std::to_string(seen.recording_id);
        TRY_ASSIGN(const auto state, params_.queue->enqueue(db, {.job_id = params_.job_id,
                                                                 .key = item_key(seen.audio_hash, params_.model),
                                                                 .payload = payload,
                                                                 .retries_dead = params_.retries_dead}));
        switch (state) {
            case jobs::item_state::queued:
                ++counted.queued;
                return {};
            case jobs::item_state::waiting:
                ++counted.waiting;
                return {};
            case jobs::item_state::dead:
                ++counted.dead;
                return {};
            case jobs::item_state::done:
                ++counted.done;
        }
        if (params_.writes_run_id == 0) {
            return {};
        }
        TRY_ASSIGN(const auto tags, get_tags(db, seen.recording_id));
        return tags.is_empty() ? result<>()
                               : queue_recording_writes(db, seen.recording_id, params_.writes_run_id, tags,
                                                        params_.time->unix_ms());
    }

    // True if the path is, or is below, an entry that could not be read: the file may exist.
    [[nodiscard]] bool may_be_there(const std::string& path) const {
        return std::ranges::any_of(unseen_, [shown = base::visible(path)](const auto& each) {
            return shown.starts_with(each) && (shown.size() == each.size() || shown[each.size()] == '/');
        });
    }

    // Deletes problems of earlier scans of this folder that this scan has not met.
    result<> forget_problems() {
        const auto folder = base::visible(params_.folder.string());
        return params_.database->transaction([&](sqlite::connection& db) -> result<> {
            TRY(db.run("DELETE FROM scan_problems WHERE (path = ?1 OR (path >= ?2 AND path < ?3)) AND date < ?4",
                       folder, folder + "/", folder + "0", started_ms_));
            return {};
        });
    }

    // Marks files of this folder that the scan has not found.
    result<> mark_missing() {
        const auto folder = params_.folder.string();
        return params_.database->transaction([&](sqlite::connection& db) -> result<> {
            std::vector<std::int64_t> gone;
            TRY(db.each(
                "SELECT file_id, path FROM audio_files WHERE is_missing = 0 AND path >= ?1 AND path < ?2",
                [&](const sqlite::row& row) {
                    const auto file_id = row.get<std::int64_t>(0);
                    if (!present_.contains(file_id) && !may_be_there(row.get<std::string>(1))) {
                        gone.push_back(file_id);
                    }
                },
                folder + "/", folder + "0"));  // '0' follows '/' in ASCII
            for (const auto file_id : gone) {
                TRY(db.run("UPDATE audio_files SET is_missing = 1 WHERE file_id = ?1", file_id));
            }
            report_.missing = static_cast<std::int64_t>(gone.size());
            return {};
        });
    }

    const library_scan_params& params_;
    library_scan_report report_;
    std::vector<seen_file> chunk_;
    std::vector<scan_problem> problems_;
    std::vector<std::string> unseen_;  // paths reported as problems
    std::unordered_set<std::int64_t> present_;
    const std::int64_t started_ms_ = params_.time->unix_ms();
};

}  // namespace

result<library_scan_report> scan_library(const library_scan_params& params) {
    return library_scanner(params).run();
}

}  // namespace sluice::tagger
