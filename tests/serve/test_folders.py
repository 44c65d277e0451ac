"""Served folders: tables of real writers, partitions, files that come, go and change; the writers' own libraries say what is right."""

import json
import os
import pathlib
import shutil
import threading
import uuid

import deltalake
import duckdb
import psycopg
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyroaring
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import DoubleType


def rows_of(table):
    """An Arrow table as sorted rows, columns by name."""
    names = sorted(table.column_names)
    return names, sorted((tuple(row[name] for name in names) for row in table.to_pylist()), key=repr)


def read(connection, view):
    answer = connection.execute(f'SELECT * FROM "{view}"')
    names = [column.name for column in answer.description]
    order = sorted(range(len(names)), key=names.__getitem__)
    return [names[i] for i in order], sorted((tuple(row[i] for i in order) for row in answer), key=repr)


def columns(connection, view):
    return [
        name
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE relname = %s AND attnum > 0 ORDER BY attnum", [view]
        )
    ]


def views(connection):
    """As \\dv lists them."""
    query = """SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE relkind = 'v' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"""
    return [name for (name,) in connection.execute(query)]


@pytest.fixture
def lake(tmp_path):
    folder = tmp_path / "lake"
    folder.mkdir()
    return folder


@pytest.fixture
def connect(start, lake):
    """connect() → a session on one server over the folder."""
    servers, sessions = [], []

    def connector(**options):
        if not servers:
            servers.append(start(lake))
        options.setdefault("prepare_threshold", None)  # else columns that change are 0A000 after five times, as in PostgreSQL
        sessions.append(psycopg.connect(servers[0].dsn(), autocommit=True, **options))
        return sessions[-1]

    yield connector
    for session in sessions:
        session.close()


def arrow(table):
    return pa.table(deltalake.DeltaTable(table).to_pyarrow_table())


def test_delta_table_through_its_life(connect, lake):
    path = str(lake / "orders")
    deltalake.write_deltalake(path, pa.table({"id": range(1000), "region": ["n", "s"] * 500}), partition_by=["region"])
    session, prepared = connect(), connect(prepare_threshold=0)

    def agrees():
        expected = rows_of(arrow(path))
        assert read(session, "orders") == expected
        assert prepared.execute("SELECT count(*) FROM orders").fetchone() == (len(expected[1]),)
        assert sorted(columns(session, "orders")) == expected[0]

    agrees()
    deltalake.DeltaTable(path).delete("id < 500")
    assert session.execute("SELECT count(*) FROM orders").fetchone() == (500,)  # not the 1,500 that its files hold
    agrees()
    deltalake.write_deltalake(path, pa.table({"id": [5000], "region": ["w"]}), mode="append")
    agrees()
    deltalake.write_deltalake(path, pa.table({"id": [5001], "region": ["w"], "price": [1.5]}), mode="append", schema_mode="merge")
    agrees()
    deltalake.DeltaTable(path).update(predicate="id = 5001", updates={"price": "price + 1"})
    agrees()
    deltalake.DeltaTable(path).create_checkpoint()
    agrees()
    deltalake.DeltaTable(path).optimize.compact()
    agrees()
    deltalake.DeltaTable(path).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    agrees()
    deltalake.DeltaTable(path).restore(deltalake.DeltaTable(path).version() - 1)
    agrees()
    deltalake.write_deltalake(path, pa.table({"other": ["x"]}), mode="overwrite", schema_mode="overwrite", partition_by=[])
    agrees()
    assert connect().execute("SELECT * FROM orders").fetchall() == [("x",)]


def test_the_served_folder_is_a_delta_table(connect, lake):
    deltalake.write_deltalake(str(lake), pa.table({"id": range(10)}))
    deltalake.DeltaTable(str(lake)).delete("id < 5")
    session = connect()
    assert views(session) == ["lake"]
    assert read(session, "lake") == rows_of(arrow(str(lake)))


def test_a_delta_table_below_other_folders_is_never_read_as_parquet(connect, lake):
    deep = lake / "bronze" / "raw" / "orders"
    deltalake.write_deltalake(str(deep), pa.table({"id": range(10)}))
    deltalake.DeltaTable(str(deep)).delete("id < 5")
    pq.write_table(pa.table({"id": [100]}), lake / "bronze" / "plain.parquet")
    session = connect()
    assert views(session) == ["bronze", "bronze_raw_orders"]
    assert read(session, "bronze") == (["id"], [(100,)])
    assert read(session, "bronze_raw_orders") == rows_of(arrow(str(deep)))


