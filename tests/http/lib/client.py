# SPDX-License-Identifier: Apache-2.0
"""The clients of the tests: a user with a token, and a raw socket for other requests."""

import json
import os
import re
import socket
import time
import uuid
from contextlib import closing
from typing import List, Optional

import requests

from dev import tokens
from lib import openapi
from lib.http2 import Http2Adapter

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_V7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
TIMEOUT = 60
POSITIONS = "/me/profile/positions"


def wait_until(condition, seconds: float = 60) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.01)


def waiting_for_lock(cursor) -> int:
    """The number of httpd's statements that wait for another transaction."""
    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'graphprofile'")
    return cursor.fetchone()[0]


def wait_for_lock(server, statements: int = 1) -> None:
    """Wait until this many statements wait."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        wait_until(lambda: waiting_for_lock(cursor) >= statements)


# The exchanges of this test, for the report of a failure.
exchanges: List[str] = []


def _shown(text: str, limit: int = 3000) -> str:
    return text if len(text) <= limit else text[:limit] + f"... ({len(text)} characters)"


class Answer:
    """An HTTP answer: status, headers (case-insensitive) and body."""

    def __init__(self, status: int, headers, content: bytes):
        self.status = status
        self.headers = requests.structures.CaseInsensitiveDict(headers)
        self.content = content

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def error(self) -> dict:
        """The error object, after checking that the answer is a complete Graph error."""
        assert self.status >= 400, self.status
        assert self.headers["Content-Type"] == "application/json"
        assert int(self.headers["Content-Length"]) == len(self.content)
        assert self.headers["OData-Version"] == "4.0"
        assert self.headers["Content-Language"] == "en"
        assert self.headers["X-Content-Type-Options"] == "nosniff"
        body = self.json
        assert list(body) == ["error"]
        error = body["error"]
        assert set(error) <= {"code", "message", "target", "details", "innerError"}
        assert re.fullmatch(r"[A-Z][A-Za-z]+", error["code"])
        assert error["message"]
        for detail in error.get("details", []):
            assert set(detail) == {"code", "message", "target"}
        inner = error["innerError"]
        assert list(inner) == ["date", "request-id", "client-request-id"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner["date"])
        assert UUID.fullmatch(inner["request-id"])
        assert inner["request-id"] == self.headers["request-id"]
        assert inner["client-request-id"] == self.headers["client-request-id"]
        return error

    @property
    def varies_by(self) -> set:
        """The request headers on which the answer depends, in lower case."""
        return {name.strip().lower() for name in self.headers.get("Vary", "").split(",")}

    @property
    def targets(self) -> list:
        """The targets of the error's details."""
        return [detail["target"] for detail in self.error["details"]]


class User:
    """A user with a token. The paths are below the root; `me` is the collection by default."""

    def __init__(self, server, database=None, id: Optional[str] = None, root: str = "/beta",
                 **options):
        self.server = server
        self.database = database
        self.id = id if id is not None else str(uuid.uuid4())
        self.root = root
        self.token = tokens.mint(server.state, self.id, **options)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = getattr(server, "certificate", True)
        if os.environ["GP_HTTP2"]:
            self.session.mount("http://", Http2Adapter())

    is_relaxed = False  # stored values of this user may be of any type

    def request(self, method: str, path: str = POSITIONS, body=None, data=None,
                headers=None, root: Optional[str] = None, token: Optional[str] = None,
                auth=None) -> Answer:
        """Send a request. `body` is sent as JSON, `data` unchanged; a header with the value None is not sent."""
        token = self.token if token is None else token
        send = {"Authorization": f"Bearer {token}" if token and auth is None else None}
        if body is not None:
            data = json.dumps(body)
        if data is not None:
            send["Content-Type"] = "application/json"
        send.update(headers or {})
        url = self.server.url + (self.root if root is None else root) + path
        if isinstance(data, str):
            data = data.encode()
        started = time.monotonic()
        got = self.session.request(method, url, data=data, headers=send, auth=auth,
                                   timeout=TIMEOUT, allow_redirects=False)
        exchanges.append(
            f"> {method} {url}\n" + "".join(f"> {k}: {_shown(v, 100)}\n" for k, v in send.items() if v)
            + (f">\n> {_shown(repr(data))}\n" if data is not None else "")
            + f"< {got.status_code} after {time.monotonic() - started:.3f} s\n"
            + "".join(f"< {k}: {v}\n" for k, v in got.headers.items())
            + f"<\n< {_shown(got.text)}")
        answer = Answer(got.status_code, got.headers, got.content)
        root = self.root if root is None else root
        self.is_relaxed = self.is_relaxed or "relaxed" in root
        openapi.check(method, "relaxed" if self.is_relaxed else root, path, answer)
        return answer

    def post(self, body=None, path: str = POSITIONS, **options) -> Answer:
        return self.request("POST", path, body, **options)

    def get(self, path: str = POSITIONS, **options) -> Answer:
        return self.request("GET", path, **options)

    def patch(self, id: str, body=None, **options) -> Answer:
        return self.request("PATCH", f"/me/profile/positions/{id}", body, **options)

    def delete(self, id: str, **options) -> Answer:
        return self.request("DELETE", f"/me/profile/positions/{id}", **options)

    def read(self, id: str) -> dict:
        """Read a position of this user and return the entity."""
        answer = self.get(f"/me/profile/positions/{id}")
        assert answer.status == 200, answer.content
        return answer.json

    def create(self, body=None, **options) -> dict:
        """Create a position and return the entity."""
        answer = self.post({} if body is None else body, **options)
        assert answer.status == 201, answer.content
        return answer.json

    def refused(self, status: int, body=None, path: str = POSITIONS,
                **options) -> Answer:
        """Send an invalid request, and check that it stored no row."""
        before = self.rows()
        answer = self.post(body, path, **options)
        assert answer.status == status, answer.content
        assert answer.error
        assert self.rows() == before
        return answer

    def rows(self, columns: str = "id::text") -> list:
        """The rows of this user in the database, in order."""
        self.database.execute(
            f"SELECT {columns} FROM graphprofile.position WHERE owner_id = %s ORDER BY id",
            (self.id,))
        return self.database.fetchall()


class Raw:
    """A connection on which a test writes bytes directly."""

    def __init__(self, server, timeout: float = TIMEOUT, port: int = 0, source: str = "127.0.0.1"):
        """`port` belongs to another virtual host; `source` is the client's address."""
        self.socket = socket.create_connection(("127.0.0.1", port or server.httpd.port),
                                               timeout=timeout, source_address=(source, 0))
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> "Raw":
        self.socket.sendall(data)
        return self

    def start_post(self, user: User, *headers: str, root: str = "/beta") -> "Raw":
        lines = [f"POST {root}/me/profile/positions HTTP/1.1", "Host: localhost",
                 f"Authorization: Bearer {user.token}", "Content-Type: application/json", *headers]
        return self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self) -> Answer:
        """Read one answer (with a Content-Length, or without a body)."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while True:
            line = self.file.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        length = int(requests.structures.CaseInsensitiveDict(headers).get("Content-Length", 0))
        content = self.file.read(length)
        exchanges.append(f"(raw) < {status} {headers}\n< {content[:3000]!r}")
        return Answer(status, headers, content)
