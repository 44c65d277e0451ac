// part_records.hpp - the parts themselves: their numbers, without gaps, and the search for them.
//
// Use:     TRY_ASSIGN(const part made, parts.create({.category = code, .name = "10 k", .created_by = "ada", ...}));
//          for (std::string after;;) { TRY_ASSIGN(auto page, parts.list({.after_number = after})); ... }
// Rule:    one transaction takes a number and inserts its part, so a failed one takes no number.
// Order:   by the counter at the end of the number, hence by age.
// Bounds:  at most `limit` parts a page.
// Threads: any; inside or outside a transaction of the database, which outlives this.
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
    category_code category;  // it must exist
    std::string name;
    std::string description;
    std::string created_by;  // a username
    std::int64_t now_ms = 0;
};

struct part_filter {
    std::string category;                   // "EL-RES", or "EL" for all of its subcategories
    std::optional<revision_status> status;  // status of a live revision: the effective one or a newer one
    std::string text;                       // text in number, name or description; A to Z in any case
    std::string after_number;
    std::int64_t limit = 100;
};

class part_records {
  public:
    explicit part_records(sqlite::database& database) : database_(database) {}

    result<part> create(const new_part& wanted);
    // The number may be in upper or lower case.
    result<part> get(std::string_view number);
    result<part> get(std::int64_t part_id);
    result<std::vector<part>> list(const part_filter& filter = {});
    result<> set_modified(std::int64_t part_id, std::int64_t now_ms);
    // Sets name and description to those of the newest revision.
    result<> follow_newest_revision(std::int64_t part_id, std::int64_t now_ms);
    // Numbers that begin with the prefix, in any case; at most 200.
    result<std::vector<std::string>> complete_number(std::string_view prefix);

  private:
    sqlite::database& database_;
};

}  // namespace sluice::parts
