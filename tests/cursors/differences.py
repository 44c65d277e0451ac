"""What a cursor of Sluice does otherwise than one of PostgreSQL 15, and why; docs/reference/compatibility.md shows the same table."""

import dataclasses

from scripts import IDS, On, bind, declare, execute


@dataclasses.dataclass
class Difference:
    what: str
    postgresql: str
    sluice: str
    reason: str
    script: list  # None: it takes time to see; test_limits.py does
    theirs: list  # how the script's answers end, as test_commands.py writes them
    ours: list


FAILS_LATE = "SELECT CASE WHEN id < 4500 THEN id ELSE ('x' || id)::int4 END AS n FROM many"
FAILS_SOON = "SELECT CASE WHEN id < 10 THEN id ELSE ('x' || id)::int4 END AS n FROM many"
SHARED = "SELECT count(*) AS n FROM shared"

DIFFERENCES = [
    Difference(
        "`DECLARE` with neither `SCROLL` nor `NO SCROLL`",
        "scrolls backwards if the plan can",
        "only goes forward, as with `NO SCROLL`; `FETCH PRIOR` is 55000",
        "Rows that are not kept need no memory; a client that wants to go back says `SCROLL`.",
        ["BEGIN", declare(), "FETCH 2 FROM c", "FETCH PRIOR FROM c"],
        ["FETCH PRIOR FROM c → columns id 23/4/-1/0", "FETCH PRIOR FROM c → row (b'1',)", "FETCH PRIOR FROM c → tag FETCH 1", "FETCH PRIOR FROM c → ready T"],
        ["FETCH PRIOR FROM c → ERROR 55000 cursor can only scan forward", "FETCH PRIOR FROM c → ready E"],
    ),
    Difference(
        "`is_scrollable` of such a cursor in `pg_cursors`",
        "what the plan can",
        "`f`",
        "The same.",
        ["BEGIN", f"DECLARE c CURSOR FOR {IDS}", "SELECT is_scrollable FROM pg_cursors WHERE name = 'c'"],
        [f"SELECT is_scrollable FROM pg_cursors WHERE name = 'c' → {line}" for line in ("columns is_scrollable 16/1/-1/0", "row (b't',)", "tag SELECT 1", "ready T")],
        [f"SELECT is_scrollable FROM pg_cursors WHERE name = 'c' → {line}" for line in ("columns is_scrollable 16/1/-1/0", "row (b'f',)", "tag SELECT 1", "ready T")],
    ),
    Difference(
        "Two cursors of one transaction, another session commits between their `DECLARE`s",
        "`READ COMMITTED`: the second sees the commit; `REPEATABLE READ`: it does not",
        "it never does",
        "DuckDB's transactions have one snapshot.",
        [
            On("other", "DROP TABLE IF EXISTS shared"), On("other", "CREATE TABLE shared AS SELECT 1 AS a"), "BEGIN", declare("a", "NO SCROLL", SHARED), "FETCH a",
            On("other", "INSERT INTO shared VALUES (2)"), declare("b", "NO SCROLL", SHARED), "FETCH b",
        ],
        ["FETCH b → columns n 20/8/-1/0", "FETCH b → row (b'2',)", "FETCH b → tag FETCH 1", "FETCH b → ready T"],
        ["FETCH b → columns n 20/8/-1/0", "FETCH b → row (b'1',)", "FETCH b → tag FETCH 1", "FETCH b → ready T"],
    ),
    Difference(
        "A row that cannot be computed",
        "`FETCH` fails when it comes to that row",
        "`DECLARE` fails if it is among the first 2,048 rows, else the `FETCH` that comes to the 2,048 rows that it is among",
        "DuckDB computes that many at a time, and `DECLARE` has it begin: the rows are those of that moment.",
        ["BEGIN", declare(query=FAILS_SOON, words="NO SCROLL"), "FETCH 2 FROM c"],
        ["FETCH 2 FROM c → columns n 23/4/-1/0", "FETCH 2 FROM c → row (b'1',)", "FETCH 2 FROM c → row (b'2',)", "FETCH 2 FROM c → tag FETCH 2", "FETCH 2 FROM c → ready T"],
        [f"{declare(query=FAILS_SOON, words='NO SCROLL')} → ERROR 22P02", f"{declare(query=FAILS_SOON, words='NO SCROLL')} → ready E",
         "FETCH 2 FROM c → ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block", "FETCH 2 FROM c → ready E"],
    ),
    Difference(
        "A `FETCH` of many rows that fails or is cancelled on its way",
        "the error alone: `FETCH` computes all its rows before it sends the first",
        "the rows so far, then the error",
        "Rows leave as soon as they are there; `SELECT` does the same in both servers.",
        ["BEGIN", declare(query=FAILS_LATE, words="NO SCROLL"), "FETCH ALL FROM c"],
        [f"{declare(query=FAILS_LATE, words='NO SCROLL')} → ready T", "FETCH ALL FROM c → ERROR 22P02", "FETCH ALL FROM c → ready E"],
        ["FETCH ALL FROM c → row (b'4096',)", "FETCH ALL FROM c → ERROR 22P02", "FETCH ALL FROM c → ready E"],
    ),
    Difference(
        "`DROP`, `ALTER` or `TRUNCATE` of a table that an open cursor of the same session reads",
        "55006",
        "allowed; the cursor still has its rows",
        "DuckDB keeps what a running query reads.",
        ["CREATE TEMP TABLE mine AS SELECT 1 AS a UNION ALL SELECT 2", "BEGIN", declare(query="SELECT a FROM mine ORDER BY a", words="NO SCROLL"), "FETCH c", "DROP TABLE mine", "FETCH c"],
        ["DROP TABLE mine → ready E", "FETCH c → ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block", "FETCH c → ready E"],
        ["DROP TABLE mine → tag DROP TABLE", "DROP TABLE mine → ready T", "FETCH c → columns a 23/4/-1/0", "FETCH c → row (b'2',)", "FETCH c → tag FETCH 1", "FETCH c → ready T"],
    ),
    Difference(
        "`DECLARE … FOR SELECT … FOR UPDATE`, `FOR SHARE`",
        "locks the rows that are fetched",
        "42601",
        "DuckDB has no row locks; of two transactions that change a row the second fails (40001).",
        ["BEGIN", declare(query=f"{IDS} FOR UPDATE")],
        [f"{declare(query=f'{IDS} FOR UPDATE')} → tag DECLARE CURSOR", f"{declare(query=f'{IDS} FOR UPDATE')} → ready T"],
        [f"{declare(query=f'{IDS} FOR UPDATE')} → ERROR 42601", f"{declare(query=f'{IDS} FOR UPDATE')} → ready E"],
    ),
    Difference(
        "`UPDATE` and `DELETE … WHERE CURRENT OF`",
        "changes the row that the cursor stands on",
        "42601",
        "A row of a result does not know where it came from. Use the key.",
        ["CREATE TEMP TABLE mine AS SELECT 1 AS a", "BEGIN", declare(query="SELECT a FROM mine"), "FETCH c", "DELETE FROM mine WHERE CURRENT OF c"],
        ["DELETE FROM mine WHERE CURRENT OF c → tag DELETE 1", "DELETE FROM mine WHERE CURRENT OF c → ready T"],
        ["DELETE FROM mine WHERE CURRENT OF c → ERROR 42601", "DELETE FROM mine WHERE CURRENT OF c → ready E"],
    ),
    Difference(
        "`FETCH` as a portal that is executed in slices, and another `FETCH` of the same cursor between them",
        "goes on",
        "goes on with `SCROLL`; without, the second `FETCH` is 55006",
        "PostgreSQL keeps all rows of the first `FETCH`; rows that are not kept can be read by one only.",
        ["BEGIN", declare(words="NO SCROLL"), bind("f", "FETCH 9 FROM c"), execute("f", 4), "FETCH 2 FROM c"],
        ["FETCH 2 FROM c → columns id 23/4/-1/0", "FETCH 2 FROM c → row (b'10',)", "FETCH 2 FROM c → row (b'11',)", "FETCH 2 FROM c → tag FETCH 2", "FETCH 2 FROM c → ready T"],
        ['FETCH 2 FROM c → ERROR 55006 cursor "c" is still being read by another portal', "FETCH 2 FROM c → ready E"],
    ),
    Difference(
        "Names of cursors with more than 63 bytes",
        "are cut, with a notice",
        "are kept",
        "Nothing needs them to be short.",
        ["BEGIN", declare("n" * 70, "NO SCROLL"), "FETCH " + "n" * 63],
        [f"FETCH {'n' * 63} → row (b'1',)", f"FETCH {'n' * 63} → tag FETCH 1", f"FETCH {'n' * 63} → ready T"],
        [f"FETCH {'n' * 63} → ERROR 34000 cursor \"{'n' * 63}\" does not exist", f"FETCH {'n' * 63} → ready E"],
    ),
    Difference(
        "Columns of `pg_cursors`",
        "name, statement, is_holdable, is_binary, is_scrollable, creation_time",
        "the same, then rows_fetched, fetches, last_fetch_time",
        "Who holds a connection should be seen.",
        [declare(hold=True), "FETCH 3 FROM c", "SELECT rows_fetched, fetches FROM pg_cursors"],
        ["SELECT rows_fetched, fetches FROM pg_cursors → ERROR 42703", "SELECT rows_fetched, fetches FROM pg_cursors → ready I"],
        ["SELECT rows_fetched, fetches FROM pg_cursors → columns rows_fetched 20/8/-1/0, fetches 20/8/-1/0", "SELECT rows_fetched, fetches FROM pg_cursors → row (b'3', b'1')",
         "SELECT rows_fetched, fetches FROM pg_cursors → tag SELECT 1", "SELECT rows_fetched, fetches FROM pg_cursors → ready I"],
    ),
    Difference(
        "A cursor without a FETCH for `cursor_idle_timeout` (300 s)",
        "stays",
        "is closed; `FETCH` is 34000 and says why",
        "It holds a connection and a snapshot. 0 turns this off.",
        None,
        None,
        None,
    ),
    Difference(
        "Cursors and savepoints",
        "`ROLLBACK TO` closes the cursors that were declared since",
        "`SAVEPOINT` is 0A000",
        "DuckDB has no savepoints.",
        ["BEGIN", declare(words="NO SCROLL"), "SAVEPOINT s"],
        ["SAVEPOINT s → tag SAVEPOINT", "SAVEPOINT s → ready T"],
        ["SAVEPOINT s → ERROR 0A000 savepoints are not supported", "SAVEPOINT s → ready E"],
    ),
]  # fmt: skip
