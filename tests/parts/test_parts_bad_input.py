"""Whatever is wrong: one line that says so, exit code 1, and a project that is as it was."""

import os
import sqlite3
import subprocess

import pytest
from parts_project import WAIT_SECONDS, environment, git
from support import paths


@pytest.mark.parametrize("words, expected", [
    (["show", "EL-RES-99999"], "EL-RES-99999"), (["show", "nonsense"], "nonsense"), (["show", ""], "number"), (["show", "\x1b[2J"], "x1b"), (["\x1b[2J"], "x1b"),
    (["show", "EL-RES-10000", "--revision", "7"], "7"), (["show", "EL-RES-10000", "--revision", "x"], "--revision"),
    (["show", "EL-RES-10000", "--revision", "99999999999999999999"], "--revision"),
    (["list", "--limit", "-1"], "--limit"), (["list", "--status", "done"], "--status"), (["list", "--category", "ELX"], "ELX"),
    (["add", "--category", "EL-RES", "--name", ""], "name is empty"), (["add", "--category", "XX-YYY", "--name", "x"], "XX-YYY"),
    (["add", "--category", "EL-RES", "--name", "x" * 201], "limit is 200"), (["add", "--category", "EL-RES", "--name", "a\nb"], "control"),
    (["add", "--category", "EL-RES", "--name", b"\xff\xfe"], "UTF-8"), (["add", "--category", "EL-RES"], "--name is missing"),
    (["add", "--category", "EL-RES", "--name", "x", "--property", "novalue"], "KEY=VALUE"),
    (["add", "--category", "EL-RES", "--name", "x", "--property", "=v"], "KEY=VALUE"),
    (["add", "--category", "EL-RES", "--name", "x", "--property", "a=1", "--property", "a=2"], "twice"),
    (["add", "--category", "EL-RES", "--name", "x", "--property", "k" * 101 + "=1"], "limit is 100"),
    (["edit", "EL-RES-10000"], "nothing to change"), (["edit", "EL-RES-10000", "--unset", "none"], "none"),
    (["edit", "EL-RES-10000", "--name", "new", "--unset", "none"], "none"),
    (["submit", "EL-RES-10000", "--approver", "carol"], "carol"), (["submit", "EL-RES-10000", "--approver", "eve"], "eve"),
    (["submit", "EL-RES-10000", "--approver", "ada"], "ada"), (["approve", "EL-RES-10000"], "Draft"),
    (["release", "EL-RES-10000"], "Draft"), (["revise", "EL-RES-10000"], "Draft"), (["obsolete", "EL-RES-10000"], "Draft"),
    (["reject", "EL-RES-10000"], "--comment is missing"), (["advance", "EL-RES-10000", "Nowhere"], "Nowhere"),
    (["bom", "add", "EL-RES-10000", "EL-RES-10000"], "itself"), (["bom", "add", "EL-RES-10000", "EL-RES-5"], "EL-RES-5"),
    (["bom", "add", "EL-RES-10000", "ME-SCR-10001", "--quantity", "0"], "quantity"),
    (["bom", "add", "EL-RES-10000", "ME-SCR-10001", "--quantity", "-2"], "quantity"),
    (["bom", "add", "EL-RES-10000", "ME-SCR-10001", "--quantity", "nan"], "quantity"),
    (["bom", "add", "EL-RES-10000", "ME-SCR-10001", "--quantity", "1e12"], "quantity"),
    (["bom", "add", "EL-RES-10000", "ME-SCR-10001", "--quantity", "4 pieces"], "--quantity"),
    (["bom", "set", "EL-RES-10000", "ME-SCR-10001"], "nothing to change"), (["bom", "diff", "EL-RES-10000"], "first version"),
    (["bom", "shwo", "EL-RES-10000"], "did you mean show"), (["bom", "html", "EL-RES-10000", "-o", "missing/page.html"], "missing"),
    (["attach", "EL-RES-10000", "missing.pdf"], "missing.pdf"), (["attach", "EL-RES-10000", "."], "."),
    (["attach", "EL-RES-10000", "/etc/hostname", "--name", "../up"], "../up"), (["extract", "EL-RES-10000", "x"], "x"),
    (["detach", "EL-RES-10000", "x"], "x"), (["mfr", "add", "EL-RES-10000", "", "R"], "manufacturer"),
    (["mfr", "add", "EL-RES-10000", "A", "R", "--status", "good"], "--status"),
    (["user", "add", "bob"], "bob"), (["user", "add", "b o b"], "username"), (["user", "add", "carol", "--email", "x"], "e-mail"),
    (["user", "set", "carol", "--role", "admin"], "carol"), (["user", "set", "bob"], "nothing to change"),
    (["user", "add", "carol", "--role", "king"], "--role"), (["user", "set", "ada", "--active", "no"], "Admin"),
    (["category", "add", "EL-RES", "--name", "x"], "EL-RES"), (["category", "add", "toolong", "--name", "x"], "toolong"),
    (["workflow", "show", "none"], "none"), (["workflow", "add", "missing.json"], "missing.json"),
    (["import", "missing.csv"], "missing.csv"), (["import", "."], "."), (["export", "--format", "xml"], "--format"),
    (["export", "--format", "json", "--excel"], "--excel"), (["export", "-o", "missing/out.csv"], "missing"), (["export", "-o", "."], "."),
    (["search", " "], "search for"), (["history", "EL-RES-1"], "EL-RES-1"), (["nonsense"], "nonsense"), (["ad"], "did you mean add"),
    (["list", "--nonsense"], "--nonsense"), (["list", "extra"], "too much"), (["show"], "NUMBER is missing"), (["complete", "part"], "part"),
])  # fmt: skip
def test_wrong_words(project, words, expected):
    project.add("One")
    project.add("Two", "ME-SCR")
    before = project.picture()
    done = subprocess.run([paths.SLUICE, "parts", *words], capture_output=True, cwd=project.folder, timeout=WAIT_SECONDS,
                          env=environment(SLUICE_PARTS_USER="ada"))  # fmt: skip
    complaint = done.stderr.decode(errors="surrogateescape")
    assert done.returncode == 1 and done.stdout == b"", done
    assert complaint.startswith("sluice: parts") and complaint.count("\n") == 1 and complaint.endswith("\n"), complaint
    assert expected in complaint and "\x1b" not in complaint
    assert project.picture() == before


