#include "apps/tagger/library/schema.hpp"

#include "apps/jobs/schema.hpp"

namespace sluice::tagger {

namespace {

constexpr std::int32_t application_id = 0x536c5467;  // "SlTg"

// A released step never changes, because sqlite/database/migration.hpp compares it. A later change is a new step.
constexpr std::string_view tables = R"(
-- A sound, whatever files it is in: what is tagged and paid for.
CREATE TABLE recordings(
    recording_id INTEGER PRIMARY KEY,
    audio_hash TEXT NOT NULL UNIQUE,  -- SHA-256 of the payload
    format TEXT NOT NULL,
    payload_bytes INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    bitrate_kbps INTEGER NOT NULL,
    sample_rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    first_seen_date INTEGER NOT NULL
) STRICT;

CREATE TABLE audio_files(
    file_id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    recording_id INTEGER NOT NULL REFERENCES recordings,
    size_bytes INTEGER NOT NULL,  -- these three tell whether it has to be read again
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    album TEXT NOT NULL,
    comment TEXT NOT NULL,
    genre TEXT NOT NULL,          -- as the file said when it was found
    year INTEGER NOT NULL,
    is_missing INTEGER NOT NULL DEFAULT 0 CHECK(is_missing IN (0, 1)),
    written_tags TEXT             -- JSON of what we wrote into it last
) STRICT;
CREATE INDEX audio_files_recording ON audio_files(recording_id);

CREATE TABLE tags(
    recording_id INTEGER NOT NULL REFERENCES recordings,
    kind TEXT NOT NULL CHECK(kind IN ('genre', 'mood', 'occasion', 'keyword')),
    tag TEXT NOT NULL CHECK(tag <> ''),
    position INTEGER NOT NULL,        -- within its kind; the most fitting one is the first
    PRIMARY KEY(recording_id, kind, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags(kind, tag, recording_id);

-- Runs that changed tags, kept for undo.
CREATE TABLE tag_runs(
    tag_run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL CHECK(what IN ('tag', 'import', 'undo', 'write')),
    detail TEXT NOT NULL,
    date INTEGER NOT NULL,
    undone_by INTEGER REFERENCES tag_runs
) STRICT;

-- JSON of all four kinds, before and after.
CREATE TABLE tag_changes(
    change_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag_run_id INTEGER NOT NULL REFERENCES tag_runs,
    recording_id INTEGER NOT NULL REFERENCES recordings,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    date INTEGER NOT NULL
) STRICT;
CREATE INDEX tag_changes_run ON tag_changes(tag_run_id);

-- Files that still have to get tags; a file gets its row in the transaction that decides so.
CREATE TABLE file_writes(
    file_id INTEGER PRIMARY KEY REFERENCES audio_files,
    tag_run_id INTEGER NOT NULL REFERENCES tag_runs,
    tags TEXT NOT NULL,           -- JSON
    before TEXT,                  -- what the file had, noted before it is replaced
    failed_reason TEXT,
    date INTEGER NOT NULL
) STRICT;

-- Files that got them.
CREATE TABLE file_changes(
    change_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag_run_id INTEGER NOT NULL REFERENCES tag_runs,
    file_id INTEGER NOT NULL REFERENCES audio_files,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    date INTEGER NOT NULL
) STRICT;
CREATE INDEX file_changes_run ON file_changes(tag_run_id);

-- Words of a model that are not in the vocabulary, and the tag that each stands for; NULL: none.
CREATE TABLE tag_mappings(
    kind TEXT NOT NULL CHECK(kind IN ('genre', 'mood', 'occasion', 'keyword')),
    invalid_tag TEXT NOT NULL,    -- normalized
    valid_tag TEXT,
    date INTEGER NOT NULL,
    PRIMARY KEY(kind, invalid_tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE vocabulary(
    kind TEXT NOT NULL CHECK(kind IN ('genre', 'mood', 'occasion', 'keyword')),
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY(kind, position),
    UNIQUE(kind, tag)
) STRICT, WITHOUT ROWID;

-- Errors of the last scan, by path.
CREATE TABLE scan_problems(
    path TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    date INTEGER NOT NULL
) STRICT;
)";

constexpr sqlite::migration steps[] = {{.version = 1, .name = "jobs", .sql = jobs::job_tables_1},
                                       {.version = 2, .name = "tagged library", .sql = tables}};

}  // namespace

const sqlite::migration_params& tagger_schema() {
    static constexpr sqlite::migration_params schema{.application_id = application_id, .steps = steps};
    return schema;
}

result<bool> has_tagger_schema(sqlite::database& database) {
    TRY_ASSIGN(const auto found,
               database.get<bool>("SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'audio_files'"));
    return found;
}

}  // namespace sluice::tagger
