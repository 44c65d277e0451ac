// schema.hpp - the tables of a tagged library.
//
// Use:     TRY(sqlite::migrate(*database, tagger_schema()));
// Threads: any; constant.
#pragma once

#include "sqlite/database/migration.hpp"

namespace sluice::tagger {

[[nodiscard]] const sqlite::migration_params& tagger_schema();

}  // namespace sluice::tagger
