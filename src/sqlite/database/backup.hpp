// backup.hpp - copies a database while it is used, and checks a database for damage.
//
// Use:     TRY(back_up(manager, "monday.db", {.progress = [](auto done, auto all) { ... }}));
//          TRY_ASSIGN(const auto faults, find_damage(manager));   // empty: none
// Rule:    the copy is one snapshot, even if writes go on. It appears under its name only when it is complete and on
//          disk; a file of that name is replaced in one step.
// Cost:    holds one reading connection. Writers go on, but the write-ahead log cannot start over until it ends; on a
//          database in memory they wait.
// Errors:  sqlite::error; cancelled and timed_out as the call's options ask for.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

struct backup_options {
    std::size_t pages_a_step = 1000;  // between two calls of `progress`
    std::function<void(std::size_t pages_done, std::size_t pages)> progress;
    call_options call;
};

result<> back_up(database& manager, const std::string& target, const backup_options& options = {});

// Returns the findings of PRAGMA integrity_check and foreign_key_check, one line each, at most `lines_max`.
result<std::vector<std::string>> find_damage(database& manager, std::size_t lines_max = 100,
                                             const call_options& options = {});

}  // namespace sluice::sqlite
