#include <algorithm>
#include <optional>
#include <string>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

constexpr std::uint64_t chunk_header_bytes = 8;
constexpr std::uint64_t form_header_bytes = 12;
// Size of a chunk whose writer could not seek back: RF64 has the size in ds64; in RIFF it is the rest of the file.
constexpr std::uint64_t unknown_size = 0xffffffffU;

bool is_chunk_name(std::string_view name) {
    return name.size() == 4 && std::ranges::all_of(name, [](char each) { return each >= ' ' && each <= '~'; });
}

struct riff_chunk {
    std::string name;
    std::uint64_t body = 0;  // offset of the content
    std::uint64_t size_bytes = 0;
};

class riff_walk {
  public:
    riff_walk(audio_source& from, payload_hash& into, bool is_aiff) : from_(from), into_(into), is_aiff_(is_aiff) {}

    result<> run() {
        for (std::uint64_t offset = form_header_bytes; from_.size() - offset >= chunk_header_bytes;) {
            TRY_ASSIGN(const auto chunk, chunk_at(offset));
            if (!chunk) {
                return into_.size_bytes() > 0 ? result<>() : bad_audio("damaged: no chunk where one should begin");
            }
            TRY(take(*chunk));
            TRY_ASSIGN(offset, behind(*chunk));
        }
        return {};
    }

  private:
    // None: there is no chunk at `offset`.
    result<std::optional<riff_chunk>> chunk_at(std::uint64_t offset) {
        TRY_ASSIGN(const auto head, from_.view(offset, chunk_header_bytes));
        riff_chunk chunk{.name = std::string(head.text(0, 4)),
                         .body = offset + chunk_header_bytes,
                         .size_bytes = is_aiff_ ? head.big(4, 4) : head.little(4, 4)};
        if (!is_chunk_name(chunk.name)) {
            return std::nullopt;
        }
        const std::uint64_t left = from_.size() - chunk.body;
        if (!is_aiff_ && chunk.name == "data" && chunk.size_bytes == unknown_size) {
            chunk.size_bytes = long_size_.value_or(left);
        }
        if (chunk.size_bytes > left) {
            return cut_off(chunk.size_bytes - left);
        }
        return chunk;
    }

    result<> take(const riff_chunk& chunk) {
        if (is_aiff_ && chunk.name == "SSND") {
            const auto numbers = std::min<std::uint64_t>(chunk.size_bytes, 8);  // skips offset and block size
            return into_.add(from_, {.offset = chunk.body + numbers, .size_bytes = chunk.size_bytes - numbers});
        }
        if (!is_aiff_ && chunk.name == "data") {
            return into_.add(from_, {.offset = chunk.body, .size_bytes = chunk.size_bytes});
        }
        if (!is_aiff_ && chunk.name == "ds64" && chunk.size_bytes >= 16) {
            TRY_ASSIGN(const auto sizes, from_.view(chunk.body, 16));
            long_size_ = sizes.little(8, 8);
        }
        return {};
    }

    // A padding byte follows a chunk of odd size; some programs leave it out, and the next chunk begins there.
    result<std::uint64_t> behind(const riff_chunk& chunk) {
        const std::uint64_t end = chunk.body + chunk.size_bytes;
        if (chunk.size_bytes % 2 == 0 || end == from_.size()) {
            return end;
        }
        TRY_ASSIGN(const auto next, from_.view(end, 5));
        const bool is_left_out = next.at(0) != 0 && !is_chunk_name(next.text(1, 4));
        return is_left_out ? end : end + 1;
    }

    audio_source& from_;
    payload_hash& into_;
    bool is_aiff_;
    std::optional<std::uint64_t> long_size_;
};

}  // namespace

result<> hash_wav(audio_source& from, payload_hash& into) {
    TRY_ASSIGN(const auto head, from.view(0, form_header_bytes));
    const auto name = head.text(0, 4);
    if ((name != "RIFF" && name != "RF64" && name != "BW64") || head.text(8, 4) != "WAVE") {
        return bad_audio("not a WAV file");
    }
    return riff_walk(from, into, false).run();
}

result<> hash_aiff(audio_source& from, payload_hash& into) {
    TRY_ASSIGN(const auto head, from.view(0, form_header_bytes));
    const auto kind = head.text(8, 4);
    if (head.text(0, 4) != "FORM" || (kind != "AIFF" && kind != "AIFC")) {
        return bad_audio("not an AIFF file");
    }
    return riff_walk(from, into, true).run();
}

}  // namespace sluice::tagger
