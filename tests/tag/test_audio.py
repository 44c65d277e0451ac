"""Audio files of a real encoder: their sound stays the same whatever is written into them, and other programs agree."""

import json
import os
import pathlib
import random
import subprocess
import time

import audio
import mutagen
import pytest
from mutagen import apev2, id3
from support import paths

PROBE = paths.BUILD / "tag_probe"
KINDS = [*audio.FORMATS, "oga"]
TAGS = {
    "genre": ["rock:indie", "pop:indie"],
    "mood": ["calm", "düster"],
    "occasion": ["work", "study", "running"],
    "keyword": ["guitar", "\N{GUITAR}", "female vocals", "a=b; c/d"],
}
FIELDS = {"title": "Tîtle", "artist": "Ann & Bob", "album": "All of it", "year": 1999}


def probe(*words):
    done = subprocess.run([PROBE, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return json.loads(done.stdout)


def write(path, tags=None):
    return probe("write", path, json.dumps(tags or TAGS))


@pytest.fixture(params=KINDS)
def tone(request, tmp_path):
    return audio.make_tone(tmp_path / f"tone.{request.param}", genre="Blues", **FIELDS)


def test_ffmpeg_finds_the_same_sound(tone, tmp_path):
    """Its demuxers know nothing of our parsers. Of mp3 they leave out the frame that counts the others."""
    if tone.suffix == ".mp3":
        tone = audio.make_tone(tmp_path / "plain.mp3", encoder=[*audio.ENCODERS["mp3"], "-write_xing", "0"], **FIELDS)
    assert probe("payload", tone)["sha256"] == audio.stream_hash(tone)


def test_writing_leaves_the_sound_and_mutagen_reads_the_tags(tone):
    before = probe("payload", tone)
    sound = audio.stream_hash(tone, "md5")
    done = write(tone)
    assert done["was_written"]
    assert done["before"] == {"genre": ["Blues"], "mood": [], "occasion": [], "keyword": []}
    assert done["size_bytes"] == tone.stat().st_size and done["modified_ns"] == tone.stat().st_mtime_ns
    assert audio.read_kinds(tone) == TAGS
    assert probe("tags", tone) == TAGS
    assert probe("payload", tone) == before
    assert audio.stream_hash(tone, "md5") == sound
    audio.ffmpeg("-xerror", "-i", tone, "-f", "null", "-")
    assert not write(tone)["was_written"]


def test_ffmpeg_decodes_the_same_samples(tone):
    def samples():
        return audio.ffmpeg("-i", tone, "-map", "0:a:0", "-f", "hash", "-hash", "sha256", "-")

    before = samples()
    write(tone)
    assert samples() == before


def test_other_fields_and_pictures_stay(tone):
    picture = random.Random(1).randbytes(60_000)
    audio.add_picture(tone, picture)
    before = probe("track", tone)
    for tags in (TAGS, {"genre": ["jazz:bebop"], "mood": ["warm"]}):
        write(tone, tags)
        after = probe("track", tone)
        assert after["genre"] == ", ".join(tags["genre"])
        ignored = ("genre", "bitrate_kbps")
        assert {k: v for k, v in after.items() if k not in ignored} == {k: v for k, v in before.items() if k not in ignored}
        assert audio.pictures(tone) == [picture]
    assert {name: after[name] for name in FIELDS} == FIELDS


def test_what_mutagen_writes_leaves_the_sound_and_our_tags(tone):
    write(tone)
    before = probe("payload", tone)
    audio.set_texts(tone, "Other " * 1000, "Somebody")
    audio.add_picture(tone, random.Random(2).randbytes(300_000))
    assert probe("payload", tone) == before
    assert probe("tags", tone) == TAGS
    assert probe("track", tone)["artist"] == "Somebody"


def test_a_file_tells_how_long_it_is(tmp_path):
    for kind in audio.FORMATS:
        tone = audio.make_tone(tmp_path / f"long.{kind}", seconds=3)
        told = probe("track", tone)
        assert 2950 <= told["duration_ms"] <= 3100, kind
        assert told["channels"] == 1 and told["sample_rate_hz"] == 48000, kind


def test_two_tones_differ_and_one_tone_in_two_files_does_not(tmp_path):
    seen = set()
    for kind in KINDS:
        for hertz in (440, 441):
            tone = audio.make_tone(tmp_path / f"{hertz}.{kind}", hertz=hertz, title="One")
            seen.add(probe("payload", tone)["sha256"])
            other = audio.make_tone(tmp_path / f"again.{kind}", hertz=hertz, title="Another title", artist="Somebody")
            assert probe("payload", other)["sha256"] == probe("payload", tone)["sha256"]
    # The frames of FLAC are the same in its own file and in Ogg.
    assert len(seen) == 2 * len(audio.FORMATS)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_file_is_told_and_not_written(tone, share):
    whole = tone.read_bytes()
    if tone.suffix == ".mp3" and share == 0.99:
        share = 0.6  # encoders disagree about the last three kilobytes
    cut = whole[: int(len(whole) * share)]
    tone.write_bytes(cut)
    assert probe("payload", tone)["is_invalid"]
    assert "error" in write(tone)
    assert tone.read_bytes() == cut
    assert [each.name for each in tone.parent.iterdir()] == [tone.name]


def test_bytes_that_are_changed_anywhere_crash_nothing(tone):
    """Each damaged file is read in whole or refused; what was written is read back."""
    whole = tone.read_bytes()
    dice = random.Random(tone.suffix)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 3, 30])):
            damaged[dice.randrange(min(len(damaged), dice.choice([64, 1024, len(damaged)])))] = dice.choice([0, 1, 0x7F, 0xFF, dice.randrange(256)])
        tone.write_bytes(damaged)
        before = probe("payload", tone)
        probe("track", tone)
        done = write(tone)
        if "error" in done:
            assert tone.read_bytes() == damaged
        else:
            assert probe("payload", tone) == before
            assert {k: sorted(v) for k, v in probe("tags", tone).items()} == {k: sorted(v) for k, v in TAGS.items()}


