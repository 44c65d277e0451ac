// library.hpp - the tags of recordings in the database, and the files that they are in.
//
// Use:     db.transaction([&](connection& c) { return replace_tags(c, {.recording_id = id, .tags = tags, ...}); });
// Rule:    every change of tags leaves a row in tag_changes with what was before, under the tag_run that made it: undo.
// Threads: any; those that take a connection run inside of the caller's transaction.
// Errors:  the database's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/library/scan.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "apps/tagger/tags/vocabulary.hpp"
#include "base/core/result.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

// `what`: tag, import, undo or write.
result<std::int64_t> begin_tag_run(sqlite::connection& db, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms);
// In a transaction of its own.
result<std::int64_t> begin_tag_run(sqlite::database& database, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms);

result<tag_set> get_tags(sqlite::connection& db, std::int64_t recording_id);

struct tag_replacement {
    std::int64_t recording_id = 0;
    tag_set tags;
    std::int64_t tag_run_id = 0;
    std::int64_t now_ms = 0;
};
// Returns whether anything is different now; the order within a kind does not count.
result<bool> replace_tags(sqlite::connection& db, const tag_replacement& wanted);

// The file gets these tags, later; what it had before an earlier decision that is still open stays noted.
result<> queue_file_write(sqlite::connection& db, std::int64_t file_id, std::int64_t tag_run_id,
                          std::string_view tags_json, std::int64_t now_ms);
// All files of the recording that are there, but for those into which we have written the same.
result<> queue_recording_writes(sqlite::connection& db, std::int64_t recording_id, std::int64_t tag_run_id,
                                const tag_set& tags, std::int64_t now_ms);

// Those of every recording that has tags. Returns how many files there are to write then, by whatever decision.
result<std::int64_t> queue_all_writes(sqlite::connection& db, std::int64_t tag_run_id, std::int64_t now_ms);

// The recording with that sound; made if it is new.
result<std::int64_t> store_recording(sqlite::connection& db, const audio_payload& sound, const track_info& track,
                                     std::int64_t now_ms);
// The file at that path is, or is now, one of the recording. Returns its file_id.
result<std::int64_t> store_audio_file(sqlite::connection& db, const found_file& file, std::int64_t recording_id,
                                      const track_info& track);

// What the table `vocabulary` holds; none: nothing yet.
result<std::optional<vocabulary>> load_vocabulary(sqlite::database& database);
result<> store_vocabulary(sqlite::database& database, const vocabulary& words);

}  // namespace sluice::tagger
