#include "apps/tagger/audio/audio_payload.hpp"

#include <algorithm>
#include <array>

#include "apps/tagger/audio/audio_payload_formats.hpp"
#include "apps/tagger/audio/audio_source.hpp"
#include "base/text/ascii.hpp"

namespace sluice::tagger {

namespace {

struct extension {
    std::string_view text;
    audio_format format;
};

constexpr std::array extensions{
    extension{.text = ".mp3", .format = audio_format::mp3},   extension{.text = ".flac", .format = audio_format::flac},
    extension{.text = ".ogg", .format = audio_format::ogg},   extension{.text = ".oga", .format = audio_format::ogg},
    extension{.text = ".opus", .format = audio_format::opus}, extension{.text = ".m4a", .format = audio_format::m4a},
    extension{.text = ".m4b", .format = audio_format::m4a},   extension{.text = ".wav", .format = audio_format::wav},
    extension{.text = ".aif", .format = audio_format::aiff},  extension{.text = ".aiff", .format = audio_format::aiff},
    extension{.text = ".aifc", .format = audio_format::aiff},
};

result<> hash(audio_format format, audio_source& from, payload_hash& into) {
    switch (format) {
        case audio_format::mp3:
            return hash_mp3(from, into);
        case audio_format::flac:
            return hash_flac(from, into);
        case audio_format::ogg:
        case audio_format::opus:
            return hash_ogg(from, into, format == audio_format::opus);
        case audio_format::m4a:
            return hash_mp4(from, into);
        case audio_format::wav:
            return hash_wav(from, into);
        case audio_format::aiff:
            break;
    }
    return hash_aiff(from, into);
}

}  // namespace

std::string_view to_text(audio_format format) {
    constexpr std::array<std::string_view, 7> names{"mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff"};
    return names[static_cast<std::size_t>(format)];
}

std::optional<audio_format> audio_format_of(const std::filesystem::path& path) {
    auto text = path.extension().string();
    std::ranges::transform(text, text.begin(), base::to_lower);
    const auto* const found = std::ranges::find(extensions, text, &extension::text);
    return found == extensions.end() ? std::nullopt : std::optional(found->format);
}

result<audio_payload> read_payload(int descriptor, audio_format format) {
    TRY_ASSIGN(auto from, audio_source::create(descriptor));
    if (from.size() == 0) {
        return bad_audio("the file is empty");
    }
    payload_hash into;
    TRY(hash(format, from, into));
    if (into.size_bytes() == 0) {
        return bad_audio("no sound in it");
    }
    return audio_payload{.format = format, .sha256 = into.finish(), .size_bytes = into.size_bytes()};
}

result<audio_payload> read_payload(const std::filesystem::path& path, audio_format format) {
    TRY_ASSIGN(const auto opened, open_regular(path));
    return read_payload(opened.get(), format);
}

result<audio_payload> read_payload(const std::filesystem::path& path) {
    const auto format = audio_format_of(path);
    return format ? read_payload(path, *format) : bad_audio("no audio format of ours by its name");
}

}  // namespace sluice::tagger
