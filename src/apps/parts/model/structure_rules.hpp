// structure_rules.hpp - checks that every change of a revision's structure makes first.
//
// Use:     TRY_ASSIGN(const auto draft, require_draft(db, revision_id));   // draft.number, draft.version, draft.part_id
//          const read_snapshot all(db);  TRY(all.begin());                 // several reads of one snapshot
// Errors:  not_found; wrong_state, with the revision's status.
// Threads: the thread of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/parts/model/domain.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::parts {

struct revision_key {
    std::int64_t revision_id = 0;
    std::int64_t part_id = 0;
    std::string number;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
};
result<revision_key> find_revision(sqlite::connection& db, std::int64_t revision_id);
// wrong_state unless it is a draft.
result<revision_key> require_draft(sqlite::connection& db, std::int64_t revision_id);
// not_found unless it exists.
result<std::string> number_of(sqlite::connection& db, std::int64_t part_id);

// While it lives the connection's statements see one snapshot, also outside a transaction.
class read_snapshot {
  public:
    explicit read_snapshot(sqlite::connection& db) : db_(db) {}
    result<> begin();

  private:
    sqlite::connection& db_;
    std::optional<sqlite::statement> holding_;  // a statement that has begun and not ended holds SQLite's snapshot
};

}  // namespace sluice::parts
