#include "apps/tagger/library/library.hpp"

#include <vector>

namespace sluice::tagger {

result<std::int64_t> begin_tag_run(sqlite::connection& db, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms) {
    TRY(db.run("INSERT INTO tag_runs(what, detail, date) VALUES(?1, ?2, ?3)", what, detail, now_ms));
    return db.last_insert_id();
}

result<std::int64_t> begin_tag_run(sqlite::database& database, std::string_view what, std::string_view detail,
                                   std::int64_t now_ms) {
    return database.transaction([&](sqlite::connection& db) { return begin_tag_run(db, what, detail, now_ms); });
}

result<tag_set> get_tags(sqlite::connection& db, std::int64_t recording_id) {
    tag_set tags;
    TRY(db.each(
        "SELECT kind, tag FROM tags WHERE recording_id = ?1 ORDER BY kind, position",
        [&](const sqlite::row& row) {
            if (const auto kind = parse_tag_kind(row.get<std::string_view>(0))) {
                tags[*kind].push_back(row.get<std::string>(1));
            }
        },
        recording_id));
    return tags;
}

result<bool> replace_tags(sqlite::connection& db, const tag_replacement& wanted) {
    TRY_ASSIGN(const auto before, get_tags(db, wanted.recording_id));
    if (has_same_tags(before, wanted.tags)) {
        return false;
    }
    TRY(db.run("DELETE FROM tags WHERE recording_id = ?1", wanted.recording_id));
    for (const tag_kind kind : tag_kinds) {
        std::int64_t position = 0;
        for (const auto& tag : wanted.tags[kind]) {
            TRY(
                db.run("INSERT INTO tags(recording_id, kind, tag, position) VALUES(?1, ?2, ?3, ?4) "
                       "ON CONFLICT DO NOTHING",
                       wanted.recording_id, to_text(kind), tag, ++position));
        }
    }
    TRY(db.run("INSERT INTO tag_changes(tag_run_id, recording_id, before, after, date) VALUES(?1, ?2, ?3, ?4, ?5)",
               wanted.tag_run_id, wanted.recording_id, to_json(before), to_json(wanted.tags), wanted.now_ms));
    return true;
}

result<> queue_file_write(sqlite::connection& db, std::int64_t file_id, std::int64_t tag_run_id,
                          std::string_view tags_json, std::int64_t now_ms) {
    TRY(
        db.run("INSERT INTO file_writes(file_id, tag_run_id, tags, date) VALUES(?1, ?2, ?3, ?4) "
               "ON CONFLICT DO UPDATE SET tag_run_id = excluded.tag_run_id, tags = excluded.tags, "
               "failed_reason = NULL, date = excluded.date",
               file_id, tag_run_id, tags_json, now_ms));
    return {};
}

result<> queue_recording_writes(sqlite::connection& db, std::int64_t recording_id, std::int64_t tag_run_id,
                                const tag_set& tags, std::int64_t now_ms) {
    const auto json = to_json(tags);
    TRY_ASSIGN(const auto files,
               db.list<std::int64_t>("SELECT file_id FROM audio_files WHERE recording_id = ?1 AND is_missing = 0 "
                                     "AND written_tags IS NOT ?2",
                                     recording_id, json));
    for (const auto file_id : files) {
        TRY(queue_file_write(db, file_id, tag_run_id, json, now_ms));
    }
    return {};
}

result<std::int64_t> queue_all_writes(sqlite::connection& db, std::int64_t tag_run_id, std::int64_t now_ms) {
    TRY_ASSIGN(const auto tagged,
               db.list<std::int64_t>("SELECT DISTINCT recording_id FROM tags ORDER BY recording_id"));
    for (const auto recording_id : tagged) {
        TRY_ASSIGN(const auto tags, get_tags(db, recording_id));
        TRY(queue_recording_writes(db, recording_id, tag_run_id, tags, now_ms));
    }
    TRY_ASSIGN(const auto count, db.get<std::int64_t>("SELECT count(*) FROM file_writes"));
    return count;
}

result<std::int64_t> queue_library_writes(sqlite::database& database, std::int64_t now_ms) {
    return database.transaction([&](sqlite::connection& db) -> result<std::int64_t> {
        TRY_ASSIGN(const auto run, begin_tag_run(db, "write", "", now_ms));
        TRY_ASSIGN(const auto count, queue_all_writes(db, run, now_ms));
        if (count == 0) {
            TRY(db.run("DELETE FROM tag_runs WHERE tag_run_id = ?1", run));
        }
        return count;
    });
}

result<std::int64_t> store_recording(sqlite::connection& db, const audio_payload& sound, const track_info& track,
                                     std::int64_t now_ms) {
    TRY(
        db.run("INSERT INTO recordings(audio_hash, format, payload_bytes, duration_ms, bitrate_kbps, sample_rate_hz, "
               "channels, first_seen_date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
               sound.sha256, to_text(sound.format), static_cast<std::int64_t>(sound.size_bytes), track.duration_ms,
               track.bitrate_kbps, track.sample_rate_hz, track.channels, now_ms));
    TRY_ASSIGN(const auto found,
               db.get<std::int64_t>("SELECT recording_id FROM recordings WHERE audio_hash = ?1", sound.sha256));
    return found;
}

result<std::int64_t> store_audio_file(sqlite::connection& db, const found_file& file, std::int64_t recording_id,
                                      const track_info& track) {
    TRY_ASSIGN(
        const auto file_id,
        db.get<std::int64_t>(
            "INSERT INTO audio_files(path, recording_id, size_bytes, modified_ns, inode, title, artist, album, "
            "comment, "
            "genre, year) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
            "ON CONFLICT DO UPDATE SET recording_id = excluded.recording_id, size_bytes = excluded.size_bytes, "
            "modified_ns = excluded.modified_ns, inode = excluded.inode, title = excluded.title, "
            "artist = excluded.artist, album = excluded.album, comment = excluded.comment, genre = excluded.genre, "
            "year = excluded.year, is_missing = 0, written_tags = NULL RETURNING file_id",
            file.path.string(), recording_id, static_cast<std::int64_t>(file.size_bytes), file.modified_ns,
            static_cast<std::int64_t>(file.inode), track.title, track.artist, track.album, track.comment, track.genre,
            track.year));
    return file_id;
}

result<std::optional<vocabulary>> load_vocabulary(sqlite::database& database) {
    vocabulary words;
    bool is_empty = true;
    result<> added;
    TRY(database.execute([&](sqlite::connection& db) {
        return db.each("SELECT kind, tag FROM vocabulary ORDER BY kind, position", [&](const sqlite::row& row) {
            const auto kind = parse_tag_kind(row.get<std::string_view>(0));
            if (kind && added) {
                added = words.add(*kind, row.get<std::string_view>(1));
                is_empty = false;
            }
        });
    }));
    TRY(added);
    return is_empty ? std::nullopt : std::optional(std::move(words));
}

result<> store_vocabulary(sqlite::database& database, const vocabulary& words) {
    return database.transaction([&](sqlite::connection& db) -> result<> {
        TRY(db.run("DELETE FROM vocabulary"));
        TRY(db.run("DELETE FROM tag_mappings WHERE valid_tag IS NULL"));  // they may have a match now
        for (const tag_kind kind : tag_kinds) {
            std::int64_t position = 0;
            for (const auto& tag : words.list(kind)) {
                TRY(db.run("INSERT INTO vocabulary(kind, position, tag) VALUES(?1, ?2, ?3)", to_text(kind), ++position,
                           tag));
            }
        }
        return {};
    });
}

}  // namespace sluice::tagger