def test_mp3_with_tags_of_all_kinds(tmp_path):
    tone = audio.make_tone(tmp_path / "all.mp3", encoder=[*audio.ENCODERS["mp3"], "-id3v2_version", "3"], genre="Blues", **FIELDS)
    tags = apev2.APEv2()
    tags.update({"Genre": "Blues", "Mixed": "by hand"})
    tags.save(tone)
    tone.write_bytes(tone.read_bytes() + b"TAG" + b"Old".ljust(124, b"\0") + b"\0")  # ID3v1: Old, Blues
    before = probe("payload", tone)
    write(tone)
    assert probe("payload", tone) == before
    assert audio.read_kinds(tone) == TAGS
    assert list(apev2.APEv2(tone)["genre"]) == TAGS["genre"]
    assert str(apev2.APEv2(tone)["mixed"]) == "by hand"
    assert tone.read_bytes()[-128:-125] == b"TAG" and tone.read_bytes()[-1] == 255  # no number for it
    assert id3.ID3(tone)["TDRC"].text[0].year == 1999


def test_m4a_with_its_index_in_front(tmp_path):
    """The index holds the places of the sound, which moves when tags grow."""
    tone = audio.make_tone(tmp_path / "fast.m4a", encoder=[*audio.ENCODERS["m4a"], "-movflags", "+faststart"], seconds=3, **FIELDS)
    before, sound = probe("payload", tone), audio.stream_hash(tone)
    write(tone, TAGS | {"keyword": [f"word {i}" for i in range(2000)]})
    assert probe("payload", tone) == before
    assert audio.stream_hash(tone) == sound
    audio.ffmpeg("-xerror", "-i", tone, "-f", "null", "-")


