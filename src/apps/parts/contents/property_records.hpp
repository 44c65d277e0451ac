// property_records.hpp - the properties of a draft: a value for each key.
//
// Use:     property_records properties(database);  TRY(properties.set(draft, "tolerance", "1 %"));
// Rule:    a key exists once (case counts); the revision is a draft.
// Order:   by key.
// Bounds:  text_rules.hpp; properties_max for a revision.
// Errors:  invalid, not_found, wrong_state, storage.
// Threads: any; inside or outside a transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

inline constexpr std::int64_t properties_max = 1'000;

class property_records {
  public:
    explicit property_records(sqlite::database& database) : database_(database) {}

    // Adds the property or changes its value.
    result<> set(std::int64_t revision_id, std::string_view key, std::string_view value);
    result<> unset(std::int64_t revision_id, std::string_view key);
    result<std::map<std::string, std::string>> list(std::int64_t revision_id);

  private:
    sqlite::database& database_;
};

}  // namespace sluice::parts
