// git_payload.hpp - a revision's content in git: the files of its part's folder, made from the database alone.
//
// Use:     TRY_ASSIGN(auto files, git_payload(db, part, revision));   // inside of the transaction that changed it
// Shapes:  part.json: two spaces, keys in a fixed order, dates in ISO 8601 (UTC, milliseconds); approvals only once it
//          is released. bom.csv (RFC 4180 with line feeds) when there are lines, by part; files/<name> as blobs, by name.
// Rule:    the same rows give the same bytes. A revision in review is written as the draft that is reviewed; workflow
//          states are not written.
// Threads: the thread of the connection.
// Errors:  storage.
#pragma once

#include <string>
#include <vector>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/model/domain.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::parts {

result<std::vector<git_file>> git_payload(sqlite::connection& db, const part& of, const revision& which);

}  // namespace sluice::parts
