#!/usr/bin/env python3
"""Checks every #include under src/ against the sluice_group lines of CMakeLists.txt. Prints each violation; exit code 1 if any.

A group may include itself, the groups that it SEES, the standard library, and, in .cpp files only, the third-party headers of its
LIBS. In .hpp files the engine's own headers may name DuckDB's C API.
Within a group, ROOMS orders the folders: a file may include from its own room, and from rooms to the left of a `<` before it.
Tests may include from every room of their group.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Which headers belong to which entry of LIBS.
THIRD_PARTY = {
    "fmt": r"fmt/",
    "spdlog": r"spdlog/",
    "toml": r"toml\+\+/",
    "prometheus": r"prometheus/",
    "asio": r"boost/(asio|system)",
    "beast": r"boost/(beast|asio|system)",
    "openssl": r"openssl/",
    "pg_query": r"pg_query(/|\.h)",
    "multiprecision": r"boost/multiprecision/",
    "tcl": r"tcl8\.6/|tcl\.h",
    "duckdb": r"duckdb\.h",
    "absl_time": r"absl/time/",
    "cli11": r"CLI/",
    "idn": r"stringprep\.h",
    "sqlite": r"sqlite3\.h",
    "curl": r"curl/",
    "taglib": r"taglib/",
    "git2": r"git2(/|\.h)",
    "csv": r"csv\.h",
    "simdjson": r"simdjson\.h",
    "utf8proc": r"utf8proc\.h",
    "json": r"nlohmann/",
    "sqlitecpp": r"SQLiteCpp/",
}
TESTS = r"gtest/|gmock/|benchmark/"
IN_HEADERS = {
    ("analysis", "pg_query"),
    ("engines/duckdb", "duckdb"),
    ("engines/duckdb", "multiprecision"),
    ("server", "asio"),
    ("server", "openssl"),
}  # internal headers of the one group that owns it
POSIX = r"sys/|netinet/|arpa/|netdb\.h|unistd\.h|fcntl\.h|poll\.h|pthread\.h|signal\.h|termios\.h|sched\.h|malloc\.h|pwd\.h|immintrin\.h|emmintrin\.h|getopt\.h|execinfo\.h|dlfcn\.h|link\.h|iconv\.h|locale\.h|linux/"


class Group:
    """One sluice_group line: the groups that it and its tests see, its libraries, and {room: level}."""

    def __init__(self, path, words):
        section, parts = None, {"ROOMS": [], "SEES": [], "LIBS": [], "TEST_SEES": [], "WITHOUT": []}
        for word in words.split():
            if word in parts:
                section = word
            else:
                parts[section].append(word)
        self.path = path
        self.sees, self.libs, self.test_sees = parts["SEES"], parts["LIBS"], parts["TEST_SEES"]
        self.rooms, level = {}, 0
        for word in parts["ROOMS"]:
            if word == "<":
                level += 1
            else:
                self.rooms[word] = level

    def room(self, header):
        """The folder of the group that "group/room/file.hpp" is in; "." is the group's own."""
        inner = header.removeprefix(self.path + "/")
        return inner.split("/")[0] if "/" in inner else "."


def groups():
    """{path: Group} from CMakeLists.txt."""
    found = re.findall(r"^sluice_group\((\S+)([^)]*)\)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    return {path: Group(path, words) for path, words in found}


def group_of(header, table):
    """The group with the longest path that "a/b/file.hpp" lies in; None: no group."""
    return max((path for path in table if header.startswith(path + "/")), key=len, default=None)


def own_problem(group, own, target, is_test):
    """Why this header of the same group may not be included in a file of room `own`; None: it may."""
    if not group.rooms or is_test or own == target:
        return None
    if target not in group.rooms:
        return f"{group.path} has no room {target}"
    if group.rooms[target] >= group.rooms[own]:
        return f"room {own} of {group.path} may not include from room {target}"
    return None


def check_file(path, name, table):
    group = table[name]
    own = group.room(path.relative_to(ROOT / "src").as_posix())
    if group.rooms and own not in group.rooms:
        yield f"{path.relative_to(ROOT)}:1: {name} has no room {own}"
        return
    is_test = re.search(r"_(test|fuzz|bench)\.cpp$|_test(_support)?\.hpp$", path.name) or path.name.startswith("test_")
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        style, header = match.groups()
        problem = None
        if header.startswith("generated/"):
            pass  # made by the build
        elif style == '"':
            target = group_of(header, table)
            if target is None:
                problem = f'"{header}" is in no group'
            elif target == name:
                problem = own_problem(group, own, group.room(header), is_test)
            elif is_test and target in group.test_sees:
                pass
            elif target not in group.sees:
                problem = f"{name} may not include {target}"
            elif header.endswith("_test.hpp"):
                problem = "test headers stay in tests"
        elif "/" in header or header.endswith(".h"):
            owner = [lib for lib in group.libs if re.match(THIRD_PARTY[lib], header)]
            if re.match(POSIX, header) or (is_test and re.match(TESTS, header)):
                pass
            elif not owner:
                problem = f"{name} may not use <{header}>"
            elif path.suffix == ".hpp" and not any((name, lib) in IN_HEADERS for lib in owner):
                problem = f"<{header}> belongs in .cpp files"
        if problem:
            yield f"{path.relative_to(ROOT)}:{number}: {problem}"


def main():
    table = groups()
    violations = []
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        name = path.relative_to(ROOT / "src").as_posix()
        # main.cpp starts the command line.
        group = "cli" if path.parent == ROOT / "src" else group_of(name, table)
        if group is None:
            violations.append(f"{path.relative_to(ROOT)}: in no sluice_group")
            continue
        violations += check_file(path, group, table)
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
