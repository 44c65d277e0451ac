#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <optional>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

constexpr std::uint64_t block_header_bytes = 4;
constexpr std::size_t stream_info_bytes = 34;
constexpr std::uint8_t stream_info_type = 0;
constexpr std::uint8_t comments_type = 4;
constexpr std::uint64_t tail_bytes_max = std::uint64_t{256} * 1024;
// Bytes rarely look like the last frame by chance; a file with many of them is hostile.
constexpr int last_frames_tried_max = 16;

struct stream_info {
    std::uint64_t block_samples_max = 0;
    std::uint64_t frame_bytes_min = 0;  // 0: not known, as in the next two
    std::uint64_t frame_bytes_max = 0;
    std::uint64_t samples = 0;
};

stream_info parse_stream_info(const byte_view& block) {
    return {.block_samples_max = block.big(2, 2),
            .frame_bytes_min = block.big(4, 3),
            .frame_bytes_max = block.big(7, 3),
            .samples = block.big(13, 5) & 0xfffffffffU};
}

struct flac_layout {
    stream_info info;
    byte_range comments;
    byte_range frames;
};

result<flac_layout> read_layout(audio_source& from) {
    TRY_ASSIGN(const auto stream, without_tags(from));
    const std::uint64_t end = stream.offset + stream.size_bytes;
    TRY_ASSIGN(const auto name, from.view(stream.offset, 4));
    if (stream.size_bytes < 4 || name.text(0, 4) != "fLaC") {
        return bad_audio("not a FLAC file");
    }
    flac_layout layout;
    std::uint64_t offset = stream.offset + 4;
    for (bool is_last = false, is_first = true; !is_last; is_first = false) {
        TRY_ASSIGN(const auto head, from.view(offset, block_header_bytes + stream_info_bytes));
        const auto type = static_cast<std::uint8_t>(head.at(0) & 0x7fU);
        const auto size = head.big(1, 3);
        if (end - offset < block_header_bytes || size > end - offset - block_header_bytes) {
            return cut_off(block_header_bytes + size - (end - offset));
        }
        if (is_first != (type == stream_info_type) || (is_first && size < stream_info_bytes)) {
            return bad_audio("damaged: its metadata do not begin with one STREAMINFO");
        }
        if (is_first) {
            layout.info = parse_stream_info(byte_view(head.bytes().subspan(block_header_bytes)));
        }
        offset += block_header_bytes;
        if (type == comments_type && layout.comments.size_bytes == 0) {
            layout.comments = {.offset = offset, .size_bytes = size};
        }
        is_last = (head.at(0) & 0x80U) != 0;
        offset += size;
    }
    layout.frames = {.offset = offset, .size_bytes = end - offset};
    return layout;
}

template <typename Number>
Number add_to_crc(Number crc, std::uint8_t byte, Number polynomial) {
    constexpr unsigned bits = sizeof(Number) * 8;
    crc = static_cast<Number>(crc ^ (byte << (bits - 8)));
    for (int i = 0; i < 8; ++i) {
        const bool is_high = (crc >> (bits - 1) & 1U) != 0;
        crc = static_cast<Number>(crc << 1U);
        crc = is_high ? static_cast<Number>(crc ^ polynomial) : crc;
    }
    return crc;
}

// Reads a number coded like UTF-8, but in up to seven bytes. Returns its bytes; 0: not a number.
std::size_t read_number(const byte_view& bytes, std::size_t at, std::uint64_t& number) {
    const auto lead = bytes.at(at);
    if (lead < 0x80) {
        number = lead;
        return 1;
    }
    const auto length = static_cast<std::size_t>(std::countl_one(lead));
    if (length < 2 || length > 7) {
        return 0;
    }
    number = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((bytes.at(at + i) & 0xc0U) != 0x80U) {
            return 0;
        }
        number = number << 6U | (bytes.at(at + i) & 0x3fU);
    }
    return length;
}

// Samples in a block of that code; 0: invalid code. 6 and 7: the number is elsewhere, and not 0.
std::uint64_t samples_of(unsigned size_code) {
    if (size_code < 2) {
        return size_code == 1 ? 192 : 0;
    }
    return size_code < 6 ? 576U << (size_code - 2) : size_code < 8 ? 1 : 256U << (size_code - 8);
}

