// bom.hpp - bills of materials: indented, rolled up, where used, and compared.
//
// Use:     TRY_ASSIGN(const revision_id, effective_revision(database, part_id));
//          TRY_ASSIGN(const auto tree, explode(database, revision_id, {.depth_max = 3}));
//          TRY_ASSIGN(const auto totals, roll_up(database, revision_id));
// Rule:    a line names a part; the part's own lines are those of its effective revision: the highest released one,
//          else the newest.
// Order:   explode: depth first, children by number; roll_up and where_used: by number.
// Cost:    each reached part is read once, with its lines; roll_up and where_used are linear in parts and lines,
//          however often a sub-assembly is shared. explode is linear in the items that it returns.
// Bounds:  explode_limits. At rows_max it stops and sets is_cut.
// Errors:  not_found; cycle, for a damaged database; invalid, for totals too large for a number; storage.
// Threads: any. Each call sees one snapshot, or that of the surrounding transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

// One node of the tree.
struct bom_item {
    static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

    std::int64_t part_id = 0;
    std::int64_t revision_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::size_t parent = no_parent;  // index of the parent; no_parent for the root
    std::size_t level = 0;
    double quantity = 1;  // in one piece of its parent
    double total = 1;     // in one piece of the root
    std::string reference;
    std::string note;
    bool has_more = false;  // it has children, but they are deeper than depth_max
};

struct explode_limits {
    std::size_t depth_max = 100;  // levels below the root
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
    bool is_leaf = true;  // has no lines of its own
};

// A part that contains the given part.
struct usage {
    std::int64_t part_id = 0;
    std::int64_t revision_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::size_t level = 1;  // levels up, on the shortest path
    double quantity = 0;    // in its own line; 0: it has none
    double total = 0;       // over all paths
};

result<std::int64_t> effective_revision(sqlite::database& database, std::int64_t part_id);

result<explosion> explode(sqlite::database& database, std::int64_t revision_id, explode_limits limits = {});
// The list leaves out the revision's own part.
result<std::vector<rolled_up_part>> roll_up(sqlite::database& database, std::int64_t revision_id);
// Lines that name the part, of live revisions (effective, and newer drafts): by number, then version.
result<std::vector<usage>> where_used_directly(sqlite::database& database, std::int64_t part_id);
// Parts of all levels above, through effective revisions.
result<std::vector<usage>> where_used(sqlite::database& database, std::int64_t part_id);

}  // namespace sluice::parts
