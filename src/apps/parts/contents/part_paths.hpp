// part_paths.hpp - finds a path from one part down to another, at any depth.
//
// Problem: a part must never contain itself, and each new line of a bill of materials could close such a circle.
// Use:     TRY(check_acyclic(db, parent_part_id, child_part_id));   // before the line is written, in its transaction
//          TRY(check_all_acyclic(db));                              // after many were written
// Graph:   lines of live revisions: a part's effective revision (the highest released one, else the newest) and all newer
//          ones, so that releasing a draft cannot close a circle.
// Cost:    the search goes down from the child and up from the parent, always on the side with fewer parts,
//          and ends when either side has no more parts. check_all_acyclic() reads every live line once.
// Errors:  cycle; its message lists the circle: A → B → A.
// Threads: the thread of the connection.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "apps/errors/error.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::parts {

// part_ids, both ends included; empty: there is no path.
result<std::vector<std::int64_t>> find_path(sqlite::connection& db, std::int64_t from, std::int64_t to);

result<> check_acyclic(sqlite::connection& db, std::int64_t parent, std::int64_t child);

// A line that is not written yet.
struct part_line {
    std::int64_t parent = 0;
    std::int64_t child = 0;
};
// The parts of one circle, with the first one also as the last; empty: there is none.
result<std::vector<std::int64_t>> find_cycle(sqlite::connection& db, std::span<const part_line> more = {});
result<> check_all_acyclic(sqlite::connection& db);

// "A → B → A contains itself", of part_ids that begin and end with the same one.
result<error> cycle_error(sqlite::connection& db, const std::vector<std::int64_t>& circle);

}  // namespace sluice::parts
