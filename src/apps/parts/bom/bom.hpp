// bom.hpp - bills of materials as people read them: indented, rolled up, where used, and compared.
//
// Use:     TRY_ASSIGN(const revision_id, effective_revision(database, part_id));
//          TRY_ASSIGN(const auto tree, explode(database, revision_id, {.depth_max = 3}));
//          TRY_ASSIGN(const auto totals, roll_up(database, revision_id));
// Rule:    a line names a part; what that part is made of is told by its effective revision: the highest released one,
//          else the newest.
// Order:   explode: depth first, children by number; roll_up and where_used: by number.
// Cost:    each part that is reached is read once, with its lines; roll_up and where_used are linear in parts and lines,
//          however often a sub-assembly is shared. explode is linear in the items that it returns.
// Bounds:  explode_limits. Beyond rows_max it ends and says so.
// Errors:  not_found; cycle, for a database that was damaged; invalid for totals that no number can hold; storage.
// Threads: any. Each sees one state of the database, or what the transaction around it sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

// A part at one place of the tree.
struct bom_item {
    static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

    std::int64_t part_id = 0;
    std::int64_t revision_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::size_t parent = no_parent;  // index; of the first one no_parent
    std::size_t level = 0;
    double quantity = 1;  // in one of its parent
    double total = 1;     // in one of the first
    std::string reference;
    std::string note;
    bool has_more = false;  // its children are deeper than depth_max
};

struct explode_limits {
    std::size_t depth_max = 100;  // levels below the first
    std::size_t rows_max = 100'000;
};

struct explosion {
    std::vector<bom_item> items;
    bool is_cut = false;  // rows_max was reached
};

struct rolled_up_part {
    std::int64_t part_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    double total = 0;
    bool is_leaf = true;  // has no lines itself
};

// A part that contains the one that was asked for.
struct usage {
    std::int64_t part_id = 0;
    std::int64_t revision_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::size_t level = 1;  // levels up, on the shortest way
    double quantity = 0;    // by its own line; 0: it has none
    double total = 0;       // by all ways
};

result<std::int64_t> effective_revision(sqlite::database& database, std::int64_t part_id);

result<explosion> explode(sqlite::database& database, std::int64_t revision_id, explode_limits limits = {});
// Without the revision's own part.
result<std::vector<rolled_up_part>> roll_up(sqlite::database& database, std::int64_t revision_id);
// The lines of live revisions (effective, and newer drafts) that name the part: by number, then version.
result<std::vector<usage>> where_used_directly(sqlite::database& database, std::int64_t part_id);
// All levels up, through effective revisions.
result<std::vector<usage>> where_used(sqlite::database& database, std::int64_t part_id);

}  // namespace sluice::parts
