# SPDX-License-Identifier: Apache-2.0
"""Correlation of a request with other traces and logs: traceparent, Server-Timing, logs as JSON."""

import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib.client import Raw, User, wait_for_lock, wait_until
from lib.outage import AWAY, DBD, be_patient, wait_until_served
from lib.server import ROOT, Server
from dev.httpd import free_port

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
MONITORING = (ROOT / "docs/monitoring.md").read_text()
# The formats that docs/monitoring.md recommends, and the files for conf/json-logs.conf.
FORMATS = "\n".join(re.findall(r"(?m)^    ((?:ErrorLogFormat|LogFormat) .*trace.*)", MONITORING))
JSON = (ROOT / "conf/json-logs.conf").read_text().replace("/etc/graphprofile/", f"{ROOT}/conf/").replace(
    "/var/log/apache2/", "${GP_STATE}/")
# The error log of the main server stays as the tests need it.
JSON_ERRORS = "\n".join(line for line in JSON.splitlines() if line.startswith("ErrorLog"))
JSON_REQUESTS = "\n".join(line for line in JSON.splitlines() if not line.startswith("ErrorLog"))
TIMED = "GraphProfileServerTiming On"


@pytest.fixture(scope="module")
def json_port():
    return free_port()


@pytest.fixture(scope="module")
def traced(state, module, sanitizers, sanitizer_reports, json_port):
    timed = "\n".join(f"""
        <Location "/{name}">
            GraphProfile On
            GraphProfileServerTiming {on}
            GraphProfileAllowOrigin *
            GraphProfileAnonymous On
            {access}
        </Location>""" for name, on, access in (
            ("timed", "On", "AuthType oauth20\nRequire valid-user"),
            ("timed-open", "On", "Require all granted"),
            ("untimed", "Off", "AuthType oauth20\nRequire valid-user")))
    with Server(state / "trace", module, sanitizers, f"""
        {FORMATS}
        CustomLog "${{GP_STATE}}/traced_log" graphprofile-trace
        {timed}
        <Location "/documents">
            GraphProfile On
            ErrorDocument 400 /error.txt
            AuthType oauth20
            Require valid-user
        </Location>
        Listen 127.0.0.1:{json_port}
        <VirtualHost 127.0.0.1:{json_port}>
            CustomLog "${{GP_STATE}}/log_of_the_host" graphprofile-trace
            {JSON_ERRORS}
        </VirtualHost>
        {JSON_REQUESTS}
        <Location "/error.txt">
            Require all granted
        </Location>
    """) as server:
        be_patient(server)
        yield server


@pytest.fixture
def somebody(traced):
    with traced.connect() as connection:
        user = User(traced, connection.cursor())
        wait_until_served(user)
        traced.log.mark()
        yield user
        traced.log.check()


def trace(version="00", flags="01", more=""):
    """A traceparent of a new trace; and its trace id."""
    id = secrets.token_hex(16)
    return f"{version}-{id}-{PARENT}-{flags}{more}", id


# ---- traceparent ----

def logged(server, id):
    """Lines of the access log with this trace; httpd writes them when a request is over."""
    path = server.state / "traced_log"
    wait_until(lambda: id in path.read_text())
    return [line for line in path.read_text().splitlines() if id in line]


def get_with(user, headers):
    """GET with these lines among the headers, verbatim."""
    with Raw(user.server) as raw:
        lines = ["GET /beta/me/profile/positions HTTP/1.1", "Host: x", f"Authorization: Bearer {user.token}", *headers]
        return raw.send(("\r\n".join(lines) + "\r\n\r\n").encode()).answer()


def test_a_trace_is_in_every_log(somebody):
    """The line of the write, the line of a refusal, a line of another module, and the access log."""
    sent, id = trace()
    made = somebody.post({}, headers={"traceparent": sent})
    assert made.status == 201
    [line] = somebody.server.log.find("created owner=")
    assert line.rstrip().endswith(f"trace-id={id}") and f"[trace {id}]" in line
    [line] = logged(somebody.server, id)
    assert " 201 " in line and line.endswith(f" create {sent}")
    refused = trace()
    assert somebody.post({"x": 1}, headers={"traceparent": refused[0]}).status == 400
    [line] = somebody.server.log.find("400 BadRequest")
    assert line.rstrip().endswith(f"trace-id {refused[1]}")
    forged = trace()
    assert somebody.post({}, headers={"traceparent": forged[0]}, token="forged").status == 401
    lines = [line for line in somebody.server.log.lines() if f"[trace {forged[1]}]" in line]
    assert [line for line in lines if "[auth_openidc:" in line]
    assert [line for line in lines if "401 InvalidAuthenticationToken" in line and f"trace-id {forged[1]}" in line]


