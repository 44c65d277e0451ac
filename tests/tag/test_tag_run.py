"""`sluice tag DIR` against a model's service that does all that one does: what ends tagged, what is paid for, what is told."""

import json
import shutil
import signal
import socket

import audio
import psycopg
import pytest
import read_back
from library import KEY
from model_server import ModelServer, check_log
from support.waiting import wait_for


def asked_ids(log):
    return [each for line in log if line["kind"] == "tag" for each in line["ids"]]


def test_every_format_is_tagged_and_written(library):
    music = library(28)
    sounds = {file: audio.stream_hash(file) for file in music.files()}
    with ModelServer(key=KEY) as server:
        out, _ = music.run(server, "--write", "--batch-size", 10)
        checked = check_log(server.log())
    assert "28" in out
    assert music.states() == {"done": 28}
    music.check_clean()
    music.check_files_say_so()
    assert {file: audio.stream_hash(file) for file in music.files()} == sounds
    assert (checked.calls, checked.answered_twice) == (3, {})
    assert {file.suffix[1:] for file in music.files()} == set(audio.FORMATS)


def test_what_was_paid_for_is_not_paid_for_again(library):
    music = library(12)
    with ModelServer() as server:
        music.run(server)
        first, *_, last = music.files()
        shutil.copy(first, music.music / f"copy of {first.name}")
        last.rename(music.music / f"renamed{last.suffix}")
        (music.music / "moved").mkdir()
        moved = music.files()[3]
        moved.rename(music.music / "moved" / moved.name)
        music.run(server)
        music.run(server, "--write")  # tags in files do not make other recordings of them
        music.run(server)
        assert check_log(server.log()).calls == 1
        assert music.query("SELECT count(*) FROM audio_files WHERE is_missing = 0") == [(13,)]
        music.check_files_say_so()
        music.run(server, "--model", "gemini-other")
        assert check_log(server.log()).calls == 2, "another model is another question"


def test_with_all_faults_everything_ends_tagged_or_with_its_reason(library):
    music = library(210)
    with ModelServer(fail_share=0.3, seed=11) as server:
        music.run(server, "--batch-size", 5, code=3)
        log = server.log()
    states = music.states()
    assert states.keys() <= {"done", "dead"} and sum(states.values()) == 210 and states["done"] > 100
    assert music.query("SELECT count(*) FROM job_dead_letters WHERE reason = ''") == [(0,)]
    assert music.query("SELECT count(*) FROM job_dead_letters") == [(states["dead"],)]
    assert len({line["fault"] for line in log}) > 12, "too few kinds of faults came up to mean anything"
    assert check_log(log).answered_twice == {}
    music.check_clean()
    with ModelServer() as server:
        music.run(server, "--retry-failed")
    assert music.states() == {"done": 210}
    music.check_clean()


def test_a_limit_holds_for_every_minute_and_for_all_processes(library):
    music = library(35)
    with ModelServer(rpm=5, latency_ms=20) as server:
        processes = [music.start(server, "--batch-size", 5, "--rpm", 5) for _ in range(2)]
        for each in processes:
            out, errors = each.communicate(timeout=240)
            assert each.returncode == 0, (out, errors)
        checked = check_log(server.log(), rpm=5)
    assert checked.calls == 7 and checked.limited == 0 and checked.is_within and checked.answered_twice == {}
    assert music.states() == {"done": 35}


def test_a_service_that_is_busy_is_left_alone_for_as_long_as_it_says(library):
    music = library(7)
    with ModelServer(plan=[{"fault": "rate_minute", "retry_s": 2}]) as server:
        _, errors = music.run(server)
        first, second = server.log()
    assert second["arrived"] - first["arrived"] >= 2
    assert any(json.loads(line)["event"] == "waiting" for line in errors.splitlines())


def test_processes_share_the_files_that_are_to_be_written(library):
    music = library(120)
    with ModelServer() as server:
        music.run(server)
        runs = [music.start(server, "--write") for _ in range(3)]
        for run in runs:
            out, errors = run.communicate(timeout=120)
            assert run.returncode == 0 and '"problem"' not in errors, (out, errors)
    music.check_files_say_so()
    assert music.query("SELECT count(*), count(DISTINCT file_id) FROM file_changes") == [(120, 120)]
    assert music.query("SELECT count(*) FROM file_writes") == [(0,)]
    assert not list(music.music.rglob(".sluice-*"))


