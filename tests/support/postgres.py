"""A real PostgreSQL 15 on a free loopback port, in a folder of its own, for comparison."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

from . import paths


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """with Postgres(**settings) as server: server.host, server.port, server.dsn(). PostgreSQL refuses to run as root."""

    host = "127.0.0.1"
    database = "postgres"

    def __init__(self, tls=None, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-postgres-"))
        self.port = free_port()
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = {"listen_addresses": self.host, "port": self.port, "unix_socket_directories": self.folder, **settings}
        if tls:
            for name, source in zip(("cert.pem", "key.pem"), tls):
                target = self.folder / "data" / name
                shutil.copy(source, target)
                target.chmod(0o600)
                if self.account:
                    os.chown(target, self.account.pw_uid, self.account.pw_gid)
            options |= {"ssl": "on", "ssl_cert_file": "cert.pem", "ssl_key_file": "key.pem"}
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", "-l", self.folder / "log", "-o", flags, "start")
        self.pid = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def _run(self, program, *arguments):
        command = [str(paths.POSTGRES_BIN / program), *map(str, arguments)]
        identity = {"user": self.account.pw_uid, "group": self.account.pw_gid} if self.account else {}
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **identity)
        if done.returncode != 0:
            log = self.folder / "log"
            raise RuntimeError(done.stderr + (log.read_text() if log.exists() else ""))

    def dsn(self, database="postgres"):
        return f"host={self.host} port={self.port} user=postgres dbname={database}"

    def uri(self, database="postgres"):
        return f"postgresql://postgres@{self.host}:{self.port}/{database}"

    def cpu_seconds(self):
        """Of the postmaster's ended children: a session's time appears when it has ended."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