def test_a_trace_outlives_an_error_document(somebody):
    """An internal redirect has its own notes."""
    sent, id = trace()
    answer = somebody.post({"x": 1}, root="/documents", headers={"traceparent": sent})
    assert answer.status == 400 and b"administrator" in answer.content
    [line] = logged(somebody.server, id)
    assert line.endswith(f" create {sent}")


@pytest.mark.http1
@pytest.mark.parametrize("version, flags, more, noted", [
    ("00", "00", "", "00"), ("cc", "09", "-more", "01"), ("  00", "01", "  ", "01")],
    ids=["not sampled", "a version to come", "spaces around"])
def test_a_trace_is_noted_in_the_known_form(somebody, version, flags, more, noted):
    sent, id = trace(version, flags, more)
    assert get_with(somebody, [f"traceparent: {sent}"]).status == 200
    [line] = logged(somebody.server, id)
    assert line.endswith(f" list 00-{id}-{PARENT}-{noted}")


@pytest.mark.parametrize("version, flags, more", [
    ("ff", "01", ""), ("00", "01", "-"), ("00", "1", ""), ("00", "0G", ""), ("0", "01", ""),
    ("00", "01", ", 00-" + TRACE + "-" + PARENT + "-01")])
def test_malformed_traces_are_ignored(somebody, version, flags, more):
    sent, id = trace(version, flags, more)
    made = somebody.post({}, headers={"traceparent": sent})
    assert made.status == 201
    [line] = somebody.server.log.find("created owner=")
    assert line.rstrip().endswith("trace-id=-") and "[trace" not in line
    path = somebody.server.state / "traced_log"
    wait_until(lambda: made.headers["request-id"] in path.read_text())
    assert id not in path.read_text() and TRACE not in path.read_text()


@pytest.mark.http1
def test_two_traces_are_none(somebody):
    (first, id), (second, other) = trace(), trace()
    answer = get_with(somebody, [f"traceparent: {first}", f"traceparent: {second}"])
    assert answer.status == 200
    path = somebody.server.state / "traced_log"
    wait_until(lambda: answer.headers["request-id"] in path.read_text())
    assert id not in path.read_text() and other not in path.read_text()


# ---- Server-Timing ----

def times(answer):
    header = answer.headers.get("Server-Timing")
    if header is None:
        return None
    assert re.fullmatch(r"db;dur=\d+\.\d{3}, db-wait;dur=\d+\.\d{3}, total;dur=\d+\.\d{3}", header)
    return [float(number) for number in re.findall(r"dur=([\d.]+)", header)]


def test_answers_report_the_time_of_the_database(somebody):
    id = somebody.create()["id"]
    item = f"/me/profile/positions/{id}"
    etag = somebody.get(item).headers["ETag"]
    for method, path, options, status in (
            ("GET", item, {}, 200), ("GET", "/me/profile/positions", {}, 200), ("PATCH", item, {"body": {}}, 200),
            ("GET", item, {"headers": {"If-None-Match": etag}}, 304),
            ("GET", item[:-12] + "0" * 12, {}, 404), ("DELETE", item, {}, 204)):
        answer = somebody.request(method, path, root="/timed", **options)
        assert answer.status == status
        database, wait, total = times(answer)
        assert 0 < database < total and 0 <= wait < total, (method, path)
        assert "Server-Timing" not in answer.headers.get("Access-Control-Expose-Headers", "")
        assert "Timing-Allow-Origin" not in answer.headers


@pytest.mark.measures_time
def test_a_wait_in_the_database_is_said(somebody):
    with somebody.server.connect() as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(somebody.get, root="/timed")
            wait_for_lock(somebody.server)
            time.sleep(0.2)
            connection.rollback()
            answer = answer.result()
    database, _, total = times(answer)
    assert answer.status == 200 and 200 < database < total


