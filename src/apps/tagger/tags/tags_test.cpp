#include "apps/tagger/tags/tags.hpp"

#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

TEST(tags, json_has_all_four_kinds_in_their_order) {
    tag_set tags;
    tags[tag_kind::mood] = {"calm", "a \"b\""};
    EXPECT_EQ(to_json(tags), R"({"genre":[],"mood":["calm","a \"b\""],"occasion":[],"keyword":[]})");
    EXPECT_EQ(tags_from_json(to_json(tags)), tags);
    EXPECT_EQ(tags_from_json(R"({"mood":["x"]})").value()[tag_kind::mood], std::vector<std::string>{"x"});
}

TEST(tags, what_is_no_such_object_is_none) {
    for (const char* wrong : {"", "[]", "nonsense", R"({"mood":"calm"})", R"({"mood":[1]})", R"({"mood":["a")"}) {
        EXPECT_FALSE(tags_from_json(wrong)) << wrong;
    }
}

TEST(tags, a_clean_answer_has_one_genre_one_mood_three_occasions_and_four_keywords) {
    EXPECT_EQ(what_is_missing(clean_tags()), "");
    for (const tag_kind kind : tag_kinds) {
        auto tags = clean_tags();
        tags[kind].pop_back();
        EXPECT_NE(what_is_missing(tags), "") << to_text(kind);
    }
    EXPECT_EQ(what_is_missing({}), "0 of 1 genre tags, 0 of 1 mood tags, 0 of 3 occasion tags, 0 of 4 keyword tags");
}

TEST(tags, kinds_have_names) {
    for (const tag_kind kind : tag_kinds) {
        EXPECT_EQ(parse_tag_kind(to_text(kind)), kind);
    }
    EXPECT_FALSE(parse_tag_kind("Genre"));
}

}  // namespace
}  // namespace sluice::tagger
