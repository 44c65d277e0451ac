// From the database to git: content and order of the changes, each once, with several drainers at a time.
#include "apps/parts/history/outbox.hpp"

#include <gtest/gtest.h>
#include <thread>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/history/git_payload.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::kind_of;
using testing::must;
using testing::test_database;
using names = std::vector<std::string>;

class outbox : public ::testing::Test {
  protected:
    outbox() : git_(must(git_repository::create(folder_.path()))) { time_.advance_ms(1'700'000'000'123 - 1'000); }
    part_service as(const char* username) { return {*db_, username, time_}; }
    std::int64_t waiting() {
        return db_->get<std::int64_t>("SELECT count(*) FROM GitOutbox WHERE applied_date IS NULL").value();
    }
    std::string release_one(const char* name) {
        const std::string number = must(as("bob").create_part({.category = {"EL", "RES"}, .name = name}));
        must(as("bob").submit(number, names{"ada"}));
        must(as("ada").approve(number, "fine"));
        must(as("bob").release(number));
        return number;
    }

    testing::project_folder folder_;
    test_database db_;
    base::manual_clock time_;
    git_repository git_;
};

constexpr std::string_view described_part = R"({
  "number": "AS-TOP-10001",
  "name": "A \"b\" ä",
  "description": "two\nlines",
  "category": "AS-TOP",
  "version": 1,
  "status": "Released",
  "author": "bob",
  "dates": {
    "created": "2023-11-14T22:13:20.123Z",
    "submitted": "2023-11-14T22:13:20.123Z",
    "released": "2023-11-14T22:13:20.123Z"
  },
  "properties": {
    "colour": "red",
    "mass": "3 g"
  },
  "files": [
    {
      "name": "sheet.txt",
      "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "size": 7
    }
  ],
  "approvals": [
    {
      "approver": "ada",
      "status": "Approved",
      "comment": "fine",
      "date": "2023-11-14T22:13:20.123Z"
    }
  ]
})";

TEST_F(outbox, writes_a_released_part_as_it_is_described) {
    must(as("bob").create_part({.category = {"EL", "CAP"}, .name = "child"}));
    const std::string number = must(
        as("bob").create_part({.category = {"AS", "TOP"}, .name = "A \"b\" \xc3\xa4", .description = "two\nlines"}));
    const std::string blob = [&] {
        std::FILE* file = std::fopen((folder_.path() / "sheet").c_str(), "w");
        std::fputs("content", file);
        std::fclose(file);
        return must(git_.write_blob(folder_.path() / "sheet"));
    }();
    must(as("bob").change_draft(
        number, action::edit, "all", [&](sqlite::connection& db, const part&, const revision& draft) -> result<> {
            TRY(db.run(
                "INSERT INTO Properties(revision_id, key, value) VALUES(?1, 'mass', '3 g'), (?1, 'colour', 'red')",
                draft.revision_id));
            TRY(
                db.run("INSERT INTO Relationships(parent_revision_id, child_part_id, quantity, reference, note) "
                       "VALUES(?1, 10000, 2.5, 'C1, C2', 'say \"hi\"')",
                       draft.revision_id));
            TRY(db.run(
                "INSERT INTO Files(revision_id, name, size_bytes, sha256, blob) VALUES(?1, 'sheet.txt', 7, ?2, ?3)",
                draft.revision_id, std::string(64, 'a'), blob));
            return {};
        }));
    must(as("bob").submit(number, names{"ada"}));
    must(as("ada").approve(number, "fine"));
    must(as("bob").release(number));
    EXPECT_EQ(must(drain(*db_, git_, time_)), 5);
    EXPECT_EQ(folder_.git("show main:parts/AS/TOP/100/AS-TOP-10001/part.json"), described_part);
    EXPECT_EQ(folder_.git("show main:parts/AS/TOP/100/AS-TOP-10001/bom.csv"),
              "number,quantity,reference,note\nEL-CAP-10000,2.5,\"C1, C2\",\"say \"\"hi\"\"\"");
    EXPECT_EQ(folder_.git("show main:parts/AS/TOP/100/AS-TOP-10001/files/sheet.txt"), "content");
    EXPECT_EQ(folder_.git("log -1 --format='%an <%ae> %at %s' main"),
              "bob <bob@example.org> 1700000000 AS-TOP-10001 v1: release");
    EXPECT_EQ(folder_.git("rev-parse AS-TOP-10001/v1^{commit}"),
              db_->get<std::string>("SELECT commit_hash FROM Revisions WHERE part_id = 10001").value());
    EXPECT_EQ(folder_.git("ls-tree -r --name-only main parts/EL"), "");  // the part was never released
    EXPECT_EQ(folder_.fsck(), "");
}

