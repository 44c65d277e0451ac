#include "apps/tagger/run/tag_mapping_cache.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <thread>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

using answer = jobs::work_result<std::vector<tag_mapping>>;

class mapping_test : public testing::Test {
  protected:
    std::unique_ptr<tag_mapping_cache> load() {
        return must(tag_mapping_cache::load(*database_, default_vocabulary()));
    }
    static unknown_tag mood(std::string tag) { return {.kind = tag_kind::mood, .tag = std::move(tag)}; }
    static answer all_mean(std::span<const unknown_tag> missing, const std::string& replacement) {
        std::vector<tag_mapping> mappings;
        for (const auto& each : missing) {
            mappings.push_back({.unknown = each, .replacement = replacement});
        }
        return mappings;
    }

    library_database database_;
};

TEST_F(mapping_test, what_is_not_known_is_asked_once_and_kept) {
    int asked = 0;
    const auto ask = [&](std::span<const unknown_tag> missing) {
        ++asked;
        return all_mean(missing, "Dark");
    };
    const auto cache = load();
    EXPECT_FALSE(cache->find(tag_kind::mood, "sombre"));
    must(cache->resolve({{mood("sombre"), mood("murky")}}, ask));
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(cache->find(tag_kind::mood, "Sombre"), "dark");
    must(cache->resolve({{mood("sombre")}}, ask));
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(load()->find(tag_kind::mood, "murky"), "dark") << "it was written through";
    EXPECT_FALSE(load()->find(tag_kind::genre, "murky")) << "of another kind";
}

TEST_F(mapping_test, that_nothing_comes_close_is_kept_too) {
    const auto cache = load();
    must(cache->resolve({{mood("qwert")}}, [](auto missing) { return all_mean(missing, ""); }));
    EXPECT_EQ(cache->find(tag_kind::mood, "qwert"), "");
    EXPECT_EQ(load()->find(tag_kind::mood, "qwert"), "");
}

TEST_F(mapping_test, a_replacement_outside_of_the_vocabulary_is_not_kept) {
    const auto cache = load();
    must(cache->resolve({{mood("qwert")}}, [](auto missing) { return all_mean(missing, "asdf"); }));
    EXPECT_EQ(cache->find(tag_kind::mood, "qwert"), "") << "nor asked for again by this process";
    EXPECT_FALSE(load()->find(tag_kind::mood, "qwert"));
    must(database_->run("INSERT INTO tag_mappings VALUES('mood', 'old', 'of another vocabulary', 1)"));
    EXPECT_FALSE(load()->find(tag_kind::mood, "old"));
}

TEST_F(mapping_test, a_failure_is_told_and_asked_again_later) {
    const auto cache = load();
    const auto failed = cache->resolve({{mood("sombre")}}, [](auto) -> answer {
        return std::unexpected(jobs::work_failure{.what = jobs::failure_class::unusable, .reason = "no"});
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().reason, "no");
    must(cache->resolve({{mood("sombre")}}, [](auto missing) { return all_mean(missing, "dark"); }));
    EXPECT_EQ(cache->find(tag_kind::mood, "sombre"), "dark");
}

TEST_F(mapping_test, of_those_who_miss_the_same_one_asks) {
    const auto cache = load();
    std::atomic<int> asked = 0;
    std::latch is_asking(1);
    std::latch may_answer(1);
    const std::jthread first([&] {
        must(cache->resolve({{mood("sombre")}}, [&](auto missing) {
            ++asked;
            is_asking.count_down();
            may_answer.wait();
            return all_mean(missing, "dark");
        }));
    });
    is_asking.wait();
    std::vector<std::string> asked_for;
    std::jthread second([&] {
        must(cache->resolve({{mood("sombre"), mood("jolly")}}, [&](auto missing) {
            ++asked;
            for (const auto& each : missing) {
                asked_for.push_back(each.tag);
            }
            may_answer.count_down();  // the first call cannot end before
            return all_mean(missing, "cheerful");
        }));
        EXPECT_EQ(cache->find(tag_kind::mood, "sombre"), "dark") << "it did not wait for the other one";
    });
    second.join();
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(asked_for, std::vector<std::string>{"jolly"});
}

TEST_F(mapping_test, a_hundred_thousand_are_loaded) {
    must(
        database_->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
                       "INSERT INTO tag_mappings SELECT 'keyword', 'tag ' || i, 'bass', 1 FROM n"));
    const auto cache = load();
    EXPECT_EQ(cache->size(), 100'000U);
    EXPECT_EQ(cache->find(tag_kind::keyword, "Tag 77777"), "bass");
}

}  // namespace
}  // namespace sluice::tagger
