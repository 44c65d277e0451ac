// A project's folder: make, find and open it, and bring it to git from many threads at once.
#include "apps/parts/project/project.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>

#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/history/git_test_support.hpp"
#include "apps/parts/model/schema.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/project/consistency.hpp"
#include "apps/parts/project/project_init.hpp"

namespace sluice::parts {
namespace {

namespace fs = std::filesystem;
using testing::kind_of;
using testing::message_of;
using testing::must;
using testing::project_folder;
using names = std::vector<std::string>;

const project_founding founding{
    .username = "ada", .full_name = "Ada Example", .email = "ada@example.org", .name = "Rover"};

std::string read_all(const fs::path& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

void write_all(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

sqlite::open_params quiet_store() {
    return {.upkeep_every = std::chrono::milliseconds{0}};
}

TEST(project, is_made_found_and_opened) {
    const project_folder top;
    const fs::path dir = top.path() / "new" / "rover";
    {
        auto made = must(project::init(dir, founding));
        EXPECT_EQ(must(made->name()), "Rover");
        EXPECT_EQ(made->username(), "ada");
        EXPECT_EQ(must(made->parts().create_part({.category = {"EL", "RES"}, .name = "x"})), "EL-RES-10000");
        must(made->sync_git());
        EXPECT_EQ(must(history_records(made->database()).list_all()).back().action, "init");
        must(made->close());
        EXPECT_EQ(kind_of(made->sync_git()), error_kind::storage);
    }
    EXPECT_EQ(message_of(project::init(dir, founding)), dir.string() + " has the parts project Rover already");
    fs::create_directories(dir / "a" / "b");
    EXPECT_EQ(must(project::find(dir / "a" / "b")), fs::canonical(dir));
    EXPECT_EQ(must(project::find(dir)), fs::canonical(dir));
    EXPECT_EQ(kind_of(project::find(top.path())), error_kind::not_found);
    auto opened = must(project::open(dir, {.username = "nobody", .deferred_git = true}));
    EXPECT_EQ(kind_of(opened->parts().create_part({.category = {"EL", "RES"}, .name = "x"})), error_kind::permission);
    must(opened->sync_git());
    EXPECT_EQ(kind_of(project::open(top.path(), {})), error_kind::not_found);
}

TEST(project, refuses_what_is_somebody_elses_and_leaves_it_as_it_is) {
    project_folder text;
    write_all(text.path() / "parts.db",
              "not a database, and longer than the header of one would be: " + std::string(200, 'x'));
    project_folder foreign;
    {
        auto db = sqlite::database::open((foreign.path() / "parts.db").string(), quiet_store()).value();
        ASSERT_TRUE(db->run("CREATE TABLE theirs(x)"));
        ASSERT_TRUE(db->close());
    }
    for (const project_folder* each : {&text, &foreign}) {
        const std::string before = read_all(each->path() / "parts.db");
        EXPECT_EQ(kind_of(project::init(each->path(), founding)), error_kind::exists);
        EXPECT_EQ(kind_of(project::open(each->path(), {})), error_kind::invalid);
        EXPECT_EQ(read_all(each->path() / "parts.db"), before);
        EXPECT_FALSE(fs::exists(each->git_dir()));
    }
    const project_folder git;
    ASSERT_EQ(git.git("init --quiet"), "");
    const std::string config = read_all(git.git_dir() / "config");
    EXPECT_EQ(kind_of(project::init(git.path(), founding)), error_kind::exists);
    EXPECT_EQ(read_all(git.git_dir() / "config"), config);
    EXPECT_FALSE(fs::exists(git.path() / "parts.db"));
}

TEST(project, checks_the_founder_before_it_makes_anything) {
    const project_folder top;
    const fs::path dir = top.path() / "x";
    for (const auto& bad : {project_founding{.username = "a b", .full_name = "A", .email = "a@b", .name = "N"},
                            project_founding{.username = "a", .full_name = "", .email = "a@b", .name = "N"},
                            project_founding{.username = "a", .full_name = "A", .email = "ab", .name = "N"},
                            project_founding{.username = "a", .full_name = "A", .email = "a@b", .name = ""}}) {
        EXPECT_EQ(kind_of(project::init(dir, bad)), error_kind::invalid);
    }
    EXPECT_FALSE(fs::exists(dir));
}

// Each state that a killed init() can leave.
TEST(project, finishes_an_init_that_was_cut_off) {
    const auto open_database = [](const fs::path& dir) {
        return sqlite::database::open((dir / "parts.db").string(), quiet_store()).value();
    };
    for (const int cut : {0, 1, 2, 3, 4, 5}) {
        SCOPED_TRACE(cut);
        const project_folder dir;
        if (cut == 0) {
            write_all(dir.path() / "parts.db", "");
        }
        if (cut == 1) {
            ASSERT_TRUE(open_database(dir.path())->close());
        }
        if (cut >= 2) {
            ASSERT_TRUE(sqlite::migrate(*open_database(dir.path()), parts_schema()));
        }
        if (cut == 3) {
            must(git_repository::create(dir.path()));
            fs::remove(dir.git_dir() / "refs" / "heads" / "main");
        }
        if (cut == 4) {
            must(git_repository::create(dir.path()));
        }
        if (cut == 5) {
            fs::create_directories(dir.git_dir());
            write_all(dir.git_dir() / "HEAD.lock", "");
            write_all(dir.git_dir() / "config.lock", "");
        }
        if (cut >= 2) {
            EXPECT_EQ(kind_of(project::open(dir.path(), {.username = "ada"})), error_kind::wrong_state);
        }
        const auto made = must(project::init(dir.path(), founding));
        EXPECT_TRUE(must(check(*made)).empty());
        EXPECT_EQ(kind_of(project::init(dir.path(), founding)), error_kind::exists);
    }
}

TEST(project, of_those_who_make_it_at_the_same_time_one_does) {
    project_folder dir;
    names outcomes(4);
    {
        std::vector<std::jthread> threads;
        for (auto& each : outcomes) {
            threads.emplace_back(
                [&] { each = message_of(project::init(dir.path(), founding, {.store = quiet_store()})); });
        }
    }
    std::ranges::sort(outcomes);
    const std::string second = dir.path().string() + " has the parts project Rover already";
    EXPECT_EQ(outcomes, (names{second, second, second, "ok"}));
    const auto opened = must(project::open(dir.path(), {.username = "ada"}));
    EXPECT_TRUE(must(check(*opened)).empty());
}

// Tables and application_id come in one transaction, .git after it: a reader sees nothing of the project, or all.
TEST(project, who_looks_while_it_is_made_never_takes_it_for_another_programs) {
    for (int round = 0; round < 20; ++round) {
        project_folder dir;
        std::atomic<bool> is_made = false;
        std::atomic<int> strangers = 0;
        {
            std::vector<std::jthread> watchers;
            for (int t = 0; t < 3; ++t) {
                watchers.emplace_back([&] {
                    while (!is_made) {
                        const auto owner = owner_of_database(dir.path());
                        strangers += !owner || *owner == database_owner::other ? 1 : 0;
                    }
                });
            }
            must(project::init(dir.path(), founding, {.store = quiet_store()}));
            is_made = true;
        }
        ASSERT_EQ(strangers, 0) << "round " << round;
    }
}

TEST(project, who_asked_for_git_finds_what_was_committed_before) {
    const project_folder dir;
    auto made = must(project::init(dir.path(), founding));
    std::atomic<int> missing = 0;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 6; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 8; ++i) {
                    const auto number = made->parts().create_part({.category = {"EL", "RES"}, .name = "x"});
                    if (!number || !made->sync_git()) {
                        ++failed;
                        continue;
                    }
                    const auto hash = made->database().get<std::int64_t>(
                        "SELECT count(*) FROM GitOutbox WHERE number = ?1 AND commit_hash IS NOT NULL", *number);
                    missing += hash.value_or(0) == 1 ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(missing, 0);
    EXPECT_TRUE(must(check(*made)).empty());
}

// 8 threads, each with its own user, make and release parts; the next thread's user approves; one thread syncs to git.
TEST(project, many_release_while_one_brings_it_to_git) {
    constexpr int threads = 8;
    constexpr int each_makes = 15;
    const project_folder dir;
    auto made = must(project::init(dir.path(), founding));
    for (int t = 0; t < threads; ++t) {
        const std::string name = "u" + std::to_string(t);
        must(made->parts().add_user(
            {.username = name, .full_name = name, .email = name + "@e", .rights = role::designer}));
    }
    const auto as = [&](int t) { return part_service(made->database(), "u" + std::to_string(t % threads)); };
    std::atomic<int> running = threads;
    std::vector<std::string> failures(threads + 1);
    {
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t) {
            workers.emplace_back([&, t] {
                const auto all = [&]() -> result<> {
                    for (int i = 0; i < each_makes; ++i) {
                        auto own = as(t);
                        TRY_ASSIGN(const auto number,
                                   own.create_part({.category = {i % 2 == 0 ? "EL" : "ME", i % 2 == 0 ? "RES" : "SCR"},
                                                    .name = "x"}));
                        TRY(own.edit(number, {.name = "y" + std::to_string(i)}));
                        TRY(own.submit(number, names{"u" + std::to_string((t + 1) % threads)}));
                        if (i % 5 == 0) {
                            TRY(as(t + 1).reject(number, "again"));
                            TRY(own.submit(number, names{"u" + std::to_string((t + 2) % threads)}));
                            TRY(as(t + 2).approve(number));
                        } else {
                            TRY(as(t + 1).approve(number));
                        }
                        TRY(own.release(number));
                        if (i % 3 == 0) {
                            TRY(own.revise(number));
                        }
                    }
                    return {};
                };
                failures[static_cast<std::size_t>(t)] = message_of(all());
                --running;
            });
        }
        workers.emplace_back([&] {
            std::string failure = "ok";
            while (running > 0 && failure == "ok") {
                failure = message_of(made->sync_git());
            }
            failures.back() = failure;
        });
    }
    EXPECT_EQ(failures, std::vector<std::string>(threads + 1, "ok"));
    const auto ids = made->database().list<std::int64_t>("SELECT part_id FROM Parts ORDER BY part_id").value();
    ASSERT_EQ(ids.size(), static_cast<std::size_t>(threads * each_makes));
    EXPECT_EQ(ids.front(), 10'000);
    EXPECT_EQ(ids.back(), 10'000 + threads * each_makes - 1);
    for (const finding& each : must(check(*made, {.deep = true}))) {
        ADD_FAILURE() << each.number << ": " << each.what;
    }
    EXPECT_EQ(dir.git("rev-list --count --first-parent main"), std::to_string(threads * each_makes + 1));
    EXPECT_EQ(dir.fsck(), "");
}

}  // namespace
}  // namespace sluice::parts
