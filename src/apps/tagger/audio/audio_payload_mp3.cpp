#include <array>
#include <fmt/format.h>
#include <optional>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

// Players skip this many unknown bytes before the first frame.
constexpr std::uint64_t junk_bytes_max = std::uint64_t{64} * 1024;
constexpr int frames_in_a_row = 3;

struct mpeg_frame {
    std::uint64_t size_bytes = 0;  // 0: free format, whose size is not stored
    std::uint32_t kind = 0;        // version, layer and sample rate, constant in a stream
    std::size_t side_bytes = 0;    // bytes between the header and a Xing header
};

// ISO 11172-3 and 13818-3, kbit/s: MPEG 1 layers I, II, III; MPEG 2 layer I, layers II and III.
constexpr std::array<std::array<std::uint16_t, 15>, 5> bit_rates{{
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}};
constexpr std::array<std::uint32_t, 3> sample_rates{44100, 48000, 32000};

std::optional<mpeg_frame> parse_frame(std::uint32_t header) {
    const auto version = header >> 19U & 3U;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    const auto layer = 4 - (header >> 17U & 3U);
    const auto bit_rate_index = header >> 12U & 15U;
    const auto sample_rate_index = header >> 10U & 3U;
    if (header >> 21U != 0x7ffU || version == 1 || layer == 4 || bit_rate_index == 15 || sample_rate_index == 3) {
        return std::nullopt;
    }
    const bool is_first = version == 3;
    const auto table = is_first ? layer - 1 : layer == 1 ? 3U : 4U;
    const std::uint64_t bit_rate = std::uint64_t{bit_rates[table][bit_rate_index]} * 1000;
    const std::uint64_t sample_rate = sample_rates[sample_rate_index] >> (is_first ? 0U : version == 2 ? 1U : 2U);
    const std::uint64_t padding = header >> 9U & 1U;
    const bool is_mono = (header >> 6U & 3U) == 3;
    const std::uint64_t factor = layer == 3 && !is_first ? 72 : 144;
    std::uint64_t size = 0;
    if (bit_rate != 0) {
        size = layer == 1 ? (12 * bit_rate / sample_rate + padding) * 4 : factor * bit_rate / sample_rate + padding;
    }
    return mpeg_frame{.size_bytes = size,
                      .kind = header & 0xfffe0c00U,
                      .side_bytes = is_first ? (is_mono ? 17U : 32U) : (is_mono ? 9U : 17U)};
}

result<std::optional<mpeg_frame>> frame_at(audio_source& from, std::uint64_t offset) {
    TRY_ASSIGN(const auto head, from.view(offset, 4));
    return head.size() < 4 ? std::nullopt : parse_frame(static_cast<std::uint32_t>(head.big(0, 4)));
}

// Single bytes often look like a frame; several frames in a row are real. At the very beginning a stream may be shorter
// than that, or of free format.
result<bool> is_stream(audio_source& from, std::uint64_t offset, std::uint64_t end, bool is_beginning) {
    TRY_ASSIGN(const auto first, frame_at(from, offset));
    if (!first || first->size_bytes == 0) {
        return first && is_beginning;
    }
    auto size = first->size_bytes;
    for (int seen = 1; seen < frames_in_a_row; ++seen) {
        if (size >= end - offset) {
            return is_beginning || size == end - offset;
        }
        offset += size;
        TRY_ASSIGN(const auto next, frame_at(from, offset));
        if (!next || next->kind != first->kind || next->size_bytes == 0) {
            return is_beginning && end - offset < 4;
        }
        size = next->size_bytes;
    }
    return true;
}

result<std::uint64_t> find_first_frame(audio_source& from, byte_range stream) {
    const std::uint64_t end = stream.offset + stream.size_bytes;
    for (std::uint64_t junk = 0; junk < junk_bytes_max && junk < stream.size_bytes; ++junk) {
        const auto offset = stream.offset + junk;
        TRY_ASSIGN(const auto found, is_stream(from, offset, end, junk == 0));
        if (found) {
            return offset;
        }
    }
    return bad_audio("not an MP3 file: no MPEG audio frame in it");
}

// Bytes of the stream from this frame on, by a Xing, Info or VBRI header in it; 0: no header.
result<std::uint64_t> counted_bytes(audio_source& from, std::uint64_t offset, const mpeg_frame& frame) {
    constexpr std::size_t header_bytes = 4;
    constexpr std::size_t vbri_offset = header_bytes + 32;
    TRY_ASSIGN(const auto bytes, from.view(offset, 64));
    const auto at = header_bytes + frame.side_bytes;
    const auto name = bytes.text(at, 4);
    if (name == "Xing" || name == "Info") {
        const auto flags = bytes.big(at + 4, 4);
        const std::size_t skipped = (flags & 1U) != 0 ? 4 : 0;  // skips the number of frames
        return (flags & 2U) != 0 ? bytes.big(at + 8 + skipped, 4) : 0;
    }
    return bytes.text(vbri_offset, 4) == "VBRI" ? bytes.big(vbri_offset + 10, 4) : 0;
}

}  // namespace

result<> hash_mp3(audio_source& from, payload_hash& into) {
    // Encoders differ: some count the header's own frame, or an ID3v1 tag; some leave the last frame out. A frame has
    // at most 2,881 bytes.
    constexpr std::uint64_t tolerance_bytes = 3072;
    TRY_ASSIGN(const auto stream, without_tags(from));
    TRY_ASSIGN(const auto first, find_first_frame(from, stream));
    TRY_ASSIGN(const auto frame, frame_at(from, first));
    TRY_ASSIGN(const auto counted, counted_bytes(from, first, frame.value_or(mpeg_frame{})));
    const auto there = stream.offset + stream.size_bytes - first;
    if (counted > there + tolerance_bytes) {
        return cut_off(counted - there);
    }
    return into.add(from, stream);
}

}  // namespace sluice::tagger
