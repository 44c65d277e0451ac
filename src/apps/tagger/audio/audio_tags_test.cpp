#include "apps/tagger/audio/audio_tags.hpp"

#include <cerrno>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "apps/tagger/audio/audio_test_support.hpp"
#include "apps/tagger/audio/audio_text.hpp"
#include "base/os/temporary_folder_test_support.hpp"
#include "base/text/utf8.hpp"

namespace sluice::tagger {
namespace {

using testing::HasSubstr;

tag_set tags_of(std::vector<std::string> genre, std::vector<std::string> mood = {},
                std::vector<std::string> occasion = {}, std::vector<std::string> keyword = {}) {
    tag_set tags;
    tags[tag_kind::genre] = std::move(genre);
    tags[tag_kind::mood] = std::move(mood);
    tags[tag_kind::occasion] = std::move(occasion);
    tags[tag_kind::keyword] = std::move(keyword);
    return tags;
}

tag_set all_kinds() {
    return tags_of({"rock:indie", "pop:indie"}, {"calm", "düster"}, {"work", "study", "running"},
                   {"guitar", "\xf0\x9f\x8e\xb8", "female vocals", "a=b; c/d"});
}

class audio_tags_test : public testing::Test {
  protected:
    std::string put_file(std::string_view name, std::string_view bytes) const {
        put(folder_.file(name), bytes);
        return folder_.file(name);
    }
    std::string put_audio(audio_format format) const {
        return put_file("a." + std::string(to_text(format)), make_audio(format).file);
    }

