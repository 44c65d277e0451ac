#include "apps/tagger/model/model_text.hpp"

#include "base/text/utf8.hpp"

namespace sluice::tagger {

std::string one_line(std::string_view text, std::size_t bytes_max) {
    std::string line;
    while (!text.empty() && line.size() <= bytes_max) {
        const auto next = base::first_character(text);
        const auto shown = base::is_control_character(next.code) ? std::string_view(" ") : next.bytes;
        if (shown != " " || (!line.empty() && line.back() != ' ')) {
            line += shown;
        }
        text.remove_prefix(next.bytes.size());
    }
    if (line.size() > bytes_max) {
        line.resize(base::whole_characters(line, bytes_max).size());
        line += "...";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

}  // namespace sluice::tagger
