// consistency_parts.hpp - the two halves of check(): the database alone, and git against the database.
//
// Use:     TRY(check_database(db, findings));  TRY(check_git(db, git, options, findings));
// Threads: the thread of the connection.
// Errors:  storage, git.
#pragma once

#include <vector>

#include "apps/parts/history/git_snapshot.hpp"
#include "apps/parts/project/consistency.hpp"

namespace sluice::parts {

result<> check_database(sqlite::connection& db, std::vector<finding>& findings);
result<> check_git(sqlite::connection& db, const git_snapshot& git, bool deep, std::vector<finding>& findings);

}  // namespace sluice::parts
