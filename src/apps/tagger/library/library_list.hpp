// library_list.hpp - lists the files of a library with their data, one by one.
//
// Use:     TRY(each_listed_file(db, query.condition(), [](const listed_file& file) { ...; return result<>(); }));
// Rule:    only existing files, by path; all in one snapshot, even if others write meanwhile.
// Bounds:  memory holds one file.
// Threads: the caller's.
// Errors:  the database's; an error of the callback ends the list, and passes unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tag_query.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct listed_file {
    std::int64_t file_id = 0;
    std::int64_t recording_id = 0;
    std::string path;
    std::string artist;
    std::string title;
    std::string album;
    std::int64_t duration_ms = 0;
    tag_set tags;

    [[nodiscard]] static listed_file from_row(const sqlite::row& row);  // all except the tags
};

result<> each_listed_file(sqlite::database& database, const file_condition& condition,
                          const std::function<result<>(const listed_file& file)>& on_file);

// The file at that path, existing or missing; without its tags.
result<std::optional<listed_file>> find_file(sqlite::connection& db, std::string_view path);

}  // namespace sluice::tagger
