# SPDX-License-Identifier: Apache-2.0
"""Faults of the database of a server, and a user who continues during them."""

import os
import signal
import time
import uuid
from contextlib import closing
from pathlib import Path

from lib.client import User, wait_until

# One child, so that all connections belong to one pool and one gate.
ONE_CHILD = """
StartServers 1
<IfModule !mpm_prefork_module>
    MinSpareThreads 1
    MaxSpareThreads 25
</IfModule>
MaxRequestWorkers 25
"""
AWAY = r"the database cannot be reached"
BACK = r"the database is reached again"
DBD = r"\[dbd:(error|crit)\]"  # mod_dbd's own lines about a connection that fails


class Victim(User):
    """A user of a server during faults: it looks at the rows on a new connection."""

    def post_alone(self):
        """Store with the client's own id, in a statement that does not run in a batch."""
        return self.post({"id": str(uuid.uuid4())})

    def rows(self, columns="id::text"):
        with closing(self.server.connect()) as connection, connection.cursor() as self.database:
            return super().rows(columns)


def wait_until_served(user, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        answer = user.post({})
        if answer.status == 201 or time.monotonic() > deadline:
            assert answer.status == 201, answer.content
            return time.monotonic()
        assert answer.status in (503, 504), answer.content
        time.sleep(0.05)


def terminate(server):
    """End every connection of httpd's, and wait until these have ended: a statement that reaches a backend while it ends
    has an unknown outcome."""
    ended = server.postgres.psql("SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
                                 " WHERE usename = 'graphprofile'").split()
    pids = ",".join(line.partition("|")[0] for line in ended)
    wait_until(lambda: server.postgres.psql(
        f"SELECT count(*) FROM pg_stat_activity WHERE pid = ANY('{{{pids}}}')") == "0")


def be_patient(server):
    """Let statements run and wait for locks longer than sql/ lets them, so that a busy machine ends none of them. The
    limits begin with the next connection."""
    server.postgres.psql("ALTER ROLE graphprofile SET statement_timeout = '9s'; ALTER ROLE graphprofile SET lock_timeout = '9s'")
    terminate(server)


def end_connections(server):
    """End every connection, and wait until they have ended."""
    terminate(server)
    wait_until(lambda: server.postgres.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'") == "0")


def signal_all(postgres, signal_number):
    """Send a signal to the postmaster and all its children, after stopping it from making more."""
    postmaster = int((postgres.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)
    for process in [*os.popen(f"ps -o pid= --ppid {postmaster}").read().split(), postmaster]:
        try:
            os.kill(int(process), signal_number)
        except ProcessLookupError:
            pass


def crash(postgres):
    """kill -9 of PostgreSQL, as if the machine had died."""
    signal_all(postgres, signal.SIGKILL)
    # The processes may remain as zombies, which PostgreSQL would take for another running server.
    (postgres.data / "postmaster.pid").unlink()
    (Path(postgres.host) / ".s.PGSQL.5432.lock").unlink()
