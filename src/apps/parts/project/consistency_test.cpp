// Each fault made here on purpose is found and named.
#include "apps/parts/project/consistency.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::must;
using testing::project_folder;
using names = std::vector<std::string>;

class consistency : public ::testing::Test {
  protected:
    consistency()
        : project_(must(project::init(
              folder_.path(), {.username = "ada", .full_name = "Ada", .email = "ada@e.org", .name = "Rover"}))) {
        testing::add_user(project_->database(), "bob", role::designer);
        release("released");     // 10000
        sent_ = create("sent");  // 10001
        must(bob().submit(sent_, names{"ada"}));
        create("draft");                // 10002
        revised_ = release("revised");  // 10003
        must(bob().revise(revised_));
        gone_ = release("gone");  // 10004
        must(ada().make_obsolete(gone_));
    }
    part_service ada() { return project_->parts(); }
    part_service bob() { return {project_->database(), "bob"}; }
    std::string create(const char* name) { return must(bob().create_part({.category = {"EL", "RES"}, .name = name})); }
    std::string release(const char* name) {
        const std::string number = create(name);
        must(bob().submit(number, names{"ada"}));
        must(ada().approve(number));
        must(bob().release(number));
        return number;
    }
    void run(const std::string& sql) { ASSERT_TRUE(project_->database().run(sql)) << sql; }
    void git(const std::string& arguments) {
        const std::string told = folder_.git(arguments);
        ASSERT_FALSE(told.starts_with("exit ")) << told;
    }
    // One line for each finding.
    std::string found(bool deep = false) {
        std::string lines;
        for (const finding& each : must(check(*project_, {.deep = deep}))) {
            lines +=
                std::string(each.level == severity::error ? "" : "warning ") + each.number + ": " + each.what + "\n";
        }
        return lines;
    }

    project_folder folder_;
    std::unique_ptr<project> project_;
    std::string sent_;
    std::string revised_;
    std::string gone_;
};

TEST_F(consistency, finds_nothing_when_all_is_well) {
    EXPECT_EQ(found(), "");
    EXPECT_EQ(found(true), "");
}

TEST_F(consistency, finds_gaps_and_a_wrong_sequence) {
    run("UPDATE PartSequence SET next_value = 10007");
    EXPECT_EQ(found(), ": PartSequence would give 10007 to the next part; it must be 10005\n");
    const std::string later = create("later");
    EXPECT_EQ(later, "EL-RES-10007");
    EXPECT_EQ(found(), ": the parts' numbers have gaps: 6 parts between 10000 and 10007; 10005 is missing\n");
}

TEST_F(consistency, finds_rows_that_do_not_agree) {
    must(project_->sync_git());
    run("UPDATE Parts SET name = 'other' WHERE part_id = 10002");
    run("UPDATE Parts SET description = 'other' WHERE part_id = 10000");
    EXPECT_EQ(found(),
              "EL-RES-10000: the part's description is not that of v1\n"
              "EL-RES-10002: the part is called other, but its v1 draft\n");
}

TEST_F(consistency, finds_content_that_git_does_not_have) {
    must(project_->sync_git());
    run("UPDATE Revisions SET author = 'ada' WHERE part_id = 10000");
    run("INSERT INTO Properties(revision_id, key, value) SELECT revision_id, 'k', 'v' FROM Revisions WHERE part_id = "
        "10002");
    run("INSERT INTO Relationships(parent_revision_id, child_part_id, quantity) SELECT revision_id, 10002, 1 FROM "
        "Revisions WHERE part_id = 10001");
    run("INSERT INTO Files(revision_id, name, size_bytes, sha256, blob) SELECT revision_id, 'f', 1, '" +
        std::string(64, '0') + "', '" + std::string(40, '1') +
        "' FROM Revisions WHERE part_id = 10003 AND version = 2");
    EXPECT_EQ(found(),
              "EL-RES-10000: main has another part.json than v1 in the database\n"
              "EL-RES-10001: branch draft does not have bom.csv of v1\n"
              "EL-RES-10002: branch draft has another part.json than v1 in the database\n"
              "EL-RES-10003: branch draft does not have files/f of v2\n"
              "EL-RES-10003: branch draft has another part.json than v2 in the database\n"
              "EL-RES-10003: git does not have the content of file f, blob 1111111111111111111111111111111111111111\n");
}

