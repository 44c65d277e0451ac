// schema.hpp - the tables of a tagged library.
//
// Use:     TRY(sqlite::migrate(*database, tagger_schema()));
// Threads: any; constant.
#pragma once

#include "apps/errors/error.hpp"
#include "sqlite/database/database.hpp"
#include "sqlite/database/migration.hpp"

namespace sluice::tagger {

[[nodiscard]] const sqlite::migration_params& tagger_schema();

// False: the database is another program's.
result<bool> has_tagger_schema(sqlite::database& database);

}  // namespace sluice::tagger
