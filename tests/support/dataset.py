"""The database that the driver tests read, made by Python's own duckdb, and the values expected of it.

Nothing here comes from Sluice: the server reads a file that DuckDB wrote, and every expected value is DuckDB's.
"""

import json

import duckdb

ROWS = 20_000

READINGS = f"""
CREATE TABLE readings AS
SELECT i::BIGINT AS id,
       CASE WHEN i % 17 = 0 THEN NULL ELSE i * 0.25 - 1000 END::DOUBLE AS value,
       CASE WHEN i % 13 = 0 THEN NULL ELSE 'label ' || (i % 97) || CASE WHEN i % 5 = 0 THEN ' ü€𝄞' ELSE '' END END AS label,
       DATE '1999-12-30' + (i % 5000)::INTEGER AS day,
       TIMESTAMP '2001-02-03 04:05:06.789' + INTERVAL (i) SECOND AS moment,
       ((i * 7919) % 1000003 / 100.0)::DECIMAL(18, 2) AS amount
FROM range({ROWS}) AS t(i)
"""

# The same table in PostgreSQL's words.
READINGS_POSTGRESQL = f"""
CREATE TABLE readings AS
SELECT i::BIGINT AS id,
       (CASE WHEN i % 17 = 0 THEN NULL ELSE i * 0.25 - 1000 END)::DOUBLE PRECISION AS value,
       CASE WHEN i % 13 = 0 THEN NULL ELSE 'label ' || (i % 97) || CASE WHEN i % 5 = 0 THEN ' ü€𝄞' ELSE '' END END AS label,
       DATE '1999-12-30' + (i % 5000)::INTEGER AS day,
       TIMESTAMP '2001-02-03 04:05:06.789' + i * INTERVAL '1 second' AS moment,
       ((i * 7919::BIGINT) % 1000003 / 100.0)::DECIMAL(18, 2) AS amount
FROM generate_series(0, {ROWS - 1}) AS t(i)
"""


def build(path):
    """Writes the database file and returns what drivers must find in it, as a plain dict."""
    connection = duckdb.connect(str(path))
    connection.execute(READINGS)
    connection.execute("CREATE TABLE all_types AS SELECT * FROM test_all_types()")
    connection.execute("CREATE TABLE written (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, moment TIMESTAMP)")
    expected = summarise(connection)
    connection.execute("CHECKPOINT")
    connection.close()
    return expected


def summarise(connection):
    count, ids, values, labels, amount, checksum = connection.execute(
        """SELECT count(*), sum(id)::BIGINT, sum(value), count(label), sum(amount)::VARCHAR,
                  md5(string_agg(id || '|' || coalesce(label, '~') || '|' || day || '|' || amount, ';' ORDER BY id))
           FROM readings"""
    ).fetchone()
    row = connection.execute("SELECT id, value, label, day::VARCHAR, moment::VARCHAR, amount::VARCHAR FROM readings WHERE id = 12345").fetchone()
    return {
        "count": count,
        "sum_id": ids,
        "sum_value": values,
        "labels": labels,
        "sum_amount": amount,
        "checksum": checksum,
        "tables": [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()],
        "row_12345": dict(zip(["id", "value", "label", "day", "moment", "amount"], row)),
    }


def write_json(expected, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(expected, file, ensure_ascii=False)
