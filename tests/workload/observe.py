"""What the tests of this folder look at: the server's own tables, and statements that last until they are stopped."""

import psycopg

LASTS = "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3"


def connect(server, user="postgres", **extra):
    return psycopg.connect(server.dsn(user=user, **extra), autocommit=True)


def ask(server, sql):
    with connect(server, application_name="observer") as connection:
        return connection.execute(sql).fetchall()


def running(server, columns="query_id, state, reserved_bytes", where="true"):
    """Statements under way, but for the one that asks."""
    return ask(server, f"SELECT {columns} FROM sluice.running_queries WHERE application_name <> 'observer' AND {where} ORDER BY query_id")


def reserved(server):
    return ask(server, "SELECT coalesce(sum(reserved_bytes), 0) FROM sluice.running_queries WHERE application_name <> 'observer'")[0][0]


def log(server, columns, where="true"):
    return ask(server, f"SELECT {columns} FROM sluice.query_log WHERE application_name <> 'observer' AND {where} ORDER BY query_id")
