# SPDX-License-Identifier: Apache-2.0
"""HTTP/2, by curl and h2load: over TLS (h2), in clear text by prior knowledge and by upgrade (h2c)."""

import re
import subprocess

import h2.events
import pytest
from lib.client import Answer, exchanges
from lib.outage import Victim
from lib.server import Server
from h2.errors import ErrorCodes
from test_hostile import H2

pytestmark = pytest.mark.threads  # required by mod_http2


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    server = Server(state / "http2", module, {**sanitizers, "GP_HTTP2": "1"})
    try:
        yield server.start()
    finally:
        server.stop()


class Curl(Victim):
    """A user whose requests curl sends; it accepts no other protocol in the answer."""

    def __init__(self, server, way, **options):
        super().__init__(server, **options)
        self.base = server.httpd.tls_url if way == "h2" else server.url
        self.options = {"h2": ["--http2"], "h2c": ["--http2-prior-knowledge"], "upgrade": ["--http2"]}[way]
        self.options += ["--cacert", str(server.httpd.ca)] if way == "h2" else []

    def request(self, method, path="/me/profile/positions", body=None, data=None, headers=None, **options):
        assert not options
        if body is not None:
            data = body
        send = {"Authorization": f"Bearer {self.token}", "Expect": "",
                **({} if data is None else {"Content-Type": "application/json"}), **(headers or {})}
        command = ["curl", "-sS", "-q", "-i", "--noproxy", "*", "--max-time", "60", *self.options,
                   *(["-I"] if method == "HEAD" else ["-X", method]), self.base + self.root + path]
        for name, value in send.items():
            command += ["-H", f"{name}: {value}" if value else f"{name}:"]
        if data is not None:
            command += ["--data-binary", "@-"]
        got = subprocess.run(command, input=(data or "").encode(), capture_output=True, check=False)
        exchanges.append(f"> {method} {path}\n< {got.stdout[:3000].decode()}\n{got.stderr.decode()}")
        assert got.returncode == 0, got.stderr
        rest = re.sub(rb"\A(HTTP/\S+ 1\d\d.*?\r\n\r\n)+", b"", got.stdout, flags=re.DOTALL)
        head, _, content = rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/2 "), first
        return Answer(int(first.split()[1]), [line.split(": ", 1) for line in lines], content)


@pytest.fixture(params=["h2", "h2c"])
def curl(request, shared):
    shared.log.mark()
    yield Curl(shared, request.param)
    shared.log.check()


def test_the_life_of_a_position(curl):
    made = curl.post('{"detail": {"jobTitle": "Writer"}}')
    assert made.status == 201 and made.json["detail"]["jobTitle"] == "Writer"
    assert made.headers["Location"].startswith(curl.base + "/beta/users(")
    path = made.headers["Location"][len(curl.base + "/beta"):]
    assert curl.get(path).json == made.json
    curl.post("{}")
    page = curl.get(headers={"Prefer": "odata.maxpagesize=1"}).json
    assert page["value"][0]["id"] == made.json["id"]
    rest = curl.get(page["@odata.nextLink"][len(curl.base + "/beta"):]).json
    assert len(rest["value"]) == 1 and "@odata.nextLink" not in rest
    assert curl.get(path, headers={"If-None-Match": made.headers["ETag"]}).status == 304
    head = curl.request("HEAD", path)
    assert head.status == 200 and head.headers["ETag"] == made.headers["ETag"] and head.content == b""
    changed = curl.request("PATCH", path, '{"isCurrent": true}', headers={"If-Match": made.headers["ETag"]})
    assert changed.status == 200 and changed.json["isCurrent"] is True
    assert curl.request("DELETE", path, headers={"If-Match": made.headers["ETag"]}).status == 412
    assert curl.request("DELETE", path).status == 204 and len(curl.rows()) == 1


def test_errors(curl):
    one = f"/me/profile/positions/{curl.post('{}').json['id']}"
    for status, answer in (
            (400, curl.post("{")), (400, curl.get("/me/profile/positions?$top=x")),
            (401, curl.get(headers={"Authorization": ""})), (404, curl.get(one[:-1] + "x")),
            (405, curl.request("PUT", one)), (406, curl.get(headers={"Accept": "text/html"}))):
        assert answer.status == status and answer.error["innerError"], answer.content
    assert len(curl.rows()) == 1


def test_a_body_that_is_too_large_is_not_waited_for(shared):
    """The answer is complete before the body is, which the server then declines (RFC 9113 section 8.1). Not
    with curl: the version in Debian 12 drops such an answer."""
    user, client, seen, content = Victim(shared), H2(shared), [], b""
    stream = client.request(user, "POST", length=2_000_000)
    client.flush()
    while not seen or not isinstance(seen[-1], h2.events.StreamReset):
        for event in client.receive():
            seen.append(event)
            content += event.data if isinstance(event, h2.events.DataReceived) else b""
    client.socket.close()
    [head] = [dict(event.headers) for event in seen if isinstance(event, h2.events.ResponseReceived)]
    answer = Answer(int(head[":status"]), head, content)
    assert answer.status == 413 and answer.error["code"] == "RequestEntityTooLarge"
    assert isinstance(seen[-2], h2.events.StreamEnded)
    assert seen[-1].stream_id == stream and seen[-1].error_code == ErrorCodes.NO_ERROR


@pytest.mark.parametrize("expect", ["", "100-continue"])
def test_a_big_body_and_a_big_answer(curl, expect):
    """Larger than the windows of flow control, in many frames: one page of 512 KiB."""
    text, count = "x" * 60_000, 8
    for _ in range(count):
        assert curl.post('{"detail": {"summary": "' + text + '"}}', headers={"Expect": expect}).status == 201
    answer = curl.get()
    assert answer.status == 200 and len(answer.content) > count * len(text)
    assert [entity["detail"]["summary"] for entity in answer.json["value"]] == [text] * count


def test_the_upgrade_of_a_connection(shared):
    """From HTTP/1.1, which httpd allows for a request without a body."""
    user = Curl(shared, "upgrade")
    made = Victim(shared, id=user.id).create()
    assert [entity["id"] for entity in user.get().json["value"]] == [made["id"]]


@pytest.mark.parametrize("way", ["h2", "h2c"])
def test_many_streams_at_once(shared, way):
    """On several connections, over one pool: all are answered, and all posted positions exist."""
    shared.log.mark()
    user = Curl(shared, way)
    (shared.state / "empty.json").write_text("{}")
    for method, arguments in (("POST", ["-d", str(shared.state / "empty.json")]), ("GET", [])):
        got = subprocess.run(
            ["h2load", "-n", "300", "-c", "3", "-m", "30", "-H", f"Authorization: Bearer {user.token}",
             "-H", "Content-Type: application/json", *arguments, f"{user.base}/beta/me/profile/positions"],
            capture_output=True, text=True, timeout=120, check=False)
        assert "status codes: 300 2xx, 0 3xx, 0 4xx, 0 5xx" in got.stdout, (method, got.stdout, got.stderr)
    assert len(set(user.rows())) == 300
    shared.log.check()
