// A model may write anything; the results must keep their bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/tagger/model/answer.hpp"
#include "apps/tagger/tags/vocabulary.hpp"
#include "base/core/assert.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::tagger;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& item : read_tag_answer(text).items) {
        SLUICE_ASSERT(!item.id.empty());
        for (const auto kind : tag_kinds) {
            for (const auto& tag : item.tags[kind]) {
                SLUICE_ASSERT(!tag.empty() && tag.size() <= vocabulary::tag_bytes_max);
                SLUICE_ASSERT(normalized_tag(normalized_tag(tag)) == normalized_tag(tag));
            }
        }
        if (const auto again = tags_from_json(to_json(item.tags))) {
            SLUICE_ASSERT(to_json(*again) == to_json(item.tags));
        }
    }
    for (const auto& mapping : read_mapping_answer(text)) {
        SLUICE_ASSERT(mapping.unknown.tag == normalized_tag(mapping.unknown.tag));
    }
    return 0;
}
