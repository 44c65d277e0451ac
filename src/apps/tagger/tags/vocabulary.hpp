// vocabulary.hpp - the controlled list of tags, from a file or built in.
//
// Use:     TRY_ASSIGN(const auto words, vocabulary::load("vocabulary.toml"));     default_vocabulary()
//          words.find(tag_kind::genre, " Electronic : Ambient ")                  // "electronic:ambient", or null
// File:    TOML with four arrays of texts: genre, mood, occasion, keyword. A genre is parent:child; the parent alone is a
//          tag only if it is listed, too.
// Rule:    tags are the same if they differ only in case, in spaces at the ends and around colons, in runs of spaces,
//          or in - and _ for a space.
// Bounds:  size_max tags of each kind, tag_bytes_max bytes each.
// Errors:  not_found; invalid, with file and line.
// Threads: constant once made.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tags.hpp"

namespace sluice::tagger {

// Lower case (ASCII only), one space for every run of spaces, - and _, none at the ends and around a colon.
[[nodiscard]] std::string normalized_tag(std::string_view written);

class vocabulary {
  public:
    static constexpr std::size_t size_max = 2000;
    static constexpr std::size_t tag_bytes_max = 100;

    static result<vocabulary> load(const std::filesystem::path& file);
    // Errors name `source`.
    static result<vocabulary> parse(std::string_view toml, std::string_view source);

    // Fails for a bad form or length, a tag listed already, or too many tags.
    result<> add(tag_kind kind, std::string_view written);
    // The normalized tag of the list; null: not listed. It lives as long as this.
    [[nodiscard]] const std::string* find(tag_kind kind, std::string_view written) const;
    // In the order of the file.
    [[nodiscard]] const std::vector<std::string>& list(tag_kind kind) const {
        return lists_[static_cast<std::size_t>(kind)];
    }

  private:
    std::array<std::vector<std::string>, tag_kinds.size()> lists_;
    std::array<std::map<std::string, std::size_t, std::less<>>, tag_kinds.size()> places_;  // index by normalized text
};

[[nodiscard]] const vocabulary& default_vocabulary();
// The built-in file, with comments, for editing.
[[nodiscard]] std::string_view default_vocabulary_toml();

}  // namespace sluice::tagger
