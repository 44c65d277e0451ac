#!/usr/bin/env python3
"""Runs clang-tidy on every .cpp of the build, in parallel, and remembers which files were clean.

tidy.py [BUILD_DIRECTORY] [FILE...]: a file is checked again when it, a header that it includes, .clang-tidy, or its
compile command changed. Exit code 1 and the findings when a file is not clean.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLEAN = ROOT / "build" / "tidy-clean"


def own_includes(path, seen):
    """The project's headers that a file includes, directly or not."""
    for name in re.findall(r'#\s*include\s*"([^"]+)"', path.read_text()):
        header = ROOT / "src" / name
        if header.exists() and header not in seen:
            seen.add(header)
            own_includes(header, seen)
    return seen


def key_of(entry):
    path = pathlib.Path(entry["file"])
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(" ".join(word for word in shlex.split(entry["command"]) if str(ROOT) not in word).encode())
    for file in [path, *sorted(own_includes(path, set()))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def check(build, entry):
    stamp = CLEAN / key_of(entry)
    if stamp.exists():
        return None
    done = subprocess.run(["clang-tidy-19", "--quiet", "-p", str(build), entry["file"]], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        stamp.touch()
        return None
    return done.stdout + "\n".join(line for line in done.stderr.splitlines() if "warnings generated" not in line)


def main():
    arguments = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]
    build = arguments[0] if arguments and arguments[0].is_dir() else ROOT / "build" / "release"
    wanted = {str(argument) for argument in arguments if argument.is_file()}
    CLEAN.mkdir(parents=True, exist_ok=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    unique = {entry["file"]: entry for entry in entries if not wanted or entry["file"] in wanted}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(lambda entry: check(build, entry), unique.values()):
            if findings:
                failed += 1
                print(findings)
    print(f"clang-tidy: {len(unique)} files, {failed} not clean")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
