"""Two servers that are emptied before each file. A new database or a new server for each file would cost most of the time.

PostgreSQL gets a database of its own, and its schemas are dropped. Of Sluice, everything in its catalog is dropped.
"""

from support import wire
from support.server import Server
from support.waiting import wait_for

DATABASE = "sql_files"
DUPLICATE_DATABASE = "42P04"
EMPTY_POSTGRES = """DO $$ DECLARE name text; BEGIN
FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP; END $$; CREATE SCHEMA public"""
LEFT_IN_SLUICE = """SELECT 'VIEW', view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' UNION ALL
SELECT 'SCHEMA', schema_name FROM duckdb_schemas() WHERE NOT internal UNION ALL
SELECT 'TABLE', table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main' UNION ALL
SELECT 'SEQUENCE', sequence_name FROM duckdb_sequences() WHERE schema_name = 'main' UNION ALL
SELECT 'TYPE', type_name FROM duckdb_types() WHERE NOT internal AND schema_name = 'main'"""


class PostgresFiles:
    """A running PostgreSQL. empty() leaves an empty database."""

    kind = "postgres"

    def __init__(self, server):
        self.server = server
        self.database = DATABASE
        self._do("postgres", f"CREATE DATABASE {DATABASE} TEMPLATE template0", DUPLICATE_DATABASE)

    def empty(self):
        self._do(DATABASE, EMPTY_POSTGRES)

    def check(self):
        """PostgreSQL itself survives a session that dies; the session's client sees it."""

    def _do(self, database, sql, accepted=None):
        with wire.Connection(self.server, database=database) as admin:
            error = wire.first_error(admin.query(sql))
        assert error is None or error["C"] == accepted, error


class SluiceFiles:
    """A Sluice in memory. empty() leaves an empty one; check() says whether it is alive. stop() has to be called."""

    kind = "sluice"

    def __init__(self, log=None):
        self.log = log
        self.server = None

    @property
    def database(self):
        return self.server.database

    def empty(self):
        if self.server is None:
            self.server = Server(None, log=self.log)
        with wire.Connection(self.server) as admin:
            # A session whose client has just gone may still hold a transaction; foreign keys need a second round.
            wait_for(lambda: self._drop_all(admin), lambda: f"an empty database: {wire.rows(admin.query(LEFT_IN_SLUICE))}")

    def _drop_all(self, admin):
        """True when nothing was left to drop."""
        answer = admin.query(LEFT_IN_SLUICE)
        assert wire.first_error(answer) is None, wire.first_error(answer)
        for kind, name in wire.rows(answer):
            quoted = name.decode().replace('"', '""')
            admin.query(f'DROP {kind.decode()} IF EXISTS "{quoted}" CASCADE')
        return not wire.rows(answer)

    def check(self):
        code = self.server.process.poll()
        if code is not None:
            self.server.kill()
            self.server = None
            last = self.log.read_text(errors="replace")[-2000:] if self.log else ""
            raise AssertionError(f"the server ended with {code}\n{last}")

    def stop(self):
        if self.server is not None:
            assert self.server.stop() == 0
