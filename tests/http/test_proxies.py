# SPDX-License-Identifier: Apache-2.0
"""The public URL: the URLs in answers, directly and behind proxies that terminate TLS."""

from contextlib import closing

import pytest
from lib.client import Raw, User
from dev.httpd import free_port
from lib.frontends import FrontEnd, documented, make_certificate
from lib.server import Server

CLIENT = "203.0.113.7"
X_HEADERS = "X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port"
ROOT = """
<Location "/{root}">
    GraphProfile On
    GraphProfileScopes "%{{reqenv:OIDC_CLAIM_scp}}"
    {directives}
    AuthType oauth20
    Require valid-user
</Location>
"""
# Values that a client may send in the hope that an answer repeats them.
SPOOFED = {
    "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "666", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Server": "evil.example",
    "X-Forwarded-For": "203.0.113.66", "Forwarded": "host=evil.example;proto=https",
    "X-Original-URL": "/evil", "X-Rewrite-URL": "/evil", "X-Host": "evil.example",
    "Referer": "http://evil.example/", "Origin": "http://evil.example",
}


@pytest.fixture(scope="module")
def proxied(state, module, sanitizers, sanitizer_reports):
    server = Server(state / "proxied", module, sanitizers)
    server.wrapped = free_port()
    for old in ("192.0.2.10", X_HEADERS):
        assert old in documented("apache")
    server.httpd.extra = (
        'LoadModule remoteip_module "${GP_MODULES}/mod_remoteip.so"\n'
        + documented("apache").replace("192.0.2.10", "127.0.0.1")
        + f"Listen 127.0.0.1:{server.wrapped}\n<VirtualHost 127.0.0.1:{server.wrapped}>\n"
          "    ServerName http://wrapped.example\n    RemoteIPProxyProtocol On\n</VirtualHost>\n"
        + ROOT.format(root="none", directives="GraphProfileForwarded none")
        + ROOT.format(root="based", directives="GraphProfileBaseURL https://api.example.com/x")
        + ROOT.format(root="rfc7239", directives="GraphProfileForwarded Forwarded")
        + ROOT.format(root="prefixed",
                      directives=f"GraphProfileForwarded {X_HEADERS} X-Forwarded-Prefix"))
    try:
        server.start()
        with closing(server.connect()) as connection, connection.cursor() as server.cursor:
            yield server
    finally:
        server.stop()


@pytest.fixture
def caller(proxied):
    proxied.log.mark()
    yield User(proxied, proxied.cursor)
    proxied.log.check()


def answers(user, headers):
    """Answers of every kind, errors of every origin among them."""
    def ask(method, path, *body, **options):
        return user.request(method, path, *body, **{
            **options, "headers": {**headers, **options.get("headers", {})}})

    collection = "/me/profile/positions"
    made = [ask("POST", collection, {"isCurrent": True}) for _ in range(2)]
    one = f"{collection}/{made[0].json['id']}"
    yield from made
    yield ask("POST", collection + "/$ref", {})
    yield ask("POST", collection, {}, headers={"Prefer": "return=minimal"})
    yield ask("GET", collection, headers={"Prefer": "odata.maxpagesize=1"})
    yield ask("GET", one, headers={"Accept": "application/json;odata.metadata=full"})
    yield ask("PATCH", one, {"isCurrent": False})
    yield ask("GET", "/")
    yield ask("GET", "/$metadata")
    yield ask("OPTIONS", collection)
    for status, answer in (
            (400, ask("POST", collection, data="{")), (400, ask("GET", collection + "?$top=x")),
            (401, ask("GET", collection, token="")), (401, ask("GET", collection, token="evil")),
            (403, ask("GET", "/users/nobody@contoso.example/profile/positions")),
            (404, ask("GET", one[:-1] + "/")), (404, ask("GET", "/nowhere")),
            (405, ask("PUT", one)), (406, ask("GET", one, headers={"Accept": "text/html"})),
            (412, ask("DELETE", one, headers={"If-Match": '"x"'})),
            (415, ask("POST", collection, data="x", headers={"Content-Type": "text/plain"}))):
        assert answer.status == status, answer.content
        yield answer
    yield ask("DELETE", one)


def assert_public(user, base, headers, without=()):
    """All URLs of all answers begin with base, and no answer contains a spoofed value."""
    headers = {name: value for name, value in headers.items() if name not in without}
    locations = 0
    for answer in answers(user, headers):
        text = answer.content.decode() + "".join(f"{k}: {v}\n" for k, v in answer.headers.items())
        assert "evil" not in text.lower() and ":666" not in text and "203.0.113" not in text
        for name in ("Location", "OData-EntityId"):
            if name in answer.headers:
                assert answer.headers[name].startswith(f"{base}/users('{user.id}')/profile/positions(")
                locations += 1
        if answer.content[:1] == b"{" and answer.status < 400:
            for name, value in answer.json.items():
                if name in ("@odata.context", "@odata.nextLink", "@odata.id"):
                    assert value.startswith(base + "/"), (name, value)
    assert locations == 5


