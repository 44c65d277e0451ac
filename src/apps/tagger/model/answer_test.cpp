// Typical answers of models, and the parts read from them.
#include "apps/tagger/model/answer.hpp"

#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

const std::string one =
    R"({"id":"a1","genre":["rock:indie"],"mood":["calm"],"occasion":["work"],"keyword":["bass","drums"]})";
const std::string two = R"({"id":"b2","genre":["pop:indie"],"mood":["sad"],"occasion":[],"keyword":[]})";

std::vector<std::string> ids_of(const tag_answer& answer) {
    std::vector<std::string> ids;
    for (const auto& each : answer.items) {
        ids.push_back(each.id);
    }
    return ids;
}
using ids = std::vector<std::string>;

TEST(answer, a_list_is_read) {
    const auto answer = read_tag_answer("[" + one + "," + two + "]");
    EXPECT_EQ(answer.problem, "");
    EXPECT_EQ(ids_of(answer), (ids{"a1", "b2"}));
    EXPECT_EQ(answer.items[0].tags, make_tags({"rock:indie"}, {"calm"}, {"work"}, {"bass", "drums"}));
}

TEST(answer, an_object_around_it_a_fence_and_sentences_do_not_matter) {
    for (const auto& text : {"{\"recordings\":[" + one + "," + two + "]}",
                             "Here you are:\n```json\n[" + one + "," + two + "]\n```\nAnything else?",
                             "```\n{\"recordings\": [" + one + ",\n" + two + "]}\n```"}) {
        const auto answer = read_tag_answer(text);
        EXPECT_EQ(ids_of(answer), (ids{"a1", "b2"})) << text;
        EXPECT_EQ(answer.problem, "") << text;
    }
}

TEST(answer, what_is_complete_in_one_that_was_cut_off_counts) {
    const auto whole = "[" + one + "," + two + "]";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto answer = read_tag_answer(whole.substr(0, length));
        EXPECT_EQ(answer.items.size(), length >= 2 + one.size() + two.size() ? 2U
                                       : length > one.size()                 ? 1U
                                                                             : 0U)
            << length;
        EXPECT_NE(answer.problem, "") << length;
    }
}

TEST(answer, fields_of_wrong_types_are_left_out) {
    const auto answer = read_tag_answer(
        R"([{"id":"a","genre":"rock:indie","mood":["calm",3,null,["x"]],"occasion":{"a":1},"keyword":[""]},{"id":7,"mood":["sad"]},"text",5])");
    EXPECT_EQ(ids_of(answer), ids{"a"});
    EXPECT_EQ(answer.items[0].tags, make_tags({"rock:indie"}, {"calm"}, {}, {}));
}

TEST(answer, what_is_no_json_says_so) {
    EXPECT_EQ(read_tag_answer("I cannot do that.").problem, "it is no JSON");
    EXPECT_EQ(read_tag_answer("").problem, "it is no JSON");
    EXPECT_EQ(read_tag_answer("[}").problem, "its JSON is cut off or broken");
    EXPECT_EQ(read_tag_answer("[]").problem, "");
    EXPECT_TRUE(read_tag_answer("[]").items.empty());
}

TEST(answer, hostile_ones_have_bounds) {
    EXPECT_TRUE(read_tag_answer(std::string(1'000'000, '[')).items.empty());
    std::string many = "[";
    for (int i = 0; i < 2000; ++i) {
        many += R"({"id":"i)" + std::to_string(i) + R"("},)";
    }
    EXPECT_EQ(read_tag_answer(many).items.size(), 1000U);
    const auto long_tag = read_tag_answer(R"([{"id":"a","mood":[")" + std::string(5000, 'x') + R"("]}])");
    EXPECT_TRUE(long_tag.items.at(0).tags[tag_kind::mood].empty());
}

TEST(answer, mappings_are_read) {
    const auto mappings = read_mapping_answer(
        R"({"tags":[{"kind":"mood","tag":"Sombre_ish","replacement":"dark"},{"kind":"mood","tag":"x","replacement":""},{"kind":"colour","tag":"y","replacement":"z"},{"kind":"genre","tag":"no answer"}]})");
    ASSERT_EQ(mappings.size(), 2U);
    EXPECT_EQ(mappings[0].unknown, (unknown_tag{tag_kind::mood, "sombre ish"}));
    EXPECT_EQ(mappings[0].replacement, "dark");
    EXPECT_EQ(mappings[1].replacement, "");
}

}  // namespace
}  // namespace sluice::tagger