@pytest.mark.parametrize("words", [
    ["add", "--category", "EL-RES", "--name", "x"], ["edit", "EL-RES-10000", "--name", "x"], ["submit", "EL-RES-10000", "--approver", "bob"],
    ["bom", "add", "EL-RES-10000", "ME-SCR-10001"], ["attach", "EL-RES-10000", "/etc/hostname"], ["mfr", "add", "EL-RES-10000", "A", "R"],
    ["import", "/dev/null"], ["category", "add", "EL-ABC", "--name", "x"], ["user", "add", "carol"], ["obsolete", "EL-RES-10000"],
])  # fmt: skip
def test_a_viewer_changes_nothing(project, words):
    project.add()
    project.add("Two", "ME-SCR")
    assert "eve (Viewer) may not" in project.refused(*words, user="eve")
    project.must("list", user="eve")
    project.must("export", user="eve")


def test_a_designer_is_no_admin(project):
    for words in (["user", "add", "carol"], ["user", "set", "bob", "--role", "admin"], ["workflow", "assign", "EL-RES", "standard"]):
        assert "Admin" in project.refused(*words, user="bob")


def test_an_unknown_user_is_told_who_may_help(project):
    complaint = project.refused("list", user="carol")
    for words in ("carol", "--user", "SLUICE_PARTS_USER", "ada"):
        assert words in complaint
    project.refused("add", "--category", "EL-RES", "--name", "x", user="x' OR 1=1 --")
    project.refused("list", "--user", "")