def test_a_folder_becomes_a_delta_table(connect, lake):
    (lake / "t").mkdir()
    pq.write_table(pa.table({"id": pa.array([1, 2, 3], pa.int64())}), lake / "t" / "a.parquet")
    session = connect()
    assert read(session, "t") == (["id"], [(1,), (2,), (3,)])
    deltalake.convert_to_deltalake(str(lake / "t"))
    deltalake.DeltaTable(str(lake / "t")).delete("id = 2")
    assert read(session, "t") == (["id"], [(1,), (3,)])
    shutil.rmtree(lake / "t" / "_delta_log")
    assert session.execute("SELECT count(*) FROM t").fetchone()[0] > 2


@pytest.mark.parametrize("name", ["größer als", "o'neill", "a b[1]*", "日本"])
def test_names_of_delta_tables(connect, lake, tmp_path, name):
    deltalake.write_deltalake(str(tmp_path / "made"), pa.table({"id": [1, 2]}))
    shutil.move(tmp_path / "made", lake / name)
    assert read(connect(), name) == (["id"], [(1,), (2,)])


def commit(table, version, *actions):
    (table / "_delta_log" / f"{version:020}.json").write_text("".join(json.dumps(action) + "\n" for action in actions))


def z85(data):
    """Delta's protocol keeps bitmaps in ZeroMQ's base 85."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    data += b"\0" * (-len(data) % 4)
    text = ""
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at : at + 4], "big")
        text += "".join(letters[number // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def test_deletion_vectors(connect, lake):
    table = lake / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": range(100)}))
    (file,) = table.glob("*.parquet")
    ids = pq.read_table(file)["id"].to_pylist()
    deleted = {0, 1, 50, 99}
    bitmap = pyroaring.BitMap(deleted).serialize()
    # RoaringBitmapArray: magic, how many bitmaps of 32 bits, the high bits and the bitmap of each.
    packed = (1681511377).to_bytes(4, "little") + (1).to_bytes(8, "little") + (0).to_bytes(4, "little") + bitmap
    vector = {"storageType": "i", "pathOrInlineDv": z85(packed), "sizeInBytes": len(packed), "cardinality": len(deleted)}
    session = connect()
    assert session.execute("SELECT count(*) FROM t").fetchone() == (100,)
    features = ["deletionVectors"]
    commit(
        table, 1,
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}},
        {"remove": {"path": file.name, "deletionTimestamp": 1, "dataChange": True}},
        {"add": {"path": file.name, "partitionValues": {}, "size": file.stat().st_size, "modificationTime": 1, "dataChange": True, "deletionVector": vector}},
    )  # fmt: skip
    assert read(session, "t") == (["id"], sorted([(ids[i],) for i in range(100) if i not in deleted], key=repr))


@pytest.mark.parametrize("feature", ["madeUpByTests", "catalogManaged"])
def test_delta_features_that_the_reader_does_not_know(connect, lake, feature):
    table = lake / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": range(10)}))
    pq.write_table(pa.table({"a": [1]}), lake / "good.parquet")
    session = connect()
    assert session.execute("SELECT count(*) FROM t").fetchone() == (10,)
    commit(table, 1, {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [feature], "writerFeatures": [feature]}})
    with pytest.raises(psycopg.Error, match=str(table)):
        session.execute("SELECT * FROM t")
    assert read(session, "good") == (["a"], [(1,)])


@pytest.mark.parametrize("damage", ["torn", "gap", "no protocol", "empty"])
def test_damaged_delta_logs(connect, lake, damage):
    table = lake / "t"
    for start in (0, 10, 20):
        deltalake.write_deltalake(str(table), pa.table({"id": range(start, start + 10)}), mode="append")
    log = table / "_delta_log"
    first, second, third = sorted(log.glob("0*.json"))
    if damage == "torn":
        third.write_text('{"commitInfo":{}}\n{"add":{"path":')
    elif damage == "gap":
        second.unlink()
    elif damage == "no protocol":
        first.unlink()
    else:
        for file in log.iterdir():
            file.unlink()
    pq.write_table(pa.table({"a": [1]}), lake / "good.parquet")
    session = connect()
    with pytest.raises(psycopg.Error, match=str(table)):
        session.execute("SELECT * FROM t")
    assert read(session, "good") == (["a"], [(1,)])
    assert views(session) == ["good", "t"]


def test_iceberg_table_through_its_life(connect, lake):
    catalog = SqlCatalog("test", uri=f"sqlite:///{lake.parent}/catalog.db", warehouse=f"file://{lake}")
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", schema=pa.schema([("id", pa.int64()), ("name", pa.string())]))
    table.append(pa.table({"id": range(10), "name": [f"n{i}" for i in range(10)]}))
    (folder,) = [metadata.parent for metadata in lake.rglob("metadata")]
    name = str(folder.relative_to(lake)).replace("/", "_")
    session, prepared = connect(), connect(prepare_threshold=0)

    def agrees():
        expected = rows_of(table.scan().to_arrow())
        assert read(session, name) == expected
        assert prepared.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (len(expected[1]),)
        assert sorted(columns(session, name)) == expected[0]

    agrees()
    assert views(session) == [name]
    table.delete("id < 5")
    agrees()
    table.append(pa.table({"id": [100], "name": ["x"]}))
    agrees()
    with table.update_schema() as change:
        change.add_column("price", DoubleType())
    table.append(pa.table({"id": [101], "name": ["y"], "price": [1.5]}))
    agrees()
    with table.update_schema() as change:
        change.rename_column("name", "title")
    agrees()
    table.overwrite(pa.table({"id": pa.array([7], pa.int64()), "title": ["z"], "price": [2.5]}))
    agrees()
    # A copy is read from its own files, although its metadata names those of the first.
    shutil.copytree(folder, lake / "copy")
    catalog.drop_table("shop.orders")
    shutil.rmtree(folder)
    assert read(session, "copy") == (["id", "price", "title"], [(7, 2.5, "z")])
    assert views(session) == ["copy"]


def test_damaged_iceberg_tables(connect, lake):
    catalog = SqlCatalog("test", uri=f"sqlite:///{lake.parent}/catalog.db", warehouse=f"file://{lake}")
    catalog.create_namespace("s")
    table = catalog.create_table("s.t", schema=pa.schema([("id", pa.int64())]))
    table.append(pa.table({"id": range(10)}))
    (folder,) = [metadata.parent for metadata in lake.rglob("metadata")]
    newest = max((folder / "metadata").glob("*.metadata.json"))
    shutil.copy(newest, folder / "metadata" / ("00001-" + str(uuid.uuid4()) + ".metadata.json"))
    session = connect()
    name = views(session)[0]
    with pytest.raises(psycopg.errors.DataCorrupted, match="both the newest version"):
        session.execute(f'SELECT * FROM "{name}"')
    (folder / "metadata" / "00002-torn.metadata.json").write_text(newest.read_text()[:300])
    with pytest.raises(psycopg.Error, match=str(folder)):
        session.execute(f'SELECT * FROM "{name}"')
    shutil.copy(newest, folder / "metadata" / "00003-good.metadata.json")
    assert session.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (10,)


@pytest.mark.parametrize("sign", [".hoodie/hoodie.properties", "snapshot/LATEST schema/schema-0 manifest/m-0"])
def test_other_table_formats_are_refused(connect, lake, sign):
    (lake / "t").mkdir()
    pq.write_table(pa.table({"id": [1]}), lake / "t" / "a.parquet")
    for file in sign.split():
        (lake / "t" / file).parent.mkdir()
        (lake / "t" / file).write_text("x")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=str(lake / "t")):
        connect().execute("SELECT * FROM t")


def test_partitions_as_pyarrow_reads_them(connect, lake):
    table = pa.table({"i": range(6), "year": [2024, 2024, 2025, 2025, 2025, None], "region": ["n", "a b", "n", "ü/x", "s=1", "n"]})
    schema = pa.schema([("year", pa.int64()), ("region", pa.string())])
    ds.write_dataset(table, lake / "sales", format="parquet", partitioning=ds.partitioning(schema, flavor="hive"))
    ds.write_dataset(table, lake, format="parquet", partitioning=ds.partitioning(schema, flavor="hive"), existing_data_behavior="overwrite_or_ignore")
    session = connect()
    expected = rows_of(ds.dataset(lake / "sales", partitioning=ds.partitioning(schema, flavor="hive")).to_table())
    for view in ("sales", "lake"):
        assert read(session, view) == expected
        assert sorted(columns(session, view)) == ["i", "region", "year"]
    assert session.execute("SELECT sum(year) FROM sales WHERE region = 'n'").fetchone() == (4049,)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_partitions_of_every_kind_of_file(connect, lake, kind):
    made = duckdb.connect()
    rows = "SELECT i, i % 3 AS k, DATE '2024-01-01' + (i % 2)::INTEGER AS d, 'v' || (i % 2) AS t FROM range(12) r(i)"
    for k, d, t in made.execute(f"SELECT DISTINCT k, d, t FROM ({rows})").fetchall():
        part = lake / "t" / f"k={k}" / f"d={d}" / f"t={t}"
        part.mkdir(parents=True)
        made.execute(f"COPY (SELECT i FROM ({rows}) WHERE k = {k} AND d = '{d}' AND t = '{t}') TO '{part}/data.{kind}'")
    answer = connect().execute("SELECT k, d, t, i FROM t ORDER BY i")
    assert answer.fetchall() == made.execute(f"SELECT k, d, t, i FROM ({rows}) ORDER BY i").fetchall()
    assert [column.type_code for column in answer.description] == [20, 1082, 25, 20]  # bigint, date, text, bigint


def test_changes_are_seen_by_every_session(connect, lake):
    (lake / "parts").mkdir()
    pq.write_table(pa.table({"a": [1]}), lake / "parts" / "1.parquet")
    sessions = [connect(), connect(prepare_threshold=0), connect()]
    sessions[2].execute("BEGIN")
    for number in range(2, 8):
        pq.write_table(pa.table({"a": [number]}), lake / "parts" / f"{number}.parquet")
        for session in sessions:
            assert session.execute("SELECT count(*) FROM parts").fetchone() == (number,)
    pq.write_table(pa.table({"a": [8], "b": ["new"]}), lake / "parts" / "8.parquet")
    for session in sessions:
        assert session.execute("SELECT a FROM parts WHERE b = 'new'").fetchall() == [(8,)]
        assert columns(session, "parts") == ["a", "b"]
    # A view of the session's own, over one whose columns change.
    sessions[0].execute("CREATE VIEW mine AS SELECT * FROM parts")
    pq.write_table(pa.table({"c": [9]}), lake / "parts" / "9.parquet")
    assert sessions[1].execute("SELECT count(c) FROM mine").fetchone() == (1,)
    shutil.rmtree(lake / "parts")
    for session in sessions[:2]:
        with pytest.raises(psycopg.errors.UndefinedTable):
            session.execute("SELECT count(*) FROM parts")
    assert views(sessions[0]) == ["mine"]


def test_a_prepared_statement_whose_columns_change(connect, lake):
    pq.write_table(pa.table({"a": [1]}), lake / "t.parquet")
    session = connect(prepare_threshold=0)
    assert session.execute("SELECT * FROM t").fetchall() == [(1,)]
    pq.write_table(pa.table({"a": [1], "b": [2]}), lake / "t.parquet")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change result type"):  # as PostgreSQL
        session.execute("SELECT * FROM t")
    assert session.execute("SELECT a, b FROM t").fetchall() == [(1, 2)]


def test_a_file_that_is_written_again_in_place(connect, lake):
    session = connect()
    for number in range(50):
        made = pa.BufferOutputStream()
        pq.write_table(pa.table({"a": pa.array([number] * 1000, pa.int64())}), made, compression="none", use_dictionary=False)
        with open(lake / "t.parquet", "r+b" if number else "wb") as file:  # same inode, size and second
            file.write(made.getvalue())
            file.truncate()
        assert session.execute("SELECT DISTINCT a FROM t").fetchall() == [(number,)]


def test_sessions_read_while_files_are_added(connect, lake):
    (lake / "t").mkdir()
    pq.write_table(pa.table({"a": [0]}), lake / "t" / "0.parquet")
    failures, stop = [], threading.Event()

    def reads(session):
        seen = 0
        while not stop.is_set():
            least = len(list((lake / "t").glob("*.parquet")))
            try:
                (count,) = session.execute("SELECT count(*) FROM t").fetchone()
            except psycopg.Error as error:
                failures.append(error)
                return
            if count < max(least, seen):
                failures.append((count, least, seen))
            seen = count

    threads = [threading.Thread(target=reads, args=(connect(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 200):
        pq.write_table(pa.table({"a": [number]}), lake / f".{number}.tmp")
        os.rename(lake / f".{number}.tmp", lake / "t" / f"{number}.parquet")
        (lake / "t" / f"sub{number % 5}").mkdir(exist_ok=True)
        pq.write_table(pa.table({"b": [number]}), lake / f"other{number % 7}.parquet")
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert connect().execute("SELECT count(*) FROM t").fetchone() == (200,)


def test_files_that_disagree_in_columns(connect, lake):
    for folder, tables in {
        "missing": [{"a": [1], "b": [2]}, {"c": [3], "a": [4]}],
        "wider": [{"a": pa.array([1], pa.int32())}, {"a": pa.array([2], pa.float64())}],
        "apart": [{"a": [1]}, {"a": [{"x": 1}]}],
    }.items():
        (lake / folder).mkdir()
        for number, table in enumerate(tables):
            pq.write_table(pa.table(table), lake / folder / f"{number}.parquet")
    session = connect()
    assert read(session, "missing") == (["a", "b", "c"], [(1, 2, None), (4, None, 3)])
    assert read(session, "wider") == (["a"], [(1.0,), (2.0,)])
    with pytest.raises(psycopg.Error, match=str(lake / "apart" / "0.parquet")):
        session.execute("SELECT * FROM apart").fetchall()


@pytest.mark.parametrize("bad", ["cut.parquet", "noise.csv", "cut.json", "t/cut.parquet"])
def test_a_bad_file_is_logged_and_named_and_spoils_nothing_else(start, lake, tmp_path, bad):
    pq.write_table(pa.table({"a": [1]}), lake / "good.parquet")
    (lake / "t").mkdir()
    whole = (lake / "good.parquet").read_bytes()
    content = {"parquet": whole[:-10], "csv": os.urandom(2000), "json": b'[{"a": 1}, {"a": '}[bad.rpartition(".")[2]]

    def check(session):
        assert read(session, "good") == (["a"], [(1,)])
        view = bad.partition("/")[0].partition(".")[0]
        with pytest.raises(psycopg.Error, match=bad):
            session.execute(f"SELECT * FROM {view}").fetchall()
        assert set(views(session)) == {"good", view}

    log = tmp_path / "log"
    server = start(lake, log=log)
    with psycopg.connect(server.dsn(), autocommit=True) as session:
        assert views(session) == ["good"]
        (lake / bad).write_bytes(content)
        check(session)
    assert bad in log.read_text()
    with psycopg.connect(start(lake, log=tmp_path / "again").dsn(), autocommit=True) as session:
        check(session)
    assert bad in (tmp_path / "again").read_text()


def test_what_is_not_finished_is_not_there(connect, lake):
    (lake / "t" / "_temporary" / "0").mkdir(parents=True)
    pq.write_table(pa.table({"a": [1]}), lake / "t" / "1.parquet")
    session = connect()
    (lake / "t" / "_temporary" / "0" / "x.parquet").write_bytes(b"PAR1 half")
    (lake / "t" / ".2.parquet.crc").write_bytes(b"x")
    (lake / "t" / "2.parquet").touch()
    (lake / "empty.csv").touch()
    assert read(session, "t") == (["a"], [(1,)])
    assert views(session) == ["t"]
    with open(lake / "t" / "2.parquet", "wb") as file:
        writer = pq.ParquetWriter(file, pa.schema([("a", pa.int64())]))
        writer.write_table(pa.table({"a": range(100000)}))
        file.flush()
        assert read(session, "t") == (["a"], [(1,)])
        writer.close()
    assert session.execute("SELECT count(*) FROM t").fetchone() == (100001,)


def test_many_files(connect, lake):
    """More than a pattern or two; and the folder is watched, not looked through, as the time of a statement shows."""
    for day in range(60):
        (lake / "t" / f"day={day}").mkdir(parents=True)
        for number in range(10):
            pq.write_table(pa.table({"a": [number]}), lake / "t" / f"day={day}" / f"{number}.parquet")
    session = connect()
    assert session.execute("SELECT count(*), sum(a), sum(day) FROM t").fetchone() == (600, 2700, 17700)
    assert pathlib.Path("/proc/sys/fs/inotify/max_user_watches").exists()