    base::temporary_folder folder_;
};

TEST_F(audio_tags_test, what_is_written_is_read_and_leaves_the_sound) {
    for (const auto format : audio_formats) {
        const auto path = put_audio(format);
        EXPECT_TRUE(value_in(read_file_tags(path)).is_empty());
        ASSERT_TRUE(write_file_tags(path, all_kinds())) << to_text(format);
        EXPECT_EQ(value_in(read_file_tags(path)), all_kinds()) << to_text(format);
        EXPECT_EQ(value_in(read_payload(path)).sha256, hash_of(make_audio(format).sound)) << to_text(format);
    }
}

TEST_F(audio_tags_test, an_empty_list_removes_its_field_and_others_are_replaced) {
    for (const auto format : audio_formats) {
        const auto path = put_audio(format);
        ASSERT_TRUE(write_file_tags(path, all_kinds()));
        const auto fewer = tags_of({"jazz:bebop"}, {}, {"sleep"}, {});
        ASSERT_TRUE(write_file_tags(path, fewer)) << to_text(format);
        EXPECT_EQ(value_in(read_file_tags(path)), fewer) << to_text(format);
        ASSERT_TRUE(write_file_tags(path, {}));
        EXPECT_TRUE(value_in(read_file_tags(path)).is_empty()) << to_text(format);
        EXPECT_EQ(value_in(read_payload(path)).sha256, hash_of(make_audio(format).sound)) << to_text(format);
    }
}

TEST_F(audio_tags_test, a_file_that_has_the_tags_is_left_alone) {
    for (const auto format : audio_formats) {
        const auto path = put_audio(format);
        ASSERT_TRUE(write_file_tags(path, all_kinds()));
        const auto before = content_of(path);
        auto turned = all_kinds();
        std::ranges::reverse(turned[tag_kind::keyword]);
        turned[tag_kind::keyword].emplace_back("guitar");
        ASSERT_TRUE(write_file_tags(path, turned));
        EXPECT_EQ(content_of(path), before) << to_text(format);
    }
}

TEST_F(audio_tags_test, texts_that_cannot_stand_in_a_file_are_cleaned) {
    for (const auto format : audio_formats) {
        const auto path = put_audio(format);
        ASSERT_TRUE(write_file_tags(path, tags_of({"", std::string("a\0b", 3)}, {"caf\xe9"}))) << to_text(format);
        EXPECT_EQ(value_in(read_file_tags(path)), tags_of({"ab"}, {"caf\xef\xbf\xbd"})) << to_text(format);
    }
}

TEST_F(audio_tags_test, a_file_tells_what_it_is) {
    const auto flac = put_file("a.flac", make_flac(10, 1,
                                                   {"TITLE=Calm", "artist=Ann", "ALBUM=All", "DATE=1999-05-01",
                                                    "DESCRIPTION=Nice", "GENRE=Rock", "GENRE=Pop"})
                                             .file);
    EXPECT_EQ(value_in(read_track(flac)), (track_info{.title = "Calm",
                                                      .artist = "Ann",
                                                      .album = "All",
                                                      .comment = "Nice",
                                                      .genre = "Rock, Pop",
                                                      .year = 1999,
                                                      .duration_ms = 44,
                                                      .bitrate_kbps = 722,
                                                      .sample_rate_hz = 44100,
                                                      .channels = 1}));
    const auto mp3 =
        put_file("a.mp3", id3v2_tag(id3v2_text("TIT2", "Caf\xe9") + id3v2_text("TCON", "17")) + make_mp3().file);
    const auto track = value_in(read_track(mp3));
    EXPECT_EQ(track.title, "Café");
    EXPECT_EQ(track.genre, "Rock");
    EXPECT_EQ(track.sample_rate_hz, 44100);
    EXPECT_EQ(track.bitrate_kbps, 128);
}

TEST_F(audio_tags_test, a_wav_file_tells_what_stands_in_its_info) {
    const auto info = riff_chunk("LIST", "INFO" + riff_chunk("INAM", "Caf\xe9") + riff_chunk("IART", "Bj\xc3\xb6rk") +
                                             riff_chunk("ICRD", "2001") + riff_chunk("IGNR", "Rock"));
    const auto path = put_file("a.wav", wav_file(wav_format() + riff_chunk("data", noise(8000)) + info));
    const auto track = value_in(read_track(path));
    EXPECT_EQ(track.title, "Café");
    EXPECT_EQ(track.artist, "Björk");
    EXPECT_EQ(track.year, 2001);
    EXPECT_EQ(value_in(read_file_tags(path)), tags_of({"Rock"}));
    // Players that read only those tags see the new genre.
    ASSERT_TRUE(write_file_tags(path, tags_of({"jazz:bebop", "jazz"})));
    EXPECT_THAT(content_of(path), HasSubstr("IGNR" + little_bytes(11, 4) + std::string("jazz:bebop\0", 11)));
    EXPECT_EQ(value_in(read_track(path)).title, "Café");
}

TEST_F(audio_tags_test, other_fields_stay_as_they_were) {
    const auto picture = std::string(
                             "\0image/png\0\x03"
                             "front\0",
                             18) +
                         noise(500);
    const auto frames = id3v2_text("TIT2", "Calm") + id3v2_text("TPE1", "Ann") + id3v2_text("TSRC", "ISRC1") +
                        id3v2_frame("APIC", picture) +
                        id3v2_frame("PRIV", "owner" + std::string(1, '\0') + noise(20, 9));
    const auto path = put_file("a.mp3", id3v2_tag(frames) + make_mp3().file);
    ASSERT_TRUE(write_file_tags(path, all_kinds()));
    EXPECT_TRUE(content_of(path).contains(picture));
    EXPECT_TRUE(content_of(path).contains(noise(20, 9)));
    EXPECT_TRUE(content_of(path).contains("ISRC1"));
    EXPECT_EQ(value_in(read_track(path)).artist, "Ann");
}

TEST_F(audio_tags_test, mp3_gets_no_tags_besides_id3v2) {
    const auto made = make_mp3();
    const auto path = put_file("a.mp3", made.file);
    ASSERT_TRUE(write_file_tags(path, all_kinds()));
    const auto bytes = content_of(path);
    EXPECT_TRUE(bytes.starts_with("ID3\x04"));
    EXPECT_TRUE(bytes.ends_with(made.file));
}

TEST_F(audio_tags_test, mp3_genres_in_other_tags_do_not_contradict) {
    const auto made = make_mp3();
    const auto path = put_file("a.mp3", made.file + ape_tag("GENRE", "Blues") + id3v1_tag("Calm", 17));
    EXPECT_EQ(value_in(read_file_tags(path)), tags_of({"Blues"}));
    ASSERT_TRUE(write_file_tags(path, tags_of({"jazz:bebop", "Jazz"})));
    auto bytes = content_of(path);
    EXPECT_EQ(bytes.back(), '\xff');  // none of ID3v1's numbers is bebop
    EXPECT_THAT(bytes, HasSubstr(std::string("GENRE\0jazz:bebop\0Jazz", 21)));
    EXPECT_THAT(bytes, Not(HasSubstr("Blues")));
    EXPECT_EQ(value_in(read_track(path)).title, "Calm");
    ASSERT_TRUE(write_file_tags(path, tags_of({"Jazz"})));
    bytes = content_of(path);
    EXPECT_EQ(bytes.back(), '\x08');
    // Without a genre, the other fields of those tags stay.
    const auto other = put_file("b.mp3", made.file + ape_tag("Mixed", "Blues") + id3v1_tag("Calm", 255));
    ASSERT_TRUE(write_file_tags(other, all_kinds()));
    EXPECT_TRUE(content_of(other).ends_with(made.file + ape_tag("Mixed", "Blues") + id3v1_tag("Calm", 255)));
}

TEST_F(audio_tags_test, undo_of_a_genre_that_stood_in_another_tag_brings_it_back) {
    for (const auto& tag : {id3v1_tag("Calm", 8), ape_tag("GENRE", "Jazz")}) {
        const auto path = put_file("a.mp3", make_mp3().file + tag);
        const auto before = value_in(read_file_tags(path));
        EXPECT_EQ(before, tags_of({"Jazz"}));
        ASSERT_TRUE(write_file_tags(path, all_kinds()));
        EXPECT_EQ(value_in(read_file_tags(path)), all_kinds());
        ASSERT_TRUE(write_file_tags(path, before));
        EXPECT_EQ(value_in(read_file_tags(path)), before);
        EXPECT_TRUE(content_of(path).ends_with(tag)) << tag;
    }
}

TEST_F(audio_tags_test, flac_with_id3_keeps_both_and_they_agree) {
    const auto made = make_flac();
    const auto front = id3v2_tag(id3v2_text("TIT2", "Other") + id3v2_text("TCON", "Blues"));
    const auto path = put_file("a.flac", front + made.file + id3v1_tag("Calm", 0));
    ASSERT_TRUE(write_file_tags(path, all_kinds()));
    const auto bytes = content_of(path);
    EXPECT_TRUE(bytes.starts_with("ID3"));
    EXPECT_THAT(bytes.substr(0, bytes.find("fLaC")),
                AllOf(HasSubstr("rock:indie"), Not(HasSubstr("Blues")), HasSubstr("Other")));
    EXPECT_EQ(bytes.back(), '\xff');
    EXPECT_EQ(value_in(read_payload(path)).sha256, hash_of(made.sound));
}

TEST_F(audio_tags_test, comments_that_are_no_utf8_are_read_as_latin1_and_stay) {
    const std::vector<std::string> fields{"TITLE=Caf\xe9", "ARTIST=Ann", std::string("Mood=tr\xfc") + "b",
                                          "KEYWORDS=one", "X=\xff"};
    for (const auto& made : {make_flac(10, 1, fields), make_ogg(5, 1, fields), make_opus(5, 1, fields)}) {
        const auto path = put_file(made.file.starts_with("fLaC") ? "a.flac" : "a.ogg", made.file);
        EXPECT_EQ(value_in(read_track(path)).title, "Café");
        EXPECT_EQ(value_in(read_file_tags(path)), tags_of({}, {"trüb"}, {}, {"one"}));
        ASSERT_TRUE(write_file_tags(path, tags_of({"rock"}, {"trüb"})));
        EXPECT_THAT(content_of(path), AllOf(HasSubstr("TITLE=Café"), HasSubstr("ARTIST=Ann"), HasSubstr("X=ÿ"),
                                            HasSubstr("MOOD=trüb"), Not(HasSubstr("one"))));
        EXPECT_EQ(value_in(read_payload(path)).sha256, hash_of(made.sound));
    }
}

TEST_F(audio_tags_test, ogg_flac_can_be_read_after_it_was_written) {
    const auto made = make_flac();
    const auto head = ogg_page({.flags = 2}, {"\x7f"
                                              "FLAC" +
                                              big_bytes(0x01000001U, 4) + made.file.substr(0, 42)}) +
                      ogg_page({.number = 1}, {flac_block(4, comments({"A=b"}), true)});
    const auto path = put_file("a.oga", head + ogg_page({.number = 2, .flags = 4}, {made.sound}));
    for (const auto& tags : {all_kinds(), tags_of({"rock"}), all_kinds(), tag_set()}) {
        ASSERT_TRUE(write_file_tags(path, tags));
        EXPECT_EQ(value_in(read_file_tags(path)), tags);
        EXPECT_EQ(value_in(read_payload(path)).sha256, hash_of(made.sound));
    }
}

TEST_F(audio_tags_test, wav_files_whose_sound_taglib_cannot_find_are_not_written) {
    const auto sizes =
        riff_chunk("ds64", little_bytes(100, 8) + little_bytes(8000, 8) + little_bytes(4000, 8) + little_bytes(0, 4));
    const auto chunks = sizes + wav_format() + "data" + little_bytes(0xffffffffU, 4) + noise(8000);
    const auto bytes = "RF64" + little_bytes(0xffffffffU, 4) + "WAVE" + chunks;
    const auto path = put_file("a.wav", bytes);
    EXPECT_TRUE(value_in(read_file_tags(path)).is_empty());
    const auto refused = error_in(write_file_tags(path, all_kinds()));
    EXPECT_EQ(refused.kind, error_kind::invalid);
    EXPECT_EQ(refused.message, "TagLib cannot write into files of this kind");
    EXPECT_EQ(content_of(path), bytes);
}

TEST_F(audio_tags_test, what_is_no_audio_is_an_error) {
    for (const auto* const name : {"a.flac", "a.ogg", "a.opus", "a.m4a"}) {  // TagLib takes any bytes for others
        EXPECT_EQ(error_in(read_track(put_file(name, ""))).kind, error_kind::invalid) << name;
        EXPECT_EQ(error_in(read_track(put_file(name, noise(3000)))).kind, error_kind::invalid) << name;
    }
    const auto fifo = folder_.file("fifo.ogg");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(error_in(read_track(fifo)).message, "not a regular file");
    EXPECT_EQ(error_in(read_track(folder_.file("none.ogg"))).kind, error_kind::not_found);
    EXPECT_EQ(error_in(write_file_tags(folder_.file("none.ogg"), {})).kind, error_kind::not_found);
    EXPECT_EQ(error_in(read_track(folder_.file("none.txt"))).kind, error_kind::invalid);
}

// A limit on the size of files simulates a full disk.
TEST_F(audio_tags_test, a_disk_that_is_full_is_told) {
    const auto path = put_audio(audio_format::wav);
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit small{.rlim_cur = std::filesystem::file_size(path), .rlim_max = old.rlim_max};
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto failure = error_in(write_file_tags(path, all_kinds()));
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, old_handler);
    EXPECT_EQ(failure.kind, error_kind::io);
    EXPECT_THAT(failure.message, HasSubstr("cannot write it: File too large"));
}

TEST(audio_text, latin1_is_what_is_no_utf8) {
    EXPECT_EQ(to_utf8("na\xefve"), "naïve");
    EXPECT_EQ(to_utf8("naïve"), "naïve");
    EXPECT_EQ(to_utf8(""), "");
    EXPECT_EQ(to_utf8("\xc3"), "Ã");
    EXPECT_FALSE(base::is_utf8("\xed\xa0\x80"));
    EXPECT_FALSE(base::is_utf8("\xe4\xb8"));
}

TEST(audio_text, bad_bytes_are_replaced_one_by_one) {
    EXPECT_EQ(clean_text("a\xff"
                         "b"),
              "a\xef\xbf\xbd"
              "b");
    EXPECT_EQ(clean_text("\xe4\xb8"), "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(clean_text("\xe4"
                         "a"),
              "\xef\xbf\xbd"
              "a");
    EXPECT_EQ(clean_text(std::string_view("a\0b", 3)), "ab");
    EXPECT_EQ(clean_text("中\xf0\x9f\x8e\xb8"), "中\xf0\x9f\x8e\xb8");
}

}  // namespace
}  // namespace sluice::tagger
