#include "base/text/display_width.hpp"

#include <clocale>
#include <cstdint>
#include <cwchar>
#include <fmt/format.h>

namespace sluice::base {

namespace {

constexpr char32_t replacement = 0xfffd;

// Sets the thread's locale to C.UTF-8 while it lives.
class utf8_locale {
  public:
    utf8_locale() : previous_(shared() == locale_t{} ? locale_t{} : ::uselocale(shared())) {}
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;
    ~utf8_locale() {
        if (previous_ != locale_t{}) {
            ::uselocale(previous_);
        }
    }

    [[nodiscard]] static std::size_t columns(char32_t code) {
        if (code < 0x7f) {
            return code < 0x20 ? 0 : 1;
        }
        const int width = shared() == locale_t{} ? 1 : ::wcwidth(static_cast<wchar_t>(code));
        return code == replacement ? 1 : width > 0 ? static_cast<std::size_t>(width) : 0;
    }

  private:
    static locale_t shared() {
        static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
        return locale;
    }

    locale_t previous_;
};

bool is_invisible(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

}  // namespace

character first_character(std::string_view text) {
    const auto at = [text](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    const char32_t first = at(0);
    if (first < 0x80) {
        return {.code = first, .bytes = text.substr(0, 1)};
    }
    const character broken{.code = replacement, .bytes = text.substr(0, 1)};
    const std::size_t length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || length > text.size()) {
        return broken;
    }
    char32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0U) != 0x80) {
            return broken;
        }
        code = (code << 6U) | (at(i) & 0x3fU);
    }
    const char32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < smallest || code > 0x10ffff || is_surrogate) {
        return broken;
    }
    return {.code = code, .bytes = text.substr(0, length)};
}

std::size_t display_width(std::string_view text) {
    const utf8_locale locale;
    std::size_t width = 0;
    while (!text.empty()) {
        const auto next = first_character(text);
        width += utf8_locale::columns(next.code);
        text.remove_prefix(next.bytes.size());
    }
    return width;
}

std::string shorten(std::string_view text, std::size_t width, bool is_utf8) {
    const utf8_locale locale;
    std::size_t used = 0;
    std::size_t kept_bytes = 0;  // of the text that fits beside the ellipsis
    for (auto rest = text; !rest.empty();) {
        const auto next = first_character(rest);
        used += utf8_locale::columns(next.code);
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
        const bool is_broken = next.code == replacement && next.bytes.size() == 1;
        if (next.code == '\n' || next.code == '\t' || next.code == '\r') {
            out.append(next.code == '\n' ? "\\n" : next.code == '\t' ? "\\t" : "\\r");
        } else if (is_broken || (is_invisible(next.code) && next.bytes.size() == 1)) {
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
