# SPDX-License-Identifier: Apache-2.0
"""docs/scaling.md: a standby that takes over, and PgBouncer."""

import os
import re
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from lib.client import wait_until
from lib.history import Crowd
from lib.outage import AWAY, BACK, DBD, ONE_CHILD, Victim, crash, terminate, wait_until_served
from lib.server import Server
from dev import accounts
from dev.postgres import Postgres


def small_crowd(server):
    return Crowd(server, Victim(server), writers=3, readers=2, makers=2, batchers=1)


# ---- a standby that takes over ----

class Standby(Postgres):
    """A copy of a primary that receives each commit before it is acknowledged."""

    def __init__(self, state: Path, primary: Postgres):
        state.mkdir()
        super().__init__(state, fsync="off")
        self.data.mkdir()
        self.data.chmod(0o700)
        accounts.give_to_postgres(self.data)
        with open(primary.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
            rules.write("local replication postgres peer map=graphprofile\n")
        primary.psql("SELECT pg_reload_conf()")
        self._run("pg_basebackup", "-D", str(self.data), "-X", "stream", "-c", "fast", "--no-sync", "-R",
                  "-d", f"host={primary.host} user=postgres application_name=standby")
        self.start_server()
        primary.psql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        primary.psql("SELECT pg_reload_conf()")
        wait_until(lambda: primary.psql("SELECT sync_state FROM pg_stat_replication") == "sync")

    def promote(self):
        self._run("pg_ctl", "promote", "-w", "-s", "-D", str(self.data))


def test_a_standby_takes_over_under_load(state, module, sanitizers, sanitizer_reports):
    """The primary dies, a standby is promoted, httpd is not restarted: no acknowledged write is lost."""
    server = Server(state / "primary", module, sanitizers)
    primary = server.postgres
    standby = None
    try:
        standby = Standby(state / "standby", primary)
        server.httpd.environment["GP_PGHOST"] = f"{primary.host},{standby.host}"
        server.httpd.extra = ONE_CHILD + (
            'DBDParams "host=${GP_PGHOST} dbname=graphprofile user=graphprofile connect_timeout=2'
            ' client_encoding=UTF8 target_session_attrs=read-write"\n')
        server.start()
        pid = server.httpd.pid()
        with small_crowd(server) as crowd:
            crowd.more()
            assert crowd.unknown == 0
            crash(primary)
            died = time.monotonic()
            wait_until(lambda: crowd.unknown > 0)
            standby.promote()
            server.postgres = standby  # it has the rows now
            promoted = time.monotonic()
            crowd.more(1)
            served = time.monotonic()
            crowd.more()
        wait_until_served(Victim(server))
        assert crowd.judge() == []
        print(f"outage {served - died:.2f} s, {served - promoted:.2f} s after the promotion; acknowledged {crowd.acknowledged}")
        assert server.httpd.pid() == pid
        server.log.allow(DBD)
        server.log.expect(AWAY)
        server.log.expect(BACK)
        server.log.check()
    finally:
        server.stop()
        if standby is not None:
            standby.stop("immediate")
            accounts.remove_public_folder(standby.state)


# ---- PgBouncer ----

PROGRAM = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


def version():
    told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"(\d+)\.(\d+)", told).groups()))


class PgBouncer:
    """A PgBouncer in front of a PostgreSQL, with a socket in its own folder."""

    def __init__(self, postgres: Postgres, mode: str, size: int):
        folder = Path(postgres.host) / "pgbouncer"
        folder.mkdir()
        accounts.give_to_postgres(folder)
        self.host = str(folder)
        self.state = postgres.state
        (folder / "ini").write_text(f"""
            [databases]
            graphprofile = host={postgres.host} user=graphprofile
            [pgbouncer]
            auth_type = any
            unix_socket_dir = {folder}
            listen_port = 5432
            logfile = {folder}/log
            pool_mode = {mode}
            default_pool_size = {size}
            server_login_retry = 1
            {"max_prepared_statements = 100" if version() >= (1, 21) else ""}
            """)
        self.start()

    def start(self):
        self.process = subprocess.Popen(  # as the user of PostgreSQL: it does not run as root
            accounts.as_postgres(self.state, [PROGRAM, "-q", f"{self.host}/ini"]), cwd="/",
            stdin=subprocess.DEVNULL)
        wait_until(lambda: (Path(self.host) / ".s.PGSQL.5432").exists())

    def stop(self):
        self.process.kill()  # immediately; from 1.23 on, SIGTERM waits for the clients
        self.process.wait(60)
        (Path(self.host) / ".s.PGSQL.5432").unlink(missing_ok=True)


@pytest.mark.parametrize("mode, size, directive", [
    ("session", 20, ""), ("transaction", 2, "GraphProfilePrepare Off\n"), ("transaction", 2, "")],
    ids=["session", "transaction", "transaction, prepared"])
def test_pgbouncer(state, module, sanitizers, sanitizer_reports, mode, size, directive):
    if mode == "transaction" and not directive and version() < (1, 21):
        pytest.skip("this PgBouncer does not keep prepared statements: PGBOUNCER names another one")
    server = Server(state / f"pgbouncer-{mode}-{len(directive)}", module, sanitizers, ONE_CHILD + directive)
    bouncer = PgBouncer(server.postgres, mode, size)
    try:
        server.httpd.environment["GP_PGHOST"] = bouncer.host
        server.start()
        server.log.allow(DBD)
        server.log.allow(AWAY)

        user = Victim(server)
        made = user.create({"detail": {"jobTitle": "Writer"}})
        changed = user.patch(made["id"], {"isCurrent": True}, headers={"If-Match": made["@odata.etag"]})
        assert changed.status == 200 and user.read(made["id"]) == changed.json
        assert user.post({"id": made["id"]}).status == 409
        for query in ("", "?$filter=isCurrent eq true&$orderby=detail/jobTitle"):
            listed = user.get("/me/profile/positions" + query).json["value"]
            assert [entity["id"] for entity in listed] == [made["id"]]
        assert user.delete(made["id"]).status == 204 and user.get("/me/profile/positions/$count").content == b"0"

        with small_crowd(server) as crowd:
            crowd.more()
            assert crowd.unknown == 0
            bouncer.stop()
            wait_until(lambda: crowd.unknown > 0)
            bouncer.start()
            crowd.more()
            server.postgres.stop("fast")  # without PgBouncer's knowledge
            server.postgres.start_server()
            crowd.more()
            terminate(server)
            crowd.more()
        wait_until_served(Victim(server))
        assert crowd.judge() == []
        print(f"acknowledged {crowd.acknowledged}", dict(crowd.statuses))
        # When idle: every connection of the pool is stale, without an effect on clients.
        bouncer.stop()
        bouncer.start()
        for _ in range(10):
            assert user.post({}).status == 201
        with closing(server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'")
            assert cursor.fetchone()[0] <= size
        server.log.check()
    finally:
        bouncer.stop()
        server.stop()
