#include "apps/tagger/tags/tag_query.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "apps/tagger/library/library_list.hpp"
#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

class tag_query_test : public testing::Test {
  protected:
    void tag(std::int64_t recording_id, const tag_set& tags) const {
        must(database_->transaction([&](sqlite::connection& db) {
            return replace_tags(db, {.recording_id = recording_id, .tags = tags, .tag_run_id = run_, .now_ms = 9});
        }));
    }
    std::set<std::string> found(const std::string& text) const {
        const auto query = must(tag_query::parse(text));
        std::set<std::string> paths;
        must(each_listed_file(*database_, query.condition(), [&](const listed_file& file) -> result<> {
            paths.insert(file.path);
            return {};
        }));
        return paths;
    }
    std::string refused(const std::string& text) const {
        const auto query = tag_query::parse(text);
        const auto checked = query ? check_tags(*database_, *query) : result<>(std::unexpected(query.error()));
        EXPECT_FALSE(checked.has_value()) << text;
        return checked ? "" : checked.error().message + " | " + checked.error().hint;
    }

    library_database database_;
    std::int64_t run_ = must(begin_tag_run(*database_, "tag", "/music", 5));
};

using paths = std::set<std::string>;

TEST_F(tag_query_test, finds_by_tags_of_each_kind) {
    tag(database_.add("h1", "/a"), make_tags({"rock:indie"}, {"calm"}, {"late night"}, {"guitar"}));
    tag(database_.add("h2", "/b"), make_tags({"rock:punk", "pop:indie"}, {"angry"}, {"party"}, {"loud", "late night"}));
    tag(database_.add("h3", "/c"), make_tags({"rockabilly:old"}, {"calm", "sad"}, {}, {}));
    database_.add("h4", "/none");
    EXPECT_EQ(found("mood:calm"), (paths{"/a", "/c"}));
    EXPECT_EQ(found("genre:rock"), (paths{"/a", "/b"})) << "and no rockabilly";
    EXPECT_EQ(found("rock"), (paths{"/a", "/b"}));
    EXPECT_EQ(found("genre:rock:indie"), (paths{"/a"}));
    EXPECT_EQ(found("rock:indie"), (paths{"/a"}));
    EXPECT_EQ(found("\"late night\""), (paths{"/a", "/b"})) << "of any kind";
    EXPECT_EQ(found("keyword:\"late night\""), (paths{"/b"}));
    EXPECT_EQ(found("keyword:late-night"), (paths{"/b"})) << "however it is spelled";
    EXPECT_EQ(found("Mood:CALM not Sad"), (paths{"/a"}));
    EXPECT_EQ(found("-calm"), (paths{"/b", "/none"}));
    EXPECT_EQ(found("calm OR loud sad"), (paths{"/a", "/c"})) << "AND binds tighter";
    EXPECT_EQ(found("(calm OR loud) -genre:\"rock:punk\""), (paths{"/a", "/c"}));
    EXPECT_EQ(found("not calm and rock"), (paths{"/b"})) << "NOT binds tightest";
    EXPECT_EQ(found("not (calm and rock)"), (paths{"/b", "/c", "/none"}));
}

TEST_F(tag_query_test, finds_by_texts) {
    database_.add("h1", "/Music/One.mp3", {.title = "100%_sure", .artist = "Anna & \"Bob\"", .album = "It's"});
    database_.add("h2", "/music/two.mp3", {.title = "Other", .artist = "BOB", .album = ""});
    EXPECT_EQ(found("artist:bob"), (paths{"/Music/One.mp3", "/music/two.mp3"}));
    EXPECT_EQ(found("artist:\"\\\"bob\\\"\""), (paths{"/Music/One.mp3"}));
    EXPECT_EQ(found("title:%_s"), (paths{"/Music/One.mp3"})) << "no wildcards";
    EXPECT_EQ(found("title:%"), (paths{"/Music/One.mp3"}));
    EXPECT_EQ(found("album:it's"), (paths{"/Music/One.mp3"}));
    EXPECT_EQ(found("path:/music/ -path:one"), (paths{"/music/two.mp3"}));
}

TEST_F(tag_query_test, what_is_missing_is_not_found) {
    database_.add("h1", "/a");
    must(database_->run("UPDATE audio_files SET is_missing = 1"));
    EXPECT_EQ(found("-calm"), paths{});
}

TEST_F(tag_query_test, says_where_it_cannot_be_read) {
    EXPECT_TRUE(refused("").starts_with("the query's character 1: there is nothing to look for"));
    EXPECT_TRUE(refused("  ").starts_with("the query's character 1: there is nothing"));
    EXPECT_TRUE(refused("calm OR").starts_with("the query's character 8: something is missing at the end"));
    EXPECT_TRUE(
        refused("calm AND OR sad").starts_with("the query's character 10: something is missing before this word"));
    EXPECT_TRUE(refused("(calm").starts_with("the query's character 1: a ( without its )"));
    EXPECT_TRUE(refused("calm)").starts_with("the query's character 5: a ) without its ("));
    EXPECT_TRUE(refused("()").starts_with("the query's character 2: something is missing before the )"));
    EXPECT_TRUE(refused("mood: calm").starts_with("the query's character 1: mood: has nothing behind it"));
    EXPECT_TRUE(refused("ä \"calm").starts_with("the query's character 3: quotes that are not closed"));
    EXPECT_TRUE(refused("-").starts_with("the query's character 2: something is missing at the end"));
}

