"""pgbouncer on a free loopback port in front of a server, with an ini file of its own; it refuses to run as root."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

import psycopg

from .postgres import free_port

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
READY_SECONDS = 20


class Pgbouncer:
    """with Pgbouncer(server, pool_mode="session") as pooler: psycopg.connect(pooler.dsn()). One server connection a pool
    unless default_pool_size says otherwise."""

    host = "127.0.0.1"

    def __init__(self, server, **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-pgbouncer-"))
        self.port = free_port()
        options = {
            "listen_addr": self.host,
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": self.folder / "users",
            "admin_users": "postgres",
            "default_pool_size": 1,
            **options,
        }
        lines = ["[databases]", f"main = host={server.host} port={server.port} dbname=main", "[pgbouncer]"]
        (self.folder / "ini").write_text("\n".join(lines + [f"{name} = {value}" for name, value in options.items()]) + "\n")
        (self.folder / "users").write_text('"postgres" ""\n')
        self.log = open(self.folder / "log", "wb")
        identity = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        self.process = subprocess.Popen([PROGRAM, str(self.folder / "ini")], stderr=self.log, stdout=self.log, cwd="/", **identity)
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("pgbouncer"), autocommit=True).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise
                time.sleep(0.02)  # it gives no sign when it listens

    def dsn(self, database="main"):
        return f"host={self.host} port={self.port} user=postgres dbname={database}"

    def connect(self, **options):
        # The administration's database knows the simple protocol only, and so does a pooled transaction of statements
        # that were prepared by name.
        return psycopg.connect(self.dsn(), prepare_threshold=None, **options)

    def servers(self):
        """Rows of SHOW SERVERS."""
        with psycopg.ClientCursor(psycopg.connect(self.dsn("pgbouncer"), autocommit=True)) as cursor:
            rows = cursor.execute("SHOW SERVERS").fetchall()
            cursor.connection.close()
            return rows

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
