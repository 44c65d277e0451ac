// For every way of cutting the bytes into pieces, the frames and the error are the same, and every byte is counted.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/assert.hpp"
#include "postgres/wire/frame.hpp"

namespace {

using sluice::postgres::frame_reader;

constexpr std::size_t message_bytes_max = 300;

struct outcome {
    std::vector<std::string> frames;
    std::string error;
    std::size_t pending_bytes = 0;

    bool operator==(const outcome&) const = default;
};

// Takes all complete frames; false once the reader has failed.
bool drain(frame_reader& reader, outcome& seen) {
    while (true) {
        const bool expected = reader.has_complete_frame();
        const auto peeked = reader.peek_type();
        const auto next = reader.next();
        if (!next) {
            SLUICE_ASSERT(expected);
            SLUICE_ASSERT(next.error().fatal);
            seen.error = next.error().message;
            return false;
        }
        const std::optional<sluice::postgres::frame> frame = *next;
        SLUICE_ASSERT(frame.has_value() == expected);
        if (!frame) {
            return true;
        }
        SLUICE_ASSERT(frame->body.size() <= 10'000);
        SLUICE_ASSERT(peeked.value_or('\0') == frame->type);
        seen.frames.push_back(frame->type + std::string(frame->body));
    }
}

outcome read_in_pieces(std::string_view bytes, frame_reader::phase phase, std::uint32_t seed) {
    frame_reader reader(message_bytes_max, phase);
    frame_reader other(message_bytes_max, phase);
    outcome seen;
    while (!bytes.empty()) {
        seed = seed * 1'103'515'245U + 12'345U;
        const std::size_t piece =
            seed == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 1 + (seed >> 16U) % 40);
        other.append(bytes.substr(0, piece));
        bytes.remove_prefix(piece);
        other.move_pending_to(reader);
        if (!drain(reader, seen)) {
            return seen;
        }
    }
    seen.pending_bytes = reader.pending_bytes();
    return seen;
}

outcome read_at_once(std::string_view bytes, frame_reader::phase phase) {
    frame_reader reader(message_bytes_max, phase);
    outcome seen;
    reader.append(bytes);
    if (drain(reader, seen)) {
        seen.pending_bytes = reader.pending_bytes();
    }
    return seen;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const auto phase = (data[0] & 1U) != 0 ? frame_reader::phase::startup : frame_reader::phase::messages;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
    const outcome whole = read_at_once(bytes, phase);
    SLUICE_ASSERT(read_in_pieces(bytes, phase, data[1]) == whole);
    if (whole.error.empty()) {
        std::size_t taken = 0;
        for (const std::string& frame : whole.frames) {
            // The type is a byte of the stream only in the messages phase; otherwise it is a placeholder.
            taken += frame.size() + (phase == frame_reader::phase::messages ? 4 : 3);
        }
        SLUICE_ASSERT(taken + whole.pending_bytes == bytes.size());
    }
    return 0;
}
