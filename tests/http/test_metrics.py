# SPDX-License-Identifier: Apache-2.0
"""The metrics for Prometheus: each number changes by exactly the work done; alerts and dashboard work with
them."""

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from lib.client import wait_for_lock, wait_until
from lib.outage import AWAY, DBD, ONE_CHILD, Victim, be_patient, terminate, wait_until_served
from lib.processes import children
from lib.server import ROOT, Server
from dev.httpd import free_port
from test_status import OPERATIONS, STATUS, fetch, numbers, requests_in_the_database, timeouts

MONITORING = ROOT / "conf/monitoring"
METRICS = """
<Location "/metrics">
    SetHandler graphprofile-metrics
    Require all granted
</Location>
DBDMax 2
DBDKeep 2
GraphProfileQueueTimeout 300ms
"""


@pytest.fixture(scope="module")
def measured(state, module, sanitizers, sanitizer_reports):
    with Server(state / "metrics", module, sanitizers, STATUS + METRICS) as server:
        be_patient(server)
        yield server


@pytest.fixture
def user(measured):
    user = Victim(measured)
    wait_until_served(user)
    measured.log.mark()
    yield user
    measured.log.check()


def text(server):
    answer = fetch(server, "/metrics")
    assert answer.status_code == 200
    return answer.text


def metrics(server):
    """Each sample by its name and labels."""
    return Counter({name: float(value) for name, value in
                    re.findall(r"(?m)^graphprofile_([^ #]+) ([^ ]+)$", text(server))})


def moved(server, before, *prefixes):
    """The changes since then in metrics with these prefixes, except durations."""
    now = metrics(server)
    return {name: now[name] - before[name] for name in now
            if now[name] != before[name] and (not prefixes or name.startswith(prefixes))}


def requests_moved(server, before):
    return moved(server, before, "requests_total")


def settled(user):
    """A request is counted when it is over, which may be after its answer was read; so each connection sends
    another request, which the module does not serve."""
    user.get("/me/elsewhere")
    return metrics(user.server)


def series(operation, status, count=1):
    return {f'requests_total{{operation="{operation}",status="{status}xx"}}': count}


def promtool(*arguments, **options):
    result = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False, **options)
    assert result.returncode == 0, result.stdout
    return result.stdout


# ---- the text ----

def test_promtool_accepts_the_metrics(user):
    user.create()
    assert promtool("check", "metrics", input=text(user.server)) == ""


