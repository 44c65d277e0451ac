#include "apps/parts/git/git_repository.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::make_change;
using testing::project_folder;

const std::string number = "EL-RES-10000";

class parts_git : public ::testing::Test {
  protected:
    void SetUp() override {
        auto made = git_repository::create(project.path());
        ASSERT_TRUE(made) << made.error().message;
        repository = std::make_unique<git_repository>(std::move(*made));
    }
    std::string apply(const git_change& change) {
        const auto commit = repository->apply(change);
        EXPECT_TRUE(commit) << commit.error().message;
        return commit.value_or("");
    }
    std::string apply(std::int64_t id, git_action action, const std::string& content = "{}") {
        return apply(make_change(id, action, number, 1, content));
    }

    project_folder project;
    std::unique_ptr<git_repository> repository;
};

TEST_F(parts_git, creates_a_bare_repository_with_main) {
    EXPECT_EQ(project.git("config core.bare"), "true");
    EXPECT_EQ(project.git("log --format='%an|%s|%at' main"), "Sluice|Create the project|0");
    EXPECT_EQ(project.git("symbolic-ref HEAD"), "refs/heads/main");
    EXPECT_EQ(project.fsck(), "");
    const project_folder other;
    ASSERT_TRUE(git_repository::create(other.path()));
    EXPECT_EQ(other.show_refs(), project.show_refs());

    const auto again = git_repository::create(project.path());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, error_kind::exists);
    EXPECT_TRUE(git_repository::open(project.path()));
}

TEST_F(parts_git, saves_a_draft_on_its_own_branch) {
    const std::string main = project.git("rev-parse main");
    git_change change = make_change(17, git_action::save_draft, number, 1, "{\"a\": 1}\n");
    change.files.push_back({.path = "files/sheet.txt", .content = "sheet", .blob = {}});
    const std::string commit = apply(change);
    EXPECT_EQ(project.git("rev-parse part/EL-RES-10000/v1/draft"), commit);
    EXPECT_EQ(project.git("rev-parse main"), main);
    EXPECT_EQ(project.git("log -1 --format='%P|%an|%ae|%at|%ct' " + commit),
              main + "|Ada Example|ada@example.org|1700000017|1700000017");
    EXPECT_EQ(project.git("log -1 --format=%B " + commit), "Change 17\n\nWhy: it is number 17\n\nSluice-Change: 17");
    EXPECT_EQ(project.git("log -1 --format='%(trailers:key=Sluice-Change,valueonly)' " + commit), "17");
    EXPECT_EQ(project.git("ls-tree -r --name-only " + commit),
              "README.md\nparts/EL/RES/100/EL-RES-10000/files/sheet.txt\nparts/EL/RES/100/EL-RES-10000/part.json");
    EXPECT_EQ(project.git("show " + commit + ":parts/EL/RES/100/EL-RES-10000/part.json"), "{\"a\": 1}");

    const std::string second = apply(20, git_action::save_draft, "{\"a\": 2}\n");  // this change leaves out the sheet
    EXPECT_EQ(project.git("ls-tree -r --name-only " + second + " parts"), "parts/EL/RES/100/EL-RES-10000/part.json");
    EXPECT_EQ(project.git("rev-parse " + second + "^"), commit);
    EXPECT_EQ(apply(change), commit);
    EXPECT_EQ(project.git("rev-parse part/EL-RES-10000/v1/draft"), second);
    EXPECT_EQ(project.fsck(), "");
}

TEST_F(parts_git, reviews_follow_and_leave_the_draft) {
    const std::string draft = apply(1, git_action::save_draft);
    EXPECT_EQ(apply(2, git_action::open_review), draft);
    EXPECT_EQ(project.git("rev-parse part/EL-RES-10000/v1/review"), draft);
    const std::string newer = apply(3, git_action::save_draft, "{\"b\": 1}");
    EXPECT_EQ(project.git("rev-parse part/EL-RES-10000/v1/review"), draft);
    apply(4, git_action::open_review);
    EXPECT_EQ(project.git("rev-parse part/EL-RES-10000/v1/review"), newer);
    apply(5, git_action::reject_review);
    EXPECT_EQ(project.git("branch --list --format='%(refname:short)'"), "main\npart/EL-RES-10000/v1/draft");
}