TEST_F(consistency, finds_branches_and_tags_that_are_not_as_they_must) {
    must(project_->sync_git());
    git("branch -D part/EL-RES-10002/v1/draft");
    git("branch -f part/EL-RES-10001/v1/review main");
    git("tag -d EL-RES-10000/v1");
    git("branch part/EL-RES-10004/v1/draft main");
    git("tag EL-RES-10003/v2 main");
    git("tag EL-RES-10009/v1 main");
    git("branch part/EL-RES-10003/v9/draft main");
    git("branch mine main");
    git("tag v1.0 main");
    EXPECT_EQ(found(),
              "EL-RES-10000: v1 is Released, but git has no tag for it\n"
              "EL-RES-10001: v1 is In Review, but its branch review is not at the draft's commit\n"
              "EL-RES-10002: v1 is Draft, but git has no branch draft for it\n"
              "EL-RES-10003: v2 is Draft, but git has a tag for it\n"
              "EL-RES-10004: v1 is Obsolete, but git has a branch for it\n"
              "EL-RES-10003: git has branch part/EL-RES-10003/v9/draft, which the database does not know\n"
              "EL-RES-10009: git has tag EL-RES-10009/v1, which the database does not know\n");
}

TEST_F(consistency, finds_what_waits_and_why) {
    must(project_->sync_git());
    create("later");
    run("UPDATE GitOutbox SET files = 'x' WHERE applied_date IS NULL");
    EXPECT_EQ(found(),
              ": the files of change 15 in GitOutbox are not readable\n"
              "warning EL-RES-10005: 1 changes wait for git; the first is 15, save_draft of v1\n"
              "EL-RES-10005: v1 is Draft, but git has no branch draft for it\n");
}

TEST_F(consistency, finds_a_repository_that_is_not_there) {
    must(project_->sync_git());
    std::filesystem::rename(folder_.git_dir(), folder_.path() / "moved");
    EXPECT_NE(found().find("open "), std::string::npos);
}

TEST_F(consistency, looks_deep_into_files_and_tags) {
    must(project_->sync_git());
    std::ofstream(folder_.path() / "sheet") << "abc";
    const std::string blob = must(must(project_->open_git()).write_blob(folder_.path() / "sheet"));
    const auto attach = [&](const std::string& sha256) {
        run("DELETE FROM Files");
        run("INSERT INTO Files(revision_id, name, size_bytes, sha256, blob) SELECT revision_id, 'f', 3, '" + sha256 +
            "', '" + blob + "' FROM Revisions WHERE part_id = 10002");
        must(bob().edit("EL-RES-10002", {.name = "draft"}));
    };
    attach("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
    EXPECT_EQ(found(true), "");
    attach(std::string(64, '0'));
    EXPECT_EQ(found(), "");
    EXPECT_EQ(found(true),
              "EL-RES-10002: file f is not what was attached: its SHA-256 is "
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, not " +
                  std::string(64, '0') + "\n");
    run("DELETE FROM Files");
    must(bob().edit("EL-RES-10002", {.name = "draft"}));
    git("tag -f EL-RES-10000/v1 EL-RES-10003/v1");
    EXPECT_EQ(found(), "");
    EXPECT_EQ(found(true), "");  // that commit has 10000, too
    git("tag -f EL-RES-10003/v1 EL-RES-10000/v1~1");
    EXPECT_EQ(found(true), "EL-RES-10003: tag v1 does not have part.json of v1\n");
}

}  // namespace
}  // namespace sluice::parts
