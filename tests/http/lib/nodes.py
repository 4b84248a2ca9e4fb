# SPDX-License-Identifier: Apache-2.0
"""Several httpds with one database, behind a load balancer configured by the lines of docs/scaling.md."""

import os
import shutil
import signal
from pathlib import Path

from dev.httpd import port_is_free
from lib.client import User, wait_until
from lib.frontends import FrontEnd, documented, make_certificate
from lib.processes import children
from lib.server import Server

READY = """
<Location "/ready">
    SetHandler graphprofile-ready
    Require all granted
</Location>
"""
ADDRESSES = ["192.0.2.20:8080", "192.0.2.21:8080", "192.0.2.22:8080"]  # of the page; the first is that of proxies.md, too


class Nodes:
    """A server for each of ADDRESSES. They share the PostgreSQL and the signing key of the first."""

    def __init__(self, state: Path, module: Path, environment: dict, extra: str = ""):
        self.servers = []
        for n in range(len(ADDRESSES)):
            first = self.servers[0] if self.servers else None
            self.servers.append(Server(state / f"node-{n}", module, environment, READY + extra,
                                       postgres=first and first.postgres))
            if first:
                for name in "token.key", "token.crt":
                    shutil.copy(first.state / name, self.servers[n].state)
            try:
                self.servers[n].start()
            except BaseException:
                self.stop()
                raise
        self.certificate = make_certificate(self.servers[0].state)

    def stop(self) -> None:
        for server in reversed(self.servers):
            if server is self.servers[0]:
                server.stop()
            else:
                server.httpd.stop()


class Balancer(FrontEnd):
    """nginx or HAProxy in front of nodes. Tests use it like a server."""

    def __init__(self, kind: str, nodes: Nodes, more=lambda lines: lines):
        """`more` may change the documented lines."""
        first = nodes.servers[0]
        self.certificate = str(nodes.certificate)
        self.connect, self.postgres = first.connect, first.postgres

        def lines_for_several(lines):
            several = more(documented(kind, "scaling.md"))
            for address, server in zip(ADDRESSES[1:], nodes.servers[1:]):
                assert address in several
                several = several.replace(address, f"127.0.0.1:{server.httpd.port}")
            if kind == "haproxy":
                return lines[:lines.index("\nbackend graphprofile")] + "\n" + several
            return several + lines.replace(f"http://{ADDRESSES[0]}", "http://graphprofile")

        super().__init__(kind, first, nodes.certificate, lines_for_several)


def is_ready(server: Server) -> bool:
    return User(server, root="").get("/ready").status == 200


def kill(server: Server) -> None:
    """kill -9 of a node, as if its machine had died; it starts again."""
    parent = server.httpd.pid()
    os.kill(parent, signal.SIGSTOP)  # it makes no more children
    for process in [*children(server), parent]:
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: port_is_free(server.httpd.port) and port_is_free(server.httpd.tls_port))
    (server.state / "httpd.pid").unlink()  # the process may remain as a zombie
    server.httpd.start()


def upgrade(server: Server) -> None:
    """Replace a node by another one, as docs/scaling.md says."""
    assert server.httpd.control("-k", "graceful-stop").returncode == 0
    wait_until(lambda: server.httpd.pid() is None)
    server.httpd.start()
    wait_until(lambda: is_ready(server))
