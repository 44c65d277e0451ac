// audio_test_support.hpp - for tests: small audio files, made byte by byte from known sound bytes.
//
// Use:     const auto song = make_flac();   song.file   song.sound
//          put(path, song.file);   hash_of(song.sound)
// Bounds:  some players may refuse them; parsers and TagLib accept them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/tagger/audio/audio_payload.hpp"
#include "base/os/sha256.hpp"

namespace sluice::tagger {

struct made_audio {
    std::string file;
    std::string sound;
};

inline std::string big_bytes(std::uint64_t number, unsigned count) {
    std::string bytes;
    for (unsigned i = count; i-- > 0;) {
        bytes += static_cast<char>(number >> (8 * i) & 0xffU);
    }
    return bytes;
}

inline std::string little_bytes(std::uint64_t number, unsigned count) {
    auto bytes = big_bytes(number, count);
    std::ranges::reverse(bytes);
    return bytes;
}

// Bytes that differ from offset to offset; none is 0xff, with which frames begin.
inline std::string noise(std::size_t count, std::uint32_t seed = 1) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) {
        seed = seed * 1664525U + 1013904223U;
        bytes += static_cast<char>(seed >> 24U & 0x7fU);
    }
    return bytes;
}

inline std::string riff_chunk(std::string_view name, std::string_view body, bool is_big = false) {
    const std::string size = is_big ? big_bytes(body.size(), 4) : little_bytes(body.size(), 4);
    return std::string(name) + size + std::string(body) + (body.size() % 2 == 1 ? std::string(1, '\0') : "");
}

inline std::string wav_file(std::string_view chunks) {
    return "RIFF" + little_bytes(4 + chunks.size(), 4) + "WAVE" + std::string(chunks);
}

inline std::string wav_format() {
    return riff_chunk("fmt ", little_bytes(1, 2) + little_bytes(1, 2) + little_bytes(8000, 4) + little_bytes(16000, 4) +
                                  little_bytes(2, 2) + little_bytes(16, 2));
}

inline made_audio make_wav(std::size_t bytes = 4000, std::uint32_t seed = 1) {
    const auto sound = noise(bytes, seed);
    return {.file = wav_file(wav_format() + riff_chunk("data", sound)), .sound = sound};
}

inline std::string aiff_file(std::string_view chunks) {
    return "FORM" + big_bytes(4 + chunks.size(), 4) + "AIFF" + std::string(chunks);
}

inline made_audio make_aiff(std::size_t bytes = 4000, std::uint32_t seed = 1) {
    const auto sound = noise(bytes, seed);
    const std::string rate = big_bytes(0x400bfa0000000000U, 8) + big_bytes(0, 2);  // 8000
    const auto about = riff_chunk("COMM", big_bytes(1, 2) + big_bytes(bytes / 2, 4) + big_bytes(16, 2) + rate, true);
    return {.file = aiff_file(about + riff_chunk("SSND", big_bytes(0, 8) + sound, true)), .sound = sound};
}

// MPEG 1, layer III, 128 kbit/s, 44100 Hz, mono.
inline std::string mp3_frame(std::uint32_t seed, std::string_view begin = "") {
    constexpr std::size_t frame_bytes = 417;
    const std::string frame = "\xff\xfb\x90\xc0" + std::string(17, '\0') + std::string(begin);
    return frame + noise(frame_bytes - frame.size(), seed);
}

inline made_audio make_mp3(std::uint32_t frames = 10, std::uint32_t seed = 1) {
    std::string sound;
    for (std::uint32_t i = 0; i < frames; ++i) {
        sound += mp3_frame(seed * 1000 + i);
    }
    return {.file = sound, .sound = sound};
}

// The first frame counts the bytes of all frames.
inline made_audio make_counted_mp3(std::uint32_t frames = 10) {
    auto sound = make_mp3(frames).sound;
    sound = mp3_frame(7, "Info" + big_bytes(3, 4) + big_bytes(frames, 4) + big_bytes(sound.size() + 417, 4)) + sound;
    return {.file = sound, .sound = sound};
}

// A number with seven bits in each of four bytes.
inline std::string id3v2_number(std::size_t number) {
    std::string bytes;
    for (const unsigned shift : {21U, 14U, 7U, 0U}) {
        bytes += static_cast<char>(number >> shift & 0x7fU);
    }
    return bytes;
}

