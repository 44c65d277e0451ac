// part_records.hpp - the parts themselves: their numbers, which have no gaps, and the search for them.
//
// Use:     TRY_ASSIGN(const part made, parts.create({.category = code, .name = "10 k", .created_by = "ada", ...}));
//          for (std::string after;;) { TRY_ASSIGN(auto page, parts.list({.after_number = after})); ... }
// Rule:    a number is taken and its part inserted by one transaction: one that fails takes none.
// Order:   by the counting end of the number, hence by age.
// Bounds:  a page of `limit` parts at most.
// Threads: any; inside or outside of a transaction of the database, which outlives this.
// Errors:  invalid, not_found, storage.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct new_part {
    category_code category;  // exists
    std::string name;
    std::string description;
    std::string created_by;  // a username
    std::int64_t now_ms = 0;
};

struct part_filter {
    std::string category;                   // "EL-RES", or "EL": all that begin so
    std::optional<revision_status> status;  // of a live revision: the effective one or one after it
    std::string text;                       // in number, name or description; A to Z in any case
    std::string after_number;
    std::int64_t limit = 100;
};

class part_records {
  public:
    explicit part_records(sqlite::database& database) : database_(database) {}

    result<part> create(const new_part& wanted);
    // In any case of letters.
    result<part> get(std::string_view number);
    result<part> get(std::int64_t part_id);
    result<std::vector<part>> list(const part_filter& filter = {});
    result<> set_modified(std::int64_t part_id, std::int64_t now_ms);
    // Name and description become those of the newest revision.
    result<> follow_newest_revision(std::int64_t part_id, std::int64_t now_ms);

  private:
    sqlite::database& database_;
};

}  // namespace sluice::parts
