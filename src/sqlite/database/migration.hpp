// migration.hpp - brings a database to the schema that this program knows, once, whoever comes first.
//
// Use:     constexpr migration steps[] = {{.version = 1, .name = "parts", .sql = "create table ..."}, ...};
//          TRY(migrate(manager, {.application_id = 0x534c5054, .steps = steps}));
// Rule:    a step that was released is never changed: the checksum of its text is kept with it, and compared. Steps
//          run in order, all in one transaction with the notes about them: after a crash it is as if nothing had begun.
// Shapes:  table schema_migrations(version, name, checksum, applied_at); PRAGMA application_id tells whose file it is.
// Threads: any, and any process: who comes second finds the work done.
// Errors:  error_kind::migration, with migration_problem: newer_schema (a later program was here), changed, out_of_order,
//          foreign_database (tables, but no notes; or another application_id), failed (the step's own error is in the text).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

struct migration {
    std::int64_t version = 0;  // ascending from 1, without gaps
    std::string_view name;
    std::string_view sql;  // one script; no BEGIN or COMMIT, no PRAGMA
};

struct migration_params {
    std::int32_t application_id = 0;  // 0: not looked at
    std::span<const migration> steps;
};

// Returns the number of steps that were taken.
result<std::int64_t> migrate(database& manager, const migration_params& params);

// 64 bits of FNV-1a in hexadecimal. It finds a changed step, not an attacker.
[[nodiscard]] std::string checksum_of(std::string_view sql);

}  // namespace sluice::sqlite
