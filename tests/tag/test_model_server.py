"""The model server keeps what it promises: every fault by its name, limits by any sliding minute, a log that tells all of it."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import model_server
import pytest
from model_answers import Question
from model_faults import ALL, BY_CHANCE, Chance
from model_log import Limits
from model_questions import INSTRUCTIONS, VOCABULARY, Client, gemini_request, is_clean, map_turn, recordings, tag_turn, text_of
from model_server import ModelServer, check_log, most_in_a_minute
from support.waiting import wait_for

IDS = [each["id"] for each in recordings(10)]
TURN = tag_turn(recordings(10))
ARRAY = {"type": "ARRAY", "items": {"type": "OBJECT"}}


def ask_once(plan, turn=TURN, **options):
    """(status, headers, body, line of the log) of one request that meets a fault."""
    with ModelServer(plan=[plan], **options) as server, Client(server) as client:
        status, headers, body = client.gemini(turn)
        return status, headers, body, server.log()[0]


def answers_of(plan, turn=TURN):
    status, _, body, line = ask_once(plan, turn)
    assert status == 200 and line["status"] == 200 and body["candidates"][0]["finishReason"] == "STOP"
    return json.loads(text_of(body)), line


def details_of(body, kind):
    return next(each for each in body["error"]["details"] if each["@type"].endswith("google.rpc." + kind))


def test_a_good_answer_and_its_line():
    with ModelServer() as server, Client(server) as client:
        before = time.time()
        status, headers, body = client.gemini(TURN)
        again = client.gemini(TURN)[2]
        first, second = server.log()
    assert status == 200 and headers["Content-Type"].startswith("application/json")
    answers = json.loads(text_of(body))
    assert [each["id"] for each in answers] == IDS and all(map(is_clean, answers)) and text_of(body) == text_of(again)
    for each in answers:
        assert 1 <= len(set(each["genre"])) <= 2 and len(set(each["mood"])) == 2
        assert 3 <= len(set(each["occasion"])) <= 4 and 4 <= len(set(each["keyword"])) <= 6
    assert len({json.dumps({**each, "id": ""}) for each in answers}) > 5, "tags depend on the id"
    usage = body["usageMetadata"]
    assert usage["promptTokenCount"] + usage["candidatesTokenCount"] == usage["totalTokenCount"]
    assert before - 1 < first["arrived"] <= first["finished"] < second["arrived"] < time.time() + 1
    assert first["connection"] == second["connection"], "the connection was kept"
    wanted = {"number": 1, "api": "gemini", "model": "gemini-test", "kind": "tag", "ids": IDS, "good_ids": IDS, "fault": None, "status": 200,
              "usable": True, "key_ok": True, "tokens_in": usage["promptTokenCount"], "tokens_out": usage["candidatesTokenCount"],
              "path": "/v1beta/models/gemini-test:generateContent"}  # fmt: skip
    assert {name: first[name] for name in wanted} == wanted


def test_the_answer_has_the_shape_that_the_schema_asks_for():
    with ModelServer() as server, Client(server) as client:
        schema = {"type": "OBJECT", "properties": {"recordings": ARRAY}, "required": ["recordings"]}
        wrapped = json.loads(text_of(client.gemini(TURN, responseSchema=schema)[2]))
        plain = json.loads(text_of(client.gemini(TURN, responseSchema=ARRAY)[2]))
        schema = {"type": "object", "properties": {"recordings": {"type": "array"}}}
        body = client.openai(TURN, response_format={"type": "json_schema", "json_schema": {"name": "recordings", "schema": schema}})[2]
        assert [line["good_ids"] for line in server.log()] == [IDS] * 3
    assert wrapped == {"recordings": plain} == json.loads(body["choices"][0]["message"]["content"])
    assert body["choices"][0]["finish_reason"] == "stop" and body["usage"]["total_tokens"] > body["usage"]["prompt_tokens"] > 0


def test_mappings_are_of_the_kind_and_nonsense_has_none():
    tags = [("genre", "Hip_Hop"), ("mood", "calmish"), ("keyword", "nonsense 3")]
    with ModelServer() as server, Client(server) as client:
        answers = json.loads(text_of(client.gemini(map_turn(tags))[2]))
        line = server.log()[0]
    assert [(each["kind"], each["tag"]) for each in answers] == tags
    assert answers[0]["replacement"] in VOCABULARY["genre"] and answers[1]["replacement"] in VOCABULARY["mood"] and answers[2]["replacement"] == ""
    assert (line["kind"], line["ids"], line["good_ids"], line["usable"]) == ("map", [], [], True)


def test_keys_and_models():
    with ModelServer(key="right-one", models=["gemini-test", "local"]) as server:
        with Client(server) as nobody, Client(server, "wrong-one") as other, Client(server, "right-one") as known:
            status, _, body = nobody.gemini(TURN)
            assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")
            status, _, body = other.gemini(TURN)
            assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")
            info = details_of(body, "ErrorInfo")
            assert (info["reason"], info["domain"]) == ("API_KEY_INVALID", "googleapis.com")
            status, _, body = other.openai(TURN)
            assert (status, body["error"]["code"]) == (401, "invalid_api_key")
            assert known.gemini(TURN)[0] == known.openai(TURN)[0] == 200
            status, _, body = known.gemini(TURN, model="gemini-none")
            assert (status, body["error"]["status"]) == (404, "NOT_FOUND")
            assert known.post("/v1beta/models/gemini-test:generateContent?key=right-one", b"{", {"x-goog-api-key": "right-one"})[0] == 400
        assert [line["key_ok"] for line in server.log()] == [False] * 3 + [True] * 4
        server.stop()
        written = json.dumps(server.log())
    assert "right-one" not in written and "wrong-one" not in written


def test_still_good_ones():
    _, _, body, line = ask_once("parts")
    parts = body["candidates"][0]["content"]["parts"]
    assert [part.get("thought", False) for part in parts] == [False, True, False] and line["good_ids"] == IDS and line["usable"]
    assert all(map(is_clean, json.loads(text_of(body)))) and body["usageMetadata"]["thoughtsTokenCount"] > 0
    _, _, body, line = ask_once("fenced")
    text = text_of(body)
    assert not text.startswith("```") and "```json\n[" in text and line["good_ids"] == IDS and line["usable"]
    _, _, _, line = ask_once({"fault": "slow", "factor": 7}, latency_ms=20)
    assert line["finished"] - line["arrived"] > 0.13 and line["good_ids"] == IDS


def test_bad_answers_about_items():
    answers, line = answers_of("wrong_ids")
    strange = [each["id"] for each in answers if each["id"] not in IDS]
    assert len(answers) == 10 and len(strange) == 4 and len(line["good_ids"]) == 6 and line["usable"]
    answers, line = answers_of({"fault": "missing_ids", "share": 0.3})
    assert [each["id"] for each in answers] == line["good_ids"] and len(answers) == 7
    answers, line = answers_of("invented_ids")
    assert [each["id"] for each in answers][:10] == line["good_ids"] == IDS and len(answers) == 13
    answers, line = answers_of("doubled_ids")
    copies = {each: [answer for answer in answers if answer["id"] == each] for each in IDS}
    assert len(answers) == 14 and line["good_ids"] == [each for each in IDS if all(c == copies[each][0] for c in copies[each])] != IDS
    answers, line = answers_of({"fault": "foreign_tags", "share": 1})
    written = {tag for each in answers for kind in VOCABULARY for tag in each[kind] if tag not in VOCABULARY[kind]}
    assert any("_" in tag or tag.istitle() for tag in written) and any(tag.startswith("made up") for tag in written)
    assert line["good_ids"] == [each["id"] for each in answers if is_clean(each)] != IDS
    answers, line = answers_of("too_few_tags")
    assert len(answers) == 10 and line["good_ids"] == [each["id"] for each in answers if len(each["occasion"]) >= 3] and len(line["good_ids"]) == 6


def test_wrong_ids_are_also_those_of_other_requests():
    with ModelServer(plan=[None, {"fault": "wrong_ids", "share": 1}]) as server, Client(server) as client:
        client.gemini(tag_turn(recordings(10, first=100)))
        answers = json.loads(text_of(client.gemini(TURN)[2]))
    others = {each["id"] for each in recordings(10, first=100)}
    named = {each["id"] for each in answers}
    assert named & others and named - others and not named & set(IDS)


def test_answers_that_are_none():
    _, _, body, line = ask_once({"fault": "cut", "share": 0.5})
    assert body["candidates"][0]["finishReason"] == "MAX_TOKENS" and 0 < len(line["good_ids"]) < 10 and not line["usable"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(text_of(body))
    _, _, body, line = ask_once({"fault": "cut", "share": 0})
    assert text_of(body) == "" and line["good_ids"] == []
    _, _, body, line = ask_once("blocked_prompt")
    assert "candidates" not in body and body["promptFeedback"]["blockReason"] and line["status"] == 200 and not line["usable"]
    _, _, body, line = ask_once("safety")
    assert body["candidates"][0]["finishReason"] == "SAFETY" and "content" not in body["candidates"][0] and not line["usable"]
    for plan, start in [("prose", "I have"), ("broken", '[{"id": "')]:
        _, _, body, line = ask_once({"fault": "not_json", "variant": plan})
        assert text_of(body).startswith(start) and not line["usable"]
        with pytest.raises(json.JSONDecodeError):
            json.loads(text_of(body))
    for plan, text in [("text", ""), ("list", "[]"), ("nothing", "")]:
        assert text_of(ask_once({"fault": "empty", "variant": plan})[2]) == text
    assert ask_once({"fault": "empty", "variant": "body"})[2] is None
    by_id, line = answers_of({"fault": "wrong_shape", "variant": "by_id"})
    assert list(by_id) == IDS and "id" not in by_id[IDS[0]] and (line["good_ids"], line["usable"]) == ([], False)
    numbers, line = answers_of({"fault": "wrong_shape", "variant": "numbers"})
    assert isinstance(numbers[0]["id"], int) and isinstance(numbers[0]["mood"][0], int) and line["good_ids"] == []
    _, _, body, line = ask_once("huge")
    assert len(text_of(body)) > 12 << 20 and not line["usable"]


def test_an_answer_ends_where_the_request_ends_it():
    with ModelServer() as server, Client(server) as client:
        body = client.gemini(TURN, maxOutputTokens=100)[2]
    assert body["candidates"][0]["finishReason"] == "MAX_TOKENS" and len(text_of(body)) == 400


def test_refusals_have_the_bodies_of_the_service():
    status, _, body, line = ask_once({"fault": "rate_minute", "retry_s": 2})
    assert (status, body["error"]["code"], body["error"]["status"]) == (429, 429, "RESOURCE_EXHAUSTED") and line["fault"] == "rate_minute"
    assert details_of(body, "QuotaFailure")["violations"][0]["quotaId"] == "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
    assert details_of(body, "RetryInfo")["retryDelay"] == "2s"
    status, _, body, _ = ask_once("rate_day")
    violation = details_of(body, "QuotaFailure")["violations"][0]
    assert status == 429 and violation["quotaId"] == "GenerateRequestsPerDayPerProjectPerModel-FreeTier" and violation["quotaValue"] == "250"
    assert violation["quotaDimensions"]["model"] == "gemini-test" and details_of(body, "RetryInfo")["retryDelay"] == "17s"
    for fault, code, name in [("bad_request", 400, "INVALID_ARGUMENT"), ("forbidden", 403, "PERMISSION_DENIED"), ("not_found", 404, "NOT_FOUND"),
                              ("internal", 500, "INTERNAL"), ({"fault": "unavailable", "retry_after_s": 1}, 503, "UNAVAILABLE"),
                              ({"fault": "bad_request", "status": "FAILED_PRECONDITION"}, 400, "FAILED_PRECONDITION")]:  # fmt: skip
        status, headers, body, line = ask_once(fault)
        assert (status, body["error"]["code"], body["error"]["status"], line["usable"], line["good_ids"]) == (code, code, name, False, [])
        assert headers["Retry-After"] == ("1" if code == 503 else None)


def test_openai_has_its_own_bodies():
    plan = ["rate_minute", "rate_day", "internal", "unavailable", "blocked_prompt", "safety", {"fault": "cut", "share": 0.5}, "parts"]
    with ModelServer(plan=plan) as server, Client(server) as client:
        replies = [client.openai(TURN) for _ in plan]
    assert [status for status, _, _ in replies] == [429, 429, 500, 503, 200, 200, 200, 200]
    assert [body["error"]["code"] for _, _, body in replies[:2]] == ["rate_limit_exceeded", "insufficient_quota"]
    assert int(replies[0][1]["Retry-After"]) >= 1 and replies[1][1]["Retry-After"] is None
    choices = [body["choices"][0] for _, _, body in replies[4:]]
    assert choices[0]["message"]["content"] is None and choices[0]["message"]["refusal"]
    assert [each["finish_reason"] for each in choices] == ["stop", "content_filter", "length", "stop"]
    assert choices[3]["message"]["reasoning_content"] and all(map(is_clean, json.loads(choices[3]["message"]["content"])))


def test_broken_connections():
    with ModelServer(plan=[{"fault": "reset", "share": 0.5}, "close", None]) as server, Client(server) as client:
        body = json.dumps(gemini_request(TURN)).encode()
        with socket.create_connection((client.http.host, client.http.port), timeout=30) as raw:
            raw.sendall(b"POST /v1beta/models/m:generateContent HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            came = bytearray()
            with pytest.raises(ConnectionResetError):
                while more := raw.recv(65536):
                    came += more
        head, _, part = came.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK") and 0 < len(part) < int(head.split(b"Content-Length: ")[1].split()[0])
        with pytest.raises(http.client.RemoteDisconnected):
            client.gemini(TURN)
        client.http.close()
        assert client.gemini(TURN)[0] == 200
        reset, close, good = server.log()
    assert (reset["fault"], reset["status"], reset["usable"], reset["good_ids"]) == ("reset", 200, False, [])
    assert (close["fault"], close["status"], close["usable"]) == ("close", None, False)
    assert good["good_ids"] == IDS and len({reset["connection"], close["connection"], good["connection"]}) == 3


def test_a_client_that_leaves_is_seen():
    with ModelServer(plan=["stall", {"fault": "slow", "factor": 1000}], latency_ms=50) as server:
        for expected in range(1, 3):
            with Client(server, timeout_s=0.2) as client, pytest.raises(TimeoutError):
                client.gemini(TURN)
            line = server.log(settled_s=20)[-1]
            assert len(server.log()) == expected and (line["status"], line["usable"], line["good_ids"]) == (None, False, [])
            assert line["finished"] - line["arrived"] < 20


def test_poison_blocks_and_a_stubborn_one_stays():
    items = [*recordings(3), *recordings(1, first=3, title="Poison"), *recordings(1, first=4, title="A stubborn")]
    with ModelServer(plan={2: "fenced"}) as server, Client(server) as client:
        for _ in range(2):
            assert "candidates" not in client.gemini(tag_turn(items))[2]
        answers = json.loads(text_of(client.gemini(tag_turn(items[:3] + items[4:]))[2]))
        lines = server.log()
    assert [len(each["keyword"]) < 4 for each in answers] == [False, False, False, True]
    assert [line["fault"] for line in lines] == ["blocked_prompt"] * 2 + [None] and lines[2]["good_ids"] == IDS[:3]


def test_a_window_slides():
    limits = Limits(rpm=3, tpm=100, window_s=60)
    assert [limits.refusal(moment, 10) for moment in (0, 50, 59)] == [None] * 3
    quotas, wait_s = limits.refusal(59.5, 10)
    assert ([quota.name for quota in quotas], wait_s) == (["minute"], 0.5)
    assert limits.refusal(60, 10) is None, "the first is sixty seconds ago"
    assert limits.refusal(61, 10)[1] == 49, "no minute begins anew for all"
    tokens = Limits(tpm=100, window_s=60)
    assert [tokens.refusal(moment, 40) for moment in (0, 20)] == [None] * 2
    quotas, wait_s = tokens.refusal(50, 40)
    assert ([quota.name for quota in quotas], wait_s) == (["tokens"], 10)
    assert tokens.refusal(60, 60) is None and tokens.refusal(60, 1)[1] == 20 and tokens.refusal(60, 101)[1] == 60


def test_limits_hold_for_every_sliding_window():
    accepted = threading.Semaphore(0)

    def hammer(server):
        with Client(server) as client:
            while server.log_file.exists() and not done.is_set():
                status, _, body = client.gemini(TURN)
                if status == 200:
                    accepted.release()
                else:
                    refused.append(body)

    refused, done = [], threading.Event()
    with ModelServer(rpm=10, window_s=0.5) as server, concurrent.futures.ThreadPoolExecutor(3) as pool:
        running = [pool.submit(hammer, server) for _ in range(3)]
        all_came = all(accepted.acquire(timeout=30) for _ in range(40))
        done.set()
        for each in running:
            each.result(30)
        lines = server.log()
    assert all_came and refused
    good = [line for line in lines if line["fault"] is None]
    assert most_in_a_minute(good, window_s=0.5) == 10 and len(good) >= 40
    assert len(good) + sum(line["fault"] == "limited" for line in lines) == len(lines)
    delay = details_of(refused[0], "RetryInfo")["retryDelay"]
    assert delay.endswith("s") and 0 < float(delay[:-1]) <= 0.5
    assert details_of(refused[0], "QuotaFailure")["violations"][0]["quotaValue"] == "10"


def test_a_request_arrives_when_its_body_has_come():
    with ModelServer(rpm=2, window_s=1) as server, Client(server) as client, Client(server) as slow:
        assert [client.gemini(TURN)[0] for _ in range(2)] == [200, 200]
        body = json.dumps(gemini_request(TURN)).encode()
        slow.http.putrequest("POST", "/v1beta/models/gemini-test:generateContent")
        slow.http.putheader("Content-Length", str(len(body)))
        slow.http.endheaders()
        wait_for(lambda: server.stats()["under_way"] == 1, "the head is read")
        left_at = server.log()[-1]["arrived"] + 1
        wait_for(lambda: time.time() > left_at, "the end of the second one's window")
        assert client.gemini(TURN)[0] == 200
        slow.http.send(body)
        assert slow.http.getresponse().status == 200
        good = [line for line in server.log() if line["fault"] is None]
    assert len(good) == 4 and most_in_a_minute(good, window_s=1) <= 2


@pytest.mark.parametrize(("option", "word"), [("rpd", "RequestsPerDay"), ("tpm", "InputTokensPerModelPerMinute")])
def test_the_other_limits(option, word):
    limit = {"rpd": 2, "tpm": 2 * Question(INSTRUCTIONS, TURN).tokens + 1}[option]
    with ModelServer(**{option: limit}) as server, Client(server) as client:
        replies = [client.gemini(TURN) for _ in range(3)]
        assert [line["fault"] for line in server.log()] == [None, None, "limited"]
    assert [status for status, _, _ in replies] == [200, 200, 429]
    violation, retry = details_of(replies[2][2], "QuotaFailure")["violations"][0], details_of(replies[2][2], "RetryInfo")
    assert word in violation["quotaId"] and 1 <= int(retry["retryDelay"][:-1]) <= 60


def test_chance_is_even_and_the_same_for_a_seed():
    chance = Chance("a", 0.1, BY_CHANCE)
    drawn = [chance.next() for _ in range(5000)]
    counts = [drawn.count(name) for name in BY_CHANCE]
    assert 400 < sum(counts) < 600 and max(counts) - min(counts) <= 1
    assert set(ALL) - set(BY_CHANCE) == {"rate_day", "stall"}
    runs = []
    for seed in (1, 1, 2):
        names = ["cut", "missing_ids", "not_json", "internal", "foreign_tags"]
        with ModelServer(fail_share=0.5, seed=seed, faults=names) as server, Client(server) as client:
            bodies = [client.gemini(TURN)[2] for _ in range(40)]
            runs.append(([line["fault"] for line in server.log()], bodies))
    assert runs[0] == runs[1] and runs[0][0] != runs[2][0] and None in runs[0][0] and len(set(runs[0][0])) == 6


def test_plan_and_faults_change_while_it_runs():
    plan = [{"n": 2, "to": 3, "fault": "internal"}, {"kind": "map", "n": 1, "fault": "not_json"}]
    with ModelServer(plan=plan) as server, Client(server) as client:
        statuses = [client.gemini(TURN)[0] for _ in range(4)]
        client.gemini(map_turn([("mood", "glum")]))
        server.set_plan(["forbidden"])
        statuses += [client.gemini(TURN)[0] for _ in range(2)]
        server.set_faults(share=1, faults=["unavailable"])
        statuses += [client.gemini(TURN)[0]]
        assert server.log()[4]["fault"] == "not_json" and server.stats()["faults"]["internal"] == 2
        with pytest.raises(urllib.error.HTTPError, match="400"):
            server.set_plan(["no such fault"])
        assert urllib.request.urlopen(server.url + "/healthz", timeout=30).status == 200
    assert statuses == [200, 500, 500, 200, 403, 200, 503]


def test_bodies_in_chunks_and_with_leave():
    body = json.dumps(gemini_request(TURN)).encode()
    head = "POST /v1beta/models/m:generateContent HTTP/1.1\r\nHost: x\r\n"
    with ModelServer() as server:
        address = ("127.0.0.1", urllib.parse.urlsplit(server.url).port)
        with socket.create_connection(address, timeout=30) as raw:
            raw.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
            assert raw.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            raw.sendall(body)
            assert b"".join(iter(lambda: raw.recv(65536), b"")).startswith(b"HTTP/1.1 200 OK\r\n")
        with socket.create_connection(address, timeout=30) as raw:
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 1000]), body[at : at + 1000]) for at in range(0, len(body), 1000))
            raw.sendall(f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + chunks + b"0\r\n\r\n")
            assert b"".join(iter(lambda: raw.recv(65536), b"")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert [line["good_ids"] for line in server.log()] == [IDS, IDS]


def test_check_log():
    lines = [{"arrived": at, "good_ids": ids, "fault": fault} for at, ids, fault in
             [(0, ["a"], None), (30, ["b"], None), (59.9, [], "limited"), (60, ["a"], None), (130, [], "cut")]]  # fmt: skip
    assert check_log(lines) == (3, {"a": 2}, 5, 1, True)
    assert not check_log(lines, rpm=2).is_within and check_log([], rpm=1) == (0, {}, 0, 0, True)


def test_the_program_and_what_is_under_way_when_it_stops(tmp_path):
    plan, log = tmp_path / "plan.json", tmp_path / "log.jsonl"
    plan.write_text('["stall"]')
    command = [sys.executable, model_server.__file__, "--port", "0", "--plan", plan, "--log", log, "--latency-ms", "300", "--rpm", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        first = program.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:")
        url = urllib.parse.urlsplit(first.split()[-1])
        with socket.create_connection((url.hostname, url.port), timeout=30) as raw, socket.create_connection((url.hostname, url.port), timeout=30):
            body = json.dumps(gemini_request(TURN)).encode()
            raw.sendall(b"POST /v1beta/models/m:generateContent HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            wait_for(lambda: json.loads(urllib.request.urlopen(url.geturl() + "/stats", timeout=30).read())["under_way"] == 1, "the request")
            program.terminate()
            assert program.wait(30) == 0 and program.stderr.read() == ""
    line = json.loads(log.read_text())
    assert (line["fault"], line["status"], line["usable"], line["ids"]) == ("stall", None, False, IDS)


def test_it_ends_with_the_one_that_started_it(tmp_path):
    code = "import os\nfrom model_server import ModelServer\nserver = ModelServer()\nprint(server.url, flush=True)\nos.kill(os.getpid(), 9)\n"
    folder = os.path.dirname(model_server.__file__)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    started = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, timeout=60)
    assert started.returncode == -signal.SIGKILL
    address = ("127.0.0.1", urllib.parse.urlsplit(started.stdout.strip()).port)
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address, timeout=30) as raw:
        raw.settimeout(30)
        assert raw.recv(1) == b"", "it is still there"
