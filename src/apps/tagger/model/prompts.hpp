// prompts.hpp - what a model is asked, and the versions by which answers are the same answer.
//
// Use:     const prompt asked = tagging_prompt({.recordings = those, .words = &words});
//          const prompt asked = mapping_prompt(unknown, words);
// Shape:   the instructions hold the vocabulary as JSON between <vocabulary> and </vocabulary>, the user's turn the recordings
//          between <recordings> and </recordings>, or the tags that nobody knows between <unknown_tags> and </unknown_tags>.
//          Texts of files are data: they stand inside of JSON only, shortened to text_bytes_max.
// Rule:    prompt_version goes up when the words change so that other answers are to be expected, schema_version when what
//          an answer holds changes. Both are part of an item's key: what was answered is asked again then.
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

// SHA-256 of what makes an answer worth keeping: the sound, the prompt, the model, the schema.
[[nodiscard]] std::string item_key(std::string_view audio_hash, std::string_view model);
// "gemini-2.5-flash prompt 1 schema 1"
[[nodiscard]] std::string job_definition(std::string_view model);

struct described_recording {
    std::string id;  // short_id() of its item's key
    std::string file_name;
    std::string folder;
    track_info track;
};

// As a model sees and repeats it: long enough that one of another batch is not taken for it.
[[nodiscard]] std::string short_id(std::string_view item_key);

struct tagging_question {
    std::span<const described_recording> recordings;
    const vocabulary* words = nullptr;
    std::string_view complaint;  // not empty: the answer before was no good
    std::string_view rejected_answer;
};

[[nodiscard]] prompt tagging_prompt(const tagging_question& question);

struct unknown_tag {
    tag_kind kind = tag_kind::genre;
    std::string tag;  // normalized
    friend auto operator<=>(const unknown_tag&, const unknown_tag&) = default;
};

[[nodiscard]] prompt mapping_prompt(std::span<const unknown_tag> unknown, const vocabulary& words);

// About what it costs.
[[nodiscard]] std::int64_t estimate_tokens(const prompt& asked);

}  // namespace sluice::tagger
