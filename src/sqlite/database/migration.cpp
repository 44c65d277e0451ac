#include "sqlite/database/migration.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/core/clock.hpp"

namespace sluice::sqlite {

namespace {

constexpr std::string_view notes_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations("
    "version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

struct note {
    std::int64_t version = 0;
    std::string name;
    std::string checksum;

    static note from_row(const row& from) {
        return {.version = from.get<std::int64_t>(0),
                .name = from.get<std::string>(1),
                .checksum = from.get<std::string>(2)};
    }
};

std::unexpected<error> refuse(migration_problem problem, std::int64_t version, const migration_params& params,
                              std::string message) {
    const std::int64_t known = params.steps.empty() ? 0 : params.steps.back().version;
    return std::unexpected(error{.kind = error_kind::migration,
                                 .message = std::move(message),
                                 .migration = {.problem = problem, .version = version, .version_known = known}});
}

// Fails unless the file is empty or one of ours.
result<> check_owner(connection& db, const migration_params& params) {
    TRY_ASSIGN(const auto id, db.get<std::int64_t>("PRAGMA application_id"));
    TRY_ASSIGN(const bool has_notes,
               db.get<bool>("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'"));
    TRY_ASSIGN(const auto tables, db.get<std::int64_t>("SELECT count(*) FROM sqlite_schema"));
    const bool is_ours = has_notes && (params.application_id == 0 || id == params.application_id);
    const bool is_empty = tables == 0 && (id == 0 || id == params.application_id);
    if (is_ours || is_empty) {
        return {};
    }
    return refuse(
        migration_problem::foreign_database, 0, params,
        fmt::format("this database belongs to another program (application_id {}, {} tables and indexes)", id, tables));
}

result<> check_notes(std::span<const note> notes, const migration_params& params) {
    for (std::size_t i = 0; i < notes.size(); ++i) {
        const note& done = notes[i];
        if (i >= params.steps.size()) {
            return refuse(migration_problem::newer_schema, notes.back().version, params,
                          fmt::format("the database has schema version {}, this program knows versions up to {}; use a "
                                      "newer program",
                                      notes.back().version, params.steps.empty() ? 0 : params.steps.back().version));
        }
        const migration& step = params.steps[i];
        if (step.version != done.version) {
            return refuse(migration_problem::out_of_order, done.version, params,
                          fmt::format("the database has taken step {} where this program has step {}", done.version,
                                      step.version));
        }
        if (checksum_of(step.sql) != done.checksum) {
            return refuse(migration_problem::changed, done.version, params,
                          fmt::format("step {} ({}) is not the one that the database has taken ({})", step.version,
                                      step.name, done.name));
        }
    }
    return {};
}

result<std::vector<note>> read_notes(connection& db) {
    return db.list<note>("SELECT version, name, checksum FROM schema_migrations ORDER BY version");
}

result<> take(connection& db, const migration& step, const migration_params& params) {
    if (const auto done = db.run_script(step.sql); !done) {
        auto cause = refuse(migration_problem::failed, step.version, params,
                            fmt::format("step {} ({}) failed: {}", step.version, step.name, done.error().message));
        cause.error().sqlite_code = done.error().sqlite_code;
        return cause;
    }
    TRY(db.run("INSERT INTO schema_migrations VALUES(?1, ?2, ?3, ?4)", step.version, step.name, checksum_of(step.sql),
               base::system_clock().unix_ms()));
    return {};
}

result<std::int64_t> take_missing(connection& db, const migration_params& params) {
    TRY(check_owner(db, params));
    TRY(db.run(notes_table));
    TRY_ASSIGN(const auto notes, read_notes(db));
    TRY(check_notes(notes, params));
    for (const migration& step : params.steps.subspan(notes.size())) {
        TRY(take(db, step, params));
    }
    if (params.application_id != 0) {
        TRY(db.run(fmt::format("PRAGMA application_id = {}", params.application_id)));
    }
    return static_cast<std::int64_t>(params.steps.size() - notes.size());
}

// Usually the schema is current; then no write is needed.
result<bool> is_current(database& manager, const migration_params& params) {
    return manager.execute([&](connection& db) -> result<bool> {
        TRY(db.run("BEGIN"));  // one snapshot for all queries; ends as the connection is given back
        TRY(check_owner(db, params));
        TRY_ASSIGN(const bool has_notes,
                   db.get<bool>("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'"));
        if (!has_notes) {
            return false;
        }
        TRY_ASSIGN(const auto notes, read_notes(db));
        TRY(check_notes(notes, params));
        return notes.size() == params.steps.size();
    });
}

}  // namespace

result<std::int64_t> migrate(database& manager, const migration_params& params) {
    for (std::size_t i = 0; i < params.steps.size(); ++i) {
        SLUICE_ASSERT(params.steps[i].version == static_cast<std::int64_t>(i) + 1);
    }
    TRY_ASSIGN(const bool current, is_current(manager, params));
    if (current) {
        return 0;
    }
    return manager.transaction([&](connection& db) { return take_missing(db, params); });
}

std::string checksum_of(std::string_view sql) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char each : sql) {
        hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3;
    }
    return fmt::format("{:016x}", hash);
}

}  // namespace sluice::sqlite
