# SPDX-License-Identifier: Apache-2.0
"""Whose statement comes next when there are fewer connections than statements."""

import json
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from dev.httpd import free_port
from lib.batches import batch, post
from lib.client import wait_until
from lib.outage import ONE_CHILD, Victim, terminate, wait_until_served
from lib.server import Server
from test_pipeline import BEFORE, ROLE, held_up, one_held_up, trigger
from test_status import STATUS, numbers

pytestmark = pytest.mark.threads

TWO_CONNECTIONS = ONE_CHILD + STATUS + """
DBDMin 1
DBDKeep 2
DBDMax 2
GraphProfileTimeout 20s
GraphProfileBatchItems 40
GraphProfileServerTiming On
"""


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    other = free_port()
    with Server(state / "turns", module, sanitizers, TWO_CONNECTIONS + f"""
            Listen 127.0.0.1:{other}
            <VirtualHost 127.0.0.1:{other}>
                GraphProfilePipeline Off
            </VirtualHost>
            """) as server:
        server.postgres.psql(ROLE)
        server.unpiped = type("Other", (), {"url": f"http://127.0.0.1:{other}", "state": server.state})()
        yield server


@pytest.fixture
def turns(shared):
    wait_until_served(Victim(shared))
    terminate(shared)  # so that ROLE applies, and the engine has no connection
    wait_until_served(Victim(shared))
    shared.log.mark()
    yield shared
    shared.log.check()


def title(text):
    return {"detail": {"jobTitle": text}}


def numbered(bodies):
    return [post(body, id=str(number)) for number, body in enumerate(bodies)]


def slow(server, seconds):
    """Statements that store "Slow" take so long."""
    return trigger(server, BEFORE, f"IF NEW.document LIKE '%Slow\"%' THEN PERFORM pg_sleep({seconds}); END IF;")


def test_a_request_whose_first_statement_waits_opens_connections_for_the_others(turns):
    """Its thread waits for the first one, and no other thread is there."""
    user = Victim(turns)
    requests = numbered([{**title("Job 3"), "id": str(uuid.uuid4())}, title("Job 1"), title("Job 2")])
    with one_held_up(turns) as let_go, ThreadPoolExecutor(1) as pool:
        made = pool.submit(batch, user, requests)
        wait_until(lambda: held_up(turns))
        wait_until(lambda: len(user.rows()) == 2 or made.done())
        assert not made.done()
        let_go()
        assert {answer["status"] for answer in made.result().values()} == {201}
    assert len(user.rows()) == 3


def test_a_batch_with_many_statements_lets_other_callers_pass(turns):
    user, other = Victim(turns), Victim(turns)
    requests = numbered([{**title("Slow"), "id": str(uuid.uuid4())} for _ in range(40)])
    with slow(turns, 0.25), ThreadPoolExecutor(1) as pool:
        made = pool.submit(batch, user, requests)
        wait_until(lambda: numbers(turns)["ConnectionsInUse"] == 2)
        assert other.get().status == 200
        assert len(user.rows()) < 30
        made.result()


def test_hosts_with_and_without_pipeline_share_a_pool(turns):
    """Statements that wait for a place in the pool get one in turn, whichever way they wait."""
    users = [Victim(turns) for _ in range(8)]
    ends = threading.Event()

    def loop(user):
        statuses = set()
        user.server = turns.unpiped
        while not ends.is_set():
            statuses.add(user.post(title("Slow")).status)
        return statuses

    with slow(turns, 0.1), ThreadPoolExecutor(8) as pool:
        made = [pool.submit(loop, user) for user in users]
        try:
            wait_until(lambda: numbers(turns)["ConnectionsWaiting"] >= 5)
            user = Victim(turns)
            assert [user.get().status for _ in range(3)] == [200] * 3
        finally:
            ends.set()
        assert set().union(*(one.result() for one in made)) == {201}


@pytest.mark.measures_time
def test_statements_that_run_one_after_the_other_take_no_longer_than_all_of_them(turns):
    """The time of each ends when it ends, not when the last of its batch does."""
    user = Victim(turns)
    user.server = turns.unpiped
    name = "StatementMicroseconds"
    with slow(turns, 0.05):
        before, began = numbers(turns)[name], time.monotonic()
        batch(user, numbered([title("Slow")] * 20))
        took = time.monotonic() - began
        assert 20 * 0.05 <= (numbers(turns)[name] - before) / 1e6 <= took


@pytest.mark.parametrize("most", ["waits", "runs"])
def test_times_of_statements_that_run_together_count_once(turns, most):
    """A request has not waited for longer than it took."""
    user = Victim(turns)
    with slow(turns, 0.02), ThreadPoolExecutor(2) as pool:
        other = [pool.submit(batch, Victim(turns), numbered([title("Slow")] * 32)) for _ in range(2 * (most == "waits"))]
        wait_until(lambda: numbers(turns)["ConnectionsInUse"] == len(other))
        data = json.dumps({"requests": numbered([title("Slow")] * 20)})
        timing = user.request("POST", "/$batch", data=data).headers["Server-Timing"]
        for one in other:
            one.result()
    db, wait, total = map(float, re.findall(r"dur=([0-9.]+)", timing))
    assert (wait if most == "waits" else db) > 200
    assert db <= total and wait <= total
