#include "apps/tagger/exchange/exchange.hpp"

#include <gtest/gtest.h>

#include "apps/tagger/exchange/exchange_entries.hpp"
#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

class exchange_test : public testing::Test {
  protected:
    void tag(std::int64_t recording_id, const tag_set& tags) const {
        must(database_->transaction([&](sqlite::connection& db) {
            return replace_tags(db, {.recording_id = recording_id, .tags = tags, .tag_run_id = run_, .now_ms = 9});
        }));
    }
    std::string exported(exchange_format format) const {
        std::string text;
        must(export_tags({.database = &*database_, .format = format, .condition = {}},
                         [&](std::string_view piece) -> result<> {
                             text += piece;
                             return {};
                         }));
        return text;
    }
    result<import_report> import(exchange_format format, const std::string& text, bool is_dry = false) const {
        return import_tags({.database = &*database_,
                            .format = format,
                            .text = text,
                            .source = "file",
                            .folder = "/music",
                            .is_dry_run = is_dry});
    }
    std::vector<std::string> problems(exchange_format format, const std::string& text) const {
        std::vector<std::string> lines;
        for (const auto& each : must(import(format, text)).problems) {
            lines.push_back(std::to_string(each.place) + " " + each.what + " \"" + each.value + "\" " + each.reason);
        }
        return lines;
    }
    std::int64_t count(const std::string& sql) const { return must(database_->get<std::int64_t>(sql)); }

    library_database database_;
    std::int64_t run_ = must(begin_tag_run(*database_, "tag", "/music", 5));
};

constexpr exchange_format formats[] = {exchange_format::json, exchange_format::csv, exchange_format::m3u};

TEST_F(exchange_test, json_is_what_the_issue_says) {
    EXPECT_EQ(exported(exchange_format::json), "[]\n");
    tag(database_.add("h1", "/music/a \"b\".mp3"), make_tags({"rock:indie"}, {"calm", "sad"}, {}, {"late night"}));
    database_.add("h2", "/music/c.mp3");
    EXPECT_EQ(exported(exchange_format::json),
              "[\n  {\"path\": \"/music/a \\\"b\\\".mp3\", \"genre\": [\"rock:indie\"], \"mood\": [\"calm\", \"sad\"], "
              "\"occasion\": [], \"keyword\": [\"late night\"]},\n"
              "  {\"path\": \"/music/c.mp3\", \"genre\": [], \"mood\": [], \"occasion\": [], \"keyword\": []}\n]\n");
}

TEST_F(exchange_test, csv_has_several_tags_in_a_field) {
    tag(database_.add("h1", "/music/a,b.mp3"), make_tags({"rock:indie"}, {"calm", "sad"}, {}, {"late night"}));
    EXPECT_EQ(exported(exchange_format::csv),
              "path,genre,mood,occasion,keyword\r\n\"/music/a,b.mp3\",rock:indie,\"calm; sad\",,late night\r\n");
}

