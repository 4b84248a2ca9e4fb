# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL and an httpd for tests: the shared server of conftest.py, and servers that a test makes for itself."""

import os
from pathlib import Path
from typing import Dict, Optional

import psycopg2
from dev import accounts
from dev.httpd import Httpd, free_port
from dev.postgres import DATABASE, Postgres
from lib import openapi
from lib.client import User
from lib.errorlog import ErrorLog

ROOT = Path(__file__).resolve().parents[3]

# Configuration of the shared server, in addition to dev/httpd.conf.
LOCATIONS = Path(__file__).with_name("locations.conf").read_text()


class Server:
    """A PostgreSQL and an httpd for tests, each of which can be stopped and started alone."""

    _last: Dict[Path, "Server"] = {}  # the last server of each folder

    def __init__(self, state: Path, module: Path, environment: dict, extra: str = "",
                 loglevel: str = "info", pghost: str = "", postgres: Optional[Postgres] = None):
        """`pghost` is the address of PostgreSQL for httpd, if not its socket; `postgres` is another kind of
        PostgreSQL."""
        self._set_aside(state)
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.postgres = postgres or Postgres(state, fsync="off")
        self.postgres.start()
        if "GP_UNDER" in os.environ or "TSAN_OPTIONS" in environment:
            extra = f"MaxMemFree 1\n{extra}"  # pools return unused memory, so that sanitizers detect its use
        self.httpd = Httpd(state, module, pghost or self.postgres.host, free_port(), loglevel, extra,
                           environment)
        self.log = ErrorLog(self.httpd.error_log)
        self._last[state] = self

    @classmethod
    def _set_aside(cls, state: Path) -> None:
        """Rename the folder of a server that has ended, so that the next one starts with an empty database, a new log
        and new keys. A test that is measured again comes here."""
        last = cls._last.pop(state, None)
        if last is None or not state.exists() or last.httpd.pid() or Postgres(state).is_running():
            return
        number = 1
        while (aside := state.with_name(f"{state.name}-{number}")).exists():
            number += 1
        state.rename(aside)
        last.log.path = aside / "error_log"

    @property
    def url(self) -> str:
        return self.httpd.url

    def start(self) -> "Server":
        (self.httpd.public / "users").write_text(  # alice:secret, o'brien:secret
            "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\no'brien:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
        self.httpd.start()
        openapi.learn(User(self))
        (self.httpd.public / "htdocs" / "file.txt").write_text("a file\n")
        (self.httpd.public / "htdocs" / "error.txt").write_text("the administrator's page\n")
        return self

    def stop(self) -> None:
        self.httpd.stop()
        self.postgres.stop("immediate")
        accounts.remove_public_folder(self.state)

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def connect(self, role: str = "postgres", database: str = DATABASE):
        connection = psycopg2.connect(host=self.postgres.host, dbname=database, user=role)
        connection.autocommit = True
        return connection
