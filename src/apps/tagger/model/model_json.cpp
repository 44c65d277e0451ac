#include "apps/tagger/model/model_json.hpp"

namespace sluice::tagger {

bool is_nested_deeper(std::string_view text, std::size_t depth) {
    std::size_t level = 0;
    bool is_text = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (is_text) {
            at += byte == '\\' ? 1 : 0;
            is_text = byte != '"';
        } else if (byte == '"') {
            is_text = true;
        } else if (byte == '[' || byte == '{') {
            if (++level > depth) {
                return true;
            }
        } else if (byte == ']' || byte == '}') {
            level -= level > 0 ? 1 : 0;
        }
    }
    return false;
}

}  // namespace sluice::tagger
