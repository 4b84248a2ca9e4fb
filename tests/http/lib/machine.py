# SPDX-License-Identifier: Apache-2.0
"""Faults of the machine itself: a full disk, a network that drops every packet.

Linux namespaces confine both, so that nothing of the machine changes and nothing remains. Root creates
them directly; other users create them within a user namespace, which Debian allows.
"""

import socket
import subprocess
import sys
from pathlib import Path

from lib import island
from dev import accounts
from dev.postgres import Postgres

UNSHARE = ["unshare"] if accounts.IS_ROOT else ["unshare", "--user", "--map-current-user", "--keep-caps"]


class SmallDisk(Postgres):
    """A PostgreSQL that sees a disk of a few megabytes at `disk`, for a tablespace."""

    def __init__(self, state: Path, megabytes: int, **settings: str):
        super().__init__(state, **settings)
        self.disk = state / "disk"
        self.disk.mkdir(parents=True)
        self.megabytes = megabytes

    def _command(self, program, *arguments):
        command = super()._command(program, *arguments)
        if arguments[0] != "start":
            return command
        owner = "" if not accounts.IS_ROOT else f",uid={accounts.POSTGRES},gid={accounts.POSTGRES}"
        return [*UNSHARE, "--mount", "sh", "-c",
                f"mount -t tmpfs -o mode=700,size={self.megabytes}m{owner} disk '{self.disk}' && exec \"$@\"",
                "sh", *command]

    def fill(self) -> None:
        """Use up the free space."""
        try:
            self.psql(f"COPY (SELECT repeat('x', 1000) FROM generate_series(1, {self.megabytes * 1100}))"
                      f" TO '{self.disk}/filler'")
        except RuntimeError as error:
            assert "No space left" in str(error)
        else:
            raise AssertionError("the disk is larger than that")

    def free(self) -> None:
        self.psql(f"COPY (SELECT 1 WHERE false) TO '{self.disk}/filler'")


class Island:
    """A separate network for httpd. It relays `port` here to the same port there, and `database` there to
    PostgreSQL's socket, until `swallow` drops every packet to it."""

    database = island.DATABASE

    def __init__(self, port: int, pghost: str):
        here = socket.create_server(("127.0.0.1", port), backlog=128)
        self.process = subprocess.Popen(
            [*UNSHARE, "--net", sys.executable, island.__file__, str(here.fileno()), str(port), pghost],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[here.fileno()], text=True)
        here.close()
        self._answer()
        self.enter = ["nsenter", f"--net=/proc/{self.process.pid}/ns/net"]
        if not accounts.IS_ROOT:
            self.enter = ["nsenter", f"--target={self.process.pid}", "--user", "--net", "--preserve-credentials"]

    def _answer(self):
        assert self.process.stdout.readline() == "done\n"

    def _say(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        self._answer()

    def swallow(self) -> None:
        self._say("swallow")

    def restore(self) -> None:
        self._say("restore")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
