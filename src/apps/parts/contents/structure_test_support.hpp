// structure_test_support.hpp - a project's database in memory for tests, filled by SQL and not by the code under test.
//
// Use:     structure_fixture made;  const auto bolt = made.part("bolt");  made.line(frame.revision, bolt.part, 4);
#pragma once

#include <cstdint>
#include <expected>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/parts/model/schema.hpp"
#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::parts::testing {

struct made_part {
    std::int64_t part = 0;
    std::int64_t revision = 0;
    std::string number;
};

class structure_fixture {
  public:
    structure_fixture() : database_(sqlite::must_open(":memory:", sqlite::quiet())) {
        EXPECT_TRUE(sqlite::migrate(*database_, parts_schema()).has_value());
        run("insert into Users values('ann', 'Ann Example', 'ann@example.org', 'Designer', 1, 0)");
    }

    [[nodiscard]] sqlite::database& db() const { return *database_; }

    template <typename... Args>
    void run(std::string_view sql, const Args&... args) const {
        const auto done = database_->run(sql, args...);
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
    }

    // Makes a part with a draft, version 1.
    made_part part(const std::string& name, const std::string& status = "Draft") {
        const auto id = next_part_++;
        const auto number = "ME-GEN-" + std::to_string(id);
        run("insert into Parts values(?1, ?2, 'ME', 'GEN', ?3, '', 'ann', 0, 0)", id, number, name);
        return {.part = id, .revision = revision(id, 1, status, name), .number = number};
    }
    std::int64_t revision(std::int64_t part, int version, const std::string& status, const std::string& name = "x") {
        run("insert into Revisions(revision_id, part_id, version, status, workflow_state, name, author, created_date) "
            "values(?1, ?2, ?3, ?4, ?4, ?5, 'ann', 0)",
            next_revision_, part, version, status, name);
        return next_revision_++;
    }
    void set_status(std::int64_t revision, const std::string& status) const {
        run("update Revisions set status = ?2 where revision_id = ?1", revision, status);
    }
    void line(std::int64_t revision, std::int64_t child, double quantity = 1) const {
        run("insert into Relationships(parent_revision_id, child_part_id, quantity) values(?1, ?2, ?3)", revision,
            child, quantity);
    }

  private:
    std::unique_ptr<sqlite::database> database_;
    std::int64_t next_part_ = first_part_id;
    std::int64_t next_revision_ = 1;
};

// Checks kind and message of an expected failure.
template <typename T>
::testing::AssertionResult fails_with(const result<T>& outcome, error_kind kind, const std::string& part_of_message) {
    if (outcome) {
        return ::testing::AssertionFailure() << "it succeeded";
    }
    if (outcome.error().kind != kind || outcome.error().message.find(part_of_message) == std::string::npos) {
        return ::testing::AssertionFailure()
               << "kind " << static_cast<int>(outcome.error().kind) << ": " << outcome.error().message;
    }
    return ::testing::AssertionSuccess();
}

template <typename T, typename E>
::testing::AssertionResult works(const std::expected<T, E>& outcome) {
    return outcome ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << outcome.error().message;
}

}  // namespace sluice::parts::testing
