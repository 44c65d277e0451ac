#include "apps/tagger/tags/vocabulary.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::tagger {
namespace {

constexpr std::string_view small = R"(
genre = ["Rock:Indie", "rock"]
mood = ["calm"]
occasion = ["late night", "work", "study"]
keyword = ["guitar", "drums", "bass", "lo-fi"]
)";

std::string error_of(std::string_view toml) {
    const auto parsed = vocabulary::parse(toml, "words.toml");
    return parsed ? "ok" : parsed.error().message;
}

TEST(vocabulary, spelling_is_forgiven_and_meaning_is_not) {
    const auto words = must(vocabulary::parse(small, "words.toml"));
    for (const char* written : {"rock:indie", "Rock:Indie", " rock : indie ", "ROCK:INDIE"}) {
        ASSERT_NE(words.find(tag_kind::genre, written), nullptr) << written;
        EXPECT_EQ(*words.find(tag_kind::genre, written), "rock:indie");
    }
    EXPECT_EQ(*words.find(tag_kind::occasion, "Late_Night"), "late night");
    EXPECT_EQ(*words.find(tag_kind::keyword, "lo fi"), "lo fi");
    EXPECT_EQ(words.find(tag_kind::genre, "rock indie"), nullptr);
    EXPECT_EQ(words.find(tag_kind::mood, "guitar"), nullptr) << "of another kind";
    EXPECT_EQ(words.list(tag_kind::genre), (std::vector<std::string>{"rock:indie", "rock"}));
}

TEST(vocabulary, normalized_spelling) {
    EXPECT_EQ(normalized_tag("  Drum--and__Bass  "), "drum and bass");
    EXPECT_EQ(normalized_tag("A :\tB"), "a:b");
    EXPECT_EQ(normalized_tag("Über"), "Über") << "only ASCII letters change";
    EXPECT_EQ(normalized_tag(" - "), "");
}

TEST(vocabulary, what_is_wrong_is_named_with_its_line) {
    EXPECT_EQ(error_of("genre = [\"a\"]\nspeed = [\"x\"]"),
              "words.toml:2: \"speed\" is none of genre, mood, occasion, keyword");
    EXPECT_EQ(error_of("genre = \"a\""), "words.toml:1: genre must be an array of texts");
    EXPECT_EQ(error_of("genre = [\n1]"), "words.toml:2: a tag must be a text");
    EXPECT_EQ(error_of("genre = [\"a\", \"A\"]"), "words.toml:1: \"a\" is listed twice");
    EXPECT_EQ(error_of("mood = [\"a:b\"]"), "words.toml:1: \"a:b\" cannot be a tag of kind mood");
    EXPECT_EQ(error_of("genre = [\"a:b:c\"]"), "words.toml:1: \"a:b:c\" cannot be a tag of kind genre");
    EXPECT_EQ(error_of("genre = [\" \"]"), "words.toml:1: \" \" cannot be a tag of kind genre");
    EXPECT_EQ(error_of("genre = [\"a\"]"), "words.toml: mood needs at least 1 tags");
    EXPECT_TRUE(error_of("genre = [").starts_with("words.toml:1: ")) << error_of("genre = [");
}

TEST(vocabulary, is_read_from_a_file) {
    const base::temporary_folder folder;
    std::ofstream(folder.file("w.toml")) << small;
    EXPECT_NE(must(vocabulary::load(folder.file("w.toml"))).find(tag_kind::mood, "calm"), nullptr);
    const auto missing = vocabulary::load(folder.file("none.toml"));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, error_kind::not_found);
}

TEST(vocabulary, the_default_one_is_rich_enough) {
    const auto& words = default_vocabulary();
    EXPECT_GE(words.list(tag_kind::genre).size(), 70U);
    EXPECT_GE(words.list(tag_kind::mood).size(), 40U);
    EXPECT_GE(words.list(tag_kind::occasion).size(), 35U);
    EXPECT_GE(words.list(tag_kind::keyword).size(), 150U);
    for (const auto& each : words.list(tag_kind::genre)) {
        EXPECT_NE(each.find(':'), std::string::npos) << each << " has no parent";
    }
}

TEST(vocabulary, is_kept_in_the_database) {
    const library_database database;
    EXPECT_FALSE(must(load_vocabulary(*database)));
    must(store_vocabulary(*database, default_vocabulary()));
    must(store_vocabulary(*database, must(vocabulary::parse(small, "s"))));
    const auto loaded = must(load_vocabulary(*database));
    ASSERT_TRUE(loaded);
    for (const tag_kind kind : tag_kinds) {
        EXPECT_EQ(loaded->list(kind), must(vocabulary::parse(small, "s")).list(kind));
    }
}

}  // namespace
}  // namespace sluice::tagger
