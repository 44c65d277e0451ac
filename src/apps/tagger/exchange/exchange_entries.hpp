// exchange_entries.hpp - reads the entries of an imported file, in any format. For exchange.hpp only.
//
// Use:     TRY_ASSIGN(const auto read, read_entries(exchange_format::csv, text, "tags.csv"));
// Rule:    an unreadable entry is a problem, and the next one is read; a text that is not of the format at all is
//          an error.
// Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tagger/exchange/exchange.hpp"
#include "apps/tagger/tags/tags.hpp"

namespace sluice::tagger {

struct import_entry {
    std::size_t place = 0;
    std::string path;
    std::array<std::optional<std::vector<std::string>>, tag_kinds.size()> tags;  // none: not mentioned
};

struct import_entries {
    std::vector<import_entry> entries;
    std::vector<import_problem> problems;
    bool has_more_problems = false;

    void add_problem(import_problem problem);
};

result<import_entries> read_entries(exchange_format format, std::string_view text, const std::string& source);

// Between a list and "calm; late night"; empty tags are left out.
[[nodiscard]] std::string join_tags(const std::vector<std::string>& tags);
[[nodiscard]] std::vector<std::string> split_tags(std::string_view text);

// Prefix of the playlist line with the tags of that kind: "#SLUICE-MOOD:".
[[nodiscard]] std::string_view playlist_line_of(tag_kind kind);

}  // namespace sluice::tagger
