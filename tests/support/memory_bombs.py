"""Statements whose functions blow up their arguments, and ways to send one, for test_memory_wall.py and memory_storm.py."""

import psycopg

# Small words, large results. {n} is a size that no budget of the tests allows; those without it are stopped by time.
BOMBS = {
    "range": "SELECT len(range({n} // 4))",
    "series": "SELECT len(generate_series(1, {n} // 4))",
    "repeat": "SELECT length(repeat('ab', {n} // 2))",
    "repeat many": "SELECT sum(length(repeat('ab', 100000 + i % 7))) FROM range(20000) t(i)",
    "repeat blob": "SELECT octet_length(repeat('\\x00\\x01'::BLOB, {n} // 2))",
    "repeat list": "SELECT len(repeat([1, 2, 3], {n} // 16))",
    "lpad": "SELECT length(lpad('x', {n}, 'yz'))",
    "rpad": "SELECT length(rpad('x', {n}, 'yz'))",
    "format": "SELECT length(format('{{:>1999999999}}', 'a'))",
    "printf": "SELECT length(printf('%1999999999d', 1))",
    "replace": "SELECT length(replace(repeat('a', 20000000), 'a', repeat('b', 200)))",
    "regexp_replace": "SELECT length(regexp_replace(repeat('a', 20000000), 'a', repeat('b', 200), 'g'))",
    "concat": "SELECT length(concat(repeat('a', {n} // 8), repeat('b', {n} // 8), repeat('c', {n} // 8), repeat('d', {n} // 8)))",
    "split": "SELECT len(split(repeat('a,', {n} // 32), ','))",
    "regexp_split": "SELECT len(regexp_split_to_array(repeat('a,', {n} // 64), ','))",
    "extract_all": "SELECT len(regexp_extract_all(repeat('a', {n} // 32), 'a'))",
    "list_concat": "SELECT len(list_concat(range({n} // 32), range({n} // 32)))",
    "list_resize": "SELECT len(list_resize([1], {n} // 4, 7))",
    "list_transform": "SELECT len(list_transform(range({n} // 32), x -> repeat('x', 100)))",
    "list_sort": "SELECT len(list_sort(range({n} // 24)))",
    "list_distinct": "SELECT len(list_distinct(range({n} // 24)))",
    "list_zip": "SELECT len(list_zip(range({n} // 32), range({n} // 32)))",
    "flatten": "SELECT len(flatten(list_transform(range(20000), x -> range(20000))))",
    "map": "SELECT map(range({n} // 32), range({n} // 32)) IS NULL",
    "map_from_entries": "SELECT cardinality(map_from_entries(list_transform(range({n} // 64), x -> (x, x))))",
    "histogram": "SELECT cardinality(histogram(i)) FROM range({n} // 16) t(i)",
    "list histogram": "SELECT cardinality(list_aggregate(range({n} // 32), 'histogram'))",
    "list": "SELECT len(list(i)) FROM range({n} // 8) t(i)",
    "string_agg": "SELECT length(string_agg(i::VARCHAR, ',')) FROM range({n} // 8) t(i)",
    "running list": "SELECT max(len(l)) FROM (SELECT list(i) OVER (ORDER BY i) AS l FROM range(40000) t(i))",
    "quantile": "SELECT quantile_cont(i, 0.5) FROM range({n} // 8) t(i)",
    "largest": "SELECT len(max(i, 900000)) FROM (SELECT i, i % 4000 AS g FROM range(4000000) t(i)) GROUP BY g ORDER BY 1 LIMIT 1",
    "bits": "SELECT bit_length(bitstring('1', {n} * 4))",
    "hex": "SELECT length(hex(repeat('ab', {n} // 8)))",
    "base64": "SELECT length(to_base64(repeat('ab', {n} // 8)::BLOB))",
    "url_encode": "SELECT length(url_encode(repeat('%', {n} // 8)))",
    "reverse": "SELECT length(reverse(upper(repeat('ab', {n} // 8))))",
    "bar": "SELECT length(bar(1, 0, 1, 999999999))",
    "to_json": "SELECT length(to_json(range({n} // 16))::VARCHAR)",
    "json_group_array": "SELECT length(json_group_array(i)::VARCHAR) FROM range({n} // 16) t(i)",
    "json": "SELECT json_array_length(('[' || repeat('1,', {n} // 32) || '1]')::JSON)",
    "json keys": "SELECT len(json_keys(json_object('a', range({n} // 32))))",
    "unnest": "SELECT count(*) FROM (SELECT unnest(range({n} // 8)) AS i ORDER BY i DESC)",
    "levenshtein": "SELECT levenshtein(repeat('ab', 8000), repeat('ba', 8000))",
    "recursion": "WITH RECURSIVE t(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM t WHERE n < 40) SELECT max(length(s)) FROM t",
    "zeros": "SELECT count(*) FROM read_csv('/dev/zero')",
    "wide row": "SELECT repeat('x', {n} // 6) AS a, repeat('y', {n} // 6) AS b",
    "beyond addresses": "SELECT len(list_resize([1], 100000000000000))",
}

# Those that are over, or stopped, within a second or two on a busy machine; `make storm` sends all of them.
QUICK = (
    "range",
    "series",
    "repeat",
    "repeat many",
    "repeat blob",
    "repeat list",
    "lpad",
    "format",
    "printf",
    "replace",
    "split",
    "list_resize",
    "list_zip",
    "flatten",
    "map_from_entries",
    "histogram",
    "list",
    "string_agg",
    "quantile",
    "bits",
    "beyond addresses",
)

FORMS = ("plain", "prepared", "view", "copy", "table")


def statement(name, size_bytes):
    return BOMBS[name].format(n=size_bytes)


def send(connection, name, form, size_bytes, label):
    """Runs one bomb in one form. The SQLSTATE that it ended with; 'ok'; '08006' when the connection broke without a word."""
    sql = statement(name, size_bytes)
    try:
        if form == "prepared":
            connection.execute(sql, prepare=True).fetchall()
        elif form == "view":
            connection.execute(f"CREATE OR REPLACE VIEW v_{label} AS {sql}")
            connection.execute(f"SELECT * FROM v_{label}").fetchall()
        elif form == "copy":
            with connection.cursor().copy(f"COPY ({sql}) TO STDOUT") as copy:
                for _ in copy:
                    pass
        elif form == "table":
            connection.execute(f"CREATE OR REPLACE TEMP TABLE t_{label} AS {sql}")
        else:
            connection.execute(sql).fetchall()
        return "ok"
    except psycopg.Error as error:
        if error.sqlstate == "XX000":
            print(f"{name}, {form}: {error}")
        return error.sqlstate or "08006"


def memory_peak_bytes(pid):
    """(VmHWM, RssFile): what the process had at most, and what of it are its own files."""
    fields = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            key, _, value = line.partition(":")
            if key in ("VmHWM", "RssFile"):
                fields[key] = int(value.split()[0]) * 1024
    return fields["VmHWM"], fields["RssFile"]
