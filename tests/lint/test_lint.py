"""The house rules: formatting, module table, links, things that must not be committed. clang-tidy: `make tidy`."""

import re
import subprocess
import sys

from support import paths


def tracked(*patterns):
    """Files of the checkout, committed or about to be; generated and ignored ones are not among them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (paths.ROOT / name).exists()]


def test_clang_format():
    files = tracked("*.cpp", "*.hpp")
    done = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *files], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:5000]


def test_python():
    for words in (["format", "--check"], ["check", "--output-format", "concise"]):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", *tracked("*.py")]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[:5000] + done.stderr


def test_rooms():
    done = subprocess.run([sys.executable, "tools/lint_rooms.py"], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_rule_of_rooms_finds_violations(tmp_path, monkeypatch):
    """The checker itself: a file that breaks each rule is reported."""
    sys.path.insert(0, str(paths.ROOT / "tools"))
    import lint_rooms

    monkeypatch.setattr(lint_rooms, "ROOT", tmp_path)
    table = {
        "ground": lint_rooms.Group("ground", "ROOMS low < high SEES LIBS"),
        "seam": lint_rooms.Group("seam", "SEES ground"),
        "tower/top": lint_rooms.Group("tower/top", "SEES ground seam LIBS fmt TEST_SEES tower/side"),
        "tower/side": lint_rooms.Group("tower/side", "SEES ground"),
    }

    def lines(name, *headers):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"#include {header}\n" for header in headers))
        return [int(line.split(":")[1]) for line in lint_rooms.check_file(path, lint_rooms.group_of(name, table), table)]

    assert lines("ground/high/a.hpp", '"ground/low/b.hpp"', '"ground/high/c.hpp"', "<vector>") == []
    assert lines("ground/low/a.hpp", '"ground/high/b.hpp"', '"ground/other/b.hpp"', '"seam/door.hpp"') == [1, 2, 3]
    assert lines("ground/low/a_test.cpp", '"ground/high/b.hpp"', "<gtest/gtest.h>") == []
    assert lines("ground/cellar/a.hpp", "<vector>") == [1]
    assert lines("tower/top/a.cpp", '"seam/door.hpp"', '"tower/side/b.hpp"', "<fmt/format.h>", "<boost/asio.hpp>") == [2, 4]
    assert lines("tower/top/a.hpp", "<fmt/format.h>", '"nowhere.hpp"', '"ground/low/b_test.hpp"') == [1, 2, 3]
    assert lines("tower/top/a_test.cpp", '"tower/side/b.hpp"') == []


def test_no_machine_path_and_no_registry_host():
    bad = re.compile(r"/work/|/root/|registry\.npmjs|proxy\.golang|pypi\.org|files\.pythonhosted|deb\.debian|repo\.maven|crates\.io")
    found = []
    for name in tracked():
        if name == "tests/lint/test_lint.py":
            continue
        for number, line in enumerate((paths.ROOT / name).read_text(errors="replace").splitlines(), 1):
            if bad.search(line):
                found.append(f"{name}:{number}: {line[:120]}")
    assert not found, "\n".join(found)


def test_no_binary_and_no_unfinished_mark():
    found = []
    for name in tracked():
        data = (paths.ROOT / name).read_bytes()
        if b"\0" in data:
            found.append(f"{name}: binary")
        if name.endswith((".cpp", ".hpp", ".py", ".sh", ".md")) and not name.startswith("tests/lint/"):
            found += [f"{name}: {mark}" for mark in re.findall(rb"\b(?:TODO|FIXME|XXX|HACK)\b", data)]
    assert not found, found


def test_shell_scripts_parse():
    for name in [*tracked("*.sh"), ".ci/run"]:
        assert subprocess.run(["bash", "-n", str(paths.ROOT / name)]).returncode == 0, name


def test_links_in_the_documents_lead_somewhere():
    broken = []
    for name in tracked("*.md"):
        folder = (paths.ROOT / name).parent
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (paths.ROOT / name).read_text()):
            if "://" not in target and not (folder / target).exists():
                broken.append(f"{name}: {target}")
    assert not broken, broken


def test_make_serve_builds_the_programs_that_it_runs():
    makefile = (paths.ROOT / "Makefile").read_text()
    until_served = makefile.split("\ntest:")[0] + (paths.ROOT / "tools" / "make_sample.sh").read_text()
    built = {word for line in until_served.splitlines() if "tools/build.sh release" in line for word in line.split()}
    assert set(re.findall(r"build/release/(\w+)", until_served)) <= built
