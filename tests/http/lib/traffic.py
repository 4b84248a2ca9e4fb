# SPDX-License-Identifier: Apache-2.0
"""Requests of every kind, thousands a second: each worker sends the same round again and again, from prepared
bytes, and compares the status of each answer with the expected one."""

import json
import re
import socket
import threading
import uuid

from lib.client import POSITIONS, TIMEOUT, User
from dev import tokens

ROOT = "/beta"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")


class Line:
    """A connection that is opened again if the server has closed it."""

    def __init__(self, port: int):
        self.port = port
        self.socket = None

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def status_of(self, request: bytes) -> int:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.socket.recv(262144)
            assert part, (request[:300], data)
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        status, length = int(head[9:12]), LENGTH.search(head + b"\r\n")
        left = 0 if request.startswith(b"HEAD ") or status in (204, 304) else int(length[1]) - len(body)
        while left > 0:
            part = self.socket.recv(262144)
            assert part, request[:300]
            left -= len(part)
        if b"\r\nConnection: close" in head or status == 417:  # httpd closes it without announcing that
            self.close()
        return status


def one_round(user: User, reader: str) -> list:
    """The requests of a round, each with its expected status; at its end, the state is the same as before.
    `reader` is a token of the same user with permission to read only."""
    first, second = (f"{POSITIONS}/{uuid.uuid4()}" for _ in range(2))
    small = {"isCurrent": True, "categories": ["a", "b"], "detail": {"jobTitle": "Writer", "layer": 3,
             "company": {"displayName": "Contoso"}}, "colleagues": [{"displayName": "x", "relationship": "manager"}]}
    large = {"detail": {"summary": "é\n" * 11000, "description": "x" * 19000}}
    made = []

    def add(status, method, path=POSITIONS, body=None, *headers, token=user.token, more=b"", length=None):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(
            body, ensure_ascii=False).encode()
        lines = [f"{method} {ROOT}{path} HTTP/1.1", "Host: localhost", *headers]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if body is not None and not any(line.startswith("Content-Type") for line in headers):
            lines.append("Content-Type: application/json")
        if (body is not None and not more) or length:
            lines.append(f"Content-Length: {length or len(data)}")
        if more:
            lines.append("Transfer-Encoding: chunked")
        made.append((("\r\n".join(lines) + "\r\n\r\n").encode() + data + more, status))

    def chunks(data, size):
        parts = [data[start:start + size] for start in range(0, len(data), size)]
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    def id_of(path):
        return path.rpartition("/")[2]

    add(201, "POST", POSITIONS, {**small, "id": id_of(first)})
    add(409, "POST", POSITIONS, {**small, "id": id_of(first)})
    add(201, "POST", POSITIONS + "/$ref", {**large, "id": id_of(second)}, "Prefer: return=representation")
    for path in (first, second, f"/users/{user.id}{first[3:]}", f"/users('{user.id}')/profile/positions"):
        add(200, "GET", path)
        add(200, "HEAD", path)
    add(304, "GET", first, None, "If-None-Match: *")
    for level in ("none", "full"):
        add(200, "GET", first, None, f"Accept: application/json;odata.metadata={level}")
    add(406, "GET", first, None, "Accept: text/html")
    add(200, "GET", f"{first}?$select=id,detail/jobTitle")
    for query in ("", "?$top=1", "?$skip=1&$count=true", "?$orderby=detail/layer%20desc,id", "?$select=id,detail/company",
                  "?$filter=detail/layer%20ge%201%20and%20contains(tolower(detail/jobTitle),'rit')",
                  "?$filter=colleagues/any(c:c/relationship%20eq%20@r)&@r='manager'&$count=true", "/$count",
                  "/$count?$filter=isCurrent"):
        add(200, "GET", POSITIONS + query)
    add(200, "GET", POSITIONS, None, "Prefer: odata.maxpagesize=1")
    for query in ("$filter=nonsense%20eq%201", "$filter=detail/layer%20eq%20'x'", "$filter=((", "$select=nonsense",
                  "$top=x", "$expand=manager", "$filter=%ff", "$filter=" + "x" * 5000):
        add(400, "GET", f"{POSITIONS}?{query}")
    add(501, "GET", f"{POSITIONS}?$search=x")
    add(200, "PATCH", first, {"detail": {"jobTitle": "Editor"}})
    add(200, "PATCH", first, {})
    add(200, "PATCH", first, {"isCurrent": None}, "If-Match: *")
    add(412, "PATCH", first, {"isCurrent": True}, 'If-Match: "x", W/"y-gzip"')
    add(400, "PATCH", first, {"isCurrent": True}, "If-Match: nonsense")
    add(204, "PATCH", first, small, "Prefer: return=minimal")
    add(200, "PATCH", second, {"detail": {"summary": "y" * 40000}})
    chunked = json.dumps(small).encode()
    for size in (1, 100, 10000):
        add(200, "PATCH", first, b"", more=chunks(chunked, size))
    add(400, "POST", POSITIONS, b"", more=chunks(chunked[:-1], 50))
    for wrong in (b"", b"{", b'{"isCurrent": tru}', b'{"detail":{"jobTitle":"\xff"}}', b"[" * 5000, b'{"@x":' + b"[" * 20,
                  b'{"a":1,"isCurrent":"x","detail":{"layer":1.5,"x":[{}]}}', b'{"isCurrent":true,"isCurrent":true}',
                  b"{" + b",".join(b'"a%d":1' % n for n in range(1000)) + b"}"):
        add(400, "POST", POSITIONS, wrong)
    add(415, "POST", POSITIONS, b"{}", "Content-Type: text/plain")
    add(415, "POST", POSITIONS, b"{}", "Content-Encoding: gzip")
    add(413, "POST", POSITIONS, None, "Content-Type: application/json", length=65537)
    add(413, "POST", POSITIONS, b"", more=chunks(b"{" + b" " * 65536 + b"}", 16384))
    add(401, "GET", token="")
    add(401, "GET", token="nonsense")
    add(403, "POST", POSITIONS, {}, token=reader)
    add(403, "DELETE", first, token=reader)
    add(403, "GET", f"/users/{uuid.uuid4()}/profile/positions")
    for path in (f"{POSITIONS}/{uuid.uuid4()}", f"{POSITIONS}/nonsense", f"{POSITIONS}/$nonsense", "/me", "/users//x"):
        add(404, "GET", path)
    add(405, "PUT", first, {})
    add(405, "DELETE")
    add(405, "TRACE", first)
    add(204, "OPTIONS")
    for accept in ("application/xml", "application/json"):
        add(200, "GET", "/$metadata", None, f"Accept: {accept}")
    add(200, "GET", "/")
    add(417, "POST", POSITIONS, {}, "Expect: nonsense")
    add(400, "GET", "/me/profile/%zz")
    add(414, "GET", f"{POSITIONS}?{'x' * 9000}")
    add(200, "GET", POSITIONS, None, "Connection: close")
    add(412, "DELETE", first, None, 'If-Match: "x"')
    add(204, "DELETE", first)
    add(404, "DELETE", first)
    add(204, "DELETE", second, None, "If-Match: *")
    return made


class Traffic:
    """Workers that send rounds until they are stopped; `count` is the number of answered requests."""

    def __init__(self, server, workers: int = 4):
        self.counts = [0] * workers
        self.wrong = []
        self.end = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(server, number)) for number in range(workers)]

    def _work(self, server, number):
        user = User(server)
        requests = one_round(user, tokens.mint(server.state, user.id, scopes="User.Read"))
        line = Line(server.httpd.port)
        try:
            while not self.end.is_set() and not self.wrong:
                for request, status in requests:
                    got = line.status_of(request)
                    if got != status:
                        self.wrong.append((got, status, request[:1000]))
                    self.counts[number] += 1
        except BaseException as error:
            self.wrong.append(error)
            raise
        finally:
            line.close()

    @property
    def count(self) -> int:
        assert not self.wrong, self.wrong
        return sum(self.counts)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join()
