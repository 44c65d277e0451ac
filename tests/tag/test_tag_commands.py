"""What is done with a tagged library: searched, counted, taken out, brought in, written, undone. What to expect is worked out here
from the rows, by Python."""

import csv
import io
import json
import re

import pytest
import read_back
from library import KINDS, Library
from model_server import ModelServer


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """One for the tests that only look."""
    music = Library(tmp_path_factory.mktemp("tagged") / "lib", 42)
    with ModelServer() as server:
        music.run(server)
    return music


def rows_of(music):
    """{path: {kind: [tags]}}, as SQLite has it."""
    return {path: music.tags(path) for (path,) in music.query("SELECT path FROM audio_files ORDER BY path")}


def found(music, *query):
    return {each["path"] for each in json.loads(music.say("search", *query, "--json", "--limit", 0))}


def has(tags, kind, *wanted):
    return any(tag in wanted or (kind == "genre" and tag.split(":")[0] in wanted) for tag in tags[kind])


def test_search_means_what_it_says(tagged):
    rows = rows_of(tagged)
    genres = sorted({tag.split(":")[0] for tags in rows.values() for tag in tags["genre"]})
    mood = rows[min(rows)]["mood"][0]
    occasion = rows[max(rows)]["occasion"][0]
    cases = [
        (f"mood:{mood}", lambda tags: has(tags, "mood", mood)),
        (f'genre:"{genres[0]}"', lambda tags: has(tags, "genre", genres[0])),
        (f'mood:{mood} OR occasion:"{occasion}"', lambda tags: has(tags, "mood", mood) or has(tags, "occasion", occasion)),
        (f'mood:{mood} AND NOT occasion:"{occasion}"', lambda tags: has(tags, "mood", mood) and not has(tags, "occasion", occasion)),
        (f'NOT (mood:{mood} OR genre:"{genres[1]}")', lambda tags: not has(tags, "mood", mood) and not has(tags, "genre", genres[1])),
        (f"path:/ -mood:{mood}", lambda tags: not has(tags, "mood", mood)),
    ]
    for query, meant in cases:
        assert found(tagged, query) == {path for path, tags in rows.items() if meant(tags)}, query


def test_a_query_that_is_wrong_is_told_with_its_place(tagged):
    for query, place in [("mood:clam", 1), ("calm AND", 9), ("(calm", 1), ("calm OR OR calm", 9), ('"open', 1)]:
        error = tagged.say("search", query, code=1)
        assert f"character {place}" in error and len(error.splitlines()) == 1, error


def test_json_and_csv_hold_every_file_with_its_tags(tagged):
    rows = rows_of(tagged)
    exported = json.loads(tagged.say("export", "--format", "json"))
    assert {each.pop("path"): each for each in exported} == rows
    lines = list(csv.DictReader(io.StringIO(tagged.say("export", "--format", "csv").removeprefix("\ufeff"))))
    assert {line["path"]: {kind: [tag for tag in line[kind].split("; ") if tag] for kind in KINDS} for line in lines} == rows


def test_a_playlist_names_the_files_that_were_asked_for(tagged):
    mood = rows_of(tagged)[min(rows_of(tagged))]["mood"][0]
    lines = tagged.say("export", f"mood:{mood}", "--format", "m3u").splitlines()
    assert lines[0] == "#EXTM3U"
    assert {line for line in lines if not line.startswith("#")} == found(tagged, f"mood:{mood}")


@pytest.mark.parametrize("form", ["json", "csv", "m3u"])
def test_what_was_taken_out_comes_in_again(library, tmp_path, form):
    music = library(14)
    with ModelServer() as server:
        music.run(server)
        before = rows_of(music)
        file = tmp_path / f"tags.{form}"
        music.say("export", "--format", form, "--output", file)
        music.say("import", file, "--format", form)
        assert rows_of(music) == before
        music.say("undo")
        assert not any(any(tags.values()) for tags in rows_of(music).values())
        music.say("import", file, "--format", form)
    assert rows_of(music) == before


