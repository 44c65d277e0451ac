"""Starts `sluice serve` on free loopback ports, waits until it says it is ready, and stops it by pid."""

import os
import pathlib
import re
import select
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import paths

READY_SECONDS = 60
HTTP_SECONDS = 20
SYMBOLIZER = "/usr/lib/llvm-19/bin/llvm-symbolizer"  # that of the compiler: without names no suppression fits
SANITIZER = {
    "tsan": {"TSAN_OPTIONS": f"suppressions={pathlib.Path(__file__).with_name('tsan.supp')}:external_symbolizer_path={SYMBOLIZER}"},
    "asan-ubsan": {
        "ASAN_OPTIONS": f"external_symbolizer_path={SYMBOLIZER}",
        "LSAN_OPTIONS": f"suppressions={pathlib.Path(__file__).with_name('lsan.supp')}",
    },
}.get(paths.PRESET, {})


class Server:
    """One running server. host, port, http_port; stop() sends SIGTERM and waits, kill() is kill -9."""

    host = "127.0.0.1"
    database = "main"  # as clients call it; the engine has one whatever they say

    def __init__(self, database=None, *flags, environment=None, wrapper=(), log=None):
        command = [*wrapper, str(paths.SLUICE), "serve"]
        if database is not None:
            command.append(str(database))
        command += ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", *flags]
        self.log = open(log, "wb") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env={**SANITIZER, **os.environ, **(environment or {})})
        self.output = ""
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        descriptor = self.process.stdout.fileno()
        while not self._ready():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                self.kill()
                raise TimeoutError(f"server not ready after {READY_SECONDS} s: {self.output!r}")
            data = os.read(descriptor, 65536)
            if not data:
                raise RuntimeError(f"server ended with {self.process.wait()}: {self.output!r}")
            self.output += data.decode()

    def _ready(self):
        wire = re.search(r"postgresql://[^\s:]*(?:@)?127\.0\.0\.1:(\d+)/", self.output)
        http = re.search(r"http://127\.0\.0\.1:(\d+)", self.output)
        if not (wire and http):
            return False
        self.port, self.http_port = int(wire.group(1)), int(http.group(1))
        return True

    @property
    def pid(self):
        return self.process.pid

    def dsn(self, database="main", user="postgres", **extra):
        more = "".join(f" {key}={value}" for key, value in extra.items())
        return f"host={self.host} port={self.port} user={user} dbname={database}{more}"

    def uri(self, database="main", user="postgres"):
        return f"postgresql://{user}@{self.host}:{self.port}/{database}"

    def get(self, path):
        """(status, text) of the HTTP address."""
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.http_port}{path}", timeout=HTTP_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def metrics(self):
        """{name, with labels, without sluice_: value}"""
        lines = (line.rpartition(" ") for line in self.get("/metrics")[1].splitlines() if not line.startswith("#"))
        return {name.removeprefix("sluice_"): float(value) for name, _, value in lines}

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def stop(self, seconds=30):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self._close()
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._close()

    def _close(self):
        self.process.stdout.close()
        if self.log is not subprocess.DEVNULL:
            self.log.close()
