// relationship_records.hpp - the lines of a draft's bill of materials.
//
// Use:     relationship_records lines(database);
//          TRY(lines.add({.parent_revision_id = draft, .child_part_id = bolt, .quantity = 4, .reference = "M1", .note = ""}));
//          TRY_ASSIGN(auto all, lines.list(draft));
// Rule:    a revision has one line for a child; it is a draft; and no part contains itself, at any depth, in live
//          revisions (part_paths.hpp). Checked in the transaction that writes.
// Bounds:  0 < quantity < 1e12; reference 1,000 characters, note 2,000.
// Errors:  invalid, not_found, exists, wrong_state, cycle (with the parts of the circle), storage.
// Threads: any. Each method may be called inside a transaction, and joins it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

inline constexpr text_rule reference_rule{.field = "reference", .characters_max = 1'000, .may_be_empty = true};
inline constexpr text_rule note_rule{.field = "note", .characters_max = 2'000, .may_be_empty = true, .has_lines = true};

struct listed_line {
    relationship line;
    std::string number;  // of the child
    std::string name;

    static listed_line from_row(const sqlite::row& from);
};

// invalid, naming the field and its limit.
result<> check_line(const relationship& line);

class relationship_records {
  public:
    explicit relationship_records(sqlite::database& database) : database_(database) {}

    result<> add(const relationship& line);     // exists
    result<> update(const relationship& line);  // not_found
    // Adds or updates the line. For many lines: checked_later skips the search for a circle; call check_all_acyclic()
    // in the same transaction.
    enum class circles : std::uint8_t { refused, checked_later };
    result<> set(const relationship& line, circles when = circles::refused);
    result<> remove(std::int64_t revision_id, std::int64_t child_part_id);
    // Sorted by the child's number.
    result<std::vector<listed_line>> list(std::int64_t revision_id);

  private:
    enum class expected : std::uint8_t { present, absent, either };
    result<> write(const relationship& line, expected state, circles when);

    sqlite::database& database_;
};

}  // namespace sluice::parts
