# SPDX-License-Identifier: Apache-2.0
"""The module among others in one httpd: mod_proxy, mod_alias, mod_rewrite, mod_ssl, mod_deflate; several
roots, several hosts, several databases."""

import base64
import hashlib
import json
import os
import re
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lib.client import Raw, User
from dev.httpd import free_port
from lib.frontends import NAME, make_certificate
from lib.server import ROOT, Server

ERRORS = (ROOT / "docs/errors.md").read_text()
STATUSES = sorted({int(status) for status in re.findall(r"(?m)^\| (\d{3}) \|", ERRORS)})

MODULES = ("alias", "deflate", "filter", "proxy", "proxy_http", "proxy_wstunnel", "rewrite",
           "ssl")
# Each host has its own port. {up} is the upstream's, {pem} a certificate.
HOSTS = {
    "proxying": """
    ProxyPass "/tunnel/" "ws://127.0.0.1:{up}/tunnel/"
    ProxyPass "/" "http://127.0.0.1:{up}/" upgrade=websocket
    <Location "/v1.0">
        GraphProfile On
        GraphProfileScopes "%{{reqenv:OIDC_CLAIM_scp}}"
        AuthType oauth20
        Require valid-user
    </Location>""",
    "rewriting": """
    RewriteEngine On
    RewriteRule "^/old/(.*)" "/beta/$1" [R=307]
    {answers}
    RewriteCond "%{{REQUEST_URI}}" "!^/beta/"
    RewriteRule "^/(.*)" "http://127.0.0.1:{up}/$1" [P]""",
    # A file exists for every path, but positions are served: from another database, over TLS,
    # compressed.
    "serving": """
    SSLEngine On
    SSLCertificateFile "{pem}"
    DBDriver pgsql
    DBDParams "host=${{GP_PGHOST}} dbname=second user=graphprofile connect_timeout=2 client_encoding=UTF8"
    SetOutputFilter DEFLATE
    Alias "/beta/me/profile" "${{GP_PUBLIC}}/htdocs"
    Alias "/denied" "${{GP_PUBLIC}}"
    AliasMatch "^/.*" "${{GP_PUBLIC}}/htdocs/file.txt"
    <Directory "${{GP_PUBLIC}}/htdocs">
        Require all granted
    </Directory>""",
}


class Upstream(BaseHTTPRequestHandler):
    """Answers with the request that reached it; or switches to WebSocket (RFC 6455) and echoes."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        if self.headers.get("Upgrade", "").lower() == "websocket":
            key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept",
                             base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            self.end_headers()
            while data := self.connection.recv(1000):
                self.connection.sendall(data)
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        content = json.dumps({"upstream": f"{self.command} {self.path} {body}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        pass


class Host:
    """A virtual host of a server, which tests use like a server."""

    def __init__(self, server, name, scheme="http"):
        self.state = server.state
        self.port = free_port()
        self.url = f"{scheme}://{NAME if scheme == 'https' else '127.0.0.1'}:{self.port}"
        self.lines = (f'Listen 127.0.0.1:{self.port}\n<VirtualHost 127.0.0.1:{self.port}>\n'
                      f'ServerName {self.url}\n{HOSTS[name]}\n</VirtualHost>\n')


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    with ExitStack() as ends:
        upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        upstream.daemon_threads = True
        ends.callback(upstream.server_close)
        ends.callback(upstream.shutdown)
        threading.Thread(target=upstream.serve_forever, daemon=True).start()

        server = Server(state / "neighbours", module, sanitizers)
        ends.callback(server.stop)
        server.postgres.create_database("second")
        server.pem = make_certificate(server.state)
        server.hosts = {name: Host(server, name, "https" if name == "serving" else "http")
                        for name in HOSTS}
        server.httpd.extra = "".join(
            f'LoadModule {name}_module "${{GP_MODULES}}/mod_{name}.so"\n' for name in MODULES) + "".join(
            host.lines for host in server.hosts.values()).format(
                up=upstream.server_port, pem=server.pem, answers="".join(
                    f'RewriteRule "^/beta/answered/{status}$" "-" [R={status}]\n' for status in STATUSES))
        server.start()
        server.cursors = {name: ends.enter_context(server.connect(database=name)).cursor()
                          for name in ("graphprofile", "second")}
        yield server


@pytest.fixture
def guest(shared):
    """Makes a user of one of the hosts; the rows are looked up in that host's database."""
    shared.log.mark()

    def make(host="main", database="graphprofile", **options):
        user = User(shared if host == "main" else shared.hosts[host], shared.cursors[database],
                    **options)
        user.session.verify = str(shared.pem)
        return user

    yield make
    shared.log.check()


