// Tags in front of and after a stream of any format: usual for mp3 files, and found in FLAC files.
#include <algorithm>
#include <optional>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

constexpr std::uint64_t id3v2_header_bytes = 10;
constexpr std::uint64_t id3v1_bytes = 128;
constexpr std::uint64_t enhanced_id3v1_bytes = 227;
constexpr std::uint64_t ape_footer_bytes = 32;
constexpr std::uint64_t lyrics_footer_bytes = 15;
// Each end tag needs a backward read, which the window is not made for, so their number is bounded.
constexpr int end_tags_max = 32;

// Size of the tag; 0: none. Its size has 7 bits in each byte; with an eighth bit it is no tag, as for TagLib.
std::uint64_t id3v2_bytes(const byte_view& head) {
    if (head.size() < id3v2_header_bytes || head.text(0, 3) != "ID3") {
        return 0;
    }
    std::uint64_t size = 0;
    for (std::size_t i = 6; i < id3v2_header_bytes; ++i) {
        if (head.at(i) >= 0x80) {
            return 0;
        }
        size = size << 7U | head.at(i);
    }
    const bool has_footer = (head.at(5) & 0x10U) != 0;
    return id3v2_header_bytes + size + (has_footer ? id3v2_header_bytes : 0);
}

// Size of the APE tag whose footer is these last 32 bytes; 0: none.
std::uint64_t ape_bytes(const byte_view& foot) {
    if (foot.text(0, 8) != "APETAGEX") {
        return 0;
    }
    const std::uint64_t size = foot.little(12, 4);
    const bool has_header = (foot.little(20, 4) & 0x80000000U) != 0;
    return size < ape_footer_bytes ? 0 : size + (has_header ? ape_footer_bytes : 0);
}

std::uint64_t lyrics_bytes(const byte_view& foot) {
    const auto text = foot.text(ape_footer_bytes - lyrics_footer_bytes, lyrics_footer_bytes);
    if (!text.ends_with("LYRICS200")) {
        return 0;
    }
    std::uint64_t size = 0;
    for (const char digit : text.substr(0, 6)) {
        if (digit < '0' || digit > '9') {
            return 0;
        }
        size = size * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return size + lyrics_footer_bytes;
}

// Size of the tag that ends at `end`; 0: there is none, or it would begin before `begin`.
result<std::uint64_t> tag_before(audio_source& from, std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t there = end - begin;
    if (there >= id3v1_bytes) {
        TRY_ASSIGN(const auto last, from.view(end - id3v1_bytes, id3v1_bytes));
        if (last.text(0, 3) == "TAG") {
            return id3v1_bytes;
        }
    }
    if (there >= enhanced_id3v1_bytes) {
        TRY_ASSIGN(const auto last, from.view(end - enhanced_id3v1_bytes, 4));
        if (last.text(0, 4) == "TAG+") {
            return enhanced_id3v1_bytes;
        }
    }
    if (there < ape_footer_bytes) {
        return 0;
    }
    TRY_ASSIGN(const auto foot, from.view(end - ape_footer_bytes, ape_footer_bytes));
    const auto size = std::max(ape_bytes(foot), lyrics_bytes(foot));
    return size <= there ? size : 0;
}

}  // namespace

result<byte_range> without_tags(audio_source& from) {
    std::uint64_t begin = 0;
    for (;;) {
        TRY_ASSIGN(const auto head, from.view(begin, id3v2_header_bytes));
        const auto size = id3v2_bytes(head);
        if (size == 0) {
            break;
        }
        if (size > from.size() - begin) {
            return cut_off(size - (from.size() - begin));
        }
        begin += size;
    }
    std::uint64_t end = from.size();
    for (int tags = 0; tags < end_tags_max; ++tags) {
        TRY_ASSIGN(const auto size, tag_before(from, begin, end));
        if (size == 0) {
            break;
        }
        end -= size;
    }
    return byte_range{.offset = begin, .size_bytes = end - begin};
}

}  // namespace sluice::tagger