def test_how_metrics_are_answered(user):
    for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405), ("DELETE", 405)):
        answer = fetch(user.server, "/metrics", method)
        assert answer.status_code == status, method
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = fetch(user.server, "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_label_comes_from_a_client(user):
    before = set(metrics(user.server))
    user.request("BREW", "/me/profile/positions/x?y=z", headers={"traceparent": "x", "User-Agent": "y"})
    user.get(f"/users/{user.id}/profile/positions")
    user.get("/me/profile/positions/$nothing")
    assert set(metrics(user.server)) == before
    labels = set(re.findall(r'(\w+)="([^"]*)"', text(user.server)))
    assert {name for name, _ in labels} == {"operation", "status", "le", "state", "version"}
    assert {value for name, value in labels if name == "operation"} == set(OPERATIONS)


def test_every_metric_is_documented(user):
    described = set(re.findall(r"(?m)^# HELP graphprofile_(\w+) \S", text(user.server)))
    typed = set(re.findall(r"(?m)^# TYPE graphprofile_(\w+) (?:counter|gauge|histogram)$", text(user.server)))
    documented = set(re.findall(r"(?m)^\| `graphprofile_(\w+)`", (ROOT / "docs/monitoring.md").read_text()))
    assert described == typed == documented


# ---- numbers ----

def test_numbers_move_by_exactly_what_was_done(user):
    """Requests by operation and status, their durations, statements; the same as ?auto."""
    server, before = user.server, settled(user)
    made = user.create()
    one = f"/me/profile/positions/{made['id']}"
    expected, statements = Counter(series("create", 2)), 1
    for operation, status, count, (method, path, options) in [
            ("create", 4, 0, ("POST", "/me/profile/positions", {"body": {"isCurrent": 1}})),
            ("list", 2, 1, ("GET", "/me/profile/positions", {})),
            ("read", 2, 1, ("GET", one, {})),
            ("read", 3, 1, ("GET", one, {"headers": {"If-None-Match": "*"}})),
            ("count", 2, 1, ("GET", "/me/profile/positions/$count", {})),
            ("update", 2, 2, ("PATCH", one, {"body": {"isCurrent": True}})),
            ("delete", 2, 1, ("DELETE", one, {})),
            ("delete", 4, 1, ("DELETE", one, {})),
            ("service", 2, 0, ("GET", "/", {})),
            ("metadata", 2, 0, ("GET", "/$metadata", {})),
            ("openapi", 2, 0, ("GET", "/openapi.json", {})),
            ("batch", 4, 0, ("POST", "/$batch", {"body": {}})),
            ("options", 2, 0, ("OPTIONS", one, {})),
            ("none", 4, 0, ("PUT", one, {}))]:
        answer = user.request(method, path, **options)
        assert answer.status // 100 == status, (method, path, answer.content)
        expected += Counter(series(operation, status))
        statements += count
    user.get("/me/elsewhere")
    assert requests_moved(server, before) == dict(expected)
    operations = Counter()
    for name, count in expected.items():
        operations[re.search('operation="([a-z]+)"', name)[1]] += count
    counts = moved(server, before, "request_duration_seconds_count")
    assert counts == {f'request_duration_seconds_count{{operation="{operation}"}}': count
                      for operation, count in operations.items()}
    assert counts == {name.replace("bucket", "count").replace(',le="+Inf"', ""): count for name, count in
                      moved(server, before, "request_duration_seconds_bucket").items() if 'le="+Inf"' in name}
    sums = moved(server, before, "request_duration_seconds_sum")
    assert len(sums) == len(operations) and sum(sums.values()) > 0
    now = metrics(server)
    assert now["db_statements_total"] - before["db_statements_total"] == statements
    time_ = now["db_statement_seconds_total"] - before["db_statement_seconds_total"]
    assert 0 < time_ < sum(sums.values())
    auto = numbers(server)
    for key, name in (("Statements", "db_statements_total"), ("Connects", "db_connects_total"),
                      ("Retries", "db_statement_retries_total"), ("BatchedStatements", "db_batch_size_sum"),
                      ("Batches", "db_batch_size_count"), ("ConnectionsMax", "db_connections_max"),
                      ("Processes", "processes")):
        assert auto[key] == now[name], key


@pytest.mark.measures_time
def test_a_duration_is_counted_where_it_belongs(user):
    server, before = user.server, settled(user)
    with requests_in_the_database(server, 1) as [answer]:
        wait_for_lock(server)
        time.sleep(0.3)
    assert answer.result().status == 201
    wait_until(lambda: requests_moved(server, before) == series("create", 2))
    buckets = {float(le): count for le, count in re.findall(
        r'request_duration_seconds_bucket\{operation="create",le="([^"]*)"\} (\d+)', text(server))}
    for bound in buckets:
        label = "+Inf" if bound == float("inf") else f"{bound:g}"
        name = f'request_duration_seconds_bucket{{operation="create",le="{label}"}}'
        slow = bound >= 2.5 or (bound >= 0.5 and metrics(server)[name] - before[name])
        assert metrics(server)[name] - before[name] == (1 if slow else 0), bound
    assert list(buckets.values()) == sorted(buckets.values(), key=int) and len(buckets) == 14
    assert moved(server, before, "request_duration_seconds_sum")[
        'request_duration_seconds_sum{operation="create"}'] > 0.3


def test_numbers_outlive_processes_and_reloads(user):
    """Whichever child counts: a killed child loses nothing, and a reload resets nothing."""
    server, before = user.server, settled(user)
    server.log.allow("AH00488: long lost child came home|exit signal Killed|database connection|cannot be reached")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: Victim(server).get().status, range(40))) == {200}
    wait_until(lambda: requests_moved(server, before) == series("list", 2, 40))
    for pid in children(server):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(children(server)) >= 2)
    assert requests_moved(server, before) == series("list", 2, 40)
    generation = re.search("ParentServerConfigGeneration: .*", fetch(server, "/status?auto").text)[0]
    assert server.httpd.control("-k", "graceful").returncode == 0
    wait_until(lambda: generation not in fetch(server, "/status?auto").text)
    assert requests_moved(server, before) == series("list", 2, 40)
    assert user.get().status == 200
    wait_until(lambda: requests_moved(server, before) == series("list", 2, 41))


@pytest.mark.threads
def test_batches_are_counted_by_size(state, module, sanitizers, sanitizer_reports):
    """Statements that wait for the only connection run together."""
    with Server(state / "batches", module, sanitizers, STATUS + METRICS.replace("300ms", "20s").replace(
            "DBDMax 2\nDBDKeep 2", "DBDMax 1\nDBDKeep 1") + ONE_CHILD) as server:
        user = Victim(server)
        wait_until_served(user)
        with timeouts(server, statement="20s", lock="20s"), server.connect() as connection, \
                connection.cursor() as cursor, ThreadPoolExecutor(7) as pool:
            wait_until_served(user)
            before, before_auto = settled(user), numbers(server)
            connection.autocommit = False
            cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            answers = [pool.submit(Victim(server).post, {}) for _ in range(7)]
            wait_until(lambda: metrics(server)["db_requests_waiting"] == 6)
            now = metrics(server)
            assert now['db_connections{state="in_use"}'] == now["db_connections_max"] == 1
            connection.rollback()
            assert [answer.result().status for answer in answers] == [201] * 7
            wait_until(lambda: requests_moved(server, before) == series("create", 2, 7))
        # In one batch, or in a few smaller ones.
        auto, sizes = numbers(server), moved(server, before, "db_batch_size")
        batches = auto["Batches"] - before_auto["Batches"]
        assert 1 <= batches <= 3 and sizes["db_batch_size_count"] == batches
        assert 2 <= sizes["db_batch_size_sum"] == auto["BatchedStatements"] - before_auto["BatchedStatements"] <= 6
        assert {sizes[f'db_batch_size_bucket{{le="{le}"}}'] for le in ("8", "16", "32", "64", "+Inf")} == {batches}
        assert moved(server, before, "db_statements_total") == {"db_statements_total": 7}
        server.log.check()


