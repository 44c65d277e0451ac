// migration.hpp - brings a database to the schema that this program knows; the first process to open it does the work.
//
// Use:     constexpr migration steps[] = {{.version = 1, .name = "parts", .sql = "create table ..."}, ...};
//          TRY(migrate(manager, {.application_id = 0x534c5054, .steps = steps}));
// Rule:    a released step is never changed: the checksum of its text is stored and compared. Steps run in order, all
//          in one transaction with their records: after a crash no step has run.
// Shapes:  table schema_migrations(version, name, checksum, applied_at); PRAGMA application_id names the owner.
// Threads: any, and any process: the second one finds the work done.
// Errors:  error_kind::migration, with migration_problem: newer_schema (of a later program), changed, out_of_order,
//          foreign_database (tables without records, another application_id), failed (its text has the error of the
//          step).
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
    std::int32_t application_id = 0;  // 0: not checked
    std::span<const migration> steps;
};

// Returns the number of steps that ran.
result<std::int64_t> migrate(database& manager, const migration_params& params);

// 64 bits of FNV-1a in hexadecimal. It finds a changed step, not an attacker.
[[nodiscard]] std::string checksum_of(std::string_view sql);

}  // namespace sluice::sqlite
