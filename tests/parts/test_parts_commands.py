"""`sluice parts` as people use it: the life of a part, structure, files, people, import and export, terminals and shells."""

import csv
import hashlib
import io
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import xml.etree.ElementTree

import pytest
from parts_project import WAIT_SECONDS, environment, git
from support import paths
from support.shells import Shell, is_installed


def test_add_prints_the_number_alone(project):
    done = project.run("add", "--category", "el-res", "--name", "10 kOhm", "--description", "two\nlines", "--property", "tolerance=1%")
    assert (done.returncode, done.stdout, done.stderr) == (0, "EL-RES-10000\n", "")
    assert project.add("Next", "ME-SCR") == "ME-SCR-10001"
    shown = project.json("show", "EL-RES-10000")
    assert shown["properties"] == {"tolerance": "1%"} and shown["description"] == "two\nlines" and shown["author"] == "ada"
    assert shown["version"] == 1 and shown["status"] == "Draft" and shown["created_by"] == "ada"


def test_from_draft_to_obsolete_with_three_users(project):
    number = project.add("10 kOhm", user="bob")
    assert project.must("edit", number, "--name", "12 kOhm", "--property", "power=1W", user="bob") == f"{number} v1"
    assert project.must("submit", number, "--approver", "ada", "--approver", "dan", user="bob") == f"{number} v1 In Review"
    assert "refs/heads/part/EL-RES-10000/v1/review" in project.refs()
    assert "bob" in project.refused("approve", number, user="bob")  # the author
    project.refused("release", number, user="bob")  # nobody has approved
    assert project.must("reject", number, "--comment", "which tolerance?", user="dan") == f"{number} v1 Draft"
    project.must("edit", number, "--property", "tolerance=1%", "--unset", "power", user="bob")
    project.must("submit", number, "--approver", "ada", "--approver", "dan", user="bob")
    project.must("approve", number, "--comment", "good", user="dan")
    project.refused("release", number, user="bob")  # ada has not
    project.must("approve", number)
    assert project.must("release", number, user="bob") == f"{number} v1 Released"
    project.refused("edit", number, "--name", "x", user="bob")
    tagged = json.loads(git(project.folder, "show", f"{number}/v1:parts/EL/RES/100/{number}/part.json"))
    assert tagged["name"] == "12 kOhm" and tagged["properties"] == {"tolerance": "1%"} and len(tagged["approvals"]) == 2

    assert project.must("revise", number, user="dan") == f"{number} v2"
    project.must("edit", number, "--description", "new", user="dan")
    changes = project.json("bom", "diff", number)
    assert changes["from"] == 1 and changes["to"] == 2
    assert changes["texts"] == [{"name": "description", "before": "", "after": "new"}]
    project.must("submit", number, "--approver", "bob", user="dan")
    project.must("approve", number, user="bob")
    project.must("release", number, user="dan")
    project.refused("obsolete", number, "--revision", "1", user="bob")  # takes an Admin
    assert project.must("obsolete", number, "--revision", "1") == f"{number} v1 Obsolete"
    assert project.must("obsolete", number) == f"{number} v2 Obsolete"
    shown = project.json("show", number)
    assert [(each["version"], each["status"]) for each in shown["revisions"]] == [(1, "Obsolete"), (2, "Obsolete")]
    events = project.json("history", number)
    assert [each["user"] for each in events[:2]] == ["ada", "ada"] and events[-1]["user"] == "bob"
    assert project.run("check", "--deep").returncode == 0
    assert sorted(line.split()[0] for line in project.refs().splitlines()) == [
        "refs/heads/main", f"refs/tags/{number}/v1", f"refs/tags/{number}/v2",
    ]  # fmt: skip