def assert_served(user):
    """The full life cycle, with every spelling of the path."""
    base = user.server.url + user.root
    made = user.post({"isCurrent": True})
    assert made.status == 201 and made.headers["Location"].startswith(base + "/users(")
    id_ = made.json["id"]
    for path in (f"/me/profile/positions/{id_}", f"/ME/profile/positions('{id_}')",
                 f"/users/{user.id}/profile/positions/{id_}/"):
        assert user.get(path).json == made.json
    page = user.get(headers={"Prefer": "odata.maxpagesize=1"})
    assert [entity["id"] for entity in page.json["value"]] == [id_]
    assert user.patch(id_, {"isCurrent": False}).json["isCurrent"] is False
    assert [row[0] for row in user.rows()] == [id_]
    assert user.get("/$metadata").status == user.get("/").status == 200
    assert user.request("OPTIONS").headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert user.request("PUT").error["code"] == "MethodNotAllowed"
    assert user.get("/me/profile/positions?$top=x").error["code"] == "BadRequest"
    assert user.get(token="").error["code"] == "InvalidAuthenticationToken"
    assert user.delete(id_).status == 204 and user.rows() == []


# ---- inside of a proxy ----

@pytest.mark.parametrize("host, root", [("proxying", "/beta"), ("proxying", "/v1.0"),
                                        ("rewriting", "/beta"), ("serving", "/beta")])
def test_positions_are_ours(guest, host, root):
    assert_served(guest(host, "second" if host == "serving" else "graphprofile", root=root))