inline std::string id3v2_tag(std::string_view frames, std::size_t padding = 0) {
    return "ID3\x04" + std::string(2, '\0') + id3v2_number(frames.size() + padding) + std::string(frames) +
           std::string(padding, '\0');
}

inline std::string id3v2_frame(std::string_view id, std::string_view body) {
    return std::string(id) + id3v2_number(body.size()) + std::string(2, '\0') + std::string(body);
}

// A text frame in Latin-1.
inline std::string id3v2_text(std::string_view id, std::string_view text) {
    return id3v2_frame(id, std::string(1, '\0') + std::string(text));
}

inline std::string id3v1_tag(std::string_view title, unsigned genre = 17) {
    std::string tag = "TAG" + std::string(title);
    tag.resize(127, '\0');
    return tag + static_cast<char>(genre);
}

inline std::string ape_tag(std::string_view key, std::string_view value) {
    const auto item =
        little_bytes(value.size(), 4) + std::string(4, '\0') + std::string(key) + '\0' + std::string(value);
    const auto ends = [&](std::uint32_t flags) {
        return "APETAGEX" + little_bytes(2000, 4) + little_bytes(item.size() + 32, 4) + little_bytes(1, 4) +
               little_bytes(flags, 4) + std::string(8, '\0');
    };
    return ends(0xa0000000U) + item + ends(0x80000000U);
}

inline std::uint32_t crc_of(std::string_view bytes, unsigned bits, std::uint32_t polynomial) {
    std::uint64_t remainder = 0;
    for (std::size_t i = 0; i < bytes.size() * 8 + bits; ++i) {
        const auto bit = i < bytes.size() * 8 ? static_cast<unsigned char>(bytes[i / 8]) >> (7 - i % 8) & 1U : 0U;
        remainder = remainder << 1U | bit;
        remainder = (remainder >> bits & 1U) != 0 ? remainder ^ (std::uint64_t{1} << bits | polynomial) : remainder;
    }
    return static_cast<std::uint32_t>(remainder);
}

// 192 uncompressed samples of 16 bits, mono.
inline std::string flac_frame(std::uint8_t number, std::uint32_t seed) {
    std::string frame = "\xff\xf8\x19\x08" + std::string(1, static_cast<char>(number));
    frame += big_bytes(crc_of(frame, 8, 0x07), 1) + '\x02' + noise(384, seed);
    return frame + big_bytes(crc_of(frame, 16, 0x8005), 2);
}

inline std::string flac_block(unsigned type, std::string_view body, bool is_last = false) {
    return big_bytes(type | (is_last ? 0x80U : 0U), 1) + big_bytes(body.size(), 3) + std::string(body);
}

inline std::string comments(const std::vector<std::string>& fields) {
    std::string block = little_bytes(4, 4) + "test" + little_bytes(fields.size(), 4);
    for (const auto& each : fields) {
        block += little_bytes(each.size(), 4) + each;
    }
    return block;
}

inline made_audio make_flac(std::uint8_t frames = 10, std::uint32_t seed = 1,
                            const std::vector<std::string>& fields = {"TITLE=Calm"}) {
    std::string sound;
    for (std::uint8_t i = 0; i < frames; ++i) {
        sound += flac_frame(i, seed * 1000 + i);
    }
    // 44100 Hz, one channel of 16 bits, and the number of samples.
    const auto shape = std::uint64_t{44100} << 44U | std::uint64_t{15} << 36U | frames * std::uint64_t{192};
    const auto info = big_bytes(192, 2) + big_bytes(192, 2) + big_bytes(393, 3) + big_bytes(393, 3) +
                      big_bytes(shape, 8) + std::string(16, '\0');
    return {.file = "fLaC" + flac_block(0, info) + flac_block(4, comments(fields), true) + sound, .sound = sound};
}

struct ogg_page_params {
    std::uint32_t serial = 5;
    std::uint32_t number = 0;
    std::uint8_t flags = 0;  // 1: continued, 2: first, 4: last
    std::uint64_t position = 0;
};

