#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string_view>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

constexpr std::size_t page_header_bytes = 27;

struct ogg_page {
    std::uint32_t serial = 0;
    bool is_continued = false;
    bool is_first = false;
    bool is_last = false;
    std::size_t pieces = 0;
    std::array<std::uint8_t, 255> piece_bytes{};  // 255: the packet goes on in the next piece
    byte_range body;
};

// The page at `offset`; none: there is no page.
result<std::optional<ogg_page>> page_at(audio_source& from, std::uint64_t offset) {
    TRY_ASSIGN(const auto head, from.view(offset, page_header_bytes + 255));
    if (head.text(0, 4) != "OggS") {
        return std::nullopt;
    }
    const std::uint64_t left = from.size() - offset;
    const auto flags = head.at(5);
    ogg_page page{.serial = static_cast<std::uint32_t>(head.little(14, 4)),
                  .is_continued = (flags & 1U) != 0,
                  .is_first = (flags & 2U) != 0,
                  .is_last = (flags & 4U) != 0,
                  .pieces = head.at(26)};
    const std::uint64_t header_bytes = page_header_bytes + page.pieces;
    for (std::size_t i = 0; i < page.pieces; ++i) {
        page.piece_bytes[i] = head.at(page_header_bytes + i);
    }
    page.body = {.offset = offset + header_bytes,
                 .size_bytes = std::accumulate(page.piece_bytes.begin(), page.piece_bytes.end(), std::uint64_t{0})};
    if (header_bytes + page.body.size_bytes > left) {
        return cut_off(header_bytes + page.body.size_bytes - left);
    }
    return page;
}

class ogg_walk {
  public:
    ogg_walk(audio_source& from, payload_hash& into, bool is_opus) : from_(from), into_(into), is_opus_(is_opus) {}

    result<> run() {
        for (std::uint64_t offset = 0; offset < from_.size();) {
            TRY_ASSIGN(const auto page, page_at(from_, offset));
            if (!page) {
                if (offset == 0) {
                    return bad_audio("not an Ogg file");
                }
                if (is_open_) {
                    return bad_audio("damaged: no Ogg page where one should begin");
                }
                break;  // some programs append other tags after the last page
            }
            TRY(take(*page));
            offset = page->body.offset + page->body.size_bytes;
        }
        if (!has_stream_) {
            return bad_audio(is_opus_ ? "no Opus in it" : "no Vorbis, Opus, FLAC or Speex in it");
        }
        return is_open_ ? bad_audio("cut off: no page is marked as the last") : result<>();
    }

  private:
    result<> take(const ogg_page& page) {
        if (page.is_first && !is_open_) {
            TRY(begin_stream(page));
        }
        if (!is_open_ || page.serial != serial_) {
            return {};
        }
        TRY_ASSIGN(const auto headers, skip_headers(page));
        TRY(into_.add(from_, {.offset = page.body.offset + headers, .size_bytes = page.body.size_bytes - headers}));
        is_open_ = !page.is_last;
        return {};
    }

    result<> begin_stream(const ogg_page& page) {
        constexpr std::size_t head_bytes = 80;
        TRY_ASSIGN(const auto packet,
                   from_.view(page.body.offset, std::min<std::uint64_t>(head_bytes, page.body.size_bytes)));
        codec_ = ogg_codec_of(packet);
        if (codec_ == ogg_codec::unknown || (is_opus_ && codec_ != ogg_codec::opus)) {
            return {};
        }
        has_stream_ = is_open_ = true;
        serial_ = page.serial;
        is_in_packet_ = false;
        headers_left_ = codec_ == ogg_codec::vorbis ? 3 : 2;
        if (codec_ == ogg_codec::speex) {
            headers_left_ += packet.little(68, 4);
        }
        return {};
    }

    // Number of bytes of the page that belong to header packets.
    result<std::uint64_t> skip_headers(const ogg_page& page) {
        std::uint64_t skipped = 0;
        for (std::size_t i = 0; i < page.pieces && headers_left_ > 0; ++i) {
            if (!is_in_packet_ && codec_ == ogg_codec::flac && page.piece_bytes[i] > 0) {
                // Its headers are any number of metadata blocks; frames begin with this byte.
                TRY_ASSIGN(const auto first, from_.view(page.body.offset + skipped, 1));
                if (first.at(0) == 0xff) {
                    headers_left_ = 0;
                    break;
                }
            }
            skipped += page.piece_bytes[i];
            is_in_packet_ = page.piece_bytes[i] == 255;
            if (!is_in_packet_ && codec_ != ogg_codec::flac) {
                --headers_left_;
            }
        }
        return skipped;
    }

    audio_source& from_;
    payload_hash& into_;
    bool is_opus_;
    bool has_stream_ = false;
    bool is_open_ = false;
    bool is_in_packet_ = false;
    ogg_codec codec_ = ogg_codec::unknown;
    std::uint32_t serial_ = 0;
    std::uint64_t headers_left_ = 0;
};

}  // namespace

ogg_codec ogg_codec_of(const byte_view& packet) {
    using namespace std::string_view_literals;
    if (packet.text(0, 7) == "\x01vorbis"sv) {
        return ogg_codec::vorbis;
    }
    if (packet.text(0, 8) == "OpusHead"sv) {
        return ogg_codec::opus;
    }
    if (packet.text(0, 5) ==
        "\x7f"
        "FLAC"sv) {
        return ogg_codec::flac;
    }
    return packet.text(0, 8) == "Speex   "sv ? ogg_codec::speex : ogg_codec::unknown;
}

result<> hash_ogg(audio_source& from, payload_hash& into, bool is_opus) {
    return ogg_walk(from, into, is_opus).run();
}

}  // namespace sluice::tagger
