"""Reads the text of a .test file: paragraphs, the words in front of a record, its head, SQL and rows."""

import dataclasses

from records import LETTERS, MARK, MODES, NAME, OIDS, SERVERS, SORTS, SQLSTATE, TURNS_MAX, VARIABLE, FormatError, Loop, Record, read_row

HEADS = ("statement", "query", "copy")
PREFIXES = ("connection", "onlyif", "skip", "parse", "bind", "close")


def read(text, path="?"):
    """The records and loops of a file, in their order."""
    return Reader(text, path).read()


def paragraphs(text):
    """(number of the first line, lines) of each block between blank lines, without the comments at its start."""
    lines = text.split("\n")
    begin = None
    for number, line in enumerate([*lines, ""], 1):
        if line.strip() == "":
            if begin is not None:
                yield begin, lines[begin - 1 : number - 1]
            begin = None
        elif begin is None and not line.startswith("#"):
            begin = number


class Reader:
    def __init__(self, text, path):
        self.text = text
        self.path = path
        self.loops = []  # open ones: (line, variable, values, nodes before it)

    def fail(self, line, message):
        raise FormatError(self.path, line, message)

    def read(self):
        nodes = []
        for line, lines in paragraphs(self.text):
            word = lines[0].split()[0]
            if word in ("loop", "foreach", "endloop"):
                if len(lines) > 1:
                    self.fail(line + 1, f"{word} stands alone between blank lines")
                nodes = self.close_loop(line, lines[0], nodes) if word == "endloop" else self.open_loop(line, lines[0], nodes)
            else:
                nodes.append(self.record(line, lines))
        if self.loops:
            self.fail(self.loops[-1][0], "this loop has no endloop")
        return tuple(nodes)

    def open_loop(self, line, text, nodes):
        word, *arguments = text.split()
        variable = arguments[0] if arguments else ""
        if not NAME.fullmatch(variable):
            self.fail(line, f"{word} needs the name of a variable")
        if variable in (loop[1] for loop in self.loops):
            self.fail(line, f"${variable} is the variable of an outer loop")
        values = arguments[1:]
        if word == "loop":
            if len(values) != 2 or not all(value.lstrip("-").isdigit() for value in values):
                self.fail(line, "loop needs a first and a last number")
            values = [str(i) for i in range(int(values[0]), int(values[1]) + 1)]
        if not 1 <= len(values) <= TURNS_MAX:
            self.fail(line, f"{word} has {len(values)} turns, not 1 to {TURNS_MAX}")
        self.loops.append((line, variable, tuple(values), nodes))
        return []

    def close_loop(self, line, text, body):
        if text.split() != ["endloop"]:
            self.fail(line, "endloop has no arguments")
        if not self.loops:
            self.fail(line, "endloop without a loop")
        begin, variable, values, before = self.loops.pop()
        if not body:
            self.fail(begin, "this loop has no records")
        return [*before, Loop(begin, variable, values, tuple(body))]

    def record(self, line, lines):
        options = {}
        for offset, text in enumerate(lines):
            word = text.split()[0]
            if word in HEADS:
                return self.body(line + offset, lines[offset:], options)
            if word not in PREFIXES:
                self.fail(line + offset, f"unknown word {word!r}")
            self.prefix(line + offset, text, options)
        self.fail(line + len(lines) - 1, "a statement, a query or a copy has to follow")

    def prefix(self, line, text, options):
        word, *arguments = text.split()
        first = arguments[0] if arguments else ""
        given = "prepared" if word in ("parse", "bind", "close") else {"onlyif": "only", "skip": "skipped"}.get(word, word)
        if given in options and word != "skip":
            self.fail(line, f"{word} is given twice")
        if word in ("onlyif", "skip"):
            allowed = SERVERS if word == "onlyif" else MODES
            if first not in allowed:
                self.fail(line, f"{word} needs one of {', '.join(allowed)}")
            if len(arguments) < 2:
                self.fail(line, f"{word} {first} needs a reason")
            options[given] = (*options.get("skipped", ()), first) if word == "skip" else first
            return
        if not NAME.fullmatch(first):
            self.fail(line, f"{word} needs a name in small letters")
        if len(arguments) > 1 and word != "bind":
            self.fail(line, f"{word} has one argument")
        options[given] = first if word == "connection" else (word, first, *self.values(line, arguments[1:]))

    def values(self, line, words):
        try:
            return read_row("\t".join(words)) if words else ()
        except ValueError as wrong:
            self.fail(line, str(wrong))

    def body(self, line, lines, options):
        record = self.head(line, lines[0], options)
        mark = lines.index(MARK) if MARK in lines else 0
        sql = "\n".join(lines[1 : mark or len(lines)])
        action = record.prepared[0] if record.prepared else ""
        if not sql and action not in ("bind", "close"):
            self.fail(line, "SQL has to follow")
        if sql and action in ("bind", "close"):
            self.fail(line + 1, f"{action} takes no SQL")
        rows = tuple(lines[mark + 1 :]) if mark else ()
        if mark and record.kind == "statement":
            self.fail(line + mark, "a statement has no rows")
        if not mark and record.kind == "copy in":
            self.fail(line, "copy in needs ---- and the data that is sent")
        if MARK in rows:
            self.fail(line + mark + 1 + rows.index(MARK), "a second ----")
        if record.kind == "query":
            for offset, row in enumerate(rows, line + mark + 1):
                self.row(offset, row, record)
        for offset, text in enumerate(lines):
            self.variables(line + offset, text)
        return dataclasses.replace(record, sql=sql, rows=rows, rows_line=line + mark if mark else 0)

    def row(self, line, text, record):
        width = len(self.values(line, text.split("\t")))
        expected = 1 if record.sort == "valuesort" else len(record.types)
        if width != expected:
            self.fail(line, f"{width} values, not {expected}; a tab stands between two values")

    def variables(self, line, text):
        known = [loop[1] for loop in self.loops]
        for match in VARIABLE.finditer(text):
            if match[1] and match[1] not in known:
                self.fail(line, f"no loop has a variable {match[1]!r}")

    def head(self, line, text, options):
        word, *arguments = text.split()
        if word == "query":
            record = self.query(line, arguments, options)
        elif word == "statement":
            record = self.statement(line, "statement", arguments, options)
        elif arguments[:1] == ["in"]:
            record = self.statement(line, "copy in", arguments[1:], options)
        elif arguments == ["out"]:
            record = Record(line, "copy out", "", **options)
        else:
            self.fail(line, "copy needs in or out")
        action = record.prepared[0] if record.prepared else ""
        if action in ("parse", "close") and (record.kind != "statement" or record.tag):
            self.fail(line, f"{action} needs statement ok or statement error")
        if action == "bind" and record.kind.startswith("copy"):
            self.fail(line, "bind needs a statement or a query")
        return record

    def statement(self, line, kind, arguments, options):
        if arguments[:1] == ["ok"]:
            return Record(line, kind, "", tag=" ".join(arguments[1:]), **options)
        if arguments[:1] != ["error"]:
            self.fail(line, f"{kind} needs ok or error")
        if len(arguments) != 2 or not SQLSTATE.fullmatch(arguments[1]):
            self.fail(line, f"{kind} error needs a SQLSTATE")
        return Record(line, kind, "", error=arguments[1], **options)

    def query(self, line, arguments, options):
        if not arguments:
            self.fail(line, "query needs the types of its columns")
        sort = arguments[1] if len(arguments) > 1 else "nosort"
        if sort not in SORTS or len(arguments) > 2:
            self.fail(line, f"after the types comes one of {', '.join(SORTS)}")
        types = []
        for word in arguments[0].split(","):
            if word in OIDS:
                types.append((word,))
            elif word.isupper() and all(letter in LETTERS for letter in word):
                types += [LETTERS[letter] for letter in word]
            else:
                self.fail(line, f"unknown type {word!r}")
        return Record(line, "query", "", types=tuple(types), sort=sort, **options)
