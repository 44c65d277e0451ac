#include "sqlite/connection/error.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace sluice::sqlite {
namespace {

TEST(sqlite_error, names_table_and_columns_of_a_constraint) {
    const error two =
        to_error(SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: revisions.part_id, revisions.version");
    EXPECT_EQ(two.kind, error_kind::constraint);
    EXPECT_EQ(two.constraint.kind, constraint_kind::unique);
    EXPECT_EQ(two.constraint.table, "revisions");
    EXPECT_EQ(two.constraint.columns, (std::vector<std::string>{"part_id", "version"}));
    EXPECT_EQ(two.to_core().code, sqlstates::unique_violation);

    const error check = to_error(SQLITE_CONSTRAINT_CHECK, "CHECK constraint failed: quantity > 0");
    EXPECT_EQ(check.constraint.name, "quantity > 0");
    EXPECT_TRUE(check.constraint.columns.empty());
}

TEST(sqlite_error, has_a_kind_for_each_class_of_result_codes) {
    EXPECT_EQ(to_error(SQLITE_BUSY_SNAPSHOT, "").kind, error_kind::busy);
    EXPECT_EQ(to_error(SQLITE_IOERR_SHORT_READ, "").kind, error_kind::io);
    EXPECT_EQ(to_error(SQLITE_IOERR_NOMEM, "").kind, error_kind::out_of_memory);
    EXPECT_EQ(to_error(SQLITE_READONLY_DBMOVED, "").kind, error_kind::read_only);
    EXPECT_EQ(to_error(SQLITE_CORRUPT_VTAB, "").kind, error_kind::corrupt);
    EXPECT_EQ(to_error(SQLITE_INTERRUPT, "").kind, error_kind::cancelled);
    EXPECT_EQ(to_error(SQLITE_FULL, "").kind, error_kind::full);
    EXPECT_TRUE(to_error(SQLITE_BUSY, "").is_retryable());
    EXPECT_FALSE(to_error(SQLITE_FULL, "").is_retryable());
}

}  // namespace
}  // namespace sluice::sqlite
