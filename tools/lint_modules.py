#!/usr/bin/env python3
"""Checks every #include under src/ against the sluice_module lines of CMakeLists.txt. Prints each violation; exit code 1 if any.

A module may include itself, its DEPS (or the one header that `module:header` names), the standard library, and, in .cpp
files only, the third-party headers of its LIBS. In .hpp files the engine's own headers may name DuckDB's C API.
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
    "duckdb": r"duckdb\.h",
    "absl_time": r"absl/time/",
    "cli11": r"CLI/",
    "idn": r"stringprep\.h",
    "sqlite": r"sqlite3\.h",
    "curl": r"curl/",
    "taglib": r"taglib/",
    "git2": r"git2(/|\.h)",
    "csv": r"csv\.h",
    "json": r"nlohmann/",
    "sqlitecpp": r"SQLiteCpp/",
}
TESTS = r"gtest/|gmock/|benchmark/"
IN_HEADERS = {("engine", "duckdb"), ("gateway", "asio"), ("gateway", "openssl")}  # internal headers of the one module that owns it
POSIX = r"sys/|netinet/|arpa/|netdb\.h|unistd\.h|fcntl\.h|poll\.h|pthread\.h|signal\.h|termios\.h|sched\.h|malloc\.h|pwd\.h|immintrin\.h|emmintrin\.h|getopt\.h|execinfo\.h|dlfcn\.h|link\.h|linux/"


def modules():
    """{name: (deps {module: header or None}, libs, test deps)} from CMakeLists.txt."""
    found = {}
    for line in (ROOT / "CMakeLists.txt").read_text().splitlines():
        match = re.match(r"sluice_module\((\w+)\s*(.*)\)", line)
        if not match:
            continue
        section, parts = None, {"DEPS": [], "LIBS": [], "TEST_DEPS": []}
        for word in match.group(2).split():
            if word in parts:
                section = word
            else:
                parts[section].append(word)
        deps = dict((dep.split(":") + [None])[:2] for dep in parts["DEPS"])
        found[match.group(1)] = (deps, parts["LIBS"], parts["TEST_DEPS"])
    return found


def check_file(path, module, table):
    deps, libs, test_deps = table[module]
    is_test = re.search(r"_(test|fuzz|bench)\.cpp$|_test(_support)?\.hpp$", path.name) or path.name.startswith("test_")
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        style, header = match.groups()
        problem = None
        if style == '"':
            target = header.split("/")[0]
            if target not in table:
                problem = f'"{header}" is not "module/file.hpp"'
            elif target == module or (is_test and target in test_deps):
                pass
            elif target not in deps:
                problem = f"{module} may not include {target}"
            elif deps[target] and header != f"{target}/{deps[target]}":
                problem = f"{module} may include only {target}/{deps[target]}, not {header}"
            elif header.endswith("_test.hpp"):
                problem = "test headers stay in tests"
        elif "/" in header or header.endswith(".h"):
            owner = [lib for lib in libs if re.match(THIRD_PARTY[lib], header)]
            if re.match(POSIX, header) or (is_test and re.match(TESTS, header)):
                pass
            elif not owner:
                problem = f"{module} may not use <{header}>"
            elif path.suffix == ".hpp" and not any((module, lib) in IN_HEADERS for lib in owner):
                problem = f"<{header}> belongs in .cpp files"
        if problem:
            yield f"{path.relative_to(ROOT)}:{number}: {problem}"


def main():
    table = modules()
    violations = []
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        module = path.relative_to(ROOT / "src").parts[0]
        if path.parent == ROOT / "src":
            module = "cli"  # src/main.cpp
        if module not in table:
            violations.append(f"{path.relative_to(ROOT)}: no sluice_module({module})")
            continue
        violations += check_file(path, module, table)
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
