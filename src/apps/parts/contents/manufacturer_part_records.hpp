// manufacturer_part_records.hpp - a part's sources of supply: manufacturer, their number for it, and its status.
//
// Use:     manufacturer_part_records parts(database);
//          TRY_ASSIGN(const auto former, parts.set(
//              {.part_id = id, .manufacturer = "Acme", .mpn = "R-10K", .status = manufacturer_status::preferred, ...}));
// Rule:    they belong to a part, not to a revision. At most one is Preferred; if another becomes Preferred, the former
//          one becomes Active in the same transaction, and is returned for the history.
// Order:   Preferred first, then by manufacturer and mpn.
// Errors:  invalid, not_found, exists, storage.
// Threads: any; inside or outside a transaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

inline constexpr text_rule manufacturer_rule{.field = "manufacturer", .characters_max = 200};
inline constexpr text_rule mpn_rule{.field = "mpn", .characters_max = 200};

result<> check_manufacturer_part(const manufacturer_part& wanted);

class manufacturer_part_records {
  public:
    explicit manufacturer_part_records(sqlite::database& database) : database_(database) {}

    // Both return the former Preferred one, which is Active from now on.
    result<std::optional<manufacturer_part>> add(const manufacturer_part& wanted);  // exists
    // Adds it, or changes its status and description.
    result<std::optional<manufacturer_part>> set(const manufacturer_part& wanted);
    result<> remove(std::int64_t part_id, std::string_view manufacturer, std::string_view mpn);
    result<std::vector<manufacturer_part>> list(std::int64_t part_id);

  private:
    result<std::optional<manufacturer_part>> write(const manufacturer_part& wanted, bool must_be_new);

    sqlite::database& database_;
};

}  // namespace sluice::parts
