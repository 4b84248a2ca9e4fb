# SPDX-License-Identifier: Apache-2.0
"""Readers and writers during all kinds of faults: no write is lost or doubled, and no read is stale. `make soak` runs the
same for any time."""

import os
import random
import signal
import time

import pytest
from lib.client import wait_until
from lib.history import Crowd, Event, faults
from lib.outage import AWAY, BACK, DBD, Victim, crash, terminate, wait_until_served
from lib.processes import children
from lib.server import Server
from test_faults import kill_a_backend

A, B, C, D = "a", "b", "c", "d"
# A write of 1 is acknowledged, a write of 2 has no answer, a write of 3 is acknowledged. A read returns each.
RIGHT = [Event(0, 1, A, B, 1), Event(2, 3, None, B, 1), Event(4, 5, B, None, 2), Event(6, 7, None, C, 2),
         Event(8, 9, C, D, 3), Event(10, 11, None, D, 3)]
WRONG = {
    "consumed twice": ("consumed 2 times", D, 3, [*RIGHT, Event(8, 9, C, "e", 3)]),
    "consumed twice, not told": ("of 2 versions", "e", 3, [*RIGHT, Event(8, 9, C, None, 3)]),
    "lost": ("is lost", C, 2, RIGHT),
    "lost, and another in its place": ("of 2 versions", "e", 3, RIGHT),
    "doubled": ("nobody made 4", "e", 4, RIGHT),
    "executed but refused": ("nobody made 2", D, 3, [event for event in RIGHT if event.after or event.value != 2]),
    "no chain": ("of 2 versions", D, 3, [*RIGHT[:4], Event(8, 9, B, D, 3)]),
    "stale read": ("2 came after 3 was known", D, 3, [*RIGHT, Event(12, 13, None, C, 2)]),
    "read goes back": ("1 came after 2 was known", D, 3, [*RIGHT, Event(7.5, 7.8, None, B, 1)]),
    "write from the past": ("1 came after 1 was known", B, 1, [Event(2, 3, A, B, 1), Event(0, 1, None, B, 1)]),
    "read from the future": ("3 was seen before it was written", D, 3, [*RIGHT, Event(6, 7, None, D, 3)]),
    "another value": ("of 2 versions", D, 3, [*RIGHT, Event(10, 11, None, D, 4)]),
}


def test_the_judge_accepts_right_histories():
    assert faults(A, A, 0, []) == []
    assert faults(A, D, 3, RIGHT) == []
    assert faults(A, C, 2, RIGHT[:3]) == []  # done, though only the final read shows it
    assert faults(A, B, 1, RIGHT[:3]) == []  # or not done
    overlapping = [Event(0, 9, None, A, 0), Event(0, 9, None, B, 1), Event(0, 9, A, B, 1)]
    assert faults(A, B, 1, overlapping) == []
    two_untold = [Event(0, 1, A, None, 1), Event(0, 1, A, None, 1), Event(2, 3, B, None, 2)]
    assert faults(A, C, 2, two_untold) == []


@pytest.mark.parametrize("name", WRONG)
def test_the_judge_rejects_wrong_histories(name):
    what, last, value, events = WRONG[name]
    assert what in "\n".join(faults(A, last, value, events))


def kill_a_child(server):
    os.kill(random.choice(children(server)), signal.SIGKILL)


def reload(server):
    assert server.httpd.control("-k", "graceful").returncode == 0


def crash_and_start(server):
    crash(server.postgres)
    server.postgres.start_server()


def restart_postgresql(server):
    server.postgres.stop(random.choice(["fast", "immediate"]))
    server.postgres.start_server()


HARMS = [terminate, kill_a_child, terminate, reload, kill_a_backend, terminate, crash_and_start, terminate,
         restart_postgresql]


def test_a_history_of_many_while_all_goes_wrong(state, module, sanitizers, sanitizer_reports, request):
    seconds = request.config.getoption("--soak")
    # Deletions with an unknown outcome leave positions, too.
    options = "DBDMin 1\nDBDKeep 4\nDBDMax 4\nGraphProfileMaxPositions 10000\n"
    with Server(state / "history", module, sanitizers, options) as server:
        for pattern in (DBD, AWAY, BACK, "AH00488"):
            server.log.allow(pattern)
        owner = Victim(server)
        wait_until_served(Victim(server))
        with Crowd(server, owner) as crowd:
            deadline = time.monotonic() + seconds
            while not crowd.end.is_set():
                for harm in HARMS if not seconds else random.sample(HARMS, len(HARMS)):
                    time.sleep(random.uniform(0.1, 0.6))
                    harm(server)
                if time.monotonic() >= deadline:
                    break
            enough = 10 if os.environ["GP_HTTP2"] else 50  # with a client that opens a connection for each request
            wait_until(lambda: crowd.end.is_set() or len(crowd.created) > enough
                       and min(len(events) for events in crowd.events.values()) > enough, 120)
        wait_until_served(Victim(server))
        assert crowd.judge() == []
        print(f"longest {crowd.longest:.1f} s,", dict(crowd.statuses))
        server.log.check()