TEST_F(tag_query_test, says_what_may_be_meant) {
    EXPECT_EQ(refused("mood:clam"), "the query's character 1: there is no mood \"clam\" | did you mean calm?");
    EXPECT_EQ(refused("rock moood:calm"),
              "the query's character 6: there is no tag \"moood:calm\" | did you mean mood:calm?");
    EXPECT_EQ(refused("genre:calm"),
              "the query's character 1: there is no genre \"calm\" | it is of another kind: mood:calm");
    EXPECT_EQ(refused("xylographic"),
              "the query's character 1: there is no tag \"xylographic\" | `sluice tag vocabulary` lists those that "
              "there are");
    tag(database_.add("h1", "/a"), make_tags({}, {"xylographic"}, {}, {}));
    EXPECT_EQ(found("xylographic"), paths{"/a"});
    EXPECT_TRUE(check_tags(*database_, must(tag_query::parse("xylographic artist:nobody"))).has_value());
}

TEST_F(tag_query_test, is_bounded) {
    std::string many;
    for (std::size_t i = 0; i < tag_query::terms_max; ++i) {
        many += "calm ";
    }
    EXPECT_TRUE(found(many).empty());
    EXPECT_TRUE(refused(many + "sad").contains("more than 200 terms"));
    const std::string deep(tag_query::depth_max, '(');
    const std::string shut(tag_query::depth_max, ')');
    EXPECT_TRUE(found(deep + "calm" + shut).empty());
    EXPECT_TRUE(refused("(" + deep + "calm" + shut + ")").contains("more than 50 levels deep"));
    EXPECT_TRUE(refused(std::string(100'000, '-') + "calm").contains("more than 50 levels deep"));
}

// ---- against a plain evaluation, over random libraries and queries

struct random_file {
    std::string path;
    std::string artist;
    tag_set tags;
};

// A random query: its text, and a tree that the test evaluates itself.
struct random_query {
    std::string text;
    std::function<bool(const random_file&)> means;
};

class query_maker {
  public:
    explicit query_maker(std::mt19937& random) : random_(random) {}

    random_query make(int depth) {
        const auto what = pick(depth == 0 ? 2 : 5);
        if (what < 2) {
            return term();
        }
        auto left = make(depth - 1);
        if (what == 2) {
            const bool is_dash = pick(2) == 0;
            return {.text = (is_dash ? "-(" : "NOT (") + left.text + ")",
                    .means = [left](const random_file& file) { return !left.means(file); }};
        }
        auto right = make(depth - 1);
        if (what == 3) {
            const auto* between = pick(2) == 0 ? " " : pick(2) == 0 ? " AND " : " and ";
            return {.text = "(" + left.text + ")" + between + "(" + right.text + ")",
                    .means = [left, right](const random_file& file) { return left.means(file) && right.means(file); }};
        }
        return {.text = "(" + left.text + (pick(2) == 0 ? " OR " : " or ") + right.text + ")",
                .means = [left, right](const random_file& file) { return left.means(file) || right.means(file); }};
    }

    std::vector<std::string> some(const std::vector<std::string>& all) {
        std::vector<std::string> chosen;
        std::ranges::copy_if(all, std::back_inserter(chosen), [&](const auto&) { return pick(3) == 0; });
        return chosen;
    }
    std::size_t pick(std::size_t below) { return random_() % below; }

    static inline const std::vector<std::string> words{"one", "two", "late night", "three"};
    static inline const std::vector<std::string> genres{"one:two", "one:three", "onet:two", "one", "two"};

  private:
    random_query term() {
        if (pick(5) == 0) {
            return {.text = "artist:\"n A\"",
                    .means = [](const random_file& file) { return file.artist == "Ann Abe"; }};
        }
        const auto& list = pick(2) == 0 ? words : genres;
        const auto& tag = list[pick(list.size())];
        const auto quoted = tag.contains(' ') || pick(2) == 0 ? "\"" + tag + "\"" : tag;
        if (pick(3) == 0) {
            return {.text = quoted, .means = [tag](const random_file& file) {
                        return std::ranges::any_of(tag_kinds, [&](tag_kind kind) { return has(file, kind, tag); });
                    }};
        }
        const auto kind = tag_kinds.at(pick(tag_kinds.size()));
        return {.text = std::string(to_text(kind)) + ":" + quoted,
                .means = [kind, tag](const random_file& file) { return has(file, kind, tag); }};
    }

    static bool has(const random_file& file, tag_kind kind, const std::string& tag) {
        return std::ranges::any_of(file.tags[kind], [&](const auto& each) {
            return each == tag || (kind == tag_kind::genre && !tag.contains(':') && each.starts_with(tag + ":"));
        });
    }

    std::mt19937& random_;
};

TEST_F(tag_query_test, means_what_a_plain_evaluation_says) {
    std::mt19937 random(20'261);  // NOLINT(cert-msc51-cpp): the same each time
    query_maker maker(random);
    std::vector<random_file> files;
    for (int i = 0; i < 30; ++i) {
        random_file file{.path = "/" + std::to_string(i), .artist = maker.pick(2) == 0 ? "Ann Abe" : "Bob", .tags = {}};
        for (const tag_kind kind : tag_kinds) {
            file.tags[kind] = maker.some(kind == tag_kind::genre ? query_maker::genres : query_maker::words);
        }
        tag(database_.add("h" + file.path, file.path, {.artist = file.artist}), file.tags);
        files.push_back(std::move(file));
    }
    std::size_t hits = 0;
    for (int round = 0; round < 500; ++round) {
        const auto query = maker.make(4);
        paths expected;
        for (const auto& file : files) {
            if (query.means(file)) {
                expected.insert(file.path);
            }
        }
        hits += expected.empty() || expected.size() == files.size() ? 0 : 1;
        ASSERT_EQ(found(query.text), expected) << query.text;
    }
    EXPECT_GT(hits, 250U) << "most queries tell files apart";
}

}  // namespace
}  // namespace sluice::tagger
