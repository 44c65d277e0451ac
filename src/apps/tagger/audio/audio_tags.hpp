// audio_tags.hpp - reads a file's title, artist and so on; reads and writes its four kinds of tags.
//
// Use:     TRY_ASSIGN(const auto track, read_track(path));    track.title, track.duration_ms
//          TRY_ASSIGN(const auto before, read_file_tags(path));
//          TRY(write_file_tags(copy, tags));                  // in place, so only on a copy: track_writer.hpp
// Fields:  genre → GENRE, mood → MOOD, occasion → OCCASION, keyword → KEYWORDS; several values each. ID3v2.4: TCON, TMOO,
//          TXXX:OCCASION, TXXX:KEYWORDS; Vorbis comments: fields of these names; MP4: ©gen and freeform atoms
//          ----:com.apple.iTunes:NAME; wav and aiff: an ID3v2 chunk. All other fields, pictures too, stay.
// Beside:  if an mp3 or flac file has ID3v1, APEv2 or ID3v2 with a genre, or a wav file INFO, a new genre is written
//          there, too, so that no player shows the old one: ID3v1 gets the first value if it has a number for it, else
//          none. If an mp3 or wav file has a genre only there, that is its genre. These tags are not changed otherwise.
// Broken:  texts of Vorbis comments and INFO that are not UTF-8 are read as Latin-1, and stay in the file, as UTF-8.
//          Other bytes that are not UTF-8 are replaced in results.
// Checked: after writing, the file is read again: it must have the new tags, and its old other fields and length.
// Errors:  those of audio_payload.hpp; invalid: TagLib cannot read it, or does not read what it wrote, or it is RF64;
//          io: it cannot be written. The message does not repeat the path.
// Source:  TagLib 1.13.
// Threads: any, on different files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/tags/tags.hpp"

namespace sluice::tagger {

struct track_info {
    std::string title;
    std::string artist;
    std::string album;
    std::string comment;
    std::string genre;      // of the file, as it is written there
    std::int64_t year = 0;  // 0: unknown
    std::int64_t duration_ms = 0;
    std::int64_t bitrate_kbps = 0;
    std::int64_t sample_rate_hz = 0;
    std::int64_t channels = 0;
    friend bool operator==(const track_info&, const track_info&) = default;
};

result<track_info> read_track(const std::filesystem::path& path);
result<tag_set> read_file_tags(const std::filesystem::path& path);
// Replaces the four fields; an empty list removes its field.
result<> write_file_tags(const std::filesystem::path& path, const tag_set& tags);

// For files whose name does not show the format.
result<tag_set> read_file_tags(const std::filesystem::path& path, audio_format format);
result<> write_file_tags(const std::filesystem::path& path, audio_format format, const tag_set& tags);

}  // namespace sluice::tagger