inline std::string ogg_page(const ogg_page_params& params, const std::vector<std::string>& packets) {
    std::string pieces;
    std::string body;
    for (const auto& each : packets) {
        pieces += std::string(each.size() / 255, '\xff') + static_cast<char>(each.size() % 255);
        body += each;
    }
    std::string page = "OggS" + std::string(1, '\0') + static_cast<char>(params.flags) +
                       little_bytes(params.position, 8) + little_bytes(params.serial, 4) +
                       little_bytes(params.number, 4) + std::string(4, '\0') + static_cast<char>(pieces.size()) +
                       pieces + body;
    page.replace(22, 4, little_bytes(crc_of(page, 32, 0x04c11db7U), 4));
    return page;
}

inline std::string opus_head() {
    return "OpusHead" + big_bytes(0x0101, 2) + little_bytes(312, 2) + little_bytes(48000, 4) + std::string(3, '\0');
}

inline std::string vorbis_head() {
    return "\x01vorbis" + little_bytes(0, 4) + '\x01' + little_bytes(44100, 4) + little_bytes(0, 4) +
           little_bytes(64000, 4) + little_bytes(0, 4) + "\xb8\x01";
}

inline made_audio make_opus(std::uint32_t pages = 5, std::uint32_t seed = 1,
                            const std::vector<std::string>& fields = {"TITLE=Calm"}, std::uint32_t serial = 5) {
    made_audio made;
    made.file = ogg_page({.serial = serial, .flags = 2}, {opus_head()}) +
                ogg_page({.serial = serial, .number = 1}, {"OpusTags" + comments(fields)});
    for (std::uint32_t i = 0; i < pages; ++i) {
        const auto first = noise(300, seed * 1000 + i);
        const auto second = noise(255, seed * 2000 + i);
        const auto flags = static_cast<std::uint8_t>(i + 1 == pages ? 4 : 0);
        made.file +=
            ogg_page({.serial = serial, .number = i + 2, .flags = flags, .position = (i + 1) * std::uint64_t{960}},
                     {first, second});
        made.sound += first + second;
    }
    return made;
}

inline made_audio make_ogg(std::uint32_t pages = 5, std::uint32_t seed = 1,
                           const std::vector<std::string>& fields = {"TITLE=Calm"}) {
    made_audio made;
    made.file = ogg_page({.flags = 2}, {vorbis_head()}) +
                ogg_page({.number = 1}, {"\x03vorbis" + comments(fields) + '\x01', "\x05vorbis" + noise(400)});
    for (std::uint32_t i = 0; i < pages; ++i) {
        const auto packet = noise(400, seed * 3000 + i);
        const auto flags = static_cast<std::uint8_t>(i + 1 == pages ? 4 : 0);
        made.file += ogg_page({.number = i + 2, .flags = flags, .position = (i + 1) * std::uint64_t{1024}}, {packet});
        made.sound += packet;
    }
    return made;
}

inline std::string mp4_atom(std::string_view name, std::string_view body) {
    return big_bytes(8 + body.size(), 4) + std::string(name) + std::string(body);
}

inline made_audio make_mp4(std::size_t bytes = 4000, std::uint32_t seed = 1) {
    const auto sound = noise(bytes, seed);
    const auto moov = mp4_atom("moov", mp4_atom("mvhd", std::string(100, '\0')));
    return {.file = mp4_atom("ftyp", "M4A " + std::string(4, '\0')) + moov + mp4_atom("mdat", sound), .sound = sound};
}

inline made_audio make_audio(audio_format format, std::uint32_t seed = 1) {
    switch (format) {
        case audio_format::mp3:
            return make_mp3(10, seed);
        case audio_format::flac:
            return make_flac(10, seed);
        case audio_format::ogg:
            return make_ogg(5, seed);
        case audio_format::opus:
            return make_opus(5, seed);
        case audio_format::m4a:
            return make_mp4(4000, seed);
        case audio_format::wav:
            return make_wav(4000, seed);
        case audio_format::aiff:
            break;
    }
    return make_aiff(4000, seed);
}

inline constexpr std::array audio_formats{audio_format::mp3, audio_format::flac, audio_format::ogg, audio_format::opus,
                                          audio_format::m4a, audio_format::wav,  audio_format::aiff};

inline std::string hash_of(std::string_view bytes) {
    return base::hex_sha256(bytes);
}

inline void put(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

template <typename T>
error error_in(const result<T>& outcome) {
    EXPECT_FALSE(outcome.has_value());
    return outcome ? error(error_kind::invalid, "there is no error") : outcome.error();
}

template <typename T>
T value_in(result<T> outcome) {
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome ? std::move(*outcome) : T();
}

}  // namespace sluice::tagger