def test_bill_of_materials(project):
    top, sub, screw = project.add("Rover", "AS-TOP"), project.add("Wheel", "AS-SUB"), project.add("M3", "ME-SCR")
    assert project.must("bom", "add", top, sub, "--quantity", "4") == f"{top} v1: 4 x {sub}"
    project.must("bom", "add", sub, screw, "--quantity", "2.5", "--reference", "S1-S3", "--note", "tight")
    project.must("bom", "add", top, screw)
    tree = project.json("bom", "show", top)
    assert [(each["level"], each["number"], each["quantity"], each["total"]) for each in tree] == [
        (0, top, 1, 1), (1, sub, 4, 4), (2, screw, 2.5, 10), (1, screw, 1, 1),
    ]  # fmt: skip
    shown = project.must("bom", top)
    assert shown.splitlines()[0].split() == ["PART", "QTY", "REV", "STATUS", "NAME", "REFERENCE", "NOTE"]
    assert f"├─ {sub}" in shown and "S1-S3" in shown and "tight" in shown
    assert len(project.json("bom", "show", top, "--levels", "1")) == 3
    assert [(each["number"], each["total"]) for each in project.json("bom", "rollup", top, "--leaves")] == [(screw, 11)]
    assert {each["number"] for each in project.json("where-used", screw)} == {top, sub}
    up = {each["number"]: (each["level"], each["total"]) for each in project.json("where-used", screw, "--all")}
    assert up == {top: (1, 11), sub: (1, 2.5)}
    project.must("bom", "set", top, sub, "--quantity", "6")
    line = project.json("bom", "show", top)[1]
    assert (line["quantity"], line["reference"]) == (6, "")
    project.must("bom", "set", sub, screw, "--note", "")
    line = project.json("bom", "show", sub)[1]
    assert (line["quantity"], line["reference"], line["note"]) == (2.5, "S1-S3", "")
    assert f"{sub} -> {top} -> {sub}".replace("->", "→") in project.refused("bom", "add", sub, top)
    project.refused("bom", "add", top, sub)  # there already
    project.must("bom", "remove", top, screw)
    project.refused("bom", "remove", top, screw)
    project.refused("bom", "set", top, screw, "--quantity", "1")

    page = project.must("bom", "html", top)
    xml.etree.ElementTree.fromstring(page.split("\n", 1)[1] if page.startswith("<!") else page)
    assert project.must("bom", "html", top, "-o", "page.html") == "" and (project.folder / "page.html").read_text().strip() == page
    drawing = project.must("bom", "svg", top, "--output", project.folder / "drawing.svg")
    assert drawing == "" and xml.etree.ElementTree.parse(project.folder / "drawing.svg").getroot().tag.endswith("svg")
    names = {each.name for each in project.folder.iterdir() if not each.name.startswith("parts.db")}
    assert names == {".git", "drawing.svg", "page.html"}  # and nothing half done