@pytest.mark.http1
@pytest.mark.parametrize("status", STATUSES)
def test_the_statuses_after_which_httpd_closes_the_connection(guest, status):
    """docs/errors.md lists these statuses. Here another module answers with them."""
    [closing] = re.findall(r"(?m)^After ([\d, ]+ and \d+), httpd closes the connection\.$", ERRORS)
    with Raw(None, port=guest("rewriting").server.port) as raw:
        answer = raw.send(f"GET /beta/answered/{status} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).answer()
    assert answer.status == status
    assert ("close" in answer.headers.get("Connection", "")) == (str(status) in closing)


OTHERS = {
    "proxying": ("/", "/index.html", "/me/profile/positions", "/betamax/me/profile/positions",
                 "/BETA/me/profile/positions", "/x/beta/me/profile/positions?$filter=a%20b",
                 "/beta/me", "/beta/me/profile/skills", "/v1.0/users/x", "/beta/me/profile/positions2"),
    "rewriting": ("/", "/me/profile/positions", "/BETA/me/profile/positions?a=b"),
}


@pytest.mark.parametrize("host, path", [(host, path) for host in OTHERS for path in OTHERS[host]])
def test_other_paths_go_to_the_upstream(guest, host, path):
    user = guest(host)
    for method in ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"):
        body = "sent" if method in ("POST", "PATCH", "PUT") else None
        answer = user.request(method, path, data=body, root="")
        assert answer.status == 200, method
        if method != "HEAD":
            assert answer.json == {"upstream": f"{method} {path} {body or ''}"}


@pytest.mark.parametrize("path", ["/tunnel/x", "/chat", "/beta/me/chat"])
def test_websockets_pass(guest, shared, path):
    """By mod_proxy_wstunnel, by mod_proxy_http's upgrade, and below a service root."""
    user = guest("proxying")
    key = base64.b64encode(os.urandom(16)).decode()
    with Raw(shared, port=user.server.port) as raw:
        raw.send((f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Authorization: Bearer {user.token}\r\n"
                  f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        answer = raw.answer()
        assert answer.status == 101 and answer.headers["Sec-WebSocket-Accept"]
        for frame in (b"\x81\x85\x01\x02\x03\x04ignmn", b"\x82\xfe\x01\x00\x00\x00\x00\x00" + bytes(256)):
            raw.send(frame)
            assert raw.file.read(len(frame)) == frame


def test_an_upgrade_of_ours_is_ignored(guest, shared):
    """A position is not a websocket."""
    user = guest("proxying")
    with Raw(shared, port=user.server.port) as raw:
        raw.send((f"GET /beta/me/profile/positions HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nAuthorization: Bearer {user.token}\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n").encode())
        answer = raw.answer()
        assert answer.status == 200 and answer.json["value"] == []


@pytest.mark.parametrize("host", ["proxying", "rewriting", "main"])
def test_options_of_the_server(guest, shared, host):
    """Core answers `OPTIONS *`, which is not a path of the module."""
    port = guest(host).server.httpd.port if host == "main" else shared.hosts[host].port
    with Raw(shared, port=port) as raw:
        answer = raw.send(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").answer()
        assert answer.status == 200 and answer.content == b""
        assert "OData-Version" not in answer.headers


def test_a_redirect_comes_first(guest):
    user = guest("rewriting")
    answer = user.get("/me/profile/positions?$top=1", root="/old")
    assert answer.status == 307
    assert answer.headers["Location"] == user.server.url + "/beta/me/profile/positions?$top=1"


# ---- beside files ----

def test_files_stay_what_they_are(guest):
    user = guest("serving", "second")
    for path in ("/", "/x", "/beta/me/profile/file.txt", "/BETA/me/profile/positions"):
        answer = user.get(path, root="")
        assert (answer.status, answer.content) == (200, b"a file\n"), path
    assert user.get("/denied/", root="").status == 403


# ---- several roots, hosts and databases ----

def test_two_roots_show_the_same_positions(guest):
    user = guest("proxying")
    made = user.create({"isCurrent": True}, root="/v1.0")
    assert made["@odata.context"].startswith(user.server.url + "/v1.0/$metadata#")
    seen = user.read(made["id"])
    assert seen["@odata.context"] == made["@odata.context"].replace("/v1.0/", "/beta/")
    assert seen == {**made, "@odata.context": seen["@odata.context"]}
    pages = user.create() and user.get(headers={"Prefer": "odata.maxpagesize=1"}, root="/v1.0").json
    assert pages["@odata.nextLink"].startswith(user.server.url + "/v1.0/me/profile/positions?")


def test_two_hosts_have_two_databases(guest, shared):
    first = guest("main")
    second = guest("serving", "second", id=first.id)
    made = [(user.create(), user) for user in (first, second, second)]
    for user, count in ((first, 1), (second, 2)):
        mine = [entity["id"] for entity, owner in made if owner is user]
        assert [row[0] for row in user.rows()] == mine and len(mine) == count
        assert [entity["id"] for entity in user.get().json["value"]] == mine
    assert second.get(f"/me/profile/positions/{made[0][0]['id']}").status == 404
    # Concurrently, on the connections of both pools.
    assert first.patch(made[0][0]["id"], {"isCurrent": True}).status == 200
    assert second.patch(made[1][0]["id"], {"isCurrent": True}).status == 200
    assert [len(user.rows()) for user in (first, second)] == [1, 2]


def test_tls_and_compression(guest):
    user = guest("serving", "second")
    made = user.post({"detail": {"summary": "x" * 5000}})
    assert made.headers["Content-Encoding"] == "gzip" and len(made.json["detail"]["summary"]) == 5000
    assert made.headers["Location"].startswith("https://")
    tag = made.headers["ETag"]
    assert user.get(f"/me/profile/positions/{made.json['id']}", headers={"If-None-Match": tag}).status == 304
    assert user.patch(made.json["id"], {}, headers={"If-Match": tag}).status == 200
