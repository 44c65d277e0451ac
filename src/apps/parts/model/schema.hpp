// schema.hpp - the tables of a parts project, as migrations; `sluice serve parts.db` shows them to any SQL client.
//
// Use:     TRY(sqlite::migrate(database, parts_schema()));
// Shapes:  dates are milliseconds since 1970 in UTC. A part's number is CC-SSS-nnnnn: category, subcategory, part_id.
// Tables:  see schema.cpp; each has its purpose beside it.
#pragma once

#include "sqlite/database/migration.hpp"

namespace sluice::parts {

inline constexpr std::int64_t first_part_id = 10'000;

[[nodiscard]] sqlite::migration_params parts_schema();

}  // namespace sluice::parts
