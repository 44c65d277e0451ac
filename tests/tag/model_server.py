#!/usr/bin/env python3
"""A language model's service for tests, on this machine: as faithful as the Gemini API in what it answers, refuses, cuts off and counts.

model_server.py [--port 0] [--latency-ms 300] [--rpm 600] [--tpm N] [--rpd N] [--window-s 60] [--key KEY] [--models a,b] [--seed 1]
                [--fail-share 0.1] [--faults cut,reset,...] [--plan plan.json] [--log log.jsonl]
Its first line on stdout is `listening on http://127.0.0.1:PORT`. It speaks POST /v1beta/models/MODEL:generateContent (Gemini) and
POST /v1/chat/completions (OpenAI). Limits are sliding windows over the moments in which requests arrived, for each model. Which faults
there are, and how a plan looks, says model_faults.py. A request with "poison" in a recording's title is blocked whatever else is to
happen; a recording with "stubborn" in its title never gets enough tags.
For tests: GET /healthz, /stats, /log[?settled=SECONDS]; POST /plan, /faults.

From a test:
    with ModelServer(latency_ms=300, rpm=600, plan=[None, "cut"]) as server:
        ... server.url, server.openai_url ...
        check_log(server.log(), rpm=600)
"""

import argparse
import asyncio
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from model_http import Connection  # noqa: E402
from model_log import MINUTE_S, answered_twice, check_log, most_in_a_minute  # noqa: E402
from model_service import Service, Settings  # noqa: E402

__all__ = ["ModelServer", "answered_twice", "check_log", "most_in_a_minute"]
KEY_VARIABLE = "MODEL_SERVER_KEY"
DEADLINE_S = 30


class ModelServer:
    """The server as a process of its own; it ends with the context, and with the process that made it. Options are those of the program."""

    def __init__(self, plan=None, faults=(), models=(), key="", log=None, **options):
        self._folder = tempfile.TemporaryDirectory(prefix="sluice-model-")
        self.log_file = pathlib.Path(log or pathlib.Path(self._folder.name) / "log.jsonl")
        command = [sys.executable, __file__, "--until-stdin-ends", "--log", str(self.log_file)]
        if plan:
            plan_file = pathlib.Path(self._folder.name) / "plan.json"
            plan_file.write_text(json.dumps(plan))
            command += ["--plan", str(plan_file)]
        for name, value in {"faults": ",".join(faults), "models": ",".join(models), **options}.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        self._lines = None
        environment = {**os.environ, KEY_VARIABLE: key}  # where no list of processes shows it
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.url = self._wait_until_ready()
        self.openai_url = self.url + "/v1"

    def _wait_until_ready(self):
        deadline, said = time.monotonic() + DEADLINE_S, b""
        while not said.endswith(b"\n"):
            is_there = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]
            more = os.read(self.process.stdout.fileno(), 4096) if is_there else b""
            if not more:
                self.stop()
                raise RuntimeError(f"the model server did not start: {said!r}")
            said += more
        return said.decode().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        if self._lines is None:
            self._lines = self.log_file.read_text().splitlines() if self.log_file.exists() else []
            self._folder.cleanup()

    def log(self, settled_s=0):
        """Requests that are over, as they arrived; those under way are waited for that long. After stop() all of them."""
        lines = self._lines if self._lines is not None else self._ask(f"/log?settled={settled_s}").splitlines()
        return sorted(map(json.loads, lines), key=lambda line: line["arrived"])

    def stats(self):
        return json.loads(self._ask("/stats"))

    def set_plan(self, plan):
        self._ask("/plan", plan)

    def set_faults(self, **changes):
        """share, faults, seed, latency_ms."""
        self._ask("/faults", changes)

    def _ask(self, path, body=None):
        asked = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(asked, timeout=DEADLINE_S) as answer:
            return answer.read().decode()


def words(text):
    return tuple(each for each in text.split(",") if each)


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rpm", type=int, default=0, help="requests in any minute; 0: as many as come")
    parser.add_argument("--tpm", type=int, default=0, help="tokens in any minute")
    parser.add_argument("--rpd", type=int, default=0, help="requests of the day")
    parser.add_argument("--window-s", type=float, default=MINUTE_S, help="how long a minute is")
    parser.add_argument("--key", default=os.environ.get(KEY_VARIABLE, ""), help=f"whom it serves; also in {KEY_VARIABLE}; default everybody")
    parser.add_argument("--models", type=words, default=(), help="which there are; default all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--fail-share", type=float, default=0)
    parser.add_argument("--faults", type=words, default=(), help="default all but rate_day and stall")
    parser.add_argument("--plan", type=lambda path: json.loads(pathlib.Path(path).read_text()) if path else (), default=())
    parser.add_argument("--log", default="")
    parser.add_argument("--until-stdin-ends", action="store_true")
    options = vars(parser.parse_args(arguments))
    return options.pop("port"), options.pop("until_stdin_ends"), Settings(**options)


async def run(port, is_bound, settings):
    service, numbers, clients = Service(settings), iter(range(1, sys.maxsize)), {}

    async def serve(connection):
        clients[connection] = asyncio.current_task()
        try:
            await service.serve(connection)
        finally:
            del clients[connection]

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    listener = await loop.create_server(lambda: Connection(serve, next(numbers)), "127.0.0.1", port, backlog=1024)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    if is_bound:
        loop.add_reader(sys.stdin, lambda: None if os.read(0, 4096) else ended.set())
    print(f"listening on http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()
    listener.close()
    for connection in clients:  # as if they had left: their lines are written, too
        connection.writer.transport.abort()
    await asyncio.gather(*clients.values(), return_exceptions=True)


def main():
    asyncio.run(run(*parse()))


if __name__ == "__main__":
    main()