def test_what_a_killed_run_had_in_hand_is_done_by_a_run_of_another_folder(library):
    music = library(30)
    with ModelServer(latency_ms=60_000) as server:
        killed = music.start(server, "--batch-size", 10)
        wait_for(lambda: server.stats()["under_way"] == 3, "three requests")
        killed.kill()
        killed.communicate()
    with ModelServer() as server:
        below = next(each for each in music.music.iterdir() if each.is_dir())
        music.music = below
        music.run(server)
        files = music.query("SELECT count(DISTINCT recording_id) FROM audio_files WHERE path LIKE ?", f"{below}/%")[0][0]
    assert music.states()["done"] == files > 0


def test_a_service_that_refuses_all_requests_is_not_asked_for_each_recording(library):
    music = library(200)
    with ModelServer(fail_share=1, faults=["bad_request"]) as server:
        out, _ = music.run(server, code=3)
        calls = server.stats()["calls"]
    assert calls < 60
    states = music.states()
    assert states["pending"] > 180 and states["dead"] < 20, out


def test_a_used_up_day_ends_the_run_until_the_next_one(library):
    music = library(14)
    with ModelServer(plan=[None, "rate_day"]) as server:
        out, _ = music.run(server, "--batch-size", 7, "--concurrency", 1, code=4)
        assert "day" in out
        assert check_log(server.log()).calls == 2
        music.run(server, "--batch-size", 7, code=4)
        assert check_log(server.log()).calls == 2, "it was asked again although the day was over"
        assert "pending" in music.say("status")
        music.query("SELECT 1")
    assert music.states() == {"done": 7, "pending": 7}


def test_one_recording_that_blocks_every_request_is_found(library):
    music = library(16)
    audio.make_tone(music.music / "bad.mp3", title="poison", hertz=333)
    audio.make_tone(music.music / "mule.flac", title="stubborn", hertz=555)
    with ModelServer() as server:
        _, errors = music.run(server, code=3)
    assert music.states() == {"done": 16, "dead": 2}
    reasons = dict(music.query("SELECT title, reason FROM job_dead_letters JOIN job_items USING(item_id) "
                               "JOIN audio_files ON recording_id = CAST(payload AS INTEGER)"))  # fmt: skip
    assert "PROHIBITED_CONTENT" in reasons["poison"] and "keyword" in reasons["stubborn"]
    failed = [json.loads(line) for line in errors.splitlines() if '"item_failed"' in line]
    assert len(failed) == 2


def test_tags_that_nobody_knows_are_mapped_once(library):
    music = library(20)
    with ModelServer(plan=[{"fault": "foreign_tags", "n": 1, "to": 2, "kind": "tag"}]) as server:
        music.run(server, "--batch-size", 10, "--concurrency", 1)
        maps = [line for line in server.log() if line["kind"] == "map"]
    assert maps and music.query("SELECT count(*) FROM tag_mappings")[0][0] > 0
    music.check_clean()


def test_no_network_is_told_and_the_next_run_goes_on(library):
    music = library(10)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens

        class Nobody:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"

        _, errors = music.run(Nobody, "--batch-size", 2, "--concurrency", 1, code=3)
    assert "refused" in errors.lower()
    assert music.query("SELECT DISTINCT class, is_passing FROM job_dead_letters") == [("transient", 1)]
    with ModelServer() as server:
        music.run(server)
    assert music.states() == {"done": 10}


@pytest.mark.parametrize("key", [None, "", "with\nline break"])
def test_without_a_usable_key_nothing_is_asked(library, key):
    music = library(3)
    with ModelServer(key=KEY) as server:
        _, errors = music.run(server, key=key, code=1)
        assert "GEMINI_API_KEY" in errors and len(errors.splitlines()) == 1
        assert server.log() == []