def test_files(project, tmp_path):
    number = project.add()
    content = os.urandom(300_000)
    (tmp_path / "sheet.pdf").write_bytes(content)
    assert project.must("attach", number, tmp_path / "sheet.pdf") == f"{number} v1: sheet.pdf"
    project.refused("attach", number, tmp_path / "sheet.pdf")
    project.must("attach", number, tmp_path / "sheet.pdf", "--replace")
    project.must("attach", number, tmp_path / "sheet.pdf", "--name", "copy.pdf")
    listed = project.json("files", number)
    assert [each["name"] for each in listed] == ["copy.pdf", "sheet.pdf"]
    assert listed[1] == {"name": "sheet.pdf", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert project.must("extract", number, "sheet.pdf", "-o", "-", text=False) == content
    project.must("extract", number, "sheet.pdf", cwd=tmp_path / "rover")
    assert (project.folder / "sheet.pdf").read_bytes() == content
    project.refused("extract", number, "sheet.pdf")  # is there
    project.must("extract", number, "sheet.pdf", "-o", "sheet.pdf")
    project.refused("extract", number, "missing.pdf")
    project.must("detach", number, "copy.pdf")
    assert [each["name"] for each in project.json("files", number)] == ["sheet.pdf"]
    assert subprocess.run(["git", "-C", project.folder, "show", f"part/{number}/v1/draft:parts/EL/RES/100/{number}/files/sheet.pdf"],
                          capture_output=True, check=True).stdout == content  # fmt: skip


def test_manufacturers_categories_users_workflows(project, tmp_path):
    number = project.add()
    project.must("mfr", "add", number, "Acme", "R-1", "--status", "preferred")
    project.must("mfr", "add", number, "Volt", "V-1", "--description", "dear")
    project.refused("mfr", "add", number, "Acme", "R-1")
    project.must("mfr", "set", number, "Volt", "V-1", "--status", "preferred")
    listed = project.json("mfr", "list", number)
    assert [(each["mpn"], each["status"], each["description"]) for each in listed] == [("V-1", "Preferred", "dear"), ("R-1", "Active", "")]
    project.must("mfr", "remove", number, "Acme", "R-1")
    project.refused("mfr", "remove", number, "Acme", "R-1")
    project.refused("mfr", "set", number, "Acme", "R-1", "--status", "obsolete")
    assert [each["number"] for each in project.json("search", "volt", "part")] == [number]

    assert project.must("category", "add", "EL-LED", "--name", "Light") == "EL-LED"
    assert {"category": "EL-LED", "name": "Light", "workflow": "standard"} in project.json("category", "list")
    flow = project.json("workflow", "show", "standard")
    flow["name"] = "careful"
    flow["states"].insert(1, {"state": "Sketched", "status": "Draft"})
    flow["transitions"] += [{"from": "Draft", "to": "Sketched"}, {"from": "Sketched", "to": "In Review"}]
    (tmp_path / "flow.json").write_text(json.dumps(flow))
    project.must("workflow", "add", tmp_path / "flow.json")
    assert [each["name"] for each in project.json("workflow", "list")] == ["careful", "standard"]
    project.must("workflow", "assign", "EL-LED", "careful")
    led = project.add("Red", "EL-LED")
    assert project.must("advance", led, "Sketched") == f"{led} v1 Draft (Sketched)"
    project.refused("workflow", "add", tmp_path / "flow.json")
    project.refused("workflow", "assign", "EL-LED", "none")

    project.must("user", "set", "bob", "--role", "admin", "--full-name", "Bob B", "--active", "yes")
    bob = next(each for each in project.json("user", "list") if each["user"] == "bob")
    assert bob == {"user": "bob", "full_name": "Bob B", "email": "bob@example.org", "role": "Admin", "is_active": True}
    project.must("user", "set", "ada", "--role", "viewer", user="bob")
    project.refused("user", "set", "bob", "--role", "viewer", user="bob")  # the last Admin
    project.must("user", "set", "dan", "--active", "no", user="bob")
    assert "not active" in project.refused("list", user="dan")


def test_list_search_and_limits(project):
    for index in range(5):
        project.add(f"Part {index}", "EL-RES" if index % 2 else "ME-SCR")
    assert [each["name"] for each in project.json("list")] == [f"Part {index}" for index in range(5)]
    assert len(project.json("list", "--limit", "2")) == 2 and len(project.json("list", "--limit", "0")) == 5
    assert [each["name"] for each in project.json("list", "--category", "EL")] == ["Part 1", "Part 3"]
    assert project.json("list", "--status", "released") == [] and len(project.json("list", "--status", "draft")) == 5
    assert [each["name"] for each in project.json("list", "--text", "part 3")] == ["Part 3"]
    assert project.json("search", "nothing") == [] and project.must("search", "nothing") == ""
    assert {each["action"] for each in project.json("history")} >= {"init", "create a part"}


def test_import_and_export(project, tmp_path):
    (tmp_path / "parts.csv").write_text(
        "number,category,name,description,property:size,manufacturer,mpn\n"
        ",EL-RES,Ohm,one,3,Acme,R1\n,EL-NEW,\"=1+1\",two,,,\n", encoding="utf-8",
    )  # fmt: skip
    before = project.picture()
    assert "2 new" in project.must("import", tmp_path / "parts.csv", "--dry-run")
    assert project.picture() == before
    assert "new category EL-NEW" in project.must("import", tmp_path / "parts.csv")
    shown = project.json("show", "EL-RES-10000")
    assert shown["properties"] == {"size": "3"} and shown["manufacturer_parts"][0]["mpn"] == "R1" and shown["description"] == "one"
    (tmp_path / "bom.csv").write_text("parent,child,quantity\nEL-NEW-10001,EL-RES-10000,3\n")
    project.must("import", tmp_path / "bom.csv", "--bom")
    assert project.json("bom", "show", "EL-NEW-10001")[1]["quantity"] == 3

    rows = list(csv.DictReader(io.StringIO(project.must("export"))))
    assert {row["number"]: row["name"] for row in rows} == {"EL-RES-10000": "Ohm", "EL-NEW-10001": "=1+1"}
    excel = project.must("export", "--excel", text=False)
    assert excel.startswith(b"\xef\xbb\xbf") and b"'=1+1" in excel
    assert len(json.loads(project.must("export", "--format", "json"))["parts"]) == 2
    lines = list(csv.DictReader(io.StringIO(project.must("export", "--bom", "EL-NEW-10001"))))
    assert [(row["parent"], row["child"], row["quantity"]) for row in lines] == [("EL-NEW-10001", "EL-RES-10000", "3")]
    assert project.must("export", "--bom", "all").split() == project.must("export", "--bom", "EL-NEW-10001").split()
    # What was exported comes in again, and changes nothing.
    project.must("export", "--excel", "-o", "out.csv")
    project.must("export", "--format", "json", "-o", "out.json")
    before = project.picture()
    assert "0 new, 0 changed" in project.must("import", "out.csv")
    assert "0 new, 0 changed" in project.must("import", "out.json")
    assert project.picture() == before
    assert "0 new" in project.must("import", "-", input=(project.folder / "out.csv").read_text())


def test_every_json_parses_and_no_pipe_gets_colours(project):
    number = project.add()
    project.release(number)
    for words in (["show", number], ["list"], ["search", "part"], ["history", number], ["history"], ["bom", "show", number],
                  ["bom", "rollup", number], ["where-used", number], ["files", number], ["mfr", "list", number], ["check"],
                  ["user", "list"], ["category", "list"], ["workflow", "list"], ["workflow", "show", "standard"]):  # fmt: skip
        assert json.loads(project.must(*words, "--json")) is not None
        assert "\x1b" not in project.must(*words)


def on_terminal(project, *words, **more):
    """What a terminal gets."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [paths.SLUICE, "parts", *words], stdin=follower, stdout=follower, stderr=subprocess.PIPE, cwd=project.folder,
        env=environment(SLUICE_PARTS_USER="ada", TERM="xterm", **more),
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # EIO: all of the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert child.wait(WAIT_SECONDS) == 0 and child.stderr.read() == b""
    return shown.decode()


def test_a_terminal_has_colours(project):
    number = project.add("A name that is far too long for so narrow a terminal, so that it has to be shortened")
    project.release(number)
    shown = on_terminal(project, "list", COLUMNS="50")
    assert "\x1b[32mReleased\x1b[0m" in shown and "…" in shown
    assert "\x1b" not in on_terminal(project, "list", NO_COLOR="1")


def test_control_characters_do_not_reach_the_terminal(project):
    number = project.add()
    with sqlite3.connect(project.folder / "parts.db") as connection:
        connection.execute("UPDATE Parts SET name = 'a' || char(27) || '[2Jb'")
        connection.execute("UPDATE Revisions SET name = 'a' || char(27) || '[2Jb', description = char(27) || 'c'")
    for words in (["list"], ["show", number], ["bom", number]):
        assert "\x1b[2J" not in on_terminal(project, *words) and "\x1bc" not in on_terminal(project, *words)


def test_output_into_head(project):
    for index in range(30):
        project.add(f"Part {index}" + "x" * 150)
    script = f"set -o pipefail; {paths.SLUICE} parts export --format json | head -c 1 && {paths.SLUICE} parts list | true"
    done = subprocess.run(["bash", "-c", script], cwd=project.folder, env=environment(SLUICE_PARTS_USER="ada"), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with open("/dev/full", "w") as full:
        done = subprocess.run([paths.SLUICE, "parts", "list"], cwd=project.folder, env=environment(SLUICE_PARTS_USER="ada"), stdout=full, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert done.returncode == 1 and "No space left" in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_project_is_found_from_below_and_by_name(project, tmp_path):
    number = project.add()
    (project.folder / "a" / "b").mkdir(parents=True)
    assert number in project.must("list", cwd=project.folder / "a" / "b")
    assert number in project.must("list", "--project", project.folder, cwd=tmp_path)
    assert number in project.must("--project", "rover", "list", cwd=tmp_path)
    named = environment(SLUICE_PARTS_USER="eve", SLUICE_PARTS_PROJECT=project.folder)
    assert number in subprocess.run([paths.SLUICE, "parts", "list"], cwd="/", env=named, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_tab_completes_names_of_the_project(project, tmp_path, name):
    if not is_installed(name):
        pytest.skip(f"{name} is not installed")
    first, second = project.add(), project.add("Screw", "ME-SCR")
    with Shell(name, project.folder, tmp_path, SLUICE_PARTS_USER="ada") as shell:
        for typed, completed in (
            (["rev"], ["revise"]), (["show", "EL"], ["show", first]), (["bom", "add", first, "ME"], ["bom", "add", first, second]),
            (["submit", first, "--approver", "b"], ["submit", first, "--approver", "bob"]), (["submit", first, "--approver=b"], ["submit", first, "--approver=bob"]),
            (["add", "--category", "EL-R"], ["add", "--category", "EL-RES"]), (["list", "--status", "r"], ["list", "--status", "released"]),
            (["bom", "EL-"], ["bom", "EL-"]), (["bom", first[:-1]], ["bom", first]), (["export", "--bom", "EL"], ["export", "--bom", first]),
        ):  # fmt: skip
            assert shell.completed(" ".join(["sluice", "parts", *typed])) == ["parts", *completed]
    with Shell(name, tmp_path, tmp_path, SLUICE_PARTS_USER="ada") as shell:
        assert shell.completed("sluice parts show EL") == ["parts", "show", "EL"], "no project is here"
        assert shell.completed("sluice parts --project rover show EL") == ["parts", "--project", "rover", "show", first]
        assert shell.completed("sluice parts --project='./rover' show EL") == ["parts", "--project=./rover", "show", first]


def test_both_commands_print_the_scripts(project):
    for name in ("bash", "zsh", "fish"):
        script = subprocess.run([paths.SLUICE, "completion", name], capture_output=True, text=True, check=True).stdout
        assert script and project.must("completion", name) == script.strip()


def test_the_man_page_passes_groff():
    page = subprocess.run([paths.SLUICE, "docs", "man"], capture_output=True, text=True, check=True).stdout
    assert page == (paths.ROOT / "docs/reference/sluice-parts.1").read_text()
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(["groff", "-man", "-ww", "-z"], input=page, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_everywhere(project):
    listed = project.must("--help")
    for command in ("init", "add", "bom", "submit", "import", "check", "completion"):
        assert f"  {command} " in listed
        assert project.must(command, "--help").startswith(listed.split(f"  {command} ", 1)[1].splitlines()[0].strip())
    assert "  complete " not in listed


def test_twenty_at_once_get_numbers_without_gaps(project):
    running = [
        subprocess.Popen([paths.SLUICE, "parts", "add", "--category", "EL-RES", "--name", f"P{index}"], cwd=project.folder,
                         env=environment(SLUICE_PARTS_USER="ada"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for index in range(20)
    ]  # fmt: skip
    outcomes = [(child.communicate(timeout=WAIT_SECONDS), child.returncode) for child in running]
    assert all(code == 0 and not errors for (_, errors), code in outcomes), outcomes
    numbers = sorted(output.strip() for (output, _), _ in outcomes)
    assert numbers == [f"EL-RES-{10000 + index}" for index in range(20)]
    assert project.rows("SELECT count(*) FROM GitOutbox WHERE applied_date IS NULL") == [(0,)]
    assert project.run("check", "--deep").returncode == 0
    assert git(project.folder, "fsck", "--full") == ""


def test_git_behind_is_a_warning_and_the_next_command_makes_up_for_it(project):
    number = project.add()
    kept = project.folder / ".git" / "objects"
    kept.rename(project.folder / "kept")
    done = project.run("edit", number, "--name", "New")
    assert done.returncode == 0 and done.stdout == f"{number} v1\n"
    assert len(done.stderr.splitlines()) == 1 and "warning" in done.stderr and "next command" in done.stderr
    (project.folder / "kept").rename(kept)
    project.must("list")
    assert json.loads(git(project.folder, "show", f"part/{number}/v1/draft:parts/EL/RES/100/{number}/part.json"))["name"] == "New"
    assert project.run("check", "--deep").returncode == 0


def test_interrupted_anywhere_it_is_whole(project):
    """Ctrl-C at different moments: what was begun is done or not; check agrees."""
    for milliseconds in (1, 5, 10, 20, 30, 40, 60):
        child = subprocess.Popen([paths.SLUICE, "parts", "add", "--category", "EL-RES", "--name", "P"], cwd=project.folder,
                                 env=environment(SLUICE_PARTS_USER="ada"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
        try:
            child.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
        child.communicate(timeout=WAIT_SECONDS)
        assert project.run("check").returncode == 0
    ids = [part_id for (part_id,) in project.rows("SELECT part_id FROM Parts ORDER BY 1")]
    assert ids == list(range(10000, 10000 + len(ids)))
    assert project.add() == f"EL-RES-{10000 + len(ids)}"


def test_check_finds_what_is_wrong(project):
    number = project.add()
    project.release(number)
    assert project.must("check") == ""
    git(project.folder, "update-ref", "-d", f"refs/tags/{number}/v1")
    done = project.run("check", "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == 1 and done.stderr == "" and any(each["number"] == number for each in findings)
    assert number in project.run("check").stdout


def test_backup(project, tmp_path):
    number = project.add()
    project.must("backup", tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT number FROM Parts").fetchall() == [(number,)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    project.refused("backup", project.folder / "parts.db")
    project.refused("backup", tmp_path)
    project.refused("backup", tmp_path / "missing" / "copy.db")


def test_metrics_file_has_the_numbers_of_this_command(project, tmp_path):
    file = tmp_path / "numbers.prom"
    project.must("add", "--category", "EL-RES", "--name", "10 kOhm", "--metrics", str(file))
    lines = dict(line.rsplit(" ", 1) for line in file.read_text().splitlines() if not line.startswith("#"))
    assert int(float(lines['sluice_sqlite_commits_total{database="parts"}'])) >= 1
    waits = {name for name in lines if name.startswith("sluice_sqlite_write_acquire_seconds_bucket")}
    assert waits and int(lines['sluice_sqlite_write_acquire_seconds_count{database="parts"}']) >= 1
    documented = (paths.ROOT / "docs/reference/metrics.md").read_text().split("## Of the SQLite databases")[1]
    assert {line.split()[2] for line in file.read_text().splitlines() if line.startswith("# TYPE")} == set(
        re.findall(r"^\| `(\w+)`", documented, re.M)
    )
    project.refused("show", "EL-RES-99999", "--metrics", str(file))
    assert 'sluice_sqlite_commits_total{database="parts"} 0' in file.read_text(), "also of a command that failed"
    done = project.run("list", "--metrics", str(tmp_path / "missing" / "file"))
    assert done.returncode == 0 and "warning: --metrics" in done.stderr