BAD_TABLES = {
    "no header": (b"1,2,3\n4,5,6\n", 1),
    "empty": (b"", 1),
    "binary": (bytes(range(256)) * 10, 1),
    "UTF-16": ("number,category,name\n,EL-RES,Ohm\n".encode("utf-16"), 1),
    "UTF-16 big end": ("number,category,name\n,EL-RES,Ohm\n".encode("utf-16-be"), 1),
    "Latin-1": (",EL-RES,W\xfcrfel\n".join(["number,category,name\n", ""]).encode("latin-1"), 1),
    "open quote": (b'number,category,name\n,EL-RES,"Ohm\n', 1),
    "too many fields": (b"number,category,name\n,EL-RES,Ohm,more\n", 1),
    "an unknown number": (b"number,category,name\nEL-RES-77777,EL-RES,Ohm\n", 2),
    "a bad number": (b"number,category,name\n=1+1,EL-RES,Ohm\n", 2),
    "no category": (b"number,category,name\n,,Ohm\n", 2),
    "no name": (b"number,category,name\n,EL-RES,\n", 2),
    "one bad row of three": (b"number,category,name\n,EL-RES,a\n,bad,b\n,EL-RES,c\n", 2),
    "three bad rows": (b"number,category,name\n,bad,a\n,EL-RES,\nX,EL-RES,c\n", 4),
    "broken JSON": (b'{"parts": [', 1),
    "JSON of something else": (b'[1, 2, {"a": null}]', 1),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_tables(project, tmp_path, name):
    content, lines = BAD_TABLES[name]
    (tmp_path / "bad.csv").write_bytes(content)
    complaint = project.refused("import", tmp_path / "bad.csv", lines=lines)
    assert "bad.csv" in complaint
    assert project.refused("import", tmp_path / "bad.csv", "--dry-run", lines=lines) == complaint


def test_problems_are_told_by_line_and_column(project, tmp_path):
    (tmp_path / "bad.csv").write_text("number,category,name\n,EL-RES,fine\n,bad,b\n,EL-RES,\n")
    summary, *problems = project.refused("import", tmp_path / "bad.csv", lines=3).splitlines()
    assert "2 problems" in summary and "nothing was imported" in summary
    assert problems[0].startswith(f'{tmp_path}/bad.csv:3: category "bad": ') and problems[1].startswith(f"{tmp_path}/bad.csv:4: name: ")


@pytest.mark.parametrize("rows, column", [
    ("EL-RES-10000,ME-SCR-99999,1", "child"), ("EL-RES-99999,ME-SCR-10001,1", "parent"), ("EL-RES-10000,ME-SCR-10001,x", "quantity"),
    ("EL-RES-10000,ME-SCR-10001,0", "quantity"), ("EL-RES-10000,ME-SCR-10001,inf", "quantity"), ("EL-RES-10000,EL-RES-10000,1", "child"),
    ("EL-RES-10000,ME-SCR-10001,1\nME-SCR-10001,EL-RES-10000,1", ""),
])  # fmt: skip
def test_bad_bills_of_materials(project, tmp_path, rows, column):
    project.add("One")
    project.add("Two", "ME-SCR")
    (tmp_path / "bad.csv").write_text(f"parent,child,quantity\n{rows}\n")
    complaint = project.refused("import", "--bom", tmp_path / "bad.csv", lines=2)
    assert "bad.csv:" in complaint.splitlines()[1] and column in complaint.splitlines()[1]


@pytest.mark.parametrize("text, words", [
    ("", "JSON"), ("[]", "JSON"), ("{}", "name"), ('{"name": 5}', "name"), ('{"name": "w"}', "states"), ('{"name": "w", "states": [5]}', "state"),
    ('{"name": "w", "states": [], "transitions": []}', "state"), ("[" * 100_000, "JSON"),
    ('{"name": "w", "states": [{"state": "a", "status": "Done"}], "transitions": []}', "Done"),
])  # fmt: skip
def test_bad_workflows(project, tmp_path, text, words):
    (tmp_path / "flow.json").write_text(text)
    complaint = project.refused("workflow", "add", tmp_path / "flow.json")
    assert "flow.json" in complaint or words in complaint


def refused_in(folder, *words, user="ada"):
    """One line; what is in the folder stays as it is."""
    before = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    done = subprocess.run([paths.SLUICE, "parts", *map(str, words)], cwd=folder, env=environment(SLUICE_PARTS_USER=user),
                          capture_output=True, text=True, timeout=WAIT_SECONDS)  # fmt: skip
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done
    assert {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()} == before
    return done.stderr


def test_no_project(tmp_path):
    assert "init" in refused_in(tmp_path, "list")
    assert "missing" in refused_in(tmp_path, "list", "--project", tmp_path / "missing")
    (tmp_path / "file").write_text("x")
    assert "file" in refused_in(tmp_path, "list", "--project", tmp_path / "file")
    assert str(tmp_path) in refused_in(tmp_path, "list", "--project", tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_init_where_something_is(project, tmp_path):
    assert "already" in project.refused("init", project.folder)
    (tmp_path / "file").write_text("x")
    assert "file" in refused_in(tmp_path, "init", tmp_path / "file")
    assert "file" in refused_in(tmp_path, "init", tmp_path / "file" / "below")
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    assert "git" in refused_in(tmp_path, "init", repository)
    assert "e-mail" in refused_in(tmp_path, "init", tmp_path / "new", "--email", "nonsense")
    assert "username" in refused_in(tmp_path, "init", tmp_path / "new", user="a b")
    assert not (tmp_path / "new").exists()


def test_a_foreign_database(tmp_path):
    for name, make in (
        ("shop", lambda c: c.execute("CREATE TABLE goods(id)")),
        ("owned", lambda c: c.executescript("PRAGMA application_id = 77; CREATE TABLE Parts(id)")),
    ):
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        with sqlite3.connect(folder / "parts.db") as connection:
            make(connection)
        connection.close()
        assert "not a parts project" in refused_in(folder, "list")
        assert "parts.db" in refused_in(folder, "init", folder)
    for name, content in (("text", b"not a database " * 500), ("short", b"x"), ("cut", b"SQLite format 3\0" + b"\0" * 50)):
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        (folder / "parts.db").write_bytes(content)
        refused_in(folder, "list")
        refused_in(folder, "init", folder)


def test_a_newer_schema(project):
    number = project.add()
    with sqlite3.connect(project.folder / "parts.db") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(schema_migrations)")]
        newest = dict(zip(columns, connection.execute("SELECT * FROM schema_migrations ORDER BY version DESC").fetchone()))
        newest["version"] += 1
        connection.execute(f"INSERT INTO schema_migrations({', '.join(columns)}) VALUES({', '.join('?' * len(columns))})", list(newest.values()))
    connection.close()
    for words in (["list"], ["edit", number, "--name", "x"], ["check"]):
        assert "newer" in project.refused(*words)


def test_a_damaged_database(project):
    project.add()
    path = project.folder / "parts.db"
    whole = path.read_bytes()
    assert len(whole) > 50_000
    path.write_bytes(whole[:20_000])
    for words in (["list"], ["add", "--category", "EL-RES", "--name", "x"], ["check"]):
        done = project.run(*words)
        assert done.returncode == 1 and done.stderr.count("\n") <= 1 and (done.stderr or done.stdout), done


def test_git_is_missing(project):
    project.add()
    (project.folder / ".git").rename(project.folder / "gone")
    done = project.run("list", "--project", project.folder)
    assert done.returncode == 0 and not done.stderr  # the database has all of it
    assert "no" in project.run("list").stderr  # a folder without .git is not found
    done = project.run("check", "--project", project.folder)
    assert done.returncode == 1 and "git" in done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root may write everywhere")
def test_a_read_only_folder(project, tmp_path):
    project.add()
    before = project.picture()
    for each in [project.folder, *project.folder.rglob("*")]:
        each.chmod(0o555 if each.is_dir() else 0o444)
    wrapper = []
    binary = paths.SLUICE
    if os.geteuid() == 0:
        wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for parent in [tmp_path, *tmp_path.parents][:4]:
            if str(parent).startswith("/tmp/"):
                parent.chmod(0o755)
        binary = tmp_path / "sluice"
        binary.write_bytes(paths.SLUICE.read_bytes())
        binary.chmod(0o755)
    for words in (["add", "--category", "EL-RES", "--name", "x"], ["list"], ["init", project.folder / "new"]):
        done = subprocess.run([*wrapper, str(binary), "parts", *map(str, words)], cwd=project.folder, env=environment(SLUICE_PARTS_USER="ada"),
                              capture_output=True, text=True, timeout=WAIT_SECONDS)  # fmt: skip
        assert done.returncode == (0 if words == ["list"] and not done.stderr else 1) and done.stderr.count("\n") <= 1, done
        assert done.returncode == 0 or done.stderr.startswith("sluice: parts"), done
    for each in [project.folder, *project.folder.rglob("*")]:
        each.chmod(0o755 if each.is_dir() else 0o644)
    assert project.picture() == before