def follow(user, base, **options):
    """Follow the URLs of answers, to the end of the list and to each position."""
    path, seen = "/me/profile/positions", []
    while path:
        page = user.get(path, headers={"Prefer": "odata.maxpagesize=2"}, **options).json
        seen += [entity["id"] for entity in page["value"]]
        path = page.get("@odata.nextLink", base)[len(base):]
    made = user.post({}, **options)
    location = made.headers["Location"]
    assert location.startswith(base)
    assert user.get(location[len(base):], **options).json == made.json
    return seen


# ---- directly ----

@pytest.mark.parametrize("root, base", [("/beta", None), ("/none", None), ("/rfc7239", None),
                                        ("/prefixed", None), ("/based", "https://api.example.com/x")])
def test_a_client_that_comes_directly_changes_nothing(caller, root, base):
    """It is not a trusted proxy, and sends no X-Forwarded-For that would make it look like one."""
    caller.root = root
    assert_public(caller, base or caller.server.url + root, SPOOFED, without=("X-Forwarded-For",))


def test_absolute_urls_of_a_request_change_nothing(caller):
    for target, headers in (("http://evil.example", "Host: 127.0.0.1"),
                            ("http://evil.example", "Host: evil.example"), ("", "Host: evil.example")):
        with Raw(caller.server) as raw:
            raw.send((f"POST {target}/beta/me/profile/positions HTTP/1.1\r\n{headers}\r\n"
                      f"Authorization: Bearer {caller.token}\r\nContent-Type: application/json\r\n"
                      "Content-Length: 2\r\n\r\n{}").encode())
            answer = raw.answer()
            assert answer.status == 201 and b"evil" not in answer.content
            assert answer.headers["Location"].startswith(caller.server.url + "/beta/")


def test_a_peer_that_is_no_proxy_changes_nothing(caller):
    """All headers of a proxy, from an address that is not a proxy's."""
    server = caller.server
    with Raw(server, source="127.0.0.2") as raw:
        raw.start_post(caller, "Content-Length: 2", *(
            f"{name}: {value}" for name, value in SPOOFED.items() if name != "Host"))
        answer = raw.send(b"{}").answer()
    assert answer.status == 201 and b"evil" not in answer.content
    assert answer.headers["Location"].startswith(server.url + "/beta/")
    [line] = server.log.find("ignored the forwarded headers")
    assert "mod_remoteip does not trust the sender" in line


def test_the_proxy_protocol_vouches_for_no_header(caller):
    """Its sender passes on the headers of the client."""
    with Raw(caller.server, port=caller.server.wrapped) as raw:
        raw.send(f"PROXY TCP4 {CLIENT} 127.0.0.1 4711 80\r\n".encode())
        raw.start_post(caller, "Content-Length: 2", "X-Forwarded-Host: evil.example",
                       f"X-Forwarded-For: {CLIENT}")
        answer = raw.send(b"{}").answer()
    assert answer.status == 201 and b"evil" not in answer.content
    assert answer.headers["Location"].startswith(
        f"http://wrapped.example:{caller.server.wrapped}/beta/")


# ---- from a trusted proxy ----

TOLD = [
    ("/beta", {"Proto": "https", "Host": "api.example.com"}, "https://api.example.com"),
    ("/beta", {"Proto": "HTTPS", "Host": "API.example.com:8443"}, "https://api.example.com:8443"),
    ("/beta", {"Proto": "https", "Host": "api.example.com", "Port": "8443"},
     "https://api.example.com:8443"),
    ("/beta", {"Proto": "https", "Host": "api.example.com:80", "Port": "443"}, "https://api.example.com"),
    ("/beta", {"Proto": "http", "Host": "[2001:db8::1]:80"}, "http://[2001:db8::1]"),
    ("/beta", {"Proto": "https"}, "https://127.0.0.1"),
    ("/beta", {"Host": "api.example.com"}, "http://api.example.com"),
    ("/beta", {"Port": "81"}, "http://127.0.0.1:81"),
    ("/beta", {"Host": "api.example.com", "Prefix": "/evil"}, "http://api.example.com"),
    ("/prefixed", {"Proto": "https", "Host": "api.example.com", "Prefix": "/graph/"},
     "https://api.example.com/graph"),
    ("/prefixed", {"Prefix": "/graph"}, None),
    ("/none", {"Proto": "https", "Host": "evil.example"}, None),
    ("/rfc7239", {"Proto": "https", "Host": "evil.example"}, None),
    ("/rfc7239", {"Forwarded": f'for={CLIENT};proto=https;host="api.example.com:8443"'},
     "https://api.example.com:8443"),
    ("/beta", {"Forwarded": "host=evil.example"}, None),
    ("/based", {"Proto": "http", "Host": "evil.example"}, "https://api.example.com/x"),
]


