"""The order of the house: how many files a folder has, how long files and functions are, and what comments refer to."""

import ast
import collections
import pathlib
import re

from lint.test_lint import tracked
from support import paths

FILES_MAX = 29
PRODUCT_FILES_MAX = 25
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

TESTS = re.compile(r"_(test|fuzz|bench|test_support)\.[ch]pp$|^test_[a-z_]+\.hpp$")
CODE = ("*.cpp", "*.hpp", "*.py")


def read(name):
    return (paths.ROOT / name).read_text()


def cpp_functions(text):
    """(line, lines) of each function: it opens with `{` at the end of a line, and ends with `}` at the same indent."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"( {4})?(?! )(.*)\{$", line)
        if not found or re.match(
            r"(namespace|class|struct|enum|union|extern|if|for|while|switch|do|else|}|case|template <[^(]*> (class|struct))\b", found[2]
        ):
            continue
        if not re.search(r"\)( const| noexcept| override| final| ->.*)* $", found[2]) and not found[2].endswith(") "):
            continue
        indent = found[1] or ""
        for end in range(number + 1, len(lines)):
            if lines[end].startswith(indent + "}"):
                yield number + 1, end - number + 1
                break


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.end_lineno - node.lineno + 1


def too_long(name, text):
    functions = python_functions(text) if name.endswith(".py") else cpp_functions(text)
    found = [f"{name}: {len(text.splitlines())} lines"] if len(text.splitlines()) > FILE_LINES_MAX else []
    return found + [f"{name}:{line}: a function of {count} lines" for line, count in functions if count > FUNCTION_LINES_MAX]


def test_folders_have_few_files():
    folders = collections.Counter()
    product = collections.Counter()
    for name in tracked("src"):
        folder = str(pathlib.PurePath(name).parent)
        folders[folder] += 1
        product[folder] += not TESTS.search(pathlib.PurePath(name).name)
    assert not {folder: count for folder, count in folders.items() if count > FILES_MAX}
    assert not {folder: count for folder, count in product.items() if count > PRODUCT_FILES_MAX}


def test_files_and_functions_are_short():
    found = [each for name in tracked(*CODE) for each in too_long(name, read(name))]
    assert not found, "\n".join(found)


def test_the_measure_of_functions_finds_them():
    body = "    int a = 0;\n" * FUNCTION_LINES_MAX
    assert too_long("a.cpp", f"int f(int x) {{\n{body}}}\n")
    assert too_long("a.cpp", f"class c {{\n    void f() const {{\n{body}    }}\n}};\n")
    assert not too_long("a.cpp", f"namespace n {{\n{body}}}\n")
    assert not too_long("a.cpp", "int f(int x) {\n    return x;\n}\n" * 100)
    assert too_long("a.py", "def f():\n" + body.replace("int ", "").replace(";", ""))
    assert too_long("a.cpp", "\n" * (FILE_LINES_MAX + 1))


def test_comments_refer_to_files_that_are_here():
    foreign = {"client_context.cpp", "parser.cpp", "llama.cpp"}  # of DuckDB, and the name of a project
    names = {pathlib.PurePath(name).name for name in tracked()}
    there = {*foreign, *names, *tracked()}
    found = []
    for name in tracked("src", "tools", "bench", "examples", "tests/*.cpp"):
        if not name.endswith((".cpp", ".hpp")):
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            comment = line.partition("//")[2] if "//" in line and '"' not in line.partition("//")[0] else ""
            for file in re.findall(r"(?<![\w./-])([a-z][a-z0-9_/]*\.(?:hpp|cpp|md))\b", comment):
                if file not in there and f"src/{file}" not in there:
                    found.append(f"{name}:{number}: {file}")
    assert not found, "\n".join(found)


def test_no_engine_is_named_above_the_seam():
    found = []
    for name in tracked("src/session", "src/server", "src/workload", "src/embed", "src/backend", "src/testing"):
        if TESTS.search(name) or name == "src/backend/backend.hpp":  # which says what it hides; tests have real engines
            continue
        found += [
            f"{name}:{number}: {line}"
            for number, line in enumerate(read(name).splitlines(), 1)
            if "duckdb" in line.lower() and "sluice.dialect" not in line
        ]
    assert not found, "\n".join(found)


# The texts of SQL statements; "Selects from" and "UPDATE EXTENSIONS" are none.
SQL = re.compile(
    r"^\s*select\s|\bselect\s.*\sfrom\s|\binsert\s+(or\s+\w+\s+)?into\b|\breplace\s+into\b|\bdelete\s+from\b"
    r"|\bupdate\s+(or\s+\w+\s+)?\w+\s+set\b|^\s*(create|alter|drop)\s+(table|index|view|trigger)\b|^\s*pragma\s+\w",
    re.IGNORECASE | re.DOTALL,
)


def cpp_strings(text):
    """(line, string) of the literals of C++; neighbours are one."""
    text = re.sub(r"^[ \t]*//.*$", "", text, flags=re.MULTILINE)
    literal = r'R"(?P<mark>\w*)\((?P<raw>.*?)\)(?P=mark)"|"(?P<plain>(?:[^"\\\n]|\\.)*)"'
    end, line, joined = None, 0, ""
    for found in re.finditer(literal, text, re.DOTALL):
        words = found["raw"] if found["raw"] is not None else found["plain"]
        if end is not None and not text[end : found.start()].strip():
            joined += words
        else:
            if end is not None:
                yield line, joined
            line, joined = text.count("\n", 0, found.start()) + 1, words
        end = found.end()
    if end is not None:
        yield line, joined


def sql_in(name, text):
    return [f"{name}:{line}: {string[:60]}" for line, string in cpp_strings(text) if SQL.search(string)]


def test_the_command_line_has_no_sql():
    found = [each for name in tracked("src/cli") if not TESTS.search(name) for each in sql_in(name, read(name))]
    assert not found, "\n".join(found)


def test_the_sql_is_found():
    for text in (
        'db.list<part>("SELECT number FROM Parts")',
        'db.get<bool>(\n    "SELECT count(*) > 0 "\n    "FROM sqlite_schema")',
        'db.find("select number "\n  "from Parts")',
        'run("DELETE " "FROM tag_runs WHERE tag_run_id = ?1", run)',
        'run("INSERT OR IGNORE INTO t VALUES(1)")',
        'run("UPDATE Users SET role = ?2")',
        'run(R"(\n  UPDATE t\n  SET a = 1)")',
        'f("a \\" b"); run("PRAGMA user_version")',
    ):
        assert sql_in("a.cpp", text), text
    for text in (
        '.doc = "Selects parts from a file."',
        'page += "INSTALL, UPDATE EXTENSIONS, LOAD of a\\nfile, CREATE and DROP SECRET"',
        'fmt::format("{}{}", pragma ? "PRAGMA " : "", name)',
        '// Use:     db.get("SELECT 1 FROM t")',
        'f("select"); g("from where")',
    ):
        assert not sql_in("a.cpp", text), text


def test_the_terminal_knows_no_application():
    found = [name for name in tracked("src/cli/terminal") if '#include "apps/' in read(name)]
    assert not found, "\n".join(found)


# A sentence has a subject that a stranger knows (CONTRIBUTING, "Prose").
VAGUE_WORDS = re.compile(r"\b(nobody|somebody|whoever|whom)\b", re.IGNORECASE)
VAGUE_SUBJECTS = re.compile(r"(^|[.:;!] |// |-- |[#*] )(Who|What|Whatever|So much|So many)\b(?!'s)[^?]*$")


def vague(text):
    return VAGUE_WORDS.search(text) or VAGUE_SUBJECTS.search(text)


def prose():
    """(where, line) of comments, messages and help texts in the sources, and of the documents."""
    for name in tracked("src", "bench", "examples", "tools", "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs"):
        if name.startswith("docs/decisions") or TESTS.search(name):
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            heading = name.endswith(".md") and line.startswith("#")
            if not heading and (not name.endswith((".cpp", ".hpp", ".py")) or re.search(r'//|#|"|^-- ', line)):
                yield f"{name}:{number}", line


def test_subjects_are_nouns():
    found = [f"{where}: {line.strip()}" for where, line in prose() if vague(line) and "never the subject" not in line]
    assert not found, "\n".join(found)


def test_the_words_are_found():
    for line in ("// nobody looks", '"Who reads it gets nothing."', "// Done. What is left stays.", "-- So much is free."):
        assert vague(line.strip('"')), line
    for line in ("// says what it hides", "What's next", "What does it cost?", "// nothing that somehow ends"):
        assert not vague(line), line