TEST_F(parts_git, a_release_is_a_merge_with_a_tag_and_ends_the_branches) {
    const std::string draft = apply(1, git_action::save_draft, "{}");
    apply(2, git_action::open_review);
    apply(make_change(3, git_action::save_draft, "ME-SCR-10001", 1));
    const std::string first = project.git("rev-parse main");
    const std::string release = apply(4, git_action::release, "{\"state\": \"released\"}");
    EXPECT_EQ(project.git("rev-parse main"), release);
    EXPECT_EQ(project.git("log -1 --format=%P main"), first + " " + draft);
    EXPECT_EQ(project.git("cat-file -t EL-RES-10000/v1"), "tag");
    EXPECT_EQ(project.git("rev-parse EL-RES-10000/v1^{commit}"), release);
    EXPECT_EQ(project.git("for-each-ref --format='%(taggername) %(taggerdate:unix)' refs/tags"),
              "Ada Example 1700000004");
    EXPECT_EQ(project.git("branch --list --format='%(refname:short)'"), "main\npart/ME-SCR-10001/v1/draft");
    EXPECT_EQ(project.git("ls-tree -r --name-only main parts"), "parts/EL/RES/100/EL-RES-10000/part.json");

    const std::string obsolete = apply(5, git_action::obsolete, "{\"state\": \"obsolete\"}");
    EXPECT_EQ(project.git("log -1 --format=%P main"), release);
    EXPECT_EQ(project.git("show main:parts/EL/RES/100/EL-RES-10000/part.json"), "{\"state\": \"obsolete\"}");
    const std::string refs = project.show_refs();
    EXPECT_EQ(apply(1, git_action::save_draft), release);
    EXPECT_EQ(apply(2, git_action::open_review), release);
    EXPECT_EQ(apply(4, git_action::release, "{\"state\": \"released\"}"), release);
    EXPECT_EQ(apply(5, git_action::obsolete), obsolete);
    EXPECT_EQ(project.show_refs(), refs);
    EXPECT_EQ(project.fsck(), "");

    // The next version begins with main's current files.
    const std::string next = apply(make_change(6, git_action::save_draft, number, 2));
    EXPECT_EQ(project.git("rev-parse " + next + "^"), obsolete);
}

TEST_F(parts_git, completes_a_release_that_was_cut_off) {
    const std::string draft = apply(1, git_action::save_draft);
    apply(2, git_action::open_review);
    apply(3, git_action::release);
    const std::string refs = project.show_refs();
    ASSERT_EQ(project.git("update-ref -d refs/tags/EL-RES-10000/v1"), "");
    ASSERT_EQ(project.git("update-ref refs/heads/part/EL-RES-10000/v1/draft " + draft), "");
    ASSERT_EQ(project.git("update-ref refs/heads/part/EL-RES-10000/v1/review " + draft), "");
    std::filesystem::remove(project.git_dir() / "sluice.applied");
    for (int id = 1; id <= 3; ++id) {
        apply(id, std::array{git_action::save_draft, git_action::open_review,
                             git_action::release}[static_cast<std::size_t>(id - 1)]);
    }
    EXPECT_EQ(project.show_refs(), refs);
}

TEST_F(parts_git, an_old_list_of_another_process_does_not_undo_a_review) {
    apply(1, git_action::save_draft);
    apply(2, git_action::open_review);
    apply(3, git_action::reject_review);
    apply(4, git_action::open_review);
    const std::string refs = project.show_refs();
    apply(3, git_action::reject_review);
    EXPECT_EQ(project.show_refs(), refs);
}

TEST_F(parts_git, tells_refs_and_files_for_a_check) {
    apply(7, git_action::save_draft, "x");
    apply(8, git_action::open_review);
    const std::string release = apply(9, git_action::release, "y");
    apply(make_change(12, git_action::save_draft, number, 2, "z"));
    const auto refs = repository->refs();
    ASSERT_TRUE(refs) << refs.error().message;
    ASSERT_EQ(refs->size(), 3U);
    EXPECT_EQ((*refs)[0].name, "main");
    EXPECT_EQ((*refs)[0].change, 9);
    EXPECT_EQ((*refs)[1].name, "part/EL-RES-10000/v2/draft");
    EXPECT_EQ((*refs)[1].change, 12);
    EXPECT_EQ((*refs)[2].name, "EL-RES-10000/v1");
    EXPECT_TRUE((*refs)[2].is_tag);
    EXPECT_EQ((*refs)[2].commit, release);
    const auto files = repository->list_part("EL-RES-10000/v1", number);
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 1U);
    EXPECT_EQ((*files)[0].path, "part.json");
    EXPECT_EQ((*files)[0].blob, project.git("rev-parse main:parts/EL/RES/100/EL-RES-10000/part.json"));
    EXPECT_EQ(repository->list_part("no/such", number).error().kind, error_kind::not_found);
    EXPECT_TRUE(repository->list_part("main", "EL-RES-99999")->empty());
}

