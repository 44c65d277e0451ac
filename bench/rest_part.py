"""run.py --only rest: the server's memory after each million of statements of all kinds, with and without new connections.

rest_part.py [STATEMENTS [DATABASE]] prints the same lines. The first million fills caches and pools; from then on the size is flat.
"""

import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from support import mixed_load  # noqa: E402
from support.server import Server  # noqa: E402

STATEMENTS = 5_000_000
STEPS = 5
EACH = 20  # statements of a connection, where there are new ones
ALLOWED = 1.05


def settled_mb(server):
    """The lowest of a second: a statement's own memory is given back soon after it."""
    sizes = []
    for _ in range(10):
        sizes.append(server.rss_bytes() / 2**20)
        time.sleep(0.1)  # the allocator frees without a notice
    return min(sizes)


def measure(database, statements, each, report):
    """Sizes in MB after each step."""
    server = Server(database)
    try:
        mixed_load.create_tables(server)
        sizes = []
        for step in range(STEPS):
            mixed_load.run(server, statements // STEPS, mixed_load.APPLICATION_KINDS, statements_each=each)
            sizes.append(settled_mb(server))
            report(statements // STEPS * (step + 1), sizes)
        return sizes
    finally:
        server.kill()


def run(table, statements=STATEMENTS, databases=("memory", "file")):
    with tempfile.TemporaryDirectory(prefix="sluice-rest-") as folder:
        for database in databases:
            for name, each in (("one connection", None), (f"a connection for {EACH} statements", EACH)):
                path = pathlib.Path(folder) / f"{name[0:3]}.duckdb" if database == "file" else None

                def report(done, sizes, what=f"rest, {database}, {name}"):
                    table.add(f"{what}: after {done:,}", f"{sizes[-1]:.1f} MB", "", sizes[-1] / sizes[0], None, at_least=False)

                sizes = measure(path, statements, each, report)
                growth = sizes[-1] / sizes[0]
                table.add(
                    f"rest, {database}, {name}: last / first (target: 1.05)",
                    f"{sizes[-1]:.1f} MB",
                    f"{sizes[0]:.1f} MB",
                    growth,
                    ALLOWED,
                    at_least=False,
                )


if __name__ == "__main__":
    from run import Results

    run(Results(), int(sys.argv[1]) if len(sys.argv) > 1 else STATEMENTS, sys.argv[2:3] or ("memory", "file"))
