# SPDX-License-Identifier: Apache-2.0
"""docs/scaling.md: several nodes behind a load balancer, and graceful restarts."""

import os
import signal
import time

import pytest
from lib import nodes
from lib.client import POSITIONS, wait_until
from lib.history import Crowd
from lib.outage import Victim
from lib.processes import children
from lib.server import Server
from lib.traffic import ROOT, Line, Traffic

LOST = "AH00488"  # httpd's own: a child outlives several restarts


pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", name="three")
def _three(state, module, sanitizers, sanitizer_reports):
    three = nodes.Nodes(state / "nodes", module, sanitizers, "DBDMax 4\nDBDKeep 4\n")
    yield three
    three.stop()


@pytest.mark.http1
@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_nodes_end_and_return_under_load(three, kind):
    """A node is killed, all are upgraded in turn, all restart at once: no write is lost or doubled, and each client loses
    at most the request that it had at an ending node."""
    for server in three.servers:
        server.log.mark()
        server.log.allow(LOST)
    balancer = nodes.Balancer(kind, three)
    try:
        with Crowd(balancer, Victim(balancer), writers=3, readers=2, makers=2, batchers=1) as crowd:
            crowd.untold |= {502}
            clients = len(crowd.work)

            def lost(harm, *arguments):
                """The number of requests that failed during and after an event."""
                crowd.more(30)
                before = crowd.unknown
                harm(*arguments)
                crowd.more(30)
                return crowd.unknown - before

            assert lost(time.sleep, 0.1) == 0
            dead = lost(nodes.kill, three.servers[0])
            upgraded = [lost(nodes.upgrade, server) for server in three.servers]

            def restart_all():
                for server in three.servers:
                    assert server.httpd.control("-k", "graceful").returncode == 0

            restarted = lost(restart_all)
        assert crowd.judge() == []
        print(f"lost with a node {dead}, in upgrades {upgraded}, in restarts {restarted}; acknowledged {crowd.acknowledged},"
              f" longest {crowd.longest:.2f} s", dict(crowd.statuses))
        assert dead <= clients and max(upgraded) <= clients and restarted <= clients
        for server in three.servers:
            server.log.check()
    finally:
        balancer.stop()


# ---- graceful restarts ----

class Readers(Traffic):
    """Clients that each read one position again and again over a kept connection, and the time of each read."""

    def __init__(self, server):
        super().__init__(server, 8)
        self.times = []  # (end, seconds)

    def _work(self, server, number):
        user = Victim(server)
        path = f"{ROOT}{POSITIONS}/{user.create()['id']}"
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n\r\n".encode()
        line = Line(server.httpd.port)
        while not self.end.is_set():
            began = time.monotonic()
            status = None
            while status is None:
                try:
                    status = line.status_of(request)
                except (AssertionError, OSError):  # httpd closed the kept connection
                    line.close()
            if status != 200:
                self.wrong.append(status)
            self.times.append((time.monotonic(), time.monotonic() - began))
            self.counts[number] += 1
        line.close()

    def percentiles(self, begin, end):
        """The 50th and 99th percentile and the maximum of the reads that ended then, in milliseconds."""
        times = sorted(seconds * 1000 for at, seconds in self.times if begin <= at < end)
        assert len(times) > 500
        return [times[min(int(len(times) * part), len(times) - 1)] for part in (0.5, 0.99, 1)]


@pytest.mark.measures_time
@pytest.mark.http1
@pytest.mark.threads
@pytest.mark.parametrize("limit", [2, 4])
def test_a_graceful_restart_that_nobody_feels(state, module, sanitizers, sanitizer_reports, limit):
    """All children restart under load: at the 99th percentile, a read takes at most three times as long as before."""
    seconds = 5
    with Server(state / f"restarted-{limit}", module, sanitizers, f"ServerLimit {limit}\n") as server:
        server.log.allow(LOST)
        with Readers(server) as readers:
            wait_until(lambda: readers.count > 2000, 60)
            spans = []
            for restarts in (False, True, False, True):
                before, begin = set(children(server)), time.monotonic()
                if restarts:
                    os.kill(server.httpd.pid(), signal.SIGUSR1)
                    wait_until(lambda: before.isdisjoint(children(server)), 60)
                time.sleep(max(0, begin + seconds - time.monotonic()))
                spans.append((restarts, readers.percentiles(begin, time.monotonic())))
        for restarts, times in spans:
            print("ServerLimit", limit, "restart" if restarts else "before ", "p50 %.1f, p99 %.1f, longest %.0f ms" % tuple(times))
        assert readers.count
        if limit > 2:
            assert min(times[1] for restarts, times in spans if restarts) \
                <= 3 * max(times[1] for restarts, times in spans if not restarts)
        server.log.check()