def test_only_authenticated_callers_get_times(somebody):
    """A caller who must not learn which users exist must not learn the time of the look-up, either."""
    path = f"/users/{somebody.id}/profile/positions"
    somebody.create({"allowedAudiences": "everyone"})
    answer = somebody.get(path, root="/timed-open", token="")
    assert answer.status == 200 and times(answer) is None
    assert times(somebody.get(path, root="/timed")) is not None
    answer = somebody.get(path, root="/timed", token="forged")
    assert answer.status == 401 and times(answer) is None
    for root in ("/untimed", "/beta"):
        answer = somebody.get(path, root=root)
        assert answer.status == 200 and times(answer) is None


# ---- JSON ----

def test_debian_rotates_the_logs_of_every_page_and_sample():
    """Its logrotate takes *.log in /var/log/apache2."""
    files = [*(ROOT / "conf").glob("*.conf"), *(ROOT / "docs").glob("*.md")]
    logs = [line for file in files for line in re.findall(r"(?m)^ *((?:Error|Custom|Global)Log .*)", file.read_text())]
    assert len(logs) >= 5
    for line in logs:
        assert re.search(r"(/var/log/apache2|\$\{APACHE_LOG_DIR\})/[\w-]+\.log\"", line), line
        assert not line.startswith("CustomLog"), line  # it does not cover hosts with a CustomLog of their own


HOSTILE = ['quote " quote', "back\\slash \\x41 \\\" \\n", 'both \\" \\\\', "é €", '"}', "tab\there"]


@pytest.fixture
def hostile(somebody, json_port):
    """A user at a host whose error log is JSON; its CustomLog, as in Debian's default host, turns off those of the
    main server."""
    port, somebody.server.httpd.port = somebody.server.httpd.port, json_port
    yield somebody
    somebody.server.httpd.port = port


def objects(server, name, needle):
    """All lines of a log, each of them one JSON object; waits until one of them contains this text."""
    path = server.state / name
    wait_until(lambda: path.exists() and needle in path.read_text())
    text = path.read_bytes().decode("ascii")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def as_httpd_writes(text):
    """httpd's own escapes: for bytes other than printable ASCII, and for the backslash."""
    names = {9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}
    return "".join(names.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")
                   for byte in text.encode())


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_logs_are_json_with_any_content(hostile, name):
    server = hostile.server
    sent, id = trace()
    owner = name.replace("\t", " ") + secrets.token_hex(8)  # an id cannot have a control character
    user = User(server, hostile.database, id=owner)
    made = user.post({}, headers={"traceparent": sent, "User-Agent": name.encode().decode("latin-1")})
    assert made.status == 201
    request_id = made.headers["request-id"]
    [line] = [line for line in objects(server, "access-json.log", request_id) if line["request_id"] == request_id]
    # In an access log, httpd's escapes are those of JSON, except \\x.
    assert line["user"] == re.sub(r"\\\\", r"\\", as_httpd_writes(owner)) and line["status"] == 201
    assert line["trace_id"] == id and line["operation"] == "create" and int(line["db_time"]) > 0
    assert line["user_agent"] == re.sub(r"\\\\", r"\\", as_httpd_writes(name)).replace("\\t", "\t")
    [line] = [line for line in objects(server, "positions-json.log", request_id) if line["request_id"] == request_id]
    assert line["owner"] == re.sub(r"\\\\", r"\\", as_httpd_writes(owner))
    assert line["etag_before"] == "-" and line["id"] == made.json["id"]
    [line] = [line for line in objects(server, "error-json.log", request_id) if request_id in line["message"]]
    assert line["module"] == "graphprofile" and line["level"] == "info" and line["trace_id"] == id
    assert line["message"].startswith("created owner=") and line["client"].startswith("127.0.0.1:")
    assert not any("\t" in str(value) for value in line.values())


def test_messages_of_other_modules_are_json_too(hostile):
    """libpq's messages contain quotes; the client's text may contain anything."""
    server = hostile.server
    server.log.allow(DBD)
    server.postgres.stop("fast")
    try:
        wait_until(lambda: hostile.get().status == 503)
    finally:
        server.postgres.start_server()
    assert hostile.get(f"/users/{'%22%5C' * 3}/profile/positions?$filter=\"\\").status in (400, 503)
    [line, *_] = [line for line in objects(server, "error-json.log", "cannot be reached")
                  if re.search(AWAY, line["message"])]
    assert '"' in line["message"] and line["module"] == "graphprofile" and line["level"] == "error"
    assert "trace_id" not in line
