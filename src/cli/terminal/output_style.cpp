#include "cli/terminal/output_style.hpp"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::cli {

namespace {

bool names_utf8(const std::function<const char*(const char*)>& lookup) {
    for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (const char* value = lookup(name); value != nullptr && *value != '\0') {
            const std::string_view locale(value);
            for (const auto* written : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
                if (locale.contains(written)) {
                    return true;
                }
            }
            return false;
        }
    }
    return false;
}

std::string_view code_of(meaning sense) {
    switch (sense) {
        case meaning::plain:
            return "";
        case meaning::strong:
            return "\x1b[1m";
        case meaning::dim:
            return "\x1b[2m";
        case meaning::good:
            return "\x1b[32m";
        case meaning::warning:
            return "\x1b[33m";
        case meaning::bad:
            return "\x1b[31m";
    }
    return "";
}

output_style style_of_descriptor(int descriptor) {
    winsize size{};
    const bool is_terminal = ::isatty(descriptor) == 1;
    if (!is_terminal || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0) {
        size.ws_col = 0;
    }
    return style_of(is_terminal, size.ws_col, [](const char* name) -> const char* { return std::getenv(name); });
}

}  // namespace

output_style style_of(bool is_terminal, std::size_t width, const std::function<const char*(const char*)>& lookup) {
    const auto text_of = [&lookup](const char* name) {
        const char* value = lookup(name);
        return std::string_view(value == nullptr ? "" : value);
    };
    output_style style{.is_terminal = is_terminal, .is_utf8 = names_utf8(lookup)};
    if (!is_terminal) {
        return style;
    }
    const auto columns = std::strtoul(std::string(text_of("COLUMNS")).c_str(), nullptr, 10);
    style.width = columns != 0 ? columns : width;
    style.has_color = text_of("NO_COLOR").empty() && text_of("TERM") != "dumb" && !text_of("TERM").empty();
    return style;
}

output_style style_of_stdout() {
    return style_of_descriptor(STDOUT_FILENO);
}

output_style style_of_stderr() {
    return style_of_descriptor(STDERR_FILENO);
}

std::string painted(std::string_view text, meaning sense, const output_style& style) {
    if (!style.has_color || sense == meaning::plain || text.empty()) {
        return std::string(text);
    }
    return std::string(code_of(sense)).append(text).append("\x1b[0m");
}

}  // namespace sluice::cli
