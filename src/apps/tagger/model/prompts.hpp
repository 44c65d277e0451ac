// prompts.hpp - the prompts for a model, and the versions that make answers comparable.
//
// Use:     const prompt asked = tagging_prompt({.recordings = those, .words = &words});
//          const prompt asked = mapping_prompt(unknown, words);
// Shape:   the instructions hold the vocabulary as JSON between <vocabulary> and </vocabulary>, the user's turn the
//          recordings between <recordings> and </recordings>, or unknown tags between <unknown_tags> and
//          </unknown_tags>. Texts of files are data: they appear only inside JSON, shortened to text_bytes_max.
// Rule:    raise prompt_version if a change of words may change answers, schema_version if the content of an
//          answer changes. Both are part of an item's key, so answered items are then asked again.
// Threads: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/model/model_client.hpp"
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

inline constexpr int prompt_version = 1;
inline constexpr int schema_version = 1;
inline constexpr std::size_t text_bytes_max = 200;

// SHA-256 of everything that an answer depends on: the sound, the prompt, the model, the schema.
[[nodiscard]] std::string item_key(std::string_view audio_hash, std::string_view model);
// "gemini-2.5-flash prompt 1 schema 1"
[[nodiscard]] std::string job_definition(std::string_view model);

struct described_recording {
    std::string id;  // short_id() of the item's key
    std::string file_name;
    std::string folder;
    track_info track;
};

// The id that a model sees and repeats: long enough not to match an item of another batch.
[[nodiscard]] std::string short_id(std::string_view item_key);

struct tagging_question {
    std::span<const described_recording> recordings;
    const vocabulary* words = nullptr;
    std::string_view complaint;  // not empty: the previous answer was bad
    std::string_view rejected_answer;
};

[[nodiscard]] prompt tagging_prompt(const tagging_question& question);

struct unknown_tag {
    tag_kind kind = tag_kind::genre;
    std::string tag;  // normalized
    friend auto operator<=>(const unknown_tag&, const unknown_tag&) = default;
};

[[nodiscard]] prompt mapping_prompt(std::span<const unknown_tag> unknown, const vocabulary& words);

// Estimated tokens of the prompt.
[[nodiscard]] std::int64_t estimate_tokens(const prompt& asked);

}  // namespace sluice::tagger
