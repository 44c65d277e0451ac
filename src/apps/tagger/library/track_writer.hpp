// track_writer.hpp - writes tags into an audio file; after any failure the old file or the new one is there, whole.
//
// Use:     TRY_ASSIGN(const auto written, write_track({.path = path, .sha256 = known, .tags = tags}));
// Steps:   copy beside the file (base/os/durable.hpp: mode and, if allowed, owner kept; one writer at a time) → TagLib
//          edits the copy → the payload of the copy is hashed and must be the known one → fsync → the file must still
//          be the one that was copied → rename → fsync of the folder. A symbolic link stays, and its target is
//          replaced. Other hard links keep the old file. A file without write permission is not replaced.
// Killed:  leaves at most a copy named .sluice-*.new beside the file, which the next writer of the file removes.
// Nothing: is written if the file has these tags already.
// Errors:  those of audio_payload.hpp and audio_tags.hpp; busy: another process writes its tags; conflict: the
//          file changed meanwhile, or its sound is not the known one; invalid: its sound would change; io.
// Threads: any, on different files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tags.hpp"

namespace sluice::tagger {

struct track_write {
    std::filesystem::path path;
    std::string sha256;  // of the payload
    tag_set tags;
    // Called with the file's old tags when the copy is complete. An error ends the write. May be empty.
    std::function<result<>(const tag_set& before)> before_rename;
};

struct written_track {
    bool was_written = false;
    tag_set before;                // the file's old tags
    std::uint64_t size_bytes = 0;  // of the file after the call
    std::int64_t modified_ns = 0;
    std::uint64_t inode = 0;
};

result<written_track> write_track(const track_write& wanted);

}  // namespace sluice::tagger
