// tag_call.hpp - one running command of `sluice tag`: the parsed words, the opened database, output.
//
// Use:     tagger::result<int> show_status(tag_call& call) { ...; return 0; }     // the exit code
//          {.words = "status", .run = show_status}                              // in one of the tables
// Errors:  tagger::error; its message and hint become the line on stderr.
// Threads: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"
#include "apps/jobs/work.hpp"
#include "apps/tagger/library/library_writer.hpp"
#include "apps/tagger/run/dry_run.hpp"
#include "apps/tagger/tags/tag_query.hpp"
#include "cli/command/command_tree.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output_style.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::cli {

struct tag_call {
    const parsed_command& given;
    std::unique_ptr<sqlite::database> opened;  // null: the action needs none
    output_style style;

    [[nodiscard]] sqlite::database& database() const { return *opened; }
    [[nodiscard]] bool wants_json() const { return given.has("json"); }
    // Value of --limit, or of a similar option; 0 becomes "all".
    tagger::result<std::int64_t> limit(std::string_view option = "limit", std::int64_t otherwise = 100) const;
    // The condition of QUERY, whose tags must exist; all files without a QUERY.
    tagger::result<tagger::file_condition> condition() const;
};

struct tag_action {
    std::string_view words;
    tagger::result<int> (*run)(tag_call& call);
    bool needs_database = true;
};

[[nodiscard]] std::span<const tag_action> tag_run_actions();       // run
[[nodiscard]] std::span<const tag_action> tag_status_actions();    // status
[[nodiscard]] std::span<const tag_action> tag_stats_actions();     // stats
[[nodiscard]] std::span<const tag_action> tag_search_actions();    // search, vocabulary
[[nodiscard]] std::span<const tag_action> tag_exchange_actions();  // export, import
[[nodiscard]] std::span<const tag_action> tag_change_actions();    // undo, write

// --db, else SLUICE_TAG_DB; empty: neither.
[[nodiscard]] std::string database_of(const parsed_command& given);
// Opens an existing database, and brings its schema up to date.
tagger::result<std::unique_ptr<sqlite::database>> open_tag_database(const parsed_command& given);

// Whole number of an option, within bounds; none if the option is not given.
tagger::result<std::optional<std::int64_t>> integer_of(const parsed_command& given, std::string_view option,
                                                       std::int64_t min, std::int64_t max);

[[nodiscard]] json_object json_of_usage(const jobs::usage& used);
// 1234567 → "1,234,567"
[[nodiscard]] std::string grouped(std::int64_t number);
// "one, two"
[[nodiscard]] std::string list_of(const std::vector<std::string>& texts);
// The path, then "- mood: calm" and "+ mood: sad" for each kind that differs.
[[nodiscard]] std::string shown_difference(const tagger::file_difference& difference);
// "3 files", "1 file"
[[nodiscard]] std::string count_of(std::int64_t count, std::string_view thing, std::string_view things = {});
// The end of a report, about files left to other processes; empty if there are none.
[[nodiscard]] std::string left_to_others(const tagger::library_write_report& done);

}  // namespace sluice::cli
