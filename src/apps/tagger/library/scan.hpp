// scan.hpp - finds the audio files of a folder, and survives every obstacle.
//
// Use:     find_audio({.folder = dir}, [&](const found_file& file) { ...; return true; }, [&](const scan_problem& what) { ... });
// Rule:    folders are walked depth first, their entries by name, so that two scans find the same order. Names that
//          begin with a dot are skipped. Symbolic links are followed; each folder is entered once, and a link that
//          leads back to a folder above it is reported as a loop.
// Told:    entries that cannot be entered or read; links in a circle, and broken links with an audio file's name;
//          folders and audio files whose names are not UTF-8 (written with \xff); FIFOs and the like under
//          an audio name; paths that are too long for the system. None of them ends the scan.
// Bounds:  depth_max folders deep; stores a few bytes for each folder. One folder is open at a time.
// Errors:  not_found, io: the folder itself; invalid: it is neither a folder nor audio.
// Threads: any; the callbacks run on the caller's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/tagger/audio/audio_payload.hpp"

namespace sluice::tagger {

struct found_file {
    std::filesystem::path path;  // below the folder's canonical path, as reached
    audio_format format = audio_format::mp3;
    std::uint64_t size_bytes = 0;
    std::int64_t modified_ns = 0;  // since 1970
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
};

struct scan_problem {
    std::string path;    // UTF-8, harmless to print
    std::string reason;  // one line
};

struct scan_params {
    std::filesystem::path folder;  // or a single file
    std::size_t depth_max = 200;
};

// `on_file` returns false to end the scan.
result<> find_audio(const scan_params& params, const std::function<bool(const found_file&)>& on_file,
                    const std::function<void(const scan_problem&)>& on_problem);

}  // namespace sluice::tagger
