// Undoes the temporary objects, attachments and settings that a user of a connection left behind.
#include <algorithm>
#include <fmt/format.h>
#include <sqlite3.h>
#include <utility>

#include "sqlite/connection/connection.hpp"

namespace sluice::sqlite {

namespace {

// With a value in parentheses these pragmas only read, or they change the database and not the connection.
constexpr std::string_view pragmas_without_effect[] = {
    "application_id", "foreign_key_check", "foreign_key_list", "incremental_vacuum", "index_info",
    "index_list",     "index_xinfo",       "integrity_check",  "optimize",           "quick_check",
    "table_info",     "table_list",        "table_xinfo",      "user_version",       "wal_checkpoint"};

bool is_without_effect(std::string_view pragma) {
    return std::ranges::find(pragmas_without_effect, pragma) != std::end(pragmas_without_effect);
}

std::string quote_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char each : name) {
        quoted.append(each == '"' ? 2 : 1, each);
    }
    return quoted.append("\"");
}

}  // namespace

int connection::on_authorize(void* self, int action, const char* first, const char* second, const char* schema,
                             const char* /*trigger*/) {
    auto& left = static_cast<connection*>(self)->compiled_effects_;
    switch (action) {
        case SQLITE_PRAGMA:
            left.settings |= second != nullptr && !is_without_effect(first);
            break;
        case SQLITE_CREATE_TEMP_INDEX:
        case SQLITE_CREATE_TEMP_TABLE:
        case SQLITE_CREATE_TEMP_TRIGGER:
        case SQLITE_CREATE_TEMP_VIEW:
            left.temporary = true;
            break;
        case SQLITE_CREATE_VTABLE:
            left.temporary |= schema != nullptr && std::string_view(schema) == "temp";
            break;
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            if (left.written.empty()) {
                left.written = first;
            }
            break;
        case SQLITE_ATTACH:
        case SQLITE_DETACH:
            left.attachment = true;
            break;
        default:
            break;
    }
    return SQLITE_OK;
}

bool connection::clean(bool keeps_transaction) {
    cache_.revoke();
    count_lock_wait();
    bounds_ = {};
    met_conflict_ = false;
    expect_transaction(false);
    if (!keeps_transaction && is_in_transaction() && !run_script("ROLLBACK")) {
        return false;
    }
    const statement_effects left = std::exchange(left_effects_, {});
    if (is_poisoned_ || (left.settings && !is_adopted_)) {
        return false;  // opening a new connection costs a tenth of a millisecond and restores all settings
    }
    if (!left.settings && !left.temporary && !left.attachment) [[likely]] {
        return true;
    }
    const bool is_clean = (!left.temporary || drop_temporaries()) && (!left.attachment || detach_all()) &&
                          (!left.settings || apply(options_).has_value());
    left_effects_ = {};
    return is_clean && !is_poisoned_;
}

bool connection::drop_temporaries() {
    using named = std::tuple<std::string, std::string>;
    const auto objects = list<named>(
        "SELECT type, name FROM sqlite_temp_master WHERE type IN ('trigger', 'view', 'table') "
        "ORDER BY type DESC");
    return objects && std::ranges::all_of(*objects, [&](const named& each) {
               const auto& [type, name] = each;
               return run_script(fmt::format("DROP {} IF EXISTS temp.{}", type, quote_name(name))).has_value();
           });
}

bool connection::detach_all() {
    const auto names = list<std::string>("SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')");
    return names && std::ranges::all_of(
                        *names, [&](const std::string& each) { return run("DETACH DATABASE ?1", each).has_value(); });
}

}  // namespace sluice::sqlite