def test_an_import_with_bad_lines_tells_all_of_them_and_changes_nothing(library, tmp_path):
    music = library(7)
    with ModelServer() as server:
        music.run(server)
    before = rows_of(music)
    good, other = list(before)[:2]
    (tmp_path / "bad.json").write_text(json.dumps([
        {"path": good, "genre": ["rock:indie"], "mood": ["calm"], "occasion": ["study"], "keyword": ["bass"]},
        {"path": other, "mood": ["no such mood"]},
        {"path": "/nowhere.mp3", "mood": ["calm"]},
    ]))  # fmt: skip
    error = music.say("import", tmp_path / "bad.json", "--format", "json", code=1)
    assert "no such mood" in error and "/nowhere.mp3" in error
    (tmp_path / "broken.csv").write_text('path,mood\n"open')
    assert "broken.csv" in music.say("import", tmp_path / "broken.csv", "--format", "csv", code=1)
    (tmp_path / "latin.csv").write_bytes(b"path,mood\n/caf\xe9.mp3,calm\n")
    assert "UTF-8" in music.say("import", tmp_path / "latin.csv", "--format", "csv", code=1)
    assert rows_of(music) == before


def test_an_import_of_hands_work_is_kept_and_written(library, tmp_path):
    music = library(7)
    with ModelServer() as server:
        music.run(server)
    path = min(rows_of(music))
    (tmp_path / "mine.csv").write_text(f"path;mood;keyword\n{path};Calm ; DEEP\n".replace("Calm ;", '"calm; dark";'))
    music.say("import", tmp_path / "mine.csv", "--format", "csv")
    tags = music.tags(path)
    assert tags["mood"] == ["calm", "dark"] and tags["keyword"] == ["deep"] and tags["genre"]
    music.say("write")
    assert read_back.tags_of(path) == tags


def test_stats_count_what_is_there(tagged):
    shown = json.loads(tagged.say("stats", "--json", "--top", 0))
    text = json.dumps(shown)
    assert shown["files"] == 42 and shown["recordings"] == 42
    for kind in KINDS:
        for tag, count in tagged.query("SELECT tag, count(*) FROM tags WHERE kind = ? GROUP BY tag", kind):
            assert re.search(rf'"{re.escape(tag)}", "recordings": {count}\b', text), (tag, count)
    assert "█" in tagged.say("stats") or "#" in tagged.say("stats")


def test_status_says_how_far_it_is_and_why_not_further(library):
    music = library(14)
    with ModelServer(plan=[None, {"fault": "forbidden"}]) as server:
        music.run(server, "--batch-size", 7, "--concurrency", 1, code=3)
    shown = music.say("status")
    assert "7 done" in shown and "7 given up" in shown and "permission" in shown
    (job,) = json.loads(music.say("status", "--json"))["jobs"]
    assert (job["done"], job["pending"]) == (7, 0)


def test_the_vocabulary_can_be_changed(library, tmp_path):
    music = library(7)
    own = tmp_path / "own.toml"
    own.write_text('genre = ["noise:harsh", "noise:soft"]\nmood = ["so so", "fine"]\noccasion = ["a", "b", "c", "d"]\n'
                   'keyword = ["k", "l", "m", "n", "o", "p"]\n')  # fmt: skip
    with ModelServer() as server:
        music.run(server, "--vocabulary", own)
    music.check_clean()
    assert {genre.split(":")[0] for tags in rows_of(music).values() for genre in tags["genre"]} == {"noise"}
    assert "noise:harsh" in music.say("vocabulary") and len(music.query("SELECT * FROM vocabulary")) == 14


def test_metrics_file_is_written_by_every_command(tagged, tmp_path):
    for command in (["status"], ["search", "--limit", "1", "genre:rock"], [tagged.music, "--dry-run"]):
        file = tmp_path / "numbers.prom"
        tagged.say(*command, "--metrics", file)
        text = file.read_text()
        assert re.search(r'^sluice_sqlite_reads_total\{database="tag"\} [1-9]', text, re.M), (command, text)
        assert 'sluice_sqlite_read_acquire_seconds_count{database="tag"}' in text
        file.unlink()