@pytest.mark.threads
def test_failures_are_counted(user):
    """Failed waits, late statements, broken connections, an outage."""
    server = user.server
    before = settled(user)
    with timeouts(server, statement="200ms", lock="1s"), requests_in_the_database(server, 1) as [answer]:
        assert answer.result().status == 504
    wait_until_served(user)
    assert moved(server, before, "db_statement_timeouts") == {"db_statement_timeouts_total": 1}
    before = settled(user)
    with requests_in_the_database(server, 12) as answers:
        wait_until(lambda: metrics(server)["db_queue_timeouts_total"] > before["db_queue_timeouts_total"])
    refused = sum(b"busy" in answer.result().content for answer in answers)
    wait_until(lambda: moved(server, before, "db_queue_timeouts") == {"db_queue_timeouts_total": refused})
    assert metrics(server)["db_wait_seconds_total"] - before["db_wait_seconds_total"] > 0.29 * refused
    wait_until_served(user)
    terminate(server)
    before = settled(user)
    assert user.get().status == 200
    assert moved(server, before, "db_reconnects") == {"db_reconnects_total": 1}
    server.log.allow(DBD)
    server.log.expect(AWAY)
    before = settled(user)
    server.postgres.stop("fast")
    wait_until(lambda: user.get().status == 503 and metrics(server)["db_breakers_open"] >= 1)
    now = metrics(server)
    assert now["db_breaker_openings_total"] - before["db_breaker_openings_total"] == now["db_breakers_open"]
    server.postgres.start_server()
    wait_until_served(user)


# ---- readers of the metrics ----

@contextmanager
def prometheus(server, folder):
    """Debian's Prometheus, which scrapes the server and has the alerts; returns the address of its interface."""
    folder.mkdir()
    address = f"127.0.0.1:{free_port()}"
    (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{MONITORING}/alerts.yml"]
scrape_configs:
  - job_name: graphprofile
    static_configs: [{{targets: ["127.0.0.1:{server.httpd.port}"]}}]
""")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={address}", "--log.level=warn"], stdout=log, stderr=log)
    try:
        yield f"http://{address}/api/v1"
        assert process.poll() is None and "level=error" not in (folder / "log").read_text()
    finally:
        process.terminate()
        process.wait(60)


def ask(api, path, **parameters):
    """An answer of Prometheus; None before it is up."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{api}/{path}", params=parameters, timeout=60)
    except requests.ConnectionError:
        return None
    if answer.status_code == 503:
        return None
    assert answer.json()["status"] == "success", (parameters, answer.text)
    return answer.json()["data"]


def sample(api, query):
    data = ask(api, "query", query=query)
    return float(data["result"][0]["value"][1]) if data and data["result"] else None


def dashboard_queries():
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) > 15
    return [query.replace("$instance", ".*").replace("$__rate_interval", "1m") for query in queries]


def test_a_prometheus_scrapes_it(user, tmp_path):
    """It also runs the queries of the dashboard and the alerts on the scraped data."""
    server = user.server
    with prometheus(server, tmp_path / "prometheus") as api:
        wait_until(lambda: sample(api, 'up{job="graphprofile"}') == 1, 60)
        created = 'sum(graphprofile_requests_total{operation="create",status="2xx"})'
        before = metrics(server)['requests_total{operation="create",status="2xx"}']
        for _ in range(3):
            user.create()
        wait_until(lambda: sample(api, created) == before + 3)
        assert sample(api, 'graphprofile_request_duration_seconds_count{operation="create"}') >= before + 3
        [target] = ask(api, "targets")["activeTargets"]
        assert target["health"] == "up" and target["lastError"] == ""
        types = ask(api, "metadata")
        assert types["graphprofile_request_duration_seconds"][0]["type"] == "histogram"
        known = {name for name in ask(api, "label/__name__/values") if name.startswith("graphprofile_")}
        for query in dashboard_queries():
            ask(api, "query", query=query)
            assert set(re.findall(r"\bgraphprofile_\w+", query)) <= known, query
        groups = ask(api, "rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) == 6
        wait_until(lambda: all(rule["health"] == "ok" for group in ask(api, "rules")["groups"]
                               for rule in group["rules"]))
        for rule in rules:
            assert set(re.findall(r"\bgraphprofile_\w+", rule["query"])) <= known, rule["name"]


def test_the_alerts_fire_where_they_must():
    assert "SUCCESS" in promtool("check", "rules", str(MONITORING / "alerts.yml"))
    assert "SUCCESS" in promtool("test", "rules", str(ROOT / "tests/http/alerts.yml"))
    names = set(re.findall(r"alert: (\w+)", (MONITORING / "alerts.yml").read_text()))
    fired = re.findall(r"alertname: (\w+)\n +exp_alerts", (ROOT / "tests/http/alerts.yml").read_text())
    assert set(fired) == names
