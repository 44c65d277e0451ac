// track_writer.hpp - puts tags into an audio file so that, whatever breaks, there is the old file or the new one, whole.
//
// Use:     TRY_ASSIGN(const auto written, write_track({.path = path, .sha256 = known, .tags = tags}));
// Steps:   copy beside the file (base/os/durable.hpp: mode and, if allowed, owner kept; one writer at a time) → TagLib edits
//          the copy → the payload of the copy is hashed and must be the known one → fsync → the file must still be
//          the one that was copied → rename → fsync of the folder. A symbolic link stays one: the file that it leads to is replaced. Of several hard links the other
//          ones keep the old file. A file without write permission is not replaced either.
// Killed:  leaves at most a copy named .sluice-*.new beside the file, which the next one to write this file takes away.
// Nothing: is written when the file has these tags already.
// Errors:  those of audio_payload.hpp and audio_tags.hpp; lock_not_available: somebody else writes its tags; object_in_use: the
//          file changed meanwhile, or its sound is not the one that is known; data_exception: its sound would
//          be another one; io_error, disk_full, insufficient_privilege.
// Threads: any, on different files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/tagger/tags/tags.hpp"
#include "base/core/result.hpp"

namespace sluice::tagger {

struct track_write {
    std::filesystem::path path;
    std::string sha256;  // of the payload
    tag_set tags;
    // The copy is complete, and nothing else has happened yet: told what the file had. An error ends it. May be empty.
    std::function<result<>(const tag_set& before)> before_rename;
};

struct written_track {
    bool was_written = false;
    tag_set before;                // what the file had
    std::uint64_t size_bytes = 0;  // of the file as it is now
    std::int64_t modified_ns = 0;
    std::uint64_t inode = 0;
};

result<written_track> write_track(const track_write& wanted);

}  // namespace sluice::tagger