def test_other_encoders(tmp_path):
    """Lossless m4a, aiff with compressed samples, wav of 24 bits and of floats, wide wav, vbr mp3."""
    for name, encoder in {
        "alac.m4a": ["-c:a", "alac"],
        "sowt.aifc": ["-c:a", "pcm_s16le", "-f", "aiff"],
        "wide.wav": ["-c:a", "pcm_s24le"],
        "float.wav": ["-c:a", "pcm_f32le"],
        "adpcm.wav": ["-c:a", "adpcm_ima_wav"],
        "vbr.mp3": ["-c:a", "libmp3lame", "-q:a", "2"],
        "mpeg2.mp3": ["-c:a", "libmp3lame", "-ar", "16000"],
        "fragments.m4a": ["-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
    }.items():
        tone = audio.make_tone(tmp_path / name, encoder=encoder)
        before, sound = probe("payload", tone), audio.stream_hash(tone)
        assert "error" not in before, name
        done = write(tone)
        assert done.get("was_written"), f"{name}: {done}"
        assert (probe("payload", tone), audio.stream_hash(tone)) == (before, sound), name


def test_rf64_is_read_and_not_written(tmp_path):
    tone = audio.make_tone(tmp_path / "big.wav", encoder=["-c:a", "pcm_s16le", "-rf64", "always"])
    assert probe("payload", tone)["sha256"] == audio.stream_hash(tone)
    whole = tone.read_bytes()
    assert write(tone) == {"error": "TagLib cannot write into files of this kind", "is_invalid": True}
    assert tone.read_bytes() == whole


def is_whole(path, before):
    """Which of both tags the file has, with its sound."""
    assert probe("payload", path) == before
    genre = audio.read_kinds(path)["genre"]
    assert genre in (["Blues"], TAGS["genre"])
    return genre


def test_kill_before_the_rename_leaves_the_old_file(tone):
    whole = tone.read_bytes()
    running = subprocess.Popen([PROBE, "slow", tone, json.dumps(TAGS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout.readline() == b"ready\n"
    copies = [each for each in tone.parent.iterdir() if each != tone]
    assert len(copies) == 1 and copies[0].name.startswith(".sluice-")
    running.kill()
    running.communicate()
    assert tone.read_bytes() == whole
    assert write(tone)["was_written"] and list(tone.parent.iterdir()) == [tone]


def test_kill_at_any_moment_leaves_the_old_file_or_the_new(tmp_path):
    dice = random.Random(5)
    original = audio.make_tone(tmp_path / "long.flac", seconds=60, genre="Blues", **FIELDS)
    before, whole = probe("payload", original), original.read_bytes()
    started = time.monotonic()
    write(original)
    takes = time.monotonic() - started
    seen = set()
    for _ in range(40):
        original.write_bytes(whole)
        running = subprocess.Popen([PROBE, "write", original, json.dumps(TAGS), before["sha256"]], stdout=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, 1.2 * takes))  # no event tells where it is, and any moment is a good one
        running.kill()
        running.wait()
        seen.add(tuple(is_whole(original, before)))
    assert seen


def test_a_file_that_changes_meanwhile_is_left_alone(tone):
    running = subprocess.Popen([PROBE, "slow", tone, json.dumps(TAGS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    audio.set_texts(tone, "Meanwhile", "Somebody")
    whole = tone.read_bytes()
    told = json.loads(running.communicate("\n")[0])
    assert told == {"error": "another program changed it meanwhile", "is_invalid": False}
    assert tone.read_bytes() == whole
    assert [each.name for each in tone.parent.iterdir()] == [tone.name]


def test_links_to_a_store_stay_links(tmp_path):
    """As git-annex keeps them: the store's file has no extension."""
    (tmp_path / "store").mkdir()
    audio.make_tone(tmp_path / "song.flac").rename(tmp_path / "store" / "blob")
    link = tmp_path / "song.flac"
    link.symlink_to("store/blob")
    assert write(link)["was_written"]
    assert link.is_symlink() and os.readlink(link) == "store/blob"
    assert audio.read_kinds(link) == TAGS


def test_a_library_is_scanned_and_each_song_is_its_own(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    songs = audio.make_library(tmp_path / "one", 70, seed=3)
    found = probe("scan", tmp_path / "one")
    assert found["problems"] == []
    assert [each["path"] for each in found["files"]] == sorted((str(song.path) for song in songs), key=lambda path: path.split("/"))
    hashes = [probe("payload", song.path)["sha256"] for song in songs]
    assert len(set(hashes)) == len(songs)
    for song in songs:
        told = probe("track", song.path)
        assert (told["title"], told["artist"], told["album"]) == (song.title, song.artist, song.album)
    again = audio.make_library(tmp_path / "two", 70, seed=3)
    assert [each.path.relative_to(tmp_path / "two") for each in again] == [each.path.relative_to(tmp_path / "one") for each in songs]
    assert [probe("payload", song.path)["sha256"] for song in again] == hashes
    other = audio.make_library(tmp_path / "two", 7, seed=4)
    assert not {probe("payload", song.path)["sha256"] for song in other} & set(hashes)


def test_comments_in_latin1_survive(tmp_path):
    """mutagen does not write such, old programs did."""
    tone = audio.make_tone(tmp_path / "old.flac", artist="Bjxxrk")
    tone.write_bytes(tone.read_bytes().replace(b"Bjxxrk", "Bjöörk".encode("latin-1")))
    assert probe("track", tone)["artist"] == "Bjöörk"
    write(tone)
    assert mutagen.File(tone)["artist"] == ["Bjöörk"]


def test_a_path_that_is_no_text(tmp_path):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    audio.make_tone(tmp_path / "a.flac")
    os.rename(tmp_path / "a.flac", folder + b"/a.flac")
    found = probe("scan", tmp_path)
    assert found == {"files": [], "problems": [{"path": f"{tmp_path}/caf\\xe9", "reason": "its name is no UTF-8"}]}
    assert pathlib.Path(os.fsdecode(folder)).is_dir()
