#!/usr/bin/env python3
"""Writes PostgreSQL's built-in catalog as C++ rows, from the file that PostgreSQL's own initdb reads.

postgres_catalog.py FOLDER OUT: FOLDER has postgres.bki and system_functions.sql of PostgreSQL 15 (Debian: package
postgresql-15, /usr/share/postgresql/15). OUT is included by src/analysis/builtin/builtin_rows.cpp, which says what the
rows mean.
"""

import pathlib
import re
import sys

# Values of postgres.bki that stand for constants of PostgreSQL's build.
CONSTANTS = {"NAMEDATALEN": "64", "FLOAT8PASSBYVAL": "t", "SIZEOF_POINTER": "8", "ALIGNOF_POINTER": "d"}


def tables(bki):
    """The rows of each table: name of the table → list of {column: value}; None is NULL."""
    found = {}
    columns, table = [], None
    token = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"])*)\"|(\S+)")
    for line in bki.splitlines():
        if line.startswith("create "):
            table = line.split()[1]
            columns = []
            found[table] = []
        elif (column := re.match(r"^ (\w+) = ", line)) and table:
            columns.append(column[1])
        elif line.startswith("insert ( "):
            values = []
            for match in token.finditer(line[len("insert ( ") : -len(" )")]):
                quoted, bare = match[1], match[3]
                if quoted is not None:
                    values.append(quoted.replace("''", "'"))
                elif bare is not None:
                    values.append(None if bare == "_null_" else CONSTANTS.get(bare, bare))
                else:
                    values.append(match[2])
            found[table].append(dict(zip(columns, values, strict=True)))
    return found


def defaults(sql):
    """(name, number of arguments) → the defaults of the last arguments, as SQL, in system_functions.sql."""
    found = {}
    for match in re.finditer(r"CREATE OR REPLACE FUNCTION\s+\"?(\w+)\"?\s*\((.*?)\)\s*RETURNS", sql, re.S):
        arguments = [part.strip() for part in re.split(r",(?![^()]*\))", match[2])]
        arguments = [part for part in arguments if part and not part.upper().startswith("OUT ")]
        values = [re.split(r"\sDEFAULT\s", part, maxsplit=1, flags=re.I)[1] for part in arguments if re.search(r"\sDEFAULT\s", part, re.I)]
        if values:
            found[match[1], len(arguments)] = values
    return found


def text(value):
    if value is None:
        return '""'
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flag(value):
    return "true" if value == "t" else "false"


def number(value):
    return "0" if value in (None, "-") else value


def char(value):
    return f"'{value}'"


def main():
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    rows = tables((folder / "postgres.bki").read_text())
    default_values = defaults((folder / "system_functions.sql").read_text())
    lines = ["// Made by tools/postgres_catalog.py."]

    def array(kind, name, values):
        lines.append(f"constexpr {kind} {name}[] = {{")
        lines.extend(values)
        lines.append("};")

    array(
        "type_row",
        "types",
        (
            f"{{{t['oid']},{text(t['typname'])},{t['typlen']},{char(t['typtype'])},{char(t['typcategory'])},{flag(t['typispreferred'])},"
            f"{char(t['typdelim'])},{number(t['typelem'])},{number(t['typarray'])},{number(t['typcollation'])}}},"
            for t in sorted(rows["pg_type"], key=lambda t: int(t["oid"]))
        ),
    )
    aggregates = {a["aggfnoid"]: a for a in rows["pg_aggregate"]}
    arguments, functions = [], []
    for f in sorted(rows["pg_proc"], key=lambda f: (f["proname"], int(f["oid"]))):
        types = (f["proargtypes"] or "").split()
        begin = len(arguments)
        arguments.extend(types)
        aggregate = aggregates.get(f["oid"])
        values = default_values.get((f["proname"], len(types)), [])
        functions.append(
            f"{{{f['oid']},{text(f['proname'])},{char(f['prokind'])},{number(f['provariadic'])},{flag(f['proisstrict'])},"
            f"{flag(f['proretset'])},{char(f['provolatile'])},{f['prorettype']},{begin},{len(types)},"
            f"{text(f['proallargtypes'])},{text(f['proargmodes'])},{text(f['proargnames'])},{text(chr(31).join(values))},"
            f"{char(aggregate['aggkind'] if aggregate else '-')},{aggregate['aggnumdirectargs'] if aggregate else 0}}},"
        )
    array("function_row", "functions", functions)
    array("oid", "function_arguments", [",".join(arguments)])
    array(
        "operator_row",
        "operators",
        (
            f"{{{o['oid']},{text(o['oprname'])},{char(o['oprkind'])},{o['oprleft']},{o['oprright']},{o['oprresult']},{number(o['oprcode'])}}},"
            for o in sorted(rows["pg_operator"], key=lambda o: (o["oprname"], int(o["oid"])))
        ),
    )
    array(
        "cast_row",
        "casts",
        (
            f"{{{c['castsource']},{c['casttarget']},{c['castfunc']},{char(c['castcontext'])},{char(c['castmethod'])}}},"
            for c in sorted(rows["pg_cast"], key=lambda c: (int(c["castsource"]), int(c["casttarget"])))
        ),
    )
    array("range_row", "ranges", (f"{{{r['rngtypid']},{r['rngsubtype']},{r['rngmultitypid']}}}," for r in rows["pg_range"]))
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
