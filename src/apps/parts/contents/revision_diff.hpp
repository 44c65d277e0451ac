// revision_diff.hpp - differences between two revisions: lines, properties, files.
//
// Use:     TRY_ASSIGN(const auto changes, diff_revisions(database, old_revision, new_revision));
// Shapes:  without `before` it was added, without `after` removed; equal entries are left out.
// Order:   by number, key or name. Two revisions of different parts may be compared as well.
// Errors:  not_found, storage.
// Threads: any. Each call sees one snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/parts/contents/relationship_records.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct line_change {
    std::string number;  // of the child
    std::optional<relationship> before;
    std::optional<relationship> after;
};

// The value of a property, or the SHA-256 of a file.
struct text_change {
    std::string key;
    std::optional<std::string> before;
    std::optional<std::string> after;
};

struct revision_diff {
    std::vector<text_change> texts;  // "name" and "description"
    std::vector<line_change> lines;
    std::vector<text_change> properties;
    std::vector<text_change> files;
};

result<revision_diff> diff_revisions(sqlite::database& database, std::int64_t before, std::int64_t after);

}  // namespace sluice::parts
