// revision_records.hpp - the versions of a part; at most one of them is open.
//
// Use:     TRY_ASSIGN(const revision draft, revisions.create_from(released, {.author = "ada", ...}));
// Shapes:  open: Draft or In Review. Effective: the highest released version, else the newest. On main: the highest
//          released, else the highest obsolete; none before the first release.
// Rule:    a part's name and description follow those of its newest revision.
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  invalid, not_found, wrong_state (one is open already), storage.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct new_revision {
    std::string author;  // a username
    std::string workflow_state;
    std::int64_t now_ms = 0;
};

class revision_records {
  public:
    explicit revision_records(sqlite::database& database) : database_(database) {}

    // Makes version 1, with the name and description of the part.
    result<revision> create_first(const part& of, const new_revision& made);
    // Makes the next version, with the content of `source`: texts, properties, bill of materials, files.
    result<revision> create_from(const revision& source, const new_revision& made);

    result<revision> get(std::int64_t part_id, std::int64_t version);
    result<revision> get_newest(std::int64_t part_id);
    result<revision> get_effective(std::int64_t part_id);
    // The open revision, else the effective one.
    result<revision> get_current(std::int64_t part_id);
    // The same for many parts, in their order.
    result<std::vector<revision>> list_current(std::span<const part> of);
    result<std::optional<revision>> find_open(std::int64_t part_id);
    result<std::optional<revision>> find_on_main(std::int64_t part_id);
    // Sorted by version.
    result<std::vector<revision>> list(std::int64_t part_id);

    // Sets the date of the change, too. In Review increments the round; Draft clears the date of submission.
    result<revision> set_status(const revision& changed, revision_status status, std::string_view workflow_state,
                                std::int64_t now_ms);
    result<> set_state(std::int64_t revision_id, std::string_view workflow_state);
    result<> set_text(const revision& changed, std::string_view name, std::string_view description,
                      std::int64_t now_ms);

  private:
    result<revision> insert(const revision& made);
    result<revision> get_by_id(std::int64_t revision_id);
    result<> copy_content(std::int64_t from_id, std::int64_t to_id);

    sqlite::database& database_;
};

}  // namespace sluice::parts