TEST_F(exchange_test, playlists_are_extended_m3u) {
    tag(database_.add("h1", "/music/a.mp3", {.title = "One\nTwo", .artist = "Bob", .duration_ms = 61'600}),
        clean_tags());
    database_.add("h2", "/music/b.mp3");
    EXPECT_EQ(exported(exchange_format::m3u),
              "#EXTM3U\n#EXTINF:62,Bob - One Two\n#EXTGENRE:rock:indie\n#SLUICE-MOOD:calm\n"
              "#SLUICE-OCCASION:study; work; reading\n#SLUICE-KEYWORD:guitar; drums; bass; slow\n/music/a.mp3\n"
              "#EXTINF:-1,b.mp3\n#EXTGENRE:\n#SLUICE-MOOD:\n#SLUICE-OCCASION:\n#SLUICE-KEYWORD:\n/music/b.mp3\n");
}

TEST_F(exchange_test, a_path_with_a_line_break_is_told) {
    database_.add("h1", "/music/a\nb.mp3");
    std::vector<std::string> told;
    std::string text;
    const auto done = must(export_tags({.database = &*database_,
                                        .format = exchange_format::m3u,
                                        .condition = {},
                                        .left_out = [&](const std::string& path) { told.push_back(path); }},
                                       [&](std::string_view piece) -> result<> {
                                           text += piece;
                                           return {};
                                       }));
    EXPECT_EQ(done.left_out, 1);
    EXPECT_EQ(told, std::vector<std::string>{"/music/a\nb.mp3"});
    EXPECT_EQ(text, "#EXTM3U\n");
}

TEST_F(exchange_test, what_was_exported_changes_nothing) {
    tag(database_.add("h1", "/music/a.mp3"), clean_tags());
    tag(database_.add("h2", "/music/= \xc3\xa4,\"; x.mp3"), make_tags({"not in the vocabulary"}, {}, {}, {}));
    database_.add("h1", "/music/copy.mp3");
    database_.add("h3", "/music/none.mp3");
    for (const auto format : formats) {
        const auto done = must(import(format, exported(format)));
        EXPECT_TRUE(done.problems.empty()) << done.problems.front().reason;
        EXPECT_EQ(done.entries, 4);
        EXPECT_EQ(done.unchanged, 4);
        EXPECT_EQ(done.changed, 0);
        EXPECT_EQ(done.tag_run_id, 0);
    }
    EXPECT_EQ(count("SELECT count(*) FROM tag_runs"), 1);
}

TEST_F(exchange_test, changes_what_is_mentioned_under_a_run_of_its_own) {
    const auto id = database_.add("h1", "/music/a.mp3");
    tag(id, clean_tags());
    auto expected = clean_tags();
    expected[tag_kind::mood] = {"sad", "dark"};
    expected[tag_kind::occasion] = {};
    for (const auto& [format, text] : std::initializer_list<std::pair<exchange_format, std::string>>{
             {exchange_format::json, R"([{"path": "/music/a.mp3", "mood": ["Sad", "DARK", "dark"], "occasion": []}])"},
             {exchange_format::csv, "occasion;path;mood\n;/music/a.mp3;\"Sad;  DARK\"\n"},
             {exchange_format::m3u,
              "\xef\xbb\xbf#EXTM3U\r\n#SLUICE-MOOD:sad; dark;\r\n#SLUICE-OCCASION:\r\nx/../a.mp3\r\n"}}) {
        tag(id, clean_tags());
        const auto dry = must(import(format, text, true));
        EXPECT_EQ(dry.changed, 1);
        EXPECT_EQ(dry.tag_run_id, 0);
        EXPECT_EQ(database_.tags_of(id), clean_tags());
        const auto done = must(import(format, text));
        EXPECT_EQ(done.changed, 1);
        EXPECT_EQ(done.unclean, 1) << "no occasion";
        EXPECT_EQ(database_.tags_of(id), expected);
        EXPECT_EQ(count("SELECT count(*) FROM tag_changes WHERE tag_run_id = " + std::to_string(done.tag_run_id)), 1);
    }
}

TEST_F(exchange_test, all_that_is_wrong_is_told_and_nothing_changes) {
    const auto id = database_.add("h1", "/music/a.mp3");
    tag(id, clean_tags());
    EXPECT_EQ(
        problems(exchange_format::csv,
                 "path,mood,genre\n/music/a.mp3,sad,rock:indie\n/music/a.mp3,clam; sad,rock\n/else.mp3,sad,\n,,\n"),
        (std::vector<std::string>{
            "3 genre \"rock\" it is not in the vocabulary", "3 mood \"clam\" it is not in the vocabulary",
            "3 path \"/music/a.mp3\" it is the same sound as at 2, with other tags",
            "4 path \"/else.mp3\" it is not in the library; scan its folder first", "5 path \"\" it is empty"}));
    EXPECT_EQ(
        problems(
            exchange_format::json,
            R"([7, {"path": "/music/a.mp3", "mood": "sad"}, {"mood": []}, {"path": "/music/a.mp3", "moods": []}, [1]])"),
        (std::vector<std::string>{"1  \"\" it is no object with a text \"path\"", "2 mood \"\" it is no array of texts",
                                  "3  \"\" it is no object with a text \"path\"",
                                  "4 moods \"\" it is none of path, genre, mood, occasion, keyword",
                                  "5  \"\" it is no object with a text \"path\""}));
    EXPECT_EQ(
        problems(
            exchange_format::json,
            R"([{"path": "/music/a.mp3", "genre": ["rock:indie", "rock:punk", "rock:hard", "pop:indie", "pop:synth"]}])"),
        (std::vector<std::string>{"1 genre \"\" more than 4 of them"}));
    EXPECT_EQ(database_.tags_of(id), clean_tags());
    EXPECT_EQ(count("SELECT count(*) FROM tag_runs"), 1);
}

TEST_F(exchange_test, what_is_not_of_the_format_is_an_error) {
    for (const auto* text : {"", "{}", "[{\"path\": \"/a\"}", "7", "[] x", "\xff"}) {
        EXPECT_FALSE(import(exchange_format::json, text).has_value()) << text;
    }
    EXPECT_FALSE(import(exchange_format::csv, "mood\ncalm\n").has_value());
    EXPECT_FALSE(import(exchange_format::m3u, std::string("a\0b", 3)).has_value());
    EXPECT_EQ(must(import(exchange_format::m3u, "")).entries, 0);
}

TEST_F(exchange_test, problems_are_bounded) {
    std::string text = "path\n";
    for (std::size_t i = 0; i <= import_problems_max; ++i) {
        text += "/nowhere\n";
    }
    const auto done = must(import(exchange_format::csv, text));
    EXPECT_EQ(done.problems.size(), import_problems_max);
    EXPECT_TRUE(done.has_more_problems);
}

TEST(exchange_formats, are_known_by_their_names) {
    EXPECT_EQ(exchange_format_of("a/b.M3U8"), exchange_format::m3u);
    EXPECT_EQ(exchange_format_of("x.json"), exchange_format::json);
    EXPECT_EQ(exchange_format_of("x"), std::nullopt);
    EXPECT_EQ(split_tags(" a ;; b c;"), (std::vector<std::string>{"a", "b c"}));
}

}  // namespace
}  // namespace sluice::tagger
