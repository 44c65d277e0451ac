#include "apps/tagger/model/model_text.hpp"

#include <algorithm>

#include "base/text/utf8_cut.hpp"

namespace sluice::tagger {

namespace {

// C0 and DEL, and the two bytes of a C1 control in UTF-8 (U+0080 to U+009F).
std::size_t control_bytes_at(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7f) {
        return 1;
    }
    return byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0 ? 2 : 0;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
    std::string line;
    for (std::size_t at = 0; at < text.size() && line.size() <= bytes_max;) {
        const auto control = control_bytes_at(text, at);
        const char byte = control > 0 ? ' ' : text[at];
        at += std::max<std::size_t>(control, 1);
        if (byte != ' ' || (!line.empty() && line.back() != ' ')) {
            line += byte;
        }
    }
    if (line.size() > bytes_max) {
        line.resize(base::whole_characters(line, bytes_max).size());
        line += "...";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

}  // namespace sluice::tagger
