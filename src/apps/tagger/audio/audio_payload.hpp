// audio_payload.hpp - finds the sound bytes of a file, so that a recording is the same whatever tags its file has.
//
// Problem: a file's bytes change when its tags are written, when a player copies it, when a cover is embedded. A paid
//          answer belongs to the sound.
// Use:     TRY_ASSIGN(const auto sound, read_payload(path));    sound.sha256, sound.format
// Shapes:  mp3: all except ID3v2 at the front, and ID3v1, APEv2 and Lyrics3 at the end (any number). flac: the frames
//          after the last metadata block, without such tags. ogg, opus: the packets after the headers, without the
//          pages around them, so that renumbered pages are the same sound; all chained streams, the first of parallel
//          streams. m4a: the mdat atoms. wav: the data chunk (RIFF, RF64). aiff: the SSND chunk after its two numbers.
// Cut off: wav, aiff, m4a: a chunk or atom longer than the file, m4a without moov. ogg, opus: an incomplete page, or no
//          page marked as the last. flac: the last frame is incomplete, or does not end at STREAMINFO's number of
//          samples. mp3: fewer bytes than a Xing or VBRI header counts; without such a header it cannot be detected.
// Bounds:  reads once, through a window of 256 kB; memory does not grow with the file.
// Errors:  not_found, io; invalid: not a regular file, not that format, cut off (with the number of
//          missing bytes if known), or without sound. The message does not repeat the path.
// Source:  id3.org/id3v2.4.0-structure, xiph.org/flac/format.html, RFC 3533 (Ogg), ISO 14496-12 (boxes), the RIFF and AIFF
//          1.3 specifications, EBU Tech 3306 (RF64), APEv2 at wiki.hydrogenaud.io.
// Threads: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"

namespace sluice::tagger {

enum class audio_format : std::uint8_t { mp3, flac, ogg, opus, m4a, wav, aiff };

[[nodiscard]] std::string_view to_text(audio_format format);
// By the extension, in any case: mp3, flac, ogg, oga, opus, m4a, m4b, wav, aif, aiff, aifc. None: no supported format.
[[nodiscard]] std::optional<audio_format> audio_format_of(const std::filesystem::path& path);

struct audio_payload {
    audio_format format = audio_format::mp3;
    std::string sha256;  // of the payload, 64 digits
    std::uint64_t size_bytes = 0;
};

// The extension decides the format; a file with other content is an error.
result<audio_payload> read_payload(const std::filesystem::path& path);
// For files whose name does not show the format: copies, and open files.
result<audio_payload> read_payload(const std::filesystem::path& path, audio_format format);
result<audio_payload> read_payload(int descriptor, audio_format format);

}  // namespace sluice::tagger
