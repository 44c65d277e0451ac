#include "base/text/json_string.hpp"

#include <fmt/format.h>
#include <iterator>

#include "base/text/utf8.hpp"

namespace sluice::base {

std::string json_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out.push_back('"');
    while (!text.empty()) {
        const auto next = first_character(text);
        if (next.code == '"' || next.code == '\\') {
            out += '\\';
            out += next.bytes;
        } else if (next.code == '\n') {
            out += "\\n";
        } else if (next.code < 0x20 || next.code == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(next.code));
        } else {
            out += next.is_broken() ? "\\ufffd" : next.bytes;
        }
        text.remove_prefix(next.bytes.size());
    }
    out.push_back('"');
    return out;
}

}  // namespace sluice::base
