# SPDX-License-Identifier: Apache-2.0
"""Malicious requests: smuggling, floods, bombs. No answer is 5xx, no unexpected row exists, and the next
request is served."""

import gzip
import json
import re
import socket
import zlib

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from lib.client import TIMEOUT, Raw, wait_until
from lib.outage import Victim
from lib.processes import children, kilobytes
from lib.server import Server

# ---- smuggling: two interpretations of the end of a request ----

SMUGGLED = ("POST /beta/me/profile/positions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}")

# The header of the request, and the bytes after it, for a reader with the other interpretation.
AMBIGUOUS = {
    "two lengths": ("Content-Length: 2\r\nContent-Length: 300\r\n", "{{}}"),
    "two equal lengths": ("Content-Length: 2\r\nContent-Length: 2\r\n", "{{}}"),
    "a list of lengths": ("Content-Length: 2, 2\r\n", "{{}}"),
    "a length with a sign": ("Content-Length: +2\r\n", "{{}}"),
    "a negative length": ("Content-Length: -1\r\n", "{{}}"),
    "a hexadecimal length": ("Content-Length: 0x2\r\n", "{{}}"),
    "a length with a space": ("Content-Length : 2\r\n", "{{}}"),
    "an unknown coding": ("Transfer-Encoding: xchunked\r\n", "2\r\n{{}}\r\n0\r\n\r\n"),
    "chunked, then more": ("Transfer-Encoding: chunked, identity\r\n", "2\r\n{{}}\r\n0\r\n\r\n"),
    "a coding behind a tab": ("Transfer-Encoding:\tx chunked\r\n", "2\r\n{{}}\r\n0\r\n\r\n"),
    "a coding with a space": ("Transfer-Encoding : chunked\r\n", "2\r\n{{}}\r\n0\r\n\r\n"),
    "bare line ends": ("Content-Length: 2\nX: y\r\n", "{{}}"),
    "a NUL in a header": ("X: a\0b\r\nContent-Length: 2\r\n", "{{}}"),
    "no colon": ("Content-Length 2\r\n", "{{}}"),
    "a chunk that has no size": ("Transfer-Encoding: chunked\r\n", "x\r\n{{}}\r\n0\r\n\r\n"),
    "a chunk of a negative size": ("Transfer-Encoding: chunked\r\n", "-2\r\n{{}}\r\n0\r\n\r\n"),
    "a chunk beyond any size": ("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{{}}\r\n0\r\n\r\n"),
}


