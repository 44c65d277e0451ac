"""Faults below a running server: disks that are full or broken, a wall clock that jumps, descriptors that are used up."""

import errno
import mmap
import os
import pathlib
import resource
import struct
import subprocess

import pytest

from . import paths
from .waiting import wait_for

CONTROL = struct.Struct("i252sq")  # struct control in faults.c


class Faults:
    """disk(part, errno) makes writes to files with `part` in their path fail; heal() ends it; jump(s) moves the wall clock."""

    def __init__(self, folder):
        if paths.PRESET != "release":
            pytest.skip("a sanitizer's runtime cannot be started below a preloaded library")
        self.library = pathlib.Path(folder) / "faults.so"
        source = pathlib.Path(__file__).with_name("faults.c")
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", self.library, source], check=True)
        path = pathlib.Path(folder) / "faults.control"
        path.write_bytes(bytes(CONTROL.size))
        with open(path, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), CONTROL.size)
        self.environment = {"LD_PRELOAD": str(self.library), "FAULTS": str(path), "ASAN_OPTIONS": "verify_asan_link_order=0"}
        self.fault, self.part, self.offset_s = 0, b"", 0

    def _write(self):
        self.control[4:] = CONTROL.pack(0, self.part, self.offset_s)[4:]
        self.control[:4] = struct.pack("i", self.fault)

    def disk(self, part, fault=errno.ENOSPC):
        self.fault, self.part = fault, part.encode()
        self._write()

    def heal(self):
        self.fault = 0
        self._write()

    def jump(self, seconds):
        self.offset_s = seconds
        self._write()


def wait_until_ready(server):
    wait_for(lambda: server.get("/readyz")[0] == 200, lambda: server.get("/readyz")[1])


def limit_files(pid, count):
    """The soft limit, which can be raised again; None: as high as it may be."""
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard if count is None else count, hard))


def highest_file(pid):
    return max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
