// audio_payload.hpp - which bytes of a file are sound, so that a recording is the same whatever tags its file carries.
//
// Problem: a file's bytes change when its tags are written, when it is copied by a player, when a cover is embedded. What
//          was paid for belongs to the sound.
// Use:     TRY_ASSIGN(const auto sound, read_payload(path));    sound.sha256, sound.format
// Shapes:  mp3: all but ID3v2 at the front, and ID3v1, APEv2 and Lyrics3 at the end (also in a row). flac: the frames behind
//          the last metadata block, without such tags. ogg, opus: the packets behind the headers, without the pages around
//          them, so that renumbered pages are the same sound; of chained streams all, of streams side by side the first.
//          m4a: the mdat atoms. wav: the data chunk (RIFF, RF64). aiff: the SSND chunk behind its two numbers.
// Cut off: wav, aiff, m4a: a chunk or atom that is longer than the file, m4a without moov. ogg, opus: a page that is not
//          whole, or no page that is marked as the last. flac: the last frame is not the one that STREAMINFO's number of
//          samples ends with, or is not whole. mp3: fewer bytes than a Xing or VBRI header counts; without one nothing tells.
// Bounds:  reads once, through a window of 256 kB; memory does not grow with the file.
// Errors:  undefined_file, insufficient_privilege, io_error; data_exception: not a regular file, not that format, cut off
//          (says how many bytes are missing where the format tells), or without sound. The message does not repeat the path.
// Source:  id3.org/id3v2.4.0-structure, xiph.org/flac/format.html, RFC 3533 (Ogg), ISO 14496-12 (boxes), the RIFF and AIFF
//          1.3 specifications, EBU Tech 3306 (RF64), APEv2 at wiki.hydrogenaud.io.
// Threads: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::tagger {

enum class audio_format : std::uint8_t { mp3, flac, ogg, opus, m4a, wav, aiff };

[[nodiscard]] std::string_view to_text(audio_format format);
// By the extension, in any case: mp3, flac, ogg, oga, opus, m4a, m4b, wav, aif, aiff, aifc. None: no audio of ours.
[[nodiscard]] std::optional<audio_format> audio_format_of(const std::filesystem::path& path);

struct audio_payload {
    audio_format format = audio_format::mp3;
    std::string sha256;  // of the payload, 64 digits
    std::uint64_t size_bytes = 0;
};

// The format is that of the extension; a file that is something else inside is an error.
result<audio_payload> read_payload(const std::filesystem::path& path);
// For those whose name does not tell it: copies, and what is open already.
result<audio_payload> read_payload(const std::filesystem::path& path, audio_format format);
result<audio_payload> read_payload(int descriptor, audio_format format);

}  // namespace sluice::tagger