def read_all(raw):
    """Everything up to the end of the connection."""
    data = b""
    try:
        while part := raw.socket.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize("head, body", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_an_ambiguous_request_ends_the_connection(user, head, body):
    user.server.log.allow("AH")
    request = ("POST /beta/me/profile/positions HTTP/1.1\r\nHost: localhost\r\n"
               f"Authorization: Bearer {user.token}\r\nContent-Type: application/json\r\n{head}\r\n")
    with Raw(user.server) as raw:
        raw.send((request + body.format() + SMUGGLED.format(token=user.token)).encode())
        answers = re.findall(rb"HTTP/1\.1 (\d+) ", read_all(raw))
    assert answers in ([b"400"], [b"413"], [b"501"]), answers
    assert user.rows() == []


def test_chunked_wins_over_a_length_and_ends_the_connection(user):
    """RFC 9112 6.3: data after the chunks is ignored."""
    with Raw(user.server) as raw:
        raw.start_post(user, "Content-Length: 500", "Transfer-Encoding: chunked")
        raw.send(b"2\r\n{}\r\n0\r\n\r\n" + SMUGGLED.format(token=user.token).encode())
        answers = re.findall(rb"HTTP/1\.1 (\d+) ", read_all(raw))
    assert answers == [b"201"] and len(user.rows()) == 1


def test_a_body_where_none_belongs_is_no_request(user):
    """The body of a GET or a DELETE is discarded."""
    made = user.create()
    path = f"/beta/me/profile/positions/{made['id']}"
    inner = SMUGGLED.format(token=user.token)
    for method, status in (("GET", 200), ("DELETE", 204)):
        with Raw(user.server) as raw:
            raw.send((f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.token}\r\n"
                      f"Content-Length: {len(inner)}\r\n\r\n{inner}"
                      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").encode())
            answers = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", read_all(raw))]
        assert answers == [status, 200], method
    assert user.rows() == []


# ---- floods ----

def test_too_large_headers(user):
    for name in ("If-Match", "If-None-Match", "Prefer", "Accept", "Cookie", "client-request-id"):
        assert user.get(headers={name: "x" * 40000}).error["code"] in ("BadRequest",
                                                                       "RequestHeaderFieldsTooLarge")
        # The largest headers that httpd accepts here, with many parts.
        answer = user.get(headers={name: ",".join(['"x"'] * 8000)})
        assert answer.status in (200, 400, 406, 412), name


def test_many_etags_in_a_change(user):
    made = user.create()
    others = ", ".join(f'"{i:032x}"' for i in range(800))
    assert user.patch(made["id"], {}, headers={"If-Match": others}).status == 412
    assert user.patch(made["id"], {}, headers={"If-Match": f"{others}, {made['@odata.etag']}"}).status == 200
    assert user.delete(made["id"], headers={"If-Match": others}).status == 412
    assert user.delete(made["id"], headers={"If-Match": f"{others}, {made['@odata.etag']}"}).status == 204


@pytest.mark.http1
def test_a_long_url(user):
    assert user.get("/me/profile/positions?$filter=" + "x" * 7000).status == 400
    assert user.get("/me/profile/positions?" + "x" * 20000).error["code"] == "RequestUriTooLong"
    assert user.get("/users/" + "x" * 3000 + "/profile/positions").status == 404


# ---- data that expands ----

def test_decompression_bombs(user, sanitizers):
    def resident():
        return max(kilobytes(pid, "VmRSS") for pid in children(user.server))

    user.server.log.allow("AH01394|AH02650|inflate|ratio")
    bomb = gzip.compress(b'{"detail":{"summary":"' + b"x" * 50_000_000 + b'"}}')
    assert len(bomb) < 60000
    twice = gzip.compress(bomb)
    user.post(data=gzip.compress(b"{}"), root="/inflate", headers={"Content-Encoding": "gzip"})
    before = resident()
    for data, coding in ((bomb, "gzip"), (twice, "gzip, gzip"), (zlib.compress(b"x" * 9_000_000), "deflate")):
        for _ in range(3):
            answer = user.post(data=data, root="/inflate", headers={"Content-Encoding": coding})
            assert answer.status in (413, 415) or (coding == "deflate" and answer.status == 400), coding
    assert sanitizers or resident() < before + 20_000
    assert len(user.rows()) == 1


# ---- HTTP/2 ----

POOL = """
DBDMin 1
DBDKeep 2
DBDMax 2
"""


@pytest.fixture(scope="module")
def h2_server(state, module, sanitizers, sanitizer_reports):
    with Server(state / "h2", module, {**sanitizers, "GP_HTTP2": "1"}, POOL) as server:
        yield server


class H2:
    """A client that can send anything, by prior knowledge (RFC 9113 3.3)."""

    def __init__(self, server, window=None):
        """`window` is the receive window of each stream; by default that of the protocol."""
        self.port = server.httpd.port
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
        self.connection.initiate_connection()
        if window is not None:
            self.connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def receive(self) -> list:
        """The events of what the server sends next. Raises ConnectionError if the server has closed the connection."""
        sent = self.socket.recv(65536)
        if not sent:
            raise ConnectionError("the server has closed the connection")
        return self.connection.receive_data(sent)

    def request(self, user, method="GET", body=None, length=None):
        """With only a length, the announced body never arrives."""
        stream = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream, [
            (":method", method), (":scheme", "http"), (":authority", f"127.0.0.1:{self.port}"),
            (":path", "/beta/me/profile/positions"), ("authorization", f"Bearer {user.token}"),
            ("content-type", "application/json"),
            *([] if length is None else [("content-length", str(length))])],
            end_stream=body is None and length is None)
        if body is not None:
            self.connection.send_data(stream, body, end_stream=True)
        return stream


def test_rapid_resets(h2_server):
    """Streams that are opened and reset as fast as possible: the connection ends, the server does not."""
    h2_server.log.mark()
    h2_server.log.allow("AH")
    user = Victim(h2_server)
    assert user.post({}).status == 201
    for _ in range(3):
        client = H2(h2_server)
        try:
            for _ in range(5000):
                client.connection.reset_stream(client.request(user))
                client.flush()
            while client.socket.recv(65536):
                pass
        except ConnectionError:
            pass  # it may end the connection in any way, but must end it
        client.socket.close()
    wait_until(lambda: user.get().status == 200)
    assert [user.get().status for _ in range(10)] == [200] * 10
    assert int(h2_server.postgres.psql("SELECT count(*) FROM pg_stat_activity"
                                       " WHERE usename = 'graphprofile' AND state <> 'idle'")) == 0


def test_many_streams_at_once(h2_server):
    """A hundred requests on one connection, over a pool of two: each gets its own answer."""
    h2_server.log.mark()
    user, client, answers, bodies, ended = Victim(h2_server), H2(h2_server), {}, {}, set()
    streams = [client.request(user, "POST", json.dumps({"detail": {"layer": i}}).encode())
               for i in range(100)]
    client.flush()
    while len(ended) < len(streams):
        for event in client.receive():
            if isinstance(event, h2.events.ResponseReceived):
                answers[event.stream_id] = dict(event.headers)[":status"]
            if isinstance(event, h2.events.DataReceived):  # one of several: together they exceed the first window
                bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                client.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.StreamEnded):
                ended.add(event.stream_id)
        client.flush()
    client.socket.close()
    assert [answers[stream] for stream in streams] == ["201"] * 100
    assert [json.loads(bodies[stream])["detail"]["layer"] for stream in streams] == list(range(100))
    assert len(user.rows()) == 100
    h2_server.log.check()
