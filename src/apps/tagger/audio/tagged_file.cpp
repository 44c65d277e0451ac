#include "apps/tagger/audio/tagged_file.hpp"

#include <array>
#include <taglib/tstringlist.h>

#include "apps/tagger/audio/audio_text.hpp"

namespace sluice::tagger {

std::string_view field_name(tag_kind kind) {
    constexpr std::array<std::string_view, tag_kinds.size()> names{"GENRE", "MOOD", "OCCASION", "KEYWORDS"};
    return names[static_cast<std::size_t>(kind)];
}

TagLib::String to_taglib(std::string_view text) {
    return {std::string(text), TagLib::String::UTF8};
}

TagLib::StringList to_taglib(const text_list& texts) {
    TagLib::StringList list;
    for (const auto& each : texts) {
        list.append(to_taglib(each));
    }
    return list;
}

std::string from_taglib(const TagLib::String& text) {
    return clean_text(text.to8Bit(true));
}

text_list from_taglib(const TagLib::StringList& texts) {
    text_list list;
    for (const auto& each : texts) {
        if (auto text = from_taglib(each); !text.empty()) {
            list.push_back(std::move(text));
        }
    }
    return list;
}

}  // namespace sluice::tagger