TEST_F(parts_git, refuses_what_git_or_a_file_system_would_not_take) {
    for (const std::string path :
         {"", "/x", "a//b", "../x", ".git/config", "a/.GIT/b", ".gitmodules", "git~1", "a\n", "a/"}) {
        git_change change = make_change(1, git_action::save_draft, number, 1);
        change.files[0].path = path;
        EXPECT_EQ(repository->apply(change).error().kind, error_kind::invalid) << path;
    }
    for (const std::string wrong : {"", "EL-RES", "EL-RES-1-2", "el-res-1", "EL-../-1", "EL--1"}) {
        EXPECT_EQ(repository->apply(make_change(1, git_action::save_draft, wrong, 1)).error().kind,
                  error_kind::invalid);
    }
    git_change unknown = make_change(1, git_action::save_draft, number, 1);
    unknown.files[0].blob = std::string(40, 'a');
    EXPECT_EQ(repository->apply(unknown).error().kind, error_kind::git);
    const std::array twice = {make_change(2, git_action::save_draft, number, 1),
                              make_change(2, git_action::open_review, number, 1)};
    EXPECT_EQ(repository->apply_all(twice).error().kind, error_kind::invalid);
    EXPECT_EQ(project.git("for-each-ref --format='%(refname)'"), "refs/heads/main");
}

TEST_F(parts_git, names_and_messages_that_git_forbids_become_ones_it_takes) {
    git_change change = make_change(1, git_action::save_draft, number, 1);
    change.author = {.name = "A <b>\nc", .email = "", .unix_seconds = -5};
    change.message = "\n  \n";
    apply(change);
    change.id = 2;
    change.message = "Trick\n\nSluice-Change: 99";
    change.author.name = "...";
    const std::string commit = apply(change);
    EXPECT_EQ(apply(change), commit);
    EXPECT_EQ(repository->refs()->at(1).change, 2);
    EXPECT_EQ(project.fsck(), "");
}

TEST_F(parts_git, reports_what_came_before_a_change_that_fails) {
    std::array changes = {make_change(1, git_action::save_draft, number, 1),
                          make_change(2, git_action::save_draft, number, 1)};
    changes[1].files[0].blob = std::string(40, 'a');  // there is no such blob
    std::vector<std::int64_t> done;
    const auto applied =
        repository->apply_all(changes, [&](const git_change& each, const std::string&) { done.push_back(each.id); });
    EXPECT_EQ(applied.error().kind, error_kind::git);
    EXPECT_EQ(done, std::vector<std::int64_t>{1});
    EXPECT_EQ(project.git("log -1 --format=%s part/EL-RES-10000/v1/draft"), "Change 1");
}

TEST_F(parts_git, packs_refs_after_many_changes_and_goes_on) {
    auto opened = git_repository::open(project.path(), {.batch_changes_max = 7, .pack_refs_above = 20});
    ASSERT_TRUE(opened);
    const auto changes = testing::random_changes(3, 40);
    ASSERT_TRUE(opened->apply_all(std::span(changes).first(30)));
    EXPECT_FALSE(std::filesystem::exists(project.git_dir() / "refs/heads/main"));
    ASSERT_TRUE(opened->apply_all(std::span(changes).subspan(30)));
    const project_folder other;
    auto plain = git_repository::create(other.path());
    ASSERT_TRUE(plain->apply_all(changes));
    EXPECT_EQ(project.show_refs(), other.show_refs());
    EXPECT_EQ(project.fsck(), "");
}

TEST(parts_git_open, says_what_is_wrong_with_a_folder) {
    const project_folder empty;
    EXPECT_EQ(git_repository::open(empty.path()).error().kind, error_kind::not_found);
    ASSERT_TRUE(git_repository::create(empty.path()));
    std::ofstream(empty.git_dir() / "config") << "[core\nbroken";
    const auto damaged = git_repository::open(empty.path());
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().kind, error_kind::git);
    EXPECT_EQ(damaged.error().message.find('\n'), std::string::npos);

    const project_folder cut_off;  // interrupted by a kill between git's files and the first commit
    ASSERT_EQ(cut_off.git("init --quiet --bare .git"), "");
    EXPECT_EQ(git_repository::open(cut_off.path()).error().kind, error_kind::git);
    ASSERT_TRUE(git_repository::create(cut_off.path()));
    EXPECT_EQ(cut_off.git("log --format=%s main"), "Create the project");
}

}  // namespace
}  // namespace sluice::parts