@pytest.mark.parametrize("root, told, origin", TOLD)
def test_headers_from_a_proxy(caller, root, told, origin):
    headers = {name if name == "Forwarded" else f"X-Forwarded-{name}": value
               for name, value in told.items()}
    answer = caller.post({}, headers={"X-Forwarded-For": CLIENT, **headers}, root=root)
    origin = (origin or caller.server.url) + ("/graph" if root == "/prefixed" and not origin else "")
    base = origin if root == "/based" else origin + root
    assert answer.headers["Location"].startswith(base + "/users("), answer.headers
    assert answer.json["@odata.context"].startswith(base + "/$metadata#")
    assert not caller.server.log.find("do not count", timeout=0)


ODD = [
    ("/beta", {"X-Forwarded-Host": "evil.example, api.example.com"}),
    ("/beta", {"X-Forwarded-Host": "evil.example/x"}),
    ("/beta", {"X-Forwarded-Host": "evil.example:x"}),
    ("/beta", {"X-Forwarded-Host": 'evil.example"},"evil":"'}),
    ("/beta", {"X-Forwarded-Host": "evil.example\\r\\n"}),
    ("/beta", {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"}),
    ("/beta", {"X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "0"}),
    ("/prefixed", {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "//evil"}),
    ("/rfc7239", {"Forwarded": "host=evil.example, host=api.example.com"}),
]


@pytest.mark.parametrize("root, headers", ODD)
def test_malformed_forwarded_headers_are_ignored(caller, root, headers):
    """Not even the valid parts count; one line for each request reports it."""
    answer = caller.post({}, headers={"X-Forwarded-For": CLIENT, **headers}, root=root)
    assert answer.status == 201 and b"evil" not in answer.content
    assert answer.headers["Location"].startswith(caller.server.url + root + "/users(")
    [line] = caller.server.log.find("ignored the forwarded headers")
    assert "it is malformed or a list of several" in line


def test_two_headers_of_a_name_are_a_list(caller):
    with Raw(caller.server) as raw:
        raw.start_post(caller, "Content-Length: 2", f"X-Forwarded-For: {CLIENT}",
                       "X-Forwarded-Host: api.example.com", "X-Forwarded-Host: evil.example")
        answer = raw.send(b"{}").answer()
    assert answer.headers["Location"].startswith(caller.server.url + "/beta/users(")


# ---- behind real proxies ----

@pytest.fixture(scope="module")
def certificate(proxied):
    return make_certificate(proxied.state)


@pytest.fixture(scope="module", params=["httpd", "nginx", "haproxy"])
def front(request, proxied, certificate):
    front = FrontEnd(request.param, proxied, certificate)
    front.certificate = certificate
    yield front
    front.stop()


@pytest.fixture
def visitor(caller, front):
    """A user whose requests pass through the proxy."""
    visitor = User(front, caller.database)
    visitor.session.verify = str(front.certificate)
    return visitor


@pytest.mark.parametrize("headers", [{}, SPOOFED], ids=["plain", "spoofed"])
@pytest.mark.parametrize("root, base", [("/beta", None), ("/based", "https://api.example.com/x")])
def test_behind_a_proxy(visitor, root, base, headers):
    visitor.root = root
    assert_public(visitor, base or visitor.server.url + root, headers)
    if not base:
        assert len(follow(visitor, visitor.server.url + root)) == 3


@pytest.mark.parametrize("id", ["o'brien#?/ %41+é {}", "HTTP/{}@REALM", "a//{}/../b/./c", "../{}", "a%2F{}", "a\\{};b&c=d"])
def test_the_proxy_passes_requests_unchanged(visitor, id):
    """Keys of all sorts, conditions, and a large body."""
    somebody = User(visitor.server, visitor.database, id=id.format(visitor.id), upn=None)
    somebody.session.verify = visitor.session.verify
    text = "x" * 60000
    made = somebody.post({"detail": {"summary": text}})
    location = made.headers["Location"]
    assert location.startswith(visitor.server.url + "/beta/users(")
    path = location[len(visitor.server.url + "/beta"):]
    assert somebody.get(path).json == made.json and made.json["detail"]["summary"] == text
    assert somebody.get(path, headers={"If-None-Match": made.headers["ETag"]}).status == 304
    assert somebody.request("PATCH", path, {}, headers={"If-Match": '"x"'}).status == 412
    full = somebody.get(path, headers={"Accept": "application/json;odata.metadata=full"})
    assert full.json["@odata.id"] == location
    assert somebody.request("DELETE", path, headers={"If-Match": made.headers["ETag"]}).status == 204


def test_a_proxy_that_takes_a_prefix_off(caller, proxied, certificate):
    front = FrontEnd("nginx", proxied, certificate, lambda lines: lines.replace(
        "location / {", "location /graph/ {").replace(":8080;", ":8080/;").replace(
        "proxy_set_header X-Forwarded-Proto", "proxy_set_header X-Forwarded-Prefix /graph;\n"
        "proxy_set_header X-Forwarded-Proto"))
    try:
        visitor = User(front, caller.database, root="/graph/prefixed")
        visitor.session.verify = str(certificate)
        base = front.url + "/graph/prefixed"
        assert_public(visitor, base, SPOOFED)
        assert len(follow(visitor, base)) == 3
    finally:
        front.stop()
