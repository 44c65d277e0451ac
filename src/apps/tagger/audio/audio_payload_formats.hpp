// audio_payload_formats.hpp - the parsers behind audio_payload.cpp: a function for each family of formats.
//
// Use:     payload_hash into;  TRY(hash_mp3(from, into));
// Rule:    each goes through the file once from the front, adds the bytes that are sound, and reports a cut-off file.
// Bounds:  every step goes forward; sizes are compared with the rest of the file, never added to an offset.
// Errors:  invalid; those of the source.
// Threads: any.
#pragma once

#include <cstdint>

#include "apps/errors/error.hpp"
#include "apps/tagger/audio/audio_source.hpp"

namespace sluice::tagger {

result<> hash_mp3(audio_source& from, payload_hash& into);
result<> hash_flac(audio_source& from, payload_hash& into);
enum class ogg_codec : std::uint8_t { unknown, vorbis, opus, flac, speex };
// The codec, by the first packet of a stream.
[[nodiscard]] ogg_codec ogg_codec_of(const byte_view& packet);
result<> hash_ogg(audio_source& from, payload_hash& into, bool is_opus);
result<> hash_mp4(audio_source& from, payload_hash& into);
result<> hash_wav(audio_source& from, payload_hash& into);
result<> hash_aiff(audio_source& from, payload_hash& into);

// The range between the tags that programs put around a stream: ID3v2 in front; ID3v1, its enhancement "TAG+", APEv2
// and Lyrics3 v2 at the end; in any order and number.
result<byte_range> without_tags(audio_source& from);

// The block that holds FLAC's Vorbis comments; its size is 0 if there is none.
result<byte_range> find_flac_comments(audio_source& from);

}  // namespace sluice::tagger
