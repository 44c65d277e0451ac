#include "sqlite/connection/foreign_key_search.hpp"

#include <memory>
#include <sqlite3.h>
#include <string>

namespace sluice::sqlite {

namespace {

struct finalizer {
    void operator()(sqlite3_stmt* compiled) const { sqlite3_finalize(compiled); }
};
using query = std::unique_ptr<sqlite3_stmt, finalizer>;

query compile(sqlite3* handle, const char* sql) {
    sqlite3_stmt* compiled = nullptr;
    sqlite3_prepare_v2(handle, sql, -1, &compiled, nullptr);
    return query(compiled);
}

bool run(sqlite3* handle, const char* sql) {
    return sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

void bind_text(const query& to, int index, std::string_view text) {
    sqlite3_bind_text64(to.get(), index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::string text_of(const query& from, int column) {
    const auto* text = sqlite3_column_text(from.get(), column);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): SQLite's text is unsigned char
    return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

std::optional<constraint_failure> describe(sqlite3* handle, const std::string& table, int key) {
    constraint_failure found{.kind = constraint_kind::foreign_key, .table = table, .columns = {}, .name = {}};
    const query columns =
        compile(handle, "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq");
    if (columns == nullptr) {
        return found;
    }
    bind_text(columns, 1, table);
    sqlite3_bind_int(columns.get(), 2, key);
    while (sqlite3_step(columns.get()) == SQLITE_ROW) {
        found.columns.push_back(text_of(columns, 0));
    }
    return found;
}

std::optional<constraint_failure> look(sqlite3* handle, std::string_view table) {
    const query check = compile(handle, table.empty() ? "SELECT \"table\", fkid FROM pragma_foreign_key_check"
                                                      : "SELECT \"table\", fkid FROM pragma_foreign_key_check(?1)");
    if (check == nullptr) {
        return std::nullopt;
    }
    if (!table.empty()) {
        bind_text(check, 1, table);
    }
    if (sqlite3_step(check.get()) != SQLITE_ROW) {
        return std::nullopt;
    }
    return describe(handle, text_of(check, 0), sqlite3_column_int(check.get(), 1));
}

}  // namespace

std::optional<constraint_failure> find_violation_of(sqlite3* handle, sqlite3_stmt* failed, std::string_view table) {
    if (!run(handle, "SAVEPOINT foreign_key_search")) {
        return std::nullopt;
    }
    std::optional<constraint_failure> found;
    if (run(handle, "PRAGMA defer_foreign_keys=1")) {
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) {
            code = sqlite3_step(failed);
        }
        sqlite3_reset(failed);
        if (code == SQLITE_DONE) {
            found = table.empty() ? std::nullopt : look(handle, table);
            found = found ? found : look(handle, {});
        }
    }
    run(handle, "ROLLBACK TO foreign_key_search");
    run(handle, "PRAGMA defer_foreign_keys=0");
    run(handle, "RELEASE foreign_key_search");
    return found;
}

std::optional<constraint_failure> find_violation(sqlite3* handle) {
    return look(handle, {});
}

}  // namespace sluice::sqlite