// The first sample after the frame at `at`; none: there is no frame.
std::optional<std::uint64_t> end_of_frame(const byte_view& bytes, std::size_t at, const stream_info& info) {
    if (bytes.at(at) != 0xff || (bytes.at(at + 1) & 0xfeU) != 0xf8U) {
        return std::nullopt;
    }
    const auto size_code = static_cast<unsigned>(bytes.at(at + 2) >> 4U);
    const auto rate_code = static_cast<unsigned>(bytes.at(at + 2) & 15U);
    std::uint64_t number = 0;
    const auto number_bytes = read_number(bytes, at + 4, number);
    std::size_t next = at + 4 + number_bytes;
    std::uint64_t samples = samples_of(size_code);
    if (size_code == 6 || size_code == 7) {
        samples = bytes.big(next, size_code - 5) + 1;
        next += size_code - 5;
    }
    next += rate_code == 12 ? 1 : rate_code == 13 || rate_code == 14 ? 2 : 0;
    if (number_bytes == 0 || samples == 0 || next >= bytes.size()) {
        return std::nullopt;
    }
    std::uint8_t crc = 0;
    for (std::size_t i = at; i <= next; ++i) {
        crc = add_to_crc<std::uint8_t>(crc, bytes.at(i), 0x07);
    }
    const bool counts_samples = (bytes.at(at + 1) & 1U) != 0;
    return crc == 0 ? std::optional((counts_samples ? number : number * info.block_samples_max) + samples)
                    : std::nullopt;
}

// A frame ends with a CRC that makes the CRC of the whole frame 0; zeros or other bytes may follow.
bool is_whole(const byte_view& bytes, std::size_t at) {
    std::uint16_t crc = 0;
    for (std::size_t i = at; i < bytes.size(); ++i) {
        crc = add_to_crc<std::uint16_t>(crc, bytes.at(i), 0x8005);
        if (crc == 0) {
            return true;
        }
    }
    return false;
}

result<> check_last_frame(audio_source& from, const flac_layout& layout) {
    const auto& info = layout.info;
    if (info.samples == 0 || info.block_samples_max == 0 || info.frame_bytes_max > tail_bytes_max / 2) {
        return {};
    }
    const auto frames_min = (info.samples + info.block_samples_max - 1) / info.block_samples_max;
    if (const auto bytes_min = frames_min * info.frame_bytes_min; bytes_min > layout.frames.size_bytes) {
        return bad_audio(fmt::format("cut off: at least {} bytes are missing", bytes_min - layout.frames.size_bytes));
    }
    const auto tail_bytes = info.frame_bytes_max == 0 ? tail_bytes_max : 2 * info.frame_bytes_max;
    const auto size = std::min(tail_bytes, layout.frames.size_bytes);
    TRY_ASSIGN(const auto tail, from.view(layout.frames.offset + layout.frames.size_bytes - size, size));
    int tried = 0;
    for (std::size_t at = tail.size(); at-- > 0 && tried < last_frames_tried_max;) {
        const auto end = end_of_frame(tail, at, info);
        if (!end || *end < info.samples) {
            continue;
        }
        if (is_whole(tail, at)) {
            return {};
        }
        ++tried;
    }
    return bad_audio(fmt::format("cut off: the frame with the last of its {} samples is missing", info.samples));
}

}  // namespace

result<byte_range> find_flac_comments(audio_source& from) {
    TRY_ASSIGN(const auto layout, read_layout(from));
    return layout.comments;
}

result<> hash_flac(audio_source& from, payload_hash& into) {
    TRY_ASSIGN(const auto layout, read_layout(from));
    TRY_ASSIGN(const auto first, from.view(layout.frames.offset, 2));
    if (layout.frames.size_bytes == 0) {
        return bad_audio("no sound in it");
    }
    if (first.at(0) != 0xff || (first.at(1) & 0xfeU) != 0xf8U) {
        return bad_audio("damaged: no frame behind its metadata");
    }
    TRY(into.add(from, layout.frames));
    return check_last_frame(from, layout);
}

}  // namespace sluice::tagger
