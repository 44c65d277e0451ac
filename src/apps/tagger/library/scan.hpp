// scan.hpp - finds the audio files of a folder, whatever is in its way.
//
// Use:     find_audio({.folder = dir}, [&](const found_file& file) { ...; return true; }, [&](const scan_problem& what) { ... });
// Rule:    folders are walked depth first, their entries by name, so that two scans find the same order. Names that begin
//          with a dot are passed over. Symbolic links are followed; a folder is entered once, and a link that leads back
//          to a folder above it is told as a loop.
// Told:    what cannot be entered or looked at; links in a circle, and links that lead nowhere under an audio file's name;
//          folders and audio files whose names are no UTF-8 (written out with \xff); FIFOs and the like under an audio file's
//          name; paths that are too long for the system. None of it ends the scan.
// Bounds:  depth_max folders deep; remembers a few bytes for each folder. One folder is open at a time.
// Errors:  undefined_file, insufficient_privilege: the folder itself; data_exception: it is neither that nor an audio file.
// Threads: any; the callbacks run on the caller's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/tagger/audio/audio_payload.hpp"
#include "base/core/result.hpp"

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
