#include "apps/tagger/audio/audio_text.hpp"

#include "base/text/utf8.hpp"

namespace sluice::tagger {

std::string to_utf8(std::string_view bytes) {
    if (base::is_utf8(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    for (const char each : bytes) {
        base::append_character(text, static_cast<unsigned char>(each));
    }
    return text;
}

std::string clean_text(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const auto next = base::first_character(text);
        if (next.code != 0) {
            base::append_character(clean, next.code);
        }
        text.remove_prefix(next.bytes.size());
    }
    return clean;
}

}  // namespace sluice::tagger
