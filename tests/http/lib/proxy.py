# SPDX-License-Identifier: Apache-2.0
"""A relay between httpd and PostgreSQL that can fail at a chosen moment.

It speaks enough of the protocol to know message from message (PostgreSQL documentation, chapter 55).
"""

import shutil
import socket
import struct
import tempfile
import threading
from pathlib import Path


def _read(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def _message(sock):
    """The next message: its type and the whole of it."""
    head = _read(sock, 5)
    return head[:1], head + _read(sock, struct.unpack("!I", head[1:])[0] - 4)


class Proxy:
    """Relays. `arm` sets the fault of the next statement that contains `needle`:

    "cut before"  the connection breaks before the server receives the statement
    "cut commit"  the connection breaks before the server receives the Sync that commits the statement
    "cut after"   the connection breaks after the commit, before httpd receives the end of the answer
    "hang"        the answer never comes
    "forget"      the server first drops its prepared statements (once)
    "prepared"    the server already has a prepared statement with this label when httpd prepares it
    With `silent`, connections are accepted and never answered.
    """

    def __init__(self, pghost: str):
        self.target = str(Path(pghost) / ".s.PGSQL.5432")
        self.host = tempfile.mkdtemp(prefix="graphprofile-proxy-")
        Path(self.host).chmod(0o755)
        self.needle = b""
        self.then = None  # called after the next fault, before httpd notices it
        self.fault = None
        self.silent = False
        self.hit = threading.Event()
        self.release = threading.Event()
        self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX)
        path = Path(self.host) / ".s.PGSQL.5432"
        self.listener.bind(str(path))
        path.chmod(0o777)
        self.listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.release.set()
        self.listener.close()
        shutil.rmtree(self.host, ignore_errors=True)

    def arm(self, fault: str, needle: str = "gp_create", kinds: bytes = b"BP") -> None:
        """`kinds` of message: B and P run a statement, Q prepares it."""
        self.needle = needle.encode()
        self.kinds = b"QP" if fault == "prepared" else kinds
        self.hit.clear()
        self.release.clear()
        self.fault = fault

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            if self.silent:
                self.release.wait(60)
                return
            server.connect(self.target)
            first = _read(client, 4)  # the startup message bears no type
            server.sendall(first + _read(client, struct.unpack("!I", first)[0] - 4))
            holding = threading.Event()
            back = threading.Thread(target=self._answers, args=(server, client, holding),
                                    daemon=True)
            back.start()
            self._requests(client, server, holding)
        except (ConnectionError, OSError):
            pass
        finally:
            for sock in (client, server):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sock.close()

    def _requests(self, client, server, holding):
        await_sync = False
        while True:
            kind, message = _message(client)
            if kind == b"S" and await_sync:
                self.hit.set()
                return
            # httpd prepares by "PREPARE label", or by Parse in a pipeline, and runs by Bind, which names the label.
            if self.fault and kind in self.kinds and self.needle in message:
                fault, self.fault = self.fault, None
                if fault == "cut commit":
                    await_sync = True
                    server.sendall(message)
                    continue
                if fault == "cut before":
                    self.hit.set()
                    return
                if fault in ("forget", "prepared"):
                    label = message[5:].split(b"\0")[0] if kind == b"P" else self.needle
                    first = b"DEALLOCATE ALL\0" if fault == "forget" else b"PREPARE " + label + b" AS SELECT 1\0"
                    sync = holding.sync = threading.Event()
                    server.sendall(b"Q" + struct.pack("!I", 4 + len(first)) + first)
                    sync.wait(60)
                    self.hit.set()
                else:
                    holding.fault = fault
                    holding.set()
            server.sendall(message)

    def _answers(self, server, client, holding):
        try:
            while True:
                kind, message = _message(server)
                sync = getattr(holding, "sync", None)
                if sync is not None:  # swallow the answer to our own query
                    if kind == b"Z":
                        holding.sync = None
                        sync.set()
                    continue
                if holding.is_set():
                    if holding.fault == "cut after" and kind != b"Z":
                        client.sendall(message)
                        continue
                    if self.then:
                        then, self.then = self.then, None
                        then()
                    self.hit.set()
                    if holding.fault == "hang":
                        self.release.wait(60)
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(message)
        except (ConnectionError, OSError):
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
