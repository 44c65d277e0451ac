#include "apps/tagger/audio/audio_payload.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "apps/tagger/audio/audio_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::tagger {
namespace {

using testing::HasSubstr;

class audio_payload_test : public testing::Test {
  protected:
    result<audio_payload> read(std::string_view name, std::string_view bytes) const {
        put(folder_.file(name), bytes);
        return read_payload(folder_.file(name));
    }
    void expect_sound(std::string_view name, std::string_view bytes, std::string_view sound) const {
        const auto read_it = value_in(read(name, bytes));
        EXPECT_EQ(read_it.sha256, hash_of(sound)) << name;
        EXPECT_EQ(read_it.size_bytes, sound.size()) << name;
    }
    void expect_failure(std::string_view name, std::string_view bytes, std::string_view message) const {
        const auto failure = error_in(read(name, bytes));
        EXPECT_EQ(failure.kind, error_kind::invalid);
        EXPECT_THAT(failure.message, HasSubstr(message)) << name;
        EXPECT_THAT(failure.message, Not(HasSubstr(folder_.file("")))) << name;
    }

    base::temporary_folder folder_;
};

std::string name_of(audio_format format) {
    return "a." + std::string(to_text(format));
}

TEST_F(audio_payload_test, the_sound_of_each_format_is_what_was_put_in) {
    for (const auto format : audio_formats) {
        const auto made = make_audio(format);
        expect_sound(name_of(format), made.file, made.sound);
        EXPECT_EQ(value_in(read_payload(folder_.file(name_of(format)))).format, format);
    }
}

TEST_F(audio_payload_test, formats_are_told_by_the_extension_in_any_case) {
    EXPECT_EQ(audio_format_of("/x.y/Song.MP3"), audio_format::mp3);
    EXPECT_EQ(audio_format_of("song.Oga"), audio_format::ogg);
    EXPECT_EQ(audio_format_of("song.m4b"), audio_format::m4a);
    EXPECT_EQ(audio_format_of("song.aif"), audio_format::aiff);
    EXPECT_EQ(audio_format_of("song.aifc"), audio_format::aiff);
    for (const std::string_view other : {"song", "song.mp3.txt", ".mp3", "mp3", "song.mp", "song."}) {
        EXPECT_EQ(audio_format_of(other), std::nullopt) << other;
    }
}

// A file that ends early is an error, or other sound if that cannot be detected; it never crashes the parser.
TEST_F(audio_payload_test, no_file_that_ends_early_is_taken_for_the_whole) {
    for (const auto format : audio_formats) {
        const auto made = make_audio(format);
        for (std::size_t size = 0; size < made.file.size(); size += size < 200 ? 1 : 37) {
            const auto cut = read(name_of(format), std::string_view(made.file).substr(0, size));
            EXPECT_TRUE(!cut || cut->sha256 != hash_of(made.sound)) << to_text(format) << " " << size;
            EXPECT_TRUE(!cut || format == audio_format::mp3) << to_text(format) << " " << size;
        }
    }
}

TEST_F(audio_payload_test, a_file_of_another_format_is_an_error) {
    for (const auto format : audio_formats) {
        for (const auto other : audio_formats) {
            const bool is_same_kind = format == audio_format::ogg && other == audio_format::opus;
            if (format != other && !is_same_kind) {
                const auto failure = error_in(read(name_of(format), make_audio(other).file));
                EXPECT_EQ(failure.kind, error_kind::invalid) << to_text(format) << " " << to_text(other);
            }
        }
        expect_failure(name_of(format), noise(5000), "");
        expect_failure(name_of(format), std::string(5000, '\0'), "");
        expect_failure(name_of(format), std::string(5000, '\xff'), "");
        expect_failure(name_of(format), "", "empty");
        expect_failure(name_of(format), "x", "");
    }
}

TEST_F(audio_payload_test, what_is_no_regular_file_is_refused_at_once) {
    const auto fifo = folder_.file("fifo.mp3");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::filesystem::create_directory(folder_.file("folder.mp3"));
    for (const auto& path : {fifo, folder_.file("folder.mp3")}) {
        EXPECT_EQ(error_in(read_payload(path)).message, "not a regular file");
    }
    EXPECT_EQ(error_in(read_payload(std::filesystem::path("/dev/null"), audio_format::mp3)).message,
              "not a regular file");
    EXPECT_EQ(error_in(read_payload(folder_.file("none.mp3"))).kind, error_kind::not_found);
    EXPECT_EQ(error_in(read_payload(folder_.file("none.txt"))).kind, error_kind::invalid);
}

TEST_F(audio_payload_test, mp3_tags_around_the_sound_do_not_belong_to_it) {
    const auto made = make_mp3();
    const auto front = id3v2_tag(id3v2_text("TIT2", "Calm"), 100);
    const auto lyrics = "LYRICSBEGIN" + std::string("IND00002") + "00" + "000021" + "LYRICS200";
    expect_sound("a.mp3", front + made.file, made.sound);
    expect_sound("a.mp3", front + id3v2_tag("", 5) + id3v2_tag("") + made.file, made.sound);
    expect_sound("a.mp3", made.file + id3v1_tag("Calm"), made.sound);
    expect_sound("a.mp3", made.file + ape_tag("Title", "Calm"), made.sound);
    expect_sound("a.mp3", front + made.file + ape_tag("Title", "Calm") + lyrics + id3v1_tag("Calm"), made.sound);
    expect_sound("a.mp3", made.file + id3v1_tag("Calm") + id3v1_tag("Twice"), made.sound);
    expect_sound("a.mp3", made.file + "TAG+" + std::string(223, 'x') + id3v1_tag("Calm"), made.sound);
    auto with_footer = id3v2_tag(id3v2_text("TIT2", "Calm"));
    with_footer[5] = 0x10;
    expect_sound("a.mp3", with_footer + "3DI" + with_footer.substr(3, 7) + made.file, made.sound);
}

TEST_F(audio_payload_test, tags_that_lie_about_their_size_take_nothing_of_the_sound) {
    const auto made = make_mp3();
    auto ape = ape_tag("Title", "Calm");
    ape.replace(ape.size() - 20, 4, little_bytes(0xffffffffU, 4));
    expect_sound("a.mp3", made.file + ape, made.sound + ape);
    const auto lyrics = "LYRICSBEGIN" + std::string("999999") + "LYRICS200";
    expect_sound("a.mp3", made.file + lyrics, made.sound + lyrics);
    expect_failure("a.mp3", id3v2_tag("", 100).substr(0, 10) + std::string(50, '\0'), "cut off: 50 bytes are missing");
    expect_failure("a.mp3", id3v2_tag("", 100) + id3v1_tag("Calm"), "no MPEG audio frame");
}

TEST_F(audio_payload_test, mp3_of_which_the_header_counts_more_is_cut_off) {
    const auto made = make_counted_mp3(20);
    expect_sound("a.mp3", made.file, made.sound);
    expect_failure("a.mp3", made.file.substr(0, made.file.size() - 4000), "cut off: 4000 bytes are missing");
    expect_failure("a.mp3", made.file.substr(0, made.file.size() - 4000) + id3v1_tag("Calm"), "cut off: 4000 bytes");
    // Encoders count differently, so a small difference is accepted.
    EXPECT_TRUE(read("a.mp3", made.file.substr(0, made.file.size() - 500)));
    const std::string vbri = std::string(15, '\0') + "VBRI" + std::string(6, '\0') + big_bytes(9000, 4);
    expect_failure("a.mp3", mp3_frame(1, vbri) + make_mp3(3).file, "cut off: 7332 bytes");
}

TEST_F(audio_payload_test, mp3_frames_are_found_behind_a_little_that_is_none) {
    const auto made = make_mp3();
    const auto junk = noise(3000) + "\xff\xfb\x90\xc0" + noise(1000);
    expect_sound("a.mp3", junk + made.file, junk + made.sound);
    expect_failure("a.mp3", noise(70000) + made.file, "no MPEG audio frame");
    expect_failure("a.mp3", noise(1000) + "\xff\xfb\x90\xc0" + noise(100), "no MPEG audio frame");
}

TEST_F(audio_payload_test, flac_metadata_and_tags_around_do_not_belong_to_the_sound) {
    const auto made = make_flac();
    const auto padded = "fLaC" + made.file.substr(4, 38) + flac_block(1, std::string(3000, '\0')) +
                        flac_block(4, comments({"A=b"}), true) + made.sound;
    expect_sound("a.flac", padded, made.sound);
    expect_sound("a.flac", id3v2_tag("", 50) + padded + id3v1_tag("Calm"), made.sound);
    const auto zeros = std::string(20, '\0');
    expect_sound("a.flac", made.file + zeros, made.sound + zeros);
}

TEST_F(audio_payload_test, flac_without_its_last_frame_is_cut_off) {
    const auto made = make_flac();
    expect_failure("a.flac", made.file.substr(0, made.file.size() - 393), "cut off: at least 393 bytes are missing");
    // The least size of a frame is unknown: once the last frame is missing, once only its end.
    auto unknown = made.file;
    unknown.replace(12, 6, std::string(6, '\0'));
    expect_sound("a.flac", unknown, made.sound);
    expect_failure("a.flac", unknown.substr(0, unknown.size() - 393), "cut off: the frame with the last of its 1920");
    expect_failure("a.flac", unknown.substr(0, unknown.size() - 10), "cut off: the frame with the last of its 1920");
    // The number of samples is unknown, so a cut-off file cannot be detected.
    auto endless = unknown;
    endless.replace(22, 4, std::string(4, '\0'));
    EXPECT_TRUE(read("a.flac", endless.substr(0, unknown.size() - 10)));
}

TEST_F(audio_payload_test, flac_that_is_damaged) {
    const auto made = make_flac();
    auto no_frame = made.file;
    no_frame[made.file.size() - made.sound.size()] = 'x';
    expect_failure("a.flac", no_frame, "no frame behind its metadata");
    expect_failure("a.flac", "fLaC" + flac_block(4, comments({}), true) + made.sound, "STREAMINFO");
    expect_failure("a.flac", made.file.substr(0, made.file.size() - made.sound.size()), "no sound");
    expect_failure("a.flac", "fLaC" + flac_block(0, std::string(34, '\0')) + "\x04\xff\xff\xff" + made.sound,
                   "cut off");
}

TEST_F(audio_payload_test, ogg_pages_are_no_part_of_the_sound) {
    // The same packets, all in one page, and one packet over three pages.
    const auto made = make_opus(2);
    const auto packet = noise(255, 4);
    const auto head = ogg_page({.flags = 2}, {opus_head()}) + ogg_page({.number = 1}, {"OpusTags" + comments({"A=b"})});
    std::vector<std::string> packets;
    for (const std::size_t at : {0U, 300U, 555U, 855U}) {
        packets.push_back(made.sound.substr(at, at == 0 || at == 555 ? 300 : 255));
    }
    expect_sound("a.opus", head + ogg_page({.number = 2, .flags = 4}, packets), made.sound);
    auto open = ogg_page({.number = 2}, {packet});
    open.erase(27 + 1, 1);  // the empty piece that ends the packet
    open[26] = 1;
    expect_sound("a.opus", head + open + ogg_page({.number = 3, .flags = 5}, {packet}), packet + packet);
}

TEST_F(audio_payload_test, ogg_headers_are_no_part_of_the_sound_however_long_they_are) {
    const auto tags = "OpusTags" + comments({"PICTURE=" + noise(70000)});
    auto file = ogg_page({.flags = 2}, {opus_head()});
    for (std::size_t at = 0; at < tags.size(); at += 51000) {
        auto page =
            ogg_page({.number = 1, .flags = static_cast<std::uint8_t>(at == 0 ? 0 : 1)}, {tags.substr(at, 51000)});
        if (at + 51000 < tags.size()) {
            page[26] = static_cast<char>(200);
            page.erase(27 + 200, 1);
        }
        file += page;
    }
    const auto sound = noise(100);
    expect_sound("a.opus", file + ogg_page({.number = 3, .flags = 4}, {sound}), sound);
}

TEST_F(audio_payload_test, ogg_streams_in_a_row_all_count_and_of_those_side_by_side_the_first) {
    const auto first = make_opus(2, 1);
    const auto second = make_opus(3, 2, {"TITLE=Next"}, 6);
    expect_sound("a.opus", first.file + second.file, first.sound + second.sound);
    const auto other = ogg_page({.serial = 9, .flags = 2}, {"fishead" + std::string(57, '\0')});
    expect_sound("a.opus", other + first.file + ogg_page({.serial = 9, .flags = 4}, {"x"}), first.sound);
    expect_sound("a.ogg", first.file, first.sound);
    expect_failure("a.opus", make_ogg().file, "no Opus");
    expect_failure("a.ogg", other, "no Vorbis, Opus, FLAC or Speex");
    expect_sound("a.opus", first.file + id3v1_tag("Calm"), first.sound);
}

TEST_F(audio_payload_test, ogg_in_other_wrappings) {
    const auto made = make_flac();
    const auto head = ogg_page({.flags = 2}, {"\x7f"
                                              "FLAC" +
                                              big_bytes(0x01000001U, 4) + made.file.substr(0, 42)}) +
                      ogg_page({.number = 1}, {flac_block(4, comments({"A=b"}), true)});
    expect_sound("a.oga", head + ogg_page({.number = 2, .flags = 4}, {made.sound}), made.sound);
    const auto speex = "Speex   " + std::string(60, '\0') + little_bytes(1, 4) + std::string(8, '\0');
    const auto pages = ogg_page({.flags = 2}, {speex}) + ogg_page({.number = 1}, {comments({"A=b"})}) +
                       ogg_page({.number = 2}, {"extra"});
    expect_sound("a.ogg", pages + ogg_page({.number = 3, .flags = 4}, {"speech"}), "speech");
}

TEST_F(audio_payload_test, ogg_that_ends_early_is_cut_off) {
    const auto made = make_opus();
    const auto page_bytes = 27 + 2 + 2 + 300 + 255;
    expect_failure("a.opus", made.file.substr(0, made.file.size() - 10), "cut off: 10 bytes are missing");
    expect_failure("a.opus", made.file.substr(0, made.file.size() - page_bytes), "no page is marked as the last");
    auto damaged = made.file;
    damaged[damaged.size() - page_bytes] = 'x';
    expect_failure("a.opus", damaged, "no Ogg page where one should begin");
}

TEST_F(audio_payload_test, mp4_counts_every_mdat_and_nothing_else) {
    const auto made = make_mp4();
    const auto head = mp4_atom("ftyp", "M4A ") + mp4_atom("moov", "");
    expect_sound("a.m4a", head + mp4_atom("mdat", "one") + mp4_atom("free", "xxx") + mp4_atom("mdat", "two"), "onetwo");
    expect_sound("a.m4b", head + big_bytes(1, 4) + "mdat" + big_bytes(16 + 5, 8) + "sound" + mp4_atom("free", ""),
                 "sound");
    expect_sound("a.m4a", head + big_bytes(0, 4) + "mdat" + "to the end", "to the end");
    expect_sound("a.m4a", made.file + mp4_atom("udta", "later"), made.sound);
}

TEST_F(audio_payload_test, mp4_that_is_cut_off_or_damaged) {
    const auto made = make_mp4();
    const auto head = mp4_atom("ftyp", "M4A ") + mp4_atom("moov", "");
    expect_failure("a.m4a", made.file.substr(0, made.file.size() - 100), "cut off: 100 bytes are missing");
    expect_failure("a.m4a", made.file + "abc", "cut off: 5 bytes are missing");
    expect_failure("a.m4a", mp4_atom("ftyp", "M4A ") + mp4_atom("mdat", "x"), "moov");
    expect_failure("a.m4a", head + big_bytes(1, 4) + "mdat" + big_bytes(~std::uint64_t{0}, 8) + "x", "cut off: 184467");
    expect_failure("a.m4a", head + big_bytes(1, 4) + "mdat" + big_bytes(3, 8) + "x", "damaged");
    expect_failure("a.m4a", head + big_bytes(7, 4) + "mdat" + "x", "damaged");
    expect_failure("a.m4a", head + big_bytes(1, 4) + "mdat" + "x", "cut off: 7 bytes");
    expect_failure("a.m4a", head + mp4_atom("mdat", ""), "no sound");
    // Atoms of size 0 reach to the end, so there is no second one.
    expect_failure("a.m4a", head + std::string(100000, '\0'), "no sound");
}

TEST_F(audio_payload_test, wav_chunks_of_any_order_and_size) {
    const auto list = riff_chunk("LIST", "INFO" + riff_chunk("INAM", "Calm!"));
    expect_sound("a.wav", wav_file(list + wav_format() + riff_chunk("odd ", "x") + riff_chunk("data", "sound")),
                 "sound");
    expect_sound("a.wav", wav_file(wav_format() + riff_chunk("data", "sound") + list), "sound");
    // The padding byte after an odd chunk is left out.
    expect_sound("a.wav", wav_file(wav_format() + "odd " + little_bytes(3, 4) + "xxx" + riff_chunk("data", "sound!")),
                 "sound!");
    expect_sound("a.wav", wav_file(wav_format() + "data" + little_bytes(5, 4) + "sound"), "sound");
    expect_sound("a.wav", wav_file(wav_format() + riff_chunk("data", "sound!")) + std::string(50, '\0'), "sound!");
    expect_sound("a.wav", wav_file(wav_format() + riff_chunk("data", "sound!")) + "abc", "sound!");
    expect_failure("a.wav", wav_file(wav_format() + list), "no sound");
    expect_failure("a.wav", wav_file(wav_format() + riff_chunk("data", "")), "no sound");
    expect_failure("a.wav", wav_file(std::string(50, '\x01')), "no chunk where one should begin");
}

TEST_F(audio_payload_test, wav_of_large_or_unknown_size) {
    const auto sizes =
        riff_chunk("ds64", little_bytes(100, 8) + little_bytes(6, 8) + little_bytes(3, 8) + little_bytes(0, 4));
    const auto chunks =
        sizes + wav_format() + "data" + little_bytes(0xffffffffU, 4) + "sound!" + riff_chunk("LIST", "INFO");
    expect_sound("a.wav", "RF64" + little_bytes(0xffffffffU, 4) + "WAVE" + chunks, "sound!");
    expect_sound("a.wav", wav_file(wav_format() + "data" + little_bytes(0xffffffffU, 4) + "streamed"), "streamed");
    const auto huge =
        riff_chunk("ds64", std::string(8, '\0') + little_bytes(~std::uint64_t{0}, 8) + std::string(12, '\0'));
    expect_failure("a.wav", "RF64" + little_bytes(0, 4) + "WAVE" + huge + "data" + little_bytes(0xffffffffU, 4) + "x",
                   "cut off: 18446744073709551614 bytes");
}

TEST_F(audio_payload_test, wav_and_aiff_that_are_cut_off) {
    for (const auto format : {audio_format::wav, audio_format::aiff}) {
        const auto made = make_audio(format);
        expect_failure(name_of(format), made.file.substr(0, made.file.size() - 1), "cut off: 1 bytes are missing");
        expect_failure(name_of(format), made.file.substr(0, made.file.size() - 3000), "cut off: 3000 bytes");
        const auto name =
            format == audio_format::wav ? std::string("LIST") + little_bytes(100, 4) : "NAME" + big_bytes(100, 4);
        expect_failure(name_of(format), made.file + name + std::string(50, 'x'), "cut off: 50 bytes are missing");
    }
}

TEST_F(audio_payload_test, a_large_file_is_read_through_a_small_window) {
    const auto made = make_wav(3'000'001);
    expect_sound("a.wav", made.file, made.sound);
    const auto song = make_mp3(5000);
    expect_sound("a.mp3", id3v2_tag("", 600'000) + song.file + ape_tag("Cover", noise(400'000)), song.sound);
}

}  // namespace
}  // namespace sluice::tagger
