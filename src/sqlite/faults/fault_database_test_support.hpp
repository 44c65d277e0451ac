// fault_database_test_support.hpp - a bare connection, for tests that look at SQLite itself.
//
// Use:     const temporary_folder folder;  bare_database db(folder.file("a.db"), "faulty");
//          EXPECT_EQ(db.run("insert ..."), SQLITE_FULL); EXPECT_EQ(db.number("select count(*) from t"), 3);
// Errors:  extended result codes; a database that could not be opened answers each run() with that code.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/temporary_folder_test_support.hpp"

struct sqlite3;

namespace sluice::sqlite {

using base::temporary_folder;

class bare_database {
  public:
    // vfs nullptr: SQLite's own.
    explicit bare_database(const std::string& path, const char* vfs = nullptr);
    bare_database(const bare_database&) = delete;
    bare_database& operator=(const bare_database&) = delete;
    ~bare_database();

    // Runs the statements until one fails.
    int run(const std::string& statements);
    // The first value of the first row. nullopt: an error, or no row.
    [[nodiscard]] std::optional<std::int64_t> number(const std::string& statement);
    // True if integrity_check finds no damage.
    [[nodiscard]] bool is_sound();

  private:
    sqlite3* db_ = nullptr;
    int open_code_;
};

}  // namespace sluice::sqlite
