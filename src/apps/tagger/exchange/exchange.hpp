// exchange.hpp - exports and imports a library's tags as JSON, CSV and playlists, for other programs and manual edits.
//
// Use:     TRY_ASSIGN(const auto done, export_tags({.database = &db, .format = exchange_format::csv}, sink));
//          TRY_ASSIGN(const auto done, import_tags({.database = &db, .format = ..., .text = bytes, .source = "tags.csv"}));
// JSON:    an array of {"path", "genre", "mood", "occasion", "keyword"}; the last four are arrays of texts.
// CSV:     columns path, genre, mood, occasion, keyword; tags of a field are separated by "; ". base/csv/csv.hpp.
// M3U:     extended, UTF-8: #EXTM3U, and before each path #EXTINF:seconds,Artist - Title, #EXTGENRE: and #SLUICE-MOOD:,
//          #SLUICE-OCCASION:, #SLUICE-KEYWORD:, with tags as in CSV.
// Import:  a kind that the file does not mention (no key, no column, no such line) stays unchanged; an empty one is
//          emptied. Relative paths belong to `folder`. A tag must be one of the vocabulary, in any spelling, or one
//          that the recording has already. All problems are reported, and with any problem nothing changes; else all
//          changes are one transaction and one tag_run, so that they can be undone.
// Bounds:  export: memory holds one file. Import: the whole text, and problems_max problems.
// Threads: the caller's.
// Errors:  those of the sink and the database; invalid: the text as a whole cannot be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tag_query.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

enum class exchange_format : std::uint8_t { json, csv, m3u };

// "json", "csv", "m3u"
[[nodiscard]] std::optional<exchange_format> parse_exchange_format(std::string_view text);
// By the extension: .json, .csv, .m3u, .m3u8, in any case.
[[nodiscard]] std::optional<exchange_format> exchange_format_of(const std::filesystem::path& file);

// Takes a piece of text.
using text_sink = std::function<result<>(std::string_view)>;

struct export_params {
    sqlite::database* database = nullptr;
    exchange_format format = exchange_format::json;
    file_condition condition;                                         // default: all files
    std::function<void(const std::string& path)> left_out = nullptr;  // path unfit for the format; may be empty
};

struct export_report {
    std::int64_t files = 0;
    std::int64_t left_out = 0;  // M3U: paths with a line break
};

result<export_report> export_tags(const export_params& params, const text_sink& sink);

struct import_params {
    sqlite::database* database = nullptr;
    exchange_format format = exchange_format::json;
    std::string_view text;
    std::string source;            // the file's name, for messages and the tag_run
    std::filesystem::path folder;  // base of relative paths; absolute
    bool is_dry_run = false;
    const base::clock* time = &base::system_clock();
};

struct import_problem {
    std::size_t place = 0;  // a line; in JSON the number of the entry, from 1
    std::string what;       // "path", "mood" ...
    std::string value;      // may be empty
    std::string reason;
};

struct import_report {
    std::int64_t entries = 0;
    std::int64_t changed = 0;     // recordings
    std::int64_t unchanged = 0;   // entries that change nothing
    std::int64_t unclean = 0;     // recordings left with fewer tags than what_is_missing() requires
    std::int64_t tag_run_id = 0;  // 0: nothing changed
    std::vector<import_problem> problems;
    bool has_more_problems = false;
};

inline constexpr std::size_t import_problems_max = 1000;

result<import_report> import_tags(const import_params& params);

}  // namespace sluice::tagger
