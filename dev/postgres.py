# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL: its data is in a folder of the checkout, and it listens on a Unix socket only."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from dev import accounts

DATABASE = "graphprofile"
ROLE = "graphprofile"
SQL = Path(__file__).resolve().parent.parent / "sql"


def find_binaries() -> Path:
    """The folder of initdb and pg_ctl, which Debian does not put on the PATH."""
    try:
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        candidates = [Path(asked.stdout.strip())]
    except (OSError, subprocess.CalledProcessError):
        candidates = []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True,
                         key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    for folder in candidates:
        if (folder / "initdb").exists():
            return folder
    raise SystemExit("PostgreSQL is missing: make deps, or apt-get install postgresql")


class Postgres:
    """One cluster with the module's database, roles and schema."""

    def __init__(self, state: Path, **settings: str):
        self.state = state
        self.data = state / "postgres"
        self.log = self.data / "log"
        self.bin = find_binaries()
        self.settings = {"listen_addresses": "", **settings}

    @property
    def host(self) -> str:
        """The folder of the socket: libpq's `host`."""
        return str(accounts.public_folder(self.state))

    # ---- starting and stopping ----

    def _command(self, program: str, *arguments: str):
        return accounts.as_postgres(self.state, [str(self.bin / program), *arguments])

    def _run(self, program: str, *arguments: str, check: bool = True):
        result = subprocess.run(self._command(program, *arguments), cwd="/", stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                check=False)
        if check and result.returncode != 0:
            log = self.log.read_text()[-2000:] if self.log.exists() else ""
            raise SystemExit(f"{program} failed:\n{result.stdout}{log}")
        return result

    def is_running(self) -> bool:
        return (self.data / "postmaster.pid").exists() and \
            self._run("pg_ctl", "status", "-D", str(self.data), check=False).returncode == 0

    def start(self) -> None:
        """Start it. Create the cluster and apply sql/ first if needed."""
        if self.is_running():
            return
        is_new = not (self.data / "ready").exists()
        if is_new:
            self._initdb()
        self.start_server()
        if is_new:
            self.create_database(DATABASE)
        else:
            self.migrate()
        (self.data / "ready").touch()

    def start_server(self) -> None:
        """Start the server only."""
        settings = {**self.settings, "unix_socket_directories": self.host}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-s", "-D", str(self.data), "-l", str(self.log),
                  "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; mode as in `pg_ctl stop -m`."""
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-s", "-D", str(self.data), "-m", mode)

    def _initdb(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.data.chmod(0o700)
        accounts.give_to_postgres(self.data)
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "peer", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        # Maps users of the system to roles: the socket authenticates them, so no one needs a
        # password.
        users = sorted({accounts.ME, accounts.POSTGRES, accounts.HTTPD})
        roles = ["postgres", "graphprofile_migrator", "graphprofile_import", ROLE]
        (self.data / "pg_hba.conf").write_text("local all all peer map=graphprofile\n")
        (self.data / "pg_ident.conf").write_text("".join(
            f"graphprofile {user} {role}\n" for user in users for role in roles
            if role == ROLE or user != "www-data"))

    # ---- use ----

    def psql(self, sql: str, database: str = DATABASE, role: str = "postgres", *options: str) -> str:
        """Run SQL and return its output, by default unaligned and without headers."""
        result = subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *(options or ("-At",)), "-h", self.host,
             "-U", role, "-d", database, "-c", sql],
            env=dict(os.environ, PGOPTIONS="--client-min-messages=warning"), capture_output=True,
            text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        return result.stdout.strip("\n")

    def create_database(self, name: str) -> None:
        """Another database for the module."""
        self.psql(f"CREATE DATABASE {name}", database="postgres")
        self.migrate(name)

    def migrate(self, database: str = DATABASE) -> None:
        """Apply the files of sql/ in order: as superuser if the file requires it, otherwise as migrator."""
        for file in sorted(SQL.glob("[0-9]*.sql")):
            role = "postgres" if "Run it as a superuser" in file.read_text() else "graphprofile_migrator"
            subprocess.run(["psql", "-X", "-q", "-h", self.host, "-U", role, "-d", database,
                            "-f", str(file)],
                           env=dict(os.environ, PGOPTIONS="--client-min-messages=warning"),
                           stdout=subprocess.DEVNULL, check=True)