def test_a_wrong_key_is_told_and_shown_nowhere(library):
    music = library(3)
    wrong = "wrong-key-5b7e21"
    with ModelServer(key=KEY) as server:
        out, errors = music.run(server, key=wrong, code=3)
    assert "API key" in errors and wrong not in out + errors + music.say("status")
    assert wrong.encode() not in music.database.read_bytes()


def test_the_key_may_be_in_a_file(library, tmp_path):
    music = library(3)
    (tmp_path / "key").write_text(KEY + "\n")
    with ModelServer(key=KEY) as server:
        music.run(server, "--key-file", tmp_path / "key", key=None)
    assert music.states() == {"done": 3}


def test_openais_protocol(library):
    music = library(12)

    with ModelServer(key=KEY, plan=[None, "not_json"]) as server:

        class Endpoint:
            url = server.openai_url

        music.run(Endpoint, "--api", "openai", "--model", "local-model", "--batch-size", 6)
        assert {line["api"] for line in server.log()} == {"openai"}
    assert music.states() == {"done": 12}
    music.check_clean()


def wait_for_requests(server, count):
    """Until so many are under way or over."""
    wait_for(lambda: server.stats()["calls"] + server.stats()["under_way"] >= count, server.stats)


def test_an_interrupt_lets_requests_in_flight_come_to_their_end(library):
    music = library(40)
    with ModelServer(latency_ms=1500) as server:
        process = music.start(server, "--batch-size", 5)
        wait_for_requests(server, 3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
        assert check_log(server.log()).calls == 3
        assert music.states() == {"done": 15, "pending": 25}
        server.set_faults(latency_ms=0)
        music.run(server)
        assert len(asked_ids(server.log())) == 40, "something was asked twice"
    assert music.states() == {"done": 40}


def test_a_second_interrupt_stops_at_once(library):
    music = library(10)
    with ModelServer(latency_ms=60_000) as server:
        process = music.start(server, "--batch-size", 5)
        wait_for_requests(server, 2)
        process.send_signal(signal.SIGINT)
        first_line = next(line for line in process.stderr if "nterrupt" in line)
        assert first_line
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130
    assert music.states() == {"pending": 10}


def test_undo_brings_back_what_was_there_and_the_next_run_is_free(library):
    music = library(14)
    before = {file: read_back.tags_of(file) for file in music.files()}
    with ModelServer() as server:
        music.run(server, "--write")
        tagged = {file: music.tags(file) for file in music.files()}
        music.say("undo")
        assert {file: read_back.tags_of(file) for file in music.files()} == before
        assert music.query("SELECT count(*) FROM tags") == [(0,)]
        music.run(server, "--write")
        assert check_log(server.log()).calls == 1
    assert {file: music.tags(file) for file in music.files()} == tagged
    music.check_files_say_so()


def test_a_dry_run_asks_nothing_and_changes_nothing(library):
    music = library(12)
    with ModelServer() as server:
        out, _ = music.run(server, "--dry-run", "--batch-size", 5)
        assert "12" in out and "3" in out and not music.database.exists()
        music.run(server)
        before = music.database.stat().st_mtime_ns, [file.read_bytes() for file in music.files()]
        out, _ = music.run(server, "--dry-run", "--write")
        genre = music.tags(music.files()[0])["genre"][0]
        assert f"+ genre: {genre}" in out
        assert (music.database.stat().st_mtime_ns, [file.read_bytes() for file in music.files()]) == before
        assert check_log(server.log()).calls == 1


def test_sql_clients_look_at_it_while_it_runs(library, start):
    music = library(60)
    with ModelServer(latency_ms=30) as model:
        music.run(model, "--batch-size", 20)
        server = start(music.database)
        audio.make_library(music.music, 60, 9)
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            process = music.start(model, "--batch-size", 2)
            counts = []
            while process.poll() is None:
                counts.append(connection.execute("SELECT count(DISTINCT recording_id) FROM tags").fetchone()[0])
            out, errors = process.communicate()
            assert process.returncode == 0, (out, errors)
            assert connection.execute("SELECT count(DISTINCT recording_id) FROM tags").fetchone()[0] == 120
    assert counts == sorted(counts) and len(set(counts)) > 3
