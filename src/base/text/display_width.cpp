#include "base/text/display_width.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <utf8proc.h>

#include "base/text/utf8.hpp"

namespace sluice::base {

namespace {

std::size_t columns_of(char32_t code) {
    // Vowels and final consonants of Hangul are drawn into the two columns of the consonant before them.
    const bool is_joined = (code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff);
    return is_joined ? 0 : static_cast<std::size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(code)));
}

bool is_invisible(char32_t code) {
    return is_control_character(code) || code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const auto next = first_character(text);
        width += columns_of(next.code);
        text.remove_prefix(next.bytes.size());
    }
    return width;
}

std::string shorten(std::string_view text, std::size_t width, bool is_utf8) {
    std::size_t used = 0;
    std::size_t kept_bytes = 0;  // of the text that fits beside the ellipsis
    for (auto rest = text; !rest.empty();) {
        const auto next = first_character(rest);
        used += columns_of(next.code);
        if (used > width) {
            return width == 0 ? "" : std::string(text.substr(0, kept_bytes)).append(is_utf8 ? "…" : "~");
        }
        rest.remove_prefix(next.bytes.size());
        if (used < width) {
            kept_bytes = text.size() - rest.size();
        }
    }
    return std::string(text);
}

std::string visible(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto next = first_character(text);
        if (next.code == '\n' || next.code == '\t' || next.code == '\r') {
            out.append(next.code == '\n' ? "\\n" : next.code == '\t' ? "\\t" : "\\r");
        } else if (next.is_broken() || (is_invisible(next.code) && next.bytes.size() == 1)) {
            out.append(fmt::format("\\x{:02x}", static_cast<unsigned char>(next.bytes.front())));
        } else if (is_invisible(next.code)) {
            out.append(fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code)));
        } else {
            out.append(next.bytes);
        }
        text.remove_prefix(next.bytes.size());
    }
    return out;
}

}  // namespace sluice::base
