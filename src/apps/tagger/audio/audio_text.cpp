#include "apps/tagger/audio/audio_text.hpp"

#include <algorithm>

#include "base/csv/csv_bytes.hpp"

namespace sluice::tagger {

bool is_utf8(std::string_view bytes) {
    base::utf8_watch watch;
    return std::ranges::all_of(bytes, [&](char each) { return watch.take(static_cast<unsigned char>(each)); }) &&
           watch.bytes_open() == 0;
}

std::string to_utf8(std::string_view bytes) {
    if (is_utf8(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    for (const char each : bytes) {
        const auto code = static_cast<unsigned char>(each);
        if (code < 0x80) {
            text += each;
        } else {
            text += static_cast<char>(0xc0U | code >> 6U);
            text += static_cast<char>(0x80U | (code & 0x3fU));
        }
    }
    return text;
}

std::string clean_text(std::string_view text) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    std::string clean;
    for (std::string_view left = text; !left.empty();) {
        std::size_t length = 1;
        base::utf8_watch watch;
        bool fits = watch.take(static_cast<unsigned char>(left.front()));
        for (; fits && watch.bytes_open() > 0; ++length) {
            fits = length < left.size() && watch.take(static_cast<unsigned char>(left[length]));
        }
        if (!fits) {
            clean += replacement;
            length = 1;
        } else if (left.front() != '\0') {
            clean += left.substr(0, length);
        }
        left.remove_prefix(length);
    }
    return clean;
}

}  // namespace sluice::tagger
