"""Files and folders that are not as they should be: each is told, the others are tagged, and the exit code says so."""

import errno
import json
import os

import audio
from model_server import ModelServer
from support.faults import Faults


def problems(music):
    return dict(music.query("SELECT path, reason FROM scan_problems"))


def reason_of(music, name):
    (found,) = (reason for path, reason in problems(music).items() if name in path)
    return found


def test_files_that_cannot_be_read_are_told_and_the_others_are_tagged(library):
    music = library(7)
    whole = audio.make_tone(music.music / "whole.wav", seconds=2, hertz=777).read_bytes()
    (music.music / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (music.music / "empty.mp3").write_bytes(b"")
    (music.music / "text.flac").write_text("this is no music\n" * 100)
    (music.music / "folder.mp3").mkdir()
    os.mkfifo(music.music / "pipe.ogg")
    os.symlink("nowhere.mp3", music.music / "broken link.mp3")
    with ModelServer() as server:
        _, errors = music.run(server, code=3)
    assert music.states() == {"done": 8}
    for name in ("cut.wav", "empty.mp3", "text.flac", "pipe.ogg", "broken link.mp3"):
        assert reason_of(music, name), name
        assert name in errors


def test_what_cannot_be_looked_at_is_not_missing_and_its_problem_ends_with_it(library, tmp_path):
    music = library(7)
    inner, aside = music.music / "inner", tmp_path / "aside"
    inner.mkdir()
    audio.make_tone(inner / "below.wav", hertz=777)
    with ModelServer() as server:
        music.run(server)
        inner.rename(aside)
        os.symlink("inner", inner)  # nobody can enter it
        music.run(server, code=3)
        assert list(problems(music)) == [str(inner)]
        assert music.query("SELECT count(*) FROM audio_files WHERE is_missing = 1") == [(0,)]
        inner.unlink()
        music.run(server)
        assert problems(music) == {}
        assert music.query("SELECT path FROM audio_files WHERE is_missing = 1") == [(str(inner / "below.wav"),)]
        aside.rename(inner)
        music.run(server)
    assert music.query("SELECT count(*) FROM audio_files WHERE is_missing = 1") == [(0,)]


def test_a_circle_of_links_ends(library):
    music = library(7)
    (music.music / "inner").mkdir()
    os.symlink("..", music.music / "inner" / "up")
    os.symlink("self.mp3", music.music / "self.mp3")
    with ModelServer() as server:
        music.run(server, code=3)
    assert music.states() == {"done": 7}
    assert "link" in reason_of(music, "inner/up") and reason_of(music, "self.mp3")


def test_long_names_are_tagged_and_written(library):
    music = library(0)
    name = "é" * 125 + ".flac"  # 255 bytes, the most that there is
    audio.make_tone(music.music / "short.flac").rename(music.music / name)
    deep = music.music
    for _ in range(8):
        deep = deep / ("d" * 200)
        deep.mkdir()
    audio.make_tone(music.music / "x.mp3", hertz=555).rename(deep / "deep.mp3")
    with ModelServer() as server:
        music.run(server, "--write")
    assert music.states() == {"done": 2}
    music.check_files_say_so()


def test_a_name_that_is_no_utf_8_is_told(library):
    music = library(7)
    bad = os.fsencode(str(music.music)) + b"/caf\xe9.mp3"
    os.rename(os.fsencode(str(audio.make_tone(music.music / "x.mp3", hertz=555))), bad)
    with ModelServer() as server:
        _, errors = music.run(server, code=3)
    assert music.states() == {"done": 7}
    assert "UTF-8" in reason_of(music, "caf\\xe9.mp3") and json.dumps("caf\\xe9.mp3")[1:-1] in errors


def test_a_disk_that_is_full_leaves_files_as_they_are_and_is_made_up_for_later(library, tmp_path):
    music = library(7)
    before = {file: file.read_bytes() for file in music.files()}
    faults = Faults(tmp_path)
    faults.disk("/music/", errno.ENOSPC)
    environment = music.environment(**faults.environment)
    with ModelServer() as server:
        _, errors = music.run(server, "--write", code=3, environment=environment)
        assert "No space left on device" in errors
        assert {file: file.read_bytes() for file in music.files()} == before
        assert music.states() == {"done": 7}
        assert music.query("SELECT count(*) FROM file_writes WHERE failed_reason LIKE '%No space%'") == [(7,)]
        music.run(server, "--write")
        assert len(server.log()) == 1
    music.check_files_say_so()


def test_one_line_for_what_cannot_be_begun(library, tmp_path):
    music = library(0)
    (tmp_path / "other.db").write_bytes(b"not a database at all, but long enough to look at" * 100)
    cases = [(["/nowhere"], "/nowhere"), ([music.music, "--rpm", "-1"], "rpm"), ([music.music, "--concurrency", "0"], "concurrency"),
             ([music.music, "--vocabulary", "/nowhere.toml"], "/nowhere.toml"), ([music.music, "--timeout", "soon"], "timeout"),
             ([music.music, "--base-url", "gopher://x"], "gopher"), (["statsu"], "status"), ([music.music, "--api", "other"], "api")]  # fmt: skip
    for words, said in cases:
        error = music.say(*words, code=1)
        assert said in error and len(error.splitlines()) == 1, (words, error)
    music.database = tmp_path / "other.db"
    error = music.say(music.music, code=1)
    assert "other.db" in error and len(error.splitlines()) == 1


def test_progress_is_lines_of_json_that_add_up(library):
    music = library(30)
    with ModelServer() as server:
        _, errors = music.run(server, "--batch-size", 10, "--price-in", "1", "--price-out", "2")
    lines = [json.loads(line) for line in errors.splitlines()]
    assert lines[0]["event"] == "started" and lines[-1]["event"] == "ended"
    last = lines[-1]
    assert (last["done"], last["failed"], last["left"]) == (30, 0, 0)
    assert last["tokens_in"] > 0 and last["tokens_out"] > 0
    assert abs(last["cost"] - (last["tokens_in"] + 2 * last["tokens_out"]) / 1e6) < 1e-9
