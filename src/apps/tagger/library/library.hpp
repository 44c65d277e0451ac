// library.hpp - the tags of recordings in the database, and the recordings' files.
//
// Use:     db.transaction([&](connection& c) { return replace_tags(c, {.recording_id = id, .tags = tags, ...}); });
// Rule:    every change of tags leaves a row in tag_changes with the former tags, under its tag_run, for undo.
// Threads: any; functions that take a connection run inside the caller's transaction.
// Errors:  the database's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"
#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/library/scan.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "apps/tagger/tags/vocabulary.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

// `what`: tag, import, undo or write.
result<std::int64_t> begin_tag_run(sqlite::connection& db, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms);
// Runs in a transaction of its own.
result<std::int64_t> begin_tag_run(sqlite::database& database, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms);

result<tag_set> get_tags(sqlite::connection& db, std::int64_t recording_id);

struct tag_replacement {
    std::int64_t recording_id = 0;
    tag_set tags;
    std::int64_t tag_run_id = 0;
    std::int64_t now_ms = 0;
};
// True if anything changed; the order within a kind does not count.
result<bool> replace_tags(sqlite::connection& db, const tag_replacement& wanted);

// Queues these tags for the file; the former tags noted by an earlier, unwritten decision stay noted.
result<> queue_file_write(sqlite::connection& db, std::int64_t file_id, std::int64_t tag_run_id,
                          std::string_view tags_json, std::int64_t now_ms);
// Queues all existing files of the recording, except those into which we have written the same tags.
result<> queue_recording_writes(sqlite::connection& db, std::int64_t recording_id, std::int64_t tag_run_id,
                                const tag_set& tags, std::int64_t now_ms);

// Queues the files of every tagged recording. Returns the number of files queued then, by any decision.
result<std::int64_t> queue_all_writes(sqlite::connection& db, std::int64_t tag_run_id, std::int64_t now_ms);

// The same in a transaction and a run ("write") of its own; no run remains if nothing is queued.
result<std::int64_t> queue_library_writes(sqlite::database& database, std::int64_t now_ms);

// Finds or makes the recording with that sound.
result<std::int64_t> store_recording(sqlite::connection& db, const audio_payload& sound, const track_info& track,
                                     std::int64_t now_ms);
// Assigns the file at that path to the recording. Returns its file_id.
result<std::int64_t> store_audio_file(sqlite::connection& db, const found_file& file, std::int64_t recording_id,
                                      const track_info& track);

// Reads the table `vocabulary`; none: it is empty.
result<std::optional<vocabulary>> load_vocabulary(sqlite::database& database);
result<> store_vocabulary(sqlite::database& database, const vocabulary& words);

}  // namespace sluice::tagger
