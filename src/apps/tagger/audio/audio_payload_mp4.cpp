#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "apps/tagger/audio/audio_payload_formats.hpp"

namespace sluice::tagger {

namespace {

struct mp4_atom {
    std::string name;
    std::uint64_t header_bytes = 8;
    std::uint64_t size_bytes = 0;  // header included
};

// ISO 14496-12, 4.2: size 1 means 64 bits after the name, size 0 means the rest of the file.
result<mp4_atom> atom_at(audio_source& from, std::uint64_t offset) {
    const std::uint64_t left = from.size() - offset;
    TRY_ASSIGN(const auto head, from.view(offset, 16));
    mp4_atom atom{.name = std::string(head.text(4, 4)), .size_bytes = head.big(0, 4)};
    if (left < 8) {
        return cut_off(8 - left);
    }
    if (atom.size_bytes == 1) {
        atom.header_bytes = 16;
        atom.size_bytes = head.big(8, 8);
    } else if (atom.size_bytes == 0) {
        atom.size_bytes = left;
    }
    if (atom.header_bytes > left) {
        return cut_off(atom.header_bytes - left);
    }
    if (atom.size_bytes > left) {
        return cut_off(atom.size_bytes - left);
    }
    if (atom.size_bytes < atom.header_bytes) {
        return bad_audio("damaged: an atom that is shorter than its header");
    }
    return atom;
}

bool can_begin(std::string_view name) {
    constexpr std::array<std::string_view, 9> names{"ftyp", "moov", "mdat", "free", "skip",
                                                    "wide", "pnot", "styp", "uuid"};
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

result<> hash_mp4(audio_source& from, payload_hash& into) {
    TRY_ASSIGN(const auto head, from.view(0, 8));
    if (!can_begin(head.text(4, 4))) {
        return bad_audio("not an MP4 file");
    }
    bool has_index = false;
    for (std::uint64_t offset = 0; offset < from.size();) {
        TRY_ASSIGN(const auto atom, atom_at(from, offset));
        if (atom.name == "mdat") {
            TRY(into.add(from,
                         {.offset = offset + atom.header_bytes, .size_bytes = atom.size_bytes - atom.header_bytes}));
        }
        has_index = has_index || atom.name == "moov";
        offset += atom.size_bytes;
    }
    return has_index ? result<>() : bad_audio("cut off: its index, the atom moov, is missing");
}

}  // namespace sluice::tagger
