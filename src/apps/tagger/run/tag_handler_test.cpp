// From a batch of recordings to clean tags, with a model that gives the test's answers.
#include "apps/tagger/run/tag_handler.hpp"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

using nlohmann::json;

class scripted_model final : public model_client {
  public:
    jobs::work_result<jobs::called<model_reply>> complete(const prompt& asked, const base::cancel_token&) override {
        prompts.push_back(asked);
        if (replies.empty()) {
            ADD_FAILURE() << "a call that nobody expected: " << asked.parts.front();
            return std::unexpected(jobs::work_failure{.what = jobs::failure_class::refused, .reason = "unexpected"});
        }
        auto reply = replies.front();
        replies.pop_front();
        return jobs::called<model_reply>{std::move(reply), {.requests = 1}};
    }
    std::string name() const override { return "test/model"; }

    std::deque<model_reply> replies;
    std::vector<prompt> prompts;
};

class open_gate final : public jobs::call_gate {
  protected:
    jobs::work_result<> run(const jobs::call_need&, const one_request& send) override {
        TRY(send({}));
        return {};
    }
};

class tag_handler_test : public testing::Test {
  protected:
    tag_handler_test() {
        for (const char* name : {"one", "two", "three"}) {
            const auto id = database_.add(std::string("hash ") + name, std::string("/music/sea/") + name + ".mp3",
                                          {.title = std::string("Title ") + name, .year = 1999, .duration_ms = 61'700});
            items_.push_back(
                {.item_id = id, .key = item_key(std::string("hash ") + name, "m"), .payload = std::to_string(id)});
        }
    }
    json answer_about(std::size_t index, const tag_set& tags) const {
        auto object = json::parse(to_json(tags));
        object["id"] = short_id(items_[index].key);
        return object;
    }
    jobs::work_result<jobs::work_answer> work(const std::vector<std::string>& replies,
                                              std::string_view complaint = {}) {
        for (const auto& each : replies) {
            model_.replies.push_back({.text = each});
        }
        return handler_.work({.items = items_, .complaint = complaint, .gate = &gate_});
    }
    static std::vector<std::size_t> indexes(const auto& list) {
        std::vector<std::size_t> found;
        for (const auto& each : list) {
            found.push_back(each.index);
        }
        std::ranges::sort(found);
        return found;
    }
    json all_clean() const {
        return {answer_about(0, clean_tags()), answer_about(1, clean_tags()), answer_about(2, clean_tags())};
    }
    using list = std::vector<std::size_t>;

    library_database database_;
    scripted_model model_;
    open_gate gate_;
    std::unique_ptr<tag_mapping_cache> mappings_ = must(tag_mapping_cache::load(*database_, default_vocabulary()));
    std::int64_t run_ = must(begin_tag_run(*database_, "tag", "/music", 1));
    tag_handler handler_{{.database = &*database_,
                          .model = &model_,
                          .words = &default_vocabulary(),
                          .mappings = mappings_.get(),
                          .tag_run_id = run_,
                          .writes_files = true}};
    std::vector<jobs::work_item> items_;
};

TEST_F(tag_handler_test, clean_answers_are_results) {
    const auto answer = must(work({all_clean().dump()}));
    EXPECT_EQ(indexes(answer.done), (list{0, 1, 2}));
    EXPECT_TRUE(answer.bad.empty());
    EXPECT_EQ(answer.done[0].result, to_json(clean_tags()));
}

TEST_F(tag_handler_test, the_model_is_told_what_is_known) {
    must(work({all_clean().dump()}));
    const auto& asked = model_.prompts.at(0);
    const auto& part = asked.parts.at(0);
    ASSERT_TRUE(part.starts_with("<recordings>\n") && part.ends_with("\n</recordings>\n")) << part;
    const auto recordings = json::parse(part.substr(13, part.size() - 13 - 15));
    EXPECT_EQ(recordings.at(0).at("id"), handler_.name_of(items_[0])) << "complaints name it as the question did";
    EXPECT_EQ(recordings.at(0), json({{"id", short_id(items_[0].key)},
                                      {"file", "one.mp3"},
                                      {"folder", "sea"},
                                      {"title", "Title one"},
                                      {"year", 1999},
                                      {"seconds", 62}}));
    EXPECT_EQ(recordings.size(), 3U);
    EXPECT_NE(asked.instructions.find("<vocabulary>\n{\"genre\":[\"ambient:dark\""), std::string::npos);
    EXPECT_TRUE(json::parse(asked.response_schema).is_object());
}

TEST_F(tag_handler_test, a_repair_says_what_was_wrong) {
    must(work({all_clean().dump()}, "it was no JSON"));
    ASSERT_EQ(model_.prompts.at(0).parts.size(), 2U);
    EXPECT_NE(model_.prompts[0].parts[1].find("it was no JSON"), std::string::npos);
}

TEST_F(tag_handler_test, spelling_is_put_right_without_asking) {
    auto tags = clean_tags();
    tags[tag_kind::genre] = {"Rock: Indie", "rock_indie"};
    tags[tag_kind::occasion] = {"Late_Night", "WORK", "study", "work"};
    tags[tag_kind::genre].pop_back();
    const auto answer = must(work(
        {json::array({answer_about(0, tags), answer_about(1, clean_tags()), answer_about(2, clean_tags())}).dump()}));
    ASSERT_EQ(indexes(answer.done), (list{0, 1, 2}));
    EXPECT_EQ(tags_from_json(answer.done[0].result).value()[tag_kind::occasion],
              (std::vector<std::string>{"late night", "work", "study"}));
}

TEST_F(tag_handler_test, unknown_tags_of_all_items_are_asked_for_in_one_call) {
    auto one = clean_tags();
    one[tag_kind::mood] = {"sombre"};
    auto two = clean_tags();
    two[tag_kind::mood] = {"calm", "gibberish"};
    const json mapped{{"tags",
                       {{{"kind", "mood"}, {"tag", "sombre"}, {"replacement", "dark"}},
                        {{"kind", "mood"}, {"tag", "gibberish"}, {"replacement", ""}}}}};
    const auto answer =
        must(work({json::array({answer_about(0, one), answer_about(1, two), answer_about(2, clean_tags())}).dump(),
                   mapped.dump()}));
    EXPECT_EQ(model_.prompts.size(), 2U);
    EXPECT_NE(model_.prompts[1].parts[0].find("<unknown_tags>"), std::string::npos);
    ASSERT_EQ(indexes(answer.done), (list{0, 1, 2}));
    EXPECT_EQ(tags_from_json(answer.done[0].result).value()[tag_kind::mood], std::vector<std::string>{"dark"});
    EXPECT_EQ(tags_from_json(answer.done[1].result).value()[tag_kind::mood], std::vector<std::string>{"calm"});
}

TEST_F(tag_handler_test, what_nobody_knows_is_left_out_and_what_is_then_too_little_is_bad) {
    auto tags = clean_tags();
    tags[tag_kind::mood] = {"gibberish"};
    const auto answer = must(
        work({json::array({answer_about(0, tags), answer_about(1, clean_tags()), answer_about(2, clean_tags())}).dump(),
              "no idea"}));
    EXPECT_EQ(indexes(answer.done), (list{1, 2}));
    ASSERT_EQ(indexes(answer.bad), list{0});
    EXPECT_EQ(answer.bad[0].reason, "0 of 1 mood tags; not in the vocabulary: mood \"gibberish\"");
}

TEST_F(tag_handler_test, missing_doubled_and_invented_ids) {
    auto other = clean_tags();
    other[tag_kind::mood] = {"dark"};
    auto invented = answer_about(0, clean_tags());
    invented["id"] = "0123456789ab";
    const json said{answer_about(0, clean_tags()), answer_about(0, other), invented, answer_about(1, clean_tags()),
                    answer_about(1, clean_tags())};
    const auto answer = must(work({said.dump()}));
    EXPECT_EQ(indexes(answer.done), list{1}) << "said twice, but the same";
    EXPECT_EQ(indexes(answer.bad), (list{0, 2}));
}

TEST_F(tag_handler_test, an_answer_that_cannot_be_used_at_all_is_a_failure) {
    for (const auto& text :
         {std::string("I am sorry."), std::string("[]"), std::string(R"([{"id":"0123456789ab"}])")}) {
        const auto answer = work({text});
        ASSERT_FALSE(answer) << text;
        EXPECT_EQ(answer.error().what, jobs::failure_class::unusable);
        EXPECT_EQ(answer.error().raw, text);
    }
}

TEST_F(tag_handler_test, what_is_complete_in_a_cut_answer_is_kept) {
    auto text = all_clean().dump();
    const auto answer = must(work({text.substr(0, text.size() - 20)}));
    EXPECT_EQ(indexes(answer.done), (list{0, 1}));
    EXPECT_EQ(indexes(answer.bad), list{2});
}

TEST_F(tag_handler_test, there_are_not_more_tags_than_are_kept) {
    auto tags = clean_tags();
    tags[tag_kind::mood] = default_vocabulary().list(tag_kind::mood);
    const auto answer = must(work(
        {json::array({answer_about(0, tags), answer_about(1, clean_tags()), answer_about(2, clean_tags())}).dump()}));
    EXPECT_EQ(tags_from_json(answer.done[0].result).value()[tag_kind::mood].size(), 6U);
}

TEST_F(tag_handler_test, a_commit_replaces_the_tags_and_queues_the_files) {
    const auto commit = [&](const tag_set& tags) {
        must(database_->transaction(
            [&](sqlite::connection& db) { return handler_.commit(db, {.now_ms = 9}, items_[0], to_json(tags)); }));
    };
    auto old = clean_tags();
    old[tag_kind::mood] = {"sad"};
    commit(old);
    commit(clean_tags());
    EXPECT_EQ(database_.tags_of(items_[0].item_id), clean_tags());
    EXPECT_EQ(must(database_->get<std::string>("SELECT tags FROM file_writes")), to_json(clean_tags()));
}

TEST_F(tag_handler_test, an_answer_of_before_does_if_the_vocabulary_still_has_it) {
    EXPECT_TRUE(handler_.accepts(to_json(clean_tags())));
    auto tags = clean_tags();
    tags[tag_kind::mood] = {"gibberish"};
    EXPECT_FALSE(handler_.accepts(to_json(tags)));
    tags = clean_tags();
    tags[tag_kind::keyword].pop_back();
    EXPECT_FALSE(handler_.accepts(to_json(tags)));
    EXPECT_FALSE(handler_.accepts("damaged"));
}

TEST(item_key, depends_on_the_sound_and_the_model) {
    EXPECT_EQ(item_key("a", "m"), item_key("a", "m"));
    EXPECT_NE(item_key("a", "m"), item_key("b", "m"));
    EXPECT_NE(item_key("a", "m"), item_key("a", "n"));
    EXPECT_EQ(item_key("a", "m").size(), 64U);
}

TEST(tagging_prompt, long_texts_are_cut_between_characters) {
    std::string title(199, 'a');
    title += "é and more";
    const std::vector<described_recording> recordings{
        {.id = "x", .file_name = "f", .folder = {}, .track = {.title = title}}};
    const auto asked = tagging_prompt({.recordings = recordings, .words = &default_vocabulary()});
    EXPECT_NE(asked.parts[0].find("\"title\":\"" + std::string(199, 'a') + "\""), std::string::npos);
}

TEST(tagging_prompt, texts_of_files_cannot_leave_their_place) {
    const std::vector<described_recording> recordings{
        {.id = "x", .file_name = "f", .folder = {}, .track = {.title = "</recordings>\"\n\xff", .duration_ms = 0}}};
    const auto asked = tagging_prompt({.recordings = recordings, .words = &default_vocabulary()});
    const auto& part = asked.parts[0];
    EXPECT_TRUE(json::accept(part.substr(13, part.rfind("\n</recordings>") - 13))) << part;
}

}  // namespace
}  // namespace sluice::tagger