TEST_F(outbox, takes_everything_in_small_batches_and_keeps_no_files_of_what_is_done) {
    for (int i = 0; i < 4; ++i) {
        release_one("x");
    }
    EXPECT_EQ(waiting(), 12);
    EXPECT_EQ(must(drain(*db_, git_, time_, {.rows_max = 5, .bytes_max = 1'000})), 12);
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(must(drain(*db_, git_, time_)), 0);
    EXPECT_EQ(db_->get<std::int64_t>("SELECT sum(length(files)) FROM GitOutbox").value(), 12 * 2);
    EXPECT_EQ(db_->get<std::int64_t>("SELECT count(*) FROM GitOutbox WHERE commit_hash IS NULL").value(), 0);
    EXPECT_EQ(folder_.git("tag"), "EL-RES-10000/v1\nEL-RES-10001/v1\nEL-RES-10002/v1\nEL-RES-10003/v1");
}

TEST_F(outbox, a_branch_that_somebody_has_removed_keeps_nothing_back) {
    const std::string number = must(as("bob").create_part({.category = {"EL", "RES"}, .name = "first"}));
    must(as("bob").submit(number, names{"ada"}));
    must(drain(*db_, git_, time_));
    EXPECT_NE(folder_.git("branch -D part/" + number + "/v1/review part/" + number + "/v1/draft"), "");
    must(as("ada").reject(number, "no"));
    must(as("bob").submit(number, names{"ada"}));
    must(drain(*db_, git_, time_));
    must(as("ada").approve(number, "yes"));
    must(as("bob").release(number));
    must(drain(*db_, git_, time_));
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(folder_.git("tag"), number + "/v1");
    EXPECT_NE(folder_.git("ls-tree -r --name-only main parts/EL"), "");
    EXPECT_EQ(folder_.fsck(), "");
}

TEST_F(outbox, what_git_refuses_stays_and_so_does_what_follows) {
    release_one("first");
    const std::string second = must(as("bob").create_part({.category = {"EL", "RES"}, .name = "second"}));
    // Simulates a draft that was never recorded, and a name that no branch can have.
    must(result<std::int64_t>(db_->run("DELETE FROM GitOutbox WHERE number = ?1", second).value()));
    must(as("bob").submit(second, names{"ada"}));
    must(result<std::int64_t>(db_->run("UPDATE GitOutbox SET number = 'a..b' WHERE number = ?1", second).value()));
    const std::string third = must(as("bob").create_part({.category = {"EL", "RES"}, .name = "third"}));
    const auto refused = drain(*db_, git_, time_);
    EXPECT_EQ(kind_of(refused), error_kind::invalid);
    EXPECT_EQ(refused.error().message, "change 5 of a..b v1 did not reach git: 'a..b' is no part's number");
    EXPECT_EQ(waiting(), 2);
    EXPECT_EQ(folder_.git("tag"), "EL-RES-10000/v1");
    EXPECT_EQ(folder_.git("branch --format='%(refname:short)'"), "main");
    must(result<std::int64_t>(db_->run("UPDATE GitOutbox SET files = '{' WHERE number = ?1", third).value()));
    must(result<std::int64_t>(db_->run("DELETE FROM GitOutbox WHERE number = 'a..b'").value()));
    EXPECT_EQ(drain(*db_, git_, time_).error().message, "the files of change 6 in GitOutbox are not readable");
}

// A drainer was killed after git had everything, and before the rows were marked.
TEST_F(outbox, finds_what_git_has_already) {
    const std::string number = release_one("x");
    must(drain(*db_, git_, time_));
    const std::string refs = folder_.show_refs();
    test_database second;
    // Restores the rows: their files are only in git's commits now, so the same actions make them anew.
    part_service bob(*second, "bob", time_);
    must(bob.create_part({.category = {"EL", "RES"}, .name = "x"}));
    must(bob.submit(number, names{"ada"}));
    must(part_service(*second, "ada", time_).approve(number, "fine"));
    must(bob.release(number));
    EXPECT_EQ(must(drain(*second, git_, time_)), 3);
    EXPECT_EQ(folder_.show_refs(), refs);
    EXPECT_EQ(second->get<std::string>("SELECT commit_hash FROM Revisions").value(),
              db_->get<std::string>("SELECT commit_hash FROM Revisions").value());
}

TEST_F(outbox, two_who_drain_at_the_same_time_mark_nothing_twice) {
    for (int i = 0; i < 30; ++i) {
        release_one("x");
    }
    git_repository other = must(git_repository::open(folder_.path()));
    result<std::int64_t> first;
    result<std::int64_t> second;
    {
        const std::jthread one([&] { first = drain(*db_, git_, time_, {.rows_max = 7}); });
        const std::jthread two([&] { second = drain(*db_, other, time_, {.rows_max = 11}); });
    }
    must(first);
    must(second);
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(folder_.git("rev-list --count --first-parent main"), "31");
    EXPECT_EQ(folder_.git("branch --format='%(refname:short)'"), "main");
    EXPECT_EQ(db_->get<std::int64_t>("SELECT count(DISTINCT commit_hash) FROM Revisions").value(), 30);
    EXPECT_EQ(folder_.fsck(), "");
}

}  // namespace
}  // namespace sluice::parts
